#include "musubi/simulate_command.hpp"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include "base/result.hpp"
#include "inputs/load.hpp"
#include "inputs/power_csv.hpp"
#include "musubi/option_values.hpp"
#include "musubi/report_files.hpp"
#include "musubi/report_table.hpp"
#include "sim/built_in.hpp"
#include "sim/simulation.hpp"
#include "json/config_files.hpp"
#include "json/format.hpp"

namespace musubi::app {

namespace {

constexpr double days_max = 3660.0;
constexpr double hours_per_day = 24.0;
constexpr std::int64_t last_start_unix_ms = 7'258'118'400'000;  // 2200-01-01

Result<std::int64_t> hours_of(const std::string& text) {
  const auto days = number<double>(text);
  if (!days || !std::isfinite(*days) || *days * hours_per_day < 1.0 || *days > days_max) {
    return failure(
        fmt::format("--days: found \"{}\", allowed: a number of days from 1/24 (0.0417) to {}",
                    text, days_max));
  }
  return static_cast<std::int64_t>(std::llround(*days * hours_per_day));
}

Result<WallTime> start_of(const std::string& text, std::int32_t utc_offset_s) {
  const std::string whole =
      text.size() == std::string_view("2025-07-01").size() ? text + "T00:00:00Z" : text;
  auto time = json::parse_iso_time(whole);
  // The plant counts nanoseconds since 1970 in 64 bits.
  if (!time || time->unix_ms < 0 || time->unix_ms >= last_start_unix_ms) {
    return failure(fmt::format(
        "--start: found \"{}\", allowed: a date like 2025-07-01 (local midnight) or a time with "
        "offset like 2025-07-01T06:00:00+09:00, years 1970 to 2199",
        text));
  }
  if (whole != text) {
    // A date means the community's own midnight.
    time->unix_ms -= std::int64_t{1000} * utc_offset_s;
  }
  time->utc_offset_s = utc_offset_s;
  return *time;
}

/// The value of a file, or `fallback` where no file is named. Warnings go to `err`.
template <class T, class Read>
Result<T> from_file(const std::string& path, T fallback, Read read, std::ostream& err) {
  if (path.empty()) {
    return fallback;
  }
  auto text = content_of(path);
  if (!text) {
    return tl::unexpected(text.error());
  }
  auto result = read(*text, path);
  if (!result.ok()) {
    return failure(result.problems.text(json::Severity::error));
  }
  const auto warnings = result.problems.text(json::Severity::warning);
  if (!warnings.empty()) {
    err << warnings << '\n';
  }
  return *result.value;
}

Result<std::optional<OperationMode>> mode_of(const std::string& text) {
  if (text == "policy") {
    return std::optional<OperationMode>();
  }
  if (text == "autonomous") {
    return std::optional(OperationMode::autonomous);
  }
  if (text == "heteronomous") {
    return std::optional(OperationMode::heteronomous);
  }
  if (text == "stop") {
    return std::optional(OperationMode::stop);
  }
  return failure(fmt::format(
      "--mode: found \"{}\", allowed: autonomous, heteronomous, stop or policy (what the policy "
      "says)",
      text));
}

Result<bool> on_off(const std::string& name, const std::string& text) {
  if (text != "on" && text != "off") {
    return failure(fmt::format("{}: found \"{}\", allowed: on or off", name, text));
  }
  return text == "on";
}

/// Who takes part, and what files of the community say.
struct Chosen {
  physics::Community community;
  inputs::CommunityInputs files;  ///< empty for a built-in one
  bool is_built_in = true;
};

Result<Chosen> chosen_community(const std::string& name, std::ostream& err) {
  if (auto built_in = sim::built_in_community(name)) {
    return Chosen{*built_in, {}, true};
  }
  const bool is_path = name.find('/') != std::string::npos || name.ends_with(".json");
  if (!is_path && !std::filesystem::exists(name)) {
    return failure(fmt::format("--community: found \"{}\", allowed: {}, or a community file", name,
                               sim::built_in_names()));
  }
  inputs::LoadedCommunity loaded = inputs::load_community(name);
  if (!loaded.inputs) {
    return failure("the community cannot be used:\n" + loaded.text(json::Severity::error));
  }
  if (const auto warnings = loaded.text(json::Severity::warning); !warnings.empty()) {
    err << warnings << '\n';
  }
  physics::Community community = loaded.inputs->community;
  return Chosen{std::move(community), std::move(*loaded.inputs), false};
}

/// The series of a file of powers, by unit; none where no file is named.
Result<inputs::PowerCsv> powers_of(const std::string& path, inputs::PowerKind kind,
                                   const physics::Community& community,
                                   const physics::TimeSpan& run) {
  if (path.empty()) {
    return inputs::PowerCsv{};
  }
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path)) {
    return failure(fmt::format("{}: cannot be read: allowed: a readable file", path));
  }
  inputs::PowerCsvOptions options{kind, {}, run, community.site.utc_offset_s};
  for (const auto& unit : community.units) {
    options.units.push_back(unit.name);
  }
  auto read = inputs::read_power_csv(file, path, options);
  if (!read.ok()) {
    return failure(read.problems.text(json::Severity::error));
  }
  return std::move(*read.value);
}

