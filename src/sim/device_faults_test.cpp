// Drivers, converters, meters, batteries and the bus.

#include <cmath>
#include <gtest/gtest.h>

#include "sim/fault_bench.hpp"

namespace musubi::sim::testing {
namespace {

constexpr double meter_tolerance = 1e-9;

/// A bench whose units have run for 10 s and wait.
struct IdleBench : FaultBench {
  IdleBench() {
    run_for(10.0);
    forget();
  }
};

/// A deal is proposed; the fault strikes while the first command to raise energy is on its way, so
/// that the write that follows meets it. Then 5 s pass.
struct FirstWrite {
  FirstWrite(FaultKind kind, double value, Duration lasts = Duration::max()) {
    bench.run_for(10.0);
    bench.forget();
    bench.world.observe([=, this](UnitId id, Instant now, const node::Effect& effect) {
      const auto* sent = std::get_if<node::SendMessage>(&effect);
      const auto* message = sent == nullptr ? nullptr : std::get_if<CommandMessage>(&sent->message);
      if (unit_id.empty() && message != nullptr &&
          message->command.target.mode != ConverterMode::waiting) {
        unit_id = sent->to;
        bench.world.strike(fault(kind, {unit_id}, value, lasts));
      }
      if (id == unit_id && at == Instant{} && std::holds_alternative<node::WriteDevice>(effect)) {
        at = now;
      }
    });
    propose(bench.world, unit(1), proposal(unit(2), unit(3), 100));
    bench.run_for(5.0);
  }
  [[nodiscard]] node::DeviceWritten answer() const {
    const auto answers = bench.taken<node::DeviceWritten>(unit_id);
    EXPECT_FALSE(answers.empty());
    return answers.empty() ? node::DeviceWritten{} : answers[0].what;
  }

