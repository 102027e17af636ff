// From target to target: which writes and looks get a converter there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converter/converter_test_bench.hpp"

namespace musubi::converter::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

}  // namespace
}  // namespace musubi::converter::testing
