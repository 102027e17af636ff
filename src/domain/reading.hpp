// What a unit's devices said at one instant.
#pragma once

#include <optional>
#include <tuple>

#include "base/fields.hpp"
#include "domain/modes.hpp"
#include "units/quantity.hpp"
#include "units/time.hpp"

namespace musubi {

/// One complete answer of the converter and battery, in the signs of the glossary: grid current,
/// grid power and battery power are positive when the unit charges. A value that the device did not
/// give is absent.
struct Reading {
  Instant taken_at{};  ///< the unit's own clock, when the answer arrived
  ConverterMode mode = ConverterMode::waiting;
  /// Whether the operation text fits the mode code (reference 7.1).
  bool mode_text_agrees = true;
  AlarmState alarm = AlarmState::none;
  std::optional<Volts> grid_v;            ///< APIS meter.vg
  std::optional<Amperes> grid_a;          ///< APIS meter.ig
  std::optional<Watts> grid_w;            ///< APIS meter.wg
  std::optional<Volts> battery_v;         ///< APIS meter.vb
  std::optional<Amperes> battery_a;       ///< APIS meter.ib
  std::optional<Watts> battery_w;         ///< APIS meter.wb
  std::optional<Celsius> temperature;     ///< APIS meter.tmp
  std::optional<Volts> set_voltage_v;     ///< APIS vdis.dvg
  std::optional<double> droop;            ///< APIS vdis.drg, a ratio
  std::optional<Amperes> set_current_a;   ///< APIS param.dig, never negative
  std::optional<Percent> soc;             ///< APIS battery.rsoc
  std::optional<int> battery_permission;  ///< APIS battery_operation_status; 3 allows

  [[nodiscard]] Duration age(Instant now) const { return now - taken_at; }
  /// A reading older than its stated age is no reading.
  [[nodiscard]] bool is_fresh(Instant now, Duration max_age) const { return age(now) <= max_age; }
};

constexpr auto fields(const Reading& r) {
  return std::tie(r.taken_at, r.mode, r.mode_text_agrees, r.alarm, r.grid_v, r.grid_a, r.grid_w,
                  r.battery_v, r.battery_a, r.battery_w, r.temperature, r.set_voltage_v, r.droop,
                  r.set_current_a, r.soc, r.battery_permission);
}

/// Remaining energy as APIS counts it: whole watt-hours, nominal capacity times state of charge,
/// cut off (reference 4.3).
constexpr std::int64_t remaining_capacity_wh(WattHours nominal_capacity, Percent soc) {
  return static_cast<std::int64_t>(nominal_capacity.value() * soc.value() / 100.0);
}

}  // namespace musubi
