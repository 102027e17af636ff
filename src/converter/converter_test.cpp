#include "converter/converter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "base/overloaded.hpp"
#include "converter/transitions.hpp"

namespace musubi::converter {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto waiting = ConverterMode::waiting;
constexpr auto reference = ConverterMode::voltage_reference;
constexpr auto charge = ConverterMode::charge;
constexpr auto discharge = ConverterMode::discharge;
constexpr auto unknown = ConverterMode::unknown;

/// "wait", "CV dvg=350 dig=2.3 drg=0", "charge dvg=350 dig=1 drg=0", "dvg=310 drg=0", "dig=2".
std::string line(const DeviceCommand& c) {
  std::ostringstream text;
  switch (c.call) {
  case DeviceCall::set_mode:
    if (c.mode == waiting) {
      return "wait";
    }
    text << (c.mode == reference ? "CV"
             : c.mode == charge  ? "charge"
                                 : "discharge")
         << " dvg=" << c.voltage.value() << " dig=" << c.current.value() << " drg=" << c.droop;
    break;
  case DeviceCall::set_voltage:
    text << "dvg=" << c.voltage.value() << " drg=" << c.droop;
    break;
  case DeviceCall::set_current:
    text << "dig=" << c.current.value();
    break;
  }
  return text.str();
}

SetPoint at_current(ConverterMode mode, double current_a) {
  SetPoint s;
  s.mode = mode;
  s.current = Amperes(current_a);
  return s;
}

SetPoint at_voltage(double voltage_v, double droop = 0.0) {
  SetPoint s;
  s.mode = reference;
  s.voltage = Volts(voltage_v);
  s.droop = droop;
  return s;
}

SetPoint in_hand_over(SetPoint s) {
  s.hand_over = true;
  return s;
}

SetPoint lowering_the_bus() {
  SetPoint s;
  s.stop_style = StopStyle::lower_bus;
  return s;
}

/// One converter with a clock; each call says what the converter answers to one event.
class ConverterTest : public testing::Test {
 protected:
  using Lines = std::vector<std::string>;

  Lines step(const Event& event) {
    std::vector<Effect> out;
    converter.step(now, event, policy, hw, out);
    Lines lines;
    for (const auto& effect : out) {
      std::visit(Overloaded{
                     [&](const Write& e) {
                       last = e;
                       lines.push_back(line(e.command));
                     },
                     [&](const Look&) { lines.emplace_back("look"); },
                     [&](const Settled&) { lines.emplace_back("settled"); },
                     [&](const Failed& e) {
                       lines.push_back(std::string("failed: ") + name_of(e.reason.rule));
                     },
                 },
                 effect);
    }
    return lines;
  }
  Lines set(const SetPoint& target) { return step(TargetSet{target, now + milliseconds(3000)}); }
  Lines answer(WriteOutcome outcome = WriteOutcome::done) {
    return step(WriteAnswered{last.id, outcome});
  }
  static Reading reading(ConverterMode mode, double grid_v, double grid_a) {
    Reading r;
    r.mode = mode;
    r.grid_v = Volts(grid_v);
    r.grid_a = Amperes(grid_a);
    return r;
  }
  Lines read(ConverterMode mode, double grid_v, double grid_a) {
    return step(ReadingArrived{reading(mode, grid_v, grid_a)});
  }
  /// A reading that also tells what the device was set to.
  Lines read_back(ConverterMode mode, double set_v, double set_a) {
    Reading r = reading(mode, set_v, mode == discharge ? -set_a : set_a);
    r.set_voltage_v = Volts(set_v);
    r.set_current_a = Amperes(set_a);
    r.droop = 0.0;
    return step(ReadingArrived{r});
  }
  /// A reading when the look is due: not reached, it is a try.
  Lines tried(ConverterMode mode, double grid_v, double grid_a) {
    now += policy.checkpoint_retry_wait;
    return read(mode, grid_v, grid_a);
  }
  Lines pass(Duration time) {
    now += time;
    return step(Advance{});
  }
  /// Brings it to a constant current of one step or to a voltage.
  void settle_at(const SetPoint& target) {
    set(target);
    answer();
    const bool holds = target.mode == reference;
    ASSERT_THAT(read(target.mode, holds ? target.voltage.value() : 350,
                     holds                      ? 0
                     : target.mode == discharge ? -target.current.value()
                                                : target.current.value()),
                ElementsAre("settled"));
  }

