// How the Grid Master takes, proves, keeps and gives up its role, and what a successor may do.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gridmaster/deal_fixtures.hpp"

namespace musubi::gridmaster::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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
  ASSERT_TRUE(bench.start(1, 1, 2));
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
  ASSERT_TRUE(bench.start(1, 2, 3));
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
  ASSERT_TRUE(bench.start(1, 2, 3));
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
  bench.change_policy([](Policy& policy) {
    policy.grid_master_preference = GridMasterPreference::fixed;
    policy.grid_master_fixed_unit = unit(3);
  });
  bench.take_role();
  bench.run_for(seconds(1));
  EXPECT_EQ(bench.view.role_holder(), unit(3));
  EXPECT_EQ(bench.gm->role(), Role::none);
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

TEST_F(NewGridMaster, SettlesTheDealOfAReferenceThatHasFailed) {
  bench.at(2).target = SetPoint();  // its converter dropped out
  bench.at(2).shares.clear();
  bench.at(2).progress = ConverterProgress::failed;
  bench.replace_grid_master();
  EXPECT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(20)));
  EXPECT_THAT(bench.reference_set(), IsEmpty());
}

TEST_F(NewGridMaster, DoesNotWaitForASilentUnitThatTheStoreShowsIdle) {
  bench.at(4).alive = false;
  bench.replace_grid_master();
  bench.create(2, 2, 1);
  EXPECT_TRUE(bench.run_until_phase(2, DealPhase::running, seconds(2)));
}

TEST_F(NewGridMaster, TheOldGridMastersStoreWritesAreRefused) {
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
}

}  // namespace
}  // namespace musubi::gridmaster::testing
