#include "converter/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "converter/converter_test_bench.hpp"
#include "converter/transitions.hpp"

namespace musubi::converter::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A write as the driver sees it: "mode=0x0041 dvg=350 dig=1 drg=0"; " ?" where a look follows.
std::string line(const Step& step) {
  const DeviceCommand& c = step.command;
  const std::string look = step.checkpoint ? " ?" : "";
  if (c.call != DeviceCall::set_mode) {
    return converter::testing::line(c) + look;
  }
  const char* code = c.mode == waiting     ? "0x0000"
                     : c.mode == reference ? "0x0014"
                     : c.mode == charge    ? "0x0041"
                     : c.mode == discharge ? "0x0002"
                                           : "none";
  std::ostringstream text;
  text << "mode=" << code << " dvg=" << c.voltage.value() << " dig=" << c.current.value()
       << " drg=" << c.droop;
  return text.str() + look;
}

class PlanTest : public ::testing::Test {
 protected:
  /// Every write from `state` to `target`, each taken as carried out.
  std::vector<std::string> writes(DeviceState state, const SetPoint& target) {
    std::vector<std::string> lines;
    for (int i = 0; i < 100; ++i) {
      const Step step = next_step(state, target, policy, hw);
      if (step.kind == Step::Kind::forbidden) {
        lines.emplace_back("forbidden");
        return lines;
      }
      if (step.kind == Step::Kind::at_target) {
        return lines;
      }
      lines.push_back(line(step));
      state = after(state, step.command);
    }
    lines.emplace_back("no end");
    return lines;
  }
  static SetPoint stopped(StopStyle style) {
    SetPoint s;
    s.stop_style = style;
    return s;
  }
  static DeviceState carrying(ConverterMode mode, double current_a) {
    return {mode, Volts(mode == discharge ? 380 : 350), Amperes(current_a), 0.0};
  }
  static DeviceState holding(double voltage_v, double droop = 0.0) {
    return {reference, Volts(voltage_v), Amperes(2.3), droop};
  }

  Policy policy;
  HwConfig hw;
  const DeviceState off{waiting, Volts(350), Amperes(0), 0.0};
};

// waiting -> CV: one call, the driver sets voltage and current before the mode.
TEST_F(PlanTest, AReferenceStartsWithAllValuesInOneCall) {
  EXPECT_THAT(writes(off, at_voltage(350)), ElementsAre("mode=0x0014 dvg=350 dig=2.3 drg=0 ?"));
  EXPECT_THAT(writes(off, at_voltage(345, 0.039)),
              ElementsAre("mode=0x0014 dvg=345 dig=2.3 drg=0.039 ?"));
}

// waiting -> CC: charge from the nominal voltage, discharge up to the highest.
TEST_F(PlanTest, ACurrentOfOneStepStartsInOneCall) {
  EXPECT_THAT(writes(off, at_current(charge, 1)), ElementsAre("mode=0x0041 dvg=350 dig=1 drg=0 ?"));
  EXPECT_THAT(writes(off, at_current(charge, 0.4)),
              ElementsAre("mode=0x0041 dvg=350 dig=0.4 drg=0 ?"));
  EXPECT_THAT(writes(off, at_current(discharge, 1)),
              ElementsAre("mode=0x0002 dvg=380 dig=1 drg=0 ?"));
}

TEST_F(PlanTest, ALargerCurrentStartsWithOneStepAndGoesOnInSteps) {
  EXPECT_THAT(writes(off, at_current(charge, 2.3)),
              ElementsAre("mode=0x0041 dvg=350 dig=1 drg=0", "dig=2", "dig=2.3 ?"));
  EXPECT_THAT(writes(off, at_current(discharge, 2)),
              ElementsAre("mode=0x0002 dvg=380 dig=1 drg=0", "dig=2 ?"));
}

