// What a node keeps alive and over restarts: its record in the store, its journal, a person's word.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/node_test_bench.hpp"

namespace musubi::node::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const UnitId self("E001");
const UnitId grid_master("E002");

/// Transactions whose first write is of `kind`.
std::vector<Transact> writes_of(const std::vector<Effect>& effects, StoreKind kind) {
  std::vector<Transact> found;
  for (const auto& t : all_of<Transact>(effects)) {
    if (t.transaction.writes.front().key.kind == kind) {
      found.push_back(t);
    }
  }
  return found;
}

class Membership : public ::testing::Test {
 protected:
  void SetUp() override {
    bench.start();
    bench.members_join();
    // The join is the first transaction of a node.
    bench.step(TransactionAnswered{1, TransactionResult::committed, bench.revision()});
  }
  MemberRecord record(std::uint64_t boot) const {
    return {self, boot, bench.policy_version(), Amperes(2.3)};
  }
  NodeBench bench;
};

TEST_F(Membership, AUnitWhoseRecordLapsedJoinsAgain) {
  EXPECT_THAT(writes_of(bench.run_for(seconds(6)), StoreKind::member), IsEmpty());
  bench.put(StoreKey::member(self), std::monostate{});
  EXPECT_THAT(writes_of(bench.run_for(seconds(6)), StoreKind::member), SizeIs(1));
}

TEST_F(Membership, WhatAnEarlierRunLeftBehindIsNoDuplicate) {
  NodeBench young;
  young.start(0, 2);
  const auto old = young.put(StoreKey::member(self), record(1));
  EXPECT_FALSE(raised(old, AlarmCode::duplicate_unit));
  young.step(TransactionAnswered{1, TransactionResult::committed, young.revision() + 1});
  EXPECT_FALSE(raised(young.run_for(seconds(6)), AlarmCode::duplicate_unit));
}

TEST_F(Membership, ADuplicateStaysShownUntilTheRecordIsOwnAgain) {
  EXPECT_TRUE(raised(bench.put(StoreKey::member(self), record(77)), AlarmCode::duplicate_unit));
  bench.run_for(seconds(120));
  EXPECT_TRUE(bench.core().alarms().contains(AlarmCode::duplicate_unit));
  bench.put(StoreKey::member(self), record(1));
  bench.run_for(seconds(40));
  EXPECT_FALSE(bench.core().alarms().contains(AlarmCode::duplicate_unit));
}

TEST_F(Membership, AForeignPolicyStaysShownWhileItLasts) {
  bench.put(StoreKey::member(grid_master),
            MemberRecord{grid_master, 1, bench.policy_version() + 1, Amperes(2.3)});
  bench.run_for(seconds(120));
  EXPECT_TRUE(bench.core().alarms().contains(AlarmCode::policy_differs));
}

TEST_F(Membership, APolicyIsForeignToWhatTheUnitFollowsNow) {
  auto policy = std::make_shared<Policy>(*bench_setup().policy);
  policy->deal_amount_max_wh += 1;
  bench.put(StoreKey::member(grid_master),
            MemberRecord{grid_master, 1, version_of(*policy), Amperes(2.3)});
  EXPECT_TRUE(bench.core().alarms().contains(AlarmCode::policy_differs));
  bench.step(PolicyReplaced{policy});
  bench.run_for(seconds(40));
  bench.members_join(version_of(*policy));
  bench.run_for(seconds(40));
  EXPECT_FALSE(bench.core().alarms().contains(AlarmCode::policy_differs));
}

TEST_F(Membership, AUnitThatShutsDownTakesItsRecordOut) {
  bench.step(ShutDown{});
  const auto writes = writes_of(bench.run_for(seconds(2)), StoreKind::member);
  ASSERT_THAT(writes, SizeIs(1));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(writes[0].transaction.writes.front().value));
  bench.put(StoreKey::member(self), std::monostate{});
  EXPECT_THAT(writes_of(bench.run_for(seconds(12)), StoreKind::member), IsEmpty())
      << "and does not join again";
}

TEST_F(Membership, AModeWhoseOutcomeIsUnknownIsWrittenAgainUnderTheSameCondition) {
  const auto first = writes_of(bench.step(SetGlobalMode{OperationMode::stop}), StoreKind::mode);
  ASSERT_THAT(first, SizeIs(1));
  const auto again = writes_of(
      bench.step(TransactionAnswered{first[0].id, TransactionResult::unknown, 0}), StoreKind::mode);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].transaction.conditions.front().revision,
            first[0].transaction.conditions.front().revision);
  // Refused now: it had been written, or somebody spoke later.
  EXPECT_THAT(writes_of(bench.step(TransactionAnswered{again[0].id, TransactionResult::refused, 0}),
                        StoreKind::mode),
              IsEmpty());
}

TEST_F(Membership, AModeThatRacedWithAnotherIsWrittenOnTop) {
  const auto first = writes_of(bench.step(SetGlobalMode{OperationMode::stop}), StoreKind::mode);
  bench.put(StoreKey::mode(), ModeRecord{OperationMode::manual});
  const auto again = writes_of(
      bench.step(TransactionAnswered{first[0].id, TransactionResult::refused, 0}), StoreKind::mode);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].transaction.conditions.front().revision, bench.revision());
}

