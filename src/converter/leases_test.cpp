// What runs only as long as its lease.

#include <cstdint>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "converter/converter_test_bench.hpp"

namespace musubi::converter::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

}  // namespace
}  // namespace musubi::converter::testing
