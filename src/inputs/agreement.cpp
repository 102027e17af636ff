#include "inputs/agreement.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace musubi::inputs {

namespace {

using json::line_of;
using json::Value;

bool among(const std::vector<UnitId>& units, UnitId unit) {
  return std::find(units.begin(), units.end(), unit) != units.end();
}

std::string quoted(UnitId unit) { return json::describe(Value::text(unit.view())); }

std::string one_of(const std::vector<UnitId>& units, UnitId wrong, std::string_view where) {
  std::vector<std::string> texts;
  texts.reserve(units.size());
  for (const UnitId unit : units) {
    texts.push_back(unit.str());
  }
  const std::vector<std::string_view> names(texts.begin(), texts.end());
  const auto near = json::nearest(wrong.view(), names);
  return fmt::format("a unit of {}{}", where,
                     near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near));
}

struct Rule {
  const TradeRule& rule;
  std::string pointer;
};

/// Every rule of a scenario with its place in the file.
std::vector<Rule> rules_of(const Source<Scenario>& scenario) {
  std::vector<Rule> rules;
  std::vector<std::string> slices;
  for (const auto& member : scenario.tree.members()) {
    if (!member.key.starts_with('#') && member.key.find('-') != std::string::npos) {
      slices.push_back(member.key);
    }
  }
  for (std::size_t i = 0; i < scenario.value.slices.size() && i < slices.size(); ++i) {
    const std::string slice = json::pointer_to("", slices[i]);
    for (const BatteryStatus& status : scenario.value.slices[i].statuses) {
      const auto add = [&](const StatusRules& section, std::string_view name) {
        const std::string at = json::pointer_to(json::pointer_to(slice, name), status.name);
        if (section.charge) {
          rules.push_back({*section.charge, at + "/charge"});
        }
        if (section.discharge) {
          rules.push_back({*section.discharge, at + "/discharge"});
        }
      };
      add(status.request, "request");
      add(status.accept, "accept");
    }
  }
  return rules;
}

}  // namespace

void check_agreement(Source<Policy>& policy, const Source<HwConfig>& hw) {
  const auto refuse = [&](std::string_view pointer, double found, double most,
                          std::string_view of) {
    policy.problems.error(line_of(policy.tree, pointer), pointer, fmt::format("{:g}", found),
                          fmt::format("at most {:g}, {} of {}", most, of, hw.problems.file()));
  };
  const double capacity_a = hw.value.grid_current_capacity.value();
  if (policy.value.deal_current.value() > capacity_a) {
    refuse("/mediator/deal/gridCurrentA", policy.value.deal_current.value(), capacity_a,
           "gridCurrentCapacityA");
  }
  if (policy.value.grid_voltage_max.value() > hw.value.grid_v.max) {
    refuse("/operationGridVoltageVRange/max", policy.value.grid_voltage_max.value(),
           hw.value.grid_v.max, "safety.range.dcdc.meter.vg.max");
  }
}

void check_agreement(Source<Scenario>& scenario, const Source<HwConfig>& hw) {
  const double capacity_wh = hw.value.battery_nominal_capacity.value();
  for (const Rule& rule : rules_of(scenario)) {
    if (static_cast<double>(rule.rule.limit_wh) > capacity_wh) {
      const std::string pointer = rule.pointer + "/limitWh";
      scenario.problems.error(line_of(scenario.tree, pointer), pointer,
                              std::to_string(rule.rule.limit_wh),
                              fmt::format("at most {:g}, batteryNominalCapacityWh of {}",
                                          capacity_wh, hw.problems.file()));
    }
  }
}

void check_partners(Source<Scenario>& scenario, const std::vector<UnitId>& units,
                    std::string_view where) {
  for (const Rule& rule : rules_of(scenario)) {
    const UnitId partner = rule.rule.pair_unit;
    if (!partner.empty() && !among(units, partner)) {
      const std::string pointer = rule.pointer + "/pairUnitId";
      scenario.problems.error(line_of(scenario.tree, pointer), pointer, quoted(partner),
                              one_of(units, partner, where));
    }
  }
}

void check_agreement(Source<NodeConfig>& config, const std::vector<UnitId>& units,
                     std::string_view where) {
  if (!among(units, config.value.unit_id)) {
    config.problems.error(line_of(config.tree, "/unitId"), "/unitId", quoted(config.value.unit_id),
                          one_of(units, config.value.unit_id, where));
  }
}

void check_agreement(Source<HwConfig>& hw, const physics::UnitParams& unit) {
  constexpr double tolerance = 0.01;
  const double promised_a = hw.value.grid_current_capacity.value();
  const double limit_a = unit.converter.icap.value();
  if (promised_a > limit_a) {
    hw.problems.error(
        line_of(hw.tree, "/gridCurrentCapacityA"), "/gridCurrentCapacityA",
        fmt::format("{:g}", promised_a),
        fmt::format("at most {:g}, the converter's currentLimitA of {}", limit_a, unit.name));
  }
  const double nominal_wh = hw.value.battery_nominal_capacity.value();
  const double capacity_wh = unit.battery.capacity.value();
  if (std::fabs(nominal_wh - capacity_wh) > tolerance * capacity_wh) {
    hw.problems.warning(line_of(hw.tree, "/batteryNominalCapacityWh"), "/batteryNominalCapacityWh",
                        fmt::format("{:g}", nominal_wh),
                        fmt::format("capacityWh {:g} of {}'s battery, or remaining energies are "
                                    "not what its rules mean",
                                    capacity_wh, unit.name));
  }
}

void check_agreement(Source<Policy>& policy, const physics::Community& community) {
  std::vector<UnitId> units;
  units.reserve(community.units.size());
  for (const auto& unit : community.units) {
    units.emplace_back(unit.name);
  }
  std::vector<UnitId> members = policy.value.members;
  std::vector<UnitId> sorted = units;
  std::sort(members.begin(), members.end());
  std::sort(sorted.begin(), sorted.end());
  if (members != sorted) {
    policy.problems.warning(line_of(policy.tree, "/memberUnitIds"), "/memberUnitIds",
                            "other units than those of " + community.name,
                            "the units of the community; they are used instead");
  }
  const auto check = [&](std::string_view pointer, UnitId unit) {
    if (!among(units, unit)) {
      policy.problems.error(line_of(policy.tree, pointer), pointer, quoted(unit),
                            one_of(units, unit, community.name));
    }
  };
  for (std::size_t i = 0; i < policy.value.large_capacity_units.size(); ++i) {
    check(fmt::format("/largeCapacityUnitIds/{}", i), policy.value.large_capacity_units[i]);
  }
  if (policy.value.grid_master_preference == GridMasterPreference::fixed) {
    check("/gridMaster/gridMasterSelection/fixedUnitId", policy.value.grid_master_fixed_unit);
  }
  for (const Branch& branch : policy.value.branches) {
    const std::string at =
        json::pointer_to("/safety/gridTopologyBasedEvaluation/branchAssociation", branch.id);
    for (const UnitId unit : branch.forward) {
      check(at + "/forwardUnitIds", unit);
    }
    for (const UnitId unit : branch.backward) {
      check(at + "/backwardUnitIds", unit);
    }
  }
}

}  // namespace musubi::inputs
