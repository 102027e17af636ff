// What a community brings along: outages, houses without utility, powers from outside.

#include <gtest/gtest.h>

#include <memory>

#include "physics/plant.hpp"

namespace musubi::physics {
namespace {

// 2025-07-01 00:00 in Tokyo.
constexpr WallTime start{1'751'295'600'000, 9 * 3600};
constexpr std::int64_t hour_ms = 3'600'000;

Community one_house() {
  Community c = quiet_community(1, Ohms(0.0));
  c.units[0].house = House::Params::apis();
  c.units[0].load_series = std::make_shared<const PowerSeries>(start.unix_ms / 1000, 86400,
                                                               std::vector<float>(3, 400.0F));
  return c;
}

Plant alone(const Community& community) {
  Plant::Options options;
  options.sharing = false;
  return {community, 1, start, options};
}

TEST(PlantInputs, AnOutageBeginsAndEndsAtItsInstant) {
  Community c = one_house();
  // Not at a five-minute step: 01:02:03 to 02:30.
  const std::int64_t from_ms = hour_ms + 123'000;
  c.units[0].outages = {{start.unix_ms + from_ms, start.unix_ms + 5 * hour_ms / 2}};
  Plant plant = alone(c);
  const auto utility = [&plant](double s) {
    return plant.read_house(0, Instant(seconds(s))).utility;
  };
  EXPECT_TRUE(utility(3722.9));
  EXPECT_FALSE(utility(3723.0));
  EXPECT_FALSE(utility(8999.9));
  EXPECT_TRUE(utility(9000.0));
  // Until the battery is low the transformer's 57 W are all that is imported; not in the outage.
  const Accounts& a = plant.accounts(0, Instant(seconds(10'800)));
  const double outage_h = 2.5 - static_cast<double>(from_ms) / static_cast<double>(hour_ms);
  EXPECT_NEAR(a.grid_import.value(), 57.0 * (3.0 - outage_h), 1e-9);
  EXPECT_NEAR(a.load_served.value(), 1200.0, 1e-9);
  EXPECT_NEAR(a.imbalance().value(), 0.0, 1e-6);
}

TEST(PlantInputs, LookingDuringAnOutageChangesNothing) {
  Community c = one_house();
  c.units[0].outages = {{start.unix_ms + hour_ms + 7, start.unix_ms + 9 * hour_ms + 11},
                        {start.unix_ms + 10 * hour_ms, start.unix_ms + 11 * hour_ms}};
  Plant watched = alone(c);
  Plant unwatched = alone(c);
  for (double s = 17.0; s < 86400.0; s += 61.0) {
    (void)watched.read_house(0, Instant(seconds(s)));
  }
  EXPECT_EQ(watched.digest(Instant(seconds(86400))), unwatched.digest(Instant(seconds(86400))));
}

TEST(PlantInputs, AnOutageMayHaveBegunBeforeTheRun) {
  Community c = one_house();
  c.units[0].outages = {{start.unix_ms - 5 * hour_ms, start.unix_ms - 4 * hour_ms},
                        {start.unix_ms - hour_ms, start.unix_ms + hour_ms}};
  Plant plant = alone(c);
  EXPECT_FALSE(plant.read_house(0, Instant{}).utility);
  EXPECT_TRUE(plant.read_house(0, Instant(seconds(3600))).utility);
}

TEST(PlantInputs, AHouseOffTheGridImportsNothingAndGoesDark) {
  Community c = one_house();
  c.units[0].utility = false;
  Plant plant = alone(c);
  const Accounts& a = plant.accounts(0, Instant(seconds(86400)));
  EXPECT_EQ(a.grid_import.value(), 0.0);
  EXPECT_EQ(a.loss_transformer.value(), 0.0);
  EXPECT_GT(a.load_served.value(), 1000.0);
  EXPECT_NEAR(a.load_served.value() + a.unserved.value(), 400.0 * 24.0, 1e-6);
  EXPECT_EQ(plant.read_house(0, Instant(seconds(86400))).load_served, Watts(0.0));
  EXPECT_NEAR(a.imbalance().value(), 0.0, 1e-6);
}

TEST(PlantInputs, AUtilityThatFailsByHandStaysAwayWhenAnOutageEnds) {
  Community c = one_house();
  c.units[0].outages = {{start.unix_ms + hour_ms, start.unix_ms + 2 * hour_ms}};
  Plant plant = alone(c);
  plant.set_utility(0, Instant(seconds(1800)), false);
  EXPECT_FALSE(plant.read_house(0, Instant(seconds(7300))).utility);
  plant.set_utility(0, Instant(seconds(7400)), true);
  EXPECT_TRUE(plant.read_house(0, Instant(seconds(7400))).utility);
}

TEST(PlantInputs, PowersFromOutsideStandInForTheModels) {
  Community c = demo4();
  c.units[2].pv_series = std::make_shared<const PowerSeries>(
      start.unix_ms / 1000, 3600, std::vector<float>{1000.0F, 500.0F, 0.0F});
  Plant plant = alone(c);
  EXPECT_EQ(plant.read_house(2, Instant(seconds(3599))).pv_available, Watts(1000.0));
  EXPECT_EQ(plant.read_house(2, Instant(seconds(3600))).pv_available, Watts(500.0));
  EXPECT_NEAR(plant.accounts(2, Instant(seconds(86400))).pv_available.value(), 1500.0, 1e-6);
  // The other houses and this one's load are as without.
  Plant model = alone(demo4());
  const Instant end = Instant(seconds(86400));
  EXPECT_EQ(plant.accounts(0, end).pv_available, model.accounts(0, end).pv_available);
  const double served = plant.accounts(2, end).load_served.value();
  EXPECT_EQ(served, model.accounts(2, end).load_served.value());
}

TEST(Tariff, TheFirstSliceThatHoldsTheHourCounts) {
  const Tariff tariff{"JPY", 30.0, {{23, 7, 20.0}, {6, 10, 40.0}}};
  EXPECT_EQ(tariff.price_at(23), 20.0);
  EXPECT_EQ(tariff.price_at(0), 20.0);
  EXPECT_EQ(tariff.price_at(6), 20.0);
  EXPECT_EQ(tariff.price_at(7), 40.0);
  EXPECT_EQ(tariff.price_at(10), 30.0);
}

}  // namespace
}  // namespace musubi::physics
