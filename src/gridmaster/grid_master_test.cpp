// The Grid Master against a store and units that obey: its role, its fence, its bus and its deals.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gridmaster/grid_master_bench.hpp"

namespace musubi::gridmaster::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Which of the commands sent is the first that lets `number` wait.
std::size_t first_stop(const Bench& bench, int number) {
  const auto it = std::find_if(bench.sent.begin(), bench.sent.end(), [&](const Sent& s) {
    return s.to == unit(number) && s.command.target.mode == ConverterMode::waiting;
  });
  return static_cast<std::size_t>(it - bench.sent.begin());
}

// Role

TEST(GridMasterRole, IsTakenByATransactionOnTheHolderThatWasSeen) {
  Bench bench;
  bench.take_role();
  EXPECT_EQ(bench.gm->role(), Role::holding);
  EXPECT_EQ(bench.view.role_holder(), unit(1));
  EXPECT_EQ(bench.gm->epoch(), bench.store_epoch());
  ASSERT_FALSE(bench.transactions.empty());
  EXPECT_EQ(bench.transactions[0].conditions[0].key, StoreKey::role());
  EXPECT_EQ(bench.transactions[0].conditions[0].revision, 0U);
}

TEST(GridMasterRole, IsNotTakenWhereSomebodyElseWasFaster) {
  Bench bench;
  bench.store_answers = false;
  bench.take_role();
  EXPECT_EQ(bench.gm->role(), Role::taking);
  bench.store_answers = true;
  bench.put(StoreKey::role(), RoleRecord{unit(2), 1});
  bench.step(TransactionAnswered{1, false, 0});
  EXPECT_EQ(bench.gm->role(), Role::none);
}

TEST(GridMasterRole, AsksEveryUnitToAcknowledgeTheEpoch) {
  Bench bench;
  bench.take_role();
  for (int i = 1; i <= 4; ++i) {
    EXPECT_EQ(bench.at(i).highest, bench.gm->epoch());
    EXPECT_TRUE(bench.gm->fleet().find(unit(i))->acknowledged);
  }
}

TEST(GridMasterRole, IsGivenUpWhenTheStoreShowsAHigherEpoch) {
  Bench bench;
  bench.take_role();
  bench.put(StoreKey::role(), RoleRecord{unit(2), 1});
  EXPECT_EQ(bench.gm->role(), Role::none);
}

TEST(GridMasterRole, IsGivenUpWhenAReadShowsAnotherHolder) {
  Bench bench;
  bench.take_role();
  bench.create(1, 1, 2);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
  bench.role_read_shows = unit(3);
  bench.run_for(milliseconds(600));
  EXPECT_EQ(bench.gm->role(), Role::none);
}

TEST(GridMasterRole, ThatWasGivenToItIsProvedByAReadBeforeAnythingIsDone) {
  Bench bench;
  bench.store_answers = false;
  bench.put(StoreKey::role(), RoleRecord{unit(1), 1});
  EXPECT_EQ(bench.gm->role(), Role::holding);
  bench.create(1, 2, 3);
  bench.run_for(seconds(2));
  EXPECT_THAT(bench.transactions, IsEmpty());
  EXPECT_THAT(bench.sent, IsEmpty());
  bench.store_answers = true;
  bench.step(RoleRead{bench.now, unit(1), bench.store_epoch()});
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::running));
}

TEST(GridMasterRole, OfAnEarlierRunOfTheProcessIsNotContinued) {
  Bench bench;
  bench.take_role();
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
  const Epoch before = bench.store_epoch();
  // It restarts: its sequence numbers would begin anew in an epoch that has seen higher ones.
  bench.boot = 2;
  bench.gm.emplace(Prng(5));
  bench.step(ViewChanged{});
  EXPECT_EQ(bench.gm->role(), Role::none);
  bench.take_role();
  EXPECT_EQ(bench.gm->role(), Role::holding);
  EXPECT_GT(bench.gm->epoch(), before);
  bench.run_for(seconds(2));
  EXPECT_EQ(bench.phase(1), DealPhase::running);
  EXPECT_THAT(bench.holding(), ElementsAre(2));
}