  Policy policy;
  HwConfig hw;
  Converter converter;
  Instant now{seconds(100)};
  Write last;
};

TEST_F(ConverterTest, ANewConverterWaitsAndWantsNothing) {
  EXPECT_EQ(converter.progress(), ConverterProgress::settled);
  EXPECT_FALSE(converter.may_be_running());
  EXPECT_FALSE(converter.is_moving());
  EXPECT_EQ(converter.wake_at(), Instant::max());
  EXPECT_THAT(step(Advance{}), IsEmpty());
  EXPECT_THAT(read(waiting, 0, 0), IsEmpty());
}

TEST_F(ConverterTest, ACurrentIsWrittenLookedAtAndSettled) {
  EXPECT_THAT(set(at_current(charge, 1)), ElementsAre("charge dvg=350 dig=1 drg=0"));
  EXPECT_EQ(last.command.lease_end, now + milliseconds(3000));
  EXPECT_EQ(converter.progress(), ConverterProgress::moving);
  EXPECT_TRUE(converter.is_moving());
  EXPECT_TRUE(converter.may_be_running());
  EXPECT_THAT(answer(), IsEmpty());
  EXPECT_THAT(read(charge, 350, 0.9), ElementsAre("settled"));
  EXPECT_EQ(converter.progress(), ConverterProgress::settled);
  EXPECT_FALSE(converter.is_moving());
  EXPECT_EQ(converter.state().mode, charge);
  EXPECT_EQ(converter.state().current, Amperes(1));
  EXPECT_EQ(converter.target().current, Amperes(1));
}

TEST_F(ConverterTest, ALargeCurrentIsLookedAtOnlyAtItsEnd) {
  EXPECT_THAT(set(at_current(discharge, 2.3)), ElementsAre("discharge dvg=380 dig=1 drg=0"));
  EXPECT_THAT(answer(), ElementsAre("dig=2"));
  EXPECT_THAT(answer(), ElementsAre("dig=2.3"));
  EXPECT_THAT(answer(), IsEmpty());
  EXPECT_THAT(read(discharge, 350, -2.3), ElementsAre("settled"));
}

TEST_F(ConverterTest, ACurrentComesDownInStepsBeforeItWaits) {
  settle_at(at_current(charge, 1));
  EXPECT_THAT(set(SetPoint{}), ElementsAre("dig=0"));
  EXPECT_LT(last.command.lease_end, Instant::max()) << "still under the lease that it runs under";
  EXPECT_THAT(answer(), IsEmpty());
  EXPECT_THAT(read(charge, 350, 0.02), ElementsAre("wait"));
  EXPECT_THAT(answer(), IsEmpty());
  EXPECT_THAT(read(waiting, 350, 0), ElementsAre("settled"));
  EXPECT_FALSE(converter.may_be_running());
}

TEST_F(ConverterTest, TheLastReferenceLowersTheBusLooksAndWaits) {
  settle_at(at_voltage(350));
  EXPECT_THAT(set(lowering_the_bus()), ElementsAre("dvg=310 drg=0"));
  EXPECT_THAT(answer(), IsEmpty());
  EXPECT_THAT(read(reference, 335, 0), IsEmpty());
  EXPECT_THAT(read(reference, 312, 0), ElementsAre("wait"));
  EXPECT_THAT(answer(), IsEmpty());
  EXPECT_THAT(read(waiting, 300, 0), ElementsAre("settled"));
}

TEST_F(ConverterTest, ABusThatDoesNotComeDownIsLetGoAllTheSame) {
  settle_at(at_voltage(350));
  set(lowering_the_bus());
  answer();
  EXPECT_THAT(tried(reference, 350, 0), IsEmpty());
  EXPECT_THAT(tried(reference, 350, 0), IsEmpty());
  EXPECT_THAT(tried(reference, 350, 0), IsEmpty());
  EXPECT_THAT(tried(reference, 350, 0), ElementsAre("wait"));
}

// Appendix D3: the old reference droops and lets go, the new one takes over and drops its droop.
TEST_F(ConverterTest, AHandOverIsDroopReleaseOnTheOldSide) {
  settle_at(at_voltage(350));
  EXPECT_THAT(set(in_hand_over(at_voltage(350, 0.039))), ElementsAre("dvg=350 drg=0.039"));
  EXPECT_THAT(answer(), IsEmpty());
  EXPECT_THAT(read(reference, 350, 0), ElementsAre("settled"));
  EXPECT_THAT(set(SetPoint{}), ElementsAre("wait"));
}

TEST_F(ConverterTest, AHandOverIsTakeOverAndNoDroopOnTheNewSide) {
  settle_at(at_current(charge, 1));
  EXPECT_THAT(set(in_hand_over(at_voltage(350, 0.039))),
              ElementsAre("CV dvg=350 dig=2.3 drg=0.039"));
  EXPECT_THAT(answer(), IsEmpty());
  // drooped, it stands at 350 x (1 + 0.039 x 1 / 2.3)
  EXPECT_THAT(read(reference, 355.9, 1), ElementsAre("settled"));
  EXPECT_THAT(set(at_voltage(350)), ElementsAre("dvg=350 drg=0"));
  EXPECT_THAT(answer(), IsEmpty());
  EXPECT_THAT(read(reference, 351, 1), ElementsAre("settled"));
}

TEST_F(ConverterTest, AReferenceMayGoOnAsAConstantCurrentInAHandOver) {
  settle_at(at_voltage(350, 0.039));
  EXPECT_THAT(set(in_hand_over(at_current(discharge, 2))),
              ElementsAre("discharge dvg=380 dig=2 drg=0"));
  EXPECT_THAT(answer(), IsEmpty());
  EXPECT_THAT(read(discharge, 350, -2), ElementsAre("settled"));
}

TEST_F(ConverterTest, AForbiddenChangeStopsTheConverter) {
  settle_at(at_current(charge, 1));
  EXPECT_THAT(set(at_current(discharge, 1)), ElementsAre("wait", "failed: refused_transition"));
  EXPECT_EQ(converter.target().mode, waiting);
  EXPECT_EQ(converter.target().reason.numbers[0], static_cast<double>(charge));
  EXPECT_EQ(converter.target().reason.numbers[1], static_cast<double>(discharge));
}

// Checkpoints

TEST_F(ConverterTest, ACheckpointAsksForALookAfterTheWaitAndOnlyOnce) {
  set(at_current(charge, 1));
  answer();
  EXPECT_EQ(converter.wake_at(), now + policy.checkpoint_retry_wait);
  EXPECT_THAT(pass(policy.checkpoint_retry_wait - Duration(1)), IsEmpty());
  EXPECT_THAT(pass(Duration(1)), ElementsAre("look"));
  EXPECT_EQ(converter.wake_at(), converter.lease_end());
  EXPECT_THAT(pass(milliseconds(50)), IsEmpty());
  EXPECT_THAT(read(charge, 350, 0), IsEmpty());
  EXPECT_EQ(converter.wake_at(), now + policy.checkpoint_retry_wait);
  EXPECT_THAT(pass(policy.checkpoint_retry_wait), ElementsAre("look"));
}

TEST_F(ConverterTest, AReadingBeforeTheLookIsDueCanOnlyConfirm) {
  policy.checkpoint_retry_limit = 1;
  set(at_current(charge, 1));
  answer();
  EXPECT_THAT(read(charge, 350, 0), IsEmpty());
  now += policy.checkpoint_retry_wait - Duration(1);
  EXPECT_THAT(read(charge, 350, 0), IsEmpty());
  EXPECT_THAT(read(charge, 350, 1), ElementsAre("settled"));
}

TEST_F(ConverterTest, ALookBeforeItIsDueDoesNotMakeAVoltageStandStill) {
  policy.checkpoint_retry_limit = 1;
  set(at_voltage(350));
  answer();
  EXPECT_THAT(tried(reference, 100, 0), IsEmpty());
  EXPECT_THAT(read(reference, 120, 0), IsEmpty());
  EXPECT_THAT(tried(reference, 120, 0), IsEmpty());
  EXPECT_THAT(tried(reference, 120, 0), ElementsAre("wait", "failed: checkpoint_failed"));
}

TEST_F(ConverterTest, AVoltageThatMovesAgainHasAllItsTries) {
  set(at_voltage(350));
  answer();
  for (const double grid_v : {100.0, 100.0, 100.0, 200.0, 200.0, 200.0}) {
    EXPECT_THAT(tried(reference, grid_v, 0), IsEmpty());
  }
  EXPECT_THAT(tried(reference, 349, 0), ElementsAre("settled"));
}

TEST_F(ConverterTest, ACurrentOffAtEveryTryFails) {
  set(at_current(charge, 1));
  answer();
  EXPECT_THAT(tried(charge, 350, 0.87), IsEmpty());
  EXPECT_THAT(tried(charge, 350, 1.13), IsEmpty());
  EXPECT_THAT(tried(charge, 351, 0), ElementsAre("wait", "failed: checkpoint_failed"));
  EXPECT_EQ(converter.target().reason, Reason(Rule::checkpoint_failed, 351, 0, 0, 1));
}

TEST_F(ConverterTest, ACurrentReachedAtTheLastTrySettles) {
  set(at_current(charge, 1));
  answer();
  EXPECT_THAT(tried(charge, 350, 0), IsEmpty());
  EXPECT_THAT(tried(charge, 350, 0.5), IsEmpty());
  EXPECT_THAT(tried(charge, 350, 1.12), ElementsAre("settled"));
}

TEST_F(ConverterTest, EachCheckpointHasAllItsTries) {
  settle_at(at_current(charge, 1));
  for (const double current_a : {2.0, 1.5}) {
    EXPECT_EQ(set(at_current(charge, current_a)).size(), 1U);
    EXPECT_THAT(answer(), IsEmpty());
    EXPECT_THAT(tried(charge, 350, 0), IsEmpty());
    EXPECT_THAT(tried(charge, 350, 0), IsEmpty());
    EXPECT_THAT(tried(charge, 350, current_a), ElementsAre("settled"));
  }
}

TEST_F(ConverterTest, EachVoltageStepIsComparedWithItsOwnLooks) {
  policy.checkpoint_retry_limit = 1;
  set(at_voltage(350));
  answer();
  EXPECT_THAT(tried(reference, 340, 0), IsEmpty());
  EXPECT_THAT(tried(reference, 350, 0), ElementsAre("settled"));
  set(at_voltage(330));
  answer();
  EXPECT_THAT(tried(reference, 350, 0), IsEmpty());
  EXPECT_THAT(tried(reference, 330, 0), ElementsAre("settled"));
}

TEST_F(ConverterTest, ACurrentTheWrongWayRoundIsNotReached) {
  policy.checkpoint_retry_limit = 1;
  set(at_current(charge, 1));
  answer();
  EXPECT_THAT(tried(charge, 350, -1), ElementsAre("wait", "failed: checkpoint_failed"));

  converter = Converter();
  set(at_current(discharge, 1));
  answer();
  EXPECT_THAT(tried(discharge, 350, 1), ElementsAre("wait", "failed: checkpoint_failed"));
}

TEST_F(ConverterTest, ARetryLimitBelowOneIsOneTry) {
  for (const int limit : {1, 0, -3}) {
    policy.checkpoint_retry_limit = limit;
    converter = Converter();
    set(at_current(charge, 1));
    answer();
    EXPECT_THAT(tried(charge, 350, 0), ElementsAre("wait", "failed: checkpoint_failed"));
  }
}

TEST_F(ConverterTest, AnotherModeOrAnIncompleteReadingIsNotReached) {
  const auto odd_text = [](Reading& r) { r.mode_text_agrees = false; };
  const auto no_current = [](Reading& r) { r.grid_a.reset(); };
  const auto no_voltage = [](Reading& r) { r.grid_v.reset(); };
  const auto other_mode = [](Reading& r) { r.mode = waiting; };
  const auto unknown_mode = [](Reading& r) { r.mode = unknown; };
  struct Case {
    SetPoint target;
    std::function<void(Reading&)> spoil;
  };
  policy.checkpoint_retry_limit = 1;
  for (const auto& c : std::vector<Case>{{at_current(charge, 1), odd_text},
                                         {at_current(charge, 1), no_current},
                                         {at_current(charge, 1), other_mode},
                                         {at_current(charge, 1), unknown_mode},
                                         {at_voltage(350), odd_text},
                                         {at_voltage(350), no_current},
                                         {at_voltage(350), no_voltage},
                                         {at_voltage(350), other_mode}}) {
    converter = Converter();
    set(c.target);
    answer();
    Reading r = reading(c.target.mode, 350, 1);
    c.spoil(r);
    now += policy.checkpoint_retry_wait;
    EXPECT_THAT(step(ReadingArrived{r}), ElementsAre("wait", "failed: checkpoint_failed"));
  }
}

TEST_F(ConverterTest, AVoltageWithinItsAllowanceIsReached) {
  for (const double edge : {346.0, 354.0}) {
    converter = Converter();
    set(at_voltage(350));
    answer();
    EXPECT_THAT(read(reference, edge, 0), ElementsAre("settled"));
  }
}

TEST_F(ConverterTest, AVoltageOnItsWayIsNotATry) {
  EXPECT_THAT(set(at_voltage(350)), ElementsAre("CV dvg=350 dig=2.3 drg=0"));
  answer();
  for (double grid_v = 0; grid_v < 340; grid_v += 20) {
    EXPECT_THAT(tried(reference, grid_v, 0), IsEmpty());
    EXPECT_EQ(converter.wake_at(), now + policy.checkpoint_retry_wait);
  }
  EXPECT_THAT(tried(reference, 346, 0), ElementsAre("settled"));
}

TEST_F(ConverterTest, AVoltageThatStandsStillRunsOutOfTries) {
  set(at_voltage(350));
  answer();
  EXPECT_THAT(tried(reference, 200, 0), IsEmpty());  // the first look has nothing to compare
  EXPECT_THAT(tried(reference, 200, 0), IsEmpty());
  EXPECT_THAT(tried(reference, 200.05, 0), IsEmpty());  // too little to count
  EXPECT_THAT(tried(reference, 200, 0), ElementsAre("wait", "failed: checkpoint_failed"));
}

TEST_F(ConverterTest, AVoltageStillMovingAtTheRampsTimeOutFails) {
  policy.ramp_up_timeout = milliseconds(1100);
  set(at_voltage(350));
  answer();
  now += milliseconds(899);
  EXPECT_THAT(tried(reference, 200, 0), IsEmpty());
  now += milliseconds(1);
  EXPECT_THAT(tried(reference, 300, 0), ElementsAre("wait", "failed: checkpoint_failed"));
}

TEST_F(ConverterTest, AGracefulStopGoesOnWhereACheckpointFails) {
  settle_at(at_current(charge, 1));
  set(SetPoint{});
  answer();
  EXPECT_THAT(tried(charge, 350, 1), IsEmpty());
  EXPECT_THAT(tried(charge, 350, 1), IsEmpty());
  EXPECT_THAT(tried(charge, 350, 1), ElementsAre("wait"));
}

TEST_F(ConverterTest, ADeviceThatIgnoresItsCurrentIsWrittenABoundedNumberOfTimes) {
  policy.current_step = Amperes(0.1);
  int writes = 1;
  step(TargetSet{at_current(charge, 2), now + seconds(60)});
  for (int i = 0; i < 200 && converter.target().mode == charge; ++i) {
    writes += converter.is_moving() && !answer().empty() ? 1 : 0;
    tried(charge, 350, 0);
  }
  EXPECT_EQ(converter.target().mode, waiting);
  EXPECT_LE(writes, 21);
}

// Leases

TEST_F(ConverterTest, AtTheEndOfItsLeaseItWaitsAtOnce) {
  settle_at(at_current(charge, 1));
  const Instant end = converter.lease_end();
  EXPECT_EQ(converter.wake_at(), end);
  now = end - Duration(1);
  EXPECT_THAT(step(Advance{}), IsEmpty());
  now = end;
  EXPECT_THAT(step(Advance{}), ElementsAre("wait", "failed: lease_expired"));
  EXPECT_EQ(last.command.lease_end, Instant::max());
  EXPECT_EQ(converter.target().mode, waiting);
  EXPECT_THAT(pass(milliseconds(1)), IsEmpty());
  EXPECT_THAT(answer(), IsEmpty());
  EXPECT_THAT(read(waiting, 350, 0), ElementsAre("settled"));
  EXPECT_EQ(converter.wake_at(), Instant::max());
}

TEST_F(ConverterTest, ALeaseEndsWhateverEventArrives) {
  settle_at(at_current(charge, 1));
  now = converter.lease_end();
  EXPECT_THAT(read(charge, 350, 1), ElementsAre("wait", "failed: lease_expired"));
}

TEST_F(ConverterTest, ALeaseEndsAWriteUnderWay) {
  set(at_current(charge, 2));
  const std::uint64_t start = last.id;
  now = converter.lease_end();
  EXPECT_THAT(step(Advance{}), ElementsAre("wait", "failed: lease_expired"));
  EXPECT_NE(last.id, start);
  EXPECT_THAT(step(WriteAnswered{start, WriteOutcome::done}), IsEmpty());
  EXPECT_THAT(answer(), IsEmpty());
  EXPECT_THAT(read(waiting, 350, 0), ElementsAre("settled"));
}

TEST_F(ConverterTest, ARenewedLeaseWritesNothing) {
  settle_at(at_current(charge, 1));
  const Instant first = converter.lease_end();
  now += milliseconds(1000);
  SetPoint renewed = at_current(charge, 1.00005);
  renewed.reason = Reason(Rule::lease_renewal);
  EXPECT_THAT(set(renewed), IsEmpty());
  EXPECT_EQ(converter.target().reason.rule, Rule::lease_renewal);
  EXPECT_EQ(converter.lease_end(), now + milliseconds(3000));
  EXPECT_EQ(converter.progress(), ConverterProgress::settled);
  now = first;
  EXPECT_THAT(step(Advance{}), IsEmpty());
}

TEST_F(ConverterTest, ATargetWhoseLeaseIsOverStopsIt) {
  EXPECT_THAT(step(TargetSet{at_current(charge, 1), now}),
              ElementsAre("wait", "failed: lease_expired"));
}

TEST_F(ConverterTest, WaitingNeedsNoLease) {
  step(TargetSet{SetPoint{}, Instant{}});
  EXPECT_EQ(converter.lease_end(), Instant::max());
  EXPECT_THAT(pass(seconds(1e6)), IsEmpty());
}

// Stops

TEST_F(ConverterTest, AStopOverridesAnOutstandingWrite) {
  set(at_current(charge, 2));
  const std::uint64_t start = last.id;
  EXPECT_THAT(step(StopNow{Reason(Rule::bus_lost)}), ElementsAre("wait", "failed: bus_lost"));
  EXPECT_GT(last.id, start);
  EXPECT_THAT(answer(), IsEmpty());
  EXPECT_THAT(read(waiting, 350, 0), ElementsAre("settled"));
  EXPECT_FALSE(converter.may_be_running());
}

TEST_F(ConverterTest, ALateAnswerToAnOlderWriteIsNotTheStops) {
  for (const auto late : {WriteOutcome::done, WriteOutcome::refused, WriteOutcome::unknown}) {
    converter = Converter();
    set(at_current(charge, 2));
    const std::uint64_t start = last.id;
    step(StopNow{Reason(Rule::bus_lost)});
    EXPECT_THAT(step(WriteAnswered{start, late}), IsEmpty());
    EXPECT_EQ(converter.progress(), ConverterProgress::moving);
    EXPECT_THAT(read(waiting, 350, 0), IsEmpty());  // the stop itself is not answered yet
    EXPECT_THAT(answer(), IsEmpty());
    EXPECT_THAT(step(WriteAnswered{start, late}), IsEmpty());
    EXPECT_THAT(read(waiting, 350, 0), ElementsAre("settled"));
  }
}

TEST_F(ConverterTest, AStopUnderWayIsNotWrittenTwice) {
  settle_at(at_current(charge, 1));
  EXPECT_THAT(step(StopNow{Reason(Rule::bus_lost)}), ElementsAre("wait", "failed: bus_lost"));
  EXPECT_THAT(step(StopNow{Reason(Rule::bus_stop)}), ElementsAre("failed: bus_stop"));
}

TEST_F(ConverterTest, AStopWhileWaitingWritesNothing) {
  EXPECT_THAT(step(StopNow{Reason(Rule::bus_lost)}), ElementsAre("settled"));
  EXPECT_FALSE(converter.may_be_running());
}

TEST_F(ConverterTest, AStopReachesAStartThatWasCalledOffBeforeItsAnswer) {
  set(at_current(charge, 1));
  EXPECT_THAT(set(SetPoint{}), IsEmpty());
  EXPECT_TRUE(converter.may_be_running());
  EXPECT_THAT(step(StopNow{Reason(Rule::bus_lost)}), ElementsAre("wait", "failed: bus_lost"));
}

TEST_F(ConverterTest, AStopThatIsNotObeyedIsRepeated) {
  settle_at(at_current(charge, 1));
  step(StopNow{Reason(Rule::bus_lost)});
  answer();
  for (int i = 0; i < policy.checkpoint_retry_limit; ++i) {
    EXPECT_EQ(converter.progress(), ConverterProgress::moving);
    now += policy.checkpoint_retry_wait;
    EXPECT_THAT(read_back(charge, 350, 1), IsEmpty());
  }
  EXPECT_EQ(converter.progress(), ConverterProgress::uncertain);
  EXPECT_TRUE(converter.may_be_running());
  EXPECT_THAT(pass(milliseconds(999)), IsEmpty());
  EXPECT_THAT(pass(milliseconds(1)), ElementsAre("look"));
  EXPECT_THAT(read_back(charge, 350, 1), ElementsAre("wait"));
  answer();
  EXPECT_THAT(read(waiting, 350, 0), ElementsAre("settled"));
}

TEST_F(ConverterTest, AStopThatIsRefusedIsRepeatedWithoutSteps) {
  policy.current_step = Amperes(0.1);
  set(at_current(charge, 0.1));
  answer();
  read(charge, 350, 0.1);
  step(StopNow{Reason(Rule::bus_lost)});
  EXPECT_THAT(answer(WriteOutcome::refused), IsEmpty());
  EXPECT_EQ(converter.progress(), ConverterProgress::uncertain);
  EXPECT_EQ(converter.wake_at(), now + milliseconds(1000));
  EXPECT_THAT(pass(milliseconds(1000)), ElementsAre("look"));
  EXPECT_THAT(read_back(charge, 350, 2), ElementsAre("wait"));
}

TEST_F(ConverterTest, AStopOfUnknownOutcomeIsRepeatedWithoutSteps) {
  settle_at(at_current(charge, 1));
  step(StopNow{Reason(Rule::bus_lost)});
  EXPECT_THAT(answer(WriteOutcome::unknown), ElementsAre("look"));
  // not even a command to wait in order softens it
  EXPECT_THAT(set(lowering_the_bus()), IsEmpty());
  EXPECT_THAT(read_back(charge, 350, 1), ElementsAre("wait"));
  answer();
  EXPECT_THAT(read(waiting, 350, 0), ElementsAre("settled"));
}

TEST_F(ConverterTest, AfterAStopANewTargetStartsAnew) {
  settle_at(at_current(charge, 1));
  step(StopNow{Reason(Rule::bus_lost)});
  answer();
  read(waiting, 350, 0);
  EXPECT_THAT(set(at_current(charge, 1)), ElementsAre("charge dvg=350 dig=1 drg=0"));
  answer();
  EXPECT_THAT(read(charge, 350, 1), ElementsAre("settled"));
  EXPECT_THAT(set(SetPoint{}), ElementsAre("dig=0"));
}

// Unknown outcomes and refusals

TEST_F(ConverterTest, AnUnknownOutcomeIsReadBackBeforeAnythingElse) {
  set(at_current(charge, 2));
  EXPECT_THAT(answer(WriteOutcome::unknown), ElementsAre("look"));
  EXPECT_EQ(converter.progress(), ConverterProgress::uncertain);
  EXPECT_TRUE(converter.may_be_running());
  EXPECT_THAT(pass(milliseconds(500)), IsEmpty());
  // it was carried out: go on from there
  EXPECT_THAT(read_back(charge, 350, 1), ElementsAre("dig=2"));
  EXPECT_EQ(converter.progress(), ConverterProgress::moving);
}

TEST_F(ConverterTest, AWriteThatWasNotCarriedOutIsRepeated) {
  set(at_current(charge, 2));
  EXPECT_THAT(answer(WriteOutcome::unknown), ElementsAre("look"));
  EXPECT_THAT(read_back(waiting, 350, 0), ElementsAre("charge dvg=350 dig=1 drg=0"));
}

TEST_F(ConverterTest, ACommandToWaitDoesNotReplaceTheReadBack) {
  set(at_current(charge, 1));
  EXPECT_THAT(answer(WriteOutcome::unknown), ElementsAre("look"));
  EXPECT_THAT(set(SetPoint{}), IsEmpty());
  EXPECT_EQ(converter.progress(), ConverterProgress::uncertain);
  EXPECT_TRUE(converter.may_be_running());
  EXPECT_THAT(read_back(charge, 350, 1), ElementsAre("dig=0"));
}

TEST_F(ConverterTest, AnotherDirectionDoesNotReplaceTheReadBack) {
  set(at_current(charge, 1));
  EXPECT_THAT(answer(WriteOutcome::unknown), ElementsAre("look"));
  EXPECT_THAT(set(at_current(discharge, 1)), IsEmpty());
  EXPECT_THAT(read_back(charge, 350, 1), ElementsAre("wait", "failed: refused_transition"));
}

TEST_F(ConverterTest, AnUnknownOutcomeDoesNotOutlastTheLease) {
  set(at_current(charge, 1));
  answer(WriteOutcome::unknown);
  now = converter.lease_end();
  EXPECT_THAT(step(Advance{}), ElementsAre("wait", "failed: lease_expired"));
}

TEST_F(ConverterTest, ARefusedWriteStopsTheConverter) {
  set(at_current(charge, 1));
  EXPECT_THAT(answer(WriteOutcome::refused), ElementsAre("wait", "failed: device_refused"));
  EXPECT_EQ(converter.target().mode, waiting);
}

TEST_F(ConverterTest, AModeThatItLeavesByItselfStopsTheConverter) {
  settle_at(at_current(charge, 1));
  EXPECT_THAT(read(waiting, 350, 0), ElementsAre("wait", "failed: local_fault"));
  EXPECT_EQ(converter.target().reason.numbers[0], static_cast<double>(waiting));
  EXPECT_EQ(converter.target().reason.numbers[1], static_cast<double>(charge));
}

TEST_F(ConverterTest, AConverterThatRunsByItselfIsToldToWait) {
  EXPECT_THAT(read_back(discharge, 380, 1), ElementsAre("wait", "failed: running_without_command"));
  answer();
  EXPECT_THAT(read(waiting, 350, 0), ElementsAre("settled"));
}

TEST_F(ConverterTest, AReadingThatAgreesChangesNothing) {
  settle_at(at_current(charge, 1));
  EXPECT_THAT(read(charge, 350, 0), IsEmpty());
  EXPECT_EQ(converter.progress(), ConverterProgress::settled);
}

TEST_F(ConverterTest, AReadingDuringAWriteIsNotJudged) {
  settle_at(at_current(charge, 1));
  set(at_current(charge, 2));
  EXPECT_THAT(read(waiting, 350, 0), IsEmpty());
  EXPECT_EQ(converter.target().current, Amperes(2));
}

TEST_F(ConverterTest, WhileAWriteIsOutNothingButTheLeaseWakesIt) {
  settle_at(at_current(charge, 1));
  step(StopNow{Reason(Rule::bus_lost)});
  answer(WriteOutcome::refused);  // another look is due in a second
  step(StopNow{Reason(Rule::bus_lost)});
  EXPECT_EQ(converter.wake_at(), Instant::max());
  now += seconds(5);
  read(charge, 350, 1);
  EXPECT_EQ(converter.wake_at(), Instant::max());
}

TEST_F(ConverterTest, AnUnknownModeIsToldToWait) {
  set(at_current(charge, 1));
  answer(WriteOutcome::unknown);
  EXPECT_THAT(read_back(unknown, 350, 1), ElementsAre("wait", "failed: refused_transition"));
  answer(WriteOutcome::unknown);
  EXPECT_THAT(read_back(unknown, 350, 1), ElementsAre("wait"));
}

TEST_F(ConverterTest, AnUnknownModeAtACheckpointIsNotReached) {
  policy.checkpoint_retry_limit = 1;
  settle_at(at_current(charge, 1));
  set(at_current(charge, 2));
  answer(WriteOutcome::unknown);
  read_back(unknown, 350, 1);
  answer();
  now += policy.checkpoint_retry_wait;
  EXPECT_THAT(read_back(unknown, 350, 1), IsEmpty());
  EXPECT_EQ(converter.progress(), ConverterProgress::uncertain);
}

/// A device that carries out, refuses or loses answers as drawn.
struct Device {
  DeviceState state{waiting, Volts(350), Amperes(0), 0.0};

