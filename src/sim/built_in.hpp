// What a simulation uses where the user gives no files.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "domain/hw_config.hpp"
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
/// discharge, from 3600 Wh a unit gives, below it takes; one price all day. For another battery
/// than one of 4800 Wh the same shares of its `capacity`, in whole Wh.
Scenario default_scenario(WattHours capacity = WattHours(4800.0));

/// The reference's sample for a unit of this equipment: its battery, its converter's current, and
/// measuring ranges in proportion to that current.
HwConfig default_hw(const physics::UnitParams& unit);

}  // namespace musubi::sim
