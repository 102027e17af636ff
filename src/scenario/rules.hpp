// The rules of a scenario: what does this unit want now, and what does it grant others?
#pragma once

#include <cstdint>
#include <optional>

#include "domain/modes.hpp"
#include "domain/scenario.hpp"

namespace musubi::scenario {

/// The slice in force at a local time of day (0 to 86399 s); the first in file order that holds it.
/// Lower bound inclusive, upper exclusive; a slice whose end is not after its begin runs over
/// midnight (reference 4.2; the wrap is ours). None: no trade in this hour.
const TimeSlice* find_slice(const Scenario& scenario, std::int32_t second_of_day);

/// The band that holds the remaining energy: low inclusive, high exclusive, first in file order
/// (reference 4.3). None: the scenario says nothing about this charge.
const BatteryStatus* find_status(const TimeSlice& slice, std::int64_t remaining_wh);

/// What a rule wants or grants.
struct Wish {
  Direction type = Direction::charge;
  std::int64_t amount_wh = 0;  ///< above 0
  std::optional<double> point_per_wh;
  UnitId pair_unit;
};

/// What is known about a battery when a rule is evaluated.
struct BatteryState {
  std::int64_t remaining_wh = 0;
  /// Already agreed and not yet delivered, positive when it will come in. A want that running deals
  /// will satisfy is not asked for again.
  std::int64_t agreed_wh = 0;
};

/// Does the unit want to ask for something (reference 4.4)? Charge wins over discharge; the amount
/// is the distance to the rule's limit, less what is agreed already.
std::optional<Wish> wanted(const TimeSlice& slice, BatteryState battery);

/// Does the unit grant what `requester` asks (reference 4.5)? `request_type` is the requester's.
/// `request_pair` is the partner that the request insists on, or empty.
std::optional<Wish> granted(const TimeSlice& slice, BatteryState battery, UnitId self,
                            UnitId requester, Direction request_type, UnitId request_pair);

}  // namespace musubi::scenario
