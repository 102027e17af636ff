#include "sim/built_in.hpp"

#include <cmath>

namespace musubi::sim {

namespace {

constexpr double short_below_share = 0.60;
constexpr double sufficient_from_share = 0.75;
constexpr double excess_from_share = 0.90;
constexpr double point_per_wh = 10.0;

TradeRule up_or_down_to(std::int64_t limit_wh) { return {limit_wh, point_per_wh, {}}; }

}  // namespace

std::optional<physics::Community> built_in_community(std::string_view name) {
  if (name == "demo4") {
    return physics::demo4();
  }
  if (name == "oist19") {
    return physics::oist19();
  }
  return std::nullopt;
}

std::string_view built_in_names() { return "demo4, oist19"; }

std::vector<UnitId> unit_ids(const physics::Community& community) {
  std::vector<UnitId> ids;
  ids.reserve(community.units.size());
  for (const auto& unit : community.units) {
    ids.emplace_back(unit.name);
  }
  return ids;
}

Policy default_policy(const std::vector<UnitId>& members) {
  Policy policy;
  policy.operation_mode = OperationMode::autonomous;
  policy.members = members;
  return policy;
}

Scenario default_scenario(WattHours capacity) {
  const auto wh = [capacity](double share) {
    return static_cast<std::int64_t>(std::llround(share * capacity.value()));
  };
  const std::int64_t short_below_wh = wh(short_below_share);
  const std::int64_t sufficient_from_wh = wh(sufficient_from_share);
  const std::int64_t excess_from_wh = wh(excess_from_share);
  BatteryStatus excess{"excess", excess_from_wh, std::nullopt, {}, {}};
  excess.request.discharge = up_or_down_to(excess_from_wh);
  excess.accept.discharge = up_or_down_to(sufficient_from_wh);
  BatteryStatus sufficient{"sufficient", sufficient_from_wh, excess_from_wh, {}, {}};
  sufficient.accept.discharge = up_or_down_to(sufficient_from_wh);
  BatteryStatus scarce{"scarce", short_below_wh, sufficient_from_wh, {}, {}};
  scarce.accept.charge = up_or_down_to(sufficient_from_wh);
  BatteryStatus lacking{"short", std::nullopt, short_below_wh, {}, {}};
  lacking.request.charge = up_or_down_to(short_below_wh);
  lacking.accept.charge = up_or_down_to(sufficient_from_wh);
  TimeSlice all_day;
  all_day.accept_selection = AcceptSelection::point_and_amount;
  all_day.statuses = {excess, sufficient, scarce, lacking};
  Scenario scenario;
  scenario.slices = {all_day};
  return scenario;
}

HwConfig default_hw(const physics::UnitParams& unit) {
  constexpr double allowance_a = 0.05;
  HwConfig hw;
  const double share = unit.converter.icap / hw.grid_current_capacity;
  hw.battery_nominal_capacity = unit.battery.capacity;
  hw.grid_current_capacity = unit.converter.icap;
  const double most_a = unit.converter.icap.value() + allowance_a;
  hw.grid_a = {-most_a, most_a};
  hw.battery_a = {hw.battery_a.min * share, hw.battery_a.max * share};
  return hw;
}

}  // namespace musubi::sim
