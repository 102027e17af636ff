#include "inputs/community_file.hpp"

#include <gtest/gtest.h>

#include "support/files.hpp"

namespace musubi::inputs {
namespace {

using json::Severity;
using test::example;
using test::replaced;

/// The smallest community there is.
constexpr const char* small = R"({
  "name": "two",
  "site": { "latitudeDeg": 48.1, "longitudeDeg": 11.6, "timeZone": "+01:00" },
  "units": [
    { "id": "A", "battery": { "capacityWh": 9600, "firstSocPct": 40 } },
    { "id": "B", "battery": { "capacityWh": 4800, "firstSocPct": 50 }, "pv": { "peakKw": 3 } }
  ],
  "lines": [{ "from": "A", "to": "B", "resistanceOhm": 0.1 }]
})";

TEST(CommunityFile, ExamplesAreClean) {
  for (const char* name : {"community.json", "village.json"}) {
    const auto file = read_community(example(name), name);
    EXPECT_TRUE(file.ok()) << file.problems.text(Severity::error);
    EXPECT_EQ(file.problems.text(Severity::warning), "");
  }
}

TEST(CommunityFile, WhatIsLeftOutHasItsDefault) {
  const auto file = read_community(small, "small.json");
  ASSERT_TRUE(file.ok()) << file.problems.text(Severity::error);
  const physics::Community& c = file->community;
  EXPECT_EQ(c.name, "two");
  EXPECT_EQ(c.site.utc_offset_s, 3600);
  ASSERT_EQ(c.units.size(), 2U);
  const physics::UnitParams& a = c.units[0];
  EXPECT_EQ(a.first_rsoc, Percent(40.0));
  EXPECT_EQ(a.pv.peak_kw, 0.0);
  EXPECT_EQ(a.load_scale, 1.0);
  EXPECT_EQ(a.converter.icap, Amperes(2.3));
  EXPECT_EQ(a.house.inverter_idle_w, physics::House::Params::modern().inverter_idle_w);
  EXPECT_TRUE(a.utility);
  EXPECT_TRUE(a.outages.empty());
  EXPECT_EQ(c.units[1].pv.tilt_deg, physics::PvParams().tilt_deg);
  EXPECT_FALSE(c.tariff.has_value());
  ASSERT_EQ(c.lines.size(), 1U);
  EXPECT_EQ(c.lines[0].to, 1U);
}

TEST(CommunityFile, ABatteryIsSoManyOf4800WhSideBySide) {
  const auto file = read_community(small, "small.json");
  ASSERT_TRUE(file.ok());
  const physics::Battery::Params& big = file->community.units[0].battery;
  EXPECT_EQ(big.charge_limit, Amperes(120.0));
  EXPECT_EQ(big.discharge_limit, Amperes(200.0));
  EXPECT_EQ(big.resistance, Ohms(0.015));
  const physics::Battery::Params& usual = file->community.units[1].battery;
  EXPECT_EQ(usual.charge_limit, physics::Battery::Params().charge_limit);
  EXPECT_EQ(usual.resistance, physics::Battery::Params().resistance);
}

TEST(CommunityFile, OutagesOfAllAndOfOneUnitAreUnited) {
  const auto file = read_community(
      replaced(replaced(small, "\"units\": [",
                        R"("outages": [{ "from": "2025-07-01T06:00", "to": "2025-07-01T08:00" },
                            { "from": "2025-08-01T00:00Z", "to": "2025-08-02T00:00Z" }], "units": [)"),
               "\"firstSocPct\": 40 } }",
               R"("firstSocPct": 40 }, "utility": { "outages":
                   [{ "from": "2025-07-01T07:00", "to": "2025-07-01T09:30" }] } })"),
      "small.json");
  ASSERT_TRUE(file.ok()) << file.problems.text(Severity::error);
  const auto& own = file->community.units[0].outages;
  ASSERT_EQ(own.size(), 2U);
  EXPECT_EQ(own[0].from_unix_ms, 1'751'346'000'000);  // 05:00 UTC
  EXPECT_EQ(own[0].to_unix_ms, 1'751'358'600'000);    // 08:30 UTC
  EXPECT_EQ(own[1].from_unix_ms, 1'754'006'400'000);
  EXPECT_EQ(file->community.units[1].outages[0].to_unix_ms, 1'751'353'200'000);
}

struct Broken {
  const char* from;
  const char* to;
  const char* message;
};

