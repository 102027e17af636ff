#include "json/deal_json.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "json/deal_names.hpp"
#include "json/format.hpp"

namespace musubi::json {
namespace {

constexpr std::int32_t tokyo = 9 * 3600;

WallTime at(std::string_view clock) {
  return *parse_apis_time("2024/05/01-" + std::string(clock), tokyo);
}

/// A deal of 50 Wh that E002 asked for and E004 gives, just created.
Deal created_deal() {
  Deal d;
  d.id = *DealId::parse("2a6a1d21-dceb-4ddf-9ed1-e553dfb075ee");
  d.negotiation_id = *DealId::parse("8a7ad96e-01bf-4997-801f-d66b7b2d1499");
  d.request_unit = UnitId("E002");
  d.accept_unit = UnitId("E004");
  d.charge_unit = UnitId("E002");
  d.discharge_unit = UnitId("E004");
  d.request_time = at("10:00:05");
  d.accept_time = at("10:00:03");
  d.request_point_per_wh = 9.5;
  d.accept_point_per_wh = 9.0;
  d.point_per_wh = 9.5;
  d.request_current = d.accept_current = d.current = Amperes(1);
  d.charge_efficient_v = Volts(338.2);
  d.request_amount_wh = 612;
  d.accept_amount_wh = 240;
  d.amount_wh = 50;
  d.create_time = at("10:00:04");
  return d;
}

/// The same text without the key of ours, which stands at the end.
std::string apis_part(const Deal& deal) {
  const std::string text = write_deal(deal);
  return text.substr(0, text.find(",\"musubi\":")) + "}";
}

const std::string terms =
    R"({"unitId":"E002","negotiationId":"8a7ad96e-01bf-4997-801f-d66b7b2d1499",)"
    R"("requestUnitId":"E002","acceptUnitId":"E004","requestDateTime":"2024/05/01-10:00:05",)"
    R"("acceptDateTime":"2024/05/01-10:00:03","requestPointPerWh":9.5,"acceptPointPerWh":9.0,)"
    R"("requestDealGridCurrentA":1.0,"acceptDealGridCurrentA":1.0,"type":"charge",)"
    R"("chargeUnitId":"E002","dischargeUnitId":"E004","pointPerWh":9.5,)"
    R"("chargeUnitEfficientGridVoltageV":338.2,"dischargeUnitEfficientGridVoltageV":null,)"
    R"("dealGridCurrentA":1.0,"requestAmountWh":612,"acceptAmountWh":240,"dealAmountWh":50,)"
    R"("dealId":"2a6a1d21-dceb-4ddf-9ed1-e553dfb075ee","createDateTime":"2024/05/01-10:00:04")";

TEST(DealText, Created) { EXPECT_EQ(apis_part(created_deal()), terms + "}"); }

TEST(DealText, CompletedMasterDeal) {
  Deal d = created_deal();
  d.phase = DealPhase::done;
  d.outcome = DealOutcome::completed;
  d.compensation_target = Amperes(1);
  d.activate_time = at("10:00:10");
  d.ramp_up_time = d.warm_up_time = d.start_time = at("10:00:45");
  d.discharge_compensated_a = Amperes(-1.04);
  d.charge_compensated_a = Amperes(0.99);
  d.stop_time = d.deactivate_time = at("10:09:33");
  d.charge_meter.battery_energy = WattHours(50.3);
  EXPECT_EQ(
      apis_part(d),
      terms + R"(,"compensationTargetVoltageReferenceGridCurrentA":1.0,)"
              R"("activateDateTime":"2024/05/01-10:00:10","rampUpDateTime":"2024/05/01-10:00:45",)"
              R"("warmUpDateTime":"2024/05/01-10:00:45",)"
              R"("dischargeUnitCompensatedGridCurrentA":-1.04,)"
              R"("chargeUnitCompensatedGridCurrentA":0.99,)"
              R"("startDateTime":"2024/05/01-10:00:45","cumulateDateTime":"2024/05/01-10:09:33",)"
              R"("cumulateAmountWh":50.3,"stopDateTime":"2024/05/01-10:09:33",)"
              R"("deactivateDateTime":"2024/05/01-10:09:33"})");
}

TEST(DealText, RefusedAtActivationHasMarkers) {
  Deal d = created_deal();
  d.phase = DealPhase::done;
  d.outcome = DealOutcome::aborted;
  d.abort_time = at("10:00:20");
  const std::string text = apis_part(d);
  EXPECT_EQ(text, terms + R"(,"activateDateTime":"--","startDateTime":"--","stopDateTime":"--",)"
                          R"("deactivateDateTime":"--","abortDateTime":"2024/05/01-10:00:20"})");
  const auto read = read_deal(text, "d", tokyo);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->phase, DealPhase::done);
  EXPECT_EQ(read->outcome, DealOutcome::aborted);
  EXPECT_EQ(read->activate_time, std::nullopt);
}

TEST(DealText, AbortedWhileRampingKeepsTheRealTimes) {
  Deal d = created_deal();
  d.phase = DealPhase::stopped;
  d.activate_time = at("10:00:10");
  EXPECT_EQ(apis_part(d), terms + R"(,"activateDateTime":"2024/05/01-10:00:10",)"
                                  R"("startDateTime":"--","stopDateTime":"--"})");
}

TEST(DealPhaseOfTimes, FollowsTheLastTimeThatIsSet) {
  const std::pair<const char*, DealPhase> steps[] = {
      {"", DealPhase::created},
      {R"(,"activateDateTime":"2024/05/01-10:00:10")", DealPhase::activated},
      {R"(,"warmUpDateTime":"2024/05/01-10:00:11")", DealPhase::warming_up},
      {R"(,"startDateTime":"2024/05/01-10:00:12")", DealPhase::running},
      {R"(,"stopDateTime":"2024/05/01-10:00:13")", DealPhase::stopped},
      {R"(,"deactivateDateTime":"2024/05/01-10:00:14")", DealPhase::done}};
  std::string text = terms;
  for (const auto& [more, phase] : steps) {
    text += more;
    const auto read = read_deal(text + "}", "d", tokyo);
    ASSERT_TRUE(read.ok()) << read.problems.text(Severity::error);
    EXPECT_EQ(read->phase, phase);
    EXPECT_EQ(read->outcome, phase == DealPhase::done ? DealOutcome::completed : DealOutcome::open);
  }
}

TEST(DealText, TakesADealMadeForATest) {
  const auto read = read_deal(
      R"({"createDateTime":"2026/11/21-09:12:48","type":"discharge","unitId":"E001",
          "requestUnitId":"E001","acceptUnitId":"E002","dischargeUnitId":"E001",
          "chargeUnitId":"E002","dealGridCurrentA":2.0,"dealAmountWh":100.0,"pointPerWh":10.0,
          "testFeature":{"dcdc":{"failBeforeActivate":true}}})",
      "d", tokyo);
  ASSERT_TRUE(read.ok()) << read.problems.text(Severity::error);
  EXPECT_EQ(read->origin, DealOrigin::external);
  EXPECT_EQ(read->amount_wh, 100);
  EXPECT_EQ(read->test_feature, TestFeature::fail_before_activate);
  EXPECT_TRUE(read->id.empty());
}

