#include "json/config_files.hpp"

#include <gtest/gtest.h>

#include "support/files.hpp"
#include "json/encryption.hpp"

namespace musubi::json {
namespace {

using test::example;

/// The result's value; every finding is a failure.
template <class T>
T clean(const ReadResult<T>& result) {
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.problems.text(Severity::error), "");
  EXPECT_EQ(result.problems.text(Severity::warning), "");
  return result.value.value_or(T{});
}

TEST(Examples, ConfigIsClean) {
  const NodeConfig c = clean(read_node_config(example("config.json"), "config.json", "/tmp/"));
  EXPECT_EQ(c.unit_id, UnitId("E001"));
  EXPECT_EQ(c.unit_name, "House 1");
  EXPECT_EQ(c.emulator, (Endpoint{"localhost", 4390}));
  EXPECT_EQ(c.state_file_format, "/tmp/apis/state/%s");
  EXPECT_EQ(c.deal_log_dir_format, "'/tmp/apis/dealLog/'uuuu'/'MM'/'dd");
  EXPECT_EQ(c.lock_file_format, "/tmp/.apis.%s.lock");
  EXPECT_FALSE(c.control_center_enabled);
}

TEST(Examples, HwConfigIsClean) {
  EXPECT_EQ(clean(read_hw_config(example("hwConfig.json"), "hwConfig.json")), HwConfig{});
}

TEST(Examples, PolicyIsClean) {
  Policy expected;
  expected.operation_mode = OperationMode::autonomous;
  expected.members = {UnitId("E001"), UnitId("E002"), UnitId("E003"), UnitId("E004")};
  expected.large_capacity_units = {UnitId("E001")};
  EXPECT_EQ(clean(read_policy(example("policy.json"), "policy.json")), expected);
}

TEST(Examples, ScenarioIsClean) {
  const Scenario s = clean(read_scenario(example("scenario.json"), "scenario.json"));
  ASSERT_EQ(s.slices.size(), 1U);
  const TimeSlice& slice = s.slices[0];
  EXPECT_EQ(slice.from_s, 0);
  EXPECT_EQ(slice.to_s, 86400);
  EXPECT_EQ(slice.accept_selection, AcceptSelection::point_and_amount);
  ASSERT_EQ(slice.statuses.size(), 4U);
  EXPECT_EQ(slice.statuses[0].name, "excess");
  EXPECT_EQ(slice.statuses[0].low_wh, 4320);
  EXPECT_EQ(slice.statuses[0].high_wh, std::nullopt);
  EXPECT_EQ(slice.statuses[0].request.discharge, (TradeRule{4320, 10.0, {}}));
  EXPECT_EQ(slice.statuses[3].low_wh, std::nullopt);
  EXPECT_EQ(slice.statuses[3].high_wh, 2880);
  EXPECT_EQ(slice.statuses[3].accept.charge, (TradeRule{3600, 10.0, {}}));
  EXPECT_EQ(slice.statuses[1].request, StatusRules{});
}

constexpr std::string_view smallest_config = R"({"unitId":"E7","systemType":"dcdc_v2",
  "hwConfigFile":"h","policyFile":"p","scenarioFile":"s",
  "connection":{"dcdc_controller":{"host":"box","port":80}}})";

TEST(NodeConfig, MissingKeysHaveTheirDefaults) {
  const NodeConfig c = clean(read_node_config(smallest_config, "config.json", "/t"));
  NodeConfig expected;
  expected.unit_id = UnitId("E7");
  expected.unit_name = "autoE7";
  expected.system_type = SystemType::dcdc_v2;
  expected.hw_config_file = "h";
  expected.policy_file = "p";
  expected.scenario_file = "s";
  expected.dcdc_controller = Endpoint{"box", 80};
  expected.state_file_format = "/t/apis/state/%s";
  expected.deal_log_dir_format = "'/t/apis/dealLog/'uuuu'/'MM'/'dd";
  expected.lock_file_format = "/t/.apis.%s.lock";
  EXPECT_EQ(c, expected);
  EXPECT_TRUE(c.control_center_enabled);
}

TEST(NodeConfig, DecryptsEntries) {
  const std::string seed = encryption_seed("c", "d");
  std::string text(smallest_config);
  text.insert(1, R"("communityId":"c","clusterId":"d","controlCenter":{"account":"x",)"
                 R"("account.encrypted":")" +
                     encrypt_text("me", seed) + R"("},"watchdog.encrypted":{"host":")" +
                     encrypt_text("dog", seed) + R"(","periodMsec":7},)");
  const NodeConfig c = clean(read_node_config(text, "config.json", "/t"));
  EXPECT_EQ(c.control_center_account, "me");
  EXPECT_EQ(c.watchdog_host, "dog");
  EXPECT_EQ(c.watchdog_period, milliseconds(7));
}

TEST(NodeConfig, DecryptionNeedsBothNames) {
  const auto result = read_node_config(R"({"communityId":"c","a.encrypted":"AAAA"})", "c.json", "");
  EXPECT_NE(result.problems.text(Severity::error).find("c.json:1: /clusterId: found nothing"),
            std::string::npos);
}