const Broken broken_files[] = {
    {"\"peakKw\": 3 }", "\"peakKw\": 3, \"tilt\": 10, \"azimutDeg\": 90, \"colour\": 1 }",
     "small.json:6: /units/1/pv/tilt: found an unknown key, allowed: did you mean \"tiltDeg\"?\n"
     "small.json:6: /units/1/pv/azimutDeg: found an unknown key, allowed: did you mean "
     "\"azimuthDeg\"?\n"
     "small.json:6: /units/1/pv/colour: found an unknown key, allowed: known keys; a comment "
     "begins "
     "with \"#\""},
    {"\"name\": \"two\",", "",
     "small.json:1: /name: found nothing, allowed: a text that is not empty"},
    {"48.1", "91",
     "small.json:3: /site/latitudeDeg: found 91, allowed: a number from -66 to 66 (degrees north)"},
    {"+01:00", "Europe/Berlin",
     "small.json:3: /site/timeZone: found \"Europe/Berlin\", allowed: an offset from UTC in "
     "quarters of an hour like \"+09:00\"; a run keeps one offset, also where the clock changes: "
     "take that of standard time"},
    {"+01:00", "1",
     "small.json:3: /site/timeZone: found \"1\", allowed: an offset from UTC in quarters of an "
     "hour "
     "like \"+09:00\""},
    {"\"B\", \"battery\"", "\"A\", \"battery\"",
     "small.json:6: /units/1/id: found \"A\" again, allowed: each unit once (first on line 5)\n"
     "small.json:8: /lines/0/to: found \"B\", allowed: the id of one of the units"},
    {"9600", "0",
     "small.json:5: /units/0/battery/capacityWh: found 0, allowed: a number from 10 to 10000000 "
     "(Wh)"},
    {"9600", "200",
     "small.json:5: /units/0/battery: found a battery of 200 Wh and 0.72 Ohm that gives at most "
     "697 W, allowed: 1220 W for the converter's 2.3 A at 400 V, 300 W for the house beside it: a "
     "larger battery, less resistanceOhm or a lower currentLimitA"},
    {"9600,", "9600, \"dischargeLimitA\": 2000,",
     "small.json:5: /units/0/battery: found dischargeLimitA 2000 through resistanceOhm 0.015: a "
     "drop of 30.0 V, allowed: a drop of at most 22.4 V, half of the voltage of an empty battery"},
    {"{ \"peakKw\": 3 }", "{ \"peakKw\": -3 }",
     "small.json:6: /units/1/pv/peakKw: found -3, allowed: a number from 0 to 100000 (kW)"},
    {"{ \"capacityWh\": 4800, \"firstSocPct\": 50 }", "{ \"capacityWh\": 4800 }",
     "small.json:6: /units/1/battery/firstSocPct: found nothing, allowed: a number from 0 to 100 "
     "(%)"},
    {"\"battery\": { \"capacityWh\": 9600, \"firstSocPct\": 40 }", "\"load\": {}",
     "small.json:5: /units/0/battery: found nothing, allowed: an object with capacityWh and "
     "firstSocPct"},
    {"\"to\": \"B\"", "\"to\": \"A\"",
     "small.json:8: /lines/0: found a line from a unit to itself, allowed: two different units"},
    {"{ \"from\": \"A\", \"to\": \"B\", \"resistanceOhm\": 0.1 }", "",
     "small.json:8: /lines: found no way from A to B, allowed: lines that join all units to one "
     "network"},
    {"0.1", "-0.1",
     "small.json:8: /lines/0/resistanceOhm: found -0.1, allowed: a number from 0 to 1000 (Ohm)"},
    {"\"units\": [",
     "\"outages\": [{ \"from\": \"2025-07-02T00:00\", \"to\": \"2025-07-01T00:00\" }], \"units\": "
     "[",
     "small.json:4: /outages/0: found an outage whose end is not after its begin, allowed: from "
     "before to"},
    {"\"units\": [",
     "\"outages\": [{ \"from\": \"yesterday\", \"to\": \"2025-07-01T00:00\" }], \"units\": [",
     "small.json:4: /outages/0/from: found \"yesterday\", allowed: a time like "
     "\"2025-07-03T18:00:00+09:00\", or without offset on the community's clock"},
    {"\"pv\": { \"peakKw\": 3 }", "\"house\": { \"bypassOnPct\": 50 }",
     "small.json:6: /units/1/house/bypassOnPct: found 50, above bypassOffPct 35, allowed: at most "
     "bypassOffPct"},
    {"\"units\": [",
     "\"tariff\": { \"currency\": \"EUR\", \"importPerKwh\": 0.3, \"slices\": [{ \"fromHour\": 3, "
     "\"toHour\": 3, \"importPerKwh\": 1 }] }, \"units\": [",
     "small.json:4: /tariff/slices/0: found a slice from 3 to 3 h, allowed: two different hours; "
     "toHour before fromHour runs over midnight"},
};

TEST(CommunityFile, WhatIsWrongIsToldWithItsPlace) {
  for (const Broken& broken : broken_files) {
    const auto file = read_community(replaced(small, broken.from, broken.to), "small.json");
    EXPECT_FALSE(file.ok());
    EXPECT_EQ(file.problems.text(Severity::error), broken.message);
  }
}

TEST(CommunityFile, AllProblemsAreToldAtOnce) {
  const auto file = read_community(
      replaced(replaced(replaced(small, "48.1", "\"48.1\""), "9600", "-1"), "0.1", "null"), "c");
  EXPECT_EQ(file.problems.list().size(), 3U) << file.problems.text(Severity::error);
}

TEST(CommunityFile, OddThingsAreWarnings) {
  const auto warnings = [](const std::string& text) {
    const auto file = read_community(text, "small.json");
    EXPECT_TRUE(file.ok()) << file.problems.text(Severity::error);
    return file.problems.text(Severity::warning);
  };
  EXPECT_EQ(warnings(replaced(small, "\"firstSocPct\": 40", "\"firstSocPct\": 0.2")),
            "small.json:5: warning: /units/0/battery/firstSocPct: found 0.2, below the reserve, "
            "allowed: from reservePct 0.5 on, or the house begins in the dark");
  EXPECT_EQ(warnings(replaced(small, "\"pv\": { \"peakKw\": 3 }",
                              R"("utility": { "connected": false, "outages":
      [{ "from": "2025-07-01T07:00", "to": "2025-07-01T09:30" }] })")),
            "small.json:6: warning: /units/1/utility/outages: found outages of a house that is not "
            "connected, allowed: they have no effect with \"connected\": false");
}

}  // namespace
}  // namespace musubi::inputs
