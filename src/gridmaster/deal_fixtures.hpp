// Shared by tests: a Grid Master with one deal, or two, under way.
#pragma once

#include <gtest/gtest.h>

#include "gridmaster/grid_master_bench.hpp"

namespace musubi::gridmaster::testing {

/// A deal from unit 3 to unit 2, which holds the voltage.
class RunningDeal : public ::testing::Test {
 protected:
  void SetUp() override {
    bench.take_role();
    bench.create(1, 2, 3);
    ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
    bench.run_for(seconds(1));
  }
  Bench bench;
};

/// Two deals with unit 3 as their giver: to unit 2, which holds the voltage, and to unit 4.
class TwoDeals : public ::testing::Test {
 protected:
  void SetUp() override {
    bench.take_role();
    bench.create(1, 2, 3);
    ASSERT_TRUE(bench.run_until_phase(1, DealPhase::running));
    bench.create(2, 4, 3);
    ASSERT_TRUE(bench.run_until_phase(2, DealPhase::running));
  }
  Bench bench;
};

}  // namespace musubi::gridmaster::testing
