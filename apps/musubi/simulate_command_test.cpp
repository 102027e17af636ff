#include "musubi/simulate_command.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <sstream>

#include <fmt/format.h>

#include "support/files.hpp"
#include "json/document.hpp"

namespace musubi::app {
namespace {

/// A folder with two houses: a community, its PV and its load for two days.
class Simulate : public testing::Test, protected test::Folder {
 protected:
  Simulate() {
    write("community.json", R"({
  "name": "two",
  "site": { "latitudeDeg": 48.1, "longitudeDeg": 11.6, "timeZone": "+01:00" },
  "tariff": { "currency": "EUR", "importPerKwh": 0.4,
              "slices": [{ "fromHour": 0, "toHour": 12, "importPerKwh": 0.2 }] },
  "gridCo2KgPerKwh": 0.5,
  "units": [
    { "id": "A", "battery": { "capacityWh": 9600, "firstSocPct": 30 }, "pv": { "peakKw": 5 } },
    { "id": "B", "battery": { "capacityWh": 2400, "firstSocPct": 30 } }
  ],
  "lines": [{ "from": "A", "to": "B", "resistanceOhm": 0.1 }]
})");
    options_.community = file("community.json");
    options_.json = true;
  }
  /// Hours of constant power.
  [[nodiscard]] std::string powers(const std::string& name, const std::string& column, double w,
                                   int hours) const {
    std::string text = "time," + column + "\n";
    for (int h = 0; h < hours; ++h) {
      text += fmt::format("2025-07-{:02}T{:02}:00:00+01:00,{}\n", 1 + h / 24, h % 24, w);
    }
    return write(name, text);
  }
  json::Value run() {
    std::ostringstream out;
    std::ostringstream err;
    status_ = simulate(options_, out, err, false);
    err_ = err.str();
    const auto summary = json::parse_document(out.str(), "summary");
    return summary.value.value_or(json::Value());
  }
  static double number(const json::Value& summary, const char* key) {
    const auto* value = summary.find(key);
    EXPECT_NE(value, nullptr) << key;
    return value == nullptr ? 0.0 : value->as_number();
  }

  SimulateOptions options_;
  int status_ = 0;
  std::string err_;
};

TEST_F(Simulate, ACommunityFileGivesCostAndCo2) {
  const json::Value summary = run();
  ASSERT_EQ(status_, 0) << err_;
  EXPECT_EQ(summary.find("community")->as_text(), "two");
  const double import_kwh = number(summary, "grid_import_kwh");
  EXPECT_GT(import_kwh, 1.0);
  EXPECT_NEAR(number(summary, "co2_kg"), 0.5 * import_kwh, 1e-9);
  EXPECT_GT(number(summary, "cost"), 0.2 * import_kwh);
  EXPECT_LT(number(summary, "cost"), 0.4 * import_kwh);
  EXPECT_EQ(summary.find("currency")->as_text(), "EUR");
}

TEST_F(Simulate, ABuiltInCommunityHasNoCost) {
  options_.community = "demo4";
  options_.days = "0.0417";
  const json::Value summary = run();
  ASSERT_EQ(status_, 0) << err_;
  EXPECT_EQ(summary.find("cost"), nullptr);
  EXPECT_EQ(summary.find("co2_kg"), nullptr);
}

TEST_F(Simulate, PowersOfFilesReachTheHouses) {
  options_.pv_file = powers("pv.csv", "B [kW]", 0.5, 24);
  options_.load_file = powers("load.csv", "B", 300, 24);
  const json::Value summary = run();
  ASSERT_EQ(status_, 0) << err_;
  const json::Value& b = summary.find("per_unit")->items()[1];
  EXPECT_NEAR(number(b, "pv_kwh"), 12.0, 1e-6);
  EXPECT_NEAR(number(b, "load_kwh") + number(b, "unserved_kwh"), 7.2, 1e-6);
}

TEST_F(Simulate, ARunLongerThanItsFileIsRefusedBeforeItBegins) {
  options_.pv_file = powers("pv.csv", "B", 500, 24);
  options_.days = "2";
  options_.out_dir = file("result");
  run();
  EXPECT_EQ(status_, 2);
  EXPECT_EQ(err_, "musubi simulate: " + options_.pv_file +
                      ":25: column time: found an end of the data at 2025-07-02T00:00:00+01:00, "
                      "allowed: the end of the run, 2025-07-03T00:00:00+01:00, or later\n");
  EXPECT_FALSE(std::filesystem::exists(options_.out_dir));
}

TEST_F(Simulate, ProblemsOfBothFilesAreToldTogether) {
  options_.pv_file = powers("pv.csv", "C", 500, 24);
  options_.load_file = file("none.csv");
  run();
  EXPECT_EQ(status_, 2);
  EXPECT_NE(err_.find("column C: found a unit that the community does not have"), std::string::npos)
      << err_;
  EXPECT_NE(err_.find("none.csv: cannot be read"), std::string::npos) << err_;
}

TEST_F(Simulate, AStartBeyondTheCalendarOfThePlantIsRefused) {
  for (const char* start : {"0001-01-01", "1969-12-31", "2200-01-02", "9999-01-01", "tomorrow"}) {
    options_.start = start;
    run();
    EXPECT_EQ(status_, 2);
    EXPECT_NE(err_.find("years 1970 to 2199"), std::string::npos) << err_;
  }
}

TEST_F(Simulate, AnUnknownCommunityIsRefusedWithWhatIsAllowed) {
  options_.community = "demo5";
  run();
  EXPECT_EQ(status_, 2);
  EXPECT_EQ(err_, "musubi simulate: --community: found \"demo5\", allowed: demo4, oist19, or a "
                  "community file\n");
}

TEST_F(Simulate, HousesOffTheGridShareWhatTheyHave) {
  write("community.json", R"({
  "name": "off",
  "site": { "latitudeDeg": 0, "longitudeDeg": 37, "timeZone": "+03:00" },
  "units": [
    { "id": "A", "battery": { "capacityWh": 9600, "firstSocPct": 95 }, "pv": { "peakKw": 4 },
      "load": { "meanKwhPerDay": 2 }, "utility": { "connected": false } },
    { "id": "B", "battery": { "capacityWh": 4800, "firstSocPct": 1 },
      "load": { "meanKwhPerDay": 2 }, "utility": { "connected": false } }
  ],
  "lines": [{ "from": "A", "to": "B", "resistanceOhm": 0.1 }]
})");
  options_.days = "2";
  const double shared_kwh = number(run(), "unserved_kwh");
  ASSERT_EQ(status_, 0) << err_;
  options_.sharing = "off";
  const json::Value alone = run();
  EXPECT_EQ(number(alone, "grid_import_kwh"), 0.0);
  EXPECT_GT(number(alone, "unserved_kwh"), 2.0);
  EXPECT_LT(shared_kwh, 0.2 * number(alone, "unserved_kwh"));
}

}  // namespace
}  // namespace musubi::app
