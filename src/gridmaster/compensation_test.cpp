// How the currents of a deal are corrected until its reference carries its own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gridmaster/grid_master_bench.hpp"

namespace musubi::gridmaster::testing {
namespace {

TEST(Compensation, GoesOnUntilTheReferenceCarriesItsOwn) {
  Bench bench;
  bench.at(3).off_a = 0.08;  // gives 0.08 A too little
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  bench.run_for(seconds(1));
  EXPECT_NEAR(bench.at(3).target.current.value(), 1.08, 1e-6);
  EXPECT_NEAR(bench.reading_of(bench.at(2)).grid_a->value(), 1.0, 0.03);
  EXPECT_NEAR(bench.deal(1).discharge_compensated_a->value(), -1.08, 1e-6);
}

TEST(Compensation, ATrimIsOverWithItsWarmUp) {
  Bench bench(5);
  bench.at(4).off_a = 0.12;  // takes 0.12 A too much
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 5));
  bench.create(2, 4, 5);
  ASSERT_TRUE(
      bench.run_until(seconds(10), [&] { return bench.at(5).target.current > Amperes(2.05); }));
  ASSERT_EQ(bench.phase(2), DealPhase::warming_up);
  bench.stop_deal(2);
  ASSERT_TRUE(bench.run_until_phase(2, DealPhase::done));
  bench.run_for(seconds(1));
  EXPECT_NEAR(bench.at(5).target.current.value(), 1.0, 1e-6);
}

TEST(Compensation, ACurrentThatHasJustGoneIsNotStoodInFor) {
  Bench bench(5);
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  bench.create(2, 4, 5);
  ASSERT_TRUE(bench.run_until_phase(2, DealPhase::warming_up));
  bench.at(3).target = SetPoint{};  // unnoticed until it is asked
  ASSERT_TRUE(bench.run_until_phase(2, DealPhase::running));
  EXPECT_NEAR(bench.deal(2).discharge_compensated_a->value(), -1.0, 1e-6);
}

TEST(Compensation, ACurrentThatNobodyAskedForIsNotTrimmedAway) {
  Bench bench(5);
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  bench.leak_a = -1.0;
  bench.create(2, 4, 5);
  ASSERT_TRUE(bench.run_until_phase(2, DealPhase::done, seconds(60)));
  EXPECT_EQ(bench.deal(2).last_reason.rule, Rule::compensation_failed);
  for (const auto& command : bench.sent_to(5)) {
    EXPECT_LE(command.target.current, Amperes(1.125));
  }
}

TEST(Compensation, BeyondAConvertersCurrentEndsTheDealInstead) {
  Bench bench;
  bench.leak_a = -0.5;
  bench.take_role();
  bench.create(1, 2, 3, 2.2);
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::done, seconds(60)));
  EXPECT_EQ(bench.deal(1).last_reason.rule, Rule::compensation_failed);
  for (const auto& command : bench.sent_to(3)) {
    EXPECT_LE(command.target.current, Amperes(2.3));
  }
}

TEST(Compensation, OfTwoDealsOfOneGiverThatBeginTogetherIsOnWhatFlowsThen) {
  Bench bench(5);
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  bench.create(2, 4, 5);
  bench.create(3, 1, 5);
  ASSERT_TRUE(bench.run_until_phase(2, DealPhase::running));
  ASSERT_TRUE(bench.run_until_phase(3, DealPhase::running));
  bench.run_for(seconds(1));
  EXPECT_NEAR(bench.at(5).target.current.value(), 2.0, 0.01);
  EXPECT_NEAR(bench.reading_of(bench.at(2)).grid_a->value(), 1.0, 0.03);
}

}  // namespace
}  // namespace musubi::gridmaster::testing
