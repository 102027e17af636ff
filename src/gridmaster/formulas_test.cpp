#include "gridmaster/formulas.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace musubi::gridmaster {
namespace {

using ::testing::ElementsAre;

constexpr double exact = 1e-9;

Deal deal_of(const char* discharge, const char* charge, double current_a = 2.0) {
  Deal deal;
  deal.discharge_unit = UnitId(discharge);
  deal.charge_unit = UnitId(charge);
  deal.current = Amperes(current_a);
  deal.phase = DealPhase::running;
  return deal;
}
Deal activated_at(Deal deal, std::int64_t unix_ms) {
  deal.id = DealId{1, static_cast<std::uint64_t>(unix_ms)};
  deal.activate_time = WallTime{unix_ms, 0};
  return deal;
}
std::vector<const Deal*> pointers(const std::vector<Deal>& deals) {
  std::vector<const Deal*> result;
  for (const Deal& deal : deals) {
    result.push_back(&deal);
  }
  return result;
}
std::vector<UnitId> units(std::initializer_list<const char*> names) {
  std::vector<UnitId> ids;
  for (const char* name : names) {
    ids.emplace_back(name);
  }
  return ids;
}
/// Four units in a row; 10, 8 and 6 A between them.
Policy row_of_four() {
  Policy policy;
  policy.topology_enabled = true;
  policy.branches = {{"E001-E002", units({"E001"}), units({"E002", "E003", "E004"}), Amperes(10.0)},
                     {"E002-E003", units({"E001", "E002"}), units({"E003", "E004"}), Amperes(8.0)},
                     {"E003-E004", units({"E001", "E002", "E003"}), units({"E004"}), Amperes(6.0)}};
  return policy;
}

TEST(AuthorizationVoltages, AreThreeSeparationsFromTheEdgeAndLeaveThePresentOneOut) {
  EXPECT_THAT(authorization_voltages(Policy(), Volts(350)),
              ElementsAre(Volts(330), Volts(340), Volts(360), Volts(370)));
  EXPECT_THAT(authorization_voltages(Policy(), Volts(330)),
              ElementsAre(Volts(340), Volts(350), Volts(360), Volts(370)));
}

TEST(AuthorizationVoltages, AreNoneWithoutSeparationOrRoom) {
  Policy policy;
  policy.voltage_separation = Volts(0);
  EXPECT_TRUE(authorization_voltages(policy, Volts(350)).empty());
  policy.voltage_separation = Volts(30);
  EXPECT_TRUE(authorization_voltages(policy, Volts(350)).empty());
}

TEST(BusVoltages, RampIsOverOneAllowanceBelowAndDeadIsATenthOfNominal) {
  EXPECT_EQ(ramped_up_from(Volts(350), Policy()), Volts(346));
  EXPECT_EQ(dead_bus_below(Policy()), Volts(35));
}

TEST(OptimalVoltage, IsHeldAboveTheLowerEdge) {
  Deal deal = deal_of("E001", "E002");
  deal.charge_efficient_v = Volts(312);
  const auto v = optimal_voltage(pointers({deal}), Policy());
  ASSERT_TRUE(v);
  EXPECT_NEAR(v->value(), 330.0, exact);
}

TEST(OptimalVoltage, IsTheMeanOfBothEndsOfEveryDeal) {
  Deal deal = deal_of("E001", "E002");
  deal.discharge_efficient_v = Volts(54.0 * 6.5);
  deal.charge_efficient_v = Volts(52.0 * 6.5);
  EXPECT_NEAR(optimal_voltage(pointers({deal}), Policy())->value(), 344.5, exact);
}

TEST(OptimalVoltage, CountsAUnitOnceForEachOfItsDeals) {
  Deal first = deal_of("E001", "E002");
  first.charge_efficient_v = Volts(340);
  first.discharge_efficient_v = Volts(355);
  const std::vector<Deal> deals = {first, first, deal_of("E003", "E004")};
  std::vector<Deal> with_third = deals;
  with_third[2].charge_efficient_v = Volts(345);
  EXPECT_NEAR(optimal_voltage(pointers(with_third), Policy())->value(),
              (2 * 340.0 + 2 * 355.0 + 345.0) / 5.0, exact);
}

TEST(OptimalVoltage, IsHeldBelowTheUpperEdgeAndUnknownWithoutValues) {
  Deal deal = deal_of("E001", "E002");
  EXPECT_FALSE(optimal_voltage(pointers({deal}), Policy()));
  deal.charge_efficient_v = Volts(400);
  EXPECT_NEAR(optimal_voltage(pointers({deal}), Policy())->value(), 360.0, exact);
}

TEST(CurrentOfANewDeal, CountsAgainstTheTotalWithoutTopology) {
  Policy policy;
  policy.sum_of_deal_current_max = Amperes(5.0);
  const std::vector<Deal> active = {deal_of("E001", "E002"), deal_of("E003", "E004")};
  EXPECT_FALSE(refuses_current(pointers(active), deal_of("E005", "E006", 1.0), policy));
  const auto reason = refuses_current(pointers(active), deal_of("E005", "E006", 1.1), policy);
  ASSERT_TRUE(reason);
  EXPECT_NEAR(reason->numbers[0], 5.1, exact);
}

TEST(CurrentOfANewDeal, TheFourthDealOverABranchOfSixAmperesIsRefused) {
  std::vector<Deal> active = {deal_of("E001", "E004"), deal_of("E002", "E004")};
  EXPECT_FALSE(refuses_current(pointers(active), deal_of("E003", "E004"), row_of_four()))
      << "six amperes on six are allowed";
  active.push_back(deal_of("E003", "E004"));
  const auto reason = refuses_current(pointers(active), deal_of("E002", "E004"), row_of_four());
  ASSERT_TRUE(reason);
  EXPECT_EQ(reason->rule, Rule::refused_branch);
  EXPECT_NEAR(reason->numbers[0], 8.0, exact);
  EXPECT_NEAR(reason->numbers[1], 6.0, exact);
  EXPECT_NEAR(reason->numbers[2], 2.0, exact);
}

TEST(CurrentOfANewDeal, OppositeFlowsAreNotNettedBecauseOneMayEndFirst) {
  Policy policy;
  policy.topology_enabled = true;
  policy.branches = {
      {"A4-A5", units({"A1", "A2", "A3", "A4"}), units({"A5", "A6", "A7", "A8"}), Amperes(5.0)}};
  const std::vector<Deal> active = {deal_of("A8", "A1"), deal_of("A2", "A7"), deal_of("A3", "A6")};
  EXPECT_TRUE(refuses_current(pointers(active), deal_of("A4", "A5"), policy));
}

TEST(CurrentOfANewDeal, ADealOnOneSideOfABranchIsNotCountedThere) {
  const std::vector<Deal> active = {deal_of("E001", "E003"), deal_of("E001", "E003"),
                                    deal_of("E002", "E003")};
  EXPECT_FALSE(refuses_current(pointers(active), deal_of("E002", "E003"), row_of_four()));
}

TEST(BranchCurrent, IsTheSumOverItsForwardUnits) {
  const std::vector<UnitCurrent> currents = {{UnitId("E001"), Amperes(1.0)},
                                             {UnitId("E002"), Amperes(-2.5)},
                                             {UnitId("E003"), Amperes(4.0)}};
  const Policy policy = row_of_four();
  EXPECT_NEAR(branch_current(policy.branches[0], currents).value(), 1.0, exact);
  EXPECT_NEAR(branch_current(policy.branches[1], currents).value(), -1.5, exact);
  EXPECT_NEAR(branch_current(policy.branches[2], currents).value(), 2.5, exact);
}

TEST(MasterSide, IsWhereTheReferenceStandsInTheMasterDeal) {
  const Deal deal = deal_of("E001", "E002");
  EXPECT_EQ(master_side(&deal, UnitId("E001"), Policy()), DealSide::discharge_unit);
  EXPECT_EQ(master_side(&deal, UnitId("E002"), Policy()), DealSide::charge_unit);
}

TEST(MasterSide, IsThePolicysWithoutMasterDealOrOutsideOfIt) {
  const Deal deal = deal_of("E001", "E002");
  Policy policy;
  EXPECT_EQ(master_side(nullptr, UnitId("E001"), policy), DealSide::charge_unit);
  policy.voltage_reference_side = DealSide::discharge_unit;
  EXPECT_EQ(master_side(nullptr, UnitId("E001"), policy), DealSide::discharge_unit);
  EXPECT_EQ(master_side(&deal, UnitId("E009"), policy), DealSide::discharge_unit);
}

TEST(AdjustedSide, FollowsTheReferencesTable) {
  const DealSide charge = DealSide::charge_unit;
  const DealSide discharge = DealSide::discharge_unit;
  // the deal's master end holds the voltage
  EXPECT_EQ(adjusted_side(true, discharge, discharge), charge);
  EXPECT_EQ(adjusted_side(true, charge, charge), discharge);
  EXPECT_EQ(adjusted_side(true, charge, discharge), std::nullopt);
  EXPECT_EQ(adjusted_side(true, discharge, charge), std::nullopt);
  // another deal's does
  for (const DealSide master : {charge, discharge}) {
    EXPECT_EQ(adjusted_side(false, master, discharge), charge);
    EXPECT_EQ(adjusted_side(false, master, charge), discharge);
  }
}

Adjustable discharging(double set_a, double measured_a) {
  return {UnitId("D"), Direction::discharge, Amperes(set_a), Amperes(measured_a)};
}
Adjustable charging(double set_a, double measured_a) {
  return {UnitId("C"), Direction::charge, Amperes(set_a), Amperes(measured_a)};
}
std::vector<double> compensated(double error_a, const std::vector<Adjustable>& units) {
  std::vector<double> values;
  for (const Amperes a : compensate(Amperes(error_a), units)) {
    values.push_back(a.value());
  }
  return values;
}

TEST(Compensation, AReferenceThatGetsTooLittleMakesTheGiverGiveMore) {
  const auto result = compensated(0.94 - 1.00, {discharging(1.00, -1.00)});
  ASSERT_EQ(result.size(), 1U);
  EXPECT_NEAR(result[0], 1.06, exact);
}

TEST(Compensation, AReferenceOutsideTheDealIsBroughtBackToWhatItCarried) {
  EXPECT_NEAR(compensated(1.08 - 1.02, {discharging(1.00, -1.00)})[0], 0.94, exact);
}

TEST(Compensation, AChargingUnitTakesWhatTheReferenceHasTooMuch) {
  EXPECT_NEAR(compensated(0.05, {charging(1.00, 1.00)})[0], 1.05, exact);
}

TEST(Compensation, EachUnitFirstAnswersForItsOwnError) {
  // The first gives 0.05 A too little, the second is right; the reference gets 0.05 A too little.
  const auto result = compensated(-0.05, {discharging(1.0, -0.95), discharging(1.0, -1.0)});
  EXPECT_NEAR(result[0], 1.05, exact);
  EXPECT_NEAR(result[1], 1.00, exact);
}

TEST(Compensation, WhatNobodysMeterShowsIsSpreadEvenly) {
  const auto result = compensated(-0.06, {discharging(1.0, -1.0), discharging(2.0, -2.0)});
  EXPECT_NEAR(result[0], 1.03, exact);
  EXPECT_NEAR(result[1], 2.03, exact);
}

TEST(Compensation, NeverAsksForANegativeMagnitude) {
  EXPECT_EQ(compensated(0.5, {discharging(0.2, -0.2)})[0], 0.0);
  EXPECT_TRUE(compensated(0.5, {}).empty());
}

RC_GTEST_PROP(Compensation, BringsTheReferenceToItsTargetWhateverTheMetersSay, ()) {
  const auto small = [] { return *rc::gen::inRange(-100, 101) / 1000.0; };
  const auto count = *rc::gen::inRange<std::size_t>(1, 6);
  const double leak_a = small();
  std::vector<Adjustable> units;
  std::vector<double> biases_a;
  double sum_a = 0.0;
  double asked_a = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    const Direction direction = *rc::gen::element(Direction::charge, Direction::discharge);
    // far enough from zero that nothing is cut off there
    const double set_a = 2.0 + *rc::gen::inRange(0, 300) / 1000.0;
    const double bias_a = small();
    const double real_a = sign_of(direction) * set_a + bias_a;
    units.push_back({UnitId("U"), direction, Amperes(set_a), Amperes(real_a + small())});
    biases_a.push_back(bias_a);
    sum_a += real_a;
    asked_a += sign_of(direction) * set_a;
  }
  const double target_a = -asked_a;
  const double measured_a = -sum_a + leak_a;
  const auto result = compensate(Amperes(measured_a - target_a), units);
  double after_a = leak_a;
  for (std::size_t i = 0; i < count; ++i) {
    after_a -= sign_of(units[i].direction) * result[i].value() + biases_a[i];
  }
  RC_ASSERT(std::abs(after_a - target_a) < 1e-9);
}

