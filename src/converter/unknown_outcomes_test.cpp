// Writes of unknown outcome, refusals and modes that nobody commanded.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converter/converter_test_bench.hpp"

namespace musubi::converter::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

}  // namespace
}  // namespace musubi::converter::testing
