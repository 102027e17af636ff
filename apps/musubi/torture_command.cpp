#include "musubi/torture_command.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <limits>
#include <optional>
#include <ostream>
#include <sstream>

#include <fmt/format.h>

#include "base/deliberate_bug.hpp"
#include "musubi/campaign.hpp"
#include "musubi/in_order.hpp"
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
constexpr std::size_t minimise_runs_max = 400;
constexpr unsigned jobs_max = 256;
constexpr double seconds_max = 1e9;
/// How often a quiet campaign says how far it is.
constexpr double progress_s = 60.0;

/// What is drawn, once the options are understood.
struct Draws {
  std::uint64_t seed = 1;
  int units = 5;
  Duration length{};
  proof::Profile profile = proof::Profile::rough;
};

constexpr auto all_profiles =
    std::to_array({proof::Profile::mild, proof::Profile::rough, proof::Profile::hostile});

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

/// Finds the smallest schedule, prints it and leaves it in a file.
void explain_failure(const proof::Case& failed, const proof::Outcome& outcome,
                     const TortureOptions& options, std::ostream& out) {
  proof::Case smallest = failed;
  if (options.minimise && !outcome.violations.empty()) {
    auto minimised = proof::minimise(failed, outcome.violations.front(), minimise_runs_max);
    smallest = std::move(minimised.smallest);
    const auto faults = [](const proof::Case& c) { return c.faults.size() + c.triggers.size(); };
    out << fmt::format("  {} of {} faults are needed ({} runs)\n", faults(smallest), faults(failed),
                       minimised.runs);
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
  for (const auto& trigger : smallest.triggers) {
    out << "    " << proof::text_of(trigger) << '\n';
  }
  const std::string path = fmt::format(
      "{}/trace-{}-{}.txt", options.out_dir,
      failed.profile ? proof::name_of(*failed.profile) : std::string_view("scenario"), failed.seed);
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.flush();
  out << (file ? "  written to " : "  could not be written to ") << path << '\n';
}

/// A run and what is said about it.
struct Proved {
  proof::Outcome outcome;
  std::string report;
};

/// One run with its report.
Proved prove(const proof::Case& setup, const TortureOptions& options) {
  // Of many runs only the failures are told.
  Proved proved{
      proof::run(setup, nullptr, options.quiet ? proof::Digest::none : proof::Digest::kept), {}};
  proof::Outcome& outcome = proved.outcome;
  if (options.quiet && !outcome.is_good()) {
    outcome = proof::run(setup);
  }
  if (!options.checker.empty()) {
    std::erase_if(outcome.violations,
                  [&](const proof::Violation& v) { return v.checker != options.checker; });
  }
  const auto count = [&](const char* name) { return outcome.counters.at(name); };
  std::ostringstream out;
  out << fmt::format("{}, {:.0f} deals completed, {:.0f} aborted, {:.0f} faults, hash {:016x}\n",
                     outcome.is_good() ? "clean" : "FAILED", count("completed"), count("aborted"),
                     count("faults"), outcome.trace_hash);
  if (!outcome.is_good()) {
    print_violations(outcome, out);
    explain_failure(setup, outcome, options, out);
  }
  proved.report = out.str();
  return proved;
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
    const Proved proved = prove(setup, options);
    campaign.add(proved.outcome);
    out << proved.report << std::flush;
  }
  return campaign.failures() == 0 ? 0 : 1;
}

/// A campaign, once its options are understood.
struct Plan {
  Draws first;
  std::vector<proof::Profile> profiles;  ///< of every seed
  std::uint64_t runs = 1;
  unsigned jobs = 1;
  double limit_s = std::numeric_limits<double>::infinity();

  [[nodiscard]] Draws run(std::uint64_t index) const {
    Draws draws = first;
    draws.seed += index / profiles.size();
    draws.profile = profiles[index % profiles.size()];
    return draws;
  }
  [[nodiscard]] std::vector<sim::FaultKind> kinds() const {
    return proof::kinds_of(*std::max_element(profiles.begin(), profiles.end()));
  }
};

Result<Plan> plan_of(const TortureOptions& options) {
  const bool all = options.profile == "all";
  const auto draws =
      draws_of(options.seed, options.units, options.hours, all ? "rough" : options.profile);
  if (!draws) {
    return tl::unexpected<Error>(draws.error());
  }
  Plan plan;
  plan.first = *draws;
  plan.profiles = {draws->profile};
  if (all) {
    plan.profiles.assign(all_profiles.begin(), all_profiles.end());
  }
  if (!options.seconds.empty()) {
    const auto limit = number<double>(options.seconds);
    const bool in_range = limit && *limit > 0.0 && *limit <= seconds_max;
    if (!in_range) {
      return failure(fmt::format("--for: found \"{}\", allowed: seconds up to {:.0f}",
                                 options.seconds, seconds_max));
    }
    plan.limit_s = *limit;
  }
  std::uint64_t seeds = options.seconds.empty() ? 1 : seeds_max;
  if (!options.seeds.empty()) {
    const auto wanted = number<std::uint64_t>(options.seeds);
    if (!wanted || *wanted < 1 || *wanted > seeds_max) {
      return failure(fmt::format("--seeds: found \"{}\", allowed: a whole number from 1 to {}",
                                 options.seeds, seeds_max));
    }
    seeds = *wanted;
  }
  plan.runs = seeds * plan.profiles.size();
  const auto jobs = number<unsigned>(options.jobs);
  if (!jobs || *jobs < 1 || *jobs > jobs_max) {
    return failure(fmt::format("--jobs: found \"{}\", allowed: a whole number from 1 to {}",
                               options.jobs, jobs_max));
  }
  plan.jobs = *jobs;
  return plan;
}

int torture_seeds(const TortureOptions& options, std::ostream& out, std::ostream& err) {
  const auto plan = plan_of(options);
  if (!plan) {
    err << "musubi torture: " << plan.error().message << '\n';
    return 2;
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto wall_s = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const auto title = [&](const Draws& draws) {
    return fmt::format("seed {} {} units {} hours {}: ", draws.seed, proof::name_of(draws.profile),
                       draws.units, options.hours);
  };
  // A single job says the seed before it runs it: if the program breaks off, it is known.
  const bool title_first = plan->jobs == 1 && !options.quiet;
  double next_progress_s = progress_s;
  Campaign campaign;
  in_order(
      plan->jobs, plan->runs,
      [&](std::uint64_t i) {
        const Draws draws = plan->run(i);
        if (title_first) {
          out << title(draws) << std::flush;
        }
        return prove(case_of(draws), options);
      },
      [&](std::uint64_t i, const Proved& proved) {
        campaign.add(proved.outcome);
        if (!options.quiet || !proved.outcome.is_good()) {
          out << (title_first ? "" : title(plan->run(i))) << proved.report << std::flush;
        }
        if (options.quiet && wall_s() >= next_progress_s) {
          next_progress_s = wall_s() + progress_s;
          out << fmt::format("seed {}: {}\n", plan->run(i).seed, campaign.progress(wall_s()))
              << std::flush;
        }
      },
      [&] { return wall_s() < plan->limit_s && (options.keep_going || campaign.failures() == 0); });
  campaign.print(out, plan->kinds(), wall_s());
  return campaign.failures() == 0 ? 0 : 1;
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
  return torture_seeds(options, out, err);
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
