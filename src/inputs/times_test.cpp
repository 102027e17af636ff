#include "inputs/times.hpp"

#include <gtest/gtest.h>

namespace musubi::inputs {
namespace {

constexpr std::int64_t july_ms = 1'751'328'000'000;  // 2025-07-01T00:00:00Z

TEST(ParseOffset, TakesWholeQuartersOfAnHour) {
  EXPECT_EQ(parse_offset("+09:00"), 9 * 3600);
  EXPECT_EQ(parse_offset("-03:30"), -(3 * 3600 + 1800));
  EXPECT_EQ(parse_offset("+05:45"), 5 * 3600 + 2700);
  EXPECT_EQ(parse_offset("Z"), 0);
  for (const char* wrong : {"", "9", "+9:00", "+0900", "+15:00", "+09:10", "+09:60", "JST",
                            "Asia/Tokyo", "+0a:00", " +09:00"}) {
    EXPECT_EQ(parse_offset(wrong), std::nullopt) << wrong;
  }
}

TEST(ParseTime, TakesTheFormsOfCommonExports) {
  const std::int64_t tokyo_ms = july_ms - std::int64_t{9} * 3'600'000;
  EXPECT_EQ(parse_time("2025-07-01T00:00:00+09:00"), (WallTime{tokyo_ms, 9 * 3600}));
  EXPECT_EQ(parse_time("2025-07-01 00:00:00+09:00"), (WallTime{tokyo_ms, 9 * 3600}));
  EXPECT_EQ(parse_time("2025-07-01T00:00+09:00"), (WallTime{tokyo_ms, 9 * 3600}));
  EXPECT_EQ(parse_time("2025-07-01T00:00:00Z"), (WallTime{july_ms, 0}));
  EXPECT_EQ(parse_time("2025-07-01T00:00:00.500Z"), (WallTime{july_ms + 500, 0}));
}

TEST(ParseTime, WithoutOffsetIsOnTheClockThatIsGivenOrNoTime) {
  EXPECT_EQ(parse_time("2025-07-01T00:00"), std::nullopt);
  EXPECT_EQ(parse_time("2025-07-01T00:00", 3600), (WallTime{july_ms - 3'600'000, 3600}));
  EXPECT_EQ(parse_time("2025-07-01 00:00:00", 0), (WallTime{july_ms, 0}));
}

TEST(ParseTime, RefusesTheRest) {
  for (const char* wrong :
       {"", "2025-07-01", "01.07.2025 00:00", "2025-02-29T00:00:00Z", "1969-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z", "2025-07-01T24:30:00Z", "2025-07-01T00:00:00+09:00x", "time"}) {
    EXPECT_EQ(parse_time(wrong, 0), std::nullopt) << wrong;
  }
  EXPECT_TRUE(parse_time("2024-02-29T12:00:00Z").has_value());
}

}  // namespace
}  // namespace musubi::inputs
