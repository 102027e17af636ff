#include "domain/deal.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <set>
#include <vector>

namespace musubi {
namespace {

constexpr UnitId charger("E001");
constexpr UnitId discharger("E002");

Deal example() {
  Deal deal;
  deal.id = {1, 2};
  deal.charge_unit = charger;
  deal.discharge_unit = discharger;
  return deal;
}

TEST(DealTest, BothUnitsAndNobodyElseAreInvolved) {
  const Deal deal = example();
  EXPECT_TRUE(deal.involves(charger));
  EXPECT_TRUE(deal.involves(discharger));
  EXPECT_FALSE(deal.involves(UnitId("E003")));
}

TEST(DealTest, EachUnitHasItsSideDirectionPartnerAndMeter) {
  Deal deal = example();
  deal.charge_meter.battery_energy = WattHours(10);
  deal.discharge_meter.battery_energy = WattHours(12);
  EXPECT_EQ(deal.unit_on(DealSide::charge_unit), charger);
  EXPECT_EQ(deal.unit_on(DealSide::discharge_unit), discharger);
  EXPECT_EQ(deal.side_of(charger), DealSide::charge_unit);
  EXPECT_EQ(deal.side_of(discharger), DealSide::discharge_unit);
  EXPECT_EQ(deal.partner_of(charger), discharger);
  EXPECT_EQ(deal.partner_of(discharger), charger);
  EXPECT_EQ(deal.direction_of(charger), Direction::charge);
  EXPECT_EQ(deal.direction_of(discharger), Direction::discharge);
  EXPECT_EQ(deal.meter_of(charger).battery_energy, WattHours(10));
  EXPECT_EQ(deal.meter_of(discharger).battery_energy, WattHours(12));
}

TEST(DealTest, SidesHaveAnOtherSideAndADirection) {
  EXPECT_EQ(other_side(DealSide::charge_unit), DealSide::discharge_unit);
  EXPECT_EQ(other_side(DealSide::discharge_unit), DealSide::charge_unit);
  EXPECT_EQ(direction_on(DealSide::charge_unit), Direction::charge);
  EXPECT_EQ(direction_on(DealSide::discharge_unit), Direction::discharge);
}

// Reference 3.7: master side active = activated and not deactivated; both sides = warmed up and not
// stopped.
TEST(DealTest, EachPhaseSaysWhichSidesAreActive) {
  struct Row {
    DealPhase phase;
    bool master_side;
    bool both_sides;
  };
  constexpr std::array rows{
      Row{DealPhase::created, false, false},  Row{DealPhase::activated, true, false},
      Row{DealPhase::warming_up, true, true}, Row{DealPhase::running, true, true},
      Row{DealPhase::stopping, true, false},  Row{DealPhase::stopped, true, false},
      Row{DealPhase::done, false, false},
  };
  for (const auto& row : rows) {
    Deal deal = example();
    deal.phase = row.phase;
    EXPECT_EQ(deal.master_side_active(), row.master_side) << static_cast<int>(row.phase);
    EXPECT_EQ(deal.both_sides_active(), row.both_sides) << static_cast<int>(row.phase);
  }
}

TEST(DealTest, TheMeteringPointPicksTheEnergy) {
  DealMeter meter;
  meter.battery_energy = WattHours(50);
  meter.bus_energy = WattHours(60);
  EXPECT_EQ(meter.at(MeteringPoint::battery), WattHours(50));
  EXPECT_EQ(meter.at(MeteringPoint::bus), WattHours(60));
}

TEST(DealTest, NoFieldIsLeftOutOfEqualityAndDigest) {
  const Reason reason(Rule::settled, 1, 2, 3, 4);
  const std::vector<std::function<void(Deal&)>> changes{
      [](Deal&) {},
      [](Deal& d) { d.id.low = 9; },
      [](Deal& d) { d.id.high = 9; },
      [](Deal& d) { d.negotiation_id.low = 9; },
      [](Deal& d) { d.origin = DealOrigin::external; },
      [](Deal& d) { d.request_unit = UnitId("X"); },
      [](Deal& d) { d.accept_unit = UnitId("X"); },
      [](Deal& d) { d.type = Direction::discharge; },
      [](Deal& d) { d.charge_unit = UnitId("X"); },
      [](Deal& d) { d.discharge_unit = UnitId("X"); },
      [](Deal& d) { d.request_time.unix_ms = 9; },
      [](Deal& d) { d.accept_time.utc_offset_s = 9; },
      [](Deal& d) { d.request_point_per_wh = 9; },
      [](Deal& d) { d.accept_point_per_wh = 9; },
      [](Deal& d) { d.request_current = Amperes(9); },
      [](Deal& d) { d.accept_current = Amperes(9); },
      [](Deal& d) { d.request_pair_unit = UnitId("X"); },
      [](Deal& d) { d.accept_pair_unit = UnitId("X"); },
      [](Deal& d) { d.point_per_wh = 9; },
      [](Deal& d) { d.charge_efficient_v = Volts(9); },
      [](Deal& d) { d.discharge_efficient_v = Volts(9); },
      [](Deal& d) { d.current = Amperes(9); },
      [](Deal& d) { d.request_amount_wh = 9; },
      [](Deal& d) { d.accept_amount_wh = 9; },
      [](Deal& d) { d.amount_wh = 9; },
      [](Deal& d) { d.metering_point = MeteringPoint::bus; },
      [](Deal& d) { d.loss_payer = LossPayer::shared; },
      [](Deal& d) { d.test_feature = TestFeature::fail_before_stop; },
      [](Deal& d) { d.phase = DealPhase::running; },
      [](Deal& d) { d.outcome = DealOutcome::completed; },
      [](Deal& d) { d.is_master = true; },
      [](Deal& d) { d.reference_unit = UnitId("X"); },
      [](Deal& d) { d.stop_requested = true; },
      [](Deal& d) { d.resets = 9; },
      [](Deal& d) { d.create_time = WallTime{}; },
      [](Deal& d) { d.activate_time = WallTime{}; },
      [](Deal& d) { d.ramp_up_time = WallTime{}; },
      [](Deal& d) { d.warm_up_time = WallTime{}; },
      [](Deal& d) { d.start_time = WallTime{}; },
      [](Deal& d) { d.stop_time = WallTime{}; },
      [](Deal& d) { d.deactivate_time = WallTime{}; },
      [](Deal& d) { d.abort_time = WallTime{}; },
      [](Deal& d) { d.compensation_target = Amperes(9); },
      [](Deal& d) { d.charge_compensated_a = Amperes(9); },
      [](Deal& d) { d.discharge_compensated_a = Amperes(9); },
      [](Deal& d) { d.charge_meter.battery_energy = WattHours(9); },
      [](Deal& d) { d.charge_meter.bus_energy = WattHours(9); },
      [](Deal& d) { d.charge_meter.bus_account = WattHours(9); },
      [](Deal& d) { d.charge_meter.shared = true; },
      [](Deal& d) { d.discharge_meter.estimated = true; },
      [&](Deal& d) { d.last_reason = reason; },
      [&](Deal& d) { d.stop_reason = reason; },
      [&](Deal& d) {
        d.reset_notes = {DealNote{{}, reason}};
      },
      [&](Deal& d) {
        d.abort_notes = {DealNote{{}, reason}};
      },
      [&](Deal& d) {
        d.abort_notes = {DealNote{{1, 0}, reason}};
      },
  };
  std::set<std::uint64_t> digests;
  for (const auto& change : changes) {
    Deal deal = example();
    change(deal);
    Hasher hasher;
    hasher.add(deal);
    digests.insert(hasher.digest());
    EXPECT_EQ(deal == example(), &change == &changes.front());
  }
  EXPECT_EQ(digests.size(), changes.size());
}

}  // namespace
}  // namespace musubi
