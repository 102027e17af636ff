// Every file of scenarios/ ends as it says.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <vector>

#include "proof/case_file.hpp"
#include "proof/run.hpp"

namespace musubi::proof {
namespace {

class Scenarios : public ::testing::TestWithParam<std::string> {};

std::vector<std::string> names() {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(MUSUBI_SCENARIOS_DIR)) {
    if (entry.path().extension() == ".txt") {
      found.push_back(entry.path().stem().string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

TEST_P(Scenarios, EndsAsItSays) {
  const std::filesystem::path folder = MUSUBI_SCENARIOS_DIR;
  const std::string path = (folder / GetParam()).concat(".txt");
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  const auto scenario = read_case(text.str(), path);
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