/// A number of so few digits that its nearest 32-bit float is spelled the same.
double float_number(int low, int high) {
  return static_cast<double>(*rc::gen::inRange(low * 100, high * 100)) / 100.0;
}
std::optional<double> maybe_number(int low, int high) {
  return *rc::gen::arbitrary<bool>() ? std::optional(float_number(low, high)) : std::nullopt;
}
std::optional<WallTime> maybe_time() {
  if (!*rc::gen::arbitrary<bool>()) {
    return std::nullopt;
  }
  return WallTime{*rc::gen::inRange<std::int64_t>(1, 4'000'000'000) * 1000, tokyo};
}
DealId any_deal_id() {
  return {*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::inRange<std::uint64_t>(1, ~0ULL)};
}
template <class Enum>
Enum any_of(const Names<Enum>& names) {
  return names[*rc::gen::inRange<std::size_t>(0, names.size())].second;
}
Reason any_reason() {
  return Reason(any_of(rule_names()), *rc::gen::arbitrary<double>(), float_number(-9, 9));
}
std::vector<DealNote> any_notes() {
  std::vector<DealNote> notes(*rc::gen::inRange<std::size_t>(0, 3));
  for (auto& note : notes) {
    note = {maybe_time().value_or(WallTime{}), any_reason()};
  }
  return notes;
}
DealMeter any_meter() {
  DealMeter meter;
  meter.battery_energy = WattHours(float_number(0, 1000));
  meter.bus_energy = WattHours(float_number(0, 1000));
  meter.bus_account = WattHours(float_number(0, 1000));
  meter.shared = *rc::gen::arbitrary<bool>();
  meter.estimated = *rc::gen::arbitrary<bool>();
  return meter;
}

RC_GTEST_PROP(DealText, WriteThenReadIsTheSame, ()) {
  Deal d = created_deal();
  d.id = any_deal_id();
  d.negotiation_id = any_deal_id();
  d.origin = any_of(deal_origin_names());
  d.type = *rc::gen::element(Direction::charge, Direction::discharge);
  if (*rc::gen::arbitrary<bool>()) {
    std::swap(d.charge_unit, d.discharge_unit);
  }
  d.request_time = maybe_time().value_or(WallTime{});
  d.request_point_per_wh = maybe_number(0, 100);
  d.accept_point_per_wh = maybe_number(0, 100);
  d.point_per_wh = maybe_number(0, 100);
  d.current = Amperes(float_number(0, 100));
  d.request_current = Amperes(float_number(0, 100));
  d.amount_wh = *rc::gen::inRange<std::int64_t>(0, 100'000);
  d.request_pair_unit = UnitId(*rc::gen::element<std::string>("", "E009"));
  d.metering_point = any_of(metering_point_names());
  d.loss_payer = any_of(loss_payer_names());
  d.test_feature = any_of(test_feature_names());
  d.phase = any_of(deal_phase_names());
  d.outcome = any_of(deal_outcome_names());
  d.is_master = *rc::gen::arbitrary<bool>();
  d.reference_unit = UnitId(*rc::gen::element<std::string>("", "E002"));
  d.stop_requested = *rc::gen::arbitrary<bool>();
  d.resets = *rc::gen::inRange(0, 10);
  d.create_time = maybe_time();
  d.activate_time = maybe_time();
  d.ramp_up_time = maybe_time();
  d.warm_up_time = maybe_time();
  d.start_time = maybe_time();
  d.stop_time = maybe_time();
  d.deactivate_time = maybe_time();
  d.abort_time = maybe_time();
  if (const auto current = maybe_number(-10, 10)) {
    d.compensation_target = d.charge_compensated_a = Amperes(*current);
  }
  d.charge_meter = any_meter();
  d.discharge_meter = any_meter();
  d.last_reason = any_reason();
  d.stop_reason = any_reason();
  d.reset_notes = any_notes();
  d.abort_notes = any_notes();
  const std::string text = write_deal(d);
  const auto read = read_deal(text, "d", tokyo);
  RC_ASSERT(read.ok());
  RC_ASSERT(write_deal(*read) == text);
  RC_ASSERT(*read == d);
}

TEST(WebDeals, LookLikeThoseOfApisWeb) {
  Deal d = created_deal();
  d.is_master = true;
  const std::string text =
      R"([{"chargingUnit":"E002","dischargingUnit":"E004","isMasterDeal":true,"request":"CHARGE",)"
      R"("requester":"E002","responder":"E004","startTime":"2024/05/01-10:00:04"}])";
  EXPECT_EQ(write_web_deals({web_deal_of(d)}), text);
  const auto read = read_web_deals(text, "w", tokyo);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(write_web_deals(*read), text);
}

}  // namespace
}  // namespace musubi::json