  [[nodiscard]] Reading reading(double disturbance) const {
    Reading r;
    r.mode = state.mode;
    r.set_voltage_v = state.voltage;
    r.set_current_a = state.current;
    r.droop = state.droop;
    const double sign = state.mode == charge ? 1.0 : state.mode == discharge ? -1.0 : 0.0;
    r.grid_a = Amperes(sign * state.current.value() + disturbance);
    r.grid_v = state.mode == reference ? state.voltage : Volts(350);
    return r;
  }
};

// From random targets, answers, disturbances and silences: no write beyond the target, the capacity
// or a step; no change of the device's real mode that the table forbids; and with the lease over
// and answers coming, the device waits.
RC_GTEST_FIXTURE_PROP(ConverterTest, NoWriteGoesBeyondTargetCapacityStepOrTable, ()) {
  const auto hundredth = [](int low, int high) { return *rc::gen::inRange(low, high) / 100.0; };
  policy.current_step = Amperes(hundredth(20, 150));
  policy.ramp_up_timeout = seconds(5);
  Device device;
  SetPoint target;
  struct Pending {
    std::uint64_t id;
    WriteOutcome outcome;
  };
  std::optional<Pending> pending;
  const auto carry_out = [&](const Write& write, bool healthy) {
    const DeviceCommand& c = write.command;
    const bool stops = c.call == DeviceCall::set_mode && c.mode == waiting;
    RC_ASSERT(c.current <= hw.grid_current_capacity + Amperes(1e-9));
    RC_ASSERT(c.current >= Amperes(0));
    const bool gives_up = device.state.mode == reference && is_constant_current(c.mode);
    if (is_constant_current(c.mode) && c.call != DeviceCall::set_voltage) {
      const Amperes before =
          is_constant_current(device.state.mode) ? device.state.current : Amperes(0);
      RC_ASSERT(c.current <= std::max(before, target.current) + Amperes(1e-9));
      if (!gives_up) {
        RC_ASSERT(abs(c.current - before) <= policy.current_step + Amperes(1e-9));
      }
    }
    const auto outcome =
        healthy ? WriteOutcome::done
                : *rc::gen::weightedElement<WriteOutcome>({{8, WriteOutcome::done},
                                                           {1, WriteOutcome::refused},
                                                           {2, WriteOutcome::unknown}});
    const bool happens = outcome == WriteOutcome::done ||
                         (outcome == WriteOutcome::unknown && *rc::gen::arbitrary<bool>());
    if (happens) {
      const DeviceState next = after(device.state, c);
      const Transition change = transition_of(device.state.mode, next.mode);
      RC_ASSERT(change != Transition::forbidden);
      if (change == Transition::take_over || change == Transition::give_up) {
        RC_ASSERT(target.hand_over);
      }
      device.state = next;
    }
    if (!stops) {
      RC_ASSERT(now < c.lease_end);
    }
    pending = Pending{write.id, outcome};
  };
  const auto run = [&](const Event& event, bool healthy) {
    std::vector<Effect> out;
    converter.step(now, event, policy, hw, out);
    for (const auto& effect : out) {
      if (const auto* write = std::get_if<Write>(&effect)) {
        carry_out(*write, healthy);
      }
    }
  };
  const auto steps = *rc::gen::inRange(1, 80);
  for (int i = 0; i < steps; ++i) {
    now += milliseconds(*rc::gen::inRange<std::int64_t>(0, 400));
    switch (*rc::gen::inRange(0, 6)) {
    case 0: {
      target = SetPoint{};
      target.mode = *rc::gen::element(waiting, reference, charge, discharge);
      target.current = is_constant_current(target.mode) ? Amperes(hundredth(0, 230)) : Amperes(0);
      target.voltage = Volts(hundredth(31000, 37000));
      target.droop = *rc::gen::element(0.0, 0.039);
      target.hand_over = *rc::gen::arbitrary<bool>();
      target.stop_style = *rc::gen::element(StopStyle::release, StopStyle::lower_bus);
      run(TargetSet{target, now + milliseconds(*rc::gen::inRange<std::int64_t>(1, 3000))}, false);
      break;
    }
    case 1:
      run(StopNow{Reason(Rule::bus_stop)}, false);
      break;
    case 2:
    case 3:
      if (pending) {
        const Pending answered = *pending;
        pending.reset();
        run(WriteAnswered{answered.id, answered.outcome}, false);
      }
      break;
    case 4:
      run(ReadingArrived{device.reading(*rc::gen::weightedElement<double>({{4, 0.0}, {1, 0.5}}))},
          false);
      break;
    default:
      run(Advance{}, false);
      break;
    }
  }
  // No renewals any more, and a driver that answers.
  now += seconds(5);
  run(Advance{}, true);
  for (int i = 0; i < 40; ++i) {
    if (pending) {
      const Pending answered = *pending;
      pending.reset();
      run(WriteAnswered{answered.id, answered.outcome}, true);
    }
    now += milliseconds(250);
    run(ReadingArrived{device.reading(0.0)}, true);
    run(Advance{}, true);
  }
  RC_ASSERT(device.state.mode == waiting);
  RC_ASSERT(converter.progress() == ConverterProgress::settled);
  RC_ASSERT(!converter.may_be_running());
}

}  // namespace
}  // namespace musubi::converter
