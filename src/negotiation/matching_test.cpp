#include "negotiation/matching.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace musubi::negotiation {
namespace {

constexpr UnitId requester("E001");

Policy amounts(std::int64_t min_wh, std::int64_t max_wh, std::int64_t unit_wh) {
  Policy policy;
  policy.deal_amount_min_wh = min_wh;
  policy.deal_amount_max_wh = max_wh;
  policy.deal_amount_unit_wh = unit_wh;
  return policy;
}

Request request(Direction type, std::int64_t amount_wh, std::optional<double> price = 10.0) {
  Request r;
  r.unit = requester;
  r.type = type;
  r.amount_wh = amount_wh;
  r.point_per_wh = price;
  r.deal_current = Amperes(1);
  return r;
}

Accept accept(const std::string& unit, Direction type, std::int64_t amount_wh,
              std::optional<double> price = 10.0) {
  Accept a = request(type, amount_wh, price);
  a.unit = UnitId(unit);
  return a;
}

/// The chosen unit, or "nobody".
std::string chosen(const Request& r, const std::vector<Accept>& accepts, AcceptSelection selection,
                   const Policy& policy) {
  const Accept* best = select(r, accepts, selection, policy);
  return best == nullptr ? "nobody" : best->unit.str();
}

constexpr auto charge = Direction::charge;
constexpr auto discharge = Direction::discharge;
constexpr auto by_amount = AcceptSelection::amount;
constexpr auto by_price = AcceptSelection::point_and_amount;

// Reference 3.6 and appendix C.
TEST(DealAmountTest, TheAmountIsTheSmallerOneCappedAndCutToUnits) {
  EXPECT_EQ(deal_amount_wh(180, 1600, amounts(50, 50, 50)), 50);
  EXPECT_EQ(deal_amount_wh(51, 1600, amounts(50, 50, 50)), 50);
  EXPECT_EQ(deal_amount_wh(180, 1600, amounts(50, 1000, 50)), 150);
  EXPECT_EQ(deal_amount_wh(1600, 180, amounts(50, 1000, 50)), 150);
  EXPECT_EQ(deal_amount_wh(180, 1600, amounts(50, 125, 50)), 100);
}

TEST(DealAmountTest, AnAmountBelowTheSmallestIsNoDeal) {
  EXPECT_EQ(deal_amount_wh(49, 1600, amounts(50, 50, 50)), 0);
  EXPECT_EQ(deal_amount_wh(149, 1600, amounts(120, 500, 50)), 0);
  EXPECT_EQ(deal_amount_wh(150, 1600, amounts(120, 500, 50)), 150);
  EXPECT_EQ(deal_amount_wh(-10, 1600, amounts(0, 50, 50)), 0);
}

TEST(DealAmountTest, AUnitOfZeroIsNoDealAndNoFault) {
  EXPECT_EQ(deal_amount_wh(180, 1600, amounts(50, 50, 0)), 0);
  EXPECT_EQ(deal_amount_wh(180, 1600, amounts(50, 50, -50)), 0);
}

// Reference 3.2, 3.3 and appendix C: strictly more than the smallest.
TEST(WorthOfferingTest, AnOfferOfExactlyTheSmallestAmountIsNotSent) {
  EXPECT_FALSE(is_worth_offering(50, amounts(50, 50, 50)));
  EXPECT_TRUE(is_worth_offering(51, amounts(50, 50, 50)));
}

TEST(DealPriceTest, ThePriceIsTheBuyers) {
  const Request buys = request(charge, 100, 12.0);
  const Request sells = request(discharge, 100, 8.0);
  EXPECT_EQ(deal_price(buys, accept("E002", discharge, 100, 9.0)), 12.0);
  EXPECT_EQ(deal_price(sells, accept("E002", charge, 100, 9.0)), 9.0);
  EXPECT_EQ(deal_price(request(charge, 100, std::nullopt), accept("E002", discharge, 100, 9.0)),
            std::nullopt);
}

TEST(CandidateTest, AnAcceptOfTheOppositeTypeIsACandidate) {
  const Policy policy = amounts(50, 50, 50);
  EXPECT_TRUE(
      is_candidate(request(charge, 100), accept("E002", discharge, 100), by_amount, policy));
  EXPECT_FALSE(is_candidate(request(charge, 100), accept("E002", charge, 100), by_amount, policy));
}

TEST(CandidateTest, NobodyTradesWithItself) {
  EXPECT_FALSE(is_candidate(request(charge, 100), accept("E001", discharge, 100), by_amount,
                            amounts(50, 50, 50)));
}

TEST(CandidateTest, EitherSideMayInsistOnItsPartner) {
  const Policy policy = amounts(50, 50, 50);
  Request r = request(charge, 100);
  Accept a = accept("E002", discharge, 100);
  r.pair_unit = UnitId("E002");
  EXPECT_TRUE(is_candidate(r, a, by_amount, policy));
  a.pair_unit = requester;
  EXPECT_TRUE(is_candidate(r, a, by_amount, policy));
  r.pair_unit = UnitId("E003");
  EXPECT_FALSE(is_candidate(r, a, by_amount, policy));
  r.pair_unit = {};
  a.pair_unit = UnitId("E003");
  EXPECT_FALSE(is_candidate(r, a, by_amount, policy));
}

TEST(CandidateTest, BothCurrentsMustBeAboveZero) {
  const Policy policy = amounts(50, 50, 50);
  Request r = request(charge, 100);
  Accept a = accept("E002", discharge, 100);
  a.deal_current = Amperes(0);
  EXPECT_FALSE(is_candidate(r, a, by_amount, policy));
  a.deal_current = Amperes(1);
  r.deal_current = Amperes(0);
  EXPECT_FALSE(is_candidate(r, a, by_amount, policy));
}

TEST(CandidateTest, AnAmountThatMakesNoDealIsNoCandidate) {
  EXPECT_FALSE(is_candidate(request(charge, 100), accept("E002", discharge, 50), by_amount,
                            amounts(50, 50, 50)));
  EXPECT_FALSE(is_candidate(request(charge, 60), accept("E002", discharge, 100), by_amount,
                            amounts(50, 500, 75)));
}

TEST(CandidateTest, ABuyerPaysAtMostItsOwnPrice) {
  const Policy policy = amounts(50, 50, 50);
  const Request r = request(charge, 100, 10.0);
  EXPECT_TRUE(is_candidate(r, accept("E002", discharge, 100, 10.0), by_price, policy));
  EXPECT_FALSE(is_candidate(r, accept("E002", discharge, 100, 10.1), by_price, policy));
  EXPECT_TRUE(is_candidate(r, accept("E002", discharge, 100, 10.1), by_amount, policy));
}

TEST(CandidateTest, ASellerTakesAtLeastItsOwnPrice) {
  const Policy policy = amounts(50, 50, 50);
  const Request r = request(discharge, 100, 10.0);
  EXPECT_TRUE(is_candidate(r, accept("E002", charge, 100, 10.0), by_price, policy));
  EXPECT_FALSE(is_candidate(r, accept("E002", charge, 100, 9.9), by_price, policy));
}

TEST(CandidateTest, AMissingPriceMatchesNoPrice) {
  const Policy policy = amounts(50, 50, 50);
  const Request unpriced = request(charge, 100, std::nullopt);
  EXPECT_FALSE(is_candidate(unpriced, accept("E002", discharge, 100), by_price, policy));
  EXPECT_FALSE(is_candidate(request(charge, 100), accept("E002", discharge, 100, std::nullopt),
                            by_price, policy));
  EXPECT_TRUE(
      is_candidate(unpriced, accept("E002", discharge, 100, std::nullopt), by_amount, policy));
}

TEST(SelectTest, NothingIsChosenOfNothing) {
  EXPECT_EQ(chosen(request(charge, 100), {}, by_amount, Policy{}), "nobody");
  EXPECT_EQ(chosen(request(charge, 100), {accept("E002", charge, 100)}, by_amount, Policy{}),
            "nobody");
}

TEST(SelectTest, ByAmountTheLargestIsChosen) {
  const Policy policy = amounts(50, 1000, 50);
  EXPECT_EQ(chosen(request(charge, 500),
                   {accept("E002", discharge, 150, 1.0), accept("E003", discharge, 400, 99.0),
                    accept("E004", discharge, 300, 1.0)},
                   by_amount, policy),
            "E003");
}

TEST(SelectTest, ABuyerChoosesTheLowestPriceThenTheLargestAmount) {
  const Policy policy = amounts(50, 1000, 50);
  EXPECT_EQ(chosen(request(charge, 500, 10.0),
                   {accept("E002", discharge, 400, 9.0), accept("E003", discharge, 100, 7.0),
                    accept("E004", discharge, 200, 7.0), accept("E005", discharge, 900, 11.0)},
                   by_price, policy),
            "E004");
}

TEST(SelectTest, ASellerChoosesTheHighestPriceThenTheLargestAmount) {
  const Policy policy = amounts(50, 1000, 50);
  EXPECT_EQ(chosen(request(discharge, 500, 10.0),
                   {accept("E002", charge, 400, 11.0), accept("E003", charge, 100, 13.0),
                    accept("E004", charge, 200, 13.0), accept("E005", charge, 900, 9.0)},
                   by_price, policy),
            "E004");
}

TEST(SelectTest, NegativePricesCompareAsNumbers) {
  EXPECT_EQ(chosen(request(charge, 500, 0.0),
                   {accept("E002", discharge, 100, -1.0), accept("E003", discharge, 100, -2.0)},
                   by_price, amounts(50, 50, 50)),
            "E003");
}

TEST(SelectTest, TheOrderOfArrivalDoesNotCount) {
  const Policy policy = amounts(50, 50, 50);
  std::vector<Accept> accepts{accept("E002", discharge, 100), accept("E003", discharge, 100),
                              accept("E004", discharge, 100)};
  const std::string first = chosen(request(charge, 100), accepts, by_amount, policy);
  std::reverse(accepts.begin(), accepts.end());
  EXPECT_EQ(chosen(request(charge, 100), accepts, by_amount, policy), first);
}

TEST(SelectTest, EqualAcceptsSpreadOverManyRequesters) {
  const Policy policy = amounts(50, 50, 50);
  std::vector<Accept> accepts;
  for (int i = 0; i < 10; ++i) {
    accepts.push_back(accept("G" + std::to_string(i), discharge, 100 + i));
  }
  std::map<std::string, int> taken;
  for (int i = 0; i < 200; ++i) {
    Request r = request(charge, 100);
    r.unit = UnitId("R" + std::to_string(i));
    ++taken[chosen(r, accepts, by_amount, policy)];
  }
  EXPECT_EQ(taken.size(), 10U);
  for (const auto& [unit, count] : taken) {
    EXPECT_LT(count, 50) << unit;
  }
}

TEST(MakeDealTest, ABuyersRequestAndItsAcceptMakeADeal) {
  Policy policy = amounts(50, 1000, 50);
  policy.metering_point = MeteringPoint::bus;
  policy.loss_payer = LossPayer::shared;
  Request r = request(charge, 180, 12.0);
  r.date_time = {1000, 0};
  r.efficient_grid_v = Volts(338);
  r.pair_unit = UnitId("E002");
  Accept a = accept("E002", discharge, 1600, 9.0);
  a.date_time = {2000, 0};
  a.efficient_grid_v = Volts(351);
  a.pair_unit = requester;
  a.deal_current = Amperes(0.5);
  const Deal deal = make_deal({1, 2}, {3, 4}, r, a, policy);
  EXPECT_EQ(deal.id, (DealId{1, 2}));
  EXPECT_EQ(deal.negotiation_id, (DealId{3, 4}));
  EXPECT_EQ(deal.origin, DealOrigin::negotiation);
  EXPECT_EQ(deal.request_unit, requester);
  EXPECT_EQ(deal.accept_unit, UnitId("E002"));
  EXPECT_EQ(deal.type, charge);
  EXPECT_EQ(deal.charge_unit, requester);
  EXPECT_EQ(deal.discharge_unit, UnitId("E002"));
  EXPECT_EQ(deal.request_time, (WallTime{1000, 0}));
  EXPECT_EQ(deal.accept_time, (WallTime{2000, 0}));
  EXPECT_EQ(deal.request_point_per_wh, 12.0);
  EXPECT_EQ(deal.accept_point_per_wh, 9.0);
  EXPECT_EQ(deal.point_per_wh, 12.0);
  EXPECT_EQ(deal.request_current, Amperes(1));
  EXPECT_EQ(deal.accept_current, Amperes(0.5));
  EXPECT_EQ(deal.current, Amperes(0.5));
  EXPECT_EQ(deal.request_pair_unit, UnitId("E002"));
  EXPECT_EQ(deal.accept_pair_unit, requester);
  EXPECT_EQ(deal.charge_efficient_v, Volts(338));
  EXPECT_EQ(deal.discharge_efficient_v, Volts(351));
  EXPECT_EQ(deal.request_amount_wh, 180);
  EXPECT_EQ(deal.accept_amount_wh, 1600);
  EXPECT_EQ(deal.amount_wh, 150);
  EXPECT_EQ(deal.metering_point, MeteringPoint::bus);
  EXPECT_EQ(deal.loss_payer, LossPayer::shared);
  EXPECT_EQ(deal.phase, DealPhase::created);
  EXPECT_EQ(deal.outcome, DealOutcome::open);
  EXPECT_EQ(deal.last_reason, Reason(Rule::deal_created, 180, 1600, 150, 12));
  EXPECT_FALSE(deal.create_time);
}

TEST(MakeDealTest, ASellersRequestSwapsTheSides) {
  Request r = request(discharge, 180, 8.0);
  r.efficient_grid_v = Volts(338);
  const Deal deal =
      make_deal({1, 2}, {3, 4}, r, accept("E002", charge, 1600, 9.0), amounts(50, 50, 50));
  EXPECT_EQ(deal.charge_unit, UnitId("E002"));
  EXPECT_EQ(deal.discharge_unit, requester);
  EXPECT_EQ(deal.type, discharge);
  EXPECT_EQ(deal.point_per_wh, 9.0);
  EXPECT_EQ(deal.charge_efficient_v, std::nullopt);
  EXPECT_EQ(deal.discharge_efficient_v, Volts(338));
  EXPECT_EQ(deal.amount_wh, 50);
}

RC_GTEST_PROP(DealAmountProperties, AnAmountIsNothingOrWholeUnitsWithinEveryBound, ()) {
  const auto amount = rc::gen::inRange<std::int64_t>(-500, 5000);
  const std::int64_t request_wh = *amount;
  const std::int64_t accept_wh = *amount;
  const Policy policy = amounts(*amount, *amount, *rc::gen::inRange<std::int64_t>(-2, 300));
  const std::int64_t wh = deal_amount_wh(request_wh, accept_wh, policy);
  RC_ASSERT(wh >= 0);
  if (wh > 0) {
    RC_ASSERT(wh % policy.deal_amount_unit_wh == 0);
    RC_ASSERT(wh >= policy.deal_amount_min_wh);
    RC_ASSERT(wh <= policy.deal_amount_max_wh);
    RC_ASSERT(wh <= request_wh && wh <= accept_wh);
    // one unit more would break a bound
    RC_ASSERT(wh + policy.deal_amount_unit_wh >
              std::min({request_wh, accept_wh, policy.deal_amount_max_wh}));
  }
}

RC_GTEST_PROP(SelectProperties, TheChosenIsACandidateAndNoCandidateIsBetter, ()) {
  const Policy policy = amounts(50, 300, 50);
  const Direction type = *rc::gen::element(charge, discharge);
  const AcceptSelection selection = *rc::gen::element(by_amount, by_price);
  const Request r = request(type, 400, static_cast<double>(*rc::gen::inRange(-3, 4)));
  std::vector<Accept> accepts;
  const auto count = *rc::gen::inRange(0, 8);
  for (int i = 0; i < count; ++i) {
    Accept a = accept("G" + std::to_string(i), *rc::gen::element(charge, discharge),
                      *rc::gen::inRange<std::int64_t>(0, 500));
    a.point_per_wh = *rc::gen::arbitrary<bool>()
                         ? std::optional(static_cast<double>(*rc::gen::inRange(-3, 4)))
                         : std::nullopt;
    accepts.push_back(a);
  }
  const Accept* best = select(r, accepts, selection, policy);
  for (const auto& a : accepts) {
    if (!is_candidate(r, a, selection, policy)) {
      RC_ASSERT(best != &a);
      continue;
    }
    RC_ASSERT(best != nullptr);
    const auto usable = [&](const Accept& x) {
      return deal_amount_wh(r.amount_wh, x.amount_wh, policy);
    };
    if (selection == by_amount || *a.point_per_wh == *best->point_per_wh) {
      RC_ASSERT(usable(a) <= usable(*best));
    } else {
      const double dearer = *a.point_per_wh - *best->point_per_wh;
      RC_ASSERT(sign_of(type) * dearer > 0.0);
    }
  }
}

}  // namespace
}  // namespace musubi::negotiation
