// What a household uses.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "physics/calendar.hpp"

namespace musubi::physics {

/// One household: its habits are drawn once, its days one by one, all from streams named after the
/// house, so that houses never disturb each other and days can be asked for in any order.
class Household {
 public:
  /// `scale` multiplies the mean use of 10.2 to 13.8 wh a day that the seed draws for the house;
  /// 0 or more.
  Household(std::string_view name, std::uint64_t seed, double scale);

  /// Powers of a local day in W. Weekday or weekend profile, season, appliance spikes. The shapes
  /// are our assumption: standby, a morning and an evening peak, more cooling in summer.
  void day(DayNumber day, std::array<double, steps_per_day>& power_w) const;

  /// The expected mean use over a year.
  [[nodiscard]] double mean_kwh_per_day() const { return mean_kwh_per_day_; }

 private:
  std::string stream_;
  std::uint64_t seed_;
  double mean_kwh_per_day_;
  double scale_;
  double late_h_;
};

}  // namespace musubi::physics