RC_GTEST_PROP(Compensation, KeepsMagnitudesAtZeroOrAbove, ()) {
  const auto any = [] { return *rc::gen::inRange(-5000, 5001) / 1000.0; };
  std::vector<Adjustable> units;
  const auto count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) {
    units.push_back({UnitId("U"), *rc::gen::element(Direction::charge, Direction::discharge),
                     Amperes(std::abs(any())), Amperes(any())});
  }
  for (const Amperes a : compensate(Amperes(any()), units)) {
    RC_ASSERT(a >= Amperes(0.0));
  }
}

TEST(Successor, IsADealWhoseUnitAlreadyHoldsTheVoltage) {
  const std::vector<Deal> deals = {activated_at(deal_of("E003", "E002"), 1),
                                   activated_at(deal_of("E003", "E001"), 2)};
  Policy policy;
  policy.large_capacity_units = units({"E001"});
  const auto next = successor(pointers(deals), UnitId("E002"), DealSide::charge_unit, true, policy);
  ASSERT_NE(next.deal, nullptr);
  EXPECT_EQ(next.deal->charge_unit, UnitId("E002"));
  EXPECT_FALSE(next.flip);
}

TEST(Successor, OfSeveralIsTheNewest) {
  const std::vector<Deal> deals = {activated_at(deal_of("E003", "E002"), 1),
                                   activated_at(deal_of("E004", "E002"), 3),
                                   activated_at(deal_of("E005", "E002"), 2)};
  EXPECT_EQ(successor(pointers(deals), UnitId("E002"), DealSide::charge_unit, true, Policy())
                .deal->discharge_unit,
            UnitId("E004"));
}

