#include "json/check.hpp"

#include <array>

#include "json/config_files.hpp"
#include "json/deal_json.hpp"
#include "json/messages.hpp"
#include "json/unit_data.hpp"

namespace musubi::json {

namespace {

/// How many of the keys an object has.
template <std::size_t N>
std::size_t count_of(const Value& root, const std::array<std::string_view, N>& keys) {
  std::size_t count = 0;
  for (const auto key : keys) {
    count += root.find(key) != nullptr ? 1U : 0U;
  }
  return count;
}

bool looks_like_unit_data(const Value& value) {
  return value.find("oesunit") != nullptr && value.find("dcdc") != nullptr;
}

/// "00:00:00-24:00:00": a key with a clock time in front of its dash.
bool has_slice(const Value& root) {
  for (const auto& member : root.members()) {
    const auto dash = member.key.find('-');
    if (dash != std::string::npos && member.key.find(':') < dash) {
      return true;
    }
  }
  return false;
}

Problems read_as(FileKind kind, std::string_view text, const std::string& file) {
  constexpr std::int32_t any_offset = 0;
  switch (kind) {
  case FileKind::node_config:
    return read_node_config(text, file, "/tmp").problems;
  case FileKind::hw_config:
    return read_hw_config(text, file).problems;
  case FileKind::policy:
    return read_policy(text, file).problems;
  case FileKind::scenario:
    return read_scenario(text, file).problems;
  case FileKind::unit_data:
    return read_unit_data(text, file, any_offset).problems;
  case FileKind::unit_data_map:
    return read_unit_data_map(text, file, any_offset).problems;
  case FileKind::deal:
    return read_deal(text, file, any_offset).problems;
  case FileKind::web_deals:
    return read_web_deals(text, file, any_offset).problems;
  case FileKind::offer:
    return read_offer(text, file, any_offset).problems;
  case FileKind::community:
  case FileKind::unknown:
    break;
  }
  Problems problems(file);
  problems.error(
      1, "", "a file of an unknown kind",
      "a community, config.json, hwConfig.json, policy.json, scenario.json, unit data, a "
      "deal, a request or an accept");
  return problems;
}

}  // namespace

FileKind detect_kind(const Value& root) {
  if (root.is(Value::Kind::array)) {
    const bool web = !root.items().empty() && root.items().front().find("isMasterDeal") != nullptr;
    return web ? FileKind::web_deals : FileKind::unknown;
  }
  if (looks_like_unit_data(root)) {
    return FileKind::unit_data;
  }
  if (!root.members().empty() && looks_like_unit_data(root.members().front().value)) {
    return FileKind::unit_data_map;
  }
  if (count_of<3>(root, {"requestUnitId", "acceptUnitId", "dealAmountWh"}) >= 2) {
    return FileKind::deal;
  }
  if (count_of<4>(root, {"amountWh", "type", "dealGridCurrentA", "unitId"}) >= 3) {
    return FileKind::offer;
  }
  if (count_of<4>(root, {"units", "site", "lines", "gridCo2KgPerKwh"}) >= 2) {
    return FileKind::community;
  }
  // The file of which most keys are there. Ties go to the earlier one.
  const std::array<std::pair<FileKind, std::size_t>, 4> votes{{
      {FileKind::node_config, count_of<6>(root, {"hwConfigFile", "policyFile", "scenarioFile",
                                                 "systemType", "communityId", "connection"})},
      {FileKind::hw_config, count_of<5>(root, {"batteryNominalCapacityWh", "gridCurrentCapacityA",
                                               "gridCurrentAllowanceA", "droopRatio",
                                               "efficientBatteryGridVoltageRatio"})},
      {FileKind::policy, count_of<6>(root, {"memberUnitIds", "operationGridVoltageV", "controller",
                                            "mediator", "gridMaster", "operationMode"})},
      {FileKind::scenario, (has_slice(root) ? 2U : 0U) + count_of<1>(root, {"acceptSelection"})},
  }};
  FileKind best = FileKind::unknown;
  std::size_t most = 0;
  for (const auto& [kind, count] : votes) {
    if (count > most) {
      best = kind;
      most = count;
    }
  }
  return best;
}

std::string_view name_of(FileKind kind) {
  switch (kind) {
  case FileKind::node_config:
    return "config.json";
  case FileKind::hw_config:
    return "hwConfig.json";
  case FileKind::policy:
    return "policy.json";
  case FileKind::scenario:
    return "scenario.json";
  case FileKind::unit_data:
    return "unit data";
  case FileKind::unit_data_map:
    return "unit data of several units";
  case FileKind::deal:
    return "deal";
  case FileKind::web_deals:
    return "deal list";
  case FileKind::offer:
    return "request or accept";
  case FileKind::community:
    return "community";
  case FileKind::unknown:
    break;
  }
  return "unknown";
}

Problems check_text(std::string_view text, const std::string& file, FileKind& kind) {
  auto document = parse_document(text, file);
  kind = FileKind::unknown;
  if (!document.value) {
    return document.problems;
  }
  kind = detect_kind(*document.value);
  return read_as(kind, text, file);
}

}  // namespace musubi::json
