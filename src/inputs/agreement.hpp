// Contradictions between files that apply together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/hw_config.hpp"
#include "domain/node_config.hpp"
#include "domain/policy.hpp"
#include "domain/scenario.hpp"
#include "physics/community.hpp"
#include "json/document.hpp"
#include "json/problem.hpp"

namespace musubi::inputs {

/// A file that was read: its value, its text as a tree for lines, and where findings go.
template <class T>
struct Source {
  T value;
  json::Value tree;
  json::Problems problems;
};

/// The deal current and the voltages of the bus are within what the hardware does.
void check_agreement(Source<Policy>& policy, const Source<HwConfig>& hw);
/// No rule aims beyond the battery.
void check_agreement(Source<Scenario>& scenario, const Source<HwConfig>& hw);
/// Partners are among `units`, which `where` names.
void check_partners(Source<Scenario>& scenario, const std::vector<UnitId>& units,
                    std::string_view where);
/// The unit is among `units`, which `where` names.
void check_agreement(Source<NodeConfig>& config, const std::vector<UnitId>& units,
                     std::string_view where);
/// A unit's hardware as the community describes it carries what hwConfig.json promises.
void check_agreement(Source<HwConfig>& hw, const physics::UnitParams& unit);
/// The policy speaks of the community's units.
void check_agreement(Source<Policy>& policy, const physics::Community& community);

}  // namespace musubi::inputs
