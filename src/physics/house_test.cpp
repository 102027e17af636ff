#include "physics/house.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace musubi::physics {
namespace {

House house_at(double soc_pct, const House::Params& params = House::Params::apis()) {
  House house(params, Battery({}, Percent(soc_pct)));
  house.decide_switches();
  return house;
}

HouseInput of(double pv_w, double load_w) {
  HouseInput in;
  in.pv_w = pv_w;
  in.load_w = load_w;
  in.converter_loss_w = 4.5;
  return in;
}

TEST(House, IdleApisHouseCosts151WFromBatteryAnd57WFromUtility) {
  const HouseFlows f = house_at(60.0).flows(of(0.0, 0.0));
  EXPECT_NEAR(f.battery_w, -151.0, 1e-9);
  EXPECT_NEAR(f.grid_import_w, 57.0, 1e-9);
}

TEST(House, ApisBypassImportsAsTheReference) {
  // P2 = load + 57 + 67 + 0.060 load; charging adds 160 W of which 150 W arrive.
  const House house = house_at(15.0);
  EXPECT_TRUE(house.bypass());
  const HouseFlows f = house.flows(of(0.0, 500.0));
  EXPECT_NEAR(f.grid_import_w, 500.0 + 124.0 + 30.0 + 160.0, 1e-9);
  EXPECT_NEAR(f.battery_w, 150.0 - 17.5 - 4.5, 1e-9);
}

TEST(House, SwitchesHaveHysteresis) {
  House house = house_at(31.0);
  EXPECT_FALSE(house.bypass());
  const auto at = [&house](double soc_pct) {
    house.set_rsoc(Percent(soc_pct));
    house.decide_switches();
  };
  at(30.0);
  EXPECT_TRUE(house.bypass());
  at(34.9);
  EXPECT_TRUE(house.bypass());
  EXPECT_FALSE(house.charging_from_utility());
  at(20.0);
  EXPECT_TRUE(house.charging_from_utility());
  at(24.9);
  EXPECT_TRUE(house.charging_from_utility());
  at(25.0);
  EXPECT_FALSE(house.charging_from_utility());
  at(35.0);
  EXPECT_FALSE(house.bypass());
  EXPECT_NEAR(house.accounts().imbalance().value(), 0.0, 1e-9);
}

TEST(House, FullBatteryCurtails) {
  House house = house_at(99.9);
  house.advance(of(3000.0, 400.0), 3600.0);
  const Accounts& a = house.accounts();
  EXPECT_TRUE(house.battery().full());
  EXPECT_EQ(house.battery().raw_rsoc_pct(), 100.0);
  // Only what the house uses is taken: 400 * 1.14 + 129 + 17.5 + 4.5 W.
  EXPECT_NEAR(house.flows(of(3000.0, 400.0)).pv_used_w, 607.0, 1e-9);
  EXPECT_GT(a.curtailed.value(), 2300.0);
  EXPECT_NEAR(a.imbalance().value(), 0.0, 1e-9);
}

TEST(House, ChargeCurrentLimitCurtails) {
  const HouseFlows f = house_at(50.0).flows(of(5000.0, 0.0));
  EXPECT_NEAR(f.battery_w, 60.0 * (52.5 + 1.8), 1e-9);
  EXPECT_LT(f.pv_used_w, 5000.0);
}

TEST(House, EmptyBatteryWithoutUtilityLeavesLoadUnserved) {
  House house = house_at(1.0);
  house.set_utility(false);
  house.advance(of(0.0, 1000.0), 7200.0);
  const Accounts& a = house.accounts();
  EXPECT_TRUE(house.battery().at_reserve());
  EXPECT_EQ(a.grid_import.value(), 0.0);
  EXPECT_GT(a.unserved.value(), 1900.0);
  EXPECT_NEAR(a.load_served.value() + a.unserved.value(), 2000.0, 1e-9);
  EXPECT_NEAR(a.imbalance().value(), 0.0, 1e-9);
  // Sun charges first; the load comes back once there is something to give.
  EXPECT_EQ(house.flows(of(500.0, 1000.0)).load_served_w, 0.0);
  EXPECT_NEAR(house.flows(of(500.0, 1000.0)).battery_w, 500.0 - 17.5 - 4.5, 1e-9);
}

TEST(House, DarkHouseDrawsNothing) {
  House house = house_at(0.5);
  house.set_utility(false);
  house.advance(of(0.0, 300.0), 86400.0);
  const Accounts& a = house.accounts();
  EXPECT_EQ(house.battery().rsoc(), Percent(0.5));
  EXPECT_EQ(a.loss_system.value(), 0.0);
  EXPECT_NEAR(a.unserved.value(), 7200.0, 1e-6);
  // 11 W of sun carry half of the standing 22 W.
  EXPECT_NEAR(house.flows(of(11.0, 300.0)).system_w, 17.5 / 2.0, 1e-9);
}

TEST(House, AfterABlackOutTheLoadWaitsForFivePercentMoreThanTheReserve) {
  House house = house_at(0.5);
  house.set_utility(false);
  EXPECT_TRUE(house.blacked_out());
  double minutes = 0.0;
  while (house.blacked_out() && minutes < 1440.0) {
    house.advance(of(700.0, 300.0), 300.0);
    house.decide_switches();
    minutes += 5.0;
  }
  EXPECT_GE(house.battery().rsoc(), Percent(5.5));
  EXPECT_LT(house.battery().rsoc(), Percent(7.0));
  EXPECT_EQ(house.accounts().load_served.value(), 0.0);
  EXPECT_NEAR(house.accounts().unserved.value(), 300.0 * minutes / 60.0, 1e-6);
  // From here on the load is served again, down to the reserve.
  EXPECT_EQ(house.flows(of(0.0, 300.0)).load_served_w, 300.0);
  house.advance(of(0.0, 300.0), 3600.0);
  EXPECT_TRUE(house.blacked_out());
  EXPECT_GT(house.accounts().load_served.value(), 100.0);
  EXPECT_NEAR(house.accounts().imbalance().value(), 0.0, 1e-9);
}

TEST(House, APartnerRevivesABlackedOutHouse) {
  House house = house_at(0.5);
  house.set_utility(false);
  HouseInput in = of(0.0, 200.0);
  in.received_w = 600.0;
  in.converter_loss_w = 25.0;
  in.converter_running = true;
  for (int step = 0; step < 12; ++step) {
    house.advance(in, 300.0);
    house.decide_switches();
  }
  EXPECT_FALSE(house.blacked_out());
  EXPECT_GT(house.accounts().load_served.value(), 50.0);
  EXPECT_NEAR(house.accounts().imbalance().value(), 0.0, 1e-9);
}

TEST(House, ReturningUtilityServesAnEmptyHouseAtOnce) {
  House house = house_at(0.5);
  house.set_utility(false);
  house.advance(of(0.0, 300.0), 600.0);
  EXPECT_EQ(house.accounts().grid_import.value(), 0.0);
  house.set_utility(true);
  const HouseFlows f = house.flows(of(0.0, 300.0));
  EXPECT_TRUE(f.bypass);
  EXPECT_EQ(f.load_served_w, 300.0);
  EXPECT_GT(f.battery_w, 100.0) << "and charges the battery";
}

TEST(House, NoUtilityMeansNoImportAndNoLossInItsTransformer) {
  House house = house_at(80.0);
  house.set_utility(false);
  const HouseFlows f = house.flows(of(0.0, 500.0));
  EXPECT_EQ(f.grid_import_w, 0.0);
  EXPECT_EQ(f.transformer_loss_w, 0.0);
  EXPECT_NEAR(f.battery_w, -(500.0 * 1.14 + 129.0 + 17.5 + 4.5), 1e-9);
  // More than the battery may give: what it may give, less the losses.
  const HouseFlows more = house.flows(of(0.0, 9000.0));
  EXPECT_NEAR(more.battery_w, -100.0 * (53.2 - 3.0), 1e-9);
  EXPECT_LT(more.load_served_w, 4500.0);
}

TEST(House, UtilityCatchesWhatTheBatteryCannot) {
  House house = house_at(40.0);
  const HouseFlows f = house.flows(of(0.0, 6000.0));
  EXPECT_TRUE(f.bypass);
  EXPECT_EQ(f.load_served_w, 6000.0);
}

TEST(House, BusEnergyArrivesEvenWhenFull) {
  House house = house_at(100.0);
  HouseInput in = of(500.0, 0.0);
  in.received_w = 700.0;
  in.converter_running = true;
  house.advance(in, 10.0);
  EXPECT_GT(house.battery().raw_rsoc_pct(), 100.0);
  EXPECT_EQ(house.battery().rsoc(), Percent(100.0));
  EXPECT_NEAR(house.accounts().curtailed.value(), 500.0 * 10.0 / 3600.0, 1e-9);
  EXPECT_NEAR(house.accounts().imbalance().value(), 0.0, 1e-9);
}

TEST(House, LeakShowsInTheBooks) {
  House house(House::Params::modern(), Battery({}, Percent(50.0)), 0.001);
  HouseInput in = of(0.0, 100.0);
  in.received_w = 700.0;
  house.advance(in, 3600.0);
  EXPECT_NEAR(house.accounts().imbalance().value(), 0.7, 1e-9);
}

RC_GTEST_PROP(HouseProperty, BooksBalanceOnAnyDay, ()) {
  const bool modern = *rc::gen::arbitrary<bool>();
  House house = house_at(static_cast<double>(*rc::gen::inRange(0, 101)),
                         modern ? House::Params::modern() : House::Params::apis());
  for (int step = 0; step < 288; ++step) {
    if (step % 48 == 0) {
      house.set_utility(*rc::gen::inRange(0, 3) > 0);
    }
    HouseInput in = of(static_cast<double>(*rc::gen::inRange(0, 6000)),
                       static_cast<double>(*rc::gen::inRange(0, 8000)));
    const int bus_w = *rc::gen::inRange(-900, 900);
    // The plant stops a converter whose battery is at an end.
    const double soc_pct = house.battery().raw_rsoc_pct();
    if (bus_w != 0 && soc_pct > 15.0 && soc_pct < 96.0) {
      in.converter_running = true;
      in.converter_loss_w = 55.0;
      (bus_w > 0 ? in.received_w : in.sent_w) = std::abs(bus_w);
    }
    house.decide_switches();
    house.advance(in, 300.0);
    RC_ASSERT(std::fabs(house.accounts().imbalance().value()) < 1e-9);
    RC_ASSERT(house.battery().raw_rsoc_pct() > -0.5);
    RC_ASSERT(house.battery().raw_rsoc_pct() < 101.0);
  }
  const Accounts& a = house.accounts();
  RC_ASSERT(a.curtailed >= WattHours(-1e-9));
  RC_ASSERT(a.curtailed <= a.pv_available);
  RC_ASSERT(a.unserved >= WattHours(-1e-9));
}

}  // namespace
}  // namespace musubi::physics
