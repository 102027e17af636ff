#include "sim/built_in.hpp"

#include <gtest/gtest.h>

namespace musubi::sim {
namespace {

TEST(DefaultScenario, KeepsItsSharesForAnotherBattery) {
  const Scenario usual = default_scenario();
  EXPECT_EQ(usual, default_scenario(WattHours(4800.0)));
  const Scenario other = default_scenario(WattHours(19'200.0));
  const auto& statuses = other.slices.at(0).statuses;
  EXPECT_EQ(statuses.at(0).low_wh, 17'280);
  EXPECT_EQ(statuses.at(1).low_wh, 14'400);
  EXPECT_EQ(statuses.at(2).low_wh, 11'520);
  EXPECT_EQ(statuses.at(3).high_wh, 11'520);
  EXPECT_EQ(statuses.at(3).request.charge->limit_wh, 11'520);
}

TEST(DefaultHw, IsTheSampleForTheUsualUnitAndFollowsOthers) {
  const HwConfig sample;
  const HwConfig usual = default_hw({});
  EXPECT_EQ(usual.battery_nominal_capacity, sample.battery_nominal_capacity);
  EXPECT_EQ(usual.grid_current_capacity, sample.grid_current_capacity);
  EXPECT_NEAR(usual.grid_a.max, sample.grid_a.max, 1e-12);
  EXPECT_EQ(usual.battery_a, sample.battery_a);
  physics::UnitParams strong;
  strong.battery.capacity = WattHours(9600.0);
  strong.converter.icap = Amperes(4.6);
  const HwConfig hw = default_hw(strong);
  EXPECT_EQ(hw.battery_nominal_capacity, WattHours(9600.0));
  EXPECT_EQ(hw.grid_current_capacity, Amperes(4.6));
  EXPECT_GT(hw.grid_a.max, 4.6);
  EXPECT_NEAR(hw.battery_a.min, -40.0, 1e-9);
}

}  // namespace
}  // namespace musubi::sim
