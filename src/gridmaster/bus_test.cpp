// Who holds the voltage of the bus: forming it, handing it over, large units.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gridmaster/deal_fixtures.hpp"

namespace musubi::gridmaster::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Forming

TEST(Forming, NeedsADeadBusForOneSecondOnTwoMeters) {
  Bench bench;
  bench.dead_voltage = Volts(60);
  bench.take_role();
  bench.create(1, 2, 3);
  bench.run_for(seconds(10));
  EXPECT_THAT(bench.holding(), IsEmpty());
  EXPECT_EQ(bench.phase(1), DealPhase::created);
  bench.dead_voltage = Volts(0);
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::running));
}

TEST(Forming, AnybodyWhoSeesALiveBusBlocksIt) {
  Bench bench;
  bench.foreign[unit(4)] = Volts(36);
  bench.take_role();
  bench.create(1, 2, 3);
  bench.run_for(seconds(10));
  EXPECT_THAT(bench.holding(), IsEmpty());
}

TEST(Forming, ALiveBusThatNobodyHoldsIsAForeignVoltage) {
  Bench bench;
  bench.dead_voltage = Volts(350);
  bench.take_role();
  bench.create(1, 2, 3);
  bench.run_for(seconds(65));
  EXPECT_TRUE(bench.alarmed(AlarmCode::foreign_voltage, AlarmLevel::error));
  EXPECT_THAT(bench.holding(), IsEmpty());
}

TEST(Forming, OneWitnessIsNotEnoughAmongMany) {
  Bench bench;
  for (int i = 1; i <= 3; ++i) {
    bench.foreign[unit(i)] = Volts(0);
  }
  bench.at(1).alive = false;
  bench.at(4).alive = false;
  bench.at(3).alive = false;
  bench.take_role();
  bench.create(1, 2, 3);
  bench.run_for(seconds(3));
  EXPECT_THAT(bench.holding(), IsEmpty());
}

TEST(Forming, TheUnitIsInTheReferenceSetBeforeItsFirstCommand) {
  Bench bench;
  bench.take_role();
  bench.store_answers = false;
  bench.create(1, 2, 3);
  bench.run_for(seconds(2));
  EXPECT_FALSE(bench.anything_raised());
}

TEST(Forming, TheBusHasToFollowAuthorisationSteps) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  std::vector<Volts> steps;
  for (const auto& command : bench.sent_to(2)) {
    if (command.target.mode == ConverterMode::voltage_reference &&
        (steps.empty() || steps.back() != command.target.voltage)) {
      steps.push_back(command.target.voltage);
    }
  }
  ASSERT_THAT(steps, SizeIs(5));
  EXPECT_EQ(steps.front(), Volts(350));
  EXPECT_EQ(steps.back(), Volts(350));
}

TEST(Forming, ABusThatDoesNotFollowIsGivenUpAndTheDealIsResetALimitedNumberOfTimes) {
  Bench bench;
  bench.foreign[unit(3)] = Volts(0);
  bench.take_role();
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(200)));
  EXPECT_EQ(bench.deal(1).outcome, DealOutcome::aborted);
  EXPECT_EQ(bench.deal(1).resets, bench.policy.deal_reset_limit);
  EXPECT_TRUE(bench.alarmed(AlarmCode::authorization_failed));
  EXPECT_THAT(bench.holding(), IsEmpty());
  EXPECT_EQ(bench.mode(3), ConverterMode::waiting);
}

TEST(Forming, TheLostBusIsFormedAnewAndTheDealGoesOn) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  bench.at(2).target = SetPoint();  // its converter dropped out
  bench.at(2).shares.clear();
  EXPECT_TRUE(bench.run_until(seconds(20), [&] {
    return bench.holding() == std::vector<int>{2} && bench.mode(3) == ConverterMode::discharge;
  }));
}

TEST(Forming, AnOrderThatWasNotHeardIsNotRenewedOnALiveBus) {
  Bench bench;
  bench.at(2).progress = ConverterProgress::moving;
  bench.take_role();
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until(seconds(5), [&] { return !bench.holding().empty(); }));
  bench.at(2).alive = false;
  bench.at(2).progress = ConverterProgress::settled;
  bench.report(2);  // the next step is ordered and not heard
  bench.run_for(seconds(5));
  ASSERT_THAT(bench.holding(), IsEmpty()) << "its lease has ended";
  bench.dead_voltage = Volts(216);
  bench.at(2).alive = true;
  bench.sent.clear();
  bench.run_for(seconds(1));
  EXPECT_FALSE(bench.anything_raised());
}

