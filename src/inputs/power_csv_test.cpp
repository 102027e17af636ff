#include "inputs/power_csv.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include <fmt/format.h>

namespace musubi::inputs {
namespace {

using json::Severity;

constexpr std::int64_t july_s = 1'751'328'000;  // 2025-07-01T00:00:00Z
constexpr std::int64_t hour_s = 3600;

PowerCsvOptions options_for(std::int64_t hours) {
  PowerCsvOptions options;
  options.units = {"E001", "E002", "E003"};
  options.run = physics::TimeSpan{july_s, july_s + hours * hour_s};
  return options;
}

json::ReadResult<PowerCsv> read(const std::string& text,
                                const PowerCsvOptions& options = options_for(2)) {
  std::istringstream in(text);
  return read_power_csv(in, "pv.csv", options);
}

std::string errors(const std::string& text, const PowerCsvOptions& options = options_for(2)) {
  const auto result = read(text, options);
  EXPECT_NE(result.ok(), result.problems.has_errors());
  return result.problems.text(Severity::error);
}

TEST(TimestampedCsv, GivesEachUnitItsColumn) {
  const auto csv = read("\xEF\xBB\xBFtime,E003 [kW],\"E001\"\r\n"
                        "2025-07-01T00:00:00Z,1.5,100\r\n"
                        "2025-07-01T01:00:00Z,0,250\r\n");
  ASSERT_TRUE(csv.ok()) << csv.problems.text(Severity::error);
  ASSERT_EQ(csv->series.size(), 3U);
  EXPECT_EQ(csv->series[0]->at(july_s + hour_s), 250.0);
  EXPECT_EQ(csv->series[1], nullptr) << "E002 keeps its model";
  EXPECT_EQ(csv->series[2]->at(july_s), 1500.0);
  EXPECT_EQ(csv->form, "timestamped, 2 columns, 1 h");
}

TEST(TimestampedCsv, EnergyOfAStepBecomesItsMeanPower) {
  const auto csv =
      read("time,E001[Wh],E002 [kWh]\n"
           "2025-07-01T00:00:00Z,100,0.1\n2025-07-01T00:15:00Z,0,0\n2025-07-01T00:30:00Z,0,0\n"
           "2025-07-01T00:45:00Z,0,0\n",
           options_for(1));
  ASSERT_TRUE(csv.ok()) << csv.problems.text(Severity::error);
  EXPECT_EQ(csv->series[0]->at(july_s), 400.0);
  EXPECT_EQ(csv->series[1]->at(july_s), 400.0);
}

TEST(TimestampedCsv, AChangeOfTheClockIsNoGap) {
  // Berlin, 2025-03-30: after 01:59:59+01:00 comes 03:00:00+02:00. And back in October.
  EXPECT_EQ(errors("time,E001\n2025-03-30T01:00:00+01:00,1\n2025-03-30T03:00:00+02:00,2\n"
                   "2025-03-30T04:00:00+02:00,3\n",
                   {}),
            "");
  EXPECT_EQ(errors("time,E001\n2025-10-26T02:00:00+02:00,1\n2025-10-26T02:00:00+01:00,2\n"
                   "2025-10-26T03:00:00+01:00,3\n",
                   {}),
            "");
}

TEST(TimestampedCsv, ALeapDayIsADay) {
  EXPECT_EQ(errors("time,E001\n2024-02-28T00:00:00Z,1\n2024-02-29T00:00:00Z,2\n"
                   "2024-03-01T00:00:00Z,3\n",
                   {}),
            "");
  EXPECT_EQ(errors("time,E001\n2024-02-28T00:00:00Z,1\n2024-02-29T00:00:00Z,2\n"
                   "2024-03-02T00:00:00Z,3\n",
                   {}),
            "pv.csv:4: column time: found 2024-03-02T00:00:00+00:00: 1 line is missing, allowed: "
            "2024-03-01T00:00:00+00:00, one step of 24 h after the line before");
}

struct Wrong {
  const char* name;
  const char* text;
  const char* message;
};
const Wrong wrong_files[] = {
    {"gap",
     "time,E001\n2025-07-01T00:00:00Z,1\n2025-07-01T00:15:00Z,1\n2025-07-01T01:00:00Z,1\n"
     "2025-07-01T01:15:00Z,1\n2025-07-01T01:30:00Z,1\n2025-07-01T01:45:00Z,1\n",
     "pv.csv:4: column time: found 2025-07-01T01:00:00+00:00: 2 lines are missing, allowed: "
     "2025-07-01T00:30:00+00:00, one step of 15 min after the line before"},
    {"repeat",
     "time,E001\n2025-07-01T00:00:00Z,1\n2025-07-01T01:00:00Z,1\n2025-07-01T01:00:00Z,1\n",
     "pv.csv:4: column time: found 2025-07-01T01:00:00+00:00: the time again, allowed: "
     "2025-07-01T02:00:00+00:00, one step of 1 h after the line before"},
    {"back",
     "time,E001\n2025-07-01T00:00:00Z,1\n2025-07-01T01:00:00Z,1\n2025-07-01T00:30:00Z,1\n"
     "2025-07-01T01:30:00Z,1\n",
     "pv.csv:4: column time: found 2025-07-01T00:30:00+00:00: back in time, allowed: "
     "2025-07-01T02:00:00+00:00, one step of 1 h after the line before"},
    {"change",
     "time,E001\n2025-07-01T00:00:00Z,1\n2025-07-01T01:00:00Z,1\n2025-07-01T01:30:00Z,1\n"
     "2025-07-01T02:30:00Z,1\n",
     "pv.csv:4: column time: found 2025-07-01T01:30:00+00:00: the step changes, allowed: "
     "2025-07-01T02:00:00+00:00, one step of 1 h after the line before"},
    {"offset", "time,E001\n2025-07-01T00:00:00,1\n2025-07-01T01:00:00Z,1\n2025-07-01T02:00:00Z,1\n",
     "pv.csv:2: column time: found \"2025-07-01T00:00:00\", allowed: a time with its offset like "
     "2025-07-01T00:00:00+09:00; here the offset is missing\n"
     "pv.csv:4: column time: found a first time (line 3) of 2025-07-01T01:00:00+00:00, allowed: "
     "the begin of the run, 2025-07-01T00:00:00+00:00, or earlier"},
    {"negative", "time,E001\n2025-07-01T00:00:00Z,1\n2025-07-01T01:00:00Z,-0.5\n",
     "pv.csv:3: column E001: found \"-0.5\", allowed: a number from 0 to 100000000 (W)"},
    {"nan", "time,E001\n2025-07-01T00:00:00Z,nan\n2025-07-01T01:00:00Z,1\n",
     "pv.csv:2: column E001: found \"nan\", allowed: a number from 0 to 100000000 (W)"},
    {"empty", "time,E001,E002\n2025-07-01T00:00:00Z,1,\n2025-07-01T01:00:00Z,1,1\n",
     "pv.csv:2: column E002: found nothing, allowed: a number from 0 to 100000000 (W)"},
    {"fields",
     "time,E001\n2025-07-01T00:00:00Z,1,5\n2025-07-01T00:00:00Z,1\n2025-07-01T01:00:00Z,1\n",
     "pv.csv:2: found 3 fields, allowed: 2 as in the header"},
    {"unknown", "time,E0O1\n2025-07-01T00:00:00Z,1\n",
     "pv.csv:1: column E0O1: found a unit that the community does not have, allowed: its units; "
     "did "
     "you mean \"E001\"?\n"
     "pv.csv:2: found one line of data, allowed: at least two: they give the step"},
    {"twice", "time,E001,E001 [kW]\n2025-07-01T00:00:00Z,1,1\n",
     "pv.csv:1: column E001: found the unit again, allowed: each unit once\n"
     "pv.csv:2: found one line of data, allowed: at least two: they give the step"},
    {"dimension", "time,E001 [MW]\n2025-07-01T00:00:00Z,1\n",
     "pv.csv:1: column 2: found \"E001 [MW]\", allowed: [W], [kW], [Wh] or [kWh] after the unit's "
     "name; W without\n"
     "pv.csv:2: found one line of data, allowed: at least two: they give the step"},
    {"begins late", "time,E001\n2025-07-01T01:00:00Z,1\n2025-07-01T02:00:00Z,1\n",
     "pv.csv:3: column time: found a first time (line 2) of 2025-07-01T01:00:00+00:00, allowed: "
     "the begin of the run, 2025-07-01T00:00:00+00:00, or earlier"},
    {"ends early", "time,E001\n2025-07-01T00:00:00Z,1\n2025-07-01T00:30:00Z,1\n",
     "pv.csv:3: column time: found an end of the data at 2025-07-01T01:00:00+00:00, allowed: the "
     "end of the run, 2025-07-01T02:00:00+00:00, or later"},
    {"one line", "time,E001\n2025-07-01T00:00:00Z,1\n",
     "pv.csv:2: found one line of data, allowed: at least two: they give the step"},
    {"semicolons", "time;E001\n2025-07-01T00:00:00Z;1\n",
     "pv.csv:1: found fields separated by \";\" instead of \",\", allowed: a header "
     "\"time,<unit>,<unit>,...\", or 365 lines of 24 numbers (the solar file of APIS), or 48 "
     "half-hourly columns from the sixth on (the load file of APIS)"},
    {"nothing", "\n\n",
     "pv.csv:1: found nothing, allowed: a header \"time,<unit>,<unit>,...\", or 365 lines of 24 "
     "numbers (the solar file of APIS), or 48 half-hourly columns from the sixth on (the load file "
     "of APIS)"},
};

TEST(TimestampedCsv, WhatIsWrongIsToldWithItsLine) {
  for (const Wrong& wrong : wrong_files) {
    EXPECT_EQ(errors(wrong.text), wrong.message) << wrong.name;
  }
}

TEST(TimestampedCsv, TellsAllProblemsUpToTwenty) {
  std::string text = "time,E001\n";
  for (int hour = 0; hour < 24; ++hour) {
    text += fmt::format("2025-07-01T{:02}:00:00Z,{}\n", hour, hour < 3 ? "1" : "x");
  }
  std::istringstream in(text);
  EXPECT_EQ(read_power_csv(in, "f", {}).problems.list().size(), 20U);
}

TEST(TimestampedCsv, AnEndlessLineIsRefused) {
  EXPECT_EQ(errors("time,E001\n" + std::string(300'000, '1')),
            "pv.csv:2: found a line of more than 262144 bytes, allowed: at most 262144 bytes\n"
            "pv.csv:2: found no line of data, allowed: at least two: they give the step");
}

std::string solar_file(int days) {
  std::string text;
  for (int day = 1; day <= days; ++day) {
    for (int hour = 0; hour < 24; ++hour) {
      text += fmt::format("{}{}", hour == 0 ? "" : ",", day * 10 + hour);
    }
    text += '\n';
  }
  return text;
}

TEST(ReferencePv, IsTheSameForAllUnits) {
  const auto csv = read(solar_file(365));
  ASSERT_TRUE(csv.ok()) << csv.problems.text(Severity::error);
  for (const auto& series : csv->series) {
    EXPECT_EQ(series->at(july_s + hour_s), 1821.0);  // day 182, hour 1
  }
}

TEST(ReferencePv, MustHave365Lines) {
  EXPECT_EQ(errors(solar_file(364)),
            "pv.csv:364: found the end after 364 lines, allowed: 365 lines, one for each day of a "
            "year");
  EXPECT_EQ(errors(solar_file(366)),
            "pv.csv:366: found a line more, allowed: 365 lines, one for each day of a year");
}

std::string load_rows(int customer, int days, double kw) {
  std::string text;
  for (int day = 0; day < days; ++day) {
    text += fmt::format("{},3.8,2076,GC,day", customer);
    for (int i = 0; i < 48; ++i) {
      text += fmt::format(",{}", kw + 0.01 * i);
    }
    text += '\n';
  }
  return text;
}
std::string load_header() {
  std::string text = "Customer,Capacity,Postcode,Category,date";
  for (int i = 0; i < 48; ++i) {
    text += fmt::format(",{}:{:02}", i / 2, i % 2 * 30);
  }
  return text + '\n';
}

TEST(ReferenceLoad, CustomersAreTheUnitsInTheirOrder) {
  PowerCsvOptions options = options_for(24);
  options.kind = PowerKind::load;
  const auto csv =
      read(load_header() + load_rows(1, 365, 0.5) + load_rows(2, 365, 1.0) + load_rows(7, 365, 2.0),
           options);
  ASSERT_TRUE(csv.ok()) << csv.problems.text(Severity::error);
  EXPECT_NEAR(csv->series[0]->at(july_s), 500.0, 1e-3);
  EXPECT_NEAR(csv->series[0]->at(july_s + 1800), 510.0, 1e-3);
  EXPECT_NEAR(csv->series[1]->at(july_s + 86399), 1470.0, 1e-3);
  EXPECT_EQ(csv->series[2], nullptr);
  EXPECT_EQ(csv->form, "load file of APIS, 3 customers");
}

TEST(ReferenceLoad, ProblemsHaveTheirLine) {
  PowerCsvOptions options = options_for(24);
  options.kind = PowerKind::load;
  EXPECT_EQ(errors(load_header() + load_rows(1, 364, 0.5) + load_rows(2, 365, 1.0), options),
            "pv.csv:366: column 1: found 364 lines for customer 1 before this line or the end, "
            "allowed: 365 lines for each customer");
  EXPECT_EQ(errors(load_header() + load_rows(1, 366, 0.5), options),
            "pv.csv:367: column 1: found customer 1 again, allowed: 365 lines one below the other "
            "for each customer");
  std::string wrong = load_header() + load_rows(1, 365, 0.5);
  wrong.replace(wrong.find("0.5,"), 3, "?.5");
  EXPECT_EQ(errors(wrong, options),
            "pv.csv:2: column 6: found \"?.5\", allowed: a number from 0 to 100000 (kW)");
  EXPECT_EQ(
      errors(solar_file(365), options),
      "pv.csv:1: found 24 fields, the first \"10\", allowed: a header "
      "\"time,<unit>,<unit>,...\", or 48 half-hourly columns from the sixth on (the load file "
      "of APIS)");
}

}  // namespace
}  // namespace musubi::inputs
