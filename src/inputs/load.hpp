// A community with all files that it names.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/hw_config.hpp"
#include "domain/policy.hpp"
#include "domain/scenario.hpp"
#include "physics/community.hpp"
#include "json/problem.hpp"

namespace musubi::inputs {

/// What applies to one unit where files are named; the caller fills in the rest.
struct UnitInputs {
  std::optional<HwConfig> hw;
  std::shared_ptr<const Scenario> scenario;
};

/// A community and its rules.
struct CommunityInputs {
  physics::Community community;
  std::shared_ptr<const Policy> policy;  ///< empty where no file is named
  std::vector<UnitInputs> units;         ///< in the community's order
};

/// The inputs, or the reasons why there are none. Warnings may stand beside inputs.
struct LoadedCommunity {
  std::optional<CommunityInputs> inputs;
  std::vector<json::Problems> problems;  ///< of each file that was read

  /// The findings of that severity in all files, one per line.
  [[nodiscard]] std::string text(json::Severity severity) const;
  [[nodiscard]] bool has_errors() const;
};

/// Reads the community file at `path` and the files that it names, relative to its folder, and
/// checks that they agree with each other.
LoadedCommunity load_community(const std::string& path);

/// The file's bytes. Nothing where it cannot be read; of a file beyond the limit of documents so
/// much that the reader refuses it.
std::optional<std::string> text_of_file(const std::string& path);

}  // namespace musubi::inputs
