#include "domain/reason.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>
#include <vector>

#include "domain/alarm.hpp"
#include "domain/modes.hpp"

namespace musubi {
namespace {

std::vector<Rule> every_rule() {
  std::vector<Rule> rules;
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(Rule::test_feature); ++i) {
    rules.push_back(static_cast<Rule>(i));
  }
  return rules;
}

TEST(ReasonTest, EveryRuleHasANameOfItsOwn) {
  std::set<std::string> names;
  for (const Rule rule : every_rule()) {
    EXPECT_TRUE(names.insert(name_of(rule)).second) << name_of(rule);
  }
  EXPECT_STREQ(name_of(Rule::none), "none");
  EXPECT_STREQ(name_of(Rule::amount_reached), "amount_reached");
  EXPECT_STREQ(name_of(Rule::share_complete), "share_complete");
  EXPECT_STREQ(name_of(Rule::test_feature), "test_feature");
}

TEST(ReasonTest, EverySentenceIsFilledAndEnds) {
  for (const Rule rule : every_rule()) {
    for (const Reason& reason : {Reason(rule), Reason(rule, 1, 2, 3, 4)}) {
      const std::string text = explain(reason);
      EXPECT_EQ(text.find_first_of("{}"), std::string::npos) << text;
      EXPECT_EQ(text.back(), '.') << text;
      EXPECT_GE(text.front(), 'A') << text;
      EXPECT_LE(text.front(), 'Z') << text;
    }
  }
}

TEST(ReasonTest, NumbersStandWithAsFewDecimalsAsTheyNeed) {
  EXPECT_EQ(explain(Reason(Rule::amount_reached, 50.0, 50)),
            "The amount is reached: 50 Wh of 50 Wh are metered.");
  EXPECT_EQ(explain(Reason(Rule::amount_reached, 49.9996, 49.875)),
            "The amount is reached: 50 Wh of 49.875 Wh are metered.");
  EXPECT_EQ(explain(Reason(Rule::leak, -0.5, 0.25)),
            "The currents of the dealing units sum to -0.5 A, 0.25 A are allowed: current is "
            "lost.");
  EXPECT_EQ(explain(Reason(Rule::leak, -1e-9, 100)),
            "The currents of the dealing units sum to 0 A, 100 A are allowed: current is lost.");
}

TEST(ReasonTest, NumbersThatAreNoneAreSaidSo) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(explain(Reason(Rule::take_over_done, nan)), "The only reference holds no number V.");
  EXPECT_EQ(explain(Reason(Rule::local_trip_alarm, nan, 1, 2)),
            "The unit tripped on its own alarm unknown: found 1, allowed 2.");
  EXPECT_GT(explain(Reason(Rule::take_over_done, std::numeric_limits<double>::max())).size(), 300U);
}

TEST(ReasonTest, CodesAreWords) {
  EXPECT_EQ(explain(Reason(Rule::local_fault, static_cast<double>(ConverterMode::waiting),
                           static_cast<double>(ConverterMode::discharge))),
            "The converter left its mode by itself: it is in waiting, asked for was discharge.");
  EXPECT_EQ(explain(Reason(Rule::mode_forbids, static_cast<double>(OperationMode::stop))),
            "The operation mode stop allows no deals.");
  EXPECT_EQ(explain(Reason(Rule::refused_direction, sign_of(Direction::charge),
                           sign_of(Direction::discharge))),
            "Refused: the deal has the unit charge while its other deals have it discharge.");
  EXPECT_EQ(explain(Reason(Rule::local_trip_alarm,
                           static_cast<double>(AlarmCode::temperature_out_of_range), 71, 60)),
            "The unit tripped on its own alarm temperature_out_of_range: found 71, allowed 60.");
}

TEST(ReasonTest, ARuleWithoutItsNumbersHasASentenceWithoutThem) {
  EXPECT_EQ(explain(Reason(Rule::compensation_failed, -0.2)),
            "The reference's current stays -0.2 A off.");
  EXPECT_EQ(explain(Reason(Rule::compensation_failed, -0.2, 0.03)),
            "The reference's current stays -0.2 A off, 0.03 A are allowed.");
  EXPECT_EQ(explain(Reason(Rule::unit_silent)), "A unit of the deal is not present.");
  EXPECT_EQ(explain(Reason(Rule::unit_silent, 5.5)),
            "A unit of the deal has been silent for 5.5 s.");
  EXPECT_EQ(explain(Reason(Rule::bus_stop)), "The bus is stopped.");
  EXPECT_EQ(explain(Reason(Rule::bus_stop, 2)),
            "The bus is stopped: 2 converters hold its voltage.");
  EXPECT_EQ(explain(Reason(Rule::bus_lost)),
            "The bus does not hold its voltage, so no current flows.");
  EXPECT_EQ(explain(Reason(Rule::bus_lost, 4)),
            "The bus is lost for good: it was formed 4 times in too short a time.");
  EXPECT_EQ(explain(Reason(Rule::ramp_up_timeout)), "The bus did not reach its voltage in time.");
  EXPECT_EQ(explain(Reason(Rule::authorization_failed, 2)),
            "A second meter does not follow the reference's voltage; start number 2 is over.");
}

TEST(ReasonTest, TheVoltageSaysWhoHoldsIt) {
  EXPECT_EQ(explain(Reason(Rule::reference_holds, 350)),
            "The reference holds 350 V for the deals.");
  EXPECT_EQ(explain(Reason(Rule::large_unit_takes_over, -1.5)),
            "A unit of large capacity takes the voltage over; it carried -1.5 A.");
  EXPECT_EQ(explain(Reason(Rule::hand_over_timeout, 5)),
            "The voltage was not taken over within 5 s.");
}

TEST(ReasonTest, TheDeviceSaysWhatItDidNotDo) {
  const auto mode = [](ConverterMode m) { return static_cast<double>(m); };
  EXPECT_EQ(explain(Reason(Rule::running_without_command, mode(ConverterMode::charge))),
            "The converter was in charge though no command in force asks for it.");
  EXPECT_EQ(explain(Reason(Rule::refused_transition, mode(ConverterMode::charge),
                           mode(ConverterMode::discharge))),
            "A converter does not change from charge to discharge directly.");
  EXPECT_EQ(explain(Reason(Rule::device_refused, mode(ConverterMode::voltage_reference))),
            "The device or the safety gate refused voltage reference.");
}

TEST(ReasonTest, EachRefusalHasASentenceOfItsOwn) {
  EXPECT_EQ(explain(Reason(Rule::refused_current, 2, 1, 2.3)),
            "Refused: 2 A are taken and 1 A asked for, the converter carries 2.3 A.");
  EXPECT_EQ(explain(Reason(Rule::refused_total_current, 101, 1, 100)),
            "Refused: all deals would carry 101 A (1 A of this one), 100 A are allowed.");
  EXPECT_EQ(explain(Reason(Rule::refused_deal_count, 8, 8)),
            "Refused: 8 deals are open, 8 are allowed.");
  EXPECT_EQ(explain(Reason(Rule::refused_malformed, 0, 50)), "Refused: 0 A for 50 Wh is no deal.");
}

TEST(ReasonTest, AForeignRuleDoesNoHarm) { EXPECT_STREQ(name_of(static_cast<Rule>(255)), "none"); }

}  // namespace
}  // namespace musubi
