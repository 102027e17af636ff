// hwConfig.json as a value: what one unit's hardware can do.
#pragma once

#include <optional>
#include <tuple>

#include "base/fields.hpp"
#include "units/quantity.hpp"
#include "units/time.hpp"

namespace musubi {

/// A closed range of a meter value.
struct MeterRange {
  double min = 0.0;
  double max = 0.0;
  [[nodiscard]] constexpr bool contains(double v) const { return v >= min && v <= max; }
};
constexpr auto fields(const MeterRange& r) { return std::tie(r.min, r.max); }

/// Limits of one unit. The defaults are the values of the reference's sample file (reference 12.2).
struct HwConfig {
  Duration refreshing_period = milliseconds(5000);
  WattHours battery_nominal_capacity{4800.0};
  Amperes grid_current_capacity{2.3};     ///< most the converter may carry, either way
  Amperes grid_current_allowance{0.125};  ///< tolerance of a measured against a set current
  double droop_ratio = 0.039;             ///< droop during a hand-over
  std::optional<double> efficient_battery_grid_voltage_ratio = 6.5;
  MeterRange temperature_c{0.0, 45.0};
  MeterRange grid_v{-4.0, 380.0};
  MeterRange battery_v{32.0, 58.4};
  MeterRange grid_a{-2.35, 2.35};
  MeterRange battery_a{-20.0, 20.0};
};
constexpr auto fields(const HwConfig& h) {
  return std::tie(h.refreshing_period, h.battery_nominal_capacity, h.grid_current_capacity,
                  h.grid_current_allowance, h.droop_ratio, h.efficient_battery_grid_voltage_ratio,
                  h.temperature_c, h.grid_v, h.battery_v, h.grid_a, h.battery_a);
}

}  // namespace musubi
