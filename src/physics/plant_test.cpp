#include "physics/plant.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace musubi::physics {
namespace {

constexpr WallTime new_year2020{1'577'804'400'000, 9 * 3600};
constexpr double day_s = 86400.0;

Instant at(double s) { return Instant(seconds(s)); }

ConverterSetting setting(ConverterMode mode, double dvg, double dig, double drg = 0.0) {
  return {mode, Volts(dvg), Amperes(dig), drg};
}

Plant::Options apis_losses() {
  Plant::Options options;
  options.loss = LossModel::apis;
  return options;
}

// A bus at 350 V held by unit 0 at t = 13 s.
void form(Plant& plant) {
  plant.command(0, at(0.0), setting(ConverterMode::voltage_reference, 350.0, 2.3));
}

void expect_balance(Plant& plant, double t_s, double tolerance_wh) {
  for (std::size_t i = 0; i < plant.size(); ++i) {
    EXPECT_NEAR(plant.accounts(i, at(t_s)).imbalance().value(), 0.0, tolerance_wh);
  }
  EXPECT_NEAR(plant.bus_accounts(at(t_s)).imbalance().value(), 0.0, tolerance_wh);
}

TEST(Plant, ReferenceDealGives755WAndTakes629W) {
  Community community = demo4();
  community.lines = {{0, 1, Ohms(0.0)}, {1, 2, Ohms(0.0)}, {2, 3, Ohms(0.0)}};
  community.bus.bleed = Ohms(1e9);
  Plant plant(community, 1, new_year2020, apis_losses());
  form(plant);
  plant.command(1, at(13.0), setting(ConverterMode::charge, 350.0, 2.0));
  const Meter taker = plant.read(1, at(14.0));
  EXPECT_NEAR(taker.wg.value(), 700.0, 0.01);
  EXPECT_NEAR(taker.wb.value(), 629.0, 0.01);
  const Meter giver = plant.read(0, at(14.0));
  EXPECT_NEAR(giver.ig.value(), -2.0, 1e-4);
  EXPECT_NEAR(giver.wb.value(), -755.0, 0.05);
  EXPECT_NEAR(giver.vg.value(), 350.0, 1e-4);
  EXPECT_EQ(giver.mode, ConverterMode::voltage_reference);
  EXPECT_GT(giver.vb.value(), 48.0);
  EXPECT_LT(giver.vb.value(), 54.0);
}

TEST(Plant, PartialSettingsKeepTheRest) {
  Plant plant(demo4(), 1, new_year2020, {});
  form(plant);
  plant.command(0, at(20.0), {.dvg = Volts(340.0)});
  plant.command(0, at(21.0), {.dig = Amperes(1.5)});
  const Meter m = plant.read(0, at(22.0));
  EXPECT_EQ(m.dvg, Volts(340.0));
  EXPECT_EQ(m.dig, Amperes(1.5));
  EXPECT_EQ(m.mode, ConverterMode::voltage_reference);
  EXPECT_NEAR(m.vg.value(), 340.0, 1e-4);
}

TEST(Plant, BooksBalanceOverAWeekOfDeals) {
  Plant plant(oist19(), 3, new_year2020, {});
  form(plant);
  double t_s = 20.0;
  for (int i = 0; i < 200; ++i) {
    const auto unit = static_cast<std::size_t>(1 + (i * 7) % 18);
    const auto mode = static_cast<ConverterMode>((i % 3) == 0 ? 0 : (i % 3) + 1);
    plant.command(
        unit, at(t_s),
        setting(mode, mode == ConverterMode::discharge ? 380.0 : 350.0, 0.1 * (1 + i % 5)));
    t_s += 3000.0 + 7.3 * i;
  }
  expect_balance(plant, t_s, 1e-7 * t_s / day_s);
  const BusAccounts bus = plant.bus_accounts(at(t_s));
  EXPECT_GT(bus.sent.value(), 1000.0);
  EXPECT_GT(bus.line_loss.value(), 0.0);
}

TEST(Plant, YearWithoutSharingBalances) {
  Plant::Options options;
  options.sharing = false;
  Plant plant(oist19(), 3, new_year2020, options);
  expect_balance(plant, 365.0 * day_s, 365e-6);
  double pv_kwh = 0.0;
  for (std::size_t i = 0; i < plant.size(); ++i) {
    const Accounts& a = plant.accounts(i, at(365.0 * day_s));
    pv_kwh += a.pv_available.value() / 1e3;
    EXPECT_EQ(a.loss_converter.value(), 0.0);
    EXPECT_NEAR(a.unserved.value(), 0.0, 1e-9);
  }
  EXPECT_GT(pv_kwh / 65.8, 900.0);
  EXPECT_LT(pv_kwh / 65.8, 1300.0);
}

TEST(Plant, LookingChangesNothing) {
  Plant seen(demo4(), 5, new_year2020, {});
  Plant unseen(demo4(), 5, new_year2020, {});
  for (Plant* plant : {&seen, &unseen}) {
    form(*plant);
  }
  for (double t_s = 0.0; t_s < 5000.0; t_s += 0.73) {
    (void)seen.read(static_cast<std::size_t>(t_s) % 4, at(t_s));
  }
  for (Plant* plant : {&seen, &unseen}) {
    plant->command(2, at(5000.0), setting(ConverterMode::charge, 350.0, 1.0));
  }
  for (double t_s = 5000.0; t_s < 9000.0; t_s += 1.37) {
    (void)seen.accounts(static_cast<std::size_t>(t_s) % 4, at(t_s));
  }
  EXPECT_EQ(seen.digest(at(9000.0)), unseen.digest(at(9000.0)));
}

TEST(Plant, SeedDecidesEverything) {
  const auto run = [](std::uint64_t seed) {
    Plant plant(demo4(), seed, new_year2020, {});
    form(plant);
    return plant.digest(at(2.0 * day_s));
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(Plant, AnotherHouseDoesNotDisturb) {
  Community three = demo4();
  three.units.pop_back();
  three.lines.pop_back();
  Plant with(demo4(), 9, new_year2020, {});
  Plant without(three, 9, new_year2020, {});
  const Accounts a = with.accounts(1, at(3.0 * day_s));
  const Accounts b = without.accounts(1, at(3.0 * day_s));
  EXPECT_TRUE(a == b);
}

TEST(Plant, LeakIsNoticed) {
  Plant::Options options;
  options.leak_for_test = 0.001;
  Plant plant(demo4(), 1, new_year2020, options);
  form(plant);
  plant.command(2, at(13.0), setting(ConverterMode::charge, 350.0, 1.0));
  const Accounts& a = plant.accounts(2, at(3613.0));
  EXPECT_NEAR(a.imbalance().value(), 0.001 * a.received.value(), 1e-9);
  EXPECT_GT(a.imbalance().value(), 0.3);
}

TEST(Plant, EmptyBatteryStopsItsConverter) {
  Plant plant(demo4(), 1, new_year2020, {});
  form(plant);
  plant.set_rsoc(0, at(20.0), Percent(2.0));
  plant.set_utility(0, at(20.0), false);
  plant.command(2, at(21.0), setting(ConverterMode::charge, 350.0, 2.0));
  const Meter m = plant.read(0, at(3600.0));
  EXPECT_TRUE(m.stopped_itself);
  EXPECT_EQ(m.mode, ConverterMode::waiting);
  EXPECT_EQ(m.ig, Amperes(0.0));
  EXPECT_LT(plant.read(2, at(3600.0)).vg.value(), 21.0);
  expect_balance(plant, 3600.0, 1e-7);
}

/// From 21 s on unit 1 charges with 2 A, beginning at this state of charge.
void charge_from(Plant& plant, Percent soc) {
  form(plant);
  plant.set_rsoc(1, at(20.0), soc);
  plant.command(1, at(21.0), setting(ConverterMode::charge, 350.0, 2.0));
}

TEST(Plant, EmptyBatteryGoesOnTakingACharge) {
  Plant plant(demo4(), 1, new_year2020, {});
  charge_from(plant, Percent(0.0));
  EXPECT_FALSE(plant.read(1, at(60.0)).stopped_itself);
  plant.command(1, at(61.0), setting(ConverterMode::discharge, 380.0, 1.0));
  EXPECT_TRUE(plant.read(1, at(120.0)).stopped_itself);
}

TEST(Plant, FullBatteryStopsItsCharging) {
  Plant plant(demo4(), 1, new_year2020, {});
  charge_from(plant, Percent(100.0));
  EXPECT_FALSE(plant.read(1, at(22.0)).stopped_itself);
  const Meter m = plant.read(1, at(600.0));
  EXPECT_TRUE(m.stopped_itself);
  EXPECT_NEAR(plant.read(0, at(600.0)).vg.value(), 350.0, 1e-4);
  expect_balance(plant, 600.0, 1e-7);
  plant.command(1, at(601.0), setting(ConverterMode::discharge, 380.0, 1.0));
  EXPECT_FALSE(plant.read(1, at(601.0)).stopped_itself);
}

TEST(Plant, HouseReadingAddsUp) {
  Plant plant(demo4(), 1, new_year2020, {});
  const HouseReading r = plant.read_house(3, at(12.0 * 3600.0));
  EXPECT_GT(r.pv_available.value(), 0.0);
  EXPECT_GT(r.load.value(), 0.0);
  EXPECT_EQ(r.load, r.load_served);
  EXPECT_GE(r.pv_available, r.pv_used);
}

TEST(Plant, OriginShiftsTheTimeLine) {
  Plant::Options later;
  later.origin = at(1000.0);
  Plant a(demo4(), 1, new_year2020, {});
  Plant b(demo4(), 1, new_year2020, later);
  EXPECT_EQ(a.digest(at(5000.0)), b.digest(at(6000.0)));
}

RC_GTEST_PROP(PlantProperty, ConservesEnergyUnderAnyCommands, ()) {
  Plant plant(demo4(), *rc::gen::arbitrary<std::uint64_t>(), new_year2020, {});
  double t_s = 0.0;
  const int commands = *rc::gen::inRange(1, 12);
  for (int i = 0; i < commands; ++i) {
    plant.command(*rc::gen::inRange<std::size_t>(0, 4), at(t_s),
                  setting(static_cast<ConverterMode>(*rc::gen::inRange(0, 4)),
                          static_cast<double>(*rc::gen::inRange(300, 381)),
                          0.1 * static_cast<double>(*rc::gen::inRange(0, 24)),
                          0.039 * static_cast<double>(*rc::gen::inRange(0, 2))));
    t_s += static_cast<double>(*rc::gen::inRange(0, 40'000));
  }
  for (std::size_t i = 0; i < 4; ++i) {
    RC_ASSERT(std::fabs(plant.accounts(i, at(t_s)).imbalance().value()) < 1e-6);
  }
  RC_ASSERT(std::fabs(plant.bus_accounts(at(t_s)).imbalance().value()) < 1e-6);
}

TEST(Plant, AForeignVoltageHoldsTheBusAndIsBooked) {
  Plant plant(demo4(), 1, new_year2020, {});
  plant.set_foreign(at(5.0), ForeignSource{2, Volts(120.0)});
  EXPECT_NEAR(plant.read(0, at(5.1)).vg.value(), 120.0, 0.01);
  plant.command(1, at(6.0), setting(ConverterMode::charge, 350.0, 2.0));
  EXPECT_NEAR(plant.read(1, at(7.0)).ig.value(), 2.0, 1e-9);
  EXPECT_NEAR(plant.read(1, at(7.0)).vg.value(), 120.0, 1.0);
  plant.command(1, at(8.0), setting(ConverterMode::waiting, 0.0, 0.0));
  plant.set_foreign(at(10.0), std::nullopt);
  EXPECT_LT(plant.read(0, at(60.0)).vg.value(), 2.0);
  EXPECT_NEAR(plant.bus_accounts(at(60.0)).foreign.value(), 2.0 * 120.0 * 2.0 / 3600.0, 0.01);
  expect_balance(plant, 60.0, 1e-9);
}

TEST(Plant, AForeignVoltageTakesFromAReferenceWhatItCanGive) {
  Plant plant(demo4(), 1, new_year2020, {});
  form(plant);
  plant.set_foreign(at(20.0), ForeignSource{3, Volts(300.0)});
  EXPECT_NEAR(plant.read(3, at(21.0)).vg.value(), 300.0, 0.01);
  EXPECT_NEAR(plant.read(0, at(21.0)).ig.value(), -2.3, 1e-6);
  plant.set_foreign(at(25.0), ForeignSource{3, Volts(360.0)});
  EXPECT_NEAR(plant.read(0, at(26.0)).ig.value(), 2.3, 1e-6);
  plant.set_foreign(at(30.0), std::nullopt);
  EXPECT_NEAR(plant.read(0, at(31.0)).vg.value(), 350.0, 0.01);
  expect_balance(plant, 40.0, 1e-6);
}

TEST(Plant, ABiasShiftsTheMagnitudeOfACurrentAndNeverItsDirection) {
  Plant plant(demo4(), 1, new_year2020, {});
  form(plant);
  plant.command(1, at(13.0), setting(ConverterMode::discharge, 400.0, 1.0));
  plant.set_bias(1, at(14.0), Amperes(0.5));
  EXPECT_NEAR(plant.read(1, at(14.5)).ig.value(), -1.5, 1e-9);
  EXPECT_EQ(plant.read(1, at(14.5)).dig, Amperes(1.0));
  plant.set_bias(1, at(15.0), Amperes(-2.0));
  EXPECT_NEAR(plant.read(1, at(15.5)).ig.value(), 0.0, 1e-9);
  plant.set_bias(1, at(16.0), Amperes(0.0));
  EXPECT_NEAR(plant.read(1, at(16.5)).ig.value(), -1.0, 1e-9);
  expect_balance(plant, 20.0, 1e-6);
}

TEST(Plant, ATripIsAStopOfItsOwn) {
  Plant plant(demo4(), 1, new_year2020, {});
  form(plant);
  plant.trip(0, at(13.0));
  EXPECT_EQ(plant.read(0, at(13.0)).mode, ConverterMode::waiting);
  EXPECT_TRUE(plant.read(0, at(13.0)).stopped_itself);
}

}  // namespace
}  // namespace musubi::physics