// CC -> waiting: current down, then the mode.
TEST_F(PlanTest, ACurrentGoesDownInStepsBeforeTheModeChanges) {
  EXPECT_THAT(writes(carrying(charge, 2.25), stopped(StopStyle::release)),
              ElementsAre("dig=1.25", "dig=0.25", "dig=0 ?", "mode=0x0000 dvg=350 dig=0 drg=0 ?"));
  EXPECT_THAT(writes(carrying(discharge, 1), stopped(StopStyle::release)),
              ElementsAre("dig=0 ?", "mode=0x0000 dvg=350 dig=0 drg=0 ?"));
  EXPECT_THAT(writes(carrying(discharge, 0), stopped(StopStyle::release)),
              ElementsAre("mode=0x0000 dvg=350 dig=0 drg=0 ?"));
}

// CV -> waiting; appendix C: the bus goes down to 300 + 10 V.
TEST_F(PlanTest, TheLastReferenceLowersTheBusBeforeItLetsGo) {
  EXPECT_THAT(writes(holding(350), stopped(StopStyle::lower_bus)),
              ElementsAre("dvg=310 drg=0 ?", "mode=0x0000 dvg=350 dig=0 drg=0 ?"));
  EXPECT_THAT(writes(holding(350, 0.039), stopped(StopStyle::lower_bus)),
              ElementsAre("dvg=310 drg=0.039 ?", "mode=0x0000 dvg=350 dig=0 drg=0 ?"));
  EXPECT_THAT(writes(holding(310), stopped(StopStyle::lower_bus)),
              ElementsAre("mode=0x0000 dvg=350 dig=0 drg=0 ?"));
  EXPECT_THAT(writes(holding(305), stopped(StopStyle::lower_bus)),
              ElementsAre("mode=0x0000 dvg=350 dig=0 drg=0 ?"));
}

TEST_F(PlanTest, AReferenceThatSomebodyRelievesOnlyChangesTheMode) {
  EXPECT_THAT(writes(holding(350), stopped(StopStyle::release)),
              ElementsAre("mode=0x0000 dvg=350 dig=0 drg=0 ?"));
}

// CV -> CV
TEST_F(PlanTest, AReferenceMovesItsVoltageInSteps) {
  EXPECT_THAT(writes(holding(350), at_voltage(330)), ElementsAre("dvg=330 drg=0 ?"));
  policy.voltage_step = Volts(8);
  EXPECT_THAT(writes(holding(350), at_voltage(330)),
              ElementsAre("dvg=342 drg=0", "dvg=334 drg=0", "dvg=330 drg=0 ?"));
  EXPECT_THAT(writes(holding(350), at_voltage(360)),
              ElementsAre("dvg=358 drg=0", "dvg=360 drg=0 ?"));
}

TEST_F(PlanTest, AReferenceTakesADroopAtItsVoltage) {
  EXPECT_THAT(writes(holding(350), at_voltage(350, 0.039)), ElementsAre("dvg=350 drg=0.039 ?"));
  EXPECT_THAT(writes(holding(350, 0.039), at_voltage(350)), ElementsAre("dvg=350 drg=0 ?"));
}

// CC -> same CC
TEST_F(PlanTest, ARunningCurrentMovesInSteps) {
  EXPECT_THAT(writes(carrying(charge, 0.5), at_current(charge, 2.1)),
              ElementsAre("dig=1.5", "dig=2.1 ?"));
  EXPECT_THAT(writes(carrying(discharge, 1), at_current(discharge, 1.06)),
              ElementsAre("dig=1.06 ?"));
  EXPECT_THAT(writes(carrying(discharge, 2), at_current(discharge, 1)), ElementsAre("dig=1 ?"));
}

TEST_F(PlanTest, AStepOfZeroMovesAtOnce) {
  policy.current_step = Amperes(0);
  policy.voltage_step = Volts(0);
  EXPECT_THAT(writes(carrying(charge, 0.5), at_current(charge, 2.1)), ElementsAre("dig=2.1 ?"));
  EXPECT_THAT(writes(holding(350), at_voltage(330)), ElementsAre("dvg=330 drg=0 ?"));
}

