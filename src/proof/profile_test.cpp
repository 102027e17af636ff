#include "proof/profile.hpp"

#include <gtest/gtest.h>
#include <set>

namespace musubi::proof {
namespace {

using sim::FaultKind;

sim::ScheduledFault fault(double at_s, FaultKind kind, int unit, double lasts_s) {
  return {Instant{} + seconds(at_s), {kind, {unit_numbered(unit)}, 0.0, seconds(lasts_s)}};
}

TEST(Profile, ASeedAlwaysDrawsTheSame) {
  const auto draw = [](std::uint64_t seed) {
    return drawn_case(seed, 5, std::chrono::hours(2), Profile::hostile);
  };
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1).faults, draw(2).faults);
  EXPECT_NE(draw(1).triggers, draw(2).triggers);
  EXPECT_GT(draw(1).faults.size(), 30U);
  EXPECT_GT(draw(1).triggers.size(), 30U);
  EXPECT_GT(draw(1).deeds.size(), 100U);
}

TEST(Profile, HostileDrawsEveryKindInTime) {
  std::set<FaultKind> seen;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const auto& f : drawn_case(seed, 5, std::chrono::hours(2), Profile::hostile).faults) {
      seen.insert(f.fault.kind);
    }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(FaultKind::torn_write) + 1);
}

TEST(Profile, EveryKindWaitsForEveryPhase) {
  constexpr std::size_t phases = static_cast<std::size_t>(Happening::stopped) + 1;
  constexpr std::uint64_t seeds = 150;
  for (const Profile profile : {Profile::mild, Profile::rough, Profile::hostile}) {
    std::set<std::pair<FaultKind, Happening>> seen;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      for (const auto& t : drawn_case(seed, 5, std::chrono::hours(2), profile).triggers) {
        if (t.when <= Happening::stopped) {
          seen.emplace(t.fault.kind, t.when);
        }
      }
    }
    EXPECT_EQ(seen.size(), kinds_of(profile).size() * phases) << name_of(profile);
  }
}

TEST(Profile, NoTriggerOutlivesTheFaults) {
  const Duration length = std::chrono::minutes(20);
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const auto& t : drawn_case(seed, 5, length, Profile::hostile).triggers) {
      EXPECT_LE(t.from, t.until);
      EXPECT_LE(t.until, Instant{} + length);
    }
  }
}

TEST(Profile, MildKeepsHardwareAndNetworkWhole) {
  const Case drawn = drawn_case(3, 5, std::chrono::hours(5), Profile::mild);
  std::vector<FaultKind> kinds = kinds_of(Profile::mild);
  for (const auto& f : drawn.faults) {
    kinds.push_back(f.fault.kind);
  }
  for (const auto& t : drawn.triggers) {
    kinds.push_back(t.fault.kind);
  }
  for (const FaultKind kind : kinds) {
    EXPECT_NE(kind, FaultKind::partition);
    EXPECT_LT(kind, FaultKind::pause_in_write);
  }
}

TEST(Profile, OneUnitsHardwareLiesAtATime) {
  const sim::FaultSchedule lies = {fault(10, FaultKind::meter_zero, 1, 30)};
  EXPECT_FALSE(may_join(lies, fault(20, FaultKind::meter_frozen, 2, 5), 5));
  EXPECT_FALSE(may_join(lies, fault(50, FaultKind::driver_hang, 2, 5), 5)) << "too soon after";
  EXPECT_TRUE(may_join(lies, fault(61, FaultKind::driver_hang, 2, 5), 5));
  EXPECT_TRUE(may_join(lies, fault(20, FaultKind::crash, 2, 5), 5));
}

TEST(Profile, MostUnitsAreThere) {
  const sim::FaultSchedule one_gone = {fault(10, FaultKind::crash, 1, 30)};
  EXPECT_TRUE(may_join(one_gone, fault(20, FaultKind::pause, 2, 5), 5));
  EXPECT_FALSE(may_join(one_gone, fault(20, FaultKind::pause, 2, 5), 4));
}

}  // namespace
}  // namespace musubi::proof
