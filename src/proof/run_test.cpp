// Whole runs: the same again, a failure that is found, made smaller, kept and told.
#include "proof/run.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "proof/minimise.hpp"
#include "proof/profile.hpp"

namespace musubi::proof {
namespace {

Case quiet_case() {
  Case quiet;
  quiet.units = 3;
  quiet.length = std::chrono::minutes(4);
  quiet.deeds = {{Instant{} + milliseconds(5000), ProposeDeal{UnitId("E001"), UnitId("E002"), 3}}};
  return quiet;
}

TEST(Run, InPeaceDealsFlowAndNothingIsFound) {
  const Outcome outcome = run(quiet_case());
  for (const auto& v : outcome.violations) {
    ADD_FAILURE() << v.checker << ": " << v.what;
  }
  EXPECT_EQ(outcome.counters.at("completed"), 2.0) << "the proposed one and the probe";
  EXPECT_EQ(outcome.counters.at("faults"), 0.0);
}

TEST(Run, TheSameCaseTellsTheSameStory) {
  const Case drawn = drawn_case(5, 5, std::chrono::minutes(10), Profile::hostile);
  const Outcome first = run(drawn);
  Story story;
  const Outcome again = run(drawn, &story);
  EXPECT_EQ(first.trace_hash, again.trace_hash) << "looking on changes nothing";
  EXPECT_EQ(first.violations, again.violations);
  EXPECT_EQ(first.counters, again.counters);
  EXPECT_GT(first.counters.at("faults"), 5.0);
  EXPECT_FALSE(story.lines.empty());
}

TEST(Run, AnExpectationThatDoesNotComeTrueIsTold) {
  Case wrong = quiet_case();
  wrong.expectations = {{"aborted", Comparison::at_least, 1.0},
                        {"completed", Comparison::at_least, 1.0}};
  const Outcome outcome = run(wrong);
  ASSERT_EQ(outcome.unmet.size(), 1U);
  EXPECT_EQ(outcome.unmet[0], "aborted: found 0, expected at least 1");
}

TEST(Run, ATriggerStrikesWhoPlaysThePart) {
  Case triggered = quiet_case();
  Trigger trigger;
  trigger.when = Happening::running;
  trigger.fault = {sim::FaultKind::wall_step, {}, -10.0, {}};
  trigger.targets = {{Part::reference, {}}, {Part::another, {}}};
  triggered.triggers = {trigger};
  Story story;
  const Outcome outcome = run(triggered, &story);
  EXPECT_EQ(outcome.counters.at("faults"), 1.0);
  EXPECT_TRUE(std::any_of(story.lines.begin(), story.lines.end(), [](const StoryLine& line) {
    return line.what == "wall_step E002 E003 value -10";
  }));
}

TEST(Run, ATriggerOutsideItsSecondsStrikesNobody) {
  Case triggered = quiet_case();
  Trigger trigger;
  trigger.when = Happening::created;
  trigger.fault = {sim::FaultKind::wall_step, {}, -10.0, {}};
  trigger.targets = {{Part::giver, {}}};
  const auto faults = [&](double from_s, double until_s) {
    trigger.from = Instant{} + seconds(from_s);
    trigger.until = Instant{} + seconds(until_s);
    triggered.triggers = {trigger};
    return run(triggered).counters.at("faults");
  };
  EXPECT_EQ(faults(0, 4), 0.0);
  EXPECT_EQ(faults(4, 6), 1.0) << "the deal is created at 5 s";
  EXPECT_EQ(faults(6, 60), 0.0);
}

TEST(Run, ACutBetweenTwoPartsOfOneUnitCutsOffAnother) {
  Case triggered = quiet_case();
  Trigger trigger;
  trigger.when = Happening::running;
  trigger.fault = {sim::FaultKind::cut, {}, 0.0, seconds(1)};
  trigger.targets = {{Part::reference, {}}, {Part::taker, {}}};
  triggered.triggers = {trigger};
  Story story;
  run(triggered, &story);
  EXPECT_TRUE(std::any_of(story.lines.begin(), story.lines.end(), [](const StoryLine& line) {
    return line.what == "cut E002 E001 for 1";
  }));
}

TEST(Run, OnlyDealsBeforeHealingAreDoneUnderFaults) {
  const Outcome outcome = run(quiet_case());
  EXPECT_EQ(outcome.counters.at("completed_under_faults"), 1.0);
  EXPECT_NEAR(outcome.counters.at("highest_v"), 350.0, 25.0);
}

TEST(Minimise, OnlyWhatIsNeededStays) {
  Case failing = drawn_case(1, 5, std::chrono::hours(2), Profile::rough);
  ASSERT_GT(failing.faults.size(), 20U);
  ASSERT_GT(failing.triggers.size(), 20U);
  const auto first = failing.faults[7];
  const auto second = failing.triggers[11];
  const auto needs_both = [&](const Case& c) {
    return std::count(c.faults.begin(), c.faults.end(), first) == 1 &&
           std::count(c.triggers.begin(), c.triggers.end(), second) == 1;
  };
  const Minimised result = minimise(failing, needs_both, 500);
  EXPECT_EQ(result.smallest.faults, sim::FaultSchedule{first});
  EXPECT_EQ(result.smallest.triggers, std::vector{second});
  EXPECT_LT(result.runs, 100U);
}

TEST(Minimise, WithoutFaultsOneRunIsEnough) {
  const Case failing = drawn_case(1, 5, std::chrono::hours(1), Profile::rough);
  const Minimised result = minimise(
      failing, [](const Case&) { return true; }, 500);
  EXPECT_TRUE(result.smallest.faults.empty());
  EXPECT_TRUE(result.smallest.triggers.empty());
  EXPECT_EQ(result.runs, 1U);
}

}  // namespace
}  // namespace musubi::proof
