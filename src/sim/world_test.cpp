// The whole community in virtual time: the same again, nothing lost, one voltage.

#include "sim/world.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <rapidcheck/gtest.h>

#include "domain/settlement.hpp"
#include "sim/simulation.hpp"
#include "sim/test_world.hpp"

namespace musubi::sim::testing {
namespace {

SimulationSetup days_of(const char* community, std::int64_t days) {
  SimulationSetup setup;
  setup.community = *built_in_community(community);
  setup.policy = std::make_shared<const Policy>(default_policy(unit_ids(setup.community)));
  setup.scenario = std::make_shared<const Scenario>(default_scenario());
  setup.start = {1'751'295'600'000, 9 * 3600};
  setup.hours = 24 * days;
  return setup;
}
SimulationResult simulate(const SimulationSetup& setup) { return run(setup, Progress()); }

WorldSetup demo4_setup(ControlTiming timing) {
  WorldSetup setup = quiet_setup(4);
  setup.community = physics::demo4();
  setup.timing = timing;
  return setup;
}

WorldSetup study(WorldSetup setup) {
  setup.timing = ControlTiming::study(milliseconds(5000));
  return setup;
}

/// Watches the rules of the bus at every device write and whenever look() is called: what is broken
/// first is kept.
class BusWatch {
 public:
  explicit BusWatch(World& world) : world_(world) {
    world.observe([this](UnitId id, Instant now, const node::Effect& effect) {
      if (std::holds_alternative<node::WriteDevice>(effect)) {
        look();
      }
      if (const auto* alarm = std::get_if<node::AlarmRaised>(&effect)) {
        if (alarm->alarm.level >= AlarmLevel::error) {
          found(now, id.str() + " alarms " + kind_of(alarm->alarm.code).name);
        }
      }
    });
  }
  void run_until(Instant until) {
    while (world_.now() < until) {
      world_.run_until(std::min(until, world_.now() + milliseconds(1000)));
      look();
    }
  }
  void look() {
    const Instant now = world_.now();
    std::size_t references = 0;
    bool all_drooped = true;
    bool current = false;
    const StoreRecord* record = world_.store().find(StoreKey::reference_set());
    const ReferenceSet set =
        record == nullptr ? ReferenceSet{} : std::get<ReferenceSet>(record->value);
    for (const UnitId id : world_.units()) {
      const physics::Meter meter = world_.plant().read(world_.index_of(id), now);
      if (meter.mode == ConverterMode::voltage_reference) {
        ++references;
        all_drooped = all_drooped && meter.drg > 0.0;
        if (!set.contains(id)) {
          found(now, id.str() + " holds the voltage and is not in the reference set");
        }
      }
      current = current || is_constant_current(meter.mode);
    }
    if (references > 2 || (references == 2 && !all_drooped)) {
      found(now, std::to_string(references) + " references outside a hand-over");
    }
    most_references_ = std::max(most_references_, references);
    if (!current || references > 0) {
      alone_since_.reset();
    } else if (!alone_since_) {
      alone_since_ = now;
    } else if (now - *alone_since_ > longest_alone_) {
      found(now, "currents without a reference");
    }
  }
  void allow_alone(Duration longest) { longest_alone_ = longest; }
  [[nodiscard]] const std::string& first() const { return first_; }
  [[nodiscard]] std::size_t most_references() const { return most_references_; }

 private:
  void found(Instant now, const std::string& what) {
    if (first_.empty()) {
      first_ = what + " at " + std::to_string(to_seconds(now - Instant{})) + " s";
    }
  }

