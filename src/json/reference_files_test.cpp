// Sample files and recorded answers of APIS programs. Skipped where their folder is absent.

#include <filesystem>
#include <gtest/gtest.h>

#include "support/files.hpp"
#include "json/check.hpp"
#include "json/config_files.hpp"
#include "json/deal_json.hpp"
#include "json/unit_data.hpp"

namespace musubi::json {
namespace {

namespace fs = std::filesystem;

class ReferenceFiles : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::is_directory(test::reference("data")) ||
        !fs::is_directory(test::reference("captures"))) {
      GTEST_SKIP() << "needs sample files and recordings of APIS in " << test::reference("");
    }
  }
  static std::string text(const std::string& name) {
    return test::content_of(test::reference(name));
  }
  /// The text from its first line that begins with a bracket.
  static std::string body(const std::string& name) {
    const std::string all = text(name);
    return all.substr(all.find_first_of("[{"));
  }
};

TEST_F(ReferenceFiles, SampleFilesAreReadUnchanged) {
  const std::pair<const char*, FileKind> files[] = {
      {"config.json", FileKind::node_config},        {"config2.json", FileKind::node_config},
      {"sample-config.json", FileKind::node_config}, {"hwConfig.json", FileKind::hw_config},
      {"sample-hwConfig.json", FileKind::hw_config}, {"policy.json", FileKind::policy},
      {"sample-policy.json", FileKind::policy},      {"scenario.json", FileKind::scenario},
      {"sample-scenario.json", FileKind::scenario},  {"standard.json", FileKind::unit_data},
      {"fakeResponse.json", FileKind::unit_data_map}};
  for (const auto& [name, expected] : files) {
    FileKind kind = FileKind::unknown;
    const Problems problems = check_text(text(std::string("data/") + name), name, kind);
    EXPECT_EQ(kind, expected) << name;
    EXPECT_FALSE(problems.has_errors()) << problems.text(Severity::error);
  }
}

TEST_F(ReferenceFiles, SampleValuesArrive) {
  const auto policy = read_policy(text("data/policy.json"), "policy.json");
  ASSERT_TRUE(policy.ok());
  EXPECT_EQ(policy.problems.text(Severity::warning),
            "policy.json:92: warning: /gridMaster/gridMasterSelection/fixedUnitId: found \"Exxx\", "
            "allowed: a unit with the strategy \"fixed\"; with another it is not used");
  Policy expected;
  expected.members = {UnitId("E001"), UnitId("E002"), UnitId("E003"), UnitId("E004")};
  expected.large_capacity_units = {UnitId("E001")};
  expected.grid_master_preference = GridMasterPreference::voltage_reference_unit;
  expected.grid_master_fixed_unit = UnitId("Exxx");
  EXPECT_EQ(*policy, expected);
  EXPECT_EQ(*read_hw_config(text("data/hwConfig.json"), "h"), HwConfig{});
  EXPECT_EQ(*read_hw_config(text("data/sample-hwConfig.json"), "h"), HwConfig{});
  const auto topology = read_policy(text("data/sample-policy.json"), "p");
  ASSERT_TRUE(topology.ok());
  EXPECT_EQ(topology->branches.size(), 3U);
  const auto scenario = read_scenario(text("data/sample-scenario.json"), "s");
  ASSERT_TRUE(scenario.ok());
  EXPECT_EQ(scenario->slices.size(), 2U);
  EXPECT_EQ(scenario->slices[1].accept_selection, AcceptSelection::amount);
  EXPECT_EQ(scenario->slices[0].statuses[0].request.discharge->pair_unit, UnitId("E002"));
}

/// The JSON keys that are in `theirs` and not in `ours`, at any depth.
void missing_keys(const Value& theirs, const Value& ours, const std::string& at,
                  std::vector<std::string>& missing) {
  for (const auto& member : theirs.members()) {
    const Value* mine = ours.find(member.key);
    if (mine == nullptr) {
      missing.push_back(pointer_to(at, member.key));
    } else {
      missing_keys(member.value, *mine, pointer_to(at, member.key), missing);
    }
  }
}

TEST_F(ReferenceFiles, DealsOfEveryPassAreReadAndWrittenBack) {
  std::size_t count = 0;
  for (const char* name :
       {"a-deals-per-pass.jsonl", "b-deals-per-pass.jsonl", "deal-log-files.jsonl"}) {
    std::istringstream lines(text(std::string("captures/java-node/") + name));
    for (std::string line; std::getline(lines, line);) {
      const auto document = parse_document(line, name);
      ASSERT_TRUE(document.ok());
      const Value* theirs = document->find("deal");
      ASSERT_NE(theirs, nullptr);
      Problems problems(name);
      const auto deal = read_deal(*theirs, "", 9 * 3600, problems);
      ASSERT_TRUE(deal.has_value());
      EXPECT_EQ(problems.list().size(), 0U) << problems.text(Severity::error);
      const Value ours = deal_value(*deal);
      // What APIS programs show must come back with the same spelling, except free texts and the
      // time of the last meter reading, for which a deal here has no place.
      for (const auto& member : theirs->members()) {
        const std::string& key = member.key;
        if (key == "cumulateDateTime" || key.starts_with("scram") || key.starts_with("abort") ||
            key == "reset" || key == "cumulateAmountWh") {
          continue;
        }
        const Value* mine = ours.find(key);
        ASSERT_NE(mine, nullptr) << key;
        EXPECT_EQ(to_text(*mine), to_text(member.value)) << key;
      }
      EXPECT_TRUE(read_deal(to_text(ours), "again", 9 * 3600).ok());
      ++count;
    }
  }
  EXPECT_GT(count, 50U);
}