TEST(GridMasterRole, EndsFiveSecondsAfterTheLastGoodReadWasSent) {
  Bench bench;
  bench.take_role();
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
  bench.run_for(milliseconds(300));
  bench.store_answers = false;
  bench.run_for(milliseconds(5000));
  bench.sent.clear();
  bench.run_for(seconds(5));
  EXPECT_THAT(bench.sent, IsEmpty());
  EXPECT_EQ(bench.mode(2), ConverterMode::waiting);
  EXPECT_EQ(bench.mode(3), ConverterMode::waiting);
}

TEST(GridMasterRole, GoesToTheFixedUnit) {
  Bench bench;
  bench.policy.grid_master_preference = GridMasterPreference::fixed;
  bench.policy.grid_master_fixed_unit = unit(3);
  for (int i = 1; i <= 4; ++i) {
    bench.at(i).policy_version = version_of(bench.policy);
  }
  bench.take_role();
  bench.run_for(seconds(1));
  EXPECT_EQ(bench.view.role_holder(), unit(3));
  EXPECT_EQ(bench.gm->role(), Role::none);
}

// Commands

class RunningDeal : public ::testing::Test {
 protected:
  void SetUp() override {
    bench.take_role();
    bench.create(1, 2, 3);
    ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
    bench.run_for(seconds(1));
  }
  Bench bench;
};

TEST_F(RunningDeal, HasOneReferenceAndOneCurrent) {
  EXPECT_THAT(bench.holding(), ElementsAre(2));
  EXPECT_EQ(bench.at(2).target.droop, 0.0);
  EXPECT_EQ(bench.at(2).target.voltage, Volts(350));
  EXPECT_EQ(bench.mode(3), ConverterMode::discharge);
  EXPECT_EQ(bench.at(3).target.current, Amperes(1.0));
  EXPECT_THAT(bench.reference_set(), ElementsAre(unit(2)));
  EXPECT_TRUE(bench.deal(1).is_master);
  EXPECT_EQ(bench.deal(1).reference_unit, unit(2));
  EXPECT_THAT(bench.alarms, IsEmpty());
}

TEST_F(RunningDeal, ItsCommandsCarryTheEpochAndGrowingSequences) {
  std::uint64_t last = 0;
  for (const auto& s : bench.sent) {
    EXPECT_EQ(s.command.epoch, bench.gm->epoch());
    EXPECT_GT(s.command.sequence, last);
    last = s.command.sequence;
    EXPECT_EQ(s.command.policy_version, version_of(bench.policy));
  }
}

TEST_F(RunningDeal, ItsCommandsEchoTheNewestStampOfTheReceiver) {
  bench.sent.clear();
  bench.run_for(seconds(2));
  ASSERT_FALSE(bench.sent.empty());
  for (const auto& s : bench.sent) {
    EXPECT_EQ(s.command.stamp.boot, 1U);
    EXPECT_GE(s.command.stamp.at, s.at - milliseconds(250));
    EXPECT_LE(s.command.stamp.at, s.at);
  }
}

TEST_F(RunningDeal, NoLeaseIsLongerThanTheRulesAllow) {
  for (const auto& s : bench.sent) {
    EXPECT_LE(s.command.validity, s.command.target.mode == ConverterMode::voltage_reference
                                      ? bench.timing.reference_lease
                                      : bench.timing.current_lease);
  }
}

TEST_F(RunningDeal, NoLeaseOutlivesTheRole) {
  bench.store_answers = false;
  const Instant last_read = bench.now;
  bench.sent.clear();
  bench.run_for(seconds(6));
  ASSERT_FALSE(bench.sent.empty());
  for (const auto& s : bench.sent) {
    if (s.command.target.mode != ConverterMode::waiting) {
      EXPECT_LE(s.command.stamp.at + s.command.validity, last_read + bench.timing.role_lease);
    }
  }
}

