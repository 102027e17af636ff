#include "musubi/torture_command.hpp"

#include <chrono>
#include <fstream>
#include <optional>
#include <ostream>

#include <fmt/format.h>

#include "base/deliberate_bug.hpp"
#include "musubi/option_values.hpp"
#include "proof/case_file.hpp"
#include "proof/fault_text.hpp"
#include "proof/minimise.hpp"
#include "proof/profile.hpp"
#include "proof/run.hpp"

namespace musubi::app {

namespace {

constexpr std::uint64_t seeds_max = 10'000'000;
constexpr int units_max = 64;
constexpr double hours_max = 24.0 * 366.0;
constexpr double hours_min = 0.01;
constexpr double seconds_per_hour = 3600.0;
constexpr double seconds_per_day = 86'400.0;
constexpr std::size_t minimise_runs_max = 400;

/// What is drawn, once the options are understood.
struct Draws {
  std::uint64_t seed = 1;
  int units = 5;
  Duration length{};
  proof::Profile profile = proof::Profile::rough;
};

Result<Draws> draws_of(const std::string& seed, const std::string& units, const std::string& hours,
                       const std::string& profile) {
  const auto seed_value = seed_of(seed);
  if (!seed_value) {
    return tl::unexpected<Error>(seed_value.error());
  }
  const auto units_value = number<int>(units);
  if (!units_value || *units_value < 2 || *units_value > units_max) {
    return failure(fmt::format("--units: found \"{}\", allowed: a whole number from 2 to {}", units,
                               units_max));
  }
  const auto hours_value = number<double>(hours);
  const bool in_range = hours_value && *hours_value >= hours_min && *hours_value <= hours_max;
  if (!in_range) {
    return failure(fmt::format("--hours: found \"{}\", allowed: a number from {} to {}", hours,
                               hours_min, hours_max));
  }
  const auto profile_value = proof::profile_named(profile);
  if (!profile_value) {
    return failure(
        fmt::format("--profile: found \"{}\", allowed: mild, rough or hostile", profile));
  }
  return Draws{*seed_value, *units_value, seconds(*hours_value * seconds_per_hour), *profile_value};
}

proof::Case case_of(const Draws& draws) {
  return proof::drawn_case(draws.seed, draws.units, draws.length, draws.profile);
}

Result<proof::Case> case_from(const std::string& file) {
  const auto text = content_of(file);
  if (!text) {
    return tl::unexpected<Error>(text.error());
  }
  return proof::read_case(*text, file);
}

void print_violations(const proof::Outcome& outcome, std::ostream& out) {
  for (const auto& v : outcome.violations) {
    out << fmt::format("  {:.3f} s  {}: {}\n", to_seconds(v.at - Instant{}), v.checker, v.what);
  }
  for (const auto& unmet : outcome.unmet) {
    out << "  expected otherwise: " << unmet << '\n';
  }
}

/// Sums of many runs.
struct Campaign {
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
  double days = 0.0;
  double completed = 0.0;
  double aborted = 0.0;
  double faults = 0.0;
  double faults_during_deals = 0.0;
  proof::PhaseTable table;

  void add(const proof::Outcome& outcome) {
    ++runs;
    failures += outcome.is_good() ? 0U : 1U;
    days += to_seconds(outcome.length) / seconds_per_day;
    const auto count = [&](const char* name) {
      const auto it = outcome.counters.find(name);
      return it == outcome.counters.end() ? 0.0 : it->second;
    };
    completed += count("completed");
    aborted += count("aborted");
    faults += count("faults");
    faults_during_deals += count("faults_during_deals");
    for (const auto& [kind, row] : outcome.table) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        table[kind][i] += row[i];
      }
    }
  }
  void print(std::ostream& out, double wall_s) const {
    constexpr double seconds_per_hour_of_work = 3600.0;
    out << fmt::format("\n{:<20}{:>9}{:>10}{:>11}{:>9}{:>9}{:>9}{:>9}\n", "fault during", "created",
                       "activated", "warming up", "running", "stopping", "stopped", "no deal");
    for (const auto& [kind, row] : table) {
      out << fmt::format("{:<20}{:>9}{:>10}{:>11}{:>9}{:>9}{:>9}{:>9}\n", name_of(kind), row[0],
                         row[1], row[2], row[3], row[4], row[5], row[6]);
    }
    out << fmt::format(
        "\n{} runs, {} failed; {:.0f} deals completed, {:.0f} aborted; {:.0f} faults, {:.0f} of "
        "them "
        "during deals\n{:.2f} cluster-days in {:.1f} s: {:.0f} cluster-days per hour\n",
        runs, failures, completed, aborted, faults, faults_during_deals, days, wall_s,
        wall_s > 0.0 ? days / wall_s * seconds_per_hour_of_work : 0.0);
  }
};

/// Finds the smallest schedule, prints it and leaves it in a file.
void explain_failure(const proof::Case& failed, const proof::Outcome& outcome,
                     const TortureOptions& options, std::ostream& out) {
  proof::Case smallest = failed;
  if (options.minimise && !outcome.violations.empty()) {
    auto minimised = proof::minimise(failed, outcome.violations.front(), minimise_runs_max);
    smallest = std::move(minimised.smallest);
    out << fmt::format("  {} of {} faults are needed ({} runs)\n", smallest.faults.size(),
                       failed.faults.size(), minimised.runs);
  }
  smallest.build = proof::build_text();
  if (smallest.title.empty() && !outcome.violations.empty()) {
    smallest.title = fmt::format("Seed {} breaks {}", failed.seed, outcome.violations[0].checker);
  }
  const std::string text = text_of(smallest);
  out << "  build " << smallest.build << '\n';
  for (const auto& fault : smallest.faults) {
    out << "    " << proof::text_of(fault) << '\n';
  }
  const std::string path = fmt::format(
      "{}/trace-{}-{}.txt", options.out_dir,
      failed.profile ? proof::name_of(*failed.profile) : std::string_view("scenario"), failed.seed);
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.flush();
  out << (file ? "  written to " : "  could not be written to ") << path << '\n';
}