TEST_F(ReferenceFiles, DealOutcomesAreRecognised) {
  std::istringstream lines(text("captures/java-node/deal-log-files.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto document = parse_document(line, "log");
    Problems problems("log");
    const auto deal = read_deal(*document->find("deal"), "", 0, problems);
    ASSERT_TRUE(deal.has_value());
    const bool scrammed = document->find("deal")->find("scramReason") != nullptr;
    const bool ended = document->find("deal")->find("deactivateDateTime") != nullptr;
    EXPECT_EQ(deal->outcome, scrammed ? DealOutcome::aborted
                             : ended  ? DealOutcome::completed
                                      : DealOutcome::open);
  }
}

TEST_F(ReferenceFiles, UnitDataIsReadAndWrittenBack) {
  for (const char* name :
       {"data/fakeResponse.json", "captures/java-node/web-get-log-3-of-19-units.json",
        "captures/emulator/02-get-log.json", "captures/emulator/13-set-emu-E001.json",
        "captures/emulator/16-save.json", "captures/emulator/26-get-log-sharing.json",
        "captures/emulator/32-get-log-two-CV.json", "captures/emulator/36-get-log-no-CV.json",
        "captures/emulator/34-get-log-no-master-but-E004.json",
        "captures/emulator/38-add-unit.json", "captures/emulator/39-remove-unit.json",
        "captures/emulator/40-get-last.json", "captures/emulator/41-restart.json",
        "captures/main_controller/02-get-logInfo.json"}) {
    const std::string file = text(name);
    const auto units = read_unit_data_map(file, name, 0);
    ASSERT_TRUE(units.ok()) << units.problems.text(Severity::error);
    const auto document = parse_document(file, name);
    ASSERT_EQ(units->size(), document->members().size()) << name;
    for (std::size_t i = 0; i < units->size(); ++i) {
      std::vector<std::string> missing;
      Value theirs = document->members()[i].value;
      const Value ours = unit_data_value((*units)[i]);
      for (const auto* part : {"dcdc", "emu", "battery", "apis"}) {
        if (const Value* value = theirs.find(part)) {
          missing_keys(*value, *ours.find(part), part, missing);
        }
      }
      EXPECT_TRUE(missing.empty()) << name << ": " << missing.front();
      const auto again = read_unit_data(to_text(ours), "again", 0);
      ASSERT_TRUE(again.ok());
      EXPECT_EQ(again->reading, (*units)[i].reading);
    }
  }
}

TEST_F(ReferenceFiles, UnitDataOfOneUnit) {
  for (const char* name : {"data/standard.json", "captures/emulator/03-get-unit-E001.json",
                           "captures/emulator/22-get-unit-E001-after-ramp.json",
                           "captures/main_controller/07-get-unit.json",
                           "captures/main_controller/08-get-unit-urgent.json"}) {
    const auto unit = read_unit_data(text(name), name, 0);
    ASSERT_TRUE(unit.ok()) << unit.problems.text(Severity::error);
    EXPECT_TRUE(unit->reading.soc.has_value()) << name;
    EXPECT_TRUE(unit->reading.mode_text_agrees) << name;
    EXPECT_TRUE(unit->time.has_value()) << name;
  }
}

TEST_F(ReferenceFiles, JavaUnitDataComesBackWithTheSameNumbers) {
  const char* name = "captures/java-node/web-get-log-3-of-19-units.json";
  const auto document = parse_document(text(name), name);
  const auto units = read_unit_data_map(text(name), name, 0);
  ASSERT_TRUE(units.ok());
  for (std::size_t i = 0; i < units->size(); ++i) {
    const Value ours = unit_data_value((*units)[i]);
    for (const char* part : {"oesunit", "time", "apis", "emu", "battery"}) {
      EXPECT_EQ(to_text(*ours.find(part)), to_text(*document->members()[i].value.find(part)));
    }
  }
}

TEST_F(ReferenceFiles, DeviceAnswersAreRead) {
  for (const char* name :
       {"07-get-dcdc-E001", "08-get-dcdc-status-E001", "21-set-dcdc-E001-CV",
        "23-set-dcdc-E002-charge", "24-set-dcdc-E003-discharge", "25-get-dcdc-status-E001-sharing",
        "27-set-dcdc-current-E002", "28-set-dcdc-voltage-E001", "29-get-dcdc-status-E001-360",
        "30-set-dcdc-fractional-dvg", "31-set-dcdc-E004-second-CV", "33-set-dcdc-E001-wait",
        "35-set-dcdc-E004-wait", "37-set-dcdc-with-p1p2", "45-set-dcdc-acc200"}) {
    const std::string path = "captures/emulator/" + std::string(name) + ".json";
    const auto reading = read_device_answer(text(path), name, {});
    ASSERT_TRUE(reading.ok()) << reading.problems.text(Severity::error);
    EXPECT_TRUE(reading->grid_v.has_value()) << name;
    EXPECT_TRUE(reading->mode_text_agrees) << name;
  }
}

TEST_F(ReferenceFiles, DealListsOfApisWebComeBackUnchanged) {
  const std::string web = body("captures/java-node/web-deals.http.txt");
  const auto deals = read_web_deals(web, "web", 9 * 3600);
  ASSERT_TRUE(deals.ok()) << deals.problems.text(Severity::error);
  EXPECT_EQ(write_web_deals(*deals), to_text(*parse_document(web, "web").value));
  const auto more =
      read_web_deals(text("captures/main_controller/04-get-dealsInfo.json"), "dealsInfo", 0);
  ASSERT_TRUE(more.ok());
  EXPECT_EQ(more->at(1).request, Direction::discharge);
}

}  // namespace
}  // namespace musubi::json