TEST_F(RunningDeal, NoCurrentOutlivesTheReferencesConfirmedEndLessItsStopBound) {
  // The reference no longer answers, all others do.
  const Instant silent_from = bench.now;
  bench.at(2).alive = false;
  bench.sent.clear();
  bench.run_for(seconds(4));
  const Instant reference_end = bench.at(2).lease_end;
  for (const auto& s : bench.sent) {
    if (is_constant_current(s.command.target.mode)) {
      EXPECT_LE(s.command.stamp.at + s.command.validity,
                reference_end - bench.timing.device_stop_bound);
    }
  }
  EXPECT_LE(reference_end, silent_from + bench.timing.reference_lease);
  EXPECT_EQ(bench.mode(3), ConverterMode::waiting);
}

TEST_F(RunningDeal, ADealsCommandsAnnounceTheBandOfTheBus) {
  const SetPoint& target = bench.at(3).target;
  EXPECT_LT(target.band_low, Volts(346));
  EXPECT_GT(target.band_high, Volts(354));
}

TEST_F(RunningDeal, EndsWithBothConvertersWaitingAndOneRecord) {
  bench.change(1, [](Deal& d) { d.amount_wh = 1; });
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::done));
  EXPECT_THAT(bench.holding(), IsEmpty());
  EXPECT_EQ(bench.mode(3), ConverterMode::waiting);
  ASSERT_THAT(bench.settled, SizeIs(1));
  EXPECT_EQ(bench.settled[0].outcome, DealOutcome::completed);
  EXPECT_NEAR(bench.settled[0].charge_meter.battery_energy.value(), 1.0, 0.1);
  EXPECT_THAT(bench.reference_set(), IsEmpty());
  EXPECT_EQ(bench.view.open_deals(unit(2)), 0U);
  EXPECT_EQ(bench.view.open_deals(unit(3)), 0U);
  bench.run_for(seconds(11));
  EXPECT_TRUE(bench.view.deals().empty());
}

TEST_F(RunningDeal, CurrentsGoOffBeforeTheVoltage) {
  bench.sent.clear();
  bench.change(1, [](Deal& d) { d.amount_wh = 1; });
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::done));
  EXPECT_LT(first_stop(bench, 3), first_stop(bench, 2));
}

// Fence

class NewGridMaster : public RunningDeal {
 protected:
  void SetUp() override {
    RunningDeal::SetUp();
    bench.sent.clear();
  }
};

TEST_F(NewGridMaster, GoesOnWithoutTouchingARunningDeal) {
  const SetPoint before = bench.at(3).target;
  bench.replace_grid_master();
  bench.run_for(seconds(2));
  EXPECT_EQ(bench.phase(1), DealPhase::running);
  EXPECT_THAT(bench.holding(), ElementsAre(2));
  EXPECT_TRUE(same_state(bench.at(3).target, before));
  for (const auto& command : bench.sent_to(2)) {
    EXPECT_EQ(command.target.mode, ConverterMode::voltage_reference);
    EXPECT_EQ(command.target.voltage, Volts(350));
  }
  EXPECT_THAT(bench.alarms, IsEmpty());
}

TEST_F(NewGridMaster, RaisesNothingBesideASilentReferenceWithinTheFenceBound) {
  bench.at(2).alive = false;
  bench.replace_grid_master();
  bench.create(2, 4, 3);
  bench.run_for(bench.timing.fence_bound - milliseconds(200));
  EXPECT_FALSE(bench.anything_raised());
  EXPECT_EQ(bench.phase(2), DealPhase::created);
}

TEST_F(NewGridMaster, StaysInTouchWithTheUnitsOfOpenDealsWhileItWaits) {
  // A running unit takes the role itself after 0.75 s, a waiting one after 1.75 s.
  bench.at(2).alive = false;
  bench.replace_grid_master();
  Instant last = bench.now;
  std::uint64_t request = bench.at(3).request;
  const Instant end = bench.now + bench.timing.fence_bound;
  while (bench.now < end) {
    bench.run_for(milliseconds(10));
    if (bench.at(3).request > request) {
      request = bench.at(3).request;
      last = bench.now;
    }
    const bool runs = bench.mode(3) != ConverterMode::waiting;
    ASSERT_LT(bench.now - last, milliseconds(runs ? 750 : 1750));
  }
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(30))) << "its unit is dead";
}

