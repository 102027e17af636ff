// Every file of scenarios/ ends as it says.
#include <algorithm>
#include <filesystem>
#include <gtest/gtest.h>
#include <vector>

#include "proof/case_file.hpp"
#include "proof/run.hpp"
#include "support/files.hpp"

namespace musubi::proof {
namespace {

class Scenarios : public ::testing::TestWithParam<std::string> {};

std::vector<std::string> names() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(test::project("scenarios"))) {
    if (entry.path().extension() == ".txt") {
      found.push_back(entry.path().stem().string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

TEST_P(Scenarios, EndsAsItSays) {
  const std::string path = "scenarios/" + GetParam() + ".txt";
  const auto scenario = read_case(test::content_of(test::project(path)), path);
  ASSERT_TRUE(scenario.has_value()) << scenario.error().message;
  const Outcome outcome = run(*scenario);
  for (const auto& v : outcome.violations) {
    ADD_FAILURE() << to_seconds(v.at - Instant{}) << " s  " << v.checker << ": " << v.what;
  }
  for (const auto& unmet : outcome.unmet) {
    ADD_FAILURE() << unmet;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Scenarios, ::testing::ValuesIn(names()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace musubi::proof
