// How deals begin, end and are refused.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gridmaster/grid_master_bench.hpp"

namespace musubi::gridmaster::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Deals, ALastReferenceThatDiesDoesNotBlockTheOthers) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  bench.at(2).alive = false;
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(60)));
  EXPECT_TRUE(bench.start(2, 4, 3));
  EXPECT_THAT(bench.holding(), ElementsAre(4));
}

TEST(Deals, ADeadGiverCostsItsOwnDeal) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  ASSERT_TRUE(bench.start(2, 2, 4));
  bench.at(3).alive = false;
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(60)));
  EXPECT_EQ(bench.deal(1).last_reason.rule, Rule::unit_silent);
  EXPECT_EQ(bench.phase(2), DealPhase::running);
  EXPECT_EQ(bench.mode(4), ConverterMode::discharge);
}

TEST(Deals, BothUnitsAreToldThatADealIsInCare) {
  Bench bench;
  bench.take_role();
  std::vector<Effect> effects;
  Deal deal;
  deal.id = deal_id(1);
  deal.charge_unit = unit(2);
  deal.discharge_unit = unit(3);
  deal.current = Amperes(1.0);
  deal.amount_wh = 50;
  bench.view.apply(StoreRecord{StoreKey::of_deal(deal.id), 100, deal});
  const Context context{.self = unit(1),
                        .policy = bench.policy,
                        .policy_version = version_of(bench.policy),
                        .timing = bench.timing,
                        .view = bench.view,
                        .wall = bench.wall()};
  bench.gm->step(bench.now, ViewChanged{}, context, effects);
  std::vector<UnitId> told;
  for (const auto& effect : effects) {
    if (const auto* send = std::get_if<Send>(&effect)) {
      if (std::holds_alternative<DealSeen>(send->message)) {
        told.push_back(send->to);
      }
    }
  }
  EXPECT_THAT(told, ::testing::UnorderedElementsAre(unit(2), unit(3)));
}

TEST(Deals, AreRefusedWithTheReason) {
  Bench bench;
  bench.change_policy([](Policy& policy) { policy.sum_of_deal_current_max = Amperes(2.5); });
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  bench.create(2, 3, 4);  // the giver would take
  EXPECT_TRUE(bench.run_until_phase(2, DealPhase::done, seconds(2)));
  EXPECT_EQ(bench.deal(2).last_reason.rule, Rule::refused_direction);
  bench.create(3, 4, 1, 2.0);
  EXPECT_TRUE(bench.run_until_phase(3, DealPhase::done, seconds(2)));
  EXPECT_EQ(bench.deal(3).last_reason.rule, Rule::refused_total_current);
  for (const std::uint64_t number : {2U, 3U}) {
    EXPECT_EQ(bench.deal(number).outcome, DealOutcome::aborted);
    EXPECT_FALSE(bench.deal(number).activate_time);
  }
  EXPECT_EQ(bench.phase(1), DealPhase::running);
}

TEST(Deals, EndWhenABatteryIsNearlyEmptyOrFull) {
  for (const bool empty : {true, false}) {
    Bench bench;
    bench.take_role();
    ASSERT_TRUE(bench.start(1, 2, 3));
    bench.at(empty ? 3 : 2).soc = Percent(empty ? 19.9 : 95.1);
    EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(5)));
    EXPECT_EQ(bench.deal(1).last_reason.rule,
              empty ? Rule::soc_below_lower_limit : Rule::soc_above_upper_limit);
    EXPECT_EQ(bench.deal(1).outcome, DealOutcome::aborted);
  }
}

TEST(Deals, ThatCannotBeginExpire) {
  Bench bench;
  bench.dead_voltage = Volts(100);
  bench.take_role();
  bench.create(1, 2, 3);
  bench.run_for(seconds(599));
  EXPECT_EQ(bench.phase(1), DealPhase::created);
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(3)));
  EXPECT_EQ(bench.deal(1).last_reason.rule, Rule::expired_before_activation);
}

TEST(Deals, CancelledOnesEndCleanlyInEveryPhase) {
  for (const DealPhase phase : {DealPhase::created, DealPhase::activated, DealPhase::running}) {
    Bench bench;
    bench.dead_voltage = phase == DealPhase::created ? Volts(100) : Volts(0);
    if (phase == DealPhase::activated) {
      bench.at(2).obeys = false;
    }
    bench.take_role();
    bench.create(1, 2, 3);
    ASSERT_TRUE(bench.run_until_phase(1, phase));
    bench.stop_deal(1);
    bench.at(2).obeys = true;
    ASSERT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(10)));
    EXPECT_EQ(bench.deal(1).outcome, DealOutcome::aborted);
    EXPECT_EQ(bench.deal(1).last_reason.rule, Rule::cancelled);
    bench.run_for(seconds(1));
    EXPECT_THAT(bench.holding(), IsEmpty());
    EXPECT_EQ(bench.mode(3), ConverterMode::waiting);
  }
}

TEST(Deals, AStoppedCommunityEndsThemAll) {
  for (const OperationMode mode : {OperationMode::stop, OperationMode::manual}) {
    Bench bench;
    bench.take_role();
    ASSERT_TRUE(bench.start(1, 2, 3));
    ASSERT_TRUE(bench.start(2, 4, 3));
    bench.put(StoreKey::mode(), ModeRecord{mode});
    EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(10)));
    EXPECT_TRUE(bench.run_until_phase(2, DealPhase::done, seconds(10)));
    EXPECT_EQ(bench.deal(1).last_reason.rule, Rule::mode_forbids);
    bench.run_for(seconds(1));
    EXPECT_THAT(bench.holding(), IsEmpty());
    EXPECT_EQ(bench.broken_rules, "");
    EXPECT_THAT(bench.alarms, IsEmpty());
  }
}