  FaultBench bench;
  UnitId unit_id;
  Instant at{};
};

TEST(DriverFaults, AHungDriverGivesNoReading) {
  IdleBench bench;
  bench.world.strike(fault(FaultKind::driver_hang, {unit(1)}));
  bench.run_for(3.0);
  EXPECT_EQ(bench.shown(unit(1)), std::nullopt);
  EXPECT_NE(bench.shown(unit(2)), std::nullopt);
  bench.world.heal();
  bench.run_for(3.0);
  EXPECT_NE(bench.shown(unit(1)), std::nullopt);
}

TEST(DriverFaults, AHungDriversWriteIsUnknownAndNotCarriedOut) {
  const FirstWrite first(FaultKind::driver_hang, 0.0);
  EXPECT_EQ(first.answer().result, node::WriteResult::unknown);
  EXPECT_TRUE(first.bench.commands_of(first.unit_id).empty());
}

TEST(DriverFaults, ALateDriverCarriesOutWhatItWasToldLongAgo) {
  FirstWrite first(FaultKind::driver_late, 20.0, seconds(5.0));
  EXPECT_EQ(first.answer().result, node::WriteResult::unknown);
  EXPECT_TRUE(first.bench.commands_of(first.unit_id).empty());
  EXPECT_TRUE(first.bench.world.suffers(first.unit_id, FaultKind::driver_late))
      << "as long as it holds writes";
  first.bench.world.strike(fault(FaultKind::driver_error, {first.unit_id}));
  first.bench.run_for(20.0);
  const auto commands = first.bench.commands_of(first.unit_id);
  ASSERT_FALSE(commands.empty());
  EXPECT_EQ(commands[0].what.mode, ConverterMode::voltage_reference);
  EXPECT_EQ(commands[0].at, first.at + seconds(20.0));
}

TEST(DriverFaults, ALateWriteDoesNotCareForTheProcess) {
  for (const FaultKind kind : {FaultKind::pause, FaultKind::crash}) {
    FirstWrite first(FaultKind::driver_late, 20.0, seconds(5.0));
    first.bench.world.strike(fault(kind, {first.unit_id}));
    first.bench.forget();
    first.bench.run_for(20.0);
    bool late = false;
    for (const auto& command : first.bench.commands_of(first.unit_id)) {
      late = late || (command.at == first.at + seconds(20.0) &&
                      command.what.mode == ConverterMode::voltage_reference);
    }
    EXPECT_TRUE(late);
  }
}

TEST(DriverFaults, ALostBoardTakesTheLateWritesOfItsDriverAlong) {
  FirstWrite first(FaultKind::driver_late, 20.0, seconds(5.0));
  first.bench.forget();
  first.bench.world.strike(fault(FaultKind::board_loss, {first.unit_id}));
  first.bench.run_for(30.0);
  EXPECT_TRUE(first.bench.commands_of(first.unit_id).empty());
}

TEST(DriverFaults, HealingALateDriverDropsWhatItHolds) {
  FirstWrite first(FaultKind::driver_late, 20.0);
  first.bench.world.heal();
  first.bench.world.strike(fault(FaultKind::driver_error, {}));
  first.bench.forget();
  first.bench.run_for(30.0);
  EXPECT_TRUE(first.bench.commands.empty());
}

TEST(DriverFaults, AnErrorRefusesEveryCall) {
  const FirstWrite first(FaultKind::driver_error, 0.0);
  EXPECT_EQ(first.answer().result, node::WriteResult::refused);
  EXPECT_TRUE(first.bench.commands_of(first.unit_id).empty());
  IdleBench bench;
  bench.world.strike(fault(FaultKind::driver_error, {unit(1)}));
  bench.run_for(3.0);
  EXPECT_EQ(bench.shown(unit(1)), std::nullopt);
}

TEST(DriverFaults, AFrozenDriverGivesTheSameReadingAgain) {
  IdleBench bench;
  bench.run_for(2.0);
  const Reading before = *bench.shown(unit(2));
  bench.world.strike(fault(FaultKind::driver_frozen, {unit(2)}));
  set_rsoc(bench.world, unit(2), 40.0);
  bench.run_for(3.0);
  EXPECT_EQ(bench.shown(unit(2))->soc, before.soc);
  EXPECT_GT(bench.shown(unit(2))->taken_at, before.taken_at);
  bench.world.heal();
  bench.run_for(2.0);
  EXPECT_NEAR(bench.shown(unit(2))->soc->value(), 40.0, 0.1);
}

TEST(DriverFaults, ADriverThatForgotItsModeWaits) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId id = bench.follower();
  bench.world.strike(fault(FaultKind::driver_forgot, {id}));
  EXPECT_EQ(bench.truth(id).mode, ConverterMode::waiting);
  EXPECT_FALSE(bench.world.faulty()) << "at once";
}

TEST(ConverterFaults, AStuckConverterDoesWhatItDid) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId id = bench.follower();
  const ConverterMode mode = bench.truth(id).mode;
  bench.world.strike(fault(FaultKind::converter_stuck, {id}));
  bench.world.strike(fault(FaultKind::crash, {id}, 0.0, seconds(5.0)));
  bench.run_for(30.0);
  EXPECT_EQ(bench.truth(id).mode, mode);
  EXPECT_TRUE(bench.commands_of(id).empty());
}

TEST(ConverterFaults, AnIgnoredCommandIsConfirmedAndTheNextIsCarriedOut) {
  const FirstWrite first(FaultKind::converter_ignores, 0.0);
  const auto commands = first.bench.commands_of(first.unit_id);
  EXPECT_EQ(first.answer().result, node::WriteResult::done);
  EXPECT_FALSE(first.bench.world.suffers(first.unit_id, FaultKind::converter_ignores));
  for (const auto& command : commands) {
    EXPECT_GT(command.at, first.at);
  }
}

TEST(ConverterFaults, ABiasChangesTheRealCurrentAndNotTheSetPoint) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId id = bench.follower();
  const physics::Meter before = bench.truth(id);
  bench.world.strike(fault(FaultKind::converter_bias, {id}, 0.25));
  const physics::Meter biased = bench.truth(id);
  EXPECT_EQ(biased.dig, before.dig);
  EXPECT_NEAR(std::abs(biased.ig.value()), std::abs(before.ig.value()) + 0.25, 1e-6);
  bench.world.heal();
  EXPECT_NEAR(bench.truth(id).ig.value(), before.ig.value(), 1e-6);
}

TEST(ConverterFaults, ATrippedConverterWaitsByItself) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId id = bench.follower();
  bench.world.strike(fault(FaultKind::converter_trips, {id}));
  EXPECT_EQ(bench.truth(id).mode, ConverterMode::waiting);
  EXPECT_TRUE(bench.truth(id).stopped_itself);
  EXPECT_TRUE(bench.commands_of(id).empty());
}