TEST(Forming, AfterThreeReFormationsABusIsLatchedForAPerson) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  int formed = 0;
  for (int i = 0; i < 6; ++i) {
    bench.at(2).target = SetPoint();
    bench.at(2).shares.clear();
    formed += bench.run_until(seconds(20), [&] { return bench.holding().size() == 1; }) ? 1 : 0;
    bench.run_for(seconds(3));
  }
  EXPECT_EQ(formed, Limits::re_formations);
  EXPECT_TRUE(bench.view.bus_latch());
  EXPECT_TRUE(bench.alarmed(AlarmCode::bus_latched, AlarmLevel::error));
  bench.sent.clear();
  bench.run_for(seconds(60));
  EXPECT_FALSE(bench.anything_raised());
  EXPECT_TRUE(bench.view.bus_latch());
}

TEST(ReFormations, AreCountedOverGridMasters) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  int formed = 0;
  for (int i = 0; i < 6; ++i) {
    bench.at(2).target = SetPoint();
    bench.at(2).shares.clear();
    bench.replace_grid_master();
    formed += bench.run_until(seconds(20), [&] { return bench.holding().size() == 1; }) ? 1 : 0;
    bench.run_for(seconds(3));
  }
  EXPECT_EQ(formed, Limits::re_formations);
  EXPECT_TRUE(bench.view.bus_latch());
  // A person clears the latch: the count begins anew.
  bench.put(StoreKey::bus_latch(), std::monostate{});
  EXPECT_TRUE(bench.run_until(seconds(20), [&] { return bench.holding().size() == 1; }));
}

TEST(ReFormations, ThatLieFarApartDoNotAddUp) {
  Bench bench;
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3, 1.0, 5000));
  for (int i = 0; i < 5; ++i) {
    bench.run_for(Limits::re_formation_window + seconds(10));
    bench.at(2).target = SetPoint();
    bench.at(2).shares.clear();
    ASSERT_TRUE(bench.run_until(seconds(20), [&] { return bench.holding().size() == 1; }));
  }
  EXPECT_FALSE(bench.view.bus_latch());
}

// Hand-over

/// The first deal's end hands the voltage over to the second.
class HandOver : public TwoDeals {
 protected:
  void SetUp() override {
    TwoDeals::SetUp();
    bench.sent.clear();
  }
};

TEST_F(HandOver, FollowsItsOrder) {
  bench.stop_deal(1);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::done));
  bench.run_for(seconds(1));
  EXPECT_THAT(bench.holding(), ElementsAre(4));
  EXPECT_EQ(bench.at(4).target.droop, 0.0);
  EXPECT_EQ(bench.mode(2), ConverterMode::waiting);
  EXPECT_EQ(bench.deal(2).reference_unit, unit(4));
  EXPECT_THAT(bench.reference_set(), ElementsAre(unit(4)));
  std::vector<std::string> order;
  for (const auto& s : bench.sent) {
    const SetPoint& t = s.command.target;
    const std::string line = s.to.str() + (t.mode == ConverterMode::waiting             ? " waits"
                                           : t.mode != ConverterMode::voltage_reference ? " current"
                                           : t.droop > 0.0                              ? " drooped"
                                                                                        : " holds");
    if (s.to != unit(3) && (order.empty() || order.back() != line)) {
      order.push_back(line);
    }
  }
  std::vector<std::string> changes;
  std::map<std::string, std::string> last;
  for (const auto& line : order) {
    if (last[line.substr(0, 4)] != line) {
      last[line.substr(0, 4)] = line;
      changes.push_back(line);
    }
  }
  const auto begin = std::find(changes.begin(), changes.end(), "E002 drooped");
  EXPECT_THAT(std::vector<std::string>(begin, changes.end()),
              ElementsAre("E002 drooped", "E004 drooped", "E002 waits", "E004 holds"));
}

