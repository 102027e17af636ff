#include "physics/battery.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace musubi::physics {
namespace {

TEST(Battery, CapacityIsTheIntegralOverTheFullRange) {
  EXPECT_NEAR(Battery({}, Percent(100.0)).stored().value(), 4800.0, 1e-9);
  EXPECT_DOUBLE_EQ(Battery({}, Percent(0.0)).stored().value(), 0.0);
}

TEST(Battery, VoltageInUseIsAround50V) {
  EXPECT_DOUBLE_EQ(Battery({}, Percent(50.0)).open_circuit().value(), 52.5);
  EXPECT_DOUBLE_EQ(Battery({}, Percent(7.5)).open_circuit().value(), 49.2);
  for (int soc = 0; soc <= 100; ++soc) {
    const Battery battery({}, Percent(soc));
    EXPECT_GT(battery.voltage_at(-battery.discharge_power_limit()).value(), 32.0);
    EXPECT_LT(battery.voltage_at(battery.charge_power_limit()).value(), 58.4);
  }
}

TEST(Battery, PowerLimitsAreTheCurrentLimits) {
  const Battery battery({}, Percent(50.0));
  const Watts charge = battery.charge_power_limit();
  EXPECT_NEAR((charge / battery.voltage_at(charge)).value(), 60.0, 1e-9);
  const Watts discharge = -battery.discharge_power_limit();
  EXPECT_NEAR((discharge / battery.voltage_at(discharge)).value(), -100.0, 1e-9);
}

TEST(Battery, StopsExactlyAtFullAndAtReserve) {
  Battery charging({}, Percent(99.0));
  const Battery::Step up = charging.step(Watts(1000.0), 3600.0);
  EXPECT_TRUE(charging.full());
  EXPECT_EQ(charging.raw_rsoc_pct(), 100.0);
  EXPECT_LT(up.elapsed_s, 3600.0);
  EXPECT_NEAR(up.elapsed_s, 48.0 * 3.6, 20.0);

  Battery discharging({}, Percent(2.0));
  const Battery::Step down = discharging.step(Watts(-1000.0), 3600.0);
  EXPECT_TRUE(discharging.at_reserve());
  EXPECT_NEAR(discharging.rsoc().value(), 0.5, 1e-12);
  EXPECT_LT(down.elapsed_s, 3600.0);
}

TEST(Battery, RoundTripLosesResistanceAndCharge) {
  Battery battery({}, Percent(50.0));
  const double before_wh = battery.stored().value();
  const Battery::Step in = battery.step(Watts(800.0), 3600.0);
  const Battery::Step out = battery.step(Watts(-800.0), 3600.0);
  EXPECT_LT(battery.stored().value(), before_wh);
  EXPECT_GT(in.coulombic_loss_wh, 0.0);
  EXPECT_EQ(out.coulombic_loss_wh, 0.0);
  // 15 A through 30 mOhm.
  EXPECT_NEAR(in.resistive_loss_wh, 15.1 * 15.1 * 0.030, 0.2);
}

TEST(Battery, SmallStepsReachWhatOneStepReaches) {
  Battery one({}, Percent(30.0));
  Battery many({}, Percent(30.0));
  one.step(Watts(700.0), 300.0);
  for (int i = 0; i < 300; ++i) {
    many.step(Watts(700.0), 1.0);
  }
  EXPECT_NEAR(one.rsoc().value(), many.rsoc().value(), 1e-6);
}

RC_GTEST_PROP(BatteryProperty, ConservesEnergyInEveryStep, ()) {
  const double soc = static_cast<double>(*rc::gen::inRange(0, 100'001)) / 1000.0;
  Battery battery({}, Percent(soc));
  const int steps = *rc::gen::inRange(1, 50);
  for (int i = 0; i < steps; ++i) {
    const double power_w = static_cast<double>(*rc::gen::inRange(-2'500'000, 2'500'001)) / 1000.0;
    const double dt_s = static_cast<double>(*rc::gen::inRange(1, 3'600'000)) / 1000.0;
    if (power_w < 0.0 && battery.raw_rsoc_pct() <= 0.5) {
      continue;  // beyond the reserve: the house's business
    }
    const double before_wh = battery.stored().value();
    const Battery::Step step = battery.step(Watts(power_w), dt_s);
    RC_ASSERT(step.elapsed_s <= dt_s);
    RC_ASSERT(std::fabs(step.terminal_wh - power_w * step.elapsed_s / 3600.0) < 1e-9);
    RC_ASSERT(std::fabs(step.stored_wh - (battery.stored().value() - before_wh)) < 1e-9);
    RC_ASSERT(std::fabs(step.terminal_wh - step.stored_wh - step.resistive_loss_wh -
                        step.coulombic_loss_wh) < 1e-10);
    RC_ASSERT(step.resistive_loss_wh >= 0.0);
    RC_ASSERT(step.coulombic_loss_wh >= -1e-15);
  }
}

}  // namespace
}  // namespace musubi::physics
