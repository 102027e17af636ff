#include "safety/local_checks.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include "base/deliberate_bug.hpp"

namespace musubi::safety {

namespace {

/// From this share of its capacity on a reference counts as at its limit.
constexpr double overrun_share = 0.95;

void range(const std::optional<double>& value, const MeterRange& allowed, AlarmCode code,
           UnitId self, std::vector<Alarm>& alarms) {
  if (bugs::is_on(Bug::no_range_checks)) {
    return;
  }
  if (!value) {
    alarms.push_back(
        {AlarmCode::reading_incomplete, self, AlarmLevel::error, static_cast<double>(code), 0.0});
  } else if (!allowed.contains(*value)) {
    alarms.push_back(
        {code, self, AlarmLevel::error, *value, *value < allowed.min ? allowed.min : allowed.max});
  }
}

template <class Q>
std::optional<double> number(const std::optional<Q>& q) {
  return q ? std::optional<double>(q->value()) : std::nullopt;
}

}  // namespace

Action action_of(AlarmCode code, AlarmLevel level) {
  if (level == AlarmLevel::warn) {
    return Action::note;
  }
  switch (code) {
  case AlarmCode::converter_alarm:
  case AlarmCode::mode_unknown:
  case AlarmCode::mode_inconsistent:
  case AlarmCode::mode_without_deal:
  case AlarmCode::mode_against_deal:
  case AlarmCode::temperature_out_of_range:
  case AlarmCode::grid_voltage_out_of_range:
  case AlarmCode::battery_voltage_out_of_range:
  case AlarmCode::grid_current_out_of_range:
  case AlarmCode::battery_current_out_of_range:
  case AlarmCode::reading_incomplete:
  case AlarmCode::waiting_current:
  case AlarmCode::reference_voltage_off:
  case AlarmCode::current_off:
  case AlarmCode::short_circuit:
  case AlarmCode::bus_voltage_trip:
  case AlarmCode::device_unreachable:
  case AlarmCode::local_stop:
  case AlarmCode::lock_out:
    return Action::stop_now;
  case AlarmCode::battery_not_permitted:
  case AlarmCode::device_refused_command:
  case AlarmCode::possibly_running:
  case AlarmCode::deal_directions_differ:
  case AlarmCode::policy_differs:
  case AlarmCode::duplicate_unit:
  case AlarmCode::deal_stop_failed:
    return Action::ask_stop;
  case AlarmCode::lease_expired:
  case AlarmCode::scenario_without_slice:
  case AlarmCode::store_unreachable:
  case AlarmCode::journal_failed:
  case AlarmCode::members_missing:
  case AlarmCode::leak_current:
  case AlarmCode::branch_overloaded:
  case AlarmCode::foreign_voltage:
  case AlarmCode::orphan_running:
  case AlarmCode::ramp_up_timeout:
  case AlarmCode::authorization_failed:
  case AlarmCode::compensation_failed:
  case AlarmCode::meter_mismatch:
  case AlarmCode::bus_latched:
  case AlarmCode::hand_over_unfinished:
  case AlarmCode::two_references:
    return Action::note;
  }
  return Action::note;
}

void LocalChecks::strike(AlarmCode code, bool bad, const Reading& reading, double found,
                         double allowed, UnitId self, Duration gap, std::vector<Alarm>& alarms) {
  auto& first = first_seen_[static_cast<std::size_t>(code)];
  if (!bad) {
    first = Instant{};
    return;
  }
  if (first == Instant{}) {
    first = reading.taken_at;
    alarms.push_back({code, self, AlarmLevel::warn, found, allowed});
  } else if (reading.taken_at - first >= gap) {
    alarms.push_back({code, self, AlarmLevel::error, found, allowed});
  }
}

void LocalChecks::evaluate(const Reading& reading, const Expectation& expected, UnitId self,
                           const Policy& policy, const HwConfig& hw, const ControlTiming& timing,
                           std::vector<Alarm>& alarms) {
  if (reading.alarm == AlarmState::heavy) {
    alarms.push_back({AlarmCode::converter_alarm, self, AlarmLevel::error, 0, 0});
  }
  constexpr int permitted = 3;
  if (reading.battery_permission && *reading.battery_permission != permitted) {
    alarms.push_back({AlarmCode::battery_not_permitted, self, AlarmLevel::error,
                      static_cast<double>(*reading.battery_permission), permitted});
  }
  range(number(reading.temperature), hw.temperature_c, AlarmCode::temperature_out_of_range, self,
        alarms);
  range(number(reading.grid_v), hw.grid_v, AlarmCode::grid_voltage_out_of_range, self, alarms);
  range(number(reading.battery_v), hw.battery_v, AlarmCode::battery_voltage_out_of_range, self,
        alarms);
  range(number(reading.grid_a), hw.grid_a, AlarmCode::grid_current_out_of_range, self, alarms);
  range(number(reading.battery_a), hw.battery_a, AlarmCode::battery_current_out_of_range, self,
        alarms);
  if (reading.mode == ConverterMode::unknown) {
    alarms.push_back({AlarmCode::mode_unknown, self, AlarmLevel::error, 0, 0});
    return;
  }
  if (!reading.mode_text_agrees) {
    alarms.push_back({AlarmCode::mode_inconsistent, self, AlarmLevel::error, 0, 0});
  }
  if (expected.manual) {
    first_seen_ = {};
    return;
  }
  const auto check = [&](AlarmCode code, bool bad, double found, double allowed) {
    strike(code, bad, reading, found, allowed, self, timing.trip_sample_gap, alarms);
  };
  const SetPoint& target = expected.set_point;
  const bool waits = target.mode == ConverterMode::waiting;
  const bool settled = expected.settled;
  check(AlarmCode::mode_without_deal,
        settled && waits && reading.mode != ConverterMode::waiting &&
            !bugs::is_on(Bug::start_without_stopping),
        static_cast<double>(reading.mode), 0);
  check(AlarmCode::mode_against_deal, settled && !waits && reading.mode != target.mode,
        static_cast<double>(reading.mode), static_cast<double>(target.mode));
  if (!reading.grid_v || !reading.grid_a) {
    return;
  }
  const double grid_v = reading.grid_v->value();
  const double grid_a = reading.grid_a->value();
  const double allowance_a = hw.grid_current_allowance.value();
  // A bus that draws current before it has half its voltage is short-circuited.
  const bool forming = target.mode == ConverterMode::voltage_reference && !settled &&
                       reading.mode == ConverterMode::voltage_reference;
  if (forming && grid_v < target.voltage.value() / 2.0 && std::fabs(grid_a) > allowance_a) {
    alarms.push_back({AlarmCode::short_circuit, self, AlarmLevel::error, grid_a, allowance_a});
  }
  const bool as_told = settled && reading.mode == target.mode;
  check(AlarmCode::waiting_current, as_told && waits && std::fabs(grid_a) > allowance_a, grid_a,
        allowance_a);
  const bool holds = as_told && target.mode == ConverterMode::voltage_reference;
  const double capacity_a = hw.grid_current_capacity.value();
  const double wanted_v =
      target.voltage.value() * (1.0 + target.droop * (capacity_a > 0 ? grid_a / capacity_a : 0.0));
  // A reference at the end of its current is overrun by the others: their trips and leases end
  // that.
  const bool overrun = capacity_a > 0 && std::fabs(grid_a) >= overrun_share * capacity_a;
  if (std::exchange(overrun_, overrun) && !overrun) {
    // The bus only begins to come back.
    first_seen_[static_cast<std::size_t>(AlarmCode::reference_voltage_off)] = Instant{};
  }
  strike(AlarmCode::reference_voltage_off,
         holds && std::fabs(grid_v - wanted_v) > policy.voltage_allowance.value(), reading, grid_v,
         wanted_v, self, overrun ? timing.current_lease : timing.trip_sample_gap, alarms);
  const bool carries = as_told && is_constant_current(target.mode);
  const double sign = target.mode == ConverterMode::charge ? 1.0 : -1.0;
  const bool out_of_band = grid_v < target.band_low.value() || grid_v > target.band_high.value();
  // Nobody carries its current on a bus that is not there: that is no fault of the unit.
  // Too little current is what a bus that loses its reference brings about: its lease ends that. It
  // is the unit's fault when it lasts longer than a lease.
  const double set_a = sign * target.current.value();
  const bool too_little = grid_a * sign >= 0.0 && std::fabs(grid_a) < std::fabs(set_a);
  strike(AlarmCode::current_off, carries && !out_of_band && std::fabs(grid_a - set_a) > allowance_a,
         reading, grid_a, set_a, self, too_little ? timing.current_lease : timing.trip_sample_gap,
         alarms);
  check(AlarmCode::bus_voltage_trip, carries && out_of_band && !bugs::is_on(Bug::no_voltage_trip),
        grid_v,
        grid_v < target.band_low.value() ? target.band_low.value() : target.band_high.value());
}

}  // namespace musubi::safety