TEST_F(HandOver, ASuccessorFinishesItWhereverItWasInterrupted) {
  for (int interrupted_after = 1; interrupted_after <= 12; ++interrupted_after) {
    Bench b;
    b.take_role();
    ASSERT_TRUE(b.start(1, 2, 3));
    ASSERT_TRUE(b.start(2, 4, 3));
    // The Grid Master dies after its n-th step of the way.
    b.stop_after = interrupted_after;
    b.stop_deal(1);
    b.run_for(milliseconds(200));
    b.stop_after.reset();
    b.replace_grid_master();
    ASSERT_TRUE(b.run_until_phase(1, DealPhase::done, seconds(20))) << interrupted_after;
    b.run_for(seconds(2));
    EXPECT_THAT(b.holding(), ElementsAre(4)) << interrupted_after;
    EXPECT_EQ(b.at(4).target.droop, 0.0) << interrupted_after;
    EXPECT_EQ(b.phase(2), DealPhase::running) << interrupted_after;
    EXPECT_THAT(b.reference_set(), ElementsAre(unit(4))) << interrupted_after;
    EXPECT_EQ(b.broken_rules, "") << interrupted_after;
  }
}

TEST_F(HandOver, NoneBeginsBesideASilentReference) {
  bench.at(2).alive = false;
  bench.run_for(milliseconds(800));
  bench.stop_deal(1);
  bench.run_for(seconds(2));
  EXPECT_THAT(bench.holding(), ElementsAre(2));
  for (const auto& command : bench.sent_to(4)) {
    EXPECT_NE(command.target.mode, ConverterMode::voltage_reference);
  }
}

TEST_F(HandOver, ADeadReferenceCostsItsOwnDealAndTheOtherGoesOn) {
  bench.at(2).alive = false;
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(60)));
  EXPECT_EQ(bench.deal(1).outcome, DealOutcome::aborted);
  EXPECT_TRUE(bench.run_until(seconds(60), [&] {
    return bench.holding() == std::vector<int>{4} && bench.mode(3) == ConverterMode::discharge;
  }));
  EXPECT_EQ(bench.phase(2), DealPhase::running);
  EXPECT_EQ(bench.broken_rules, "");
}

// Large units

TEST(LargeUnits, ThatJoinTakeTheVoltage) {
  Bench bench;
  bench.change_policy([](Policy& policy) { policy.large_capacity_units = {unit(1)}; });
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  ASSERT_TRUE(bench.start(2, 1, 3));
  EXPECT_THAT(bench.holding(), ElementsAre(1));
  EXPECT_EQ(bench.mode(2), ConverterMode::charge);
  EXPECT_EQ(bench.at(3).target.current, Amperes(2.0));
  EXPECT_TRUE(bench.deal(2).is_master);
  EXPECT_FALSE(bench.deal(1).is_master);
  EXPECT_EQ(bench.broken_rules, "");
}

TEST(LargeUnits, OnTheSlaveSideOfANewDealTakeTheVoltageToo) {
  Bench bench;
  bench.change_policy([](Policy& policy) { policy.large_capacity_units = {unit(4)}; });
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  ASSERT_TRUE(bench.start(2, 1, 4));
  EXPECT_THAT(bench.holding(), ElementsAre(4));
  EXPECT_EQ(bench.mode(2), ConverterMode::charge);
  EXPECT_EQ(bench.mode(3), ConverterMode::discharge);
  EXPECT_EQ(bench.broken_rules, "");
  bench.change(1, [](Deal& d) { d.amount_wh = 1; });
  bench.change(2, [](Deal& d) { d.amount_wh = 1; });
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done));
  EXPECT_TRUE(bench.run_until_phase(2, DealPhase::done));
  EXPECT_THAT(bench.holding(), IsEmpty());
}

TEST(LargeUnits, OnEitherSideOfAFirstDealFormTheBus) {
  Bench bench;
  bench.change_policy([](Policy& policy) { policy.large_capacity_units = {unit(3)}; });
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  EXPECT_THAT(bench.holding(), ElementsAre(3));
  EXPECT_EQ(bench.mode(2), ConverterMode::charge);
}

}  // namespace
}  // namespace musubi::gridmaster::testing