/// One run with its report; true if it was clean.
bool prove(const proof::Case& setup, const TortureOptions& options, Campaign& campaign,
           std::ostream& out) {
  proof::Outcome outcome = proof::run(setup);
  if (!options.checker.empty()) {
    std::erase_if(outcome.violations,
                  [&](const proof::Violation& v) { return v.checker != options.checker; });
  }
  campaign.add(outcome);
  const auto count = [&](const char* name) { return outcome.counters.at(name); };
  out << fmt::format("{}, {:.0f} deals completed, {:.0f} aborted, {:.0f} faults, hash {:016x}\n",
                     outcome.is_good() ? "clean" : "FAILED", count("completed"), count("aborted"),
                     count("faults"), outcome.trace_hash);
  if (!outcome.is_good()) {
    print_violations(outcome, out);
    explain_failure(setup, outcome, options, out);
  }
  out.flush();
  return outcome.is_good();
}

Result<Bug> bug_of(const std::string& name) {
  const auto bug = bugs::named(name);
  if (!bug) {
    return failure(fmt::format("--bug: found \"{}\", allowed: {}", name,
                               fmt::join(bugs::names.begin(), bugs::names.end(), ", ")));
  }
  if (*bug != Bug::none && !bugs::available) {
    return failure(fmt::format("--bug: found \"{}\", but this build has no deliberate bugs; the "
                               "preset \"bugs\" builds them",
                               name));
  }
  return *bug;
}

/// Keeps a bug switched on.
class BugOn {
 public:
  explicit BugOn(Bug bug) { bugs::switch_on(bug); }
  ~BugOn() { bugs::switch_on(Bug::none); }
  BugOn(const BugOn&) = delete;
  BugOn& operator=(const BugOn&) = delete;
  BugOn(BugOn&&) = delete;
  BugOn& operator=(BugOn&&) = delete;
};

int torture_scenarios(const TortureOptions& options, std::ostream& out, std::ostream& err) {
  std::vector<proof::Case> cases;
  for (const auto& file : options.scenarios) {
    auto read = case_from(file);
    if (!read) {
      err << "musubi torture: " << read.error().message << '\n';
      return 2;
    }
    cases.push_back(std::move(*read));
  }
  Campaign campaign;
  for (const auto& setup : cases) {
    out << fmt::format("seed {} \"{}\": ", setup.seed, setup.title) << std::flush;
    prove(setup, options, campaign, out);
  }
  return campaign.failures == 0 ? 0 : 1;
}

}  // namespace

int torture(const TortureOptions& options, std::ostream& out, std::ostream& err) {
  const auto bug = bug_of(options.bug);
  if (!bug) {
    err << "musubi torture: " << bug.error().message << '\n';
    return 2;
  }
  const BugOn bug_on(*bug);
  if (!options.scenarios.empty()) {
    return torture_scenarios(options, out, err);
  }
  const auto draws = draws_of(options.seed, options.units, options.hours, options.profile);
  const auto seeds = number<std::uint64_t>(options.seeds);
  if (!draws) {
    err << "musubi torture: " << draws.error().message << '\n';
    return 2;
  }
  if (!seeds || *seeds < 1 || *seeds > seeds_max) {
    err << fmt::format(
        "musubi torture: --seeds: found \"{}\", allowed: a whole number from 1 to {}\n",
        options.seeds, seeds_max);
    return 2;
  }
  const auto begin = std::chrono::steady_clock::now();
  Campaign campaign;
  for (std::uint64_t i = 0; i < *seeds; ++i) {
    Draws one = *draws;
    one.seed = draws->seed + i;
    out << fmt::format("seed {} {} units {} hours {}: ", one.seed, proof::name_of(one.profile),
                       one.units, options.hours)
        << std::flush;
    if (!prove(case_of(one), options, campaign, out) && !options.keep_going) {
      break;
    }
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  campaign.print(out, wall.count());
  return campaign.failures == 0 ? 0 : 1;
}

int replay(const ReplayOptions& options, std::ostream& out, std::ostream& err) {
  const auto bug = bug_of(options.bug);
  if (!bug) {
    err << "musubi replay: " << bug.error().message << '\n';
    return 2;
  }
  const BugOn bug_on(*bug);
  proof::Case setup;
  if (!options.file.empty()) {
    auto read = case_from(options.file);
    if (!read) {
      err << "musubi replay: " << read.error().message << '\n';
      return 2;
    }
    setup = std::move(*read);
  } else {
    const auto draws = draws_of(options.seed, options.units, options.hours, options.profile);
    if (!draws) {
      err << "musubi replay: " << draws.error().message << '\n';
      return 2;
    }
    setup = case_of(*draws);
  }
  proof::Story story;
  const proof::Outcome outcome = proof::run(setup, &story);
  if (options.json) {
    for (const auto& line : story.lines) {
      out << proof::json_of(line);
    }
  } else {
    out << fmt::format("seed {}: {}\n\n", setup.seed, setup.title);
    for (const auto& line : story.lines) {
      out << text_of(line);
    }
    out << fmt::format("\n{}, hash {:016x}\n", outcome.is_good() ? "clean" : "FAILED",
                       outcome.trace_hash);
    print_violations(outcome, out);
  }
  out.flush();
  return outcome.is_good() ? 0 : 1;
}

}  // namespace musubi::app
