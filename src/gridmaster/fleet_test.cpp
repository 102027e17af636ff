#include "gridmaster/fleet.hpp"

#include <gtest/gtest.h>

namespace musubi::gridmaster {
namespace {

const UnitId e001("E001");
constexpr Epoch epoch = 5;

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

UnitReport report_at(std::int64_t stamp_ms, std::uint64_t boot = 1) {
  UnitReport r;
  r.unit = e001;
  r.highest_epoch = epoch;
  r.stamp = {boot, at_ms(stamp_ms)};
  return r;
}
SetPoint set_point(ConverterMode mode, double current_a = 0.0, double voltage_v = 0.0,
                   double droop = 0.0) {
  SetPoint s;
  s.mode = mode;
  s.current = Amperes(current_a);
  s.voltage = Volts(voltage_v);
  s.droop = droop;
  return s;
}

TEST(Raises, WaitingNeverDoesAndTheSameAgainDoesNot) {
  const SetPoint charge = set_point(ConverterMode::charge, 1.0);
  EXPECT_FALSE(raises(charge, SetPoint()));
  EXPECT_FALSE(raises(charge, charge));
  EXPECT_TRUE(raises(SetPoint(), charge));
}

TEST(Raises, MoreCurrentDoesAndLessDoesNot) {
  const SetPoint one = set_point(ConverterMode::charge, 1.0);
  const SetPoint two = set_point(ConverterMode::charge, 2.0);
  EXPECT_TRUE(raises(one, two));
  EXPECT_FALSE(raises(two, one));
  EXPECT_TRUE(raises(one, set_point(ConverterMode::discharge, 0.5)));
}

TEST(Raises, EveryChangeOfTheVoltageDoes) {
  const SetPoint held = set_point(ConverterMode::voltage_reference, 0, 350);
  EXPECT_TRUE(raises(held, set_point(ConverterMode::voltage_reference, 0, 340)));
  const SetPoint drooped = set_point(ConverterMode::voltage_reference, 0, 350, 0.039);
  EXPECT_TRUE(raises(drooped, held));
  EXPECT_FALSE(raises(held, drooped)) << "in doubt, droop";
  EXPECT_TRUE(raises(held, set_point(ConverterMode::charge, 0.1)));
}

UnitReport charging_report(std::int64_t stamp_ms) {
  UnitReport report = report_at(stamp_ms);
  report.set_point = set_point(ConverterMode::charge, 1.0);
  report.reading.mode = ConverterMode::charge;
  report.reading.grid_v = Volts(350);
  report.reading.grid_a = Amperes(1.0);
  report.energies.push_back({.deal = DealId{7, 1}, .meter = {}, .power = Watts(350)});
  return report;
}

TEST(IsRoutine, WhatGoesOnButForTheNoiseOfItsMeters) {
  UnitReport next = charging_report(250);
  next.answers_sequence = 9;
  next.reading.grid_v = Volts(350.15);
  next.reading.grid_a = Amperes(1.015);
  next.energies[0].meter.battery_energy += WattHours(0.02);
  EXPECT_TRUE(is_routine(charging_report(0), next));
}

TEST(IsRoutine, NothingThatAPlanMayHaveToAnswer) {
  const std::vector<void (*)(UnitReport&)> news = {
      [](UnitReport& r) { r.stamp.boot = 2; },
      [](UnitReport& r) { r.answers_request = 3; },
      [](UnitReport& r) { r.policy_version = 1; },
      [](UnitReport& r) { r.current_capacity = Amperes(1.0); },
      [](UnitReport& r) { r.set_point.current = Amperes(0.9); },
      [](UnitReport& r) { r.set_point.band_low = Volts(330); },
      [](UnitReport& r) { r.reading.mode = ConverterMode::waiting; },
      [](UnitReport& r) { r.reading.alarm = AlarmState::heavy; },
      [](UnitReport& r) { r.reading.grid_v = Volts(349.7); },
      [](UnitReport& r) { r.reading.grid_v.reset(); },
      [](UnitReport& r) { r.reading.grid_a = Amperes(0.97); },
      [](UnitReport& r) { r.progress = ConverterProgress::moving; },
      [](UnitReport& r) { r.has_fault = true; },
      [](UnitReport& r) { r.locked_out = true; },
      [](UnitReport& r) { r.energies[0].share_ended = true; },
      [](UnitReport& r) {
        r.energies.push_back({.deal = DealId{7, 2}, .meter = {}});
      },
  };
  for (std::size_t i = 0; i < news.size(); ++i) {
    UnitReport next = charging_report(250);
    news[i](next);
    EXPECT_FALSE(is_routine(charging_report(0), next)) << "case " << i;
  }
  EXPECT_FALSE(is_routine(report_at(0), report_at(250))) << "a unit that waits";
}

TEST(Fleet, TakesOnlyReportsOfItsEpoch) {
  Fleet fleet;
  UnitReport report = report_at(0);
  report.highest_epoch = 4;
  EXPECT_FALSE(fleet.take(report, epoch, at_ms(1)));
  EXPECT_FALSE(fleet.is_heard(e001, at_ms(1), seconds(10)));
  EXPECT_TRUE(fleet.take(report_at(0), epoch, at_ms(1)));
  EXPECT_TRUE(fleet.is_heard(e001, at_ms(1), seconds(10)));
}

TEST(Fleet, AnOlderReportOfTheSameBootIsLeftOut) {
  Fleet fleet;
  EXPECT_TRUE(fleet.take(report_at(20), epoch, at_ms(1)));
  EXPECT_FALSE(fleet.take(report_at(10), epoch, at_ms(2)));
  EXPECT_EQ(fleet.find(e001)->report.stamp.at, at_ms(20));
}

TEST(Fleet, ARestartedUnitIsToBeToldAnew) {
  Fleet fleet;
  fleet.take(report_at(5000), epoch, at_ms(1));
  fleet.at(e001).sent = Want{};
  fleet.at(e001).confirmed_end = at_ms(9000);
  EXPECT_TRUE(fleet.take(report_at(3, 2), epoch, at_ms(2))) << "its clock began anew";
  EXPECT_FALSE(fleet.find(e001)->sent);
  EXPECT_EQ(fleet.find(e001)->confirmed_end, Instant{});
}

TEST(Fleet, AConfirmedLeaseCountsFromTheSendingOfTheCommandLessTheDrift) {
  Fleet fleet;
  fleet.at(e001).sendings.push_back({7, at_ms(1000)});
  UnitReport report = report_at(0);
  report.answers_sequence = 7;
  report.lease_remaining = milliseconds(4000);
  fleet.take(report, epoch, at_ms(1400));
  EXPECT_EQ(fleet.find(e001)->confirmed_end, at_ms(1000 + 3960));
}

TEST(Fleet, AReportWithoutKnownCommandConfirmsNothing) {
  Fleet fleet;
  UnitReport report = report_at(0);
  report.answers_sequence = 7;
  report.lease_remaining = milliseconds(4000);
  fleet.take(report, epoch, at_ms(1400));
  EXPECT_EQ(fleet.find(e001)->confirmed_end, Instant{});
}

TEST(Fleet, AConfirmedEndNeverMovesBack) {
  Fleet fleet;
  fleet.at(e001).sendings.push_back({7, at_ms(1000)});
  UnitReport report = report_at(0);
  report.answers_sequence = 7;
  report.lease_remaining = milliseconds(4000);
  fleet.take(report, epoch, at_ms(1001));
  report.stamp.at = at_ms(100);
  report.lease_remaining = milliseconds(100);
  fleet.take(report, epoch, at_ms(1101));
  EXPECT_EQ(fleet.find(e001)->confirmed_end, at_ms(4960));
}

TEST(Fleet, AReadingIsAsOldAsItWasPlusTheTimeSince) {
  Fleet fleet;
  UnitReport report = report_at(0);
  report.reading_age = milliseconds(300);
  fleet.take(report, epoch, at_ms(1000));
  EXPECT_NE(fleet.fresh_reading(e001, at_ms(1300), milliseconds(600)), nullptr);
  EXPECT_EQ(fleet.fresh_reading(e001, at_ms(1301), milliseconds(600)), nullptr);
  EXPECT_EQ(fleet.fresh_reading(UnitId("E002"), at_ms(1000), milliseconds(600)), nullptr);
}

TEST(Fleet, ASilentUnitIsPastItsBoundAfterItsLongestLeaseAndStop) {
  const ControlTiming timing;
  Fleet fleet;
  fleet.take(report_at(0), epoch, at_ms(1000));
  // 4.5 s and 1 s, and 3 % for two clocks that run apart.
  EXPECT_FALSE(fleet.is_past_bound(e001, at_ms(6664), at_ms(0), timing));
  EXPECT_TRUE(fleet.is_past_bound(e001, at_ms(6665), at_ms(0), timing));
}

TEST(Fleet, AUnitNeverHeardIsPastItsBoundAfterTheFenceBound) {
  const ControlTiming timing;
  const Fleet fleet;
  EXPECT_FALSE(fleet.is_past_bound(e001, at_ms(7199), at_ms(1000), timing));
  EXPECT_TRUE(fleet.is_past_bound(e001, at_ms(7200), at_ms(1000), timing));
}

TEST(Fleet, FindsTheEnergyOfADeal) {
  Fleet fleet;
  UnitReport report = report_at(0);
  DealEnergy energy;
  energy.deal = DealId{1, 2};
  energy.meter.battery_energy = WattHours(3.0);
  report.energies.push_back(energy);
  fleet.take(report, epoch, at_ms(0));
  EXPECT_EQ(fleet.energy(e001, DealId{1, 2})->meter.battery_energy, WattHours(3.0));
  EXPECT_FALSE(fleet.energy(e001, DealId{1, 3}));
}

TEST(UnitInfo, IsConfirmedWhenTheWantedCommandIsAnsweredAndSettled) {
  UnitInfo info;
  info.acknowledged = true;
  info.want_sequence = 4;
  EXPECT_FALSE(info.confirmed()) << "nothing was sent";
  info.sent = Want{};
  info.report.answers_sequence = 3;
  EXPECT_FALSE(info.confirmed());
  info.report.answers_sequence = 4;
  EXPECT_TRUE(info.confirmed());
  info.report.progress = ConverterProgress::moving;
  EXPECT_FALSE(info.confirmed());
}

TEST(UnitInfo, IsRunningByReadingBySetPointOrInDoubt) {
  UnitInfo info;
  EXPECT_FALSE(info.is_running());
  info.report.reading.mode = ConverterMode::charge;
  EXPECT_TRUE(info.is_running());
  info = UnitInfo();
  info.report.set_point.mode = ConverterMode::discharge;
  EXPECT_TRUE(info.is_running());
  info = UnitInfo();
  info.report.progress = ConverterProgress::uncertain;
  EXPECT_TRUE(info.is_running());
}

}  // namespace
}  // namespace musubi::gridmaster
