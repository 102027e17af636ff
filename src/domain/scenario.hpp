// scenario.json as a value: when a unit asks for energy and when it gives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/fields.hpp"
#include "domain/modes.hpp"
#include "domain/unit_id.hpp"
#include "units/quantity.hpp"

namespace musubi {

/// How a requester picks among accepts (reference 3.5).
enum class AcceptSelection : std::uint8_t { amount, point_and_amount };

/// "I charge up to / discharge down to limit_wh", with a price and a partner where given.
struct TradeRule {
  std::int64_t limit_wh = 0;
  std::optional<double> point_per_wh;
  UnitId pair_unit;  ///< empty: anybody
};
inline auto fields(const TradeRule& r) { return std::tie(r.limit_wh, r.point_per_wh, r.pair_unit); }

/// What one battery status asks or grants. For a request, charge wins over discharge
/// (reference 4.4).
struct StatusRules {
  std::optional<TradeRule> charge;
  std::optional<TradeRule> discharge;
};
inline auto fields(const StatusRules& r) { return std::tie(r.charge, r.discharge); }

/// A named band of remaining energy, [low_wh, high_wh); an absent bound is open.
struct BatteryStatus {
  std::string name;
  std::optional<std::int64_t> low_wh;
  std::optional<std::int64_t> high_wh;
  StatusRules request;
  StatusRules accept;
};
inline auto fields(const BatteryStatus& s) {
  return std::tie(s.name, s.low_wh, s.high_wh, s.request, s.accept);
}

/// One slice of the day, [from_s, to_s) in seconds since local midnight; to_s <= from_s runs over
/// midnight (from 22:00 to 06:00). 24:00:00 is 86400.
struct TimeSlice {
  std::int32_t from_s = 0;
  std::int32_t to_s = 86400;
  AcceptSelection accept_selection = AcceptSelection::amount;
  std::vector<BatteryStatus> statuses;  ///< in file order; the first that matches counts
};
inline auto fields(const TimeSlice& s) {
  return std::tie(s.from_s, s.to_s, s.accept_selection, s.statuses);
}

/// The slices in file order; the first that holds the time counts, no slice means no trade.
struct Scenario {
  Duration refreshing_period = milliseconds(5000);
  std::vector<TimeSlice> slices;
};
inline auto fields(const Scenario& s) { return std::tie(s.refreshing_period, s.slices); }

}  // namespace musubi
