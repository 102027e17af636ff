#include "sim/built_in.hpp"

namespace musubi::sim {

namespace {

constexpr std::int64_t short_below_wh = 2880;
constexpr std::int64_t sufficient_from_wh = 3600;
constexpr std::int64_t excess_from_wh = 4320;
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

Scenario default_scenario() {
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

}  // namespace musubi::sim
