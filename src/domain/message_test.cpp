#include "domain/message.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "domain/device_command.hpp"
#include "domain/scenario.hpp"

namespace musubi {
namespace {

template <class T>
using Changes = std::vector<std::function<void(T&)>>;

/// The first change changes nothing; each of the others gives a value of its own.
template <class T>
void expect_all_differ(const Changes<T>& changes) {
  std::set<std::uint64_t> digests;
  for (const auto& change : changes) {
    T value;
    change(value);
    EXPECT_EQ(value == T{}, &change == &changes.front());
    Hasher hasher;
    hasher.add(value);
    digests.insert(hasher.digest());
  }
  EXPECT_EQ(digests.size(), changes.size());
}

TEST(SetPointTest, NoFieldIsLeftOutOfEqualityAndDigest) {
  expect_all_differ<SetPoint>({
      [](SetPoint&) {},
      [](SetPoint& s) { s.mode = ConverterMode::charge; },
      [](SetPoint& s) { s.voltage = Volts(9); },
      [](SetPoint& s) { s.droop = 0.1; },
      [](SetPoint& s) { s.current = Amperes(9); },
      [](SetPoint& s) { s.stop_style = StopStyle::lower_bus; },
      [](SetPoint& s) { s.hand_over = true; },
      [](SetPoint& s) { s.band_low = Volts(9); },
      [](SetPoint& s) { s.band_high = Volts(9); },
      [](SetPoint& s) { s.reason = Reason(Rule::settled); },
  });
}

TEST(SetPointTest, NoFieldOfItsCommandIsLeftOut) {
  expect_all_differ<SetPointCommand>({
      [](SetPointCommand&) {},
      [](SetPointCommand& c) { c.epoch = 9; },
      [](SetPointCommand& c) { c.sequence = 9; },
      [](SetPointCommand& c) { c.stamp.boot = 9; },
      [](SetPointCommand& c) { c.stamp.at = Instant(Duration(9)); },
      [](SetPointCommand& c) { c.validity = Duration(9); },
      [](SetPointCommand& c) { c.policy_version = 9; },
      [](SetPointCommand& c) { c.target.mode = ConverterMode::charge; },
      [](SetPointCommand& c) { c.shares.push_back({}); },
  });
  expect_all_differ<DealShare>({
      [](DealShare&) {},
      [](DealShare& s) {
        s.deal = {1, 1};
      },
      [](DealShare& s) { s.direction = Direction::discharge; },
      [](DealShare& s) { s.current = Amperes(9); },
      [](DealShare& s) { s.ends_at = WattHours(9); },
      [](DealShare& s) { s.metering_point = MeteringPoint::bus; },
      [](DealShare& s) { s.metered = true; },
  });
}

TEST(SetPointTest, TheStateIsTheModeAndTheValueThatTheModeUses) {
  const auto with = [](ConverterMode mode, double voltage_v, double droop, double current_a) {
    SetPoint s;
    s.mode = mode;
    s.voltage = Volts(voltage_v);
    s.droop = droop;
    s.current = Amperes(current_a);
    return s;
  };
  using enum ConverterMode;
  const SetPoint reference = with(voltage_reference, 350, 0.039, 0);
  EXPECT_TRUE(same_state(reference, with(voltage_reference, 350.0005, 0.0390005, 9)));
  EXPECT_FALSE(same_state(reference, with(voltage_reference, 350.01, 0.039, 0)));
  EXPECT_FALSE(same_state(reference, with(voltage_reference, 350, 0, 0)));
  for (const auto mode : {charge, discharge}) {
    EXPECT_TRUE(same_state(with(mode, 350, 0, 1), with(mode, 380, 1, 1.00005)));
    EXPECT_FALSE(same_state(with(mode, 350, 0, 1), with(mode, 350, 0, 1.001)));
  }
  EXPECT_FALSE(same_state(with(charge, 350, 0, 1), with(discharge, 350, 0, 1)));
  EXPECT_TRUE(same_state(with(waiting, 350, 0, 1), with(waiting, 0, 0, 0)));
  EXPECT_TRUE(same_state(with(unknown, 350, 0, 1), with(unknown, 0, 0, 0)));
  SetPoint lowering;
  lowering.stop_style = StopStyle::lower_bus;
  EXPECT_FALSE(same_state(SetPoint{}, lowering));
}

TEST(SetPointTest, TheOrderIsTheStateTheBandAndTheHandOver) {
  const SetPoint order;
  SetPoint other = order;
  other.reason = Reason(Rule::lease_renewal);
  EXPECT_TRUE(same_order(order, other));
  other.band_low = Volts(1);
  EXPECT_FALSE(same_order(order, other));
  other = order;
  other.band_high = Volts(1);
  EXPECT_FALSE(same_order(order, other));
  other = order;
  other.hand_over = true;
  EXPECT_FALSE(same_order(order, other));
  other = order;
  other.mode = ConverterMode::charge;
  EXPECT_FALSE(same_order(order, other));
}

TEST(DeviceCommandTest, NoFieldIsLeftOutOfEqualityAndDigest) {
  expect_all_differ<DeviceCommand>({
      [](DeviceCommand&) {},
      [](DeviceCommand& c) { c.call = DeviceCall::set_current; },
      [](DeviceCommand& c) { c.mode = ConverterMode::charge; },
      [](DeviceCommand& c) { c.voltage = Volts(9); },
      [](DeviceCommand& c) { c.current = Amperes(9); },
      [](DeviceCommand& c) { c.droop = 0.1; },
      [](DeviceCommand& c) { c.lease_end = Instant(Duration(9)); },
      [](DeviceCommand& c) { c.reason = Reason(Rule::settled); },
  });
}

TEST(ReportTest, NoFieldIsLeftOutOfEqualityAndDigest) {
  expect_all_differ<UnitReport>({
      [](UnitReport&) {},
      [](UnitReport& r) { r.unit = UnitId("E001"); },
      [](UnitReport& r) { r.highest_epoch = 9; },
      [](UnitReport& r) { r.answers_sequence = 9; },
      [](UnitReport& r) { r.answers_request = 9; },
      [](UnitReport& r) { r.stamp.boot = 9; },
      [](UnitReport& r) { r.lease_remaining = Duration(9); },
      [](UnitReport& r) { r.policy_version = 9; },
      [](UnitReport& r) { r.reading.soc = Percent(9); },
      [](UnitReport& r) { r.reading_age = Duration(9); },
      [](UnitReport& r) { r.bus_dead_for = Duration(9); },
      [](UnitReport& r) { r.set_point.current = Amperes(9); },
      [](UnitReport& r) { r.progress = ConverterProgress::moving; },
      [](UnitReport& r) { r.has_fault = true; },
      [](UnitReport& r) { r.locked_out = true; },
      [](UnitReport& r) { r.current_capacity = Amperes(9); },
      [](UnitReport& r) { r.energies.push_back({}); },
  });
  expect_all_differ<DealEnergy>({
      [](DealEnergy&) {},
      [](DealEnergy& e) {
        e.deal = {1, 1};
      },
      [](DealEnergy& e) { e.meter.bus_energy = WattHours(9); },
      [](DealEnergy& e) { e.power = Watts(9); },
      [](DealEnergy& e) { e.share_ended = true; },
  });
}

TEST(ReadingTest, NoFieldIsLeftOutOfEqualityAndDigest) {
  expect_all_differ<Reading>({
      [](Reading&) {},
      [](Reading& r) { r.taken_at = Instant(Duration(9)); },
      [](Reading& r) { r.mode = ConverterMode::charge; },
      [](Reading& r) { r.mode_text_agrees = false; },
      [](Reading& r) { r.alarm = AlarmState::light; },
      [](Reading& r) { r.grid_v = Volts(9); },
      [](Reading& r) { r.grid_a = Amperes(9); },
      [](Reading& r) { r.grid_w = Watts(9); },
      [](Reading& r) { r.battery_v = Volts(9); },
      [](Reading& r) { r.battery_a = Amperes(9); },
      [](Reading& r) { r.battery_w = Watts(9); },
      [](Reading& r) { r.temperature = Celsius(9); },
      [](Reading& r) { r.set_voltage_v = Volts(9); },
      [](Reading& r) { r.droop = 0.1; },
      [](Reading& r) { r.set_current_a = Amperes(9); },
      [](Reading& r) { r.soc = Percent(9); },
      [](Reading& r) { r.battery_permission = 3; },
  });
}

TEST(OfferTest, NoFieldIsLeftOutOfEqualityAndDigest) {
  expect_all_differ<Offer>({
      [](Offer&) {},
      [](Offer& o) { o.unit = UnitId("E001"); },
      [](Offer& o) { o.type = Direction::discharge; },
      [](Offer& o) { o.amount_wh = 9; },
      [](Offer& o) { o.point_per_wh = 9; },
      [](Offer& o) { o.pair_unit = UnitId("E001"); },
      [](Offer& o) { o.efficient_grid_v = Volts(9); },
      [](Offer& o) { o.deal_current = Amperes(9); },
      [](Offer& o) { o.date_time.unix_ms = 9; },
  });
}

TEST(ScenarioTest, NoFieldIsLeftOutOfEqualityAndDigest) {
  expect_all_differ<Scenario>({
      [](Scenario&) {},
      [](Scenario& s) { s.refreshing_period = Duration(9); },
      [](Scenario& s) { s.slices.push_back({}); },
  });
  expect_all_differ<TimeSlice>({
      [](TimeSlice&) {},
      [](TimeSlice& s) { s.from_s = 9; },
      [](TimeSlice& s) { s.to_s = 9; },
      [](TimeSlice& s) { s.accept_selection = AcceptSelection::point_and_amount; },
      [](TimeSlice& s) { s.statuses.push_back({}); },
  });
  expect_all_differ<BatteryStatus>({
      [](BatteryStatus&) {},
      [](BatteryStatus& s) { s.name = "excess"; },
      [](BatteryStatus& s) { s.low_wh = 0; },
      [](BatteryStatus& s) { s.high_wh = 0; },
      [](BatteryStatus& s) { s.request.charge = TradeRule{}; },
      [](BatteryStatus& s) { s.request.discharge = TradeRule{}; },
      [](BatteryStatus& s) { s.accept.charge = TradeRule{}; },
      [](BatteryStatus& s) {
        s.accept.discharge = TradeRule{1, std::nullopt, {}};
      },
      [](BatteryStatus& s) {
        s.accept.discharge = TradeRule{0, 1.0, {}};
      },
      [](BatteryStatus& s) {
        s.accept.discharge = TradeRule{0, std::nullopt, UnitId("E001")};
      },
  });
}

TEST(MessageTest, EachKindAndEachFieldIsAMessageOfItsOwn) {
  const std::vector<Message> messages{
      RequestMessage{},
      RequestMessage{{1, 1}, {}, 0},
      RequestMessage{{}, {UnitId("E001"), {}, 0, {}, {}, {}, {}, {}}, 0},
      RequestMessage{{}, {}, 1},
      AcceptMessage{},
      AcceptMessage{{1, 1}, {}},
      AcceptMessage{{}, {UnitId("E001"), {}, 0, {}, {}, {}, {}, {}}},
      DeclineMessage{},
      DeclineMessage{{1, 1}},
      ReportRequest{},
      ReportRequest{1, 0},
      ReportRequest{0, 1},
      ReportMessage{},
      CommandMessage{},
      DealSeen{},
      DealSeen{1, {}},
      DealSeen{0, {1, 1}},
  };
  std::set<std::uint64_t> digests;
  for (const auto& message : messages) {
    Hasher hasher;
    hasher.add(message);
    digests.insert(hasher.digest());
    for (const auto& other : messages) {
      EXPECT_EQ(message == other, &message == &other);
    }
  }
  EXPECT_EQ(digests.size(), messages.size());
}

}  // namespace
}  // namespace musubi