TEST_F(NewGridMaster, DoesNotWaitForASilentUnitThatTheStoreShowsIdle) {
  bench.at(4).alive = false;
  bench.replace_grid_master();
  bench.create(2, 2, 1);
  EXPECT_TRUE(bench.run_until_phase(2, DealPhase::running, seconds(2)));
}

TEST_F(NewGridMaster, TheOldGridMastersStoreWritesAreRefused) {
  GridMaster old = *bench.gm;
  const Epoch old_epoch = bench.gm->epoch();
  bench.replace_grid_master();
  bench.run_for(milliseconds(500));
  for (const auto& transaction : bench.transactions) {
    bool names_an_epoch = transaction.writes.empty();
    for (const auto& condition : transaction.conditions) {
      names_an_epoch = names_an_epoch || condition.key == StoreKey::role();
    }
    EXPECT_TRUE(names_an_epoch);
  }
  EXPECT_GT(bench.gm->epoch(), old_epoch);
  EXPECT_EQ(old.epoch(), old_epoch);
}

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
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
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
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
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
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
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

// Hand-over

/// Two deals with one giver; the first one's end hands the voltage over.
class HandOver : public ::testing::Test {
 protected:
  void SetUp() override {
    bench.take_role();
    bench.create(1, 2, 3);
    ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
    bench.create(2, 4, 3);
    ASSERT_TRUE(bench.run_until_phase(2, DealPhase::running));
    bench.sent.clear();
  }
  void end_first() {
    bench.change(1, [](Deal& d) {
      d.stop_requested = true;
      d.stop_reason = Reason(Rule::cancelled);
    });
  }

  Bench bench;
};

TEST_F(HandOver, FollowsItsOrder) {
  end_first();
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
    b.create(1, 2, 3);
    ASSERT_TRUE(b.run_until_phase(1, DealPhase::running));
    b.create(2, 4, 3);
    ASSERT_TRUE(b.run_until_phase(2, DealPhase::running));
    // The Grid Master dies after its n-th step of the way.
    b.stop_after = interrupted_after;
    b.change(1, [](Deal& d) {
      d.stop_requested = true;
      d.stop_reason = Reason(Rule::cancelled);
    });
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
  end_first();
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

// Deals

TEST(Deals, ALastReferenceThatDiesDoesNotBlockTheOthers) {
  Bench bench;
  bench.take_role();
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
  bench.at(2).alive = false;
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(60)));
  bench.create(2, 4, 3);
  EXPECT_TRUE(bench.run_until_phase(2, DealPhase::running));
  EXPECT_THAT(bench.holding(), ElementsAre(4));
}

TEST(Deals, ADeadGiverCostsItsOwnDeal) {
  Bench bench;
  bench.take_role();
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
  bench.create(2, 2, 4);
  ASSERT_TRUE(bench.run_until_phase(2, DealPhase::running));
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
  bench.policy.sum_of_deal_current_max = Amperes(2.5);
  for (int i = 1; i <= 4; ++i) {
    bench.at(i).policy_version = version_of(bench.policy);
  }
  bench.take_role();
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
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
    bench.create(1, 2, 3);
    ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
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
    bench.change(1, [](Deal& d) {
      d.stop_requested = true;
      d.stop_reason = Reason(Rule::cancelled);
    });
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
    bench.create(1, 2, 3);
    ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
    bench.create(2, 4, 3);
    ASSERT_TRUE(bench.run_until_phase(2, DealPhase::running));
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
  bench.create(1, 2, 3);
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::running));
}

