// What control costs and how fast it is. Counters are in virtual time and the same on every
// machine; the benchmark's own times are the machine's.
#include <benchmark/benchmark.h>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "sim/built_in.hpp"
#include "sim/simulation.hpp"
#include "sim/world.hpp"

namespace {

using namespace musubi;

constexpr std::int64_t midsummer_ms = 1'751'295'600'000;  // 2025-07-01 00:00 +09:00
constexpr std::int32_t japan_s = 9 * 3600;

/// A community in which nobody wants anything.
sim::WorldSetup quiet(std::size_t units) {
  sim::WorldSetup setup;
  setup.community = physics::quiet_community(units, Ohms(0.045));
  // Random streams go by name: the published figures are those of names with four digits.
  for (auto& u : setup.community.units) {
    u.name.insert(1, "0");
  }
  setup.policy =
      std::make_shared<const Policy>(sim::default_policy(sim::unit_ids(setup.community)));
  setup.scenario = std::make_shared<const Scenario>(sim::default_scenario());
  setup.timing = ControlTiming::field();
  setup.start = {midsummer_ms, japan_s};
  return setup;
}

/// What a world does, noted as it goes.
struct Notes {
  std::map<UnitId, Volts> voltage;
  Volts travel{};                ///< sum of all changes of the reference's voltage
  Instant first_current{};       ///< first constant-current write
  std::vector<Instant> running;  ///< when each deal began to be metered

