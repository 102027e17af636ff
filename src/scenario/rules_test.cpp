#include "scenario/rules.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace musubi::scenario {
namespace {

constexpr UnitId self("E001");
constexpr UnitId other("E002");
constexpr std::int32_t hour_s = 3600;

TradeRule limit(std::int64_t limit_wh) { return {limit_wh, 10.0, {}}; }

/// The reference's sample: excess from 4320 Wh, sufficient from 3600, scarce from 2880, else short.
TimeSlice sample() {
  TimeSlice slice;
  slice.statuses = {
      {"excess", 4320, std::nullopt, {std::nullopt, limit(4320)}, {std::nullopt, limit(3600)}},
      {"sufficient", 3600, 4320, {}, {std::nullopt, limit(3600)}},
      {"scarce", 2880, 3600, {}, {limit(3600), std::nullopt}},
      {"short", std::nullopt, 2880, {limit(2880), std::nullopt}, {limit(3600), std::nullopt}},
  };
  return slice;
}

Scenario slices(std::vector<TimeSlice> list) {
  Scenario scenario;
  scenario.slices = std::move(list);
  return scenario;
}

TimeSlice slice(std::int32_t from_h, std::int32_t to_h) {
  TimeSlice s;
  s.from_s = from_h * hour_s;
  s.to_s = to_h * hour_s;
  return s;
}

/// Index of the slice in force, -1 for none.
std::ptrdiff_t slice_at(const Scenario& scenario, std::int32_t second) {
  const TimeSlice* found = find_slice(scenario, second);
  return found == nullptr ? -1 : found - scenario.slices.data();
}

std::string status_at(std::int64_t remaining_wh) {
  const TimeSlice s = sample();
  const BatteryStatus* status = find_status(s, remaining_wh);
  return status == nullptr ? "none" : status->name;
}

TEST(FindSliceTest, TheBeginBelongsToASliceAndTheEndDoesNot) {
  const Scenario scenario = slices({slice(0, 12), slice(12, 24)});
  EXPECT_EQ(slice_at(scenario, 0), 0);
  EXPECT_EQ(slice_at(scenario, 12 * hour_s - 1), 0);
  EXPECT_EQ(slice_at(scenario, 12 * hour_s), 1);
  EXPECT_EQ(slice_at(scenario, 86399), 1);
}

TEST(FindSliceTest, TwentyFourOClockIsTheEndOfTheDay) {
  EXPECT_EQ(slice_at(slices({slice(0, 24)}), 86399), 0);
  EXPECT_EQ(slice_at(slices({slice(22, 24)}), 86399), 0);
  EXPECT_EQ(slice_at(slices({slice(22, 24)}), 0), -1);
}

TEST(FindSliceTest, ASliceThatEndsBeforeItBeginsRunsOverMidnight) {
  const Scenario scenario = slices({slice(22, 6)});
  EXPECT_EQ(slice_at(scenario, 22 * hour_s - 1), -1);
  EXPECT_EQ(slice_at(scenario, 22 * hour_s), 0);
  EXPECT_EQ(slice_at(scenario, 0), 0);
  EXPECT_EQ(slice_at(scenario, 6 * hour_s - 1), 0);
  EXPECT_EQ(slice_at(scenario, 6 * hour_s), -1);
}

TEST(FindSliceTest, ASliceFromAnHourToTheSameHourIsTheWholeDay) {
  const Scenario scenario = slices({slice(8, 8)});
  EXPECT_EQ(slice_at(scenario, 8 * hour_s), 0);
  EXPECT_EQ(slice_at(scenario, 8 * hour_s - 1), 0);
}

TEST(FindSliceTest, ATimeInAGapHasNoSlice) {
  const Scenario scenario = slices({slice(0, 8), slice(16, 24)});
  EXPECT_EQ(slice_at(scenario, 12 * hour_s), -1);
  EXPECT_EQ(slice_at(Scenario{}, 0), -1);
}

TEST(FindSliceTest, OfOverlappingSlicesTheFirstInTheFileCounts) {
  const Scenario scenario = slices({slice(10, 14), slice(0, 24)});
  EXPECT_EQ(slice_at(scenario, 12 * hour_s), 0);
  EXPECT_EQ(slice_at(scenario, 14 * hour_s), 1);
}

TEST(FindStatusTest, TheLowBoundBelongsToABandAndTheHighBoundDoesNot) {
  EXPECT_EQ(status_at(4320), "excess");
  EXPECT_EQ(status_at(4319), "sufficient");
  EXPECT_EQ(status_at(3600), "sufficient");
  EXPECT_EQ(status_at(3599), "scarce");
  EXPECT_EQ(status_at(2880), "scarce");
  EXPECT_EQ(status_at(2879), "short");
}

TEST(FindStatusTest, AnOpenBoundReachesEverywhere) {
  EXPECT_EQ(status_at(1'000'000), "excess");
  EXPECT_EQ(status_at(0), "short");
  EXPECT_EQ(status_at(-5), "short");
}

TEST(FindStatusTest, AChargeInNoBandHasNoStatus) {
  TimeSlice s = sample();
  s.statuses.erase(s.statuses.begin() + 1);
  EXPECT_EQ(find_status(s, 4000), nullptr);
  EXPECT_FALSE(wanted(s, {4000, 0}));
  EXPECT_FALSE(granted(s, {4000, 0}, self, other, Direction::charge, {}));
}

TEST(FindStatusTest, OfOverlappingBandsTheFirstInTheFileCounts) {
  TimeSlice s = sample();
  s.statuses[1].high_wh.reset();
  std::swap(s.statuses[0], s.statuses[1]);
  EXPECT_EQ(find_status(s, 5000)->name, "sufficient");
}

// Reference, appendix C.
TEST(WantedTest, AnExcessOf4500WattHoursWantsToDischarge180) {
  const auto wish = wanted(sample(), {4500, 0});
  ASSERT_TRUE(wish);
  EXPECT_EQ(wish->type, Direction::discharge);
  EXPECT_EQ(wish->amount_wh, 180);
  EXPECT_EQ(wish->point_per_wh, 10.0);
  EXPECT_TRUE(wish->pair_unit.empty());
}

TEST(WantedTest, AShortBatteryWantsToChargeUpToItsLimit) {
  const auto wish = wanted(sample(), {2000, 0});
  ASSERT_TRUE(wish);
  EXPECT_EQ(wish->type, Direction::charge);
  EXPECT_EQ(wish->amount_wh, 880);
}

TEST(WantedTest, AtTheLimitNothingIsWanted) {
  EXPECT_FALSE(wanted(sample(), {4320, 0}));
  EXPECT_EQ(wanted(sample(), {4321, 0})->amount_wh, 1);
}

TEST(WantedTest, BeyondTheLimitNothingIsWanted) {
  TimeSlice s = sample();
  s.statuses[0].request.discharge = limit(4600);
  EXPECT_FALSE(wanted(s, {4500, 0}));
}

TEST(WantedTest, AStatusWithoutRequestWantsNothing) {
  EXPECT_FALSE(wanted(sample(), {4000, 0}));
  EXPECT_FALSE(wanted(sample(), {3000, 0}));
}

TEST(WantedTest, ChargeWinsOverDischarge) {
  TimeSlice s = sample();
  s.statuses[0].request.charge = limit(4700);
  const auto wish = wanted(s, {4500, 0});
  ASSERT_TRUE(wish);
  EXPECT_EQ(wish->type, Direction::charge);
  EXPECT_EQ(wish->amount_wh, 200);
}

TEST(WantedTest, ChargeWinsEvenWhereItsLimitIsReached) {
  TimeSlice s = sample();
  s.statuses[0].request.charge = limit(4400);
  EXPECT_FALSE(wanted(s, {4500, 0}));
}

TEST(WantedTest, WhatIsAgreedAlreadyIsNotAskedForAgain) {
  EXPECT_EQ(wanted(sample(), {4500, -50})->amount_wh, 130);
  EXPECT_FALSE(wanted(sample(), {4500, -180}));
  EXPECT_EQ(wanted(sample(), {2000, 500})->amount_wh, 380);
  EXPECT_FALSE(wanted(sample(), {2000, 880}));
}

TEST(WantedTest, ThePartnerOfTheRuleIsPassedOn) {
  TimeSlice s = sample();
  s.statuses[0].request.discharge = TradeRule{4320, std::nullopt, other};
  const auto wish = wanted(s, {4500, 0});
  ASSERT_TRUE(wish);
  EXPECT_EQ(wish->pair_unit, other);
  EXPECT_FALSE(wish->point_per_wh);
}

// Reference, appendix C.
TEST(GrantedTest, AShortBatteryOf2000WattHoursTakes1600) {
  const auto wish = granted(sample(), {2000, 0}, self, other, Direction::discharge, {});
  ASSERT_TRUE(wish);
  EXPECT_EQ(wish->type, Direction::charge);
  EXPECT_EQ(wish->amount_wh, 1600);
}

TEST(GrantedTest, TheOwnDirectionIsTheOppositeOfTheRequests) {
  EXPECT_EQ(granted(sample(), {4500, 0}, self, other, Direction::charge, {})->type,
            Direction::discharge);
  EXPECT_EQ(granted(sample(), {4500, 0}, self, other, Direction::charge, {})->amount_wh, 900);
  EXPECT_FALSE(granted(sample(), {4500, 0}, self, other, Direction::discharge, {}));
  EXPECT_FALSE(granted(sample(), {2000, 0}, self, other, Direction::charge, {}));
}

TEST(GrantedTest, ARequestForAnotherPartnerIsNotGranted) {
  EXPECT_FALSE(granted(sample(), {2000, 0}, self, other, Direction::discharge, UnitId("E003")));
  EXPECT_TRUE(granted(sample(), {2000, 0}, self, other, Direction::discharge, self));
}

TEST(GrantedTest, ARuleForAnotherPartnerIsNotGranted) {
  TimeSlice s = sample();
  s.statuses[3].accept.charge = TradeRule{3600, 10.0, other};
  const auto wish = granted(s, {2000, 0}, self, other, Direction::discharge, {});
  ASSERT_TRUE(wish);
  EXPECT_EQ(wish->pair_unit, other);
  EXPECT_FALSE(granted(s, {2000, 0}, self, UnitId("E003"), Direction::discharge, {}));
}

TEST(GrantedTest, AtTheLimitNothingIsGranted) {
  EXPECT_FALSE(granted(sample(), {3600, 0}, self, other, Direction::charge, {}));
  EXPECT_EQ(granted(sample(), {3601, 0}, self, other, Direction::charge, {})->amount_wh, 1);
}

TEST(GrantedTest, WhatIsAgreedAlreadyIsNotGrantedAgain) {
  EXPECT_EQ(granted(sample(), {2000, 100}, self, other, Direction::discharge, {})->amount_wh, 1500);
  EXPECT_FALSE(granted(sample(), {2000, 1600}, self, other, Direction::discharge, {}));
}

rc::Gen<std::optional<TradeRule>> any_rule() {
  return rc::gen::map(rc::gen::tuple(rc::gen::inRange<std::int64_t>(-100, 6000),
                                     rc::gen::arbitrary<bool>(), rc::gen::inRange(0, 3)),
                      [](const std::tuple<std::int64_t, bool, int>& t) {
                        const auto& [limit_wh, priced, pair] = t;
                        return pair == 2
                                   ? std::optional<TradeRule>()
                                   : TradeRule{limit_wh, priced ? std::optional(1.5) : std::nullopt,
                                               pair == 1 ? other : UnitId()};
                      });
}

RC_GTEST_PROP(RulesProperties, AWishIsAboveZeroAndEndsAtItsLimit, ()) {
  TimeSlice s;
  BatteryStatus status;
  status.request = {*any_rule(), *any_rule()};
  status.accept = {*any_rule(), *any_rule()};
  s.statuses.push_back(status);
  const BatteryState battery{*rc::gen::inRange<std::int64_t>(0, 6000),
                             *rc::gen::inRange<std::int64_t>(-2000, 2000)};
  const auto check = [&](const std::optional<Wish>& wish, const StatusRules& rules) {
    if (!wish) {
      return;
    }
    const auto& rule = wish->type == Direction::charge ? rules.charge : rules.discharge;
    RC_ASSERT(rule.has_value());
    RC_ASSERT(wish->amount_wh > 0);
    const std::int64_t expected_wh = battery.remaining_wh + battery.agreed_wh;
    const std::int64_t moved_wh =
        wish->type == Direction::charge ? wish->amount_wh : -wish->amount_wh;
    RC_ASSERT(expected_wh + moved_wh == rule->limit_wh);
  };
  check(wanted(s, battery), status.request);
  for (const Direction type : {Direction::charge, Direction::discharge}) {
    const auto wish = granted(s, battery, self, other, type, {});
    check(wish, status.accept);
    if (wish) {
      RC_ASSERT(wish->type == opposite(type));
    }
  }
}

RC_GTEST_PROP(RulesProperties, EverySecondOfTheDayIsInASliceOrInItsComplement, ()) {
  const auto from_s = *rc::gen::inRange<std::int32_t>(0, 86400);
  const auto to_s = *rc::gen::inRange<std::int32_t>(0, 86401);
  RC_PRE(from_s != to_s && to_s % 86400 != from_s);
  TimeSlice here;
  here.from_s = from_s;
  here.to_s = to_s;
  TimeSlice there;
  there.from_s = to_s % 86400;
  there.to_s = from_s;
  const auto second = *rc::gen::inRange<std::int32_t>(0, 86400);
  const bool in_here = find_slice(slices({here}), second) != nullptr;
  const bool in_there = find_slice(slices({there}), second) != nullptr;
  RC_ASSERT(in_here != in_there);
}

}  // namespace
}  // namespace musubi::scenario
