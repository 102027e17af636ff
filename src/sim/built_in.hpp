// What a simulation uses where the user gives no files.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "domain/policy.hpp"
#include "domain/scenario.hpp"
#include "physics/community.hpp"

namespace musubi::sim {

/// "demo4" or "oist19"; nothing for another name.
std::optional<physics::Community> built_in_community(std::string_view name);

/// The names that built_in_community() knows, for messages.
std::string_view built_in_names();

/// Names of a community's units.
std::vector<UnitId> unit_ids(const physics::Community& community);

/// The sample values of the reference, autonomous, for these members; no large units, and the Grid
/// Master's default place.
Policy default_policy(const std::vector<UnitId>& members);

/// The reference's sample: short below 2880 Wh asks to charge, excess from 4320 Wh asks to
/// discharge, from 3600 Wh a unit gives, below it takes; one price all day.
Scenario default_scenario();

}  // namespace musubi::sim
