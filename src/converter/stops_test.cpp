// Stops at once: they override, are repeated and are never softened.

#include <cstdint>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converter/converter_test_bench.hpp"

namespace musubi::converter::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

}  // namespace
}  // namespace musubi::converter::testing