TEST(Successor, IsALargeUnitWhereNobodyHoldsTheVoltageYet) {
  const std::vector<Deal> deals = {activated_at(deal_of("E003", "E004"), 2),
                                   activated_at(deal_of("E003", "E001"), 1)};
  Policy policy;
  policy.large_capacity_units = units({"E001"});
  const auto next = successor(pointers(deals), UnitId("E009"), DealSide::charge_unit, true, policy);
  EXPECT_EQ(next.deal->charge_unit, UnitId("E001"));
  EXPECT_FALSE(next.flip);
}

TEST(Successor, ALargeUnitOnTheOtherSideFlipsTheMasterSideWhereThatIsAllowed) {
  const std::vector<Deal> deals = {activated_at(deal_of("E003", "E004"), 2),
                                   activated_at(deal_of("E001", "E002"), 1)};
  Policy policy;
  policy.large_capacity_units = units({"E001"});
  const auto flipped =
      successor(pointers(deals), UnitId("E009"), DealSide::charge_unit, true, policy);
  EXPECT_EQ(flipped.deal->discharge_unit, UnitId("E001"));
  EXPECT_TRUE(flipped.flip);
  const auto straight =
      successor(pointers(deals), UnitId("E009"), DealSide::charge_unit, false, policy);
  EXPECT_EQ(straight.deal->discharge_unit, UnitId("E003"));
  EXPECT_FALSE(straight.flip);
}

