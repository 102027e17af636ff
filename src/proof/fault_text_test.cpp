#include "proof/fault_text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace musubi::proof {
namespace {

using sim::FaultKind;

TEST(FaultText, AFaultIsOneLine) {
  EXPECT_EQ(text_of(sim::ScheduledFault{
                Instant{} + milliseconds(12'500),
                {FaultKind::cut, {UnitId("E001"), UnitId("E002")}, 0.0, milliseconds(3000)}}),
            "12.5 cut E001 E002 for 3");
  EXPECT_EQ(text_of(sim::Fault{FaultKind::wall_step, {UnitId("E001")}, -3600.0, {}}),
            "wall_step E001 value -3600");
  EXPECT_EQ(text_of(sim::Fault{FaultKind::board_loss, {UnitId("E001")}, 0.0, Duration::max()}),
            "board_loss E001 for ever");
}

RC_GTEST_PROP(FaultText, WhatIsWrittenIsReadBack, ()) {
  sim::ScheduledFault drawn;
  const auto last = static_cast<int>(FaultKind::torn_write);
  drawn.fault.kind = static_cast<FaultKind>(*rc::gen::inRange(0, last + 1));
  drawn.at = Instant{} + Duration(*rc::gen::inRange<std::int64_t>(0, 90'000'000'000'000));
  const UnitCount count = unit_count_of(drawn.fault.kind);
  for (std::size_t i = 0; i < std::min<std::size_t>(count.most, count.least + 1); ++i) {
    drawn.fault.units.emplace_back("E00" + std::to_string(i + 1));
  }
  const ValueRange& range = value_range_of(drawn.fault.kind);
  if (!range.meaning.empty()) {
    drawn.fault.value = range.low + (range.high - range.low) * *rc::gen::inRange(0, 1000) / 1000.0;
  }
  if (!is_at_once(drawn.fault.kind)) {
    drawn.fault.lasts = *rc::gen::arbitrary<bool>()
                            ? Duration::max()
                            : Duration(*rc::gen::inRange<std::int64_t>(0, 9'000'000'000'000));
  }
  const auto read = scheduled_fault_of(text_of(drawn));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == drawn);
}

TEST(FaultText, ErrorsSayWhatWasFoundAndWhatIsAllowed) {
  const auto error = [](std::string_view line) {
    const auto read = scheduled_fault_of(line);
    return read ? std::string("none") : read.error().message;
  };
  EXPECT_EQ(error("soon crash E001 for 3"),
            "found \"soon\", allowed: seconds from 0 to 1000000000 with at most 9 decimals");
  EXPECT_EQ(error("1 explode E001"),
            "found \"explode\", allowed: a kind of fault, for instance crash, cut or store_down");
  EXPECT_EQ(error("1 crash E001"),
            "crash: found no length, allowed: \"for SECONDS\" or \"for ever\"");
  EXPECT_EQ(error("1 converter_trips E001 for 2"),
            "converter_trips: found a length, allowed: none, it happens at once");
  EXPECT_EQ(error("1 cut E001 for 2"), "cut: found 1 units, allowed: 2 to 2");
  EXPECT_EQ(
      error("1 clock_rate E001 value 0.5 for 2"),
      "clock_rate: found value 0.5, allowed: -0.01 to 0.01, a share that the clock runs fast");
  EXPECT_EQ(error("1 crash E001 value 1 for 2"), "crash: found a value, allowed: none");
  EXPECT_EQ(
      error("1 clock_rate E001 for 2"),
      "clock_rate: found no value, allowed: \"value NUMBER\", a share that the clock runs fast");
  EXPECT_EQ(error("1 crash E001 for 2 E002"),
            "found \"E002\", allowed: units, then \"value NUMBER\" and \"for SECONDS\", once each");
}

}  // namespace
}  // namespace musubi::proof
