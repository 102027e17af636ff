// The test of the checkers: each deliberate bug is found by the checker that found.txt names, in a
// run where that checker is silent without the bug.
#include <algorithm>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <vector>

#include "base/deliberate_bug.hpp"
#include "proof/case_file.hpp"
#include "proof/profile.hpp"
#include "proof/run.hpp"
#include "proof/watch.hpp"
#include "support/files.hpp"

namespace musubi::proof {
namespace {

/// A line of found.txt.
struct Found {
  std::string bug;
  std::string checker;
  std::string where;  ///< a profile, or a file of scenarios/
  std::uint64_t seed = 0;
  int units = 0;
  double hours = 0.0;
};

std::string content_of(const std::string& path) { return test::content_of(test::project(path)); }

bool is_scenario(const Found& found) { return found.where.ends_with(".txt"); }

std::vector<Found> table() {
  std::vector<Found> lines;
  std::istringstream text(content_of("tests/bugs/found.txt"));
  for (std::string line; std::getline(text, line);) {
    if (line.empty() || line.front() == '#') {
      continue;
    }
    std::istringstream words(line);
    Found found;
    words >> found.bug >> found.checker >> found.where;
    if (!is_scenario(found)) {
      words >> found.seed >> found.units >> found.hours;
    }
    EXPECT_FALSE(words.fail()) << "found.txt: " << line;
    lines.push_back(found);
  }
  return lines;
}

Case case_of(const Found& found) {
  if (is_scenario(found)) {
    auto read = read_case(content_of(found.where), found.where);
    EXPECT_TRUE(read.has_value()) << read.error().message;
    return read.value_or(Case{});
  }
  const auto profile = profile_named(found.where);
  EXPECT_TRUE(profile.has_value()) << "found.txt: " << found.where;
  constexpr double seconds_per_hour = 3600.0;
  return drawn_case(found.seed, found.units, seconds(found.hours * seconds_per_hour),
                    profile.value_or(Profile::mild));
}

/// What `checker` says of a run with `bug` on.
std::vector<std::string> said_with(Bug bug, const Case& setup, const std::string& checker) {
  bugs::switch_on(bug);
  const Outcome outcome = run(setup, nullptr, Digest::none);
  bugs::switch_on(Bug::none);
  std::vector<std::string> said;
  for (const Violation& v : outcome.violations) {
    if (v.checker == checker) {
      said.push_back(v.what);
    }
  }
  return said;
}

class Bugs : public ::testing::TestWithParam<Found> {};

TEST_P(Bugs, AreFoundByTheirCheckerWhichIsSilentWithoutThem) {
  const Found& found = GetParam();
  const auto bug = bugs::named(found.bug);
  ASSERT_TRUE(bug.has_value()) << "found.txt: " << found.bug;
  const Case setup = case_of(found);
  EXPECT_FALSE(said_with(*bug, setup, found.checker).empty()) << "nothing was noticed";
  for (const std::string& what : said_with(Bug::none, setup, found.checker)) {
    ADD_FAILURE() << "without the bug: " << what;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, Bugs, ::testing::ValuesIn(table()), [](const auto& instance) {
  const Found& found = instance.param;
  return found.bug + "_by_" + found.checker + (is_scenario(found) ? "_in_its_scenario" : "");
});

constexpr std::uint64_t seeds_most = 200;

TEST(BugTable, HasASeedForEveryBug) {
  const auto lines = table();
  for (const auto name : bugs::names) {
    const bool known = std::any_of(lines.begin(), lines.end(), [&](const Found& found) {
      return found.bug == name && !is_scenario(found) && found.seed <= seeds_most;
    });
    EXPECT_TRUE(known || name == "none") << name << " is found by no seed; see script/find-bugs";
  }
}

TEST(BugTable, HasABugForEveryChecker) {
  Frame frame;
  frame.units = {unit_numbered(1), unit_numbered(2)};
  const Facts facts(frame);
  const auto lines = table();
  for (const auto& checker : all_checkers(facts)) {
    const bool kills = std::any_of(lines.begin(), lines.end(), [&](const Found& found) {
      return found.checker == checker->name() && !is_scenario(found);
    });
    EXPECT_TRUE(kills) << checker->name() << " finds no bug; see script/find-bugs";
  }
}

}  // namespace
}  // namespace musubi::proof
