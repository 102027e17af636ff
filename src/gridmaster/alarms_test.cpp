// How long the Grid Master shows what, and what it does while a unit is in doubt.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gridmaster/deal_fixtures.hpp"

namespace musubi::gridmaster::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

MATCHER_P(Shows, code, "shows this alarm") {
  return std::any_of(arg.begin(), arg.end(), [&](const auto& a) { return a.first == code; });
}

TEST(AlarmsOfTheGridMaster, AnEventIsShownForTheSustainingTime) {
  Bench bench;
  bench.foreign[unit(3)] = Volts(0);  // its meter does not follow the reference's steps
  bench.take_role();
  bench.create(1, 2, 3);
  ASSERT_TRUE(
      bench.run_until(seconds(60), [&] { return bench.alarmed(AlarmCode::authorization_failed); }));
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(120)));
  const Instant last = bench.now;
  EXPECT_THAT(bench.shown, Shows(AlarmCode::authorization_failed));
  bench.run_for(bench.policy.grid_master_error_sustaining + seconds(1));
  EXPECT_THAT(bench.shown, Not(Shows(AlarmCode::authorization_failed)))
      << to_seconds(bench.now - last);
}

TEST(AlarmsOfTheGridMaster, GoWithTheRole) {
  Bench bench;
  bench.change_policy([](Policy& policy) { policy.members.push_back(unit(9)); });
  bench.take_role();
  bench.create(1, 2, 3);
  bench.run_for(seconds(2));
  ASSERT_THAT(bench.shown, Shows(AlarmCode::members_missing));
  bench.put(StoreKey::role(), RoleRecord{unit(4), 1});
  EXPECT_THAT(bench.shown, IsEmpty());
}

TEST(AlarmsOfTheGridMaster, ALatchIsShownWhileItIsThere) {
  Bench bench;
  bench.take_role();
  bench.put(StoreKey::bus_latch(), BusLatch{});
  bench.run_for(seconds(100));
  EXPECT_THAT(bench.shown, Shows(AlarmCode::bus_latched));
  bench.put(StoreKey::bus_latch(), std::monostate{});
  bench.create(1, 2, 3);
  bench.run_for(seconds(1));
  EXPECT_THAT(bench.shown, Not(Shows(AlarmCode::bus_latched)));
}

TEST_F(TwoDeals, AUnitThatDoesNotStopIsShownAndGetsNoNewDeal) {
  bench.at(4).lets_go = false;
  bench.stop_deal(2);
  ASSERT_TRUE(bench.run_until(bench.policy.stop_me_timeout + seconds(5), [&] {
    return bench.alarmed(AlarmCode::deal_stop_failed, AlarmLevel::error);
  }));
  EXPECT_THAT(bench.shown, Contains(Pair(AlarmCode::deal_stop_failed, unit(4))));
  bench.create(3, 1, 3);
  bench.run_for(seconds(5));
  EXPECT_EQ(bench.phase(3), DealPhase::created)
      << explain(bench.deal(3).last_reason) << "unit 3 shares the deal that does not stop";
  bench.at(4).lets_go = true;
  EXPECT_TRUE(bench.run_until_phase(2, DealPhase::done));
  bench.run_for(bench.policy.grid_master_error_sustaining + seconds(1));
  EXPECT_THAT(bench.shown, Not(Shows(AlarmCode::deal_stop_failed)));
}

TEST_F(TwoDeals, AnOldReferenceThatDoesNotLetGoIsShownAndBothStayDrooped) {
  bench.at(2).lets_go = false;
  bench.stop_deal(1);
  ASSERT_TRUE(bench.run_until(seconds(10), [&] { return bench.holding().size() == 2; }));
  bench.run_for(bench.timing.hand_over_max + seconds(2));
  EXPECT_THAT(bench.shown, Contains(Pair(AlarmCode::hand_over_unfinished, unit(2))));
  EXPECT_THAT(bench.holding(), ElementsAre(2, 4));
  EXPECT_GT(bench.at(2).target.droop, 0.0);
  EXPECT_GT(bench.at(4).target.droop, 0.0);
  EXPECT_EQ(bench.broken_rules, "");
}

TEST_F(TwoDeals, ASuccessorEndsWhatMustEndBesideASilentMemberOfTheReferenceSet) {
  // Unit 1 is in the set and silent; unit 2 holds the voltage and answers.
  bench.at(1).alive = false;
  bench.gm.emplace(Prng(99));
  bench.put(StoreKey::reference_set(), ReferenceSet{{unit(1), unit(2)}, 0});
  bench.sent.clear();
  bench.take_role();
  bench.run_for(milliseconds(500));
  bench.stop_deal(2);
  bench.run_for(seconds(2));
  EXPECT_EQ(bench.phase(2), DealPhase::stopping);
  EXPECT_EQ(bench.mode(3), ConverterMode::discharge) << "the other deal goes on";
  EXPECT_EQ(bench.at(3).target.current, Amperes(1.0)) << "without the one that ends";
  EXPECT_EQ(bench.mode(4), ConverterMode::charge) << "its master side is next, after the fence";
  EXPECT_THAT(bench.holding(), ElementsAre(2));
}