TEST(NodeConfig, NeverShowsAPassword) {
  std::string text(smallest_config);
  text.insert(1, R"("controlCenter":{"password":4711},)");
  const auto result = read_node_config(text, "c.json", "");
  EXPECT_EQ(result.problems.text(Severity::error),
            "c.json:1: /controlCenter/password: found a value that is not shown, allowed: a text");
}

/// Only what the reference demands.
constexpr std::string_view smallest_policy = R"({"memberUnitIds":["A","B"],
  "operationGridVoltageV":350,"operationGridVoltageVRange":{"min":300,"max":380},
  "gridVoltageSeparationV":10,"gridVoltageAllowanceV":4,"gridCurrentStepA":1,"gridUvloMaskV":10,
  "safety":{"sumOfDealingUnitGridCurrentAllowancePerUnitA":0.125,"sumOfDealGridCurrentMaxA":100},
  "controller":{"dcdc":{"checkpoint":{"retryLimit":-1,"retryWaitMsec":100},
    "voltageReference":{"rampUp":{"first":{"timeoutMsec":180000.9}},
                        "authorization":{"numberOfTrials":3.7}}}},
  "mediator":{"deal":{"amountMaxWh":50,"amountUnitWh":50}},
  "gridMaster":{"deal":{"forceStopCondition":{"dischargeUnitLowerLimitRsoc":20,
                                             "chargeUnitUpperLimitRsoc":95},"resetLimit":3},
    "currentCompensation":{"limitOfTrials":3,"driftAllowanceA":0.03}}})";

TEST(Policy, MissingKeysHaveTheDefaultsOfTheReference) {
  const auto result = read_policy(smallest_policy, "policy.json");
  ASSERT_TRUE(result.ok()) << result.problems.text(Severity::error);
  Policy expected;
  expected.members = {UnitId("A"), UnitId("B")};
  expected.checkpoint_retry_limit = -1;
  expected.house_keeping_period = milliseconds(60'000);
  expected.deal_current = Amperes(0);
  expected.deal_amount_min_wh = 0;
  EXPECT_EQ(*result, expected);
  EXPECT_EQ(result.problems.text(Severity::warning),
            "policy.json:8: warning: /mediator/deal/gridCurrentA: found nothing, allowed: a number "
            "(A); 0 is used, with which no deal is made\n"
            "policy.json:8: warning: /mediator/deal/amountMinWh: found nothing, allowed: a whole "
            "number (Wh); 0 is used");
}

TEST(Policy, AStrategyThatNobodyKnowsIsReplacedWithAWarning) {
  std::string text(smallest_policy);
  const std::string at = R"("gridMaster":{)";
  text.insert(text.find(at) + at.size(),
              "\n\"gridMasterSelection\":{\n\"strategy\":\"nearest\"},\n");
  const auto result = read_policy(text, "p.json");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->grid_master_preference, GridMasterPreference::voltage_reference_unit);
  EXPECT_NE(
      result.problems.text(Severity::warning)
          .find("/gridMaster/gridMasterSelection/strategy: found \"nearest\", allowed: one of"),
      std::string::npos);
}

TEST(Policy, ReadsBranchesWhereTheyAreEnabled) {
  std::string text(smallest_policy);
  const std::string limit = R"(,"sumOfDealGridCurrentMaxA":100)";
  text.replace(text.find(limit), limit.size(),
               R"(,"gridTopologyBasedEvaluation":{"enabled":true,"branchIds":["A-B"],
                "branchAssociation":{"A-B":{"forwardUnitIds":["A"],"backwardUnitIds":["B"]}},
                "branchCurrentCapacityA":{"A-B":6}})");
  const auto result = read_policy(text, "p.json");
  ASSERT_TRUE(result.ok()) << result.problems.text(Severity::error);
  ASSERT_EQ(result->branches.size(), 1U);
  EXPECT_EQ(result->branches[0], (Branch{"A-B", {UnitId("A")}, {UnitId("B")}, Amperes(6)}));
}

TEST(Scenario, ASliceMayRunOverMidnight) {
  const auto result = read_scenario(R"({"22:00:00-06:00:00":{"batteryStatus":{}}})", "s.json");
  ASSERT_TRUE(result.ok()) << result.problems.text(Severity::error);
  EXPECT_EQ(result->slices.at(0).from_s, 22 * 3600);
  EXPECT_EQ(result->slices.at(0).to_s, 6 * 3600);
}

TEST(Scenario, ASliceInheritsTheAcceptSelectionAndKeysWithoutADashAreComments) {
  const auto result = read_scenario(
      R"({"note":"free text","acceptSelection":{"strategy":"pointAndAmount"},
          "00:00:00-12:00:00":{"batteryStatus":{"#":"x","-":"any"}},
          "12:00:00-24:00:00":{"batteryStatus":{},"acceptSelection":{"strategy":"amount"}}})",
      "s.json");
  const Scenario s = clean(result);
  ASSERT_EQ(s.slices.size(), 2U);
  EXPECT_EQ(s.slices[0].accept_selection, AcceptSelection::point_and_amount);
  EXPECT_EQ(s.slices[1].accept_selection, AcceptSelection::amount);
  ASSERT_EQ(s.slices[0].statuses.size(), 1U);
  EXPECT_EQ(s.slices[0].statuses[0].low_wh, std::nullopt);
}

}  // namespace
}  // namespace musubi::json
