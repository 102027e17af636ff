// One broken file per rule, and the exact words that are said about it.

#include <gtest/gtest.h>

#include "support/files.hpp"
#include "json/check.hpp"
#include "json/config_files.hpp"
#include "json/deal_json.hpp"
#include "json/messages.hpp"
#include "json/unit_data.hpp"

namespace musubi::json {
namespace {

using test::example;

/// A good file in which `from` is replaced by `to`, and the finding that follows from it.
struct Broken {
  const char* file;
  const char* from;
  const char* to;
  Severity severity;
  const char* message;
};

constexpr auto error = Severity::error;
constexpr auto warning = Severity::warning;

const Broken broken_files[] = {
    // config.json
    {"config.json", "\"unitId\": \"E001\",", "", error,
     "config.json:1: /unitId: found nothing, allowed: a unit's name of 1 to 16 bytes"},
    {"config.json", "\"unitId\": \"E001\"", "\"unitId\": \"E0010000000000001\"", error,
     "config.json:17: /unitId: found \"E0010000000000001\", allowed: a unit's name of 1 to 16 "
     "bytes"},
    {"config.json", "\"dcdc_emulator\",", "\"dcdc_v3\",", error,
     "config.json:22: /systemType: found \"dcdc_v3\", allowed: one of \"dcdc_emulator\", "
     "\"dcdc_v1\", \"dcdc_v2\""},
    {"config.json", "\"./policy.json\"", "\"\"", error,
     "config.json:25: /policyFile: found \"\", allowed: a text that is not empty"},
    {"config.json", "\"port\": 4390", "\"port\": 70000", error,
     "config.json:34: /connection/emulator/port: found 70000, allowed: a whole number from 1 to "
     "65535"},
    {"config.json", "\"emulator\": {", "\"emulater\": {", error,
     "config.json:33: /connection/emulator/host: found nothing, allowed: a text that is not empty"},
    {"config.json", "\"emu_driver\":", "\"emu_drivr\":", warning,
     "config.json:36: warning: /connection/emu_drivr: found an unknown key, allowed: it is "
     "ignored; "
     "did you mean \"emu_driver\"?"},
    {"config.json", "\"security\": {", "\"security\": 1, \"x\": {", error,
     "config.json:11: /security: found 1, allowed: an object"},
    {"config.json", "{ \"enabled\": false }", "{ \"enabled\": \"yes\" }", error,
     "config.json:47: /batteryCapacityManagement/enabled: found \"yes\", allowed: true or false"},
    {"config.json", "60000", "0", error,
     "config.json:30: /policyFileReadTimeoutMsec: found 0, allowed: a whole number from 1 to "
     "86400000 (ms)"},
    // hwConfig.json
    {"hwConfig.json", "4800", "\"4800\"", error,
     "hwConfig.json:6: /batteryNominalCapacityWh: found \"4800\", allowed: a number from 1 to "
     "1000000000 (Wh)"},
    {"hwConfig.json", "2.3,", "-2.3,", error,
     "hwConfig.json:7: /gridCurrentCapacityA: found -2.3, allowed: a number from 0 to 10000 (A)"},
    {"hwConfig.json", "\"min\": 32", "\"min\": 60", error,
     "hwConfig.json:19: /safety/range/dcdc/meter/vb: found min above max, allowed: min at most as "
     "large as max"},
    {"hwConfig.json", "\"tmp\": {", "\"temp\": {", error,
     "hwConfig.json:16: /safety/range/dcdc/meter/tmp/min: found nothing, allowed: a number from "
     "-100 to 200 (degrees Celsius)"},
    // policy.json
    {"policy.json", "\"gridCurrentA\": 1,", "\"gridCurrentA\": \"abc\",", error,
     "policy.json:53: /mediator/deal/gridCurrentA: found \"abc\", allowed: a number from 0 to 1000 "
     "(A)"},
    {"policy.json", "\"amountUnitWh\": 50", "\"amountUnitWh\": 0", error,
     "policy.json:56: /mediator/deal/amountUnitWh: found 0, allowed: a whole number from 1 to "
     "1000000000 (Wh)"},
    {"policy.json", "\"mediator\"", "\"mediater\"", warning,
     "policy.json:51: warning: /mediater: found an unknown key, allowed: it is ignored; did you "
     "mean \"mediator\"?"},
    {"policy.json", "\"E002\",", "\"\",", error,
     "policy.json:6: /memberUnitIds/1: found \"\", allowed: a unit's name of 1 to 16 bytes"},
    {"policy.json", "\"E002\",", "\"E001\",", warning,
     "policy.json:6: warning: /memberUnitIds/1: found \"E001\" again, allowed: each unit once"},
    {"policy.json", "\"operationGridVoltageV\": 350", "\"operationGridVoltageV\": 400", error,
     "policy.json:10: /operationGridVoltageV: found 400, allowed: a voltage inside "
     "operationGridVoltageVRange"},
    {"policy.json", "\"battery\"", "\"meter\"", error,
     "policy.json:58: /mediator/deal/meteringPoint: found \"meter\", allowed: one of \"battery\", "
     "\"bus\""},
    {"policy.json", "{ \"enabled\": false }", "{ \"enabled\": true }", error,
     "policy.json:22: /safety/gridTopologyBasedEvaluation/branchIds: found nothing, allowed: an "
     "array of names of lines"},
    {"policy.json", "\"autonomous\"", "\"auto\"", warning,
     "policy.json:5: warning: /operationMode: found \"auto\", allowed: one of \"autonomous\", "
     "\"heteronomous\", \"stop\", \"manual\"; \"stop\" is used"},
    {"policy.json", "\"E003\", \"E004\"],", "\"E003\", \"E004\"", error,
     "policy.json:7: /memberUnitIds/4: found \"\\\"largeCapacityUnitIds\\\"\", allowed: "
     "well-formed JSON in UTF-8 (while parsing array - unexpected string literal; expected ']')"},
    // scenario.json
    {"scenario.json", "\"3600-4320\"", "\"3600-432O\"", error,
     "scenario.json:14: /00:00:00-24:00:00/batteryStatus/3600-432O: found \"3600-432O\", allowed: "
     "two whole numbers of at most 1000000000 (Wh) as \"low-high\", either may be left out"},
    {"scenario.json", "\"3600-4320\"", "\"4320-3600\"", error,
     "scenario.json:14: /00:00:00-24:00:00/batteryStatus/4320-3600: found \"4320-3600\", allowed: "
     "a range whose low end is below its high end"},
    {"scenario.json", "\"short\": { \"charge\": { \"limitWh\": 2880",
     "\"shorts\": { \"charge\": { \"limitWh\": 2880", error,
     "scenario.json:21: /00:00:00-24:00:00/request/shorts: found a status that batteryStatus does "
     "not define, allowed: a name out of batteryStatus; did you mean \"short\"?"},
    {"scenario.json", "\"limitWh\": 2880, ", "", error,
     "scenario.json:21: /00:00:00-24:00:00/request/short/charge/limitWh: found nothing, allowed: a "
     "whole number from 0 to 1000000000 (Wh)"},
    {"scenario.json", "00:00:00-24:00:00", "0:00-24:00", error,
     "scenario.json:10: /0:00-24:00: found \"0:00-24:00\", allowed: two different times as "
     "HH:mm:ss-HH:mm:ss, the first before 24:00:00"},
    {"scenario.json", "\"pointAndAmount\"", "\"price\"", warning,
     "scenario.json:7: warning: /acceptSelection/strategy: found \"price\", allowed: one of "
     "\"amount\", \"pointAndAmount\"; \"amount\" is used"},
    {"scenario.json", "\"batteryStatus\": {", "\"batterystatus\": {", error,
     "scenario.json:10: /00:00:00-24:00:00/batteryStatus: found nothing, allowed: an object of "
     "\"low-high\": \"name\" entries"},
};

TEST(BrokenFiles, EachIsToldWhereWhatAndWhatIsAllowed) {
  for (const auto& broken : broken_files) {
    std::string text = example(broken.file);
    const auto at = text.find(broken.from);
    ASSERT_NE(at, std::string::npos) << broken.from;
    text.replace(at, std::string_view(broken.from).size(), broken.to);
    FileKind kind = FileKind::unknown;
    const Problems problems = check_text(text, broken.file, kind);
    EXPECT_NE(("\n" + problems.text(broken.severity) + "\n")
                  .find("\n" + std::string(broken.message) + "\n"),
              std::string::npos)
        << "wanted: " << broken.message << "\nfound:  " << problems.text(Severity::error) << "\n"
        << problems.text(Severity::warning);
    EXPECT_TRUE(broken.severity == warning || problems.has_errors());
  }
}

/// All findings of an example of which `from` became `to`.
std::string findings(const char* file, const std::string& from, const std::string& to) {
  std::string text = example(file);
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  FileKind kind = FileKind::unknown;
  const Problems problems = check_text(text, file, kind);
  std::string all;
  for (const auto& problem : problems.list()) {
    all += problems.text_of(problem) + "\n";
  }
  return all;
}

TEST(Contradictions, OfAPolicyAreErrors) {
  const char* file = "policy.json";
  EXPECT_EQ(findings(file, "\"amountMinWh\": 50", "\"amountMinWh\": 60"),
            "policy.json:54: /mediator/deal/amountMinWh: found 60, allowed: at most amountMaxWh, "
            "50\n");
  EXPECT_EQ(findings(file, "\"gridCurrentA\": 1,", "\"gridCurrentA\": 101,"),
            "policy.json:53: /mediator/deal/gridCurrentA: found 101, allowed: at most "
            "safety.sumOfDealGridCurrentMaxA, 100.0\n");
  EXPECT_EQ(findings(file, "\"largeCapacityUnitIds\": [\"E001\"]",
                     "\"largeCapacityUnitIds\": [\"E001\", \"E0O2\"]"),
            "policy.json:7: /largeCapacityUnitIds/1: found \"E0O2\", allowed: a unit of "
            "memberUnitIds; did you mean \"E002\"?\n");
  EXPECT_EQ(
      findings(file, "\"strategy\": \"avoidVoltageReference\"",
               "\"strategy\": \"fixed\", \"fixedUnitId\": \"home\""),
      "policy.json:71: /gridMaster/gridMasterSelection/fixedUnitId: found \"home\", allowed: a "
      "unit of memberUnitIds\n");
  EXPECT_EQ(
      findings(file, "\"dischargeUnitLowerLimitRsoc\": 20", "\"dischargeUnitLowerLimitRsoc\": 95"),
      "policy.json:74: /gridMaster/deal/forceStopCondition/dischargeUnitLowerLimitRsoc: found "
      "95, allowed: less than chargeUnitUpperLimitRsoc, 95.0\n");
  EXPECT_EQ(
      findings(file, "{ \"enabled\": false }", R"({ "enabled": true,
      "branchIds": ["a", "a", "b"], "branchCurrentCapacityA": { "a": 3, "b": 3 },
      "branchAssociation": {
        "a": { "forwardUnitIds": ["E001", "E002"], "backwardUnitIds": ["E002", "E003"] },
        "b": { "forwardUnitIds": ["E001"], "backwardUnitIds": ["E009"] } } })"),
      "policy.json:25: /safety/gridTopologyBasedEvaluation/branchAssociation/a: found \"E002\" "
      "on both sides, allowed: each unit on one side of a line\n"
      "policy.json:23: /safety/gridTopologyBasedEvaluation/branchIds/1: found \"a\" again, "
      "allowed: each line once\n"
      "policy.json:26: "
      "/safety/gridTopologyBasedEvaluation/branchAssociation/b/backwardUnitIds/0: found "
      "\"E009\", allowed: a unit of memberUnitIds; did you mean \"E001\"?\n");
}

TEST(Contradictions, APeriodWhoseLeasesAreTooShortIsAnError) {
  EXPECT_EQ(
      findings("policy.json", "\"dataAcquisitionPeriodMsec\": 5000",
               "\"dataAcquisitionPeriodMsec\": 100"),
      "policy.json:39: /controller/dataAcquisitionPeriodMsec: found 100, allowed: at least 218 "
      "ms: with less, leases of the study profile end before a converter can be stopped\n");
}

TEST(Contradictions, OddPoliciesAndHardwareAreWarnings) {
  EXPECT_EQ(findings("policy.json", "\"strategy\": \"avoidVoltageReference\"",
                     "\"strategy\": \"anywhere\", \"fixedUnitId\": \"E001\""),
            "policy.json:71: warning: /gridMaster/gridMasterSelection/fixedUnitId: found \"E001\", "
            "allowed: a unit with the strategy \"fixed\"; with another it is not used\n");
  EXPECT_EQ(
      findings("hwConfig.json", "\"gridCurrentCapacityA\": 2.3", "\"gridCurrentCapacityA\": 3"),
      "hwConfig.json:20: warning: /safety/range/dcdc/meter/ig: found a range that does not hold "
      "gridCurrentCapacityA 3.0, allowed: that current in both directions, or the unit stops "
      "itself when it carries it\n");
}

TEST(Contradictions, RangesOfAScenarioFollowEachOther) {
  const char* file = "scenario.json";
  EXPECT_EQ(
      findings(file, "\"3600-4320\"", "\"3600-4300\""),
      "scenario.json:13: /00:00:00-24:00:00/batteryStatus/4320-: found a gap after "
      "\"3600-4300\", allowed: ranges that follow each other: one begins where another ends\n");
  EXPECT_EQ(
      findings(file, "\"2880-3600\"", "\"2880-3700\""),
      "scenario.json:14: /00:00:00-24:00:00/batteryStatus/3600-4320: found an overlap with "
      "\"2880-3700\", allowed: ranges that follow each other: one begins where another ends\n");
  EXPECT_EQ(
      findings(file, "\"4320-\"", "\"4320-4800\""),
      "scenario.json:13: warning: /00:00:00-24:00:00/batteryStatus/4320-4800: found no status "
      "from 4800 Wh on, allowed: a highest range like \"4320-\"; without, the unit does not "
      "trade there\n");
}

TEST(Contradictions, HoursWithoutASliceOrWithTwoAreWarnings) {
  EXPECT_EQ(
      findings("scenario.json", "00:00:00-24:00:00", "22:00:00-06:30:00"),
      "scenario.json:1: warning: found no slice from 06:30:00 to 22:00:00, allowed: slices for "
      "the whole day; without, the unit does not trade then\n");
  EXPECT_EQ(
      findings("scenario.json", "\"00:00:00-24:00:00\"",
               R"("08:00:00-09:00:00": { "batteryStatus": {} }, "00:00:00-24:00:00")"),
      "scenario.json:1: warning: found more than one slice from 08:00:00 to 09:00:00, allowed: "
      "one slice at a time; the first in the file counts\n");
}

TEST(BrokenFiles, AllErrorsOfAFileAreTold) {
  const auto result = read_hw_config("{}", "hwConfig.json");
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.problems.list().size(), 14U);
}

