#include "physics/sky.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace musubi::physics {
namespace {

constexpr DayNumber new_year2020 = 18262;

double highest_sun(DayNumber day) {
  double best = -1.0;
  for (int minute = 0; minute < 1440; ++minute) {
    best = std::max(best, sun_position({}, day, minute).up);
  }
  return best;
}

TEST(Calendar, DaysOfTheYearAndWeekends) {
  EXPECT_EQ(day_of_year(new_year2020), 1);
  EXPECT_EQ(day_of_year(new_year2020 + 365), 366);
  EXPECT_FALSE(is_weekend(new_year2020));
  EXPECT_TRUE(is_weekend(new_year2020 + 3));
}

TEST(Sun, StandsHighestWhereGeometrySays) {
  // Solstices in Okinawa: 90 - 26.46 +- 23.44 degrees.
  constexpr double rad = 3.14159265358979 / 180.0;
  EXPECT_NEAR(highest_sun(new_year2020 + 172), std::sin((90.0 - 26.46 + 23.44) * rad), 0.002);
  EXPECT_NEAR(highest_sun(new_year2020 + 355), std::sin((90.0 - 26.46 - 23.44) * rad), 0.002);
  // Due east in the morning, west in the evening, a unit vector.
  const SunPosition morning = sun_position({}, new_year2020 + 80, 8.0 * 60.0);
  EXPECT_GT(morning.east, 0.5);
  EXPECT_LT(sun_position({}, new_year2020 + 80, 17.0 * 60.0).east, -0.5);
  EXPECT_NEAR(std::hypot(morning.east, morning.north, morning.up), 1.0, 1e-12);
}

TEST(Sun, NoonInOkinawaIsHalfAnHourAfterClockNoon) {
  // 127.83 E on the clock of 135 E: 28.7 minutes late; no equation of time in mid April.
  const DayNumber day = new_year2020 + 105;
  double best_minute = 0.0;
  for (double minute = 700.0; minute < 800.0; minute += 1.0) {
    if (sun_position({}, day, minute).up > sun_position({}, day, best_minute).up) {
      best_minute = minute;
    }
  }
  EXPECT_NEAR(best_minute, 748.7, 2.0);
}

TEST(ClearSky, NoonValueIsPlausible) {
  EXPECT_NEAR(clear_sky_w_per_m2(1.0), 1037.0, 1.0);
  EXPECT_NEAR(clear_sky_w_per_m2(0.5), 490.0, 1.0);
  EXPECT_EQ(clear_sky_w_per_m2(-0.1), 0.0);
}

struct Height {
  DayNumber day;  // from 2025-01-01
  double minute;
  double okinawa_deg;
  double munich_deg;
};

// pvlib 0.16.1, docs/scripts/pvlib_clear_sky.py.
constexpr DayNumber new_year2025 = 20089;
constexpr Site munich{48.14, 11.58, 3600};
constexpr Height pvlib_heights[] = {{14, 540.0, 18.932, 7.250},   {78, 720.0, 62.049, 41.674},
                                    {171, 390.0, 10.122, 19.571}, {171, 720.0, 82.466, 65.105},
                                    {252, 960.0, 34.532, 24.797}, {354, 720.0, 39.686, 18.370}};

TEST(Sun, StandsWherePvlibHasIt) {
  constexpr double rad = 3.14159265358979 / 180.0;
  // The declination stands still over a day and follows a mean year: worst at the equinoxes.
  constexpr double tolerance_deg = 0.52;
  for (const Height& height : pvlib_heights) {
    const DayNumber day = new_year2025 + height.day;
    EXPECT_NEAR(std::asin(sun_position({}, day, height.minute).up) / rad, height.okinawa_deg,
                tolerance_deg)
        << height.day;
    EXPECT_NEAR(std::asin(sun_position(munich, day, height.minute).up) / rad, height.munich_deg,
                tolerance_deg)
        << height.day;
  }
}

/// Global irradiation without clouds of 2025 in kWh/m2.
double clear_year(const Site& site) {
  double sum_w = 0.0;
  for (DayNumber day = 0; day < 365; ++day) {
    for (double minute = 2.5; minute < 1440.0; minute += 5.0) {
      sum_w += clear_sky_w_per_m2(sun_position(site, new_year2025 + day, minute).up);
    }
  }
  return sum_w / 12.0 / 1000.0;
}

TEST(ClearSky, YearIsThatOfPvlibsHaurwitz) {
  EXPECT_NEAR(clear_year({}), 2417.4, 0.005 * 2417.4);
  EXPECT_NEAR(clear_year(munich), 1845.3, 0.005 * 1845.3);
}

TEST(DiffuseShare, IsContinuousAndFalls) {
  EXPECT_NEAR(diffuse_share(0.2199), diffuse_share(0.2201), 0.001);
  EXPECT_NEAR(diffuse_share(0.7999), diffuse_share(0.8001), 0.001);
  EXPECT_GT(diffuse_share(0.1), 0.95);
  EXPECT_LT(diffuse_share(0.75), 0.25);
}

TEST(Sky, YearInOkinawaIsPlausible) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    Sky sky({}, seed);
    double global_kwh_per_m2 = 0.0;
    double pv_kwh = 0.0;
    PvParams pv;
    pv.peak_kw = 1.0;
    std::array<double, steps_per_day> power_w{};
    for (DayNumber day = new_year2020; day < new_year2020 + 366; ++day) {
      const Sky::Day& steps = sky.day(day);
      pv_of_day(pv, steps, Prng(seed), power_w);
      for (std::size_t i = 0; i < steps_per_day; ++i) {
        global_kwh_per_m2 += steps[i].global_w_per_m2 / 12e3;
        pv_kwh += power_w[i] / 12e3;
      }
    }
    EXPECT_GT(global_kwh_per_m2, 1250.0);
    EXPECT_LT(global_kwh_per_m2, 1600.0);
    EXPECT_GT(pv_kwh, 900.0);
    EXPECT_LT(pv_kwh, 1300.0);
  }
}

TEST(Sky, DaysCanBeAskedForInAnyOrder) {
  Sky forward({}, 5);
  Sky backward({}, 5);
  std::array<double, 20> sums{};
  for (DayNumber d = 0; d < 20; ++d) {
    sums[static_cast<std::size_t>(d)] = forward.day(new_year2020 + d)[150].global_w_per_m2;
  }
  for (DayNumber d = 19; d >= 0; --d) {
    EXPECT_EQ(backward.day(new_year2020 + d)[150].global_w_per_m2,
              sums[static_cast<std::size_t>(d)]);
  }
}

TEST(Pv, NothingAtNightAndWithoutModules) {
  Sky sky({}, 1);
  std::array<double, steps_per_day> power_w{};
  PvParams pv;
  pv.peak_kw = 2.8;
  pv_of_day(pv, sky.day(new_year2020), Prng(1), power_w);
  EXPECT_EQ(power_w[0], 0.0);
  EXPECT_GT(power_w[150], 0.0);
  pv.peak_kw = 0.0;
  pv_of_day(pv, sky.day(new_year2020), Prng(1), power_w);
  EXPECT_EQ(power_w[150], 0.0);
}

}  // namespace
}  // namespace musubi::physics
