#include "json/unit_data.hpp"

#include <gtest/gtest.h>

namespace musubi::json {
namespace {

const std::string charging =
    R"({"emu":{"rsoc":71.56,"pvc_charge_power":0},"dcdc":{"status":{"status":"0x0041",)"
    R"("alarmState":"Light alarm","operationMode":"Heteronomy CV"},"meter":{"wg":700.0,"tmp":26.59,)"
    R"("vb":48.0,"wb":629.0,"vg":350.0,"ib":13.1,"ig":2.0},"vdis":{"dvg":350.0,"drg":0.0},)"
    R"("param":{"dig":2.0}},"oesunit":{"communityId":"c","clusterId":"d","id":"E018",)"
    R"("display":"E018","sn":"1","budo":"1","ip":"NA","ipv6_ll":"NA","ipv6_g":"NA","mac":"NA"},)"
    R"("time":"2020/01/01-01:24:50","battery":{"rsoc":71.56,"battery_operation_status":null},)"
    R"("apis":{"version":"3.0.0","remaining_capacity_wh":3434,"deal_interlock_capacity":2,)"
    R"("is_grid_master":true,"deal_id_list":["f7295675-d643-4553-b2d4-13f9010e4f28"],)"
    R"("operation_mode":{"global":"autonomous","local":null,"effective":"autonomous"}}})";

TEST(UnitData, ReadsAndWritesTheFormOfApis) {
  const auto read = read_unit_data(charging, "u", 0);
  ASSERT_TRUE(read.ok()) << read.problems.text(Severity::error);
  EXPECT_EQ(read.problems.list().size(), 0U);
  EXPECT_EQ(read->unit, UnitId("E018"));
  EXPECT_EQ(read->reading.mode, ConverterMode::charge);
  EXPECT_TRUE(read->reading.mode_text_agrees);
  EXPECT_EQ(read->reading.alarm, AlarmState::light);
  EXPECT_EQ(read->reading.battery_w, Watts(629));
  EXPECT_EQ(read->reading.soc, Percent(71.56));
  EXPECT_EQ(read->reading.battery_permission, std::nullopt);
  EXPECT_TRUE(read->is_grid_master);
  EXPECT_TRUE(read->trades);
  EXPECT_EQ(read->deal_capacity, 2);
  EXPECT_EQ(read->deals.size(), 1U);
  EXPECT_EQ(write_unit_data(*read), charging);
}

TEST(UnitData, FollowsFromFilesAndReading) {
  NodeConfig config;
  config.unit_id = UnitId("E001");
  config.unit_name = "House";
  Reading reading;
  reading.soc = Percent(71.56);
  reading.grid_v = Volts(350);
  UnitData data =
      unit_data_of(config, HwConfig{}, Amperes(1), reading,
                   {OperationMode::autonomous, OperationMode::stop, OperationMode::stop});
  data.network.ip = "10.0.0.2";
  EXPECT_EQ(write_unit_data(data),
            R"({"dcdc":{"status":{"status":"0x0000","alarmState":"No alarm",)"
            R"("operationMode":"Waiting"},"meter":{"vg":350.0},"vdis":{},"param":{}},)"
            R"("oesunit":{"communityId":"NA","clusterId":"NA","id":"E001","display":"House",)"
            R"("sn":"NA","budo":"0","ip":"10.0.0.2","ipv6_ll":"NA","ipv6_g":"NA","mac":"NA"},)"
            R"("battery":{"rsoc":71.56,"battery_operation_status":null},)"
            R"("apis":{"version":"3.0.0","remaining_capacity_wh":3434,"deal_interlock_capacity":2,)"
            R"("operation_mode":{"global":"autonomous","local":"stop","effective":"stop"}}})");
}

TEST(UnitData, DealCapacityIsWholeDeals) {
  const auto capacity = [](double deal_current) {
    return unit_data_of({}, HwConfig{}, Amperes(deal_current), {}, {}).deal_capacity;
  };
  EXPECT_EQ(capacity(1), 2);
  EXPECT_EQ(capacity(2), 1);
  EXPECT_EQ(capacity(2.5), 0);
  EXPECT_EQ(capacity(0), 0);
}

TEST(UnitData, PassesTheDriversOwnKeysOn) {
  const auto read = read_unit_data(
      R"({"oesunit":{"id":"E001"},"dcdc":{"status":{"alarm":"4010"},"powermeter":{"p2":57},
          "meter":{"vg":1.5}}})",
      "u", 0);
  ASSERT_TRUE(read.ok());
  const std::string text = write_unit_data(*read);
  EXPECT_NE(text.find(R"("powermeter":{"p2":57})"), std::string::npos);
  EXPECT_NE(text.find(R"("alarm":"4010")"), std::string::npos);
}

TEST(UnitData, AModeThatNobodyKnowsStaysUnknown) {
  const std::string text = R"({"oesunit":{"id":"E001"},"dcdc":{"status":{"status":"0x0040",
                               "operationMode":"Odd"}}})";
  const auto read = read_unit_data(text, "u", 0);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->reading.mode, ConverterMode::unknown);
  const std::string written = write_unit_data(*read);
  EXPECT_NE(written.find(R"("status":"0x0040")"), std::string::npos);
  EXPECT_EQ(read_unit_data(written, "u", 0)->reading, read->reading);
  EXPECT_EQ(read_unit_data(R"({"oesunit":{"id":"E001"}})", "u", 0)->reading.mode,
            ConverterMode::unknown);
}

TEST(DeviceAnswer, PartsUpdateWhatTheyHold) {
  Reading before;
  before.battery_v = Volts(48);
  const auto after = read_device_answer(
      R"({"meter":{"vg":349.5},"vdis":{"dvg":350.0,"drg":0.1},"param":{"dig":2.25}})", "a", before);
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->battery_v, Volts(48));
  EXPECT_EQ(after->grid_v, Volts(349.5));
  EXPECT_EQ(after->droop, 0.1);
  EXPECT_EQ(after->set_current_a, Amperes(2.25));
}

TEST(DeviceAnswer, FlatAnswerHoldsTheBattery) {
  const auto reading = read_device_answer(
      R"({"rsoc":63.0,"battery_operation_status":3,"status":{"status":"0x0000",
          "alarmState":"No alarm","operationMode":"Waiting"},"meter":{"ig":0.0}})",
      "a", {});
  ASSERT_TRUE(reading.ok());
  EXPECT_EQ(reading->soc, Percent(63));
  EXPECT_EQ(reading->battery_permission, 3);
  EXPECT_TRUE(reading->mode_text_agrees);
}

TEST(DeviceAnswer, CodeAndTextMayDisagree) {
  const auto read = [](const char* text) { return *read_device_answer(text, "a", {}); };
  EXPECT_FALSE(
      read(R"({"status":{"status":"0x0014","operationMode":"Waiting"}})").mode_text_agrees);
  EXPECT_EQ(read(R"({"status":{"status":"0x9999"}})").mode, ConverterMode::unknown);
  EXPECT_EQ(read(R"({"status":{"alarmState":"Odd"}})").alarm, AlarmState::light);
}

}  // namespace
}  // namespace musubi::json