TEST_F(Membership, ACancelIsAskedAgainUntilItsDealEnds) {
  Deal deal;
  deal.id = DealId{7, 7};
  deal.charge_unit = self;
  deal.discharge_unit = grid_master;
  deal.phase = DealPhase::created;
  bench.put(StoreKey::of_deal(deal.id), deal);
  const auto first = writes_of(bench.step(CancelDeal{deal.id}), StoreKind::deal);
  ASSERT_THAT(first, SizeIs(1));
  const auto again = writes_of(
      bench.step(TransactionAnswered{first[0].id, TransactionResult::unknown, 0}), StoreKind::deal);
  ASSERT_THAT(again, SizeIs(1));
  // The Grid Master's write came first: the deal has moved on, not cancelled.
  deal.phase = DealPhase::activated;
  bench.put(StoreKey::of_deal(deal.id), deal);
  const auto third = writes_of(
      bench.step(TransactionAnswered{again[0].id, TransactionResult::refused, 0}), StoreKind::deal);
  ASSERT_THAT(third, SizeIs(1));
  EXPECT_EQ(third[0].transaction.conditions.front().revision, bench.revision());
  // The first one was written after all.
  deal.stop_requested = true;
  bench.put(StoreKey::of_deal(deal.id), deal);
  EXPECT_THAT(writes_of(bench.step(TransactionAnswered{third[0].id, TransactionResult::refused, 0}),
                        StoreKind::deal),
              IsEmpty());
}

TEST_F(Membership, AClearedLatchIsOneWriteOfAPerson) {
  EXPECT_THAT(all_of<Transact>(bench.step(ClearBusLatch{})), IsEmpty()) << "there is none";
  bench.put(StoreKey::bus_latch(), BusLatch{});
  const auto cleared = writes_of(bench.step(ClearBusLatch{}), StoreKind::bus_latch);
  ASSERT_THAT(cleared, SizeIs(1));
  EXPECT_THAT(cleared[0].transaction.writes, SizeIs(1));
}

TEST_F(Membership, AStoreThatDoesNotAnswerIsShown) {
  bench.step(SetGlobalMode{OperationMode::stop});
  EXPECT_FALSE(raised(bench.run_for(seconds(4)), AlarmCode::store_unreachable));
  EXPECT_TRUE(raised(bench.run_for(seconds(8)), AlarmCode::store_unreachable));
}

// The journal

class Journal : public ::testing::Test {
 protected:
  std::vector<Effect> ask(Epoch epoch) {
    return bench.message(grid_master, ReportRequest{epoch, 1});
  }
  NodeBench bench;
};

TEST_F(Journal, AnEpochThatIsNotDurableIsNotAcknowledged) {
  bench.start();
  bench.journal_saves = false;
  const auto effects = ask(9);
  EXPECT_TRUE(raised(effects, AlarmCode::journal_failed));
  for (const auto& [to, message] : sent<ReportMessage>(effects)) {
    EXPECT_LT(message.report.highest_epoch, 9U);
  }
  EXPECT_EQ(bench.core().highest_epoch(), 9U) << "and nothing older is obeyed";
}

TEST_F(Journal, WhatItDidNotTakeIsWrittenAgain) {
  bench.start();
  bench.journal_saves = false;
  ask(9);
  bench.step(SetLockOut{true});
  bench.journal_saves = true;
  const auto effects = bench.run_for(seconds(6));
  ASSERT_THAT(all_of<PersistEpoch>(effects), SizeIs(1));
  EXPECT_EQ(all_of<PersistEpoch>(effects)[0].epoch, 9U);
  ASSERT_THAT(all_of<PersistLocal>(effects), SizeIs(1));
  EXPECT_TRUE(all_of<PersistLocal>(effects)[0].local.locked_out);
  EXPECT_FALSE(bench.core().alarms().contains(AlarmCode::journal_failed));
  const auto reports = sent<ReportMessage>(ask(9));
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().second.report.highest_epoch, 9U);
}

TEST_F(Journal, WithoutItTheUnitMakesNoNewDeals) {
  bench.start();
  bench.members_join();
  bench.journal_saves = false;
  ask(9);
  bench.device.soc = Percent(55.0);
  EXPECT_THAT(broadcast<RequestMessage>(bench.run_for(seconds(4))), IsEmpty());
}

TEST_F(Journal, ALockOutIsInForceAfterARestart) {
  bench.device.bus = Volts(350);
  bench.start(0, 2, 0, LocalState{true, std::nullopt});
  EXPECT_TRUE(bench.core().alarms().contains(AlarmCode::lock_out));
  bench.obey(bench.command(discharge_at(1.0)));
  EXPECT_EQ(bench.device.mode, ConverterMode::waiting);
}

TEST_F(Journal, AStopOfThisUnitIsInForceAfterARestart) {
  bench.start(0, 2, 0, LocalState{false, OperationMode::stop});
  EXPECT_EQ(bench.core().effective_mode(), OperationMode::stop);
  EXPECT_TRUE(bench.core().alarms().contains(AlarmCode::local_stop));
}

// The bus

TEST(UnheldBus, ThatStaysLiveIsAForeignVoltage) {
  NodeBench bench;
  bench.device.bus = Volts(350);
  bench.start();
  EXPECT_FALSE(raised(bench.run_for(seconds(50)), AlarmCode::foreign_voltage)) << "it may decay";
  EXPECT_TRUE(raised(bench.run_for(seconds(15)), AlarmCode::foreign_voltage));
}

TEST(UnheldBus, IsNoneWhileSomebodyMayHoldIt) {
  NodeBench bench;
  bench.device.bus = Volts(350);
  bench.start();
  bench.put(StoreKey::reference_set(), ReferenceSet{{grid_master}, 0});
  EXPECT_FALSE(raised(bench.run_for(seconds(90)), AlarmCode::foreign_voltage));
}

}  // namespace
}  // namespace musubi::node::testing
