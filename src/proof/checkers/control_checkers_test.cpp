// The checkers of commands, epochs, leases and limits: each fails on what it forbids and is silent
// otherwise.
#include "proof/checkers/checker_bench.hpp"

namespace musubi::proof::testing {
namespace {

constexpr auto waiting = ConverterMode::waiting;
constexpr auto holding = ConverterMode::voltage_reference;
constexpr auto discharging = ConverterMode::discharge;
using sim::FaultKind;

TEST(ReferenceRule, AUnitOutsideTheSetIsNotToHoldTheVoltage) {
  Bench bench(make_reference_rule);
  bench.take_role(0);
  bench.write_device(1, holding);
  ASSERT_EQ(bench.found().size(), 1U);
  bench.send_command(0, 1, Bench::command(1, 1, holding));
  EXPECT_EQ(bench.found().size(), 2U);
}

TEST(ReferenceRule, BesideASecondUnitItIsToDroop) {
  Bench bench(make_reference_rule);
  bench.take_role(0);
  bench.reference_set(0, {id(1)});
  bench.write_device(1, holding, 0.0);
  bench.reference_set(0, {id(1), id(2)});
  bench.write_device(1, holding, 0.039);
  bench.write_device(2, holding, 0.039);
  bench.write_device(0, discharging);
  EXPECT_TRUE(bench.found().empty());
  bench.write_device(1, holding, 0.0);
  EXPECT_EQ(bench.found().size(), 1U);
}

TEST(ReferenceRule, WhatAFormerGridMasterAsksForCountsWhereItIsObeyed) {
  Bench bench(make_reference_rule);
  const Epoch old = bench.take_role(0);
  bench.take_role(1);
  bench.send_command(0, 2, Bench::command(old, 1, holding));
  EXPECT_TRUE(bench.found().empty());
}

/// A unit whose journal holds `epoch` and that has acknowledged it.
void acknowledge(Bench& bench, std::size_t unit, Epoch epoch) {
  bench.event(unit, node::JournalAnswered{node::JournalRecord::epoch, true, epoch, {}});
  bench.send_report(unit, 0, Bench::report(unit, epoch));
}

TEST(EpochObedience, AnOlderEpochIsNotObeyed) {
  Bench bench(make_epoch_obedience);
  acknowledge(bench, 1, 7);
  bench.command_arrives(0, 1, Bench::command(7, 1, discharging, 1.0));
  bench.write_device(1, discharging);
  bench.send_report(1, 0, Bench::report(1, 7, 1));
  EXPECT_TRUE(bench.found().empty());
  bench.command_arrives(2, 1, Bench::command(5, 9, discharging, 1.0));
  bench.write_device(1, discharging);
  EXPECT_EQ(bench.found().size(), 1U);
  bench.send_report(1, 0, Bench::report(1, 7, 9));
  EXPECT_EQ(bench.found().size(), 2U);
}

TEST(EpochObedience, AnAcknowledgementIsDurableAndNeverTakenBack) {
  Bench bench(make_epoch_obedience);
  bench.send_report(1, 0, Bench::report(1, 7));
  EXPECT_EQ(bench.found().size(), 1U) << "the journal holds nothing yet";
  acknowledge(bench, 1, 8);
  bench.event(1, node::Started{2, 0, {}, {}});
  bench.send_report(1, 0, Bench::report(1, 7));
  EXPECT_EQ(bench.found().size(), 2U);
}

TEST(FenceRule, NothingIsRaisedBeforeTheReceiverHasAcknowledged) {
  Bench bench(make_fence);
  const Epoch epoch = bench.take_role(0);
  bench.send_command(0, 1, Bench::command(epoch, 1, discharging, 1.0));
  EXPECT_EQ(bench.found().size(), 1U);
  bench.report_arrives(0, Bench::report(1, epoch));
  bench.send_command(0, 1, Bench::command(epoch, 2, discharging, 1.0));
  bench.send_command(0, 2, Bench::command(epoch, 3, waiting));
  EXPECT_EQ(bench.found().size(), 1U);
}

TEST(FenceRule, NothingIsRaisedWhileAMemberOfTheReferenceSetMayAct) {
  Bench bench(make_fence);
  bench.reference_set(0, {id(2)});
  const Epoch epoch = bench.take_role(0);
  bench.report_arrives(0, Bench::report(1, epoch));
  bench.at(3.0);
  bench.send_command(0, 1, Bench::command(epoch, 1, discharging, 1.0));
  EXPECT_EQ(bench.found().size(), 1U);
  bench.at(6.2);
  bench.send_command(0, 1, Bench::command(epoch, 2, discharging, 1.0));
  EXPECT_EQ(bench.found().size(), 1U);
}

TEST(StoreFence, OnlyThePresentHolderWritesAndNamesItsEpoch) {
  Bench bench(make_store_fence);
  const Epoch old = bench.take_role(0);
  bench.write(1, StoreKey::of_deal({1, 1}), Bench::deal(DealPhase::created));
  bench.write(0, StoreKey::of_deal({1, 1}), Bench::deal(DealPhase::activated), old);
  bench.write(0, StoreKey::reference_set(), ReferenceSet{{id(1)}}, old);
  EXPECT_TRUE(bench.found().empty());
  bench.write(0, StoreKey::of_deal({1, 1}), Bench::deal(DealPhase::warming_up));
  EXPECT_EQ(bench.found().size(), 1U) << "no condition";
  bench.take_role(1);
  bench.write(0, StoreKey::reference_set(), ReferenceSet{}, old);
  EXPECT_EQ(bench.found().size(), 2U) << "not the holder";
}

/// Unit 1 runs on a command stamped at 0 s and valid for 3 s that arrives at 2 s.
void run_on_lease(Bench& bench) {
  bench.event(1, node::Started{1, 0, {}, {}});
  SetPointCommand c = Bench::command(1, 1, discharging, 1.0);
  c.stamp = {1, Instant{}};
  c.validity = milliseconds(3000);
  bench.at(2.0);
  bench.command_arrives(0, 1, c);
  bench.meter(1).mode = discharging;
}

TEST(LeaseRule, AUnitWaitsOneSecondAfterItsLease) {
  Bench bench(make_lease);
  run_on_lease(bench);
  bench.ticks(4.25);
  EXPECT_TRUE(bench.found().empty());
  bench.ticks(4.75);
  EXPECT_FALSE(bench.found().empty());
}

TEST(LeaseRule, ADriverThatHangsExcuses) {
  Bench bench(make_lease);
  run_on_lease(bench);
  bench.strike(FaultKind::driver_hang, 1);
  bench.ticks(10.0);
  EXPECT_TRUE(bench.found().empty());
}

TEST(LeaseRule, TheSupervisorStopsWhatAProcessLeaves) {
  Bench bench(make_lease);
  run_on_lease(bench);
  bench.truth(1).up = false;
  bench.ticks(3.25);
  EXPECT_TRUE(bench.found().empty());
  bench.ticks(4.0);
  EXPECT_FALSE(bench.found().empty());
}

TEST(GateRule, CommandsKeepTheLimits) {
  Bench bench(make_gate);
  bench.write_device(1, discharging, 0.0, 2.3);
  bench.write_device(1, waiting);
  EXPECT_TRUE(bench.found().empty());
  bench.write_device(1, discharging, 0.0, 2.5);
  bench.write_device(1, holding, 0.3);
  bench.write_device(1, discharging, 0.0, std::nan(""));
  EXPECT_EQ(bench.found().size(), 3U);
}

TEST(GateRule, ALockedOutUnitIsOnlyToldToWait) {
  Bench bench(make_gate);
  bench.event(1, node::SetLockOut{true});
  bench.write_device(1, waiting);
  EXPECT_TRUE(bench.found().empty());
  bench.write_device(1, discharging);
  EXPECT_EQ(bench.found().size(), 1U);
}

TEST(TripRule, AnExcessDoesNotOutlastItsTripTime) {
  Bench bench(make_trip);
  bench.meter(1).mode = discharging;
  bench.read_device(1, discharging, 350.0, -3.0);
  bench.ticks(1.25);
  EXPECT_TRUE(bench.found().empty());
  bench.ticks(1.75);
  EXPECT_EQ(bench.found().size(), 1U);
}

TEST(TripRule, ABusOutsideItsAnnouncedBandTrips) {
  Bench bench(make_trip);
  SetPointCommand c = Bench::command(1, 1, discharging, 1.0);
  c.target.band_low = Volts(320.0);
  c.target.band_high = Volts(380.0);
  bench.command_arrives(0, 1, c);
  bench.meter(1).mode = discharging;
  bench.read_device(1, discharging, 350.0);
  bench.ticks(5.0);
  EXPECT_TRUE(bench.found().empty());
  bench.read_device(1, discharging, 300.0);
  bench.ticks(8.0);
  EXPECT_EQ(bench.found().size(), 1U);
}

}  // namespace
}  // namespace musubi::proof::testing