TEST_F(PlanTest, AtTheTargetNothingIsWritten) {
  EXPECT_THAT(writes(off, SetPoint{}), IsEmpty());
  EXPECT_THAT(writes(carrying(charge, 1), at_current(charge, 1)), IsEmpty());
  EXPECT_THAT(writes(carrying(charge, 1), at_current(charge, 1.00005)), IsEmpty());
  EXPECT_THAT(writes(holding(350, 0.039), at_voltage(350.0005, 0.039)), IsEmpty());
  DeviceState lost = off;
  lost.mode = unknown;
  SetPoint unclear;
  unclear.mode = unknown;
  EXPECT_THAT(writes(lost, unclear), ElementsAre("forbidden"));
}

// CC -> CV
TEST_F(PlanTest, AConstantCurrentTakesTheBusOverOnlyInAHandOver) {
  for (const auto mode : {charge, discharge}) {
    EXPECT_THAT(writes(carrying(mode, 1), in_hand_over(at_voltage(352, 0.039))),
                ElementsAre("mode=0x0014 dvg=352 dig=2.3 drg=0.039 ?"));
    EXPECT_THAT(writes(carrying(mode, 1), at_voltage(352, 0.039)), ElementsAre("forbidden"));
  }
}

// CV -> CC
TEST_F(PlanTest, AReferenceGivesTheBusUpOnlyInAHandOver) {
  EXPECT_THAT(writes(holding(350, 0.039), in_hand_over(at_current(charge, 2))),
              ElementsAre("mode=0x0041 dvg=350 dig=2 drg=0 ?"));
  EXPECT_THAT(writes(holding(350, 0.039), in_hand_over(at_current(discharge, 1.5))),
              ElementsAre("mode=0x0002 dvg=380 dig=1.5 drg=0 ?"));
  EXPECT_THAT(writes(holding(350), at_current(charge, 1)), ElementsAre("forbidden"));
}

TEST_F(PlanTest, ChargeAndDischargeNeverChangeIntoEachOther) {
  EXPECT_THAT(writes(carrying(charge, 1), in_hand_over(at_current(discharge, 1))),
              ElementsAre("forbidden"));
  EXPECT_THAT(writes(carrying(discharge, 1), in_hand_over(at_current(charge, 1))),
              ElementsAre("forbidden"));
}

TEST_F(PlanTest, AnUnknownModeIsOnlyToldToWait) {
  DeviceState lost = carrying(charge, 2);
  lost.mode = unknown;
  EXPECT_THAT(writes(lost, SetPoint{}), ElementsAre("mode=0x0000 dvg=350 dig=0 drg=0 ?"));
  EXPECT_THAT(writes(lost, in_hand_over(at_voltage(350))), ElementsAre("forbidden"));
}

TEST_F(PlanTest, EveryRowOfTheTableIsPlannedToItsEnd) {
  for (const auto& row : transitions) {
    const DeviceState from = row.from == waiting     ? off
                             : row.from == reference ? holding(350)
                                                     : carrying(row.from, 2);
    const SetPoint to = in_hand_over(row.to == reference ? at_voltage(340)
                                     : row.to == waiting ? SetPoint{}
                                                         : at_current(row.to, 1.5));
    const auto lines = writes(from, to);
    const bool forbidden = row.transition == Transition::forbidden;
    EXPECT_EQ(lines == std::vector<std::string>{"forbidden"}, forbidden);
    EXPECT_LE(lines.size(), 4U);
    if (!forbidden && row.from != row.to) {
      ASSERT_FALSE(lines.empty());
      EXPECT_EQ(lines.back().back(), '?');
    }
  }
}

TEST_F(PlanTest, EachWriteCarriesTheReasonOfItsTarget) {
  SetPoint target = at_current(charge, 2);
  target.reason = Reason(Rule::current_of_deals, 2);
  EXPECT_EQ(next_step(off, target, policy, hw).command.reason, target.reason);
  EXPECT_EQ(next_step(carrying(charge, 1), target, policy, hw).command.reason, target.reason);
}

TEST_F(PlanTest, AnImmediateStopIsOneModeWriteWithoutALease) {
  const DeviceCommand stop = immediate_stop(policy, Reason(Rule::bus_lost));
  EXPECT_EQ(line({Step::Kind::write, stop, false}), "mode=0x0000 dvg=350 dig=0 drg=0");
  EXPECT_EQ(stop.lease_end, Instant::max());
  EXPECT_EQ(stop.reason.rule, Rule::bus_lost);
}