  World& world_;
  std::string first_;
  std::size_t most_references_ = 0;
  std::optional<Instant> alone_since_;
  Duration longest_alone_ = ControlTiming::field().current_lease;
};

/// Every completed deal is billed what was agreed.
void expect_amounts(const World& world) {
  for (const auto& [id, deal] : world.settled()) {
    if (deal->outcome == DealOutcome::completed) {
      const double amount_wh = static_cast<double>(deal->amount_wh);
      EXPECT_NEAR(billed_energy(*deal).value(), amount_wh, std::max(0.002 * amount_wh, 0.1))
          << id.str();
    }
  }
}

double worst_imbalance_wh(World& world) {
  double worst = std::abs(world.plant().bus_accounts(world.now()).imbalance().value());
  for (std::size_t i = 0; i < world.units().size(); ++i) {
    worst = std::max(worst, std::abs(world.plant().accounts(i, world.now()).imbalance().value()));
  }
  return worst;
}

TEST(World, TheSameSeedTellsTheSameStory) {
  const auto first = simulate(days_of("demo4", 1));
  const auto again = simulate(days_of("demo4", 1));
  EXPECT_EQ(first.summary.trace_hash, again.summary.trace_hash);
  EXPECT_EQ(first.summary.deals_completed, again.summary.deals_completed);
  SimulationSetup other = days_of("demo4", 1);
  other.seed = 2;
  EXPECT_NE(simulate(other).summary.trace_hash, first.summary.trace_hash);
}

TEST(World, OneChangedDelayTellsAnotherStory) {
  const auto hash = [](Duration delay) {
    WorldSetup setup = demo4_setup(ControlTiming::study(milliseconds(5000)));
    setup.network_delay = delay;
    World world(setup);
    world.run_until(at_s(3600));
    return world.statistics().trace_hash;
  };
  EXPECT_EQ(hash(milliseconds(1)), hash(milliseconds(1)));
  EXPECT_NE(hash(milliseconds(1)), hash(milliseconds(2)));
}

TEST(World, WhoLooksOnChangesNothing) {
  const auto hash = [](bool looks) {
    World world(demo4_setup(ControlTiming::study(milliseconds(5000))));
    BusWatch watch(world);
    if (looks) {
      watch.run_until(at_s(7200));
    } else {
      world.run_until(at_s(7200));
    }
    return std::pair(world.statistics().trace_hash, world.plant().digest(world.now()));
  };
  EXPECT_EQ(hash(true), hash(false));
}

TEST(World, TimeThatStandsStillIsNoticed) {
  World world(quiet_setup(2));
  world.run_until(at_s(1.0));
  world.observe_events(
      [&](UnitId id, Instant, const node::Event&) { world.inject(id, node::Woken{}); });
  EXPECT_THROW(world.run_until(at_s(10.0)), StandsStill);
}

TEST(World, NineteenHousesLoseNoEnergyAndEndTheirDeals) {
  const auto result = simulate(days_of("oist19", 2));
  EXPECT_LT(result.summary.energy_residual_wh, 1e-3);
  EXPECT_GT(result.summary.deals_completed, 50U);
  EXPECT_EQ(result.summary.deals_aborted, 0U);
}

TEST(World, NineteenHousesTellTheSameStoryAgain) {
  EXPECT_EQ(simulate(days_of("oist19", 1)).summary.trace_hash,
            simulate(days_of("oist19", 1)).summary.trace_hash);
}

TEST(World, ALeakOfOneThousandthShowsInTheBooks) {
  SimulationSetup setup = days_of("demo4", 2);
  EXPECT_LT(simulate(setup).summary.energy_residual_wh, 1e-3);
  setup.leak_for_test = 0.001;
  EXPECT_GT(simulate(setup).summary.energy_residual_wh, 0.1);
}

TEST(World, ThroughADayOneConverterHoldsTheVoltageAndNoCurrentFlowsWithoutIt) {
  const ControlTiming timing = ControlTiming::study(milliseconds(5000));
  World world(demo4_setup(timing));
  BusWatch watch(world);
  watch.allow_alone(timing.current_lease);
  watch.run_until(at_s(86'400));
  EXPECT_EQ(watch.first(), "");
  EXPECT_EQ(watch.most_references(), 2U);
  EXPECT_GT(world.settled().size(), 20U);
  expect_amounts(world);
}

TEST(World, TheTimesOfTheFieldKeepTheSameRules) {
  World world(demo4_setup(ControlTiming::field()));
  BusWatch watch(world);
  watch.run_until(at_s(3 * 3600));
  EXPECT_EQ(watch.first(), "");
  EXPECT_GE(world.settled().size(), 3U);
  expect_amounts(world);
}

TEST(World, AUnitInNoDealWaitsUntilItIsNeeded) {
  World world(quiet_setup(3));
  world.run_until(at_s(60));
  EXPECT_EQ(world.statistics().commands, 0U);
  EXPECT_TRUE(world.store().role().holder.empty());
}

TEST(World, WhatAUnitIsToldWhileItStartsHoldsAfterwards) {
  World world(quiet_setup(3));
  world.inject(unit(3), node::SetLockOut{true});
  world.run_until(at_s(5));
  EXPECT_TRUE(world.journal(unit(3)).local.locked_out);
  EXPECT_TRUE(world.node(unit(3)).alarms().contains(AlarmCode::lock_out));
}

TEST(World, AProposedDealFormsTheBusAndLeavesItDead) {
  for (const ControlTiming& timing :
       {ControlTiming::field(), ControlTiming::study(milliseconds(5000))}) {
    WorldSetup setup = quiet_setup(3);
    setup.timing = timing;
    World world(setup);
    BusWatch watch(world);
    watch.allow_alone(timing.current_lease);
    watch.run_until(at_s(10));
    propose(world, unit(1), proposal(unit(2), unit(3), 3));
    watch.run_until(at_s(300));
    EXPECT_EQ(watch.first(), "");
    ASSERT_EQ(world.settled().size(), 1U);
    EXPECT_EQ(world.settled().begin()->second->outcome, DealOutcome::completed);
    expect_amounts(world);
    EXPECT_TRUE(stored_deals(world).empty());
    for (std::size_t i = 0; i < 3; ++i) {
      const physics::Meter meter = world.plant().read(i, world.now());
      EXPECT_EQ(meter.mode, ConverterMode::waiting);
      EXPECT_LT(meter.vg.value(), 1.0);
    }
    const StoreRecord* record = world.store().find(StoreKey::reference_set());
    ASSERT_NE(record, nullptr);
    EXPECT_TRUE(std::get<ReferenceSet>(record->value).units.empty());
  }
}

TEST(World, TwoDealsOfOneGiverThatBeginAtOnceAreNotTakenForAnError) {
  World world(study(quiet_setup(5)));
  BusWatch watch(world);
  watch.run_until(at_s(10));
  propose(world, unit(1), proposal(unit(1), unit(2), 40));
  watch.run_until(at_s(100));
  ASSERT_EQ(deals_in(world, DealPhase::running), 1U);
  propose(world, unit(3), proposal(unit(3), unit(5), 5));
  world.run_until(world.now() + milliseconds(3));
  propose(world, unit(4), proposal(unit(4), unit(5), 5));
  watch.run_until(at_s(1200));
  EXPECT_EQ(watch.first(), "");
  EXPECT_EQ(world.settled().size(), 3U);
  for (const auto& [id, deal] : world.settled()) {
    EXPECT_EQ(deal->outcome, DealOutcome::completed) << explain(deal->last_reason);
    EXPECT_NEAR(deal->discharge_compensated_a.value_or(Amperes(0)).value(), -1.0, 0.05);
  }
  expect_amounts(world);
}

TEST(World, ALongRampIsNotTakenForADeadUnit) {
  WorldSetup setup = quiet_setup(2);
  for (auto& u : setup.community.units) {
    u.converter.voltage_ramp_v_per_s = 350.0 / 60.0;
  }
  World world(setup);
  world.run_until(at_s(5));
  propose(world, unit(1), proposal(unit(1), unit(2), 2));
  world.run_until(at_s(200));
  ASSERT_EQ(world.settled().size(), 1U);
  EXPECT_EQ(world.settled().begin()->second->outcome, DealOutcome::completed);
  EXPECT_EQ(world.store().role().holder, unit(2)) << "the role stays off the reference";
}

/// One external deal and when it is proposed.
struct Proposed {
  int charge = 1;
  int discharge = 2;
  std::int64_t amount_wh = 1;
  double current_a = 1.0;
  double after_s = 0.0;
};

// From 0.6 A: what arrives at the battery below 0.2 A is less than the converter's own use.
RC_GTEST_PROP(World, WhateverDealsAreProposedEachEndsOnceAndTheBusIsDeadAgain, ()) {
  const auto raw = *rc::gen::resize(
      8, rc::gen::container<std::vector<std::tuple<int, int, int, int, int>>>(
             rc::gen::tuple(rc::gen::inRange(1, 6), rc::gen::inRange(1, 5), rc::gen::inRange(1, 15),
                            rc::gen::inRange(6, 24), rc::gen::inRange(0, 900))));
  WorldSetup setup = quiet_setup(5, Ohms(*rc::gen::element(0.0, 0.045, 0.5)));
  setup.timing = *rc::gen::weightedElement<bool>({{4, true}, {1, false}})
                     ? ControlTiming::study(milliseconds(5000))
                     : ControlTiming::field();
  setup.network_delay = milliseconds(*rc::gen::element(1, 7, 40));
  World world(setup);
  BusWatch watch(world);
  watch.allow_alone(setup.timing.current_lease);
  std::map<DealId, int> settled;
  std::size_t refused = 0;
  world.observe([&](UnitId, Instant, const node::Effect& effect) {
    if (const auto* record = std::get_if<node::PersistSettled>(&effect)) {
      ++settled[record->deal->id];
    }
    refused += std::holds_alternative<node::DealRefused>(effect) ? 1U : 0U;
  });
  watch.run_until(at_s(10));
  double time_s = 10.0;
  for (const auto& [charge, step, amount, tenths, after] : raw) {
    time_s += after / 10.0;
    watch.run_until(at_s(time_s));
    const int discharge = (charge - 1 + step) % 5 + 1;
    propose(world, unit(charge), proposal(unit(charge), unit(discharge), amount, tenths / 10.0));
  }
  watch.run_until(at_s(time_s + 7200));
  RC_ASSERT(watch.first() == "");
  RC_ASSERT(settled.size() + refused == raw.size());
  for (const auto& [id, times] : settled) {
    RC_ASSERT(times == 2);  // once at each end
  }
  for (const auto& [id, deal] : world.settled()) {
    if (deal->outcome == DealOutcome::completed) {
      const double amount_wh = static_cast<double>(deal->amount_wh);
      RC_ASSERT(std::abs(billed_energy(*deal).value() - amount_wh) <=
                std::max(0.002 * amount_wh, 0.1));
    }
  }
  RC_ASSERT(stored_deals(world).empty());
  RC_ASSERT(worst_imbalance_wh(world) < 1e-3);
  for (std::size_t i = 0; i < world.units().size(); ++i) {
    RC_ASSERT(world.plant().read(i, world.now()).mode == ConverterMode::waiting);
    RC_ASSERT(world.plant().read(i, world.now()).vg < Volts(35.0));
  }
}

}  // namespace
}  // namespace musubi::sim::testing