TEST(Deals, AHeteronomousCommunityCarriesThemOut) {
  Bench bench;
  bench.put(StoreKey::mode(), ModeRecord{OperationMode::heteronomous});
  bench.take_role();
  EXPECT_TRUE(bench.start(1, 2, 3));
}

TEST(Deals, AFaultyUnitLosesItsOwnAndTheOthersGoOn) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  ASSERT_TRUE(bench.start(2, 2, 4));
  bench.at(4).has_fault = true;
  bench.report(4);
  EXPECT_TRUE(bench.run_until_phase(2, DealPhase::done, seconds(5)));
  EXPECT_EQ(bench.deal(2).last_reason.rule, Rule::unit_failed);
  EXPECT_EQ(bench.phase(1), DealPhase::running);
  EXPECT_EQ(bench.mode(3), ConverterMode::discharge);
}

TEST(Deals, AUnitOfAnotherPolicyIsQuarantined) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  bench.at(3).policy_version += 1;
  bench.report(3);
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(5)));
  EXPECT_EQ(bench.deal(1).last_reason.rule, Rule::unit_quarantined);
}

TEST(Deals, ALeakSeenTwiceStopsTheCurrentsFirstAndThenTheVoltage) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  bench.run_for(seconds(1));
  bench.sent.clear();
  bench.leak_a = 0.3;  // two units may miss 0.25 A
  bench.run_for(seconds(1));
  EXPECT_TRUE(bench.alarmed(AlarmCode::leak_current));
  ASSERT_TRUE(bench.run_until(seconds(15), [&] { return bench.holding().empty(); }));
  EXPECT_TRUE(bench.alarmed(AlarmCode::leak_current, AlarmLevel::error));
  EXPECT_LT(bench.first_stop(3), bench.first_stop(2));
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(10)));
  EXPECT_EQ(bench.deal(1).last_reason.rule, Rule::leak);
}

TEST(Deals, ACurrentThatHasJustBegunIsNoLeak) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  bench.run_for(seconds(1));
  const SetPoint order = bench.at(3).target;
  bench.at(3).target = SetPoint{};
  bench.report(3);
  bench.report(2);
  bench.at(3).target = order;
  bench.report(3);  // the reference's newest reading is older
  EXPECT_THAT(bench.alarms, IsEmpty());
}

TEST(Deals, ALeakIsSeenTwiceOnlyInTwoSamples) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  bench.run_for(seconds(1));
  bench.leak_a = 0.3;
  bench.run_until(seconds(1), [&] { return bench.alarmed(AlarmCode::leak_current); });
  bench.at(2).alive = false;
  bench.run_for(milliseconds(400));
  EXPECT_FALSE(bench.alarmed(AlarmCode::leak_current, AlarmLevel::error));
}

TEST(Deals, ALeakWithinTheAllowanceIsNone) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  bench.leak_a = 0.24;
  bench.run_for(seconds(5));
  EXPECT_EQ(bench.phase(1), DealPhase::running);
  EXPECT_THAT(bench.alarms, IsEmpty());
}

TEST(Deals, EndCleanlyWhicheverStepIsMadeToFail) {
  for (const TestFeature feature :
       {TestFeature::fail_before_activate, TestFeature::fail_after_activate,
        TestFeature::fail_before_warm_up, TestFeature::fail_before_authorize,
        TestFeature::fail_after_authorize, TestFeature::fail_after_warm_up,
        TestFeature::fail_before_compensate, TestFeature::fail_after_compensate,
        TestFeature::fail_before_stop, TestFeature::fail_after_stop,
        TestFeature::fail_before_deactivate, TestFeature::fail_after_deactivate}) {
    Bench bench;
    bench.take_role();
    bench.create(1, 2, 3, 1.0, 1, feature);
    ASSERT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(120)))
        << static_cast<int>(feature);
    EXPECT_EQ(bench.deal(1).outcome, DealOutcome::aborted) << static_cast<int>(feature);
    bench.run_for(seconds(1));
    EXPECT_THAT(bench.holding(), IsEmpty()) << static_cast<int>(feature);
    EXPECT_EQ(bench.mode(3), ConverterMode::waiting) << static_cast<int>(feature);
  }
}

TEST(Deals, ManyEndOneAfterTheOtherAndEachOnce) {
  Bench bench(6);
  bench.take_role();
  std::uint64_t number = 1;
  for (const auto& [charge, discharge] :
       {std::pair{1, 4}, {1, 5}, {2, 4}, {2, 6}, {3, 5}, {3, 6}}) {
    bench.create(number++, charge, discharge, 1.0, 2);
    bench.run_for(milliseconds(700));
  }
  bench.run_for(seconds(120));
  EXPECT_THAT(bench.settled, SizeIs(6));
  for (const auto& deal : bench.settled) {
    EXPECT_EQ(deal.outcome, DealOutcome::completed) << explain(deal.last_reason);
    EXPECT_NEAR(deal.charge_meter.battery_energy.value(), 2.0, 0.1);
  }
  EXPECT_THAT(bench.holding(), IsEmpty());
  EXPECT_EQ(bench.broken_rules, "");
}

}  // namespace
}  // namespace musubi::gridmaster::testing