Result<bool> use_powers(const SimulateOptions& options, WallTime start, std::int64_t hours,
                        physics::Community& community) {
  constexpr std::int64_t seconds_per_hour = 3600;
  const std::int64_t from_s = start.unix_ms / 1000;
  const physics::TimeSpan run{from_s, from_s + hours * seconds_per_hour};
  const auto pv = powers_of(options.pv_file, inputs::PowerKind::pv, community, run);
  const auto load = powers_of(options.load_file, inputs::PowerKind::load, community, run);
  if (!pv || !load) {
    const std::string both = !pv && !load ? "\n" + load.error().message : "";
    return failure((pv ? load.error().message : pv.error().message) + both);
  }
  for (std::size_t i = 0; i < community.units.size(); ++i) {
    community.units[i].pv_series = pv->series.empty() ? nullptr : pv->series[i];
    community.units[i].load_series = load->series.empty() ? nullptr : load->series[i];
  }
  return true;
}

/// hwConfig.json and scenario.json: those of the options, else those that the community names, else
/// what suits each unit's equipment.
void use_files(const SimulateOptions& options, const Chosen& chosen, sim::SimulationSetup& setup) {
  if (chosen.is_built_in) {
    return;
  }
  for (std::size_t i = 0; i < chosen.files.units.size(); ++i) {
    const inputs::UnitInputs& files = chosen.files.units[i];
    const physics::UnitParams& unit = setup.community.units[i];
    if (options.hw_file.empty()) {
      setup.hw_of_unit.push_back(files.hw.value_or(sim::default_hw(unit)));
    }
    if (options.scenario_file.empty()) {
      setup.scenario_of_unit.push_back(
          files.scenario
              ? files.scenario
              : std::make_shared<const Scenario>(sim::default_scenario(unit.battery.capacity)));
    }
  }
}

/// The rules of the run: this file or that of the community, its members the community's units.
Policy rules_of(const SimulateOptions& options, const Policy& policy,
                const std::vector<UnitId>& members, std::optional<OperationMode> mode,
                std::ostream& err) {
  Policy rules = policy;
  if (rules.members != members) {
    err << "note: memberUnitIds of the policy replaced by the units of " << options.community
        << "\n";
    rules.members = members;
  }
  if (mode && rules.operation_mode != *mode) {
    err << "note: the policy's operationMode is overridden (--mode " << options.mode << ")\n";
    rules.operation_mode = *mode;
  }
  return rules;
}

