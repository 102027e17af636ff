// When a look shows that a value is reached, and how many tries it has.

#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

#include "converter/converter_test_bench.hpp"

namespace musubi::converter::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

}  // namespace
}  // namespace musubi::converter::testing
