#include "musubi/campaign.hpp"

#include <gtest/gtest.h>
#include <sstream>

namespace musubi::app {
namespace {

using sim::FaultKind;

proof::Outcome outcome(double completed, double during_deals) {
  proof::Outcome one;
  one.counters = {{"completed", completed + 1.0},
                  {"completed_under_faults", completed},
                  {"faults_during_deals", during_deals}};
  one.length = std::chrono::hours(2);
  return one;
}

std::string printed(const Campaign& campaign, const std::vector<FaultKind>& kinds) {
  std::ostringstream out;
  campaign.print(out, kinds, 10.0);
  return out.str();
}

TEST(Campaign, NamesTheEmptyCells) {
  Campaign campaign;
  proof::Outcome one = outcome(1, 3);
  one.table[FaultKind::crash] = {1, 1, 1, 1, 0, 1, 1};
  one.table[FaultKind::pause] = {1, 1, 1, 1, 1, 1, 1};
  campaign.add(one);
  EXPECT_NE(printed(campaign, {FaultKind::crash, FaultKind::pause})
                .find("\nnever struck, stopping: crash\n"),
            std::string::npos);
  EXPECT_NE(printed(campaign, {FaultKind::pause}).find("\nno cell is empty\n"), std::string::npos);
  EXPECT_NE(
      printed(campaign, {FaultKind::cut, FaultKind::pause}).find("\nnever struck, created: cut\n"),
      std::string::npos)
      << "a kind that never struck";
}

TEST(Campaign, CountsRunsThatProveLittle) {
  Campaign campaign;
  campaign.add(outcome(1, 3));
  campaign.add(outcome(0, 3));
  campaign.add(outcome(0, 2));
  EXPECT_NE(printed(campaign, {}).find("2 runs without a deal done under faults, 1 with fewer"),
            std::string::npos);
  EXPECT_EQ(campaign.progress(3600.0), "3 runs, 0 failed, 0 cluster-days per hour");
}

}  // namespace
}  // namespace musubi::app
