#include "converter/energy_meter.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

namespace musubi::converter {
namespace {

constexpr DealId deal_a{0, 1};
constexpr DealId deal_b{0, 2};

DealShare share(DealId deal, double current_a, Direction direction = Direction::charge) {
  DealShare s;
  s.deal = deal;
  s.direction = direction;
  s.current = Amperes(current_a);
  s.metered = true;
  return s;
}

DealShares shares(const std::vector<DealShare>& list) {
  DealShares all;
  for (const auto& s : list) {
    all.push_back(s);
  }
  return all;
}

Reading measured(double grid_v, double grid_a, std::optional<double> battery_w = std::nullopt) {
  Reading r;
  r.grid_v = Volts(grid_v);
  r.grid_a = Amperes(grid_a);
  if (battery_w) {
    r.battery_w = Watts(*battery_w);
  }
  return r;
}

constexpr Instant at(double s) { return Instant(seconds(s)); }

class EnergyMeterTest : public testing::Test {
 protected:
  /// The integrals of a deal; zero where there are none.
  [[nodiscard]] DealEnergy of(DealId deal) const {
    for (const auto& energy : meter.energies()) {
      if (energy.deal == deal) {
        return energy;
      }
    }
    return {};
  }
  void expect_wh(WattHours found, double wh) { EXPECT_NEAR(found.value(), wh, 1e-9); }

