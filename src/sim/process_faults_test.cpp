// Processes, supervisors and journals: what ends, what stands still, what survives.

#include <gtest/gtest.h>

#include "sim/fault_bench.hpp"

namespace musubi::sim::testing {
namespace {

TEST(ProcessFaults, ACrashedUnitIsStoppedByItsSupervisor) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId id = bench.follower();
  bench.world.strike(fault(FaultKind::crash, {id}));
  EXPECT_FALSE(bench.world.is_up(id));
  EXPECT_TRUE(bench.world.suffers(id, FaultKind::crash));
  bench.run_for(0.9);
  EXPECT_NE(bench.truth(id).mode, ConverterMode::waiting);
  bench.run_for(0.1);
  EXPECT_EQ(bench.truth(id).mode, ConverterMode::waiting);
  ASSERT_EQ(bench.commands_of(id).size(), 1U);
  bench.run_for(20.0);
  for (const auto& event : bench.events) {
    EXPECT_NE(event.unit, id);
  }
}

TEST(ProcessFaults, ASupervisorTriesUntilTheDriverTakesIt) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId id = bench.follower();
  bench.world.strike(fault(FaultKind::driver_hang, {id}, 0.0, seconds(2.5)));
  bench.world.strike(fault(FaultKind::crash, {id}));
  bench.run_for(2.4);
  EXPECT_NE(bench.truth(id).mode, ConverterMode::waiting);
  bench.run_for(0.7);
  EXPECT_EQ(bench.truth(id).mode, ConverterMode::waiting);
}

TEST(ProcessFaults, ARestartComesAfterTheSupervisorsStop) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId id = bench.follower();
  bench.world.strike(fault(FaultKind::crash, {id}, 0.0, seconds(0.3)));
  bench.run_for(0.3);
  EXPECT_TRUE(bench.world.is_up(id));
  EXPECT_EQ(bench.truth(id).mode, ConverterMode::waiting);
}

TEST(ProcessFaults, ALostBoardLeavesItsConverterRunning) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId id = bench.follower();
  const ConverterMode mode = bench.truth(id).mode;
  bench.world.strike(fault(FaultKind::board_loss, {id}));
  bench.run_for(60.0);
  EXPECT_EQ(bench.truth(id).mode, mode);
  EXPECT_TRUE(bench.commands_of(id).empty());
  bench.world.heal();
  bench.run_for(3.0);
  EXPECT_LT(bench.world.unit_clock(id), at_s(4.0)) << "the board's clock begins at zero";
  EXPECT_EQ(bench.truth(id).mode, ConverterMode::waiting);
}

TEST(ProcessFaults, ADeviceWithADeadManStopsByItself) {
  WorldSetup setup = quiet_setup(3);
  setup.stops_on_silence = {seconds(2.0), seconds(2.0), seconds(2.0)};
  FaultBench bench(setup);
  bench.begin_deal();
  const UnitId id = bench.follower();
  bench.world.strike(fault(FaultKind::board_loss, {id}));
  bench.run_for(1.5);
  EXPECT_NE(bench.truth(id).mode, ConverterMode::waiting);
  bench.run_for(0.6);
  EXPECT_EQ(bench.truth(id).mode, ConverterMode::waiting);
  EXPECT_TRUE(bench.commands_of(id).empty()) << "by itself";
}

TEST(ProcessFaults, ACrashOfABoardThatIsLostStartsNothing) {
  FaultBench bench;
  bench.run_for(5.0);
  bench.world.strike(fault(FaultKind::board_loss, {unit(1)}, 0.0, seconds(20.0)));
  bench.world.strike(fault(FaultKind::crash, {unit(1)}, 0.0, seconds(5.0)));
  bench.run_for(10.0);
  EXPECT_FALSE(bench.world.is_up(unit(1)));
  bench.run_for(10.0);
  EXPECT_TRUE(bench.world.is_up(unit(1)));
  EXPECT_EQ(bench.world.journal(unit(1)).boots, 2U);
}

TEST(ProcessFaults, ABoardThatComesBackWithoutItsProcessHasItsSupervisor) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId id = bench.follower();
  bench.world.strike(fault(FaultKind::board_loss, {id}, 0.0, seconds(5.0)));
  bench.world.strike(fault(FaultKind::crash, {id}, 0.0, seconds(60.0)));
  bench.run_for(4.9);
  EXPECT_NE(bench.truth(id).mode, ConverterMode::waiting);
  bench.run_for(1.2);
  EXPECT_EQ(bench.truth(id).mode, ConverterMode::waiting);
  EXPECT_FALSE(bench.world.is_up(id));
}

