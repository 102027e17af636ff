// Whole runs under faults of every kind: the same again, no energy lost, every unit up after
// healing.

#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/fault_bench.hpp"

namespace musubi::sim::testing {
namespace {

/// Faults of any kind on any units, one every 5 s, of up to 20 s each.
FaultSchedule random_faults(std::uint64_t seed, int units, int count) {
  Prng prng = Prng::stream(seed, "schedule");
  const auto one = [&] {
    return unit(1 + static_cast<int>(prng.below(static_cast<std::uint64_t>(units))));
  };
  FaultSchedule schedule;
  for (int i = 0; i < count; ++i) {
    Fault f;
    f.kind = static_cast<FaultKind>(prng.below(fault_kinds));
    f.units = {one()};
    if (f.kind == FaultKind::cut) {
      f.units.push_back(one());
    } else if (prng.uniform() < 0.1) {
      f.units.clear();
    }
    const ValueRange range = value_range(f.kind);
    f.value = prng.uniform(range.least, std::min(range.most, 500.0));
    f.lasts = seconds(prng.uniform(0.0, 20.0));
    schedule.push_back({at_s(10.0 + 5.0 * i + prng.uniform()), f});
  }
  return schedule;
}

struct Outcome {
  std::uint64_t trace_hash = 0;
  std::uint64_t plant = 0;
  double imbalance_wh = 0.0;
  bool all_up = true;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome run_with_faults(std::uint64_t seed, int count) {
  WorldSetup setup = quiet_setup(4, Ohms(0.045));
  setup.seed = seed;
  setup.driver_delay = milliseconds(seed % 2 == 0 ? 0 : 20);
  setup.stops_on_silence = {seconds(2.0), std::nullopt, std::nullopt, seconds(1.0)};
  World world(setup);
  world.schedule(random_faults(seed, 4, count));
  for (int i = 0; i < count / 4; ++i) {
    world.run_until(at_s(8.0 + 20.0 * i));
    propose(world, unit(1 + i % 4), proposal(unit(1 + (i + 1) % 4), unit(1 + (i + 2) % 4), 5));
  }
  world.run_until(at_s(40.0 + 5.0 * count));
  world.heal();
  world.run_until(world.now() + seconds(5.0));
  Outcome outcome;
  outcome.trace_hash = world.statistics().trace_hash;
  outcome.plant = world.plant().digest(world.now());
  outcome.imbalance_wh = std::abs(world.plant().bus_accounts(world.now()).imbalance().value());
  for (std::size_t i = 0; i < 4; ++i) {
    outcome.imbalance_wh = std::max(
        outcome.imbalance_wh, std::abs(world.plant().accounts(i, world.now()).imbalance().value()));
    outcome.all_up = outcome.all_up && world.is_up(unit(static_cast<int>(i) + 1));
  }
  return outcome;
}

TEST(FaultRuns, TheSameScheduleTellsTheSameStory) {
  const Outcome first = run_with_faults(7, 60);
  EXPECT_EQ(run_with_faults(7, 60), first);
  EXPECT_NE(run_with_faults(8, 60).trace_hash, first.trace_hash);
}

TEST(FaultRuns, AFaultThatNobodyMeetsChangesNothing) {
  const auto hash = [](bool faulty) {
    World world(quiet_setup(3));
    if (faulty) {
      world.strike(fault(FaultKind::torn_write, {unit(1)}));
      world.strike(fault(FaultKind::slow_messages, {}, 0.0));
    }
    world.run_until(at_s(60.0));
    return world.statistics().trace_hash;
  };
  EXPECT_EQ(hash(true), hash(false));
}

RC_GTEST_PROP(FaultRuns, WhateverStrikesNoEnergyIsLostAndEveryUnitComesBack, ()) {
  const auto seed = *rc::gen::inRange<std::uint64_t>(1, 1'000'000);
  const Outcome outcome = run_with_faults(seed, 40);
  RC_LOG() << "seed " << seed << '\n';
  RC_ASSERT(outcome.imbalance_wh < 1e-3);
  RC_ASSERT(outcome.all_up);
}

}  // namespace
}  // namespace musubi::sim::testing
