// Network, store and clocks: what each fault does to what units see.

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/fault_bench.hpp"

namespace musubi::sim::testing {
namespace {

using node::TransactionResult;

void set_mode(World& world, UnitId door, OperationMode mode = OperationMode::autonomous) {
  world.inject(door, node::SetGlobalMode{mode});
}

TEST(NetworkFaults, ACutLosesOneDirectionOnly) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId master = bench.grid_master();
  const UnitId other = bench.reference() == master ? bench.follower() : bench.reference();
  bench.world.strike(fault(FaultKind::cut, {master, other}, 0.0, seconds(0.6)));
  EXPECT_TRUE(bench.world.suffers(other, FaultKind::cut));
  bench.run_for(0.5);
  EXPECT_EQ(bench.messages(master, other), 0U);
  EXPECT_GT(bench.messages(other, master), 0U);
  bench.run_for(1.0);
  EXPECT_GT(bench.messages(master, other), 0U);
  EXPECT_FALSE(bench.world.faulty());
}

TEST(NetworkFaults, WhatIsUnderWayWhenTheCutBeginsDoesNotArrive) {
  WorldSetup setup = quiet_setup(3);
  setup.network_delay = milliseconds(40);
  FaultBench bench(setup);
  bench.begin_deal();
  bench.world.strike(fault(FaultKind::partition, {unit(1)}));
  bench.run_for(0.039);
  EXPECT_EQ(bench.messages(unit(2), unit(1)) + bench.messages(unit(3), unit(1)), 0U);
}

struct Traffic {
  std::uint64_t sent = 0;
  std::size_t arrived = 0;
};

/// The messages of `s` seconds of a deal while the fault strikes.
Traffic traffic_under(const Fault& struck, double s) {
  FaultBench bench;
  bench.begin_deal();
  const auto sent_before = bench.world.statistics().messages;
  bench.world.strike(struck);
  bench.run_for(s);
  return {bench.world.statistics().messages - sent_before, bench.messages()};
}

TEST(NetworkFaults, AShareOfTheMessagesIsLost) {
  const auto [sent, arrived] = traffic_under(fault(FaultKind::lose_messages, {}, 0.3), 5.0);
  EXPECT_LT(arrived, sent * 8 / 10);
  EXPECT_GT(arrived, sent * 5 / 10);
}

TEST(NetworkFaults, RepeatedMessagesArriveTwice) {
  const auto [sent, arrived] = traffic_under(fault(FaultKind::duplicate_messages, {}, 1.0), 10.0);
  EXPECT_GT(arrived, sent * 17 / 10);
}

TEST(NetworkFaults, SlowMessagesComeLateAndOutOfOrder) {
  FaultBench bench;
  bench.begin_deal();
  bench.world.strike(fault(FaultKind::slow_messages, {}, 400.0));
  bench.run_for(5.0);
  Duration latest{};
  bool reordered = false;
  for (const UnitId to : bench.world.units()) {
    std::map<UnitId, Instant> newest;
    for (const auto& message : bench.taken<node::MessageArrived>(to)) {
      const auto* report = std::get_if<ReportMessage>(message.what.message.get());
      if (report == nullptr || message.what.from == to) {
        continue;
      }
      const Instant stamp = report->report.stamp.at;
      latest = std::max(latest, message.at - stamp);
      reordered = reordered || stamp < newest[message.what.from];
      newest[message.what.from] = std::max(newest[message.what.from], stamp);
    }
  }
  EXPECT_GT(latest, milliseconds(100));
  EXPECT_LE(latest, milliseconds(401));
  EXPECT_TRUE(reordered);
}

TEST(NetworkFaults, APartitionKeepsBothSidesApartAndEachToItself) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId alone = bench.grid_master();
  bench.world.strike(fault(FaultKind::partition, {alone}));
  bench.run_for(2.0);
  for (const UnitId other : bench.world.units()) {
    if (other != alone) {
      EXPECT_EQ(bench.messages(other, alone), 0U);
      EXPECT_EQ(bench.messages(alone, other), 0U);
    }
  }
  EXPECT_GT(bench.messages(alone, alone), 0U);
}

TEST(NetworkFaults, OneWayPartitionsLetTheOtherWayThrough) {
  for (const FaultKind kind : {FaultKind::partition_in, FaultKind::partition_out}) {
    FaultBench bench;
    bench.begin_deal();
    const UnitId master = bench.grid_master();
    bench.world.strike(fault(kind, {master}));
    bench.run_for(0.5);
    std::size_t in = 0;
    std::size_t out = 0;
    for (const UnitId other : bench.world.units()) {
      in += other == master ? 0 : bench.messages(other, master);
      out += other == master ? 0 : bench.messages(master, other);
    }
    EXPECT_EQ(in == 0, kind == FaultKind::partition_in);
    EXPECT_EQ(out == 0, kind == FaultKind::partition_out);
  }
}

