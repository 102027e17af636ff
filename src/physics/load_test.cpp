#include "physics/load.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace musubi::physics {
namespace {

constexpr DayNumber new_year2020 = 18262;

double mean_kwh(const Household& household, DayNumber first, int days) {
  std::array<double, steps_per_day> power_w{};
  double sum_kwh = 0.0;
  for (int d = 0; d < days; ++d) {
    household.day(first + d, power_w);
    for (const double w : power_w) {
      sum_kwh += w / 12e3;
    }
  }
  return sum_kwh / days;
}

TEST(Household, YearMeanIsTenToFourteenKilowattHours) {
  for (const char* name : {"E001", "E002", "E003", "E019"}) {
    const Household household(name, 42, 1.0);
    const double mean = mean_kwh(household, new_year2020, 366);
    EXPECT_GT(mean, 10.0) << name;
    EXPECT_LT(mean, 14.0) << name;
    EXPECT_NEAR(mean, household.mean_kwh_per_day(), 0.05 * mean) << name;
  }
}

TEST(Household, ScaleMultiplies) {
  const Household one("E001", 42, 1.0);
  const Household half("E001", 42, 0.5);
  EXPECT_NEAR(mean_kwh(half, new_year2020, 10), mean_kwh(one, new_year2020, 10) / 2.0, 1e-9);
}

TEST(Household, SummerAndEveningAreHigher) {
  const Household household("E001", 42, 1.0);
  EXPECT_GT(mean_kwh(household, new_year2020 + 190, 40), mean_kwh(household, new_year2020, 40));
  std::array<double, steps_per_day> power_w{};
  double night_w = 0.0;
  double evening_w = 0.0;
  for (DayNumber d = 0; d < 30; ++d) {
    household.day(new_year2020 + d, power_w);
    night_w += power_w[3 * 12];
    evening_w += power_w[20 * 12];
    EXPECT_GT(*std::min_element(power_w.begin(), power_w.end()), 0.0);
    EXPECT_LT(*std::max_element(power_w.begin(), power_w.end()), 8000.0);
  }
  EXPECT_GT(evening_w, 2.0 * night_w);
}

TEST(Household, DependsOnlyOnSeedNameAndDay) {
  std::array<double, steps_per_day> a{};
  std::array<double, steps_per_day> b{};
  Household("E001", 1, 1.0).day(new_year2020, a);
  const Household again("E001", 1, 1.0);
  again.day(new_year2020 + 7, b);
  again.day(new_year2020, b);
  EXPECT_EQ(a, b);
  Household("E002", 1, 1.0).day(new_year2020, b);
  EXPECT_NE(a, b);
  Household("E001", 2, 1.0).day(new_year2020, b);
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace musubi::physics