  EnergyMeter meter;
};

TEST_F(EnergyMeterTest, AnIntegralIsVoltageTimesCurrentTimesTime) {
  meter.set_shares(at(0), shares({share(deal_a, 1)}));
  meter.sample(at(0), measured(350, 1, 345));
  meter.advance(at(6));
  expect_wh(of(deal_a).meter.battery_energy, 0.575);
  expect_wh(of(deal_a).meter.bus_energy, 350.0 * 6 / 3600);
  expect_wh(of(deal_a).meter.bus_account, 0);
  EXPECT_FALSE(of(deal_a).meter.shared);
  EXPECT_EQ(of(deal_a).power, Watts(345));
}

// Appendix C: 690 W shared by two deals of 1 A are 345 W each; 6 s are 0.575 Wh.
TEST_F(EnergyMeterTest, TwoDealsShareTheirMeterByCurrent) {
  meter.set_shares(at(0), shares({share(deal_a, 1), share(deal_b, 1)}));
  meter.sample(at(0), measured(350, 2, 690));
  EXPECT_EQ(of(deal_a).power, Watts(345));
  meter.advance(at(6));
  expect_wh(of(deal_a).meter.battery_energy, 0.575);
  expect_wh(of(deal_b).meter.battery_energy, 0.575);
  EXPECT_TRUE(of(deal_a).meter.shared);

  meter.set_shares(at(6), shares({share(deal_a, 0.5), share(deal_b, 1.5)}));
  meter.advance(at(6 + 3600));
  expect_wh(of(deal_a).meter.battery_energy, 0.575 + 690 * 0.25);
  expect_wh(of(deal_b).meter.battery_energy, 0.575 + 690 * 0.75);
}

TEST_F(EnergyMeterTest, DischargedEnergyIsAMagnitude) {
  meter.set_shares(at(0), shares({share(deal_a, 1, Direction::discharge)}));
  meter.sample(at(0), measured(350, -1, -360));
  meter.advance(at(3600));
  expect_wh(of(deal_a).meter.battery_energy, 360);
  expect_wh(of(deal_a).meter.bus_energy, 350);
  EXPECT_EQ(of(deal_a).power, Watts(360));
}

TEST_F(EnergyMeterTest, CurrentBeyondTheDealsGoesToTheBusAccount) {
  meter.set_shares(at(0), shares({share(deal_a, 1)}));
  meter.sample(at(0), measured(350, 1.25, 425));
  meter.advance(at(3600));
  expect_wh(of(deal_a).meter.bus_energy, 350);
  expect_wh(of(deal_a).meter.bus_account, 350 * 0.25);
  expect_wh(of(deal_a).meter.battery_energy, 340);
}

TEST_F(EnergyMeterTest, TheSurplusOfSeveralDealsIsSharedByCurrent) {
  meter.set_shares(at(0), shares({share(deal_a, 0.5), share(deal_b, 1.5)}));
  meter.sample(at(0), measured(350, 2.4));
  meter.advance(at(3600));
  expect_wh(of(deal_a).meter.bus_account, 350 * 0.1);
  expect_wh(of(deal_b).meter.bus_account, 350 * 0.3);
  expect_wh(of(deal_a).meter.bus_energy, 350 * 0.5);
}

TEST_F(EnergyMeterTest, LessCurrentThanAgreedIsAllTheDeals) {
  meter.set_shares(at(0), shares({share(deal_a, 1), share(deal_b, 1)}));
  meter.sample(at(0), measured(350, 1.8));
  meter.advance(at(3600));
  expect_wh(of(deal_a).meter.bus_energy, 350 * 0.9);
  expect_wh(of(deal_a).meter.bus_account, 0);
}

TEST_F(EnergyMeterTest, BeforeStartAndAfterStopAllGoesToTheBusAccount) {
  DealShare unmetered = share(deal_a, 1);
  unmetered.metered = false;
  meter.set_shares(at(0), shares({unmetered}));
  meter.sample(at(0), measured(350, 1.25));
  meter.advance(at(3600));
  expect_wh(of(deal_a).meter.bus_energy, 0);
  expect_wh(of(deal_a).meter.battery_energy, 0);
  expect_wh(of(deal_a).meter.bus_account, 350 * 1.25);
}

TEST_F(EnergyMeterTest, WithoutABatteryMeterTheBusMeterCounts) {
  meter.set_shares(at(0), shares({share(deal_a, 1)}));
  meter.sample(at(0), measured(350, 1));
  meter.advance(at(3600));
  expect_wh(of(deal_a).meter.battery_energy, 350);
}

TEST_F(EnergyMeterTest, ASampleHoldsUntilTheNext) {
  meter.set_shares(at(0), shares({share(deal_a, 1)}));
  meter.advance(at(10));  // nothing measured yet
  expect_wh(of(deal_a).meter.bus_energy, 0);
  meter.sample(at(10), measured(360, 1));
  meter.sample(at(20), measured(180, 1));
  meter.advance(at(40));
  expect_wh(of(deal_a).meter.bus_energy, 1.0 + 1.0);
}

TEST_F(EnergyMeterTest, WithoutBusMetersNothingIsGuessed) {
  meter.set_shares(at(0), shares({share(deal_a, 1)}));
  meter.sample(at(0), measured(360, 1));
  Reading blind = measured(360, 1, 350);
  blind.grid_a.reset();
  meter.sample(at(10), blind);
  EXPECT_EQ(of(deal_a).power, Watts(0));
  EXPECT_EQ(meter.next_end(), Instant::max());
  meter.advance(at(100));
  expect_wh(of(deal_a).meter.bus_energy, 1.0);
}

TEST_F(EnergyMeterTest, NothingIsSmearedOverAChangeOfShares) {
  meter.set_shares(at(0), shares({share(deal_a, 1)}));
  meter.sample(at(0), measured(360, 1));
  meter.set_shares(at(10), shares({share(deal_b, 1)}));
  meter.set_shares(at(20), DealShares{});
  meter.advance(at(100));
  expect_wh(of(deal_a).meter.bus_energy, 1.0);
  expect_wh(of(deal_b).meter.bus_energy, 1.0);
  EXPECT_EQ(of(deal_a).power, Watts(0));
  EXPECT_EQ(of(deal_b).power, Watts(0));
}

TEST_F(EnergyMeterTest, AnEarlierInstantCountsNothingTwice) {
  meter.set_shares(at(0), shares({share(deal_a, 1)}));
  meter.sample(at(0), measured(360, 1));
  meter.advance(at(10));
  meter.advance(at(5));
  meter.advance(at(10));
  expect_wh(of(deal_a).meter.bus_energy, 1.0);
}

TEST_F(EnergyMeterTest, SharesWithoutCurrentGetNothing) {
  meter.set_shares(at(0), shares({share(deal_a, 0)}));
  meter.sample(at(0), measured(360, 0.01));
  meter.advance(at(10));
  expect_wh(of(deal_a).meter.bus_energy, 0);
  EXPECT_EQ(of(deal_a).power, Watts(0));
}

TEST_F(EnergyMeterTest, TheEndOfAShareIsPredictedAndReached) {
  DealShare s = share(deal_a, 1);
  s.ends_at = WattHours(50);
  meter.set_shares(at(0), shares({s}));
  meter.sample(at(0), measured(350, 1, 345));
  const Instant end = meter.next_end();
  EXPECT_NEAR(to_seconds(end - at(0)), 50 * 3600 / 345.0, 1e-5);
  EXPECT_EQ(meter.advance(end - milliseconds(1)), std::nullopt);
  EXPECT_EQ(meter.advance(end), deal_a);
  expect_wh(WattHours(std::round(of(deal_a).meter.battery_energy.value() * 1e5) / 1e5), 50);
  EXPECT_TRUE(of(deal_a).share_ended);
}

TEST_F(EnergyMeterTest, AShareEndsOnceAndWhatFollowsIsTheBusAccounts) {
  DealShare s = share(deal_a, 1);
  s.ends_at = WattHours(35);
  s.metering_point = MeteringPoint::bus;
  meter.set_shares(at(0), shares({s}));
  meter.sample(at(0), measured(350, 1));
  EXPECT_EQ(meter.advance(at(360)), deal_a);
  EXPECT_EQ(meter.advance(at(360)), std::nullopt);
  EXPECT_EQ(meter.next_end(), Instant::max());
  EXPECT_EQ(meter.advance(at(720)), std::nullopt);
  expect_wh(of(deal_a).meter.bus_energy, 35);
  expect_wh(of(deal_a).meter.bus_account, 35);
}

TEST_F(EnergyMeterTest, TheEndIsMeasuredAtTheDealsMeteringPoint) {
  DealShare s = share(deal_a, 1);
  s.ends_at = WattHours(50);
  s.metering_point = MeteringPoint::bus;
  meter.set_shares(at(0), shares({s}));
  meter.sample(at(0), measured(360, 1, 300));
  EXPECT_NEAR(to_seconds(meter.next_end() - at(0)), 500, 1e-5);
  EXPECT_EQ(of(deal_a).power, Watts(360));
}

TEST_F(EnergyMeterTest, TheFirstOfSeveralEndsIsTheNext) {
  DealShare a = share(deal_a, 1);
  a.ends_at = WattHours(20);
  DealShare b = share(deal_b, 1);
  b.ends_at = WattHours(10);
  meter.set_shares(at(0), shares({a, b}));
  meter.sample(at(0), measured(360, 2));
  EXPECT_NEAR(to_seconds(meter.next_end() - at(0)), 100, 1e-5);
  EXPECT_EQ(meter.advance(meter.next_end()), deal_b);
  EXPECT_EQ(of(deal_b).power, Watts(0));
  EXPECT_NEAR(to_seconds(meter.next_end() - at(0)), 200, 1e-4);
}

TEST_F(EnergyMeterTest, AnEndIsReachedWithinAHundredthOfAMilliwattHour) {
  DealShare s = share(deal_a, 1);
  s.ends_at = WattHours(50);
  meter.set_shares(at(0), shares({s}));
  meter.sample(at(0), measured(360, 1));
  EXPECT_EQ(meter.advance(at(500) - Duration(120'000)), std::nullopt);
  EXPECT_EQ(meter.advance(at(500) - Duration(80'000)), deal_a);
}

TEST_F(EnergyMeterTest, AnEndedShareLeavesItsCurrentToNobodysDeal) {
  DealShare a = share(deal_a, 1);
  a.ends_at = WattHours(10);
  meter.set_shares(at(0), shares({a, share(deal_b, 1)}));
  meter.sample(at(0), measured(360, 2));
  EXPECT_EQ(meter.advance(at(100)), deal_a);
  meter.advance(at(200));  // the converter has not come down yet
  expect_wh(of(deal_a).meter.bus_energy, 10);
  expect_wh(of(deal_b).meter.bus_energy, 20);
  expect_wh(of(deal_a).meter.bus_account + of(deal_b).meter.bus_account, 10);
}

TEST_F(EnergyMeterTest, SharesThatEndTogetherAreNamedOneByOne) {
  DealShare a = share(deal_a, 1);
  a.ends_at = WattHours(10);
  DealShare b = share(deal_b, 1);
  b.ends_at = WattHours(10);
  meter.set_shares(at(0), shares({a, b}));
  meter.sample(at(0), measured(360, 2));
  const Instant end = meter.next_end();
  EXPECT_EQ(meter.advance(end), deal_a);
  EXPECT_EQ(meter.advance(end), deal_b);
  EXPECT_EQ(meter.advance(end), std::nullopt);
}

TEST_F(EnergyMeterTest, AnEndAlreadyPassedIsNow) {
  meter.restore({deal_a, {WattHours(60), {}, {}, false, false}, {}, false});
  DealShare s = share(deal_a, 1);
  s.ends_at = WattHours(50);
  meter.set_shares(at(10), shares({s}));
  meter.sample(at(10), measured(360, 1));
  EXPECT_EQ(meter.next_end(), at(10) + Duration(1000));
  EXPECT_EQ(meter.advance(at(10)), deal_a);
}

TEST_F(EnergyMeterTest, WithoutAnEndPowerOrMeteringNoEndIsPredicted) {
  meter.set_shares(at(0), shares({share(deal_a, 1)}));
  meter.sample(at(0), measured(360, 1));
  EXPECT_EQ(meter.next_end(), Instant::max());

  DealShare s = share(deal_a, 1);
  s.ends_at = WattHours(50);
  s.metered = false;
  meter.set_shares(at(0), shares({s}));
  EXPECT_EQ(meter.next_end(), Instant::max());
  meter.advance(at(1e6));
  EXPECT_FALSE(of(deal_a).share_ended);

  s.metered = true;
  meter.set_shares(at(1e6), shares({s}));
  meter.sample(at(1e6), measured(360, 0));
  EXPECT_EQ(meter.next_end(), Instant::max());
  meter.sample(at(1e6), measured(360, -1));  // the wrong way round
  EXPECT_EQ(meter.next_end(), Instant::max());
}

TEST_F(EnergyMeterTest, ARenewedEndGrantsNothingTwice) {
  DealShare s = share(deal_a, 1);
  s.ends_at = WattHours(50);
  meter.set_shares(at(0), shares({s}));
  meter.sample(at(0), measured(360, 1));
  for (int i = 1; i < 10; ++i) {
    meter.set_shares(at(50.0 * i), shares({s}));
  }
  EXPECT_EQ(meter.advance(at(499)), std::nullopt);
  EXPECT_EQ(meter.advance(at(500.001)), deal_a);
  meter.set_shares(at(501), shares({s}));
  EXPECT_EQ(meter.advance(at(900)), std::nullopt);
  EXPECT_LT(of(deal_a).meter.battery_energy, WattHours(50.001));
}

TEST_F(EnergyMeterTest, RestoredEnergyGoesOnAndNeverReplacesWhatIsThere) {
  meter.restore({deal_a, {WattHours(20), WattHours(21), WattHours(1), true, false}, {}, false});
  meter.set_shares(at(0), shares({share(deal_a, 1)}));
  meter.sample(at(0), measured(360, 1));
  meter.advance(at(100));
  expect_wh(of(deal_a).meter.battery_energy, 30);
  expect_wh(of(deal_a).meter.bus_energy, 31);
  EXPECT_TRUE(of(deal_a).meter.shared);
  meter.restore({deal_a, {WattHours(20), {}, {}, false, false}, {}, false});
  expect_wh(of(deal_a).meter.battery_energy, 30);
  EXPECT_EQ(meter.energies().size(), 1U);
}

TEST_F(EnergyMeterTest, AShareRestoredAsEndedDoesNotEndAgain) {
  meter.restore({deal_a, {WattHours(50), {}, {}, false, false}, {}, true});
  DealShare s = share(deal_a, 1);
  s.ends_at = WattHours(50);
  meter.set_shares(at(0), shares({s}));
  meter.sample(at(0), measured(360, 1));
  EXPECT_EQ(meter.advance(at(100)), std::nullopt);
  expect_wh(of(deal_a).meter.battery_energy, 50);
}

TEST_F(EnergyMeterTest, ADealIsKeptUntilItIsForgotten) {
  meter.set_shares(at(0), shares({share(deal_a, 1), share(deal_b, 1)}));
  meter.set_shares(at(0), DealShares{});
  EXPECT_EQ(meter.energies().size(), 2U);
  meter.forget(deal_a);
  meter.forget(deal_a);
  ASSERT_EQ(meter.energies().size(), 1U);
  EXPECT_EQ(meter.energies()[0].deal, deal_b);
}

TEST_F(EnergyMeterTest, ADealBeyondTheLimitDisturbsNoOther) {
  for (std::uint64_t i = 0; i < Limits::deals_per_unit; ++i) {
    meter.restore({{1, i}, {}, {}, false});
  }
  meter.set_shares(at(0), shares({share({1, 0}, 1), share({2, 0}, 1)}));
  meter.sample(at(0), measured(360, 2));
  EXPECT_EQ(meter.advance(at(100)), std::nullopt);
  EXPECT_EQ(meter.energies().size(), Limits::deals_per_unit);
  expect_wh(of({1, 0}).meter.bus_energy, 10);
}

// What the deals' books say together is what flowed.
RC_GTEST_FIXTURE_PROP(EnergyMeterTest, NoEnergyIsLostOrMadeUp, ()) {
  const auto number = [](int low, int high) { return *rc::gen::inRange(low, high) / 100.0; };
  const Direction direction = *rc::gen::element(Direction::charge, Direction::discharge);
  const double sign = sign_of(direction);
  double now_s = 0.0;
  double flowed_wh = 0.0;
  double power_w = 0.0;
  bool has_shares = false;
  const auto pass = [&] {
    const double span_s = number(0, 1000);
    now_s += span_s;
    flowed_wh += has_shares ? power_w * span_s / 3600 : 0.0;
  };
  const auto steps = *rc::gen::inRange(1, 30);
  for (int i = 0; i < steps; ++i) {
    pass();
    switch (*rc::gen::inRange(0, 3)) {
    case 0: {
      const double grid_v = number(30000, 38000);
      const double grid_a = sign * number(0, 250);
      power_w = grid_v * grid_a;
      meter.sample(at(now_s), measured(grid_v, grid_a));
      break;
    }
    case 1: {
      std::vector<DealShare> list;
      const auto count = *rc::gen::inRange<std::uint64_t>(0, 4);
      for (std::uint64_t d = 0; d < count; ++d) {
        DealShare s = share({0, d}, number(10, 100), direction);
        s.metered = *rc::gen::arbitrary<bool>();
        s.ends_at = WattHours(number(0, 300));
        s.metering_point = *rc::gen::element(MeteringPoint::battery, MeteringPoint::bus);
        list.push_back(s);
      }
      has_shares = count > 0;
      meter.set_shares(at(now_s), shares(list));
      break;
    }
    default:
      meter.advance(at(now_s));
      break;
    }
  }
  pass();
  meter.advance(at(now_s));
  WattHours booked{};
  for (const auto& energy : meter.energies()) {
    booked += energy.meter.bus_energy + energy.meter.bus_account;
    RC_ASSERT(energy.meter.bus_energy >= WattHours(0));
    RC_ASSERT(energy.meter.bus_account >= WattHours(-1e-9));
  }
  RC_ASSERT(std::fabs(booked.value() - sign * flowed_wh) < 1e-6);
}

}  // namespace
}  // namespace musubi::converter