TEST(Successor, IsAnyDealElseAndBringsTheMasterSideBackToThePolicys) {
  const std::vector<Deal> deals = {activated_at(deal_of("E003", "E004"), 1)};
  const auto kept =
      successor(pointers(deals), UnitId("E009"), DealSide::charge_unit, true, Policy());
  EXPECT_NE(kept.deal, nullptr);
  EXPECT_FALSE(kept.flip);
  EXPECT_TRUE(
      successor(pointers(deals), UnitId("E009"), DealSide::discharge_unit, true, Policy()).flip);
  EXPECT_FALSE(
      successor(pointers(deals), UnitId("E009"), DealSide::discharge_unit, false, Policy()).flip);
}

TEST(Successor, IsNoneWithoutDeals) {
  EXPECT_EQ(successor({}, UnitId("E001"), DealSide::charge_unit, true, Policy()).deal, nullptr);
}

TEST(LargeUnit, TakesTheVoltageOverFromASmallOne) {
  Policy policy;
  const Deal added = deal_of("E003", "E001");
  EXPECT_TRUE(large_unit_takes_over(added, UnitId("E002"), DealSide::charge_unit, policy).empty());
  policy.large_capacity_units = units({"E001"});
  EXPECT_EQ(large_unit_takes_over(added, UnitId("E002"), DealSide::charge_unit, policy),
            UnitId("E001"));
  EXPECT_TRUE(large_unit_takes_over(added, UnitId("E001"), DealSide::charge_unit, policy).empty());
  policy.large_capacity_units = units({"E001", "E002"});
  EXPECT_TRUE(large_unit_takes_over(added, UnitId("E002"), DealSide::charge_unit, policy).empty());
}

