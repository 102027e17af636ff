#include "domain/reading.hpp"

#include <gtest/gtest.h>

namespace musubi {
namespace {

TEST(ReadingTest, RemainingEnergyIsCutToWholeWattHours) {
  EXPECT_EQ(remaining_capacity_wh(WattHours(4800), Percent(50)), 2400);
  EXPECT_EQ(remaining_capacity_wh(WattHours(4800), Percent(93.77)), 4500);
  EXPECT_EQ(remaining_capacity_wh(WattHours(4800), Percent(93.749)), 4499);
  EXPECT_EQ(remaining_capacity_wh(WattHours(4800), Percent(0)), 0);
}

TEST(ReadingTest, AReadingIsFreshUpToItsAge) {
  Reading reading;
  reading.taken_at = Instant(seconds(10));
  EXPECT_EQ(reading.age(Instant(seconds(11))), seconds(1));
  EXPECT_TRUE(reading.is_fresh(Instant(milliseconds(10'600)), milliseconds(600)));
  EXPECT_FALSE(reading.is_fresh(Instant(milliseconds(10'601)), milliseconds(600)));
}

}  // namespace
}  // namespace musubi
