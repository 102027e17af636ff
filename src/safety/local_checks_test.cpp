#include "safety/local_checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

namespace musubi::safety {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr UnitId self("E001");

Alarm error(AlarmCode code, double found, double allowed) {
  return {code, self, AlarmLevel::error, found, allowed};
}
Alarm warning(AlarmCode code, double found, double allowed) {
  return {code, self, AlarmLevel::warn, found, allowed};
}

/// The checks of one unit with the sample's limits: 0 to 45 degrees, -4 to 380 V, 32 to 58.4 V,
/// +-2.35 A, +-20 A; allowances 0.125 A and 4 V; a quarter of a second between two strikes.
class LocalChecksTest : public testing::Test {
 protected:
  LocalChecksTest() {
    reading.taken_at = Instant(seconds(100));
    reading.grid_v = Volts(350);
    reading.grid_a = Amperes(0);
    reading.battery_v = Volts(52);
    reading.battery_a = Amperes(0);
    reading.temperature = Celsius(25);
    reading.battery_permission = 3;
    expected.settled = true;
  }
  /// The unit carries `current_a` as asked.
  void carries(ConverterMode mode, double current_a) {
    expected.set_point.mode = mode;
    expected.set_point.current = Amperes(current_a);
    expected.set_point.band_low = Volts(326);
    expected.set_point.band_high = Volts(374);
    reading.mode = mode;
    reading.grid_a = Amperes(mode == ConverterMode::charge ? current_a : -current_a);
  }
  void holds(double voltage_v, double droop = 0.0) {
    expected.set_point.mode = ConverterMode::voltage_reference;
    expected.set_point.voltage = Volts(voltage_v);
    expected.set_point.droop = droop;
    reading.mode = ConverterMode::voltage_reference;
    reading.grid_v = Volts(voltage_v);
  }
  /// What the present reading raises.
  std::vector<Alarm> found() {
    std::vector<Alarm> alarms;
    checks.evaluate(reading, expected, self, policy, hw, timing, alarms);
    return alarms;
  }
  /// What a sample like the present one raises `gap` later.
  std::vector<Alarm> found_after(Duration gap) {
    reading.taken_at += gap;
    return found();
  }
  /// Checks both strikes of a check that is bad now.
  void expect_two_strikes(AlarmCode code, double number, double allowed) {
    EXPECT_THAT(found(), ElementsAre(warning(code, number, allowed)));
    EXPECT_THAT(found_after(timing.trip_sample_gap), ElementsAre(error(code, number, allowed)));
    EXPECT_THAT(found_after(timing.trip_sample_gap), ElementsAre(error(code, number, allowed)));
  }

