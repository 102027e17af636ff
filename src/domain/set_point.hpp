// What the Grid Master asks of a converter, and for how long.
#pragma once

#include <cmath>
#include <cstdint>
#include <tuple>

#include "base/bounded_vector.hpp"
#include "base/fields.hpp"
#include "domain/modes.hpp"
#include "domain/policy.hpp"
#include "domain/reason.hpp"
#include "domain/timing.hpp"
#include "domain/unit_id.hpp"

namespace musubi {

/// The Grid Master's term: the store's revision at which the role was taken. Grows strictly.
using Epoch = std::uint64_t;

/// A unit's clock reading as others may echo it: only the unit itself reads anything into it.
struct Stamp {
  std::uint64_t boot = 0;  ///< number of this run of the process
  Instant at{};            ///< the unit's own monotonic clock
};
constexpr auto fields(const Stamp& s) { return std::tie(s.boot, s.at); }

/// One deal's part of a constant current.
struct DealShare {
  DealId deal;
  Direction direction = Direction::charge;
  Amperes current{};  ///< magnitude
  /// The unit's own integral for this deal at which the share ends by itself; infinite where the
  /// amount does not end it (the reference).
  WattHours ends_at{1e300};
  MeteringPoint metering_point = MeteringPoint::battery;
  /// Energy counts for the deal; false before start and after stop: it goes to the bus account.
  bool metered = false;
};
constexpr auto fields(const DealShare& s) {
  return std::tie(s.deal, s.direction, s.current, s.ends_at, s.metering_point, s.metered);
}
using DealShares = BoundedVector<DealShare, Limits::deals_per_unit>;

/// How a converter goes to waiting.
enum class StopStyle : std::uint8_t {
  release,    ///< somebody else holds the bus, or it does not matter: mode only, current first
  lower_bus,  ///< the last reference takes the voltage down before it lets go
};

/// The state that a converter is to be in. Idempotent: the same set-point twice changes nothing.
struct SetPoint {
  ConverterMode mode = ConverterMode::waiting;
  Volts voltage{};     ///< reference: the bus voltage to hold
  double droop = 0.0;  ///< reference: voltage change at full current, a ratio
  Amperes current{};   ///< constant current: magnitude, the shares' sum as compensated
  StopStyle stop_style = StopStyle::release;
  bool hand_over = false;  ///< a step of a hand-over: the only time CV and CC change directly
  /// Band in which the bus is announced to be; a constant-current side outside it trips.
  Volts band_low{};
  Volts band_high{};
  Reason reason;
};
constexpr auto fields(const SetPoint& s) {
  return std::tie(s.mode, s.voltage, s.droop, s.current, s.stop_style, s.hand_over, s.band_low,
                  s.band_high, s.reason);
}

/// The same state of the converter, whatever the reason and the band; differences below what a
/// device tells apart do not count.
inline bool same_state(const SetPoint& a, const SetPoint& b) {
  constexpr double same_voltage_v = 1e-3;
  constexpr double same_current_a = 1e-4;
  constexpr double same_droop = 1e-6;
  if (a.mode != b.mode) {
    return false;
  }
  switch (a.mode) {
  case ConverterMode::voltage_reference:
    return abs(a.voltage - b.voltage) <= Volts(same_voltage_v) &&
           std::fabs(a.droop - b.droop) <= same_droop;
  case ConverterMode::charge:
  case ConverterMode::discharge:
    return abs(a.current - b.current) <= Amperes(same_current_a);
  case ConverterMode::waiting:
    return a.stop_style == b.stop_style;
  case ConverterMode::unknown:
    return true;
  }
  return false;
}

/// The same order to the unit: state, band and the kind of step.
inline bool same_order(const SetPoint& a, const SetPoint& b) {
  return same_state(a, b) && a.band_low == b.band_low && a.band_high == b.band_high &&
         a.hand_over == b.hand_over;
}

/// A set-point as it travels: fenced by its epoch, ordered by its sequence, ended by its lease.
struct SetPointCommand {
  Epoch epoch = 0;
  std::uint64_t sequence = 0;
  Stamp stamp;          ///< the receiver's newest stamp, echoed
  Duration validity{};  ///< counts from the stamp
  PolicyVersion policy_version = 0;
  SetPoint target;
  DealShares shares;
};
inline auto fields(const SetPointCommand& c) {
  return std::tie(c.epoch, c.sequence, c.stamp, c.validity, c.policy_version, c.target, c.shares);
}

}  // namespace musubi
