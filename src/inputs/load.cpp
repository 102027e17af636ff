#include "inputs/load.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "inputs/agreement.hpp"
#include "inputs/community_file.hpp"
#include "json/config_files.hpp"

namespace musubi::inputs {

namespace fs = std::filesystem;

namespace {

/// Files of one kind by their path, each read once.
template <class T>
using Shelf = std::map<std::string, std::optional<Source<T>>, std::less<>>;

/// Reads files and keeps them, so that a file that many units name is read and judged once.
class Loader {
 public:
  explicit Loader(const std::string& path)
      : community_{{}, {}, json::Problems(path)}, folder_(fs::path(path).parent_path()) {}

  LoadedCommunity load();

 private:
  template <class T, class Read>
  Source<T>* open(Shelf<T>& shelf, const FileName& name, json::Problems& named_by,
                  const fs::path& folder, Read read) {
    if (name.name.empty()) {
      return nullptr;
    }
    const std::string path = (folder / name.name).lexically_normal().string();
    const auto [place, is_new] = shelf.try_emplace(path);
    auto& source = place->second;
    if (!is_new) {
      return source && !source->problems.has_errors() ? &*source : nullptr;
    }
    const auto text = text_of_file(path);
    if (!text) {
      named_by.error(name.line, name.pointer, json::describe(json::Value::text(name.name)),
                     "a file that can be opened; " + path + " cannot");
      return nullptr;
    }
    auto document = json::parse_document(*text, path);
    source.emplace();
    source->problems = std::move(document.problems);
    if (!document.value) {
      return nullptr;
    }
    source->tree = std::move(*document.value);
    auto value = read(source->tree, source->problems);
    if (!value || source->problems.has_errors()) {
      return nullptr;
    }
    source->value = std::move(*value);
    return &*source;
  }
  Source<HwConfig>* hw(const FileName& name, json::Problems& by, const fs::path& folder) {
    return open(hws_, name, by, folder, [](const json::Value& root, json::Problems& problems) {
      return json::read_hw_config(root, problems);
    });
  }
  Source<Scenario>* scenario(const FileName& name, json::Problems& by, const fs::path& folder) {
    return open(scenarios_, name, by, folder,
                [](const json::Value& root, json::Problems& problems) {
                  return json::read_scenario(root, problems);
                });
  }
  Source<Policy>* policy(const FileName& name, json::Problems& by, const fs::path& folder) {
    return open(policies_, name, by, folder, [](const json::Value& root, json::Problems& problems) {
      return json::read_policy(root, problems);
    });
  }
  Source<NodeConfig>* config(const FileName& name, json::Problems& by, const fs::path& folder) {
    return open(configs_, name, by, folder, [](const json::Value& root, json::Problems& problems) {
      return json::read_node_config(root, "/tmp", problems);
    });
  }
  void load_unit(std::size_t index, CommunityInputs& inputs);
  /// One policy for all: each differing one is an error at its name.
  void use_policy(Source<Policy>* source, const FileName& name, json::Problems& named_by);
  template <class T>
  static void collect(Shelf<T>& shelf, std::vector<json::Problems>& all) {
    for (auto& [path, source] : shelf) {
      if (source && !source->problems.list().empty()) {
        all.push_back(source->problems);
      }
    }
  }

