#include "converter/transitions.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <utility>

#include "converter/converter_test_bench.hpp"

namespace musubi::converter::testing {
namespace {

constexpr std::array known{waiting, reference, charge, discharge};

TEST(TransitionsTest, EveryPairOfKnownModesHasOneRow) {
  std::set<std::pair<ConverterMode, ConverterMode>> pairs;
  for (const auto& row : transitions) {
    EXPECT_TRUE(pairs.emplace(row.from, row.to).second);
    EXPECT_EQ(transition_of(row.from, row.to), row.transition);
  }
  for (const auto from : known) {
    for (const auto to : known) {
      EXPECT_TRUE(pairs.contains({from, to}));
    }
  }
  EXPECT_EQ(pairs.size(), 16U);
}

// The hardware recommendations' table, row by row; columns waiting, CV, charge, discharge. A change
// between CV and CC exists only as a step of a hand-over.
TEST(TransitionsTest, TheRowsAreThoseOfTheHardwareTable) {
  using enum Transition;
  constexpr std::array<std::array<Transition, 4>, 4> table{{
      {none, start, start, start},
      {stop_reference, none, give_up, give_up},
      {stop_current, take_over, none, forbidden},
      {stop_current, take_over, forbidden, none},
  }};
  for (std::size_t from = 0; from < known.size(); ++from) {
    for (std::size_t to = 0; to < known.size(); ++to) {
      EXPECT_EQ(transition_of(known.at(from), known.at(to)), table.at(from).at(to))
          << from << " to " << to;
    }
  }
}

TEST(TransitionsTest, FromUnknownOnlyWaitingFollows) {
  EXPECT_EQ(transition_of(unknown, waiting), Transition::stop_current);
  for (const auto to : {reference, charge, discharge, unknown}) {
    EXPECT_EQ(transition_of(unknown, to), Transition::forbidden);
  }
}

TEST(TransitionsTest, NothingIsEverToldToBeUnknown) {
  for (const auto from : known) {
    EXPECT_EQ(transition_of(from, unknown), Transition::forbidden);
  }
}

}  // namespace
}  // namespace musubi::converter::testing
