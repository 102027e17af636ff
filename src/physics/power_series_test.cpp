#include "physics/power_series.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace musubi::physics {
namespace {

// 2025-07-01T00:00:00Z and 2024-02-28T00:00:00Z.
constexpr std::int64_t july_s = 1'751'328'000;
constexpr std::int64_t before_leap_day_s = 1'709'078'400;
constexpr std::int64_t day_s = 86400;

TEST(PowerSeries, IsConstantWithinAStepAndNothingOutside) {
  const PowerSeries series(july_s, 3600, {100.0F, 200.0F});
  EXPECT_EQ(series.at(july_s - 1), 0.0);
  EXPECT_EQ(series.at(july_s), 100.0);
  EXPECT_EQ(series.at(july_s + 3599), 100.0);
  EXPECT_EQ(series.at(july_s + 3600), 200.0);
  EXPECT_EQ(series.at(july_s + 7200), 0.0);
  EXPECT_EQ(series.end_unix_s(), july_s + 7200);
}

TEST(PowerSeriesBuilder, KeepsRowsThatFitFiveMinuteStepsAsTheyAre) {
  PowerSeriesBuilder builder(july_s * 1000, 1'800'000, {july_s, july_s + day_s});
  builder.add(10.0);
  builder.add(20.0);
  const PowerSeries series = builder.build();
  EXPECT_EQ(series.size(), 2U);
  EXPECT_EQ(series.at(july_s + 1799), 10.0);
  EXPECT_EQ(series.at(july_s + 1800), 20.0);
}

TEST(PowerSeriesBuilder, MakesMeansOfShorterRows) {
  PowerSeriesBuilder builder(july_s * 1000, 60'000, {july_s, july_s + day_s});
  for (int minute = 0; minute < 10; ++minute) {
    builder.add(minute);
  }
  const PowerSeries series = builder.build();
  ASSERT_EQ(series.size(), 2U);
  EXPECT_EQ(series.at(july_s), 2.0);
  EXPECT_EQ(series.at(july_s + 300), 7.0);
}

TEST(PowerSeriesBuilder, DividesRowsThatBeginBetweenSteps) {
  // Hours that begin at ten past, as satellite data has them: 00:10 to 01:10 and so on.
  PowerSeriesBuilder builder((july_s + 600) * 1000, 3'600'000, {july_s, july_s + day_s});
  builder.add(100.0);
  builder.add(400.0);
  const PowerSeries series = builder.build();
  EXPECT_EQ(series.first_unix_s(), july_s + 600);
  EXPECT_EQ(series.at(july_s + 4199), 100.0);
  EXPECT_EQ(series.at(july_s + 4200), 400.0);
  EXPECT_EQ(series.end_unix_s(), july_s + 7800);
}

TEST(PowerSeriesBuilder, KeepsOnlyWhatIsAskedFor) {
  PowerSeriesBuilder builder(july_s * 1000, 60'000, {july_s + 3600, july_s + 7200});
  for (int minute = 0; minute < 1440; ++minute) {
    builder.add(minute);
  }
  const PowerSeries series = builder.build();
  EXPECT_EQ(series.size(), 12U);
  EXPECT_EQ(series.at(july_s + 3600), 62.0);
}

RC_GTEST_PROP(PowerSeriesBuilder, KeepsTheEnergy, ()) {
  const auto row_s = *rc::gen::inRange<std::int64_t>(1, 2000);
  const auto shift_s = *rc::gen::inRange<std::int64_t>(0, 300);
  const auto count = *rc::gen::inRange<int>(1, 200);
  PowerSeriesBuilder builder((july_s + shift_s) * 1000, row_s * 1000,
                             {july_s, july_s + 30 * day_s});
  double given_ws = 0.0;
  for (int i = 0; i < count; ++i) {
    const double power_w = *rc::gen::inRange<int>(0, 5000);
    builder.add(power_w);
    given_ws += power_w * static_cast<double>(row_s);
  }
  const PowerSeries series = builder.build();
  // The first and the last step may be covered in part; their mean is that of the covered part.
  const std::int64_t from_s = july_s + shift_s;
  const std::int64_t to_s = from_s + count * row_s;
  double kept_ws = 0.0;
  for (std::int64_t t = series.first_unix_s(); t < series.end_unix_s(); t += step_seconds) {
    const std::int64_t covered_s = std::min(t + step_seconds, to_s) - std::max(t, from_s);
    kept_ws += series.at(t) * static_cast<double>(covered_s);
  }
  RC_ASSERT(std::fabs(kept_ws - given_ws) <= 1e-6 * given_ws + 1e-6);
}

TEST(RepeatedYear, BeginsOnTheFirstOfJanuaryOnTheLocalClock) {
  std::vector<float> rows;
  for (int day = 1; day <= 365; ++day) {
    rows.insert(rows.end(), 24, static_cast<float>(day));
  }
  constexpr std::int32_t tokyo_s = 9 * 3600;
  // 2025-07-01 is day 182; in Tokyo it begins nine hours earlier.
  const PowerSeries series =
      repeated_year(rows, 24, tokyo_s, {july_s - tokyo_s, july_s - tokyo_s + 2 * day_s});
  EXPECT_EQ(series.at(july_s - tokyo_s - 1), 0.0);
  EXPECT_EQ(series.at(july_s - tokyo_s), 182.0);
  EXPECT_EQ(series.at(july_s - tokyo_s + day_s), 183.0);
}

TEST(RepeatedYear, TheLeapDayIsLikeTheDayBefore) {
  std::vector<float> rows;
  for (int day = 1; day <= 365; ++day) {
    rows.insert(rows.end(), 48, static_cast<float>(day));
  }
  const PowerSeries series =
      repeated_year(rows, 48, 0, {before_leap_day_s, before_leap_day_s + 310 * day_s});
  EXPECT_EQ(series.at(before_leap_day_s), 59.0);
  EXPECT_EQ(series.at(before_leap_day_s + day_s), 59.0);
  EXPECT_EQ(series.at(before_leap_day_s + 2 * day_s), 60.0);
  // 2024-12-31 and the first day of the next year.
  EXPECT_EQ(series.at(before_leap_day_s + 307 * day_s), 365.0);
  EXPECT_EQ(series.at(before_leap_day_s + 308 * day_s), 1.0);
}

}  // namespace
}  // namespace musubi::physics
