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
    ASSERT_TRUE(bench.start(1, 2, 3));
    bench.run_for(seconds(1));
  }
  Bench bench;
};

/// Two deals with unit 3 as their giver: to unit 2, which holds the voltage, and to unit 4.
class TwoDeals : public ::testing::Test {
 protected:
  void SetUp() override {
    bench.take_role();
    ASSERT_TRUE(bench.start(1, 2, 3));
    ASSERT_TRUE(bench.start(2, 4, 3));
  }
  Bench bench;
};

}  // namespace musubi::gridmaster::testing
