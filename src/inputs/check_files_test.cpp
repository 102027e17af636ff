#include "inputs/check_files.hpp"

#include <gtest/gtest.h>
#include <sstream>

#include "support/files.hpp"

namespace musubi::inputs {
namespace {

using test::example;

/// A folder with the example files, in which each test changes what it wants.
class CheckFiles : public testing::Test, protected test::Folder {
 protected:
  CheckFiles() {
    for (const char* name :
         {"config.json", "hwConfig.json", "policy.json", "scenario.json", "community.json"}) {
      write(name, example(name));
    }
  }
  int check(const std::vector<std::string>& names, bool strict = false) {
    std::vector<std::string> paths;
    for (const auto& name : names) {
      paths.push_back(file(name));
    }
    std::ostringstream out;
    std::ostringstream err;
    const int status = check_files(paths, strict, out, err);
    out_ = without_path(out.str());
    err_ = without_path(err.str());
    return status;
  }

  std::string out_;
  std::string err_;
};

TEST_F(CheckFiles, ReportsEachFileAndItsStatus) {
  EXPECT_EQ(check({"config.json", "hwConfig.json", "policy.json", "scenario.json"}), 0);
  EXPECT_EQ(err_, "");
  EXPECT_EQ(out_, "config.json: config.json, ok\nhwConfig.json: hwConfig.json, ok\n"
                  "policy.json: policy.json, ok\nscenario.json: scenario.json, ok\n");
  EXPECT_EQ(check({"missing.json", "policy.json"}), 2);
  EXPECT_EQ(err_,
            "missing.json: found no file that can be opened, allowed: a file that may be read\n");
  EXPECT_EQ(out_, "policy.json: policy.json, ok\n");
}

TEST_F(CheckFiles, ACommunityBringsItsFiles) {
  EXPECT_EQ(check({"community.json"}), 0);
  EXPECT_EQ(out_, "community.json: community, ok\n");
  change("hwConfig.json", "2.3,", "\"2.3\",");
  EXPECT_EQ(check({"community.json"}), 2);
  EXPECT_EQ(err_, "hwConfig.json:7: /gridCurrentCapacityA: found \"2.3\", allowed: a number from 0 "
                  "to 10000 (A)\n");
  // Named by the community and on the command line, it is told once.
  EXPECT_EQ(check({"hwConfig.json", "community.json"}), 2);
  EXPECT_EQ(err_, "hwConfig.json:7: /gridCurrentCapacityA: found \"2.3\", allowed: a number from 0 "
                  "to 10000 (A)\n");
}

TEST_F(CheckFiles, WarningsCountOnlyWhereStrict) {
  change("community.json", "\"firstSocPct\": 70", "\"firstSocPct\": 0");
  EXPECT_EQ(check({"community.json"}), 0);
  EXPECT_EQ(out_,
            "community.json:26: warning: /units/0/battery/firstSocPct: found 0, below the reserve, "
            "allowed: from reservePct 0.5 on, or the house begins in the dark\n"
            "community.json: community, ok\n");
  EXPECT_EQ(check({"community.json"}, true), 2);
}

TEST_F(CheckFiles, FilesGivenTogetherAreCompared) {
  change("hwConfig.json", "\"gridCurrentCapacityA\": 2.3", "\"gridCurrentCapacityA\": 0.9");
  change("hwConfig.json", "\"batteryNominalCapacityWh\": 4800",
         "\"batteryNominalCapacityWh\": 4000");
  change("config.json", "\"unitId\": \"E001\"", "\"unitId\": \"F001\"");
  EXPECT_EQ(check({"policy.json"}), 0);
  EXPECT_EQ(check({"scenario.json"}), 0);
  EXPECT_EQ(check({"policy.json", "hwConfig.json", "config.json", "scenario.json"}), 2);
  EXPECT_EQ(err_,
            "policy.json:53: /mediator/deal/gridCurrentA: found 1, allowed: at most 0.9, "
            "gridCurrentCapacityA of hwConfig.json\n"
            "config.json:17: /unitId: found \"F001\", allowed: a unit of policy.json; did you mean "
            "\"E001\"?\n"
            "scenario.json:20: /00:00:00-24:00:00/request/excess/discharge/limitWh: found 4320, "
            "allowed: at most 4000, batteryNominalCapacityWh of hwConfig.json\n");
}

TEST_F(CheckFiles, ColumnsAreUnitsOfTheCommunityGivenWithThem) {
  write("pv.csv", "time,E001,House 2\n2025-07-01T00:00:00Z,1,1\n2025-07-01T01:00:00Z,1,1\n");
  EXPECT_EQ(check({"pv.csv"}), 0);
  EXPECT_EQ(out_, "pv.csv: powers, timestamped, 2 columns, 1 h, ok\n");
  EXPECT_EQ(check({"pv.csv", "community.json"}), 2);
  EXPECT_EQ(err_, "pv.csv:1: column House 2: found a unit that the community does not have, "
                  "allowed: its units, E001 to E003\n");
}

}  // namespace
}  // namespace musubi::inputs