TEST(ProcessFaults, APausedUnitTakesEverythingUpInOrderLater) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId id = bench.follower();
  const Instant begin = bench.world.now();
  bench.world.strike(fault(FaultKind::pause, {id}, 0.0, seconds(2.0)));
  EXPECT_TRUE(bench.world.is_up(id));
  bench.run_for(1.9);
  EXPECT_TRUE(bench.world.is_paused(id));
  for (const auto& event : bench.events) {
    EXPECT_FALSE(event.unit == id && event.at > begin);
  }
  EXPECT_NE(bench.truth(id).mode, ConverterMode::waiting) << "nobody ends its lease";
  bench.run_for(0.1);
  EXPECT_FALSE(bench.world.is_paused(id));
  std::size_t taken = 0;
  Revision newest = 0;
  for (const auto& event : bench.events) {
    taken += event.unit == id && event.at == begin + seconds(2.0) ? 1U : 0U;
  }
  for (const auto& change : bench.taken<node::StoreChanged>(id)) {
    EXPECT_GE(change.what.record->revision, newest);
    newest = change.what.record->revision;
  }
  EXPECT_GT(taken, 5U);
}

TEST(ProcessFaults, AfterAPauseInAWriteTheAdapterFindsTheLeaseOver) {
  FaultBench bench;
  bench.run_for(10.0);
  bench.world.strike(fault(FaultKind::pause_in_write, {unit(2), unit(3)}, 0.0, seconds(10.0)));
  EXPECT_FALSE(bench.world.is_paused(unit(2)));
  propose(bench.world, unit(1), proposal(unit(2), unit(3), 100));
  ASSERT_TRUE(run_until(bench.world, seconds(9.0), [&] {
    return bench.world.is_paused(unit(2)) || bench.world.is_paused(unit(3));
  }));
  const UnitId id = bench.world.is_paused(unit(2)) ? unit(2) : unit(3);
  const Instant begin = bench.world.now();
  EXPECT_TRUE(bench.commands_of(id).empty());
  bench.run_for(9.9);
  EXPECT_TRUE(bench.world.is_paused(id));
  EXPECT_EQ(bench.truth(id).mode, ConverterMode::waiting);
  bench.run_for(0.1);
  const auto commands = bench.commands_of(id);
  ASSERT_GE(commands.size(), 2U);
  EXPECT_NE(commands[0].what.mode, ConverterMode::waiting);
  EXPECT_EQ(commands[1].what.mode, ConverterMode::waiting);
  EXPECT_EQ(commands[0].at, commands[1].at);
  EXPECT_LE(commands[0].at - begin, seconds(10.0));
  EXPECT_EQ(bench.truth(id).mode, ConverterMode::waiting);
}

TEST(ProcessFaults, ACrashEndsAWriteThatWasHeld) {
  FaultBench bench;
  bench.run_for(10.0);
  bench.world.strike(fault(FaultKind::pause_in_write, {unit(2), unit(3)}, 0.0, seconds(10.0)));
  propose(bench.world, unit(1), proposal(unit(2), unit(3), 100));
  ASSERT_TRUE(run_until(bench.world, seconds(9.0), [&] {
    return bench.world.is_paused(unit(2)) || bench.world.is_paused(unit(3));
  }));
  const UnitId id = bench.world.is_paused(unit(2)) ? unit(2) : unit(3);
  bench.world.strike(fault(FaultKind::crash, {id}));
  bench.run_for(12.0);
  for (const auto& command : bench.commands_of(id)) {
    EXPECT_EQ(command.what.mode, ConverterMode::waiting);
  }
}

TEST(ProcessFaults, ARestartedUnitBeginsWithItsJournalAndASnapshot) {
  FaultBench bench;
  bench.run_for(10.0);
  bench.world.inject(unit(1), node::SetLockOut{true});
  propose(bench.world, unit(3), proposal(unit(2), unit(3), 100));
  bench.run_for(5.0);
  const Epoch epoch = bench.world.journal(unit(1)).epoch;
  EXPECT_EQ(epoch, bench.world.store().epoch());
  bench.world.strike(fault(FaultKind::crash, {unit(1)}, 0.0, seconds(5.0)));
  bench.run_for(4.9);
  bench.forget();
  const auto stored = bench.world.store().snapshot();
  bench.run_for(0.2);
  const auto started = bench.taken<node::Started>(unit(1));
  ASSERT_EQ(started.size(), 1U);
  EXPECT_EQ(started[0].what.boot, 2U);
  EXPECT_EQ(started[0].what.highest_epoch, epoch);
  EXPECT_TRUE(started[0].what.local.locked_out);
  EXPECT_EQ(bench.world.journal(unit(1)).boots, 2U);
  const auto records = bench.taken<node::StoreChanged>(unit(1));
  ASSERT_GE(records.size(), stored.size());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    EXPECT_EQ(records[i].what.record->key, stored[i]->key);
    EXPECT_EQ(records[i].what.more_follow, i + 1 < stored.size());
  }
}

TEST(ProcessFaults, AUnitThatStartsWithoutTheStoreGetsItsSnapshotLater) {
  FaultBench bench;
  bench.run_for(10.0);
  bench.world.strike(fault(FaultKind::store_lost, {unit(1)}, 0.0, seconds(30.0)));
  bench.world.strike(fault(FaultKind::crash, {unit(1)}, 0.0, seconds(5.0)));
  bench.run_for(29.0);
  bench.forget();
  EXPECT_TRUE(bench.world.node(unit(1)).view().members().empty());
  bench.run_for(1.1);
  EXPECT_FALSE(bench.taken<node::StoreChanged>(unit(1)).empty());
  EXPECT_TRUE(bench.world.node(unit(1)).view().members().contains(unit(2)));
}