  Source<CommunityFile> community_;
  fs::path folder_;
  Shelf<HwConfig> hws_;
  Shelf<Scenario> scenarios_;
  Shelf<Policy> policies_;
  Shelf<NodeConfig> configs_;
  std::vector<UnitId> units_;
  Source<Policy>* policy_ = nullptr;
};

void Loader::use_policy(Source<Policy>* source, const FileName& name, json::Problems& named_by) {
  if (source == nullptr) {
    return;
  }
  if (policy_ == nullptr) {
    policy_ = source;
  } else if (!(policy_->value == source->value)) {
    named_by.error(name.line, name.pointer, json::describe(json::Value::text(name.name)),
                   "the same rules for all units: those of " + policy_->problems.file());
  }
}

void Loader::load_unit(std::size_t index, CommunityInputs& inputs) {
  const physics::UnitParams& unit = inputs.community.units[index];
  const FileNames& all = community_.value.files;
  const FileNames& own = community_.value.unit_files[index];
  json::Problems& problems = community_.problems;
  Source<HwConfig>* hw_file = hw(own.hw_config, problems, folder_);
  Source<Scenario>* scenario_file = scenario(own.scenario, problems, folder_);
  Source<NodeConfig>* node = config(own.config, problems, folder_);
  if (node != nullptr) {
    check_agreement(*node, {UnitId(unit.name)}, problems.file());
    const fs::path folder = fs::path(node->problems.file()).parent_path();
    const auto named = [&](const std::string& name, const char* pointer) {
      return FileName{name, json::line_of(node->tree, pointer), pointer};
    };
    if (own.hw_config.name.empty()) {
      hw_file = hw(named(node->value.hw_config_file, "/hwConfigFile"), node->problems, folder);
    }
    if (own.scenario.name.empty()) {
      scenario_file =
          scenario(named(node->value.scenario_file, "/scenarioFile"), node->problems, folder);
    }
    const FileName policy_name = named(node->value.policy_file, "/policyFile");
    use_policy(policy(policy_name, node->problems, folder), policy_name, node->problems);
  }
  if (own.hw_config.name.empty() && node == nullptr) {
    hw_file = hw(all.hw_config, problems, folder_);
  }
  if (own.scenario.name.empty() && node == nullptr) {
    scenario_file = scenario(all.scenario, problems, folder_);
  }
  if (hw_file != nullptr) {
    check_agreement(*hw_file, unit);
    inputs.units[index].hw = hw_file->value;
  }
  if (scenario_file != nullptr) {
    check_partners(*scenario_file, units_, inputs.community.name);
    if (hw_file != nullptr) {
      check_agreement(*scenario_file, *hw_file);
    }
    inputs.units[index].scenario = std::make_shared<const Scenario>(scenario_file->value);
  }
  if (policy_ != nullptr && hw_file != nullptr) {
    check_agreement(*policy_, *hw_file);
  }
}

/// Units that share a file repeat what is said about it.
void drop_repeated(json::Problems& problems) {
  json::Problems once(problems.file());
  for (const auto& problem : problems.list()) {
    const auto& seen = once.list();
    if (std::find(seen.begin(), seen.end(), problem) == seen.end()) {
      once.add(problem);
    }
  }
  problems = std::move(once);
}

LoadedCommunity Loader::load() {
  LoadedCommunity loaded;
  const std::string path = community_.problems.file();
  const auto text = text_of_file(path);
  if (!text) {
    community_.problems.error(0, "", "no file that can be opened", "a file that may be read");
    loaded.problems.push_back(community_.problems);
    return loaded;
  }
  auto read = read_community(*text, path);
  community_.problems = std::move(read.problems);
  if (!read.value) {
    loaded.problems.push_back(community_.problems);
    return loaded;
  }
  community_.value = std::move(*read.value);
  CommunityInputs inputs;
  inputs.community = community_.value.community;
  inputs.units.resize(inputs.community.units.size());
  for (const auto& unit : inputs.community.units) {
    units_.emplace_back(unit.name);
  }
  const FileName& policy_name = community_.value.files.policy;
  use_policy(policy(policy_name, community_.problems, folder_), policy_name, community_.problems);
  for (std::size_t i = 0; i < inputs.units.size(); ++i) {
    load_unit(i, inputs);
  }
  if (policy_ != nullptr) {
    check_agreement(*policy_, inputs.community);
    inputs.policy = std::make_shared<const Policy>(policy_->value);
  }
  loaded.problems.push_back(community_.problems);
  collect(policies_, loaded.problems);
  collect(scenarios_, loaded.problems);
  collect(hws_, loaded.problems);
  collect(configs_, loaded.problems);
  for (auto& problems : loaded.problems) {
    drop_repeated(problems);
  }
  if (!loaded.has_errors()) {
    loaded.inputs = std::move(inputs);
  }
  return loaded;
}

}  // namespace

std::string LoadedCommunity::text(json::Severity severity) const {
  std::string all;
  for (const auto& one : problems) {
    const std::string text = one.text(severity);
    if (!text.empty()) {
      all += (all.empty() ? "" : "\n") + text;
    }
  }
  return all;
}

bool LoadedCommunity::has_errors() const {
  return std::any_of(problems.begin(), problems.end(),
                     [](const auto& one) { return one.has_errors(); });
}

LoadedCommunity load_community(const std::string& path) { return Loader(path).load(); }

std::optional<std::string> text_of_file(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return std::nullopt;
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return std::nullopt;
  }
  // One byte more than allowed is enough to refuse the file.
  std::string text(json::DocumentLimits().bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) {
    return std::nullopt;
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace musubi::inputs
