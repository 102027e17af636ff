#include "units/time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>

namespace musubi {
namespace {

constexpr std::int32_t hour_s = 3600;

TEST(TimeTest, DurationsComeFromAndGoToNumbers) {
  EXPECT_EQ(milliseconds(250).count(), 250'000'000);
  EXPECT_EQ(seconds(0.25), milliseconds(250));
  EXPECT_EQ(seconds(1e-9 * 1.9), Duration(1));
  EXPECT_EQ(to_seconds(milliseconds(1500)), 1.5);
  EXPECT_EQ(to_milliseconds(Duration(1'999'999)), 1);
}

TEST(TimeTest, PowerOverTimeIsEnergy) {
  EXPECT_EQ(Watts(345) * seconds(6), WattHours(0.575));
  EXPECT_EQ(Watts(-360) * seconds(10), WattHours(-1));
}

TEST(WallTimeTest, TheSecondOfTheDayIsLocal) {
  EXPECT_EQ((WallTime{0, 0}).second_of_day(), 0);
  EXPECT_EQ((WallTime{0, 9 * hour_s}).second_of_day(), 9 * hour_s);
  EXPECT_EQ((WallTime{0, -5 * hour_s}).second_of_day(), 19 * hour_s);
  EXPECT_EQ((WallTime{86'399'999, 0}).second_of_day(), 86399);
  EXPECT_EQ((WallTime{86'400'000, 0}).second_of_day(), 0);
  EXPECT_EQ((WallTime{86'400'000 - 1000, hour_s}).second_of_day(), hour_s - 1);
}

TEST(WallTimeTest, TimesBefore1970CountForwardsToo) {
  EXPECT_EQ((WallTime{-1, 0}).second_of_day(), 86399);
  EXPECT_EQ((WallTime{-1000, 0}).second_of_day(), 86399);
  EXPECT_EQ((WallTime{-86'400'000, 0}).second_of_day(), 0);
}

TEST(WallTimeTest, LaterTimesKeepTheOffset) {
  const WallTime start{1'000, hour_s};
  EXPECT_EQ(start.plus(milliseconds(1500)), (WallTime{2'500, hour_s}));
  EXPECT_LT(start, start.plus(milliseconds(1)));
}

RC_GTEST_PROP(WallTimeProperties, TheSecondOfTheDayIsAlwaysOfADay, ()) {
  const auto unix_ms = *rc::gen::inRange<std::int64_t>(-4'000'000'000'000, 4'000'000'000'000);
  const auto offset_s = *rc::gen::inRange<std::int32_t>(-14 * hour_s, 14 * hour_s);
  const WallTime time{unix_ms, offset_s};
  RC_ASSERT(time.second_of_day() >= 0 && time.second_of_day() < 86400);
  RC_ASSERT(time.plus(seconds(86400)).second_of_day() == time.second_of_day());
}

}  // namespace
}  // namespace musubi