TEST(StoreFaults, WithoutALeaderATransactionIsUnknownAfterTheTimeOut) {
  FaultBench bench;
  bench.run_for(10.0);
  const Revision before = bench.world.store().revision();
  bench.forget();
  bench.world.strike(fault(FaultKind::store_down, {}, 0.0, seconds(0.9)));
  set_mode(bench.world, unit(1));
  bench.run_for(1.0);
  const auto answers = bench.taken<node::TransactionAnswered>(unit(1));
  ASSERT_GE(answers.size(), 1U);
  EXPECT_EQ(answers[0].what.result, TransactionResult::unknown);
  EXPECT_EQ(answers[0].at, at_s(11.0));
  EXPECT_EQ(bench.world.store().find(StoreKey::mode()), nullptr);
  EXPECT_GE(bench.world.store().revision(), before);
}

TEST(StoreFaults, AnAnswerOnItsWayIsLostThoughItsTransactionIsCarriedOut) {
  FaultBench bench;
  bench.run_for(10.0);
  bench.forget();
  set_mode(bench.world, unit(1));
  bench.run_for(0.0015);
  bench.world.strike(fault(FaultKind::partition_in, {unit(1)}));
  bench.run_for(1.1);
  const auto answers = bench.taken<node::TransactionAnswered>(unit(1));
  ASSERT_GE(answers.size(), 1U);
  EXPECT_EQ(answers[0].what.result, TransactionResult::unknown);
  EXPECT_NE(bench.world.store().find(StoreKey::mode()), nullptr);
}

TEST(StoreFaults, AShareOfTransactionsIsUnknownAndHalfOfThoseCarriedOut) {
  FaultBench bench;
  bench.run_for(10.0);
  bench.forget();
  const Revision before = bench.world.store().revision();
  const auto sent_before = bench.world.statistics().transactions;
  bench.world.strike(fault(FaultKind::store_no_answer, {}, 1.0));
  for (int i = 0; i < 40; ++i) {
    set_mode(bench.world, unit(1));
    bench.run_for(0.01);
  }
  const auto sent = bench.world.statistics().transactions - sent_before;
  const Revision done = bench.world.store().revision() - before;
  EXPECT_TRUE(bench.taken<node::TransactionAnswered>(unit(1)).empty());
  EXPECT_GT(done, sent / 4);
  EXPECT_LT(done, sent * 3 / 4);
  bench.run_for(1.0);
  EXPECT_GE(bench.taken<node::TransactionAnswered>(unit(1)).size(), 40U);
}

TEST(StoreFaults, OneUnitAloneLosesTheStore) {
  FaultBench bench;
  bench.run_for(10.0);
  bench.forget();
  bench.world.strike(fault(FaultKind::store_lost, {unit(1)}));
  EXPECT_FALSE(bench.world.suffers(unit(2), FaultKind::store_lost));
  set_mode(bench.world, unit(1));
  set_mode(bench.world, unit(2));
  bench.run_for(1.1);
  ASSERT_GE(bench.taken<node::TransactionAnswered>(unit(1)).size(), 1U);
  EXPECT_EQ(bench.taken<node::TransactionAnswered>(unit(1))[0].what.result,
            TransactionResult::unknown);
  ASSERT_EQ(bench.taken<node::TransactionAnswered>(unit(2)).size(), 1U);
  EXPECT_EQ(bench.taken<node::TransactionAnswered>(unit(2))[0].what.result,
            TransactionResult::committed);
  EXPECT_TRUE(bench.taken<node::StoreChanged>(unit(1)).empty());
}

TEST(StoreFaults, AfterAGapAllChangesComeInOrder) {
  FaultBench bench;
  bench.run_for(10.0);
  bench.forget();
  bench.world.strike(fault(FaultKind::watch_gap, {unit(1)}, 0.0, seconds(20.0)));
  for (int i = 0; i < 5; ++i) {
    set_mode(bench.world, unit(2));
    bench.run_for(1.0);
  }
  EXPECT_TRUE(bench.taken<node::StoreChanged>(unit(1)).empty());
  EXPECT_EQ(bench.taken<node::StoreChanged>(unit(2)).size(), 5U);
  bench.run_for(16.0);
  const auto late = bench.taken<node::StoreChanged>(unit(1));
  const auto timely = bench.taken<node::StoreChanged>(unit(2));
  ASSERT_EQ(late.size(), timely.size());
  for (std::size_t i = 0; i < late.size(); ++i) {
    EXPECT_EQ(late[i].what.record, timely[i].what.record);
  }
}