Result<sim::SimulationSetup> setup_of(const SimulateOptions& options, std::ostream& err) {
  sim::SimulationSetup setup;
  const auto chosen = chosen_community(options.community, err);
  if (!chosen) {
    return tl::unexpected(chosen.error());
  }
  setup.community = chosen->community;
  const auto hours = hours_of(options.days);
  const auto seed = seed_of(options.seed);
  const auto start = start_of(options.start, setup.community.site.utc_offset_s);
  const auto sharing = on_off("--sharing", options.sharing);
  const auto mode = mode_of(options.mode);
  const auto members = sim::unit_ids(setup.community);
  const auto policy = from_file(
      options.policy_file,
      chosen->files.policy ? *chosen->files.policy : sim::default_policy(members),
      [](const std::string& text, const std::string& file) {
        return json::read_policy(text, file);
      },
      err);
  const auto scenario = from_file(
      options.scenario_file, sim::default_scenario(),
      [](const std::string& text, const std::string& file) {
        return json::read_scenario(text, file);
      },
      err);
  const auto hw = from_file(
      options.hw_file, HwConfig{},
      [](const std::string& text, const std::string& file) {
        return json::read_hw_config(text, file);
      },
      err);
  for (const Error* error : {hours ? nullptr : &hours.error(), seed ? nullptr : &seed.error(),
                             start ? nullptr : &start.error(), sharing ? nullptr : &sharing.error(),
                             mode ? nullptr : &mode.error(), policy ? nullptr : &policy.error(),
                             scenario ? nullptr : &scenario.error(), hw ? nullptr : &hw.error()}) {
    if (error != nullptr) {
      return tl::unexpected(*error);
    }
  }
  if (options.control != "study" && options.control != "field") {
    return failure(
        fmt::format("--control: found \"{}\", allowed: field or study", options.control));
  }
  if (const auto used = use_powers(options, *start, *hours, setup.community); !used) {
    return tl::unexpected(used.error());
  }
  setup.policy = std::make_shared<const Policy>(rules_of(options, *policy, members, *mode, err));
  setup.scenario = std::make_shared<const Scenario>(*scenario);
  setup.hw = *hw;
  use_files(options, *chosen, setup);
  setup.control = options.control == "field" ? ControlProfile::field : ControlProfile::study;
  setup.control_period = setup.policy->data_acquisition_period;
  setup.sharing = *sharing;
  setup.seed = *seed;
  setup.start = *start;
  setup.hours = *hours;
  return setup;
}

}  // namespace

int simulate(const SimulateOptions& options, std::ostream& out, std::ostream& err,
             bool err_is_terminal) {
  const auto setup = setup_of(options, err);
  if (!setup) {
    err << "musubi simulate: " << setup.error().message << '\n';
    return 2;
  }
  std::optional<ReportFolder> folder;
  if (!options.out_dir.empty()) {
    // Tried before the run: nobody waits a year for "permission denied".
    auto opened = ReportFolder::open(options.out_dir);
    if (!opened) {
      err << "musubi simulate: " << opened.error().message << '\n';
      return 2;
    }
    folder = std::move(*opened);
  }
  const auto begin = std::chrono::steady_clock::now();
  sim::Progress progress;
  if (err_is_terminal) {
    progress = [&err, last = -1](double done) mutable {
      constexpr int width = 40;
      const int percent = static_cast<int>(done * 100.0);
      if (percent != last) {
        last = percent;
        const auto filled = static_cast<std::size_t>(done * width);
        err << fmt::format("\r[{:<{}}] {:3d} %", std::string(filled, '#'), width, percent)
            << std::flush;
      }
    };
  }
  auto result = sim::run(*setup, progress);
  if (err_is_terminal) {
    err << "\r\x1b[K" << std::flush;
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  result.summary.wall_s = wall.count();
  result.summary.realtime_factor =
      wall.count() > 0 ? static_cast<double>(setup->hours) * 3600.0 / wall.count() : 0.0;
  if (folder) {
    if (const auto written = folder->write(result); !written) {
      err << "musubi simulate: " << written.error().message << '\n';
      return 1;
    }
  }
  if (options.json) {
    out << summary_json(result.summary) << '\n';
  } else {
    print_table(result, out);
    if (folder) {
      out << "\nWritten to " << options.out_dir
          << ": summary.json, hourly/<unit>.csv, deals.jsonl\n";
    }
  }
  out.flush();
  if (!out) {
    err << "musubi simulate: the output could not be written\n";
    return 1;
  }
  return 0;
}

}  // namespace musubi::app
