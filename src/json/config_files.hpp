// The four files of APIS, read unchanged. Every key: docs/reference/configuration.md.
#pragma once

#include <string>
#include <string_view>

#include "domain/hw_config.hpp"
#include "domain/node_config.hpp"
#include "domain/policy.hpp"
#include "domain/scenario.hpp"
#include "json/document.hpp"
#include "json/problem.hpp"

namespace musubi::json {

// Each reader exists for a text (`file` names it in findings) and for a tree that is already parsed
// (findings are added to `problems`; nothing when there is an error among them).

/// config.json. Encrypted entries are decrypted, `{tmpdir}` becomes `tmpdir` (without a final
/// slash).
ReadResult<NodeConfig> read_node_config(std::string_view text, std::string file,
                                        std::string_view tmpdir);
std::optional<NodeConfig> read_node_config(const Value& root, std::string_view tmpdir,
                                           Problems& problems);

/// hwConfig.json.
ReadResult<HwConfig> read_hw_config(std::string_view text, std::string file);
std::optional<HwConfig> read_hw_config(const Value& root, Problems& problems);

/// policy.json.
ReadResult<Policy> read_policy(std::string_view text, std::string file);
std::optional<Policy> read_policy(const Value& root, Problems& problems);

/// scenario.json.
ReadResult<Scenario> read_scenario(std::string_view text, std::string file);
std::optional<Scenario> read_scenario(const Value& root, Problems& problems);

/// Limits of a scenario.
struct ScenarioLimits {
  static constexpr std::size_t slices = 1000;
  static constexpr std::size_t statuses_per_slice = 100;
};

}  // namespace musubi::json