TEST(BusFaults, AForeignVoltageStandsOnTheBusAndIsBooked) {
  IdleBench bench;
  bench.world.strike(fault(FaultKind::foreign_voltage, {unit(2)}, 120.0, seconds(30.0)));
  bench.run_for(20.0);
  for (const UnitId id : bench.world.units()) {
    EXPECT_NEAR(bench.shown(id)->grid_v->value(), 120.0, 0.01);
  }
  bench.run_for(40.0);
  EXPECT_LT(bench.truth(unit(1)).vg.value(), 10.0) << "it bleeds away";
  const physics::BusAccounts books = bench.world.plant().bus_accounts(bench.world.now());
  EXPECT_GT(books.foreign.value(), 0.0);
  EXPECT_NEAR(books.imbalance().value(), 0.0, 1e-9);
}

TEST(BusFaults, AForeignVoltageUnderADealLosesNoEnergyInTheBooks) {
  FaultBench bench;
  bench.begin_deal();
  bench.world.strike(fault(FaultKind::foreign_voltage, {unit(1)}, 300.0, seconds(10.0)));
  bench.run_for(0.2);
  EXPECT_NEAR(bench.truth(unit(1)).vg.value(), 300.0, 0.1);
  bench.run_for(30.0);
  EXPECT_NEAR(bench.world.plant().bus_accounts(bench.world.now()).imbalance().value(), 0.0, 1e-6);
}

TEST(MeterFaults, AZeroMeterChangesTheReadingAndNotTheTruth) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId id = bench.reference();
  bench.world.strike(fault(FaultKind::meter_zero, {id}));
  bench.run_for(0.3);
  ASSERT_TRUE(bench.shown(id));
  EXPECT_EQ(bench.shown(id)->grid_v, Volts(0.0));
  EXPECT_GT(bench.truth(id).vg.value(), 300.0);
}

TEST(MeterFaults, FrozenMetersShowWhatTheyLastShowed) {
  IdleBench bench;
  bench.run_for(2.0);
  bench.world.strike(fault(FaultKind::meter_frozen, {unit(2)}));
  bench.world.strike(fault(FaultKind::foreign_voltage, {unit(1)}, 200.0));
  set_rsoc(bench.world, unit(2), 40.0);
  bench.run_for(3.0);
  EXPECT_NEAR(bench.shown(unit(2))->grid_v->value(), 0.0, meter_tolerance);
  EXPECT_NEAR(bench.shown(unit(2))->soc->value(), 40.0, 0.1) << "only the grid's meters";
  EXPECT_NEAR(bench.shown(unit(1))->grid_v->value(), 200.0, 0.1);
}

TEST(MeterFaults, BiasedMetersAreOffByTheirShare) {
  FaultBench bench;
  bench.begin_deal();
  const UnitId id = bench.follower();
  bench.world.strike(fault(FaultKind::meter_bias, {id}, 0.02));
  bench.run_for(0.3);
  const Reading r = *bench.shown(id);
  const physics::Meter truth = bench.truth(id);
  EXPECT_NEAR(r.grid_v->value(), truth.vg.value() * 1.02, 0.1);
  EXPECT_NEAR(r.grid_a->value(), truth.ig.value() * 1.02, 0.001);
  EXPECT_NEAR(r.grid_w->value(), r.grid_v->value() * r.grid_a->value(), meter_tolerance);
}

TEST(BatteryFaults, ABatteryWithdrawsItsPermissionAndGivesItBack) {
  IdleBench bench;
  bench.world.strike(fault(FaultKind::battery_denies, {unit(2)}, 0.0, seconds(3.0)));
  bench.run_for(2.0);
  EXPECT_NE(bench.shown(unit(2))->battery_permission, 3);
  bench.run_for(3.0);
  EXPECT_EQ(bench.shown(unit(2))->battery_permission, 3);
}

TEST(BatteryFaults, AnEmptyBatteryStopsItsConverterAndIsBooked) {
  FaultBench bench;
  bench.begin_deal();
  bench.world.strike(fault(FaultKind::battery_empty, {unit(3)}));
  EXPECT_EQ(bench.truth(unit(3)).rsoc, Percent(0.0));
  bench.run_for(2.0);
  EXPECT_EQ(bench.truth(unit(3)).mode, ConverterMode::waiting);
  const std::size_t index = bench.world.index_of(unit(3));
  const auto& books = bench.world.plant().accounts(index, bench.world.now());
  EXPECT_LT(books.adjusted.value(), 0.0);
  EXPECT_NEAR(books.imbalance().value(), 0.0, 1e-6);
}

}  // namespace
}  // namespace musubi::sim::testing
