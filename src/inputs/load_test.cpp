#include "inputs/load.hpp"

#include "support/files.hpp"
#include <gtest/gtest.h>

namespace musubi::inputs {
namespace {

using json::Severity;
using test::example;
using test::replaced;

/// A folder with a community of two units and the example files of APIS.
class LoadCommunity : public testing::Test, protected test::Folder {
 protected:
  LoadCommunity() {
    write("policy.json", replaced(example("policy.json"), R"(["E001", "E002", "E003", "E004"])",
                                  R"(["E001", "E002"])"));
    write("scenario.json", example("scenario.json"));
    write("hwConfig.json", example("hwConfig.json"));
    write("community.json", R"({
  "name": "two",
  "site": { "latitudeDeg": 48.1, "longitudeDeg": 11.6, "timeZone": "+01:00" },
  "files": { "policy": "policy.json", "scenario": "scenario.json", "hwConfig": "hwConfig.json" },
  "units": [
    { "id": "E001", "battery": { "capacityWh": 4800, "firstSocPct": 40 }, "pv": { "peakKw": 3 } },
    { "id": "E002", "battery": { "capacityWh": 4800, "firstSocPct": 50 } }
  ],
  "lines": [{ "from": "E001", "to": "E002", "resistanceOhm": 0.1 }]
})");
  }
  [[nodiscard]] LoadedCommunity load() const { return load_community(file("community.json")); }
  /// The findings without the folder's name.
  [[nodiscard]] std::string said(Severity severity) const {
    return without_path(load().text(severity));
  }
};

TEST_F(LoadCommunity, FilesApplyToAllUnits) {
  change("hwConfig.json", "0.039", "0.05");
  const LoadedCommunity loaded = load();
  ASSERT_TRUE(loaded.inputs.has_value()) << loaded.text(Severity::error);
  EXPECT_EQ(loaded.text(Severity::warning), "");
  EXPECT_EQ(loaded.inputs->policy->members.size(), 2U);
  for (const UnitInputs& unit : loaded.inputs->units) {
    EXPECT_EQ(unit.hw->droop_ratio, 0.05);
    EXPECT_EQ(unit.scenario->slices.size(), 1U);
  }
}

TEST_F(LoadCommunity, AUnitsOwnFilesComeFirst) {
  write("unit/hw.json", replaced(example("hwConfig.json"), "0.039", "0.01"));
  change("community.json", "\"pv\"", R"("files": { "hwConfig": "unit/hw.json" }, "pv")");
  const LoadedCommunity loaded = load();
  ASSERT_TRUE(loaded.inputs.has_value()) << loaded.text(Severity::error);
  EXPECT_EQ(loaded.inputs->units[0].hw->droop_ratio, 0.01);
  EXPECT_EQ(loaded.inputs->units[1].hw->droop_ratio, 0.039);
}

TEST_F(LoadCommunity, AUnitsConfigNamesItsFilesFromItsOwnFolder) {
  write("unit/config.json", example("config.json"));
  write("unit/hwConfig.json", replaced(example("hwConfig.json"), "0.039", "0.02"));
  write("unit/scenario.json", example("scenario.json"));
  write("unit/policy.json", content("policy.json"));
  change("community.json", "\"pv\"", R"("files": { "config": "unit/config.json" }, "pv")");
  const LoadedCommunity loaded = load();
  ASSERT_TRUE(loaded.inputs.has_value()) << loaded.text(Severity::error);
  EXPECT_EQ(loaded.inputs->units[0].hw->droop_ratio, 0.02);
  // Another policy than the community's, and another unit than this one.
  change("unit/policy.json", "\"gridCurrentA\": 1,", "\"gridCurrentA\": 2,");
  change("unit/config.json", "\"unitId\": \"E001\"", "\"unitId\": \"E002\"");
  EXPECT_EQ(
      said(Severity::error),
      "unit/config.json:17: /unitId: found \"E002\", allowed: a unit of community.json; did "
      "you mean \"E001\"?\n"
      "unit/config.json:25: /policyFile: found \"./policy.json\", allowed: the same rules for "
      "all units: those of policy.json");
}

TEST_F(LoadCommunity, AMissingFileIsToldWhereItIsNamed) {
  change("community.json", "\"policy.json\"", "\"polcy.json\"");
  const std::string text = said(Severity::error);
  EXPECT_EQ(text, "community.json:4: /files/policy: found \"polcy.json\", allowed: a file that can "
                  "be opened; polcy.json cannot");
  EXPECT_EQ(load_community("nowhere.json").text(Severity::error),
            "nowhere.json: found no file that can be opened, allowed: a file that may be read");
}

TEST_F(LoadCommunity, ErrorsOfNamedFilesAreToldOnce) {
  change("scenario.json", "\"limitWh\": 2880", "\"limitWh\": -1");
  EXPECT_EQ(said(Severity::error),
            "scenario.json:21: /00:00:00-24:00:00/request/short/charge/limitWh: found -1, allowed: "
            "a whole number from 0 to 1000000000 (Wh)");
}

TEST_F(LoadCommunity, ContradictionsBetweenFilesAreErrors) {
  change("policy.json", "\"gridCurrentA\": 1,", "\"gridCurrentA\": 3,");
  change("scenario.json", "\"limitWh\": 2880,", "\"limitWh\": 4801, \"pairUnitId\": \"E007\",");
  change("community.json", "{ \"peakKw\": 3 }",
         "{ \"peakKw\": 3 }, \"converter\": { \"currentLimitA\": 1.5 }");
  EXPECT_EQ(said(Severity::error),
            "policy.json:53: /mediator/deal/gridCurrentA: found 3, allowed: at most 2.3, "
            "gridCurrentCapacityA of hwConfig.json\n"
            "scenario.json:21: /00:00:00-24:00:00/request/short/charge/pairUnitId: found \"E007\", "
            "allowed: a unit of two; did you mean \"E001\"?\n"
            "scenario.json:21: /00:00:00-24:00:00/request/short/charge/limitWh: found 4801, "
            "allowed: at most 4800, batteryNominalCapacityWh of hwConfig.json\n"
            "hwConfig.json:7: /gridCurrentCapacityA: found 2.3, allowed: at most 1.5, the "
            "converter's currentLimitA of E001");
}

TEST_F(LoadCommunity, AnotherBatteryThanHwConfigSaysIsAWarning) {
  change("community.json", "\"capacityWh\": 4800, \"firstSocPct\": 50",
         "\"capacityWh\": 9600, \"firstSocPct\": 50");
  EXPECT_EQ(said(Severity::warning),
            "hwConfig.json:6: warning: /batteryNominalCapacityWh: found 4800, allowed: capacityWh "
            "9600 of E002's battery, or remaining energies are not what its rules mean");
}

TEST_F(LoadCommunity, APolicyOfOtherUnitsIsAWarningAndItsListsAreErrors) {
  write("policy.json", replaced(example("policy.json"), "\"largeCapacityUnitIds\": [\"E001\"]",
                                "\"largeCapacityUnitIds\": [\"E003\"]"));
  EXPECT_EQ(said(Severity::warning),
            "policy.json:6: warning: /memberUnitIds: found other units than those of two, allowed: "
            "the units of the community; they are used instead");
  EXPECT_EQ(said(Severity::error),
            "policy.json:7: /largeCapacityUnitIds/0: found \"E003\", allowed: a unit of two; did "
            "you mean \"E001\"?");
}

}  // namespace
}  // namespace musubi::inputs