  Policy policy;
  HwConfig hw;
  ControlTiming timing;
  Reading reading;
  Expectation expected;
  LocalChecks checks;
};

TEST_F(LocalChecksTest, AWaitingUnitInOrderRaisesNothing) { EXPECT_THAT(found(), IsEmpty()); }

TEST_F(LocalChecksTest, RunningUnitsInOrderRaiseNothing) {
  carries(ConverterMode::charge, 1);
  EXPECT_THAT(found(), IsEmpty());
  carries(ConverterMode::discharge, 1);
  EXPECT_THAT(found(), IsEmpty());
  holds(350);
  reading.grid_a = Amperes(2);
  EXPECT_THAT(found(), IsEmpty());
}

// L1
TEST_F(LocalChecksTest, OnlyAHeavyAlarmOfTheConverterCounts) {
  reading.alarm = AlarmState::light;
  EXPECT_THAT(found(), IsEmpty());
  reading.alarm = AlarmState::heavy;
  EXPECT_THAT(found(), ElementsAre(error(AlarmCode::converter_alarm, 0, 0)));
}

// L2
TEST_F(LocalChecksTest, ABatteryThatWithdrawsItsPermissionIsAnError) {
  for (const int permission : {0, 1, 2, 4}) {
    reading.battery_permission = permission;
    EXPECT_THAT(found(), ElementsAre(error(AlarmCode::battery_not_permitted, permission, 3)));
  }
  reading.battery_permission.reset();
  EXPECT_THAT(found(), IsEmpty());
}

// L3
TEST_F(LocalChecksTest, AnUnknownModeEndsTheChecksOfModes) {
  reading.mode = ConverterMode::unknown;
  reading.mode_text_agrees = false;
  reading.grid_a = Amperes(1);
  EXPECT_THAT(found(), ElementsAre(error(AlarmCode::mode_unknown, 0, 0)));
}

// L4
TEST_F(LocalChecksTest, ATextThatDoesNotFitTheCodeIsAnError) {
  reading.mode_text_agrees = false;
  EXPECT_THAT(found(), ElementsAre(error(AlarmCode::mode_inconsistent, 0, 0)));
}

// L5
TEST_F(LocalChecksTest, RunningWithoutADealIsFoundByTwoSamples) {
  reading.mode = ConverterMode::charge;
  expect_two_strikes(AlarmCode::mode_without_deal, static_cast<double>(ConverterMode::charge), 0);
}

// L8
TEST_F(LocalChecksTest, AModeAgainstTheDealsIsFoundByTwoSamples) {
  carries(ConverterMode::charge, 1);
  reading.mode = ConverterMode::waiting;
  reading.grid_a = Amperes(0);
  expect_two_strikes(AlarmCode::mode_against_deal, static_cast<double>(ConverterMode::waiting),
                     static_cast<double>(ConverterMode::charge));
}

/// A meter value that has a range in hwConfig.json.
struct RangeCase {
  AlarmCode code;
  double min;
  double max;
  std::function<void(Reading&, std::optional<double>)> set;
};

template <class Q>
auto setter(std::optional<Q> Reading::*field) {
  return [field](Reading& r, std::optional<double> value) {
    r.*field = value ? std::optional<Q>(Q(*value)) : std::nullopt;
  };
}

// L9 to L13
TEST_F(LocalChecksTest, RangesIncludeTheirEdgesAndNothingBeyond) {
  // a unit that is moving: only static checks run
  expected.settled = false;
  const std::vector<RangeCase> cases{
      {AlarmCode::temperature_out_of_range, 0, 45, setter(&Reading::temperature)},
      {AlarmCode::grid_voltage_out_of_range, -4, 380, setter(&Reading::grid_v)},
      {AlarmCode::battery_voltage_out_of_range, 32, 58.4, setter(&Reading::battery_v)},
      {AlarmCode::grid_current_out_of_range, -2.35, 2.35, setter(&Reading::grid_a)},
      {AlarmCode::battery_current_out_of_range, -20, 20, setter(&Reading::battery_a)},
  };
  const Reading good = reading;
  for (const auto& c : cases) {
    const auto with = [&](std::optional<double> value) {
      reading = good;
      c.set(reading, value);
      return found();
    };
    EXPECT_THAT(with(c.min), IsEmpty());
    EXPECT_THAT(with(c.max), IsEmpty());
    const double below = std::nextafter(c.min, -1e9);
    const double above = std::nextafter(c.max, 1e9);
    EXPECT_THAT(with(below), ElementsAre(error(c.code, below, c.min)));
    EXPECT_THAT(with(above), ElementsAre(error(c.code, above, c.max)));
    EXPECT_THAT(with(std::nullopt),
                ElementsAre(error(AlarmCode::reading_incomplete, static_cast<double>(c.code), 0)));
    const auto alarms = with(std::numeric_limits<double>::quiet_NaN());
    ASSERT_EQ(alarms.size(), 1U);
    EXPECT_EQ(alarms.front().code, c.code);
    EXPECT_EQ(alarms.front().level, AlarmLevel::error);
  }
}

TEST_F(LocalChecksTest, EverythingWrongIsReportedAtOnce) {
  reading.alarm = AlarmState::heavy;
  reading.temperature = Celsius(50);
  reading.battery_a = Amperes(21);
  EXPECT_THAT(found(), ElementsAre(error(AlarmCode::converter_alarm, 0, 0),
                                   error(AlarmCode::temperature_out_of_range, 50, 45),
                                   error(AlarmCode::battery_current_out_of_range, 21, 20)));
}

// D2
TEST_F(LocalChecksTest, CurrentWhileWaitingIsFoundByTwoSamplesEitherWay) {
  for (const double sign : {1.0, -1.0}) {
    reading.grid_a = Amperes(sign * 0.125);
    EXPECT_THAT(found(), IsEmpty());
    reading.grid_a = Amperes(sign * 0.126);
    expect_two_strikes(AlarmCode::waiting_current, sign * 0.126, 0.125);
    reading.grid_a = Amperes(0);
    EXPECT_THAT(found_after(seconds(1)), IsEmpty());
  }
}

// D3
TEST_F(LocalChecksTest, AReferenceOffItsVoltageIsFoundByTwoSamples) {
  holds(350);
  for (const double edge : {346.0, 354.0}) {
    reading.grid_v = Volts(edge);
    EXPECT_THAT(found_after(seconds(1)), IsEmpty());
  }
  reading.grid_v = Volts(345.9);
  reading.taken_at += seconds(1);
  expect_two_strikes(AlarmCode::reference_voltage_off, 345.9, 350);
}

TEST_F(LocalChecksTest, ADroopedReferenceIsMeasuredAtItsDroopedVoltage) {
  holds(350, 0.039);
  reading.grid_a = Amperes(2.3);
  reading.grid_v = Volts(350 * 1.039);
  EXPECT_THAT(found(), IsEmpty());
  reading.grid_a = Amperes(-2.3);
  reading.grid_v = Volts(350 * (1 - 0.039));
  EXPECT_THAT(found(), IsEmpty());
  reading.grid_v = Volts(350);
  EXPECT_THAT(found(), ElementsAre(warning(AlarmCode::reference_voltage_off, 350, 350 * 0.961)));
  hw.grid_current_capacity = Amperes(0);
  EXPECT_THAT(found(), IsEmpty());
}

// D4
TEST_F(LocalChecksTest, AChargingUnitOffItsCurrentIsFoundByTwoSamples) {
  carries(ConverterMode::charge, 1);
  for (const double inside : {0.8751, 1.1249}) {
    reading.grid_a = Amperes(inside);
    EXPECT_THAT(found_after(seconds(1)), IsEmpty());
  }
  reading.grid_a = Amperes(1.126);
  reading.taken_at += seconds(1);
  expect_two_strikes(AlarmCode::current_off, 1.126, 1);
}

// D6
TEST_F(LocalChecksTest, ADischargingUnitAboveItsCurrentIsFoundByTwoSamples) {
  carries(ConverterMode::discharge, 1);
  reading.grid_a = Amperes(-1.126);
  expect_two_strikes(AlarmCode::current_off, -1.126, -1);
}

TEST_F(LocalChecksTest, TooLittleCurrentIsAFaultOnlyWhenItOutlastsALease) {
  carries(ConverterMode::discharge, 1);
  reading.grid_a = Amperes(-0.874);
  EXPECT_THAT(found(), ElementsAre(warning(AlarmCode::current_off, -0.874, -1)));
  EXPECT_THAT(found_after(ControlTiming().current_lease - milliseconds(1)), IsEmpty());
  EXPECT_THAT(found_after(milliseconds(1)), ElementsAre(error(AlarmCode::current_off, -0.874, -1)));
}

TEST_F(LocalChecksTest, AnOverrunReferenceIsAtFaultOnlyWhenItOutlastsALease) {
  holds(350);
  reading.grid_v = Volts(379);
  reading.grid_a = hw.grid_current_capacity;
  EXPECT_THAT(found(), ElementsAre(warning(AlarmCode::reference_voltage_off, 379, 350)));
  EXPECT_THAT(found_after(ControlTiming().current_lease - milliseconds(1)), IsEmpty());
  EXPECT_THAT(found_after(milliseconds(1)),
              ElementsAre(error(AlarmCode::reference_voltage_off, 379, 350)));
}

TEST_F(LocalChecksTest, ABusThatComesBackFromAnOverrunIsJudgedAnew) {
  holds(350);
  reading.grid_v = Volts(379);
  reading.grid_a = hw.grid_current_capacity;
  found();
  EXPECT_THAT(found_after(ControlTiming().trip_sample_gap * 2), IsEmpty());
  reading.grid_a = hw.grid_current_capacity * 0.5;
  reading.grid_v = Volts(370);
  EXPECT_THAT(found_after(milliseconds(1)),
              ElementsAre(warning(AlarmCode::reference_voltage_off, 370, 350)));
  EXPECT_THAT(found_after(ControlTiming().trip_sample_gap),
              ElementsAre(error(AlarmCode::reference_voltage_off, 370, 350)));
}

TEST_F(LocalChecksTest, ACurrentTheWrongWayRoundIsOff) {
  carries(ConverterMode::discharge, 1);
  reading.grid_a = Amperes(1);
  EXPECT_THAT(found(), ElementsAre(warning(AlarmCode::current_off, 1, -1)));
}

// D5, D7
TEST_F(LocalChecksTest, ABusOutsideTheAnnouncedBandTripsAConstantCurrentByTwoSamples) {
  for (const auto mode : {ConverterMode::charge, ConverterMode::discharge}) {
    carries(mode, 1);
    for (const double edge : {326.0, 374.0}) {
      reading.grid_v = Volts(edge);
      EXPECT_THAT(found_after(seconds(1)), IsEmpty());
    }
    reading.grid_v = Volts(325.9);
    reading.taken_at += seconds(1);
    expect_two_strikes(AlarmCode::bus_voltage_trip, 325.9, 326);
    reading.grid_v = Volts(350);
    EXPECT_THAT(found_after(seconds(1)), IsEmpty());
    reading.grid_v = Volts(374.1);
    reading.taken_at += seconds(1);
    expect_two_strikes(AlarmCode::bus_voltage_trip, 374.1, 374);
  }
}

TEST_F(LocalChecksTest, TheBandIsNotTheReferencesBusiness) {
  holds(350);
  expected.set_point.band_low = Volts(360);
  expected.set_point.band_high = Volts(370);
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(LocalChecksTest, CurrentAtLowVoltageWhileTheBusIsFormedIsAShortCircuitAtOnce) {
  holds(350);
  expected.settled = false;
  reading.grid_v = Volts(174.9);
  reading.grid_a = Amperes(0.125);
  EXPECT_THAT(found(), IsEmpty());
  for (const double current_a : {0.2, -0.2}) {
    reading.grid_a = Amperes(current_a);
    EXPECT_THAT(found(), ElementsAre(error(AlarmCode::short_circuit, current_a, 0.125)));
  }
  reading.grid_v = Volts(175);
  EXPECT_THAT(found(), IsEmpty());
  reading.grid_v = Volts(100);
  reading.mode = ConverterMode::waiting;  // not switched on yet
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(LocalChecksTest, AnUrgentSecondSampleIsNoSecondStrike) {
  reading.grid_a = Amperes(1);
  EXPECT_THAT(found(), ElementsAre(warning(AlarmCode::waiting_current, 1, 0.125)));
  EXPECT_THAT(found_after(milliseconds(2)), IsEmpty());
  EXPECT_THAT(found_after(milliseconds(2)), IsEmpty());
  // the gap counts from the first sample
  EXPECT_THAT(found_after(timing.trip_sample_gap - milliseconds(4) - Duration(1)), IsEmpty());
  EXPECT_THAT(found_after(Duration(1)), ElementsAre(error(AlarmCode::waiting_current, 1, 0.125)));
}

TEST_F(LocalChecksTest, AGoodSampleClearsTheStrike) {
  reading.grid_a = Amperes(1);
  EXPECT_THAT(found(), ElementsAre(warning(AlarmCode::waiting_current, 1, 0.125)));
  reading.grid_a = Amperes(0);
  EXPECT_THAT(found_after(milliseconds(300)), IsEmpty());
  reading.grid_a = Amperes(1);
  EXPECT_THAT(found_after(milliseconds(300)),
              ElementsAre(warning(AlarmCode::waiting_current, 1, 0.125)));
}

TEST_F(LocalChecksTest, EachCheckHasItsOwnStrike) {
  carries(ConverterMode::charge, 1);
  reading.grid_a = Amperes(0);
  EXPECT_THAT(found(), ElementsAre(warning(AlarmCode::current_off, 0, 1)));
  reading.grid_v = Volts(200);
  EXPECT_THAT(found_after(milliseconds(300)),
              ElementsAre(warning(AlarmCode::bus_voltage_trip, 200, 326)))
      << "nobody carries a current on a bus that is not there";
  reading.grid_v = Volts(350);
  EXPECT_THAT(found_after(milliseconds(300)), ElementsAre(warning(AlarmCode::current_off, 0, 1)));
}

TEST_F(LocalChecksTest, WhileTheConverterMovesOnlyStaticChecksRun) {
  carries(ConverterMode::charge, 1);
  reading.mode = ConverterMode::waiting;
  reading.grid_a = Amperes(0.5);
  reading.grid_v = Volts(200);
  expected.settled = false;
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_THAT(found_after(seconds(1)), IsEmpty());
  reading.temperature = Celsius(46);
  EXPECT_THAT(found(), ElementsAre(error(AlarmCode::temperature_out_of_range, 46, 45)));
}

TEST_F(LocalChecksTest, UnderManualControlOnlyStaticChecksRun) {
  expected.manual = true;
  reading.mode = ConverterMode::charge;
  reading.grid_a = Amperes(1);
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_THAT(found_after(seconds(1)), IsEmpty());
  reading.mode_text_agrees = false;
  EXPECT_THAT(found(), ElementsAre(error(AlarmCode::mode_inconsistent, 0, 0)));
}

TEST_F(LocalChecksTest, AStrikeFromBeforeManualControlIsForgotten) {
  reading.grid_a = Amperes(1);
  EXPECT_THAT(found(), ElementsAre(warning(AlarmCode::waiting_current, 1, 0.125)));
  expected.manual = true;
  EXPECT_THAT(found_after(seconds(1)), IsEmpty());
  expected.manual = false;
  EXPECT_THAT(found_after(seconds(1)), ElementsAre(warning(AlarmCode::waiting_current, 1, 0.125)));
}

TEST_F(LocalChecksTest, WithoutBusMetersTheModeIsStillChecked) {
  reading.mode = ConverterMode::charge;
  reading.grid_v.reset();
  EXPECT_THAT(found(),
              ElementsAre(error(AlarmCode::reading_incomplete,
                                static_cast<double>(AlarmCode::grid_voltage_out_of_range), 0),
                          warning(AlarmCode::mode_without_deal,
                                  static_cast<double>(ConverterMode::charge), 0)));
}

TEST(ActionTest, AWarningIsOnlyNoted) {
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(AlarmCode::lock_out); ++i) {
    EXPECT_EQ(action_of(static_cast<AlarmCode>(i), AlarmLevel::warn), Action::note);
  }
}

TEST(ActionTest, WhatALocalCheckFindsWrongStopsTheUnitItself) {
  for (const AlarmCode code :
       {AlarmCode::converter_alarm, AlarmCode::mode_unknown, AlarmCode::mode_inconsistent,
        AlarmCode::mode_without_deal, AlarmCode::mode_against_deal,
        AlarmCode::temperature_out_of_range, AlarmCode::grid_voltage_out_of_range,
        AlarmCode::battery_voltage_out_of_range, AlarmCode::grid_current_out_of_range,
        AlarmCode::battery_current_out_of_range, AlarmCode::reading_incomplete,
        AlarmCode::waiting_current, AlarmCode::reference_voltage_off, AlarmCode::current_off,
        AlarmCode::short_circuit, AlarmCode::bus_voltage_trip, AlarmCode::device_unreachable,
        AlarmCode::local_stop, AlarmCode::lock_out}) {
    EXPECT_EQ(action_of(code, AlarmLevel::error), Action::stop_now) << kind_of(code).name;
    EXPECT_EQ(action_of(code, AlarmLevel::fatal), Action::stop_now) << kind_of(code).name;
  }
}

TEST(ActionTest, WhatCanEndInOrderIsAskedFor) {
  for (const AlarmCode code :
       {AlarmCode::battery_not_permitted, AlarmCode::device_refused_command,
        AlarmCode::possibly_running, AlarmCode::deal_directions_differ, AlarmCode::policy_differs,
        AlarmCode::duplicate_unit, AlarmCode::deal_stop_failed}) {
    EXPECT_EQ(action_of(code, AlarmLevel::error), Action::ask_stop) << kind_of(code).name;
  }
}

TEST(ActionTest, WhatOthersSeeToIsShown) {
  for (const AlarmCode code :
       {AlarmCode::lease_expired, AlarmCode::scenario_without_slice, AlarmCode::store_unreachable,
        AlarmCode::members_missing, AlarmCode::leak_current, AlarmCode::branch_overloaded,
        AlarmCode::foreign_voltage, AlarmCode::orphan_running, AlarmCode::ramp_up_timeout,
        AlarmCode::authorization_failed, AlarmCode::compensation_failed, AlarmCode::meter_mismatch,
        AlarmCode::bus_latched, AlarmCode::two_references}) {
    EXPECT_EQ(action_of(code, AlarmLevel::error), Action::note) << kind_of(code).name;
  }
}

}  // namespace
}  // namespace musubi::safety