TEST(ProcessFaults, WhatWasOnItsWayToAnEndedProcessIsGone) {
  WorldSetup setup = quiet_setup(3);
  setup.store_delay = milliseconds(100);
  FaultBench bench(setup);
  bench.run_for(10.0);
  bench.world.inject(unit(1), node::SetGlobalMode{OperationMode::autonomous});
  bench.run_for(0.15);
  bench.forget();
  bench.world.strike(fault(FaultKind::crash, {unit(1)}, 0.0, seconds(0.01)));
  bench.run_for(1.0);
  for (const auto& answer : bench.taken<node::TransactionAnswered>(unit(1))) {
    EXPECT_GT(answer.at, at_s(10.25)) << "none of the first process";
  }
  EXPECT_NE(bench.world.store().find(StoreKey::mode()), nullptr) << "it was carried out";
}

TEST(ProcessFaults, ATornRecordLosesTheNewestEnergies) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId id = bench.follower();
  std::vector<std::vector<DealEnergy>> saved;
  bench.world.observe([&](UnitId by, Instant, const node::Effect& effect) {
    if (const auto* record = std::get_if<node::PersistEnergies>(&effect); by == id && record) {
      saved.emplace_back(record->energies.begin(), record->energies.end());
    }
  });
  bench.run_for(30.0);
  ASSERT_GE(saved.size(), 2U);
  EXPECT_EQ(bench.world.journal(id).energies, saved.back());
  bench.world.strike(fault(FaultKind::torn_write, {id}));
  EXPECT_TRUE(bench.world.suffers(id, FaultKind::torn_write));
  bench.world.strike(fault(FaultKind::crash, {id}, 0.0, seconds(1.0)));
  EXPECT_FALSE(bench.world.suffers(id, FaultKind::torn_write));
  EXPECT_EQ(bench.world.journal(id).energies, saved[saved.size() - 2]);
}

TEST(ProcessFaults, AFullDiskTakesNothingAndKeepsWhatItHas) {
  FaultBench bench;
  bench.run_for(10.0);
  bench.world.strike(fault(FaultKind::disk_full, {unit(1)}));
  bench.world.inject(unit(1), node::SetLockOut{true});
  bench.run_for(1.0);
  const auto answers = bench.taken<node::JournalAnswered>(unit(1));
  ASSERT_FALSE(answers.empty());
  EXPECT_FALSE(answers.back().what.saved);
  EXPECT_FALSE(bench.world.journal(unit(1)).local.locked_out);
  EXPECT_TRUE(bench.world.node(unit(1)).alarms().contains(AlarmCode::journal_failed));
}

TEST(ProcessFaults, HealingEndsEveryFaultAndStartsEveryUnit) {
  FaultBench bench;
  std::vector<std::pair<FaultKind, bool>> told;
  bench.world.observe_faults(
      [&](Instant, const Fault& f, bool begins) { told.emplace_back(f.kind, begins); });
  bench.world.schedule({{at_s(5), fault(FaultKind::crash, {unit(1)})},
                        {at_s(6), fault(FaultKind::pause, {unit(2)})},
                        {at_s(6), fault(FaultKind::clock_rate, {unit(3)}, 0.01, seconds(1.0))}});
  bench.run_for(10.0);
  EXPECT_TRUE(bench.world.faulty());
  bench.world.heal();
  EXPECT_FALSE(bench.world.faulty());
  EXPECT_TRUE(bench.world.is_up(unit(1)));
  EXPECT_FALSE(bench.world.is_paused(unit(2)));
  using enum FaultKind;
  const std::vector<std::pair<FaultKind, bool>> expected = {{crash, true},      {pause, true},
                                                            {clock_rate, true}, {clock_rate, false},
                                                            {crash, false},     {pause, false}};
  EXPECT_EQ(told, expected);
}

TEST(ProcessFaults, AnObserverMayStrikeTheUnitThatItLooksAt) {
  FaultBench bench;
  bool struck = false;
  bench.world.observe([&](UnitId id, Instant, const node::Effect& effect) {
    if (std::holds_alternative<node::WriteDevice>(effect) && !struck) {
      struck = true;
      bench.world.strike(fault(FaultKind::crash, {id}, 0.0, seconds(2.0)));
      EXPECT_TRUE(bench.world.is_up(id)) << "until the event is over";
    }
  });
  bench.run_for(10.0);
  propose(bench.world, unit(1), proposal(unit(2), unit(3), 100));
  bench.run_for(5.0);
  EXPECT_TRUE(struck);
  EXPECT_EQ(bench.world.journal(unit(2)).boots + bench.world.journal(unit(3)).boots, 3U);
}

}  // namespace
}  // namespace musubi::sim::testing
