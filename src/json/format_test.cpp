#include "json/format.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <limits>
#include <rapidcheck/gtest.h>

namespace musubi::json {
namespace {

TEST(JavaFloat, PrintsAsJavaDoes) {
  EXPECT_EQ(java_float(350), "350.0");
  EXPECT_EQ(java_float(1), "1.0");
  EXPECT_EQ(java_float(0), "0.0");
  EXPECT_EQ(java_float(-0.0), "-0.0");
  EXPECT_EQ(java_float(2.3), "2.3");
  EXPECT_EQ(java_float(2.3F - 1.0F - 1.0F), "0.29999995");
  EXPECT_EQ(java_float(0.001), "0.001");
  EXPECT_EQ(java_float(0.0001), "1.0E-4");
  EXPECT_EQ(java_float(1234567), "1234567.0");
  EXPECT_EQ(java_float(1e7), "1.0E7");
  EXPECT_EQ(java_float(-12345678), "-1.2345678E7");
  EXPECT_EQ(java_float(53.899998), "53.899998");
  EXPECT_EQ(java_float(1e300), "3.4028235E38");
  EXPECT_EQ(java_float(std::numeric_limits<double>::quiet_NaN()), "0.0");
}

RC_GTEST_PROP(JavaFloat, ReadsBackAsTheSameFloat, (float x)) {
  RC_ASSERT(std::strtof(java_float(x).c_str(), nullptr) == x);
}

RC_GTEST_PROP(Shortest, ReadsBackAsTheSameDouble, (double x)) {
  RC_ASSERT(std::strtod(shortest(x).c_str(), nullptr) == x);
}

constexpr std::int32_t tokyo = 9 * 3600;

TEST(ApisTime, HasNoZone) {
  const auto t = parse_apis_time("2024/05/01-10:00:05", tokyo);
  ASSERT_TRUE(t.has_value());
  EXPECT_EQ(t->unix_ms, 1714525205000);
  EXPECT_EQ(apis_time(*t), "2024/05/01-10:00:05");
  EXPECT_EQ(iso_time(*t), "2024-05-01T10:00:05.000+09:00");
}

TEST(ApisTime, RefusesWhatIsNoTime) {
  for (const auto* text :
       {"", "--", "2024/05/01-10:00", "2024/13/01-10:00:00", "2023/02/29-10:00:00",
        "2024/00/10-10:00:00", "2024/05/01-24:00:00", "2024/05/01-10:60:00", "2024-05-01-10:00:00",
        "2024/05/01-10:00:05 ", "x024/05/01-10:00:05"}) {
    EXPECT_FALSE(parse_apis_time(text, 0).has_value()) << text;
  }
  EXPECT_TRUE(parse_apis_time("2024/02/29-23:59:59", 0).has_value());
}

RC_GTEST_PROP(ApisTime, ReadsBackWholeSeconds, ()) {
  const auto second = *rc::gen::inRange<std::int64_t>(-62'000'000'000, 250'000'000'000);
  const auto offset = *rc::gen::inRange(-43200, 50400);
  const WallTime t{second * 1000, offset};
  RC_ASSERT(parse_apis_time(apis_time(t), offset) == t);
}

RC_GTEST_PROP(IsoTime, ReadsBack, ()) {
  const auto ms = *rc::gen::inRange<std::int64_t>(-62'000'000'000'000, 250'000'000'000'000);
  const auto minutes = *rc::gen::inRange(-720, 840);
  const WallTime t{ms, minutes * 60};
  RC_ASSERT(parse_iso_time(iso_time(t)) == t);
}

TEST(IsoTime, TakesOtherForms) {
  EXPECT_EQ(parse_iso_time("1970-01-01T00:00:01Z"), (WallTime{1000, 0}));
  EXPECT_EQ(parse_iso_time("1970-01-01T01:00:00.5+01:00"), (WallTime{500, 3600}));
  EXPECT_EQ(parse_iso_time("1970-01-01T00:00:00.123456789-00:30"), (WallTime{1800123, -1800}));
  for (const auto* text :
       {"", "1970-01-01T00:00:01", "1970-01-01T00:00:01+0900", "1970-01-01T00:00:01.+09:00",
        "1970-01-01T00:00:01x09:00", "1970-01-01 00:00:01Z"}) {
    EXPECT_FALSE(parse_iso_time(text).has_value()) << text;
  }
}

TEST(TimeOfDay, EndsAtTwentyFour) {
  EXPECT_EQ(parse_time_of_day("00:00:00"), 0);
  EXPECT_EQ(parse_time_of_day("23:59:59"), 86399);
  EXPECT_EQ(parse_time_of_day("24:00:00"), 86400);
  for (const auto* text :
       {"24:00:01", "12:60:00", "12:00:60", "1:00:00", "12:00", "", "12-00-00"}) {
    EXPECT_FALSE(parse_time_of_day(text).has_value()) << text;
  }
}

TEST(Names, AreThoseOfApis) {
  for (const auto mode : {ConverterMode::waiting, ConverterMode::voltage_reference,
                          ConverterMode::charge, ConverterMode::discharge}) {
    EXPECT_EQ(mode_of_code(code_of(mode)), mode);
  }
  EXPECT_EQ(code_of(ConverterMode::voltage_reference), "0x0014");
  EXPECT_EQ(operation_text_of(ConverterMode::discharge), "Heteronomy CV");
  EXPECT_EQ(mode_of_code("0x14"), ConverterMode::unknown);
  EXPECT_EQ(alarm_state_of("Heavy alarm"), AlarmState::heavy);
  EXPECT_EQ(alarm_state_of("heavy alarm"), std::nullopt);
  EXPECT_EQ(operation_mode_of("heteronomous"), OperationMode::heteronomous);
  EXPECT_EQ(direction_of("discharge"), Direction::discharge);
}

TEST(Utf8, RefusesOverlongFormsAndSurrogates) {
  EXPECT_TRUE(is_utf8("a\xC3\xA9\xE3\x81\x82\xF0\x9F\x98\x80"));
  for (const auto* text : {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                           "\xC3", "\xE3\x81", "\xFF", "\xC3\x28"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

}  // namespace
}  // namespace musubi::json