TEST(StoreFaults, AMembersTimeToLiveSlips) {
  FaultBench bench;
  bench.run_for(10.0);
  ASSERT_NE(bench.world.store().find(StoreKey::member(unit(2))), nullptr);
  bench.world.strike(fault(FaultKind::lease_slip, {unit(2)}, 0.1));
  EXPECT_TRUE(run_until(bench.world, seconds(30), [&] {
    return bench.world.store().find(StoreKey::member(unit(2))) == nullptr;
  }));
  EXPECT_NE(bench.world.store().find(StoreKey::member(unit(1))), nullptr);
}

TEST(StoreFaults, ANewLeaderGivesMembersTheirFullTime) {
  FaultBench bench;
  bench.run_for(10.0);
  bench.world.strike(fault(FaultKind::store_down, {}, 0.0, seconds(60.0)));
  bench.run_for(61.0);
  for (const UnitId id : bench.world.units()) {
    EXPECT_NE(bench.world.store().find(StoreKey::member(id)), nullptr);
  }
}

RC_GTEST_PROP(StoreFaults, WhateverIsCutEveryUnitSeesEveryChangeOnceAndInOrder, ()) {
  WorldSetup setup = quiet_setup(3);
  setup.seed = *rc::gen::inRange<std::uint64_t>(1, 1000);
  FaultBench bench(setup);
  bench.run_for(5.0);
  bench.forget();
  const auto kinds =
      rc::gen::element(FaultKind::watch_gap, FaultKind::store_lost, FaultKind::partition,
                       FaultKind::partition_in, FaultKind::pause, FaultKind::store_down);
  for (int i = 0; i < 12; ++i) {
    bench.world.strike(fault(*kinds, {unit(*rc::gen::inRange(1, 3))}, 0.0,
                             Duration(*rc::gen::inRange<std::int64_t>(0, 3'000'000'000))));
    set_mode(bench.world, unit(3));
    bench.world.run_until(bench.world.now() +
                          Duration(*rc::gen::inRange<std::int64_t>(0, 1'500'000'000)));
  }
  bench.world.heal();
  bench.run_for(1.0);
  const auto all = bench.taken<node::StoreChanged>(unit(3));
  for (const UnitId id : {unit(1), unit(2)}) {
    const auto seen = bench.taken<node::StoreChanged>(id);
    RC_ASSERT(seen.size() == all.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
      RC_ASSERT(seen[i].what.record == all[i].what.record);
      RC_ASSERT(seen[i].what.more_follow == all[i].what.more_follow);
    }
  }
}

TEST(ClockFaults, AClockDriftsAndComesBackToItsRate) {
  FaultBench bench;
  bench.world.strike(fault(FaultKind::clock_rate, {unit(2)}, 0.01, seconds(100.0)));
  std::optional<Instant> wish;
  bench.world.observe([&](UnitId id, Instant, const node::Effect& effect) {
    if (const auto* wake = std::get_if<node::WakeAt>(&effect); id == unit(2) && wake != nullptr) {
      wish = wake->at;
    }
  });
  std::size_t woken = 0;
  bench.world.observe_events([&](UnitId id, Instant now, const node::Event& event) {
    if (id == unit(2) && std::holds_alternative<node::Woken>(event)) {
      EXPECT_GE(bench.world.unit_clock(id), *wish);
      EXPECT_LE(bench.world.unit_clock(id), *wish + Duration(2));
      EXPECT_EQ(now, bench.world.now());
      ++woken;
    }
  });
  bench.world.run_until(at_s(100));
  EXPECT_EQ(bench.world.unit_clock(unit(2)), at_s(101));
  EXPECT_EQ(bench.world.unit_clock(unit(1)), at_s(100));
  bench.world.run_until(at_s(200));
  EXPECT_EQ(bench.world.unit_clock(unit(2)), at_s(201));
  EXPECT_GT(woken, 190U);
}

TEST(ClockFaults, AStepOfTheWallClockShowsInWhatTheUnitWritesDown) {
  const auto created_after = [](double step_s) {
    FaultBench bench;
    bench.run_for(10.0);
    bench.world.strike(fault(FaultKind::wall_step, {unit(1)}, step_s));
    EXPECT_EQ(bench.world.suffers(unit(1), FaultKind::wall_step), true);
    propose(bench.world, unit(1), proposal(unit(2), unit(3), 100));
    bench.run_for(1.0);
    return stored_deals(bench.world).at(0).create_time->unix_ms;
  };
  EXPECT_EQ(created_after(0.0) - created_after(-3600.0), 3'600'000);
}

}  // namespace
}  // namespace musubi::sim::testing