  void watch(sim::World& world) {
    world.observe([this](UnitId u, Instant now, const node::Effect& effect) {
      if (const auto* write = std::get_if<node::WriteDevice>(&effect)) {
        const auto& command = write->command;
        if (command.mode == ConverterMode::voltage_reference) {
          travel += abs(command.voltage - voltage[u]);
          voltage[u] = command.voltage;
        } else if (is_constant_current(command.mode) && first_current == Instant{}) {
          first_current = now;
        }
      }
      if (const auto* transact = std::get_if<node::Transact>(&effect)) {
        for (const auto& w : transact->transaction.writes) {
          const auto* deal = std::get_if<Deal>(&w.value);
          if (deal != nullptr && deal->phase == DealPhase::running &&
              seen.insert(deal->id).second) {
            running.push_back(now);
          }
        }
      }
    });
  }
  std::set<DealId> seen;
};

void count_latencies(benchmark::State& state, const std::vector<double>& latency_ms) {
  state.counters["needs"] = static_cast<double>(latency_ms.size());
  state.counters["p50_ms"] = sim::percentile(latency_ms, 50);
  state.counters["p99_ms"] = sim::percentile(latency_ms, 99);
}

/// Needs one after the other, each alone: the latency of a need.
void need_to_stored_deal(benchmark::State& state) {
  const auto units = static_cast<std::size_t>(state.range(0));
  std::vector<double> latency_ms;
  for (auto _ : state) {
    sim::World world(quiet(units));
    world.run_until(Instant{} + seconds(5));
    const auto& ids = world.units();
    for (std::size_t i = 0; i + 1 < ids.size(); i += 2) {
      world.plant().set_rsoc(i, world.now(), Percent(85.0));
      world.run_until(world.now() + seconds(2));
      world.plant().set_rsoc(i + 1, world.now(), Percent(58.5));
      world.run_until(world.now() + seconds(2));
      world.plant().set_rsoc(i, world.now(), Percent(72.0));
      world.plant().set_rsoc(i + 1, world.now(), Percent(72.0));
      world.run_until(world.now() + seconds(1));
    }
    latency_ms = world.statistics().deal_latency_ms;
  }
  count_latencies(state, latency_ms);
}
BENCHMARK(need_to_stored_deal)->Arg(19)->Arg(200)->Unit(benchmark::kMillisecond)->Iterations(1);

/// Half of the community needy and half willing at the same instant: the worst crowd.
void crowd_to_stored_deals(benchmark::State& state) {
  const auto units = static_cast<std::size_t>(state.range(0));
  std::vector<double> latency_ms;
  for (auto _ : state) {
    sim::World world(quiet(units));
    world.run_until(Instant{} + seconds(5));
    for (std::size_t i = 0; i < units; ++i) {
      world.plant().set_rsoc(i, world.now(), Percent(i % 2 == 0 ? 85.0 : 52.0));
    }
    world.run_until(world.now() + seconds(5));
    latency_ms = world.statistics().deal_latency_ms;
  }
  count_latencies(state, latency_ms);
}
BENCHMARK(crowd_to_stored_deals)->Arg(19)->Arg(200)->Unit(benchmark::kMillisecond)->Iterations(1);

/// Dead bus, one need: until current flows, and what of it is not the bus's own travel.
void need_to_current(benchmark::State& state) {
  double total_s = 0;
  double travel_s = 0;
  for (auto _ : state) {
    const auto setup = quiet(4);
    sim::World world(setup);
    Notes notes;
    notes.watch(world);
    world.run_until(Instant{} + seconds(5.0));
    world.plant().set_rsoc(0, world.now(), Percent(85.0));
    world.run_until(Instant{} + seconds(7.0));
    const Instant need = world.now();
    world.plant().set_rsoc(1, need, Percent(55.0));
    world.run_until(need + seconds(60));
    const double ramp = setup.community.units[0].converter.voltage_ramp_v_per_s;
    // from the instant of the need, waiting for the reading that shows it included
    total_s = to_seconds(notes.first_current - need);
    travel_s = notes.travel.value() / ramp;
  }
  state.counters["need_to_current_s"] = total_s;
  state.counters["travel_s"] = travel_s;
  state.counters["beyond_travel_s"] = total_s - travel_s;
}
BENCHMARK(need_to_current)->Unit(benchmark::kMillisecond)->Iterations(1);

/// 9 needy and 10 willing of 19 at once, dead bus: until all 18 deals that 2.3 A allow are metered.
void mass_need(benchmark::State& state) {
  std::size_t deals = 0;
  double total_s = 0;
  double travel_s = 0;
  for (auto _ : state) {
    const auto setup = quiet(19);
    sim::World world(setup);
    Notes notes;
    notes.watch(world);
    world.run_until(Instant{} + seconds(5.0));
    const Instant need = world.now();
    for (std::size_t i = 0; i < 19; ++i) {
      world.plant().set_rsoc(i, need, Percent(i % 2 == 0 ? 85.0 : 52.0));
    }
    world.run_until(need + seconds(60));
    deals = notes.running.size();
    total_s = notes.running.empty() ? 0 : to_seconds(notes.running.back() - need);
    travel_s = notes.travel.value() / setup.community.units[0].converter.voltage_ramp_v_per_s;
  }
  state.counters["deals"] = static_cast<double>(deals);
  state.counters["need_to_all_running_s"] = total_s;
  state.counters["beyond_travel_s"] = total_s - travel_s;
}
BENCHMARK(mass_need)->Unit(benchmark::kMillisecond)->Iterations(1);

/// One day of oist19 with every control message.
void day_of_oist19(benchmark::State& state, ControlProfile control) {
  std::uint64_t messages = 0;
  for (auto _ : state) {
    sim::SimulationSetup setup;
    setup.community = physics::oist19();
    setup.policy =
        std::make_shared<const Policy>(sim::default_policy(sim::unit_ids(setup.community)));
    setup.scenario = std::make_shared<const Scenario>(sim::default_scenario());
    setup.control = control;
    setup.start = {midsummer_ms, japan_s};
    messages = sim::run(setup, {}).summary.messages;
  }
  state.counters["messages"] = static_cast<double>(messages);
}
BENCHMARK_CAPTURE(day_of_oist19, study, ControlProfile::study)->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(day_of_oist19, field, ControlProfile::field)
    ->Unit(benchmark::kSecond)
    ->Iterations(1);

}  // namespace