TEST_F(TwoDeals, AForeignVoltageReferenceStopsTheBus) {
  // Somebody else has turned unit 1 into a voltage reference.
  SetPoint& target = bench.at(1).target;
  target.mode = ConverterMode::voltage_reference;
  target.voltage = Volts(350);
  bench.at(1).lets_go = false;
  bench.report(1);
  EXPECT_THAT(bench.shown, Contains(Pair(AlarmCode::two_references, unit(1))));
  EXPECT_FALSE(bench.alarmed(AlarmCode::two_references, AlarmLevel::error)) << "one sight";
  ASSERT_TRUE(bench.run_until(
      seconds(2), [&] { return bench.alarmed(AlarmCode::two_references, AlarmLevel::error); }));
  ASSERT_TRUE(bench.run_until(seconds(2), [&] {
    return !is_constant_current(bench.mode(3)) && !is_constant_current(bench.mode(4));
  })) << "all constant currents are off within 2 s";
  bench.run_for(seconds(10));
  EXPECT_THAT(bench.holding(), ElementsAre(1)) << "only the one that nobody can stop";
}

TEST_F(TwoDeals, AStoppedBusIsLetGoAtItsBoundThoughACurrentStillFlows) {
  // Unit 3 goes on pushing and unit 1 holds a voltage; nobody can stop either.
  bench.at(3).lets_go = false;
  SetPoint& target = bench.at(1).target;
  target.mode = ConverterMode::voltage_reference;
  target.voltage = Volts(350);
  bench.at(1).lets_go = false;
  bench.report(1);
  ASSERT_TRUE(bench.run_until(
      seconds(2), [&] { return bench.alarmed(AlarmCode::two_references, AlarmLevel::error); }));
  const Duration bound =
      std::max(bench.timing.clean_stop_bound, bench.policy.scram_reference_delay);
  bench.run_for(bound - milliseconds(500));
  EXPECT_THAT(bench.holding(), ElementsAre(1, 2)) << "the current still has its voltage";
  bench.run_for(seconds(1));
  EXPECT_THAT(bench.holding(), ElementsAre(1));
  EXPECT_EQ(bench.mode(3), ConverterMode::discharge);
}

TEST(Branch, BeyondItsCapacityStopsTheBus) {
  Bench bench;
  Branch branch;
  branch.forward = {unit(3)};
  branch.backward = {unit(2), unit(4), unit(1)};
  branch.capacity = Amperes(1.2);
  bench.change_policy([&](Policy& policy) {
    policy.topology_enabled = true;
    policy.branches = {branch};
  });
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  bench.run_for(seconds(5));
  EXPECT_THAT(bench.alarms, IsEmpty());
  bench.at(3).off_a = -0.5;
  ASSERT_TRUE(bench.run_until(
      seconds(10), [&] { return bench.alarmed(AlarmCode::branch_overloaded, AlarmLevel::error); }));
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(20)));
  EXPECT_EQ(bench.deal(1).stop_reason.rule, Rule::branch_overload);
}

TEST_F(TwoDeals, EndsThatDisagreeAreShown) {
  bench.at(4).energies[deal_id(2)].meter.bus_energy = WattHours(9.0);
  bench.stop_deal(2);
  ASSERT_TRUE(bench.run_until_phase(2, DealPhase::done));
  EXPECT_THAT(bench.shown, Shows(AlarmCode::meter_mismatch));
}

TEST_F(TwoDeals, EndsThatAgreeAreNotShown) {
  bench.stop_deal(2);
  ASSERT_TRUE(bench.run_until_phase(2, DealPhase::done));
  EXPECT_THAT(bench.alarms, IsEmpty());
}

TEST(Orphan, ASilentReferenceBesideALiveBusIsNamedAndNothingIsFormedOverIt) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  bench.at(2).alive = false;    // no heartbeat, no command ...
  bench.at(2).lets_go = false;  // ... and a converter that goes on
  bench.create(2, 4, 1);
  bench.run_for(seconds(80));
  EXPECT_THAT(bench.shown, Contains(Pair(AlarmCode::orphan_running, unit(2))));
  EXPECT_THAT(bench.holding(), ElementsAre(2));
  EXPECT_EQ(bench.mode(3), ConverterMode::waiting);
  EXPECT_NE(bench.phase(2), DealPhase::running);
}

TEST(StalledDeals, End) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3, 1.0, 1));
  bench.change(1, [](Deal& d) { d.amount_wh = 40; });
  bench.at(3).off_a = 0.0;
  bench.at(2).meter_a = 0.0;
  // No watt flows: the meter of the reference side shows no power.
  bench.at(2).energies[deal_id(1)].power = Watts(0);
  const double needed_s = 40.0 * 3600.0 / 350.0;
  ASSERT_TRUE(bench.run_until(seconds(5 * needed_s), [&] {
    for (auto& [id, energy] : bench.at(2).energies) {
      energy.meter = DealMeter{};
      energy.share_ended = false;
    }
    for (auto& [id, energy] : bench.at(3).energies) {
      energy.meter = DealMeter{};
      energy.share_ended = false;
    }
    return bench.phase(1) == DealPhase::done;
  }));
  EXPECT_EQ(bench.deal(1).stop_reason.rule, Rule::deal_stalled);
  EXPECT_EQ(bench.deal(1).outcome, DealOutcome::aborted);
}

}  // namespace
}  // namespace musubi::gridmaster::testing
