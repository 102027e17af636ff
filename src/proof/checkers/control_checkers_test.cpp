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

TEST(LeaseRule, AnAnsweringDriverIsToldOnceMoreAndNotForgiven) {
  Bench bench(make_lease);
  run_on_lease(bench);
  bench.strike(FaultKind::driver_hang, 1);
  bench.ticks(10.0);
  bench.strike(FaultKind::driver_hang, 1, false);
  bench.ticks(13.0);
  EXPECT_TRUE(bench.found().empty());
  bench.ticks(14.0);
  EXPECT_EQ(bench.found().size(), 1U);
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

/// A command to unit 1 with the stamp of its run `boot` at `stamp_s`, valid for 3 s.
SetPointCommand stamped(std::uint64_t boot, double stamp_s, Epoch epoch = 1) {
  SetPointCommand c = Bench::command(epoch, 1, discharging, 1.0);
  c.stamp = {boot, Instant{} + seconds(stamp_s)};
  c.validity = milliseconds(3000);
  return c;
}

/// Unit 1's report at `s`: it runs for another `lease_s`.
UnitReport running(double s, double lease_s, ConverterMode mode = discharging) {
  UnitReport r = Bench::report(1, 1);
  r.stamp = {1, Instant{} + seconds(s)};
  r.set_point.mode = mode;
  r.reading.mode = mode;
  r.lease_remaining = seconds(lease_s);
  return r;
}

TEST(StampRule, ValidityCountsFromTheStamp) {
  Bench bench(make_stamp);
  bench.event(1, node::Started{1, 0, {}, {}});
  bench.ticks(2.0);
  bench.command_arrives(0, 1, stamped(1, 0.0));
  bench.write_device(1, discharging);
  bench.send_report(1, 0, running(2.0, 1.0));
  EXPECT_TRUE(bench.found().empty());
  bench.send_report(1, 0, running(2.0, 3.0));
  EXPECT_EQ(bench.found().size(), 1U) << "counted from arrival";
  bench.ticks(3.5);
  bench.write_device(1, waiting);
  EXPECT_EQ(bench.found().size(), 1U);
  bench.write_device(1, discharging);
  EXPECT_EQ(bench.found().size(), 2U) << "over";
}

TEST(StampRule, AnotherRunsStampAndOneAheadOfTheClockGiveNothing) {
  Bench bench(make_stamp);
  bench.event(1, node::Started{2, 0, {}, {}});
  bench.ticks(2.0);
  bench.command_arrives(0, 1, stamped(1, 1.5));
  bench.write_device(1, discharging);
  EXPECT_EQ(bench.found().size(), 1U);
  bench.command_arrives(0, 1, stamped(2, 20.0));
  bench.write_device(1, discharging);
  EXPECT_EQ(bench.found().size(), 2U);
}

TEST(RoleEndRule, NothingOutlastsTheRoleButWaiting) {
  Bench bench(make_role_end);
  bench.event(1, node::Started{1, 0, {}, {}});
  bench.event(0, node::RoleAnswered{Instant{}, id(0), 1});
  bench.ticks(1.0);
  bench.send_command(0, 1, stamped(1, 1.0));
  EXPECT_TRUE(bench.found().empty());
  bench.ticks(4.0);
  bench.send_command(0, 1, stamped(1, 4.0));
  EXPECT_EQ(bench.found().size(), 1U);
  bench.send_command(0, 1, Bench::command(1, 2, waiting));
  EXPECT_EQ(bench.found().size(), 1U);
  bench.event(0, node::RoleAnswered{Instant{} + seconds(4.0), id(0), 1});
  bench.send_command(0, 1, stamped(1, 4.0));
  EXPECT_EQ(bench.found().size(), 1U) << "proved again";
}

TEST(RoleEndRule, TheTransactionThatTookTheRoleProvesItFromItsSending) {
  Bench bench(make_role_end);
  bench.event(1, node::Started{1, 0, {}, {}});
  bench.effect(0, node::Transact{7, {{}, {{StoreKey::role(), RoleRecord{id(0)}}}}});
  bench.ticks(3.0);
  bench.event(0, node::TransactionAnswered{7, node::TransactionResult::committed, 5});
  bench.send_command(0, 1, stamped(1, 1.5, 5));
  EXPECT_TRUE(bench.found().empty());
  bench.send_command(0, 1, stamped(1, 3.0, 5));
  EXPECT_EQ(bench.found().size(), 1U);
  bench.send_command(0, 1, stamped(1, 1.5, 6));
  EXPECT_EQ(bench.found().size(), 2U) << "an epoch of somebody else";
}

TEST(CurrentEndRule, NoCurrentOutlastsWhatAReferenceHasConfirmed) {
  Bench bench(make_current_end);
  bench.event(1, node::Started{1, 0, {}, {}});
  bench.ticks(1.0);
  bench.send_command(0, 1, stamped(1, 1.0));
  EXPECT_EQ(bench.found().size(), 1U) << "nobody has confirmed anything";
  bench.report_arrives(0, running(1.0, 4.5, holding));
  bench.send_command(0, 1, stamped(1, 1.0));
  EXPECT_EQ(bench.found().size(), 1U);
  bench.ticks(2.0);
  bench.send_command(0, 1, stamped(1, 2.0));
  EXPECT_EQ(bench.found().size(), 2U) << "up to 5.0 s, confirmed up to 5.5 s less 1 s";
}

TEST(StartRule, AUnitJoinsOnceItHasReadItsConverterWaiting) {
  Bench bench(make_start);
  const auto join = [&] {
    bench.effect(1, node::Transact{1, {{}, {{StoreKey::member(id(1)), MemberRecord{id(1)}}}}});
  };
  bench.event(1, node::Started{1, 0, {}, {}});
  bench.read_device(1, discharging, 350.0);
  join();
  EXPECT_EQ(bench.found().size(), 1U);
  bench.event(1, node::Started{2, 0, {}, {}});
  bench.read_device(1, waiting, 350.0);
  join();
  bench.read_device(1, discharging, 350.0);
  join();
  EXPECT_EQ(bench.found().size(), 1U) << "joined already";
}

TEST(StartRule, NothingIsObeyedBeforeTheStoreHasToldTheEpoch) {
  Bench bench(make_start);
  bench.event(1, node::Started{1, 0, {}, {}});
  bench.write_device(1, waiting);
  bench.send_report(1, 0, Bench::report(1, 7));
  EXPECT_TRUE(bench.found().empty());
  bench.write_device(1, discharging);
  EXPECT_EQ(bench.found().size(), 1U);
  bench.send_report(1, 0, Bench::report(1, 7, 1));
  EXPECT_EQ(bench.found().size(), 2U);
  bench.event(1, node::RoleAnswered{Instant{}, id(0), 7});
  bench.write_device(1, discharging);
  bench.send_report(1, 0, Bench::report(1, 7, 1));
  EXPECT_EQ(bench.found().size(), 2U);
}

/// Unit 0 holds the voltage and unit 1 gives a current; unit 0 is Grid Master and knows both.
void run_a_deal(Bench& bench) {
  bench.take_role(0);
  for (const DealPhase phase : {DealPhase::created, DealPhase::running}) {
    Deal deal = Bench::deal(phase);
    deal.is_master = phase == DealPhase::running;
    deal.reference_unit = deal.is_master ? id(0) : UnitId{};
    bench.write_deal(deal);
  }
  bench.carry_out(0, holding);
  bench.carry_out(1, discharging);
  for (const std::size_t unit : {0U, 1U}) {
    UnitReport r = Bench::report(unit, 1);
    r.reading.mode = unit == 0 ? holding : discharging;
    bench.report_arrives(0, r);
  }
}

TEST(StopOrderRule, TheReferenceLetsGoLast) {
  Bench bench(make_stop_order);
  run_a_deal(bench);
  bench.send_command(0, 0, Bench::command(1, 1, waiting));
  EXPECT_EQ(bench.found().size(), 1U);
  bench.carry_out(1, waiting);
  bench.send_command(0, 0, Bench::command(1, 2, waiting));
  EXPECT_EQ(bench.found().size(), 1U);
}

TEST(StopOrderRule, ACurrentThatWasToldToWaitHoldsTheReferenceUpForTwoSeconds) {
  Bench bench(make_stop_order);
  run_a_deal(bench);
  bench.ticks(1.0);
  bench.send_command(0, 1, Bench::command(1, 1, waiting));
  bench.ticks(2.5);
  bench.send_command(0, 0, Bench::command(1, 2, waiting));
  EXPECT_EQ(bench.found().size(), 1U);
  bench.ticks(3.25);
  bench.send_command(0, 0, Bench::command(1, 3, waiting));
  EXPECT_EQ(bench.found().size(), 1U);
}

TEST(StopOrderRule, ADealIsOverOnceItsCurrentsAre) {
  Bench bench(make_stop_order);
  run_a_deal(bench);
  bench.write_deal(Bench::deal(DealPhase::stopping));
  EXPECT_TRUE(bench.found().empty());
  bench.write_deal(Bench::deal(DealPhase::done));
  EXPECT_EQ(bench.found().size(), 1U);
}

TEST(StopOrderRule, ACurrentIsOverWhereItsConverterHasStoppedByItself) {
  for (const auto kind : {sim::FaultKind::converter_trips, sim::FaultKind::driver_forgot}) {
    Bench bench(make_stop_order);
    run_a_deal(bench);
    bench.write_deal(Bench::deal(DealPhase::stopping));
    bench.strike(kind, 1);
    bench.write_deal(Bench::deal(DealPhase::done));
    EXPECT_TRUE(bench.found().empty());
  }
}

TEST(StopOrderRule, ADealOfASilentUnitDoesNotWaitForIt) {
  Bench bench(make_stop_order);
  run_a_deal(bench);
  bench.ticks(6.0);
  bench.write_deal(Bench::deal(DealPhase::done));
  EXPECT_TRUE(bench.found().empty());
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
