#include "json/messages.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "json/format.hpp"

namespace musubi::json {
namespace {

constexpr std::int32_t tokyo = 9 * 3600;

TEST(Offer, LooksLikeARequestOfApis) {
  Offer request;
  request.unit = UnitId("E002");
  request.type = Direction::charge;
  request.amount_wh = 612;
  request.point_per_wh = 9.5;
  request.efficient_grid_v = Volts(338.2);
  request.deal_current = Amperes(1);
  request.date_time = *parse_apis_time("2024/05/01-10:00:05", tokyo);
  const std::string text =
      R"({"type":"charge","amountWh":612,"pointPerWh":9.5,"efficientGridVoltageV":338.2,)"
      R"("dateTime":"2024/05/01-10:00:05","dealGridCurrentA":1.0,"unitId":"E002"})";
  EXPECT_EQ(write_offer(request), text);
  const auto read = read_offer(text, "request", tokyo);
  ASSERT_TRUE(read.ok()) << read.problems.text(Severity::error);
  EXPECT_EQ(*read, request);
}

TEST(Offer, ShortestFormHasDefaults) {
  const auto read = read_offer(R"({"unitId":"A","type":"discharge","amountWh":50.9})", "r", 0);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->amount_wh, 50);
  EXPECT_EQ(read->deal_current, Amperes(0));
  EXPECT_EQ(read->point_per_wh, std::nullopt);
  EXPECT_TRUE(read->pair_unit.empty());
}

UnitId any_unit() { return UnitId("E" + std::to_string(*rc::gen::inRange(1, 1000))); }

RC_GTEST_PROP(Offer, WriteThenReadIsTheSame, ()) {
  Offer offer;
  offer.unit = any_unit();
  offer.type = *rc::gen::element(Direction::charge, Direction::discharge);
  offer.amount_wh = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
  if (*rc::gen::arbitrary<bool>()) {
    offer.point_per_wh = static_cast<double>(*rc::gen::inRange(-100'000, 100'000)) / 100.0;
  }
  if (*rc::gen::arbitrary<bool>()) {
    offer.pair_unit = any_unit();
  }
  if (*rc::gen::arbitrary<bool>()) {
    offer.efficient_grid_v = Volts(static_cast<double>(*rc::gen::inRange(0, 90'000)) / 100.0);
  }
  offer.deal_current = Amperes(static_cast<double>(*rc::gen::inRange(0, 90'000)) / 100.0);
  const auto offset = *rc::gen::inRange(-43200, 50400);
  offer.date_time = {*rc::gen::inRange<std::int64_t>(1, 4'000'000'000) * 1000, offset};
  const auto read = read_offer(write_offer(offer), "offer", offset);
  RC_ASSERT(read.ok());
  RC_ASSERT(*read == offer);
}

TEST(ErrorReport, LooksLikeAnErrorOfApis) {
  ErrorReport report;
  report.unit = UnitId("E004");
  report.category = AlarmCategory::hardware;
  report.extent = AlarmExtent::local;
  report.level = AlarmLevel::error;
  report.message = "a \"quote\"\n";
  report.source_file = "a.cpp";
  report.source_line = 7;
  report.source_class = "gate";
  report.source_function = "check";
  const std::string text =
      R"({"unitId":"E004","category":"HARDWARE","extent":"LOCAL","level":"ERROR",)"
      R"("message":"a \"quote\"\n","stackTrace":{"fileName":"a.cpp","lineNumber":7,)"
      R"("className":"gate","methodName":"check"}})";
  EXPECT_EQ(write_error(report), text);
  const auto read = read_error(text, "error");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, report);
}

TEST(ErrorReport, NamesThatNobodyKnowsAreUnknown) {
  const auto read =
      read_error(R"({"unitId":"A","category":"hardware","extent":"ALL","level":""})", "e");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->category, AlarmCategory::unknown);
  EXPECT_EQ(read->extent, AlarmExtent::unknown);
  EXPECT_EQ(read->level, AlarmLevel::unknown);
}

TEST(ErrorReport, EveryNameReadsBack) {
  for (const auto category : {AlarmCategory::hardware, AlarmCategory::framework,
                              AlarmCategory::logic, AlarmCategory::user, AlarmCategory::unknown}) {
    for (const auto level :
         {AlarmLevel::warn, AlarmLevel::error, AlarmLevel::fatal, AlarmLevel::unknown}) {
      for (const auto extent : {AlarmExtent::local, AlarmExtent::global, AlarmExtent::unknown}) {
        const ErrorReport report{UnitId("A"), category, extent, level, "m", "", 0, "", ""};
        EXPECT_EQ(*read_error(write_error(report), "e"), report);
      }
    }
  }
}

}  // namespace
}  // namespace musubi::json
