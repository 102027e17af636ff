#include "domain/hw_config.hpp"

#include <gtest/gtest.h>

namespace musubi {
namespace {

TEST(MeterRangeTest, BothEndsBelongToTheRange) {
  constexpr MeterRange range{-4.0, 380.0};
  EXPECT_TRUE(range.contains(-4.0));
  EXPECT_TRUE(range.contains(380.0));
  EXPECT_FALSE(range.contains(-4.001));
  EXPECT_FALSE(range.contains(380.001));
}

TEST(HwConfigTest, ConfigsDifferWhereAnyValueDiffers) {
  const HwConfig sample;
  HwConfig other;
  EXPECT_TRUE(sample == other);
  other.grid_a.max = 2.4;
  EXPECT_FALSE(sample == other);
}

}  // namespace
}  // namespace musubi
