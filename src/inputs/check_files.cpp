#include "inputs/check_files.hpp"

#include <algorithm>
#include <cctype>
#include <deque>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "inputs/agreement.hpp"
#include "inputs/community_file.hpp"
#include "inputs/load.hpp"
#include "inputs/power_csv.hpp"
#include "json/check.hpp"
#include "json/config_files.hpp"

namespace musubi::inputs {

namespace {

using json::FileKind;
using json::Problems;
using json::Severity;

/// A file of the command line, or one that a community names.
struct Checked {
  std::string path;
  std::string kind;
  Problems problems;
};

bool is_csv(const std::string& path) {
  std::string end = std::filesystem::path(path).extension().string();
  std::transform(end.begin(), end.end(), end.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return end == ".csv";
}

/// What was read, so that files can be compared. Findings of a comparison join those of the file.
class Checker {
 public:
  std::deque<Checked>& run(const std::vector<std::string>& paths) {
    for (const auto& path : paths) {
      if (!is_csv(path)) {
        read(path);
      }
    }
    compare();
    // The columns are judged by the units of a community, wherever that stands.
    for (const auto& path : paths) {
      if (is_csv(path)) {
        read_csv(path);
      }
    }
    std::stable_sort(checked_.begin(), checked_.end(), [&](const Checked& a, const Checked& b) {
      const auto place = [&](const Checked& c) {
        return std::find(paths.begin(), paths.end(), c.path) - paths.begin();
      };
      return place(a) < place(b);
    });
    return checked_;
  }

 private:
  Checked& add(const std::string& path) {
    const auto same = [&](const Checked& c) {
      return std::filesystem::path(c.path).lexically_normal() ==
             std::filesystem::path(path).lexically_normal();
    };
    const auto known = std::find_if(checked_.begin(), checked_.end(), same);
    return known != checked_.end() ? *known
                                   : checked_.emplace_back(Checked{path, {}, Problems(path)});
  }

  void read(const std::string& path) {
    const auto text = text_of_file(path);
    if (!text) {
      add(path).problems.error(0, "", "no file that can be opened", "a file that may be read");
      return;
    }
    auto document = json::parse_document(*text, path);
    const FileKind kind = document.value ? json::detect_kind(*document.value) : FileKind::unknown;
    if (kind == FileKind::community) {
      read_community_file(path);
      return;
    }
    FileKind same_kind = FileKind::unknown;
    Checked& file = add(path);
    append_new(file.problems, json::check_text(*text, path, same_kind));
    file.kind = json::name_of(kind);
    if (document.value && !file.problems.has_errors()) {
      keep(kind, std::move(*document.value), path);
    }
  }

  void read_community_file(const std::string& path) {
    LoadedCommunity loaded = load_community(path);
    for (const Problems& problems : loaded.problems) {
      append_new(add(problems.file()).problems, problems);
    }
    add(path).kind = json::name_of(FileKind::community);
    if (loaded.inputs) {
      communities_.push_back(std::move(loaded.inputs->community));
    }
  }

  /// Files of APIS are read once more as values.
  void keep(FileKind kind, json::Value tree, const std::string& path) {
    Problems told(path);
    const auto put = [&](auto& shelf, auto value) {
      shelf.push_back({std::move(*value), std::move(tree), Problems(path)});
    };
    switch (kind) {
    case FileKind::node_config:
      put(configs_, json::read_node_config(tree, "/tmp", told));
      break;
    case FileKind::hw_config:
      put(hws_, json::read_hw_config(tree, told));
      break;
    case FileKind::policy:
      put(policies_, json::read_policy(tree, told));
      break;
    case FileKind::scenario:
      put(scenarios_, json::read_scenario(tree, told));
      break;
    case FileKind::unit_data:
    case FileKind::unit_data_map:
    case FileKind::deal:
    case FileKind::web_deals:
    case FileKind::offer:
    case FileKind::community:
    case FileKind::unknown:
      break;
    }
  }

  void read_csv(const std::string& path) {
    Checked& file = add(path);
    file.kind = "powers";
    std::ifstream in(path, std::ios::binary);
    if (!in || std::filesystem::is_directory(path)) {
      file.problems.error(0, "", "no file that can be opened", "a file that may be read");
      return;
    }
    PowerCsvOptions options;
    for (const auto& community : communities_) {
      for (const auto& unit : community.units) {
        options.units.push_back(unit.name);
      }
    }
    const auto csv = read_power_csv(in, path, options);
    append_new(file.problems, csv.problems);
    if (csv.ok()) {
      file.kind = "powers, " + csv->form;
    }
  }

  /// The units that a file must speak of, and the file that says so.
  void compare_with_units(const std::vector<UnitId>& units, const std::string& where) {
    for (auto& scenario : scenarios_) {
      check_partners(scenario, units, where);
    }
    for (auto& config : configs_) {
      check_agreement(config, units, where);
    }
  }

  void compare() {
    for (const auto& community : communities_) {
      std::vector<UnitId> units;
      for (const auto& unit : community.units) {
        units.emplace_back(unit.name);
        for (auto& hw : hws_) {
          check_agreement(hw, unit);
        }
      }
      for (auto& policy : policies_) {
        check_agreement(policy, community);
      }
      compare_with_units(units, community.name);
    }
    if (communities_.empty()) {
      for (const auto& policy : policies_) {
        compare_with_units(policy.value.members, policy.problems.file());
      }
    }
    for (const auto& hw : hws_) {
      for (auto& policy : policies_) {
        check_agreement(policy, hw);
      }
      for (auto& scenario : scenarios_) {
        check_agreement(scenario, hw);
      }
    }
    join(configs_);
    join(hws_);
    join(policies_);
    join(scenarios_);
  }

  template <class T>
  void join(std::vector<Source<T>>& shelf) {
    for (const auto& source : shelf) {
      append_new(add(source.problems.file()).problems, source.problems);
    }
  }

  /// What was said before, by way of a community, is not said again.
  static void append_new(Problems& problems, const Problems& more) {
    for (const auto& problem : more.list()) {
      const auto& list = problems.list();
      if (std::find(list.begin(), list.end(), problem) == list.end()) {
        problems.add(problem);
      }
    }
  }

  std::deque<Checked> checked_;
  std::vector<physics::Community> communities_;
  std::vector<Source<NodeConfig>> configs_;
  std::vector<Source<HwConfig>> hws_;
  std::vector<Source<Policy>> policies_;
  std::vector<Source<Scenario>> scenarios_;
};

}  // namespace

int check_files(const std::vector<std::string>& paths, bool strict, std::ostream& out,
                std::ostream& err) {
  constexpr int bad_file = 2;
  int status = 0;
  Checker checker;
  for (const Checked& file : checker.run(paths)) {
    const std::string warnings = file.problems.text(Severity::warning);
    if (!warnings.empty()) {
      out << warnings << '\n';
      status = strict ? bad_file : status;
    }
    if (file.problems.has_errors()) {
      err << file.problems.text(Severity::error) << '\n';
      status = bad_file;
    } else if (!file.kind.empty()) {
      out << file.path << ": " << file.kind << ", ok\n";
    }
  }
  return status;
}

}  // namespace musubi::inputs