TEST(BrokenMessages, AreToldToo) {
  EXPECT_EQ(read_offer(R"({"type":"both","amountWh":5,"unitId":"A"})", "o", 0).problems.text(error),
            "o:1: /type: found \"both\", allowed: one of \"charge\", \"discharge\"");
  EXPECT_EQ(
      read_offer("{\"type\":\"charge\",\n\"amountWh\":5,\"unitId\":\"A\",\n\"dateTime\":\"x\"}",
                 "o", 0)
          .problems.text(error),
      "o:3: /dateTime: found \"x\", allowed: a local time as yyyy/MM/dd-HH:mm:ss, or \"--\"");
  EXPECT_EQ(read_unit_data("{}", "u", 0).problems.text(error),
            "u:1: /oesunit/id: found nothing, allowed: a unit's name of 1 to 16 bytes");
  const std::string deal = R"({"requestUnitId":"A","acceptUnitId":"B","type":"charge",
    "chargeUnitId":"A","dischargeUnitId":"A","dealGridCurrentA":1,"dealAmountWh":50,"dealId":"7"})";
  EXPECT_EQ(read_deal(deal, "d", 0).problems.text(error),
            "d:2: /dealId: found \"7\", allowed: a UUID of 36 characters\n"
            "d:2: /dischargeUnitId: found \"A\", allowed: another unit than chargeUnitId");
  EXPECT_EQ(read_web_deals("{}", "w", 0).problems.text(error),
            "w:1: found an object, allowed: an array of deals");
}

TEST(Check, RefusesAFileOfAnUnknownKind) {
  FileKind kind = FileKind::deal;
  EXPECT_TRUE(check_text("{\"a\":1}", "x.json", kind).has_errors());
  EXPECT_EQ(kind, FileKind::unknown);
}

}  // namespace
}  // namespace musubi::json
