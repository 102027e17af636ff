#include "sim/clock.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace musubi::sim {
namespace {

constexpr WallTime noon{1'577'847'600'000, 9 * 3600};

Instant at(double s) { return Instant(seconds(s)); }

TEST(UnitClock, ShowsTheWorldsInstantAtFirst) {
  const UnitClock clock(at(5.0), noon);
  EXPECT_EQ(clock.monotonic(at(5.0)), at(5.0));
  EXPECT_EQ(clock.monotonic(at(9.0)), at(9.0));
  EXPECT_EQ(clock.world_of(at(9.0)), at(9.0));
  EXPECT_EQ(clock.wall(at(6.0)), noon.plus(seconds(1.0)));
}

TEST(UnitClock, RunsFastFromTheChangeOn) {
  UnitClock clock(at(0.0), noon);
  clock.set_rate(at(100.0), 10'000'000);
  EXPECT_EQ(clock.monotonic(at(200.0)), at(201.0));
  clock.set_rate(at(200.0), 0);
  EXPECT_EQ(clock.monotonic(at(300.0)), at(301.0));
}

TEST(UnitClock, ABootStartsItAtZeroAndLeavesTheWallClock) {
  UnitClock clock(at(0.0), noon);
  clock.boot(at(40.0));
  EXPECT_EQ(clock.monotonic(at(40.0)), Instant{});
  EXPECT_EQ(clock.monotonic(at(41.0)), at(1.0));
  EXPECT_EQ(clock.wall(at(41.0)), noon.plus(seconds(41.0)));
}

TEST(UnitClock, AStepMovesOnlyTheWallClockUntilItIsSetRight) {
  UnitClock clock(at(0.0), noon);
  clock.step_wall(seconds(-3600.0));
  EXPECT_EQ(clock.wall(at(1.0)), noon.plus(seconds(-3599.0)));
  EXPECT_EQ(clock.monotonic(at(1.0)), at(1.0));
  clock.set_wall_right(at(2.0));
  EXPECT_EQ(clock.wall(at(3.0)), noon.plus(seconds(3.0)));
}

RC_GTEST_PROP(UnitClock, WorldOfIsTheFirstInstantThatShowsIt, ()) {
  UnitClock clock(Instant{}, noon);
  Instant world{};
  for (const int step_ms : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100'000))) {
    world += milliseconds(step_ms);
    clock.set_rate(world, *rc::gen::inRange<std::int64_t>(-10'000'000, 10'000'001));
  }
  const Instant local =
      clock.monotonic(world) + Duration(*rc::gen::inRange<std::int64_t>(0, 90'000'000'000'000));
  const Instant found = clock.world_of(local);
  RC_ASSERT(found >= world);
  RC_ASSERT(clock.monotonic(found) >= local);
  RC_ASSERT(found == world || clock.monotonic(found - Duration(1)) < local);
}

}  // namespace
}  // namespace musubi::sim
