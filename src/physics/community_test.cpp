#include "physics/community.hpp"

#include <gtest/gtest.h>

#include "physics/plant.hpp"

namespace musubi::physics {
namespace {

TEST(Community, Oist19IsAsDescribed) {
  const Community c = oist19();
  ASSERT_EQ(c.units.size(), 19U);
  double pv_kw = 0.0;
  double battery_wh = 0.0;
  for (const UnitParams& u : c.units) {
    pv_kw += u.pv.peak_kw;
    battery_wh += u.battery.capacity.value();
  }
  EXPECT_NEAR(pv_kw, 65.8, 1e-9);
  EXPECT_NEAR(battery_wh, 91'200.0, 1e-6);
  EXPECT_EQ(c.units.front().name, "E001");
  EXPECT_EQ(c.units.back().name, "E019");
  EXPECT_EQ(c.lines.size(), 18U);
  const DcNetwork network(c.units.size(), c.lines);
  EXPECT_EQ(network.terminals(), 19U);
}

TEST(Community, AQuietOneIsAChainOfUnitsThatNobodyFeedsOrUses) {
  const Community c = quiet_community(12, Ohms(0.045));
  ASSERT_EQ(c.units.size(), 12U);
  EXPECT_EQ(c.units.front().name, "E001");
  EXPECT_EQ(c.units.back().name, "E012");
  const DcNetwork network(c.units.size(), c.lines);
  EXPECT_EQ(network.terminals(), 12U);
  Plant plant(c, 1, {1'593'529'200'000, 9 * 3600}, {});
  const Percent next_day = plant.read(3, Instant(seconds(86400))).rsoc;
  EXPECT_GT(next_day, Percent(65.0)) << "no load, only the converter's own draw";
  EXPECT_LT(next_day, Percent(72.0)) << "no PV";
}

// The sample scenario: short below 2880 Wh asks, sufficient from 3600 Wh accepts, excess from
// 4320 Wh offers; its Wh are percent of 4800 Wh.
TEST(Community, Demo4HasNeedAndSurplusWithinADay) {
  constexpr WallTime summer{1'593'529'200'000, 9 * 3600};
  constexpr WallTime winter{1'577'804'400'000, 9 * 3600};
  for (const WallTime start : {summer, winter}) {
    // A dull winter day may leave nothing to offer: three days then.
    const double until_s = (start == winter ? 3.0 : 1.0) * 86400.0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      Plant plant(demo4(), seed, start, {});
      const auto wh = [&plant](std::size_t unit, double s) {
        return plant.read(unit, Instant(seconds(s))).rsoc.value() * 48.0;
      };
      EXPECT_LT(wh(2, 0.0), 2880.0);
      EXPECT_GE(wh(3, 0.0), 3600.0);
      bool excess = false;
      for (double s = 300.0; s <= until_s; s += 300.0) {
        excess = excess || wh(3, s) >= 4320.0;
      }
      EXPECT_TRUE(excess) << start.unix_ms << " " << seed;
    }
  }
}

}  // namespace
}  // namespace musubi::physics