TEST(ExactRange, WhatIsTakenOffLeavesNoRest) {
  ExactRange sum;
  sum += ExactRange::of(Amperes(-0.1), Amperes(0.2));
  sum += ExactRange::of(Amperes(0.0), Amperes(1.0 / 3.0));
  sum += ExactRange::of(Amperes(-2.3), Amperes(-2.3));
  EXPECT_NEAR(sum.low().value(), -2.4, 1e-9);
  EXPECT_NEAR(sum.high().value(), 0.2 + 1.0 / 3.0 - 2.3, 2e-9);
  sum -= ExactRange::of(Amperes(0.0), Amperes(1.0 / 3.0));
  sum -= ExactRange::of(Amperes(-0.1), Amperes(0.2));
  EXPECT_EQ(sum.low(), Amperes(-2.3));
  EXPECT_EQ(sum.high(), Amperes(-2.3));
}

TEST(CurrentRange, HoldsEveryCombinationOfWhatIsUnderWay) {
  CurrentRange range;
  range.shift(Amperes(1.0));
  range.widen(Amperes(-1.0));
  range.widen(Amperes(0.5));
  EXPECT_NEAR(range.low.value(), 0.0, exact);
  EXPECT_NEAR(range.high.value(), 1.5, exact);
  EXPECT_TRUE(range.within(Amperes(1.5)));
  EXPECT_FALSE(range.within(Amperes(1.4)));
  range.widen(Amperes(-2.0));
  EXPECT_FALSE(range.within(Amperes(1.9)));
}

RC_GTEST_PROP(CurrentRange, NoSubsetOfWhatIsUnderWayLeavesIt, ()) {
  const auto milliamperes = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-3000, 3000));
  CurrentRange range;
  double some_a = 0.0;
  for (const int ma : milliamperes) {
    range.widen(Amperes(ma / 1000.0));
    some_a += *rc::gen::arbitrary<bool>() ? ma / 1000.0 : 0.0;
  }
  RC_ASSERT(range.low.value() <= some_a + 1e-9);
  RC_ASSERT(range.high.value() >= some_a - 1e-9);
}

}  // namespace
}  // namespace musubi::gridmaster