TEST(Deals, AFaultyUnitLosesItsOwnAndTheOthersGoOn) {
  Bench bench;
  bench.take_role();
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
  bench.create(2, 2, 4);
  ASSERT_TRUE(bench.run_until_phase(2, DealPhase::running));
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
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
  bench.at(3).policy_version += 1;
  bench.report(3);
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(5)));
  EXPECT_EQ(bench.deal(1).last_reason.rule, Rule::unit_quarantined);
}

TEST(Deals, ALeakSeenTwiceStopsTheCurrentsFirstAndThenTheVoltage) {
  Bench bench;
  bench.take_role();
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
  bench.run_for(seconds(1));
  bench.sent.clear();
  bench.leak_a = 0.3;  // two units may miss 0.25 A
  bench.run_for(seconds(1));
  EXPECT_TRUE(bench.alarmed(AlarmCode::leak_current));
  ASSERT_TRUE(bench.run_until(seconds(15), [&] { return bench.holding().empty(); }));
  EXPECT_TRUE(bench.alarmed(AlarmCode::leak_current, AlarmLevel::error));
  EXPECT_LT(first_stop(bench, 3), first_stop(bench, 2));
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(10)));
  EXPECT_EQ(bench.deal(1).last_reason.rule, Rule::leak);
}

TEST(Deals, ALeakWithinTheAllowanceIsNone) {
  Bench bench;
  bench.take_role();
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
  bench.leak_a = 0.24;
  bench.run_for(seconds(5));
  EXPECT_EQ(bench.phase(1), DealPhase::running);
  EXPECT_THAT(bench.alarms, IsEmpty());
}

TEST(Deals, CurrentsAreCompensatedUntilTheReferenceCarriesItsOwn) {
  Bench bench;
  bench.at(3).off_a = 0.08;  // gives 0.08 A too little
  bench.take_role();
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
  bench.run_for(seconds(1));
  EXPECT_NEAR(bench.at(3).target.current.value(), 1.08, 1e-6);
  EXPECT_NEAR(bench.reading_of(bench.at(2)).grid_a->value(), 1.0, 0.03);
  EXPECT_NEAR(bench.deal(1).discharge_compensated_a->value(), -1.08, 1e-6);
}

TEST(Deals, ACompensationBeyondAConvertersCurrentEndsTheDealInstead) {
  Bench bench;
  bench.leak_a = -0.5;
  bench.take_role();
  bench.create(1, 2, 3, 2.2);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(60)));
  EXPECT_EQ(bench.deal(1).last_reason.rule, Rule::compensation_failed);
  for (const auto& command : bench.sent_to(3)) {
    EXPECT_LE(command.target.current, Amperes(2.3));
  }
}

TEST(Deals, TwoOfOneGiverThatBeginTogetherAreCompensatedOnWhatFlowsThen) {
  Bench bench(5);
  bench.take_role();
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
  bench.create(2, 4, 5);
  bench.create(3, 1, 5);
  ASSERT_TRUE(bench.run_until_phase(2, DealPhase::running));
  ASSERT_TRUE(bench.run_until_phase(3, DealPhase::running));
  bench.run_for(seconds(1));
  EXPECT_NEAR(bench.at(5).target.current.value(), 2.0, 0.01);
  EXPECT_NEAR(bench.reading_of(bench.at(2)).grid_a->value(), 1.0, 0.03);
}

TEST(Deals, ALargeUnitThatJoinsTakesTheVoltage) {
  Bench bench;
  bench.policy.large_capacity_units = {unit(1)};
  for (int i = 1; i <= 4; ++i) {
    bench.at(i).policy_version = version_of(bench.policy);
  }
  bench.take_role();
  bench.create(1, 2, 3);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
  bench.create(2, 1, 3);
  ASSERT_TRUE(bench.run_until_phase(2, DealPhase::running));
  EXPECT_THAT(bench.holding(), ElementsAre(1));
  EXPECT_EQ(bench.mode(2), ConverterMode::charge);
  EXPECT_EQ(bench.at(3).target.current, Amperes(2.0));
  EXPECT_TRUE(bench.deal(2).is_master);
  EXPECT_FALSE(bench.deal(1).is_master);
  EXPECT_EQ(bench.broken_rules, "");
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