TEST_F(PlanTest, AfterAWriteTheDeviceHasWhatTheCallSets) {
  const DeviceState before{charge, Volts(350), Amperes(1), 0.01};
  const DeviceCommand command{
      DeviceCall::set_mode, reference, Volts(340), Amperes(2), 0.02, {}, {}};
  EXPECT_TRUE(after(before, command) == (DeviceState{reference, Volts(340), Amperes(2), 0.02}));
  DeviceCommand voltage = command;
  voltage.call = DeviceCall::set_voltage;
  EXPECT_TRUE(after(before, voltage) == (DeviceState{charge, Volts(340), Amperes(1), 0.02}));
  DeviceCommand current = command;
  current.call = DeviceCall::set_current;
  EXPECT_TRUE(after(before, current) == (DeviceState{charge, Volts(350), Amperes(2), 0.01}));
}

TEST(DroopTest, ChargingRaisesAndDischargingLowersTheVoltage) {
  EXPECT_EQ(drooped_voltage(Volts(350), 0.0, Amperes(2.3), Amperes(2.3)), Volts(350));
  EXPECT_DOUBLE_EQ(drooped_voltage(Volts(350), 0.04, Amperes(2.3), Amperes(2.3)).value(), 364);
  EXPECT_DOUBLE_EQ(drooped_voltage(Volts(350), 0.04, Amperes(-2.3), Amperes(2.3)).value(), 336);
  EXPECT_DOUBLE_EQ(drooped_voltage(Volts(350), 0.04, Amperes(1.15), Amperes(2.3)).value(), 357);
  EXPECT_EQ(drooped_voltage(Volts(350), 0.04, Amperes(1), Amperes(0)), Volts(350));
}

RC_GTEST_FIXTURE_PROP(PlanTest, AnyPlanEndsAtItsTargetInBoundedSteps, ()) {
  const auto number = [](int low, int high) { return *rc::gen::inRange(low, high) / 100.0; };
  const auto mode = rc::gen::element(waiting, reference, charge, discharge, unknown);
  policy.current_step = Amperes(number(5, 300));
  policy.voltage_step = Volts(number(500, 40000));
  DeviceState state{*mode, Volts(number(30000, 38000)), Amperes(number(0, 230)), number(0, 5)};
  SetPoint target;
  target.mode = *rc::gen::element(waiting, reference, charge, discharge);
  target.voltage = Volts(number(30000, 38000));
  target.current = Amperes(number(0, 230));
  target.droop = number(0, 5);
  target.hand_over = *rc::gen::arbitrary<bool>();
  target.stop_style = *rc::gen::element(StopStyle::release, StopStyle::lower_bus);
  const auto bound = static_cast<int>(2.3 / policy.current_step.value()) +
                     static_cast<int>(80.0 / policy.voltage_step.value()) + 4;
  int count = 0;
  for (;; ++count) {
    const Step step = next_step(state, target, policy, hw);
    if (step.kind == Step::Kind::forbidden) {
      RC_ASSERT(count == 0);
      return;
    }
    if (step.kind == Step::Kind::at_target) {
      break;
    }
    RC_ASSERT(count < bound);
    const DeviceState next = after(state, step.command);
    if (step.command.call == DeviceCall::set_current) {
      RC_ASSERT(abs(next.current - state.current) <= policy.current_step + Amperes(1e-9));
    }
    if (step.command.call == DeviceCall::set_voltage) {
      RC_ASSERT(abs(next.voltage - state.voltage) <= policy.voltage_step + Volts(1e-9));
    }
    RC_ASSERT(next.current <=
              std::max({state.current, target.current,
                        next.mode == reference ? hw.grid_current_capacity : Amperes(0)}));
    state = next;
  }
  RC_ASSERT(state.mode == target.mode);
  if (is_constant_current(target.mode)) {
    RC_ASSERT(abs(state.current - target.current) < Amperes(1e-3));
  }
  if (target.mode == reference) {
    RC_ASSERT(abs(state.voltage - target.voltage) < Volts(0.01));
  }
}

}  // namespace
}  // namespace musubi::converter::testing
