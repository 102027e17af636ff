// When a node takes the role of Grid Master.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/node_test_bench.hpp"

namespace musubi::node::testing {
namespace {

using ::testing::SizeIs;

const UnitId self("E001");
const UnitId other("E002");
const DealId deal_id{3, 4};

/// The transactions that take the role.
std::size_t takings(const std::vector<Effect>& effects) {
  std::size_t count = 0;
  for (const auto& t : all_of<Transact>(effects)) {
    for (const auto& write : t.transaction.writes) {
      count += write.key == StoreKey::role() ? 1U : 0U;
    }
  }
  return count;
}

class Suspicion : public ::testing::Test {
 protected:
  void SetUp() override {
    bench.device.bus = Volts(350);
    bench.start();
    bench.members_join();
    bench.put(StoreKey::role(), RoleRecord{other});
    epoch = bench.revision();
  }
  Deal own_deal(DealPhase phase, UnitId requester = other) const {
    Deal deal;
    deal.id = deal_id;
    deal.charge_unit = self;
    deal.discharge_unit = other;
    deal.request_unit = requester;
    deal.current = Amperes(1.0);
    deal.amount_wh = 50;
    deal.phase = phase;
    return deal;
  }

  NodeBench bench;
  Epoch epoch = 0;
};

TEST_F(Suspicion, AnIdleUnitSuspectsNobody) { EXPECT_EQ(takings(bench.run_for(seconds(60))), 0U); }

TEST_F(Suspicion, ARunningUnitTakesTheRoleAfterThreeMissedHeartbeats) {
  bench.obey(bench.command(discharge_at(1.0), epoch, milliseconds(20'000)), other);
  EXPECT_EQ(takings(bench.run_for(milliseconds(749))), 0U);
  EXPECT_EQ(takings(bench.run_for(milliseconds(2))), 1U);
}

TEST_F(Suspicion, EveryRenewalPutsItOff) {
  for (int i = 0; i < 10; ++i) {
    bench.obey(bench.command(discharge_at(1.0), epoch), other);
    EXPECT_EQ(takings(bench.run_for(milliseconds(700))), 0U);
  }
}

TEST_F(Suspicion, ADealThatNobodyClaimsIsTakenCareOfAfterHalfASecond) {
  bench.put(StoreKey::of_deal(deal_id), own_deal(DealPhase::created));
  EXPECT_EQ(takings(bench.run_for(milliseconds(499))), 0U);
  EXPECT_EQ(takings(bench.run_for(milliseconds(2))), 1U);
}

TEST_F(Suspicion, AClaimedDealIsLeftToItsGridMaster) {
  bench.put(StoreKey::of_deal(deal_id), own_deal(DealPhase::created));
  bench.message(other, DealSeen{epoch, deal_id});
  EXPECT_EQ(takings(bench.run_for(milliseconds(1000))), 0U);
}

TEST_F(Suspicion, ADealThatMovesOnHasBeenSeen) {
  bench.put(StoreKey::of_deal(deal_id), own_deal(DealPhase::created));
  bench.put(StoreKey::of_deal(deal_id), own_deal(DealPhase::activated));
  EXPECT_EQ(takings(bench.run_for(milliseconds(1000))), 0U);
}

TEST_F(Suspicion, AGridMasterThatFallsSilentWithAnOpenDealIsMissed) {
  bench.put(StoreKey::of_deal(deal_id), own_deal(DealPhase::created));
  bench.message(other, DealSeen{epoch, deal_id});
  for (int i = 0; i < 6; ++i) {
    bench.run_for(milliseconds(900));
    EXPECT_EQ(takings(bench.message(other, ReportRequest{epoch})), 0U);
  }
  EXPECT_EQ(takings(bench.run_for(milliseconds(2900))), 1U);
}

TEST_F(Suspicion, ANewGridMasterGetsItsTimeToBeHeard) {
  bench.obey(bench.command(discharge_at(1.0), epoch, milliseconds(20'000)), other);
  bench.run_for(milliseconds(700));
  EXPECT_EQ(takings(bench.put(StoreKey::role(), RoleRecord{UnitId("E003")})), 0U);
  EXPECT_EQ(takings(bench.run_for(milliseconds(740))), 0U);
  EXPECT_EQ(takings(bench.run_for(milliseconds(12))), 1U);
}

TEST_F(Suspicion, TheRequesterActsAtOnceWhereThereIsNoGridMaster) {
  bench.put(StoreKey::member(other), std::monostate{});
  EXPECT_EQ(takings(bench.put(StoreKey::of_deal(deal_id), own_deal(DealPhase::created, self))), 1U);
}

TEST_F(Suspicion, TheOtherEndWaitsForTheRequester) {
  bench.put(StoreKey::member(other), std::monostate{});
  EXPECT_EQ(takings(bench.put(StoreKey::of_deal(deal_id), own_deal(DealPhase::created, other))),
            0U);
}

TEST_F(Suspicion, ForeignDealsAreNotItsBusiness) {
  Deal deal = own_deal(DealPhase::created);
  deal.charge_unit = UnitId("E003");
  bench.put(StoreKey::of_deal(deal_id), deal);
  EXPECT_EQ(takings(bench.run_for(seconds(10))), 0U);
}

TEST_F(Suspicion, HalfATransactionIsNoReasonToAct) {
  const auto record = std::make_shared<const StoreRecord>(
      StoreRecord{StoreKey::of_deal(deal_id), 90, own_deal(DealPhase::created, self)});
  bench.put(StoreKey::member(other), std::monostate{});
  EXPECT_EQ(takings(bench.step(StoreChanged{record, true})), 0U);
}

TEST_F(Suspicion, AUnitThatShutsDownDoesNotTakeTheRole) {
  bench.step(ShutDown{});
  bench.put(StoreKey::of_deal(deal_id), own_deal(DealPhase::created));
  EXPECT_EQ(takings(bench.run_for(seconds(5))), 0U);
}

TEST_F(Suspicion, ATakingWithoutAnswerIsWaitedForInPeace) {
  bench.put(StoreKey::of_deal(deal_id), own_deal(DealPhase::created));
  EXPECT_EQ(takings(bench.run_for(seconds(60))), 1U);
}

TEST_F(Suspicion, TheRoleIsTakenOnlyFromTheHolderThatWasSeen) {
  bench.put(StoreKey::of_deal(deal_id), own_deal(DealPhase::created));
  const auto effects = bench.run_for(milliseconds(501));
  const auto taking = all_of<Transact>(effects);
  ASSERT_THAT(taking, SizeIs(1));
  ASSERT_THAT(taking[0].transaction.conditions, SizeIs(1));
  EXPECT_EQ(taking[0].transaction.conditions[0].key, StoreKey::role());
  EXPECT_EQ(taking[0].transaction.conditions[0].revision, epoch);
}

TEST_F(Suspicion, WhoLosesTheRaceForTheRoleServesTheWinner) {
  bench.put(StoreKey::of_deal(deal_id), own_deal(DealPhase::created));
  const auto taking = all_of<Transact>(bench.run_for(milliseconds(501)));
  bench.put(StoreKey::role(), RoleRecord{UnitId("E003")});
  const Epoch next = bench.revision();
  bench.step(TransactionAnswered{taking[0].id, TransactionResult::refused, 0});
  EXPECT_EQ(bench.core().grid_master().role(), gridmaster::Role::none);
  bench.obey(bench.command(discharge_at(1.0), next), UnitId("E003"));
  EXPECT_EQ(bench.device.mode, ConverterMode::discharge);
}

}  // namespace
}  // namespace musubi::node::testing
