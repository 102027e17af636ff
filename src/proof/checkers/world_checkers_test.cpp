// The checkers of energy, deals, bus, persons and alarms: each fails on what it forbids and is
// silent otherwise.
#include "proof/checkers/checker_bench.hpp"

namespace musubi::proof::testing {
namespace {

constexpr auto holding = ConverterMode::voltage_reference;
constexpr auto charging = ConverterMode::charge;
using sim::FaultKind;

TEST(EnergyRule, ThePlantLosesNothing) {
  Bench bench(make_energy);
  bench.imbalance(1e-6);
  bench.ticks(1.0);
  EXPECT_TRUE(bench.found().empty());
  bench.imbalance(0.01);
  bench.ticks(2.0);
  EXPECT_FALSE(bench.found().empty());
}

/// 12 Wh truly flow through unit 0 and unit 1; their deal counts 12 at each.
void flow_and_settle(Bench& bench) {
  bench.meter(0).wg = Watts(720.0);
  bench.meter(1).wg = Watts(-720.0);
  bench.ticks(60.0);
  bench.write_deal(Bench::deal(DealPhase::created));
  bench.write_deal(Bench::deal(DealPhase::done));
}

TEST(BooksRule, WhatDealsCountIsWhatFlowed) {
  Bench bench(make_books);
  flow_and_settle(bench);
  bench.end();
  EXPECT_TRUE(bench.found().empty());
  bench.ticks(120.0);
  bench.end();
  EXPECT_EQ(bench.found().size(), 2U) << "as much again flowed uncounted";
}

TEST(BooksRule, AMeterThatLiesExcuses) {
  Bench bench(make_books);
  bench.strike(FaultKind::meter_bias, 0);
  bench.strike(FaultKind::meter_bias, 1);
  flow_and_settle(bench);
  bench.ticks(120.0);
  bench.end();
  EXPECT_TRUE(bench.found().empty());
}

TEST(DealLife, ADealGoesItsWayOnce) {
  Bench bench(make_deal_life);
  for (const DealPhase phase :
       {DealPhase::created, DealPhase::activated, DealPhase::warming_up, DealPhase::running,
        DealPhase::stopping, DealPhase::stopped, DealPhase::done}) {
    bench.write_deal(Bench::deal(phase));
  }
  bench.write(0, StoreKey::of_deal({1, 1}), std::monostate{});
  EXPECT_TRUE(bench.found().empty());
}

TEST(DealLife, ACountedResetIsAllowed) {
  Bench bench(make_deal_life);
  bench.write_deal(Bench::deal(DealPhase::created));
  bench.write_deal(Bench::deal(DealPhase::activated));
  Deal reset = Bench::deal(DealPhase::created);
  reset.resets = 1;
  bench.write_deal(reset);
  EXPECT_TRUE(bench.found().empty());
}

TEST(DealLife, ItNeitherVanishesNorStartsOrSettlesTwice) {
  Bench bench(make_deal_life);
  bench.write_deal(Bench::deal(DealPhase::created, 1));
  bench.write(0, StoreKey::of_deal({1, 1}), std::monostate{});
  EXPECT_EQ(bench.found().size(), 1U) << "vanished";
  bench.write_deal(Bench::deal(DealPhase::created, 2));
  bench.write_deal(Bench::deal(DealPhase::running, 2));
  bench.write_deal(Bench::deal(DealPhase::warming_up, 2));
  EXPECT_EQ(bench.found().size(), 2U) << "back";
  bench.write_deal(Bench::deal(DealPhase::running, 2));
  EXPECT_EQ(bench.found().size(), 3U) << "started twice";
  bench.write_deal(Bench::deal(DealPhase::done, 2));
  bench.write_deal(Bench::deal(DealPhase::done, 2));
  EXPECT_EQ(bench.found().size(), 4U) << "settled twice";
  Deal changed = Bench::deal(DealPhase::created, 3);
  bench.write_deal(changed);
  changed.amount_wh = 11;
  bench.write_deal(changed);
  EXPECT_EQ(bench.found().size(), 5U) << "other terms";
}

void keep(Bench& bench, std::size_t unit, const Deal& deal) {
  bench.effect(unit, node::PersistSettled{std::make_shared<const Deal>(deal)});
  bench.event(unit, node::JournalAnswered{node::JournalRecord::settled, true, 0, deal.id});
}

TEST(SameRecord, BothEndsKeepWhatTheStoreSettled) {
  Bench bench(make_same_record);
  const Deal done = Bench::deal(DealPhase::done);
  bench.write_deal(done);
  keep(bench, 0, done);
  keep(bench, 1, done);
  bench.write(0, StoreKey::of_deal(done.id), std::monostate{});
  bench.end();
  EXPECT_TRUE(bench.found().empty());
}

TEST(SameRecord, AnEndWithoutRecordOrWithAnotherIsFound) {
  Bench bench(make_same_record);
  const Deal done = Bench::deal(DealPhase::done);
  bench.write_deal(done);
  Deal other = done;
  other.charge_meter.bus_energy = WattHours(1.0);
  keep(bench, 0, other);
  EXPECT_EQ(bench.found().size(), 1U);
  bench.write(0, StoreKey::of_deal(done.id), std::monostate{});
  bench.end();
  EXPECT_EQ(bench.found().size(), 2U) << "unit 1 has none";
}

TEST(LivenessRule, AnOpenDealMovesOnAfterHealing) {
  Bench bench(make_liveness);
  bench.write_deal(Bench::deal(DealPhase::activated));
  bench.ticks(1000.0);
  EXPECT_TRUE(bench.found().empty()) << "nothing has healed";
  bench.healed();
  bench.ticks(1070.0);
  EXPECT_TRUE(bench.found().empty());
  bench.ticks(1080.0);
  EXPECT_EQ(bench.found().size(), 1U);
}

TEST(LivenessRule, ADealThatFlowsOrALatchedBusIsExcused) {
  Bench bench(make_liveness);
  bench.write_deal(Bench::deal(DealPhase::running));
  bench.meter(0).mode = charging;
  bench.meter(1).mode = holding;
  bench.healed();
  bench.ticks(500.0);
  EXPECT_TRUE(bench.found().empty());
  bench.write(0, StoreKey::bus_latch(), BusLatch{});
  bench.meter(0).mode = ConverterMode::waiting;
  bench.ticks(1000.0);
  EXPECT_TRUE(bench.found().empty());
}

TEST(DeadBusRule, ALiveBusIsNotFormed) {
  Bench bench(make_dead_bus);
  bench.ticks(2.0);
  bench.write_device(1, holding);
  EXPECT_TRUE(bench.found().empty()) << "dead";
  bench.meter(1).vg = Volts(100.0);
  bench.ticks(10.0);
  bench.write_device(1, holding);
  EXPECT_EQ(bench.found().size(), 1U);
}

TEST(DeadBusRule, AHeldBusMayBeHandedOver) {
  Bench bench(make_dead_bus);
  bench.meter(1).vg = Volts(350.0);
  bench.meter(1).mode = holding;
  bench.ticks(10.0);
  bench.write_device(2, holding, 0.039);
  bench.write_device(1, holding);
  EXPECT_TRUE(bench.found().empty());
}

TEST(DeadBusRule, AHeldBusIsNotFormedOver) {
  Bench bench(make_dead_bus);
  bench.meter(1).vg = Volts(350.0);
  bench.meter(1).mode = holding;
  bench.ticks(10.0);
  bench.write_device(2, holding);
  EXPECT_EQ(bench.found().size(), 1U);
}

TEST(LatchRule, OnlyAPersonLiftsWhatIsAPersons) {
  Bench bench(make_latches);
  bench.take_role(0);
  bench.write(0, StoreKey::bus_latch(), BusLatch{});
  bench.event(1, node::ClearBusLatch{});
  bench.write(1, StoreKey::bus_latch(), std::monostate{});
  bench.event(2, node::SetLockOut{true});
  bench.effect(2, node::PersistLocal{{true, std::nullopt}});
  EXPECT_TRUE(bench.found().empty());
  bench.write(0, StoreKey::bus_latch(), BusLatch{});
  bench.write(0, StoreKey::bus_latch(), std::monostate{});
  EXPECT_EQ(bench.found().size(), 1U);
  bench.event(2, node::Woken{});
  bench.effect(2, node::PersistLocal{{false, std::nullopt}});
  bench.effect(2, node::AlarmCleared{AlarmCode::lock_out, id(2)});
  EXPECT_EQ(bench.found().size(), 3U);
}

TEST(PlantLimits, CurrentVoltageChargeAndReferencesKeepTheirLimits) {
  Bench bench(make_plant_limits);
  bench.meter(0).ig = Amperes(2.3);
  bench.meter(0).vg = Volts(380.0);
  bench.ticks(5.0);
  EXPECT_TRUE(bench.found().empty());
  bench.meter(0).ig = Amperes(-2.6);
  bench.ticks(10.0);
  EXPECT_EQ(bench.found().size(), 1U);
  bench.meter(0).ig = Amperes(0.0);
  bench.meter(1).mode = holding;
  bench.meter(2).mode = holding;
  bench.ticks(13.0);
  EXPECT_EQ(bench.found().size(), 2U) << "two references without droop";
}

TEST(PlantLimits, AConverterThatLiesExcuses) {
  Bench bench(make_plant_limits);
  bench.strike(FaultKind::converter_bias, 1);
  bench.meter(1).ig = Amperes(2.6);
  bench.ticks(10.0);
  EXPECT_TRUE(bench.found().empty());
}

TEST(DealAmount, ACompletedDealIsBilledItsAmount) {
  Bench bench(make_deal_amount);
  bench.write_deal(Bench::deal(DealPhase::done, 1));
  EXPECT_TRUE(bench.found().empty());
  Deal other = Bench::deal(DealPhase::done, 2);
  other.charge_meter.battery_energy = WattHours(9.8);
  bench.write_deal(other);
  EXPECT_EQ(bench.found().size(), 1U);
  Deal gained = Bench::deal(DealPhase::done, 3);
  gained.charge_meter.bus_energy = WattHours(13.0);
  bench.write_deal(gained);
  EXPECT_EQ(bench.found().size(), 2U);
}

TEST(DealAmount, AnEstimatedPartExcuses) {
  Bench bench(make_deal_amount);
  Deal other = Bench::deal(DealPhase::done);
  other.charge_meter.battery_energy = WattHours(9.0);
  other.charge_meter.estimated = true;
  bench.write_deal(other);
  EXPECT_TRUE(bench.found().empty());
}

TEST(AlarmBound, AFaultThatCanBeSeenIsAlarmed) {
  Bench silent(make_alarm_bound);
  silent.strike(FaultKind::battery_denies, 1);
  silent.alarm(1, AlarmCode::battery_not_permitted);
  silent.ticks(20.0);
  EXPECT_TRUE(silent.found().empty());
  Bench bench(make_alarm_bound);
  bench.strike(FaultKind::battery_denies, 1);
  bench.ticks(20.0);
  EXPECT_EQ(bench.found().size(), 1U);
  bench.event(2, node::JournalAnswered{node::JournalRecord::energies, false, 0, {}});
  bench.ticks(23.0);
  EXPECT_EQ(bench.found().size(), 2U);
}

TEST(AlarmBound, AValueOutsideItsRangeIsAlarmed) {
  Bench bench(make_alarm_bound);
  bench.read_device(1, ConverterMode::waiting, 400.0);
  bench.alarm(1, AlarmCode::grid_voltage_out_of_range);
  bench.read_device(2, ConverterMode::waiting, 400.0);
  bench.ticks(0.25);
  EXPECT_TRUE(bench.found().empty());
  bench.ticks(1.0);
  EXPECT_EQ(bench.found().size(), 1U);
}

TEST(AlarmCause, AnAlarmHasACause) {
  Bench bench(make_alarm_cause);
  bench.strike(FaultKind::driver_hang, 1);
  bench.alarm(1, AlarmCode::device_unreachable);
  EXPECT_TRUE(bench.found().empty());
  bench.alarm(2, AlarmCode::device_unreachable);
  bench.alarm(2, AlarmCode::duplicate_unit);
  EXPECT_EQ(bench.found().size(), 2U);
}

TEST(AlarmCause, APersonWhoLocksUnitsOutMayCostTheBus) {
  Bench bench(make_alarm_cause);
  bench.alarm(1, AlarmCode::bus_latched);
  EXPECT_EQ(bench.found().size(), 1U);
  bench.event(2, node::SetLockOut{true});
  bench.alarm(1, AlarmCode::bus_latched);
  EXPECT_EQ(bench.found().size(), 1U);
}

}  // namespace
}  // namespace musubi::proof::testing
