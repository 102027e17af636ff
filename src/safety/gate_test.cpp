#include "safety/gate.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

namespace musubi::safety {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
const Instant now{seconds(100)};
const GateLimits limits{Amperes(2.3), Volts(380), 0.2};

DeviceCommand command(DeviceCall call, ConverterMode mode, double voltage_v, double current_a,
                      double droop = 0.0) {
  return {call, mode, Volts(voltage_v), Amperes(current_a), droop, now + Duration(1), {}};
}

DeviceCommand charge(double voltage_v, double current_a) {
  return command(DeviceCall::set_mode, ConverterMode::charge, voltage_v, current_a);
}

Refusal judged(const DeviceCommand& c) { return judge(c, limits, false, now); }

TEST(GateTest, ACommandWithinTheLimitsPasses) {
  EXPECT_EQ(judged(charge(350, 1)), Refusal::none);
  EXPECT_EQ(judged(charge(380, 2.3)), Refusal::none);
  EXPECT_EQ(judged(charge(0, 0)), Refusal::none);
  EXPECT_EQ(judged(command(DeviceCall::set_mode, ConverterMode::voltage_reference, 350, 2.3, 0.2)),
            Refusal::none);
}

TEST(GateTest, WaitingAlwaysPasses) {
  DeviceCommand wait = command(DeviceCall::set_mode, ConverterMode::waiting, infinity, nan, -1.0);
  wait.lease_end = Instant{};
  EXPECT_EQ(judge(wait, limits, true, now), Refusal::none);
  EXPECT_EQ(judge(wait, GateLimits{}, true, Instant::max()), Refusal::none);
}

TEST(GateTest, ACommandWhoseLeaseHasEndedIsRefused) {
  DeviceCommand c = charge(350, 1);
  c.lease_end = now;
  EXPECT_EQ(judged(c), Refusal::lease_over);
  c.lease_end = now - Duration(1);
  EXPECT_EQ(judged(c), Refusal::lease_over);
  c.lease_end = now + Duration(1);
  EXPECT_EQ(judged(c), Refusal::none);
}

TEST(GateTest, ALockedOutUnitOnlyWaits) {
  EXPECT_EQ(judge(charge(350, 1), limits, true, now), Refusal::locked_out);
  EXPECT_EQ(judge(command(DeviceCall::set_current, ConverterMode::charge, 0, 0), limits, true, now),
            Refusal::locked_out);
  // only a mode write stops the converter; a value write in waiting does not
  EXPECT_EQ(
      judge(command(DeviceCall::set_voltage, ConverterMode::waiting, 0, 0), limits, true, now),
      Refusal::locked_out);
}

TEST(GateTest, AnUnknownModeIsRefused) {
  for (const auto call : {DeviceCall::set_mode, DeviceCall::set_voltage, DeviceCall::set_current}) {
    EXPECT_EQ(judged(command(call, ConverterMode::unknown, 350, 1)), Refusal::mode_unknown);
  }
}

TEST(GateTest, ACurrentOutsideTheCapacityIsRefused) {
  for (const auto call : {DeviceCall::set_mode, DeviceCall::set_current}) {
    const auto with = [&](double current_a) {
      return judged(command(call, ConverterMode::charge, 350, current_a));
    };
    EXPECT_EQ(with(-0.001), Refusal::current_negative);
    EXPECT_EQ(with(-infinity), Refusal::current_negative);
    EXPECT_EQ(with(2.301), Refusal::current_above_capacity);
    EXPECT_EQ(with(infinity), Refusal::current_above_capacity);
    EXPECT_EQ(with(2.3), Refusal::none);
    EXPECT_EQ(with(0), Refusal::none);
  }
}

TEST(GateTest, ACurrentThatIsNoNumberIsRefused) {
  for (const auto call : {DeviceCall::set_mode, DeviceCall::set_current}) {
    EXPECT_EQ(judged(command(call, ConverterMode::charge, 350, nan)),
              Refusal::current_above_capacity);
  }
}

TEST(GateTest, AVoltageOutsideTheRangeIsRefused) {
  for (const auto call : {DeviceCall::set_mode, DeviceCall::set_voltage}) {
    const auto with = [&](double voltage_v) {
      return judged(command(call, ConverterMode::voltage_reference, voltage_v, 1));
    };
    EXPECT_EQ(with(-0.001), Refusal::voltage_out_of_range);
    EXPECT_EQ(with(380.001), Refusal::voltage_out_of_range);
    EXPECT_EQ(with(infinity), Refusal::voltage_out_of_range);
    EXPECT_EQ(with(nan), Refusal::voltage_out_of_range);
    EXPECT_EQ(with(380), Refusal::none);
    EXPECT_EQ(with(0), Refusal::none);
  }
}

TEST(GateTest, ADroopOutsideTheRangeIsRefused) {
  for (const auto call : {DeviceCall::set_mode, DeviceCall::set_voltage}) {
    const auto with = [&](double droop) {
      return judged(command(call, ConverterMode::voltage_reference, 350, 1, droop));
    };
    EXPECT_EQ(with(-0.001), Refusal::droop_out_of_range);
    EXPECT_EQ(with(0.2001), Refusal::droop_out_of_range);
    EXPECT_EQ(with(nan), Refusal::droop_out_of_range);
    EXPECT_EQ(with(0.2), Refusal::none);
  }
}

TEST(GateTest, AValueThatACallDoesNotWriteIsNotJudged) {
  EXPECT_EQ(judged(command(DeviceCall::set_current, ConverterMode::charge, 999, 1, 9)),
            Refusal::none);
  EXPECT_EQ(judged(command(DeviceCall::set_voltage, ConverterMode::charge, 350, 999)),
            Refusal::none);
}

TEST(GateLimitsTest, TheTighterOfPolicyAndHardwareCounts) {
  Policy policy;
  HwConfig hw;
  EXPECT_EQ(limits_of(policy, hw).current_capacity, Amperes(2.3));
  EXPECT_EQ(limits_of(policy, hw).voltage_max, Volts(380));
  hw.grid_a.max = 2.0;
  EXPECT_EQ(limits_of(policy, hw).current_capacity, Amperes(2.0));
  hw.grid_v.max = 370;
  EXPECT_EQ(limits_of(policy, hw).voltage_max, Volts(370));
  policy.grid_voltage_max = Volts(360);
  EXPECT_EQ(limits_of(policy, hw).voltage_max, Volts(360));
  policy.grid_voltage_max = Volts(500);
  EXPECT_EQ(limits_of(policy, hw).voltage_max, Volts(370));
  hw.grid_a.max = -1.0;
  EXPECT_EQ(limits_of(policy, hw).current_capacity, Amperes(0));
}

double any_number(double around) {
  return *rc::gen::weightedOneOf<double>(
      {{6, rc::gen::map(rc::gen::inRange(-200, 200),
                        [=](int tenth) { return around * (1.0 + tenth / 100.0); })},
       {1, rc::gen::element(nan, infinity, -infinity, 0.0, -0.0)},
       {1, rc::gen::arbitrary<double>()}});
}

RC_GTEST_PROP(GateProperties, NoWriteOutsideTheLimitsPasses, ()) {
  const DeviceCall call =
      *rc::gen::element(DeviceCall::set_mode, DeviceCall::set_voltage, DeviceCall::set_current);
  const ConverterMode mode =
      *rc::gen::element(ConverterMode::waiting, ConverterMode::voltage_reference,
                        ConverterMode::charge, ConverterMode::discharge, ConverterMode::unknown);
  DeviceCommand c = command(call, mode, any_number(380), any_number(2.3), any_number(0.2));
  c.lease_end = now + milliseconds(*rc::gen::inRange<std::int64_t>(-5, 50));
  const bool locked_out = *rc::gen::weightedElement<bool>({{1, true}, {5, false}});
  const bool passes = judge(c, limits, locked_out, now) == Refusal::none;
  if (call == DeviceCall::set_mode && mode == ConverterMode::waiting) {
    RC_ASSERT(passes);
  } else if (passes) {
    RC_ASSERT(!locked_out && now < c.lease_end && mode != ConverterMode::unknown);
    if (call != DeviceCall::set_voltage) {
      RC_ASSERT(c.current.value() >= 0.0 && c.current.value() <= 2.3 + 1e-9);
    }
    if (call != DeviceCall::set_current) {
      RC_ASSERT(c.voltage.value() >= 0.0 && c.voltage.value() <= 380.0);
      RC_ASSERT(c.droop >= 0.0 && c.droop <= 0.2);
    }
  }
}

}  // namespace
}  // namespace musubi::safety
