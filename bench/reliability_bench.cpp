// How long the community is without what it lost. Counters are in virtual time and the same on
// every machine. Each case runs `runs` times, struck at another instant of the heartbeat each time.
#include <algorithm>
#include <benchmark/benchmark.h>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/prng.hpp"
#include "sim/built_in.hpp"
#include "sim/simulation.hpp"
#include "sim/world.hpp"

namespace {

using namespace musubi;

constexpr std::uint64_t runs = 200;
constexpr Duration for_ever = Duration::max();

// Two deals run: E001 gives to E002, which holds the voltage, and E003 to E004. E005 and E006 are
// free. E007 is the Grid Master.
const UnitId reference("E002");
const UnitId giver("E003");
const UnitId taker("E004");
const UnitId free_giver("E005");
const UnitId free_taker("E006");
const UnitId grid_master("E007");
constexpr std::int64_t deal_wh = 20;

/// One run: a community, what its converters carry out, and its alarms.
class Scene {
 public:
  explicit Scene(std::uint64_t seed)
      : prng_(Prng::stream(seed, "reliability")), world_(setup(seed)) {
    world_.observe_device([this](UnitId unit, Instant at, const DeviceCommand& command) {
      carried_out_.push_back({unit, at, command});
    });
    world_.observe([this](UnitId, Instant, const node::Effect& effect) {
      if (const auto* raised = std::get_if<node::AlarmRaised>(&effect)) {
        alarms_.push_back(raised->alarm.code);
      }
    });
    pass(seconds(5));
  }

  sim::World& world() { return world_; }
  Prng& prng() { return prng_; }
  void pass(Duration d) { world_.run_until(world_.now() + d); }
  /// From now until it holds; nothing where it does not within `limit`.
  std::optional<double> seconds_until(Duration limit, const std::function<bool()>& holds) {
    const Instant begun = world_.now();
    while (!holds()) {
      if (world_.now() - begun >= limit) {
        return std::nullopt;
      }
      pass(milliseconds(1));
    }
    return to_seconds(world_.now() - begun);
  }

  void propose(UnitId from, UnitId to) {
    Deal deal;
    deal.discharge_unit = from;
    deal.charge_unit = to;
    deal.current = Amperes(1.0);
    deal.amount_wh = deal_wh;
    deal.point_per_wh = 10.0;
    world_.inject(from, node::CreateDeal{std::make_shared<const Deal>(std::move(deal))});
  }
  /// Both deals flow; then a random part of a second.
  bool start_two_deals() {
    propose(UnitId("E001"), reference);
    const bool first = seconds_until(seconds(60), [&] { return running() == 1; }).has_value();
    propose(giver, taker);
    const bool second = seconds_until(seconds(20), [&] { return running() == 2; }).has_value();
    pass(seconds(1.0 + prng_.uniform()));
    carried_out_.clear();
    alarms_.clear();
    return first && second && mode(reference) == ConverterMode::voltage_reference &&
           world_.node(grid_master).grid_master().role() == gridmaster::Role::holding;
  }
  std::size_t running() {
    const auto& deals = view().deals();
    return static_cast<std::size_t>(std::count_if(deals.begin(), deals.end(), [](const auto& d) {
      return d.second.phase == DealPhase::running;
    }));
  }
  [[nodiscard]] const ClusterView& view() const { return world_.node(UnitId("E001")).view(); }
  ConverterMode mode(UnitId unit) { return meter(unit).mode; }
  physics::Meter meter(UnitId unit) {
    return world_.plant().read(world_.index_of(unit), world_.now());
  }
  /// Nobody pushes or pulls any more, except `but`.
  bool currents_wait(UnitId but = {}) {
    return std::none_of(world_.units().begin(), world_.units().end(),
                        [&](UnitId u) { return u != but && is_constant_current(mode(u)); });
  }
  /// Another unit than `old` holds the voltage of a bus that is up.
  bool is_held_by_another(UnitId old) {
    constexpr double up_v = 0.9 * 350.0;
    return std::any_of(world_.units().begin(), world_.units().end(), [&](UnitId u) {
      return u != old && mode(u) == ConverterMode::voltage_reference && meter(u).vg > Volts(up_v);
    });
  }
  bool alarmed(AlarmCode code) {
    return std::find(alarms_.begin(), alarms_.end(), code) != alarms_.end();
  }
  /// A converter was told to run, other than it did.
  bool moved(UnitId unit) {
    return std::any_of(carried_out_.begin(), carried_out_.end(), [&](const auto& c) {
      return c.unit == unit && c.command.mode != ConverterMode::waiting;
    });
  }
  bool was_stopped(UnitId unit) {
    return std::any_of(carried_out_.begin(), carried_out_.end(), [&](const auto& c) {
      return c.unit == unit && c.command.mode == ConverterMode::waiting;
    });
  }

  /// How the deals ended, all faults gone.
  struct End {
    int completed = 0;
    int lost = 0;
    double worst_error = 0.0;  ///< of the amount, in parts of max(0.2 %, 0.1 Wh)
  };
  End finish() {
    world_.heal();
    seconds_until(seconds(1200), [&] {
      return std::all_of(view().deals().begin(), view().deals().end(),
                         [](const auto& d) { return d.second.phase == DealPhase::done; });
    });
    pass(seconds(30));
    End end;
    for (const auto& [id, deal] : world_.settled()) {
      if (deal->outcome != DealOutcome::completed) {
        ++end.lost;
        continue;
      }
      ++end.completed;
      const double amount = static_cast<double>(deal->amount_wh);
      const double allowed = std::max(0.002 * amount, 0.1);
      const double found = deal->charge_meter.at(deal->metering_point).value();
      end.worst_error = std::max(end.worst_error, std::fabs(found - amount) / allowed);
    }
    return end;
  }

 private:
  struct CarriedOut {
    UnitId unit;
    Instant at{};
    DeviceCommand command;
  };
  static sim::WorldSetup setup(std::uint64_t seed) {
    sim::WorldSetup s;
    s.community = physics::quiet_community(7, Ohms(0.045));
    Policy policy = sim::default_policy(sim::unit_ids(s.community));
    policy.grid_master_preference = GridMasterPreference::fixed;
    policy.grid_master_fixed_unit = grid_master;
    s.policy = std::make_shared<const Policy>(std::move(policy));
    s.scenario = std::make_shared<const Scenario>(sim::default_scenario());
    s.timing = ControlTiming::field();
    s.seed = seed;
    return s;
  }

  Prng prng_;
  sim::World world_;
  std::vector<CarriedOut> carried_out_;
  std::vector<AlarmCode> alarms_;
};

/// Times of all runs of a case, and what went wrong.
class Times {
 public:
  void add(std::optional<double> s) {
    if (s) {
      seconds_.push_back(*s);
    } else {
      ++never_;
    }
  }
  void show(benchmark::State& state, const std::string& what) const {
    state.counters[what + "_p50_s"] = sim::percentile(seconds_, 50);
    state.counters[what + "_p99_s"] = sim::percentile(seconds_, 99);
    state.counters[what + "_max_s"] = sim::percentile(seconds_, 100);
    state.counters[what + "_never"] = never_;
  }

 private:
  std::vector<double> seconds_;
  int never_ = 0;
};

/// How deals ended over all runs.
struct Deals {
  int completed = 0;
  int lost = 0;
  double worst_error = 0.0;
  void add(const Scene::End& end) {
    completed += end.completed;
    lost += end.lost;
    worst_error = std::max(worst_error, end.worst_error);
  }
  void show(benchmark::State& state) const {
    state.counters["completed"] = completed;
    state.counters["lost"] = lost;
    state.counters["worst_error"] = worst_error;
  }
};

/// Every run in which both deals flow.
void each_run(benchmark::State& state, const std::function<void(Scene&)>& run) {
  int not_begun = 0;
  for (auto _ : state) {
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
      Scene scene(seed);
      if (scene.start_two_deals()) {
        run(scene);
      } else {
        ++not_begun;
      }
    }
  }
  state.counters["not_begun"] = not_begun;
}

/// The Grid Master dies just as a deal is stored that it has not seen. Until that deal's first
/// converter moves.
void grid_master_dies(benchmark::State& state, bool store_too) {
  Times next_command;
  Times beyond_gap;
  Deals deals;
  each_run(state, [&](Scene& scene) {
    const double gap_s = store_too ? scene.prng().uniform(1.0, 2.0) : 0.0;
    scene.propose(free_giver, free_taker);
    scene.pass(Duration(std::chrono::microseconds(1500)));
    scene.world().strike({sim::FaultKind::crash, {grid_master}, 0.0, for_ever});
    if (store_too) {
      scene.world().strike({sim::FaultKind::store_down, {}, 0.0, seconds(gap_s)});
    }
    const auto s = scene.seconds_until(
        seconds(60), [&] { return scene.moved(free_giver) || scene.moved(free_taker); });
    next_command.add(s);
    beyond_gap.add(s ? std::optional(*s - gap_s) : s);
    deals.add(scene.finish());
  });
  next_command.show(state, "next_command");
  if (store_too) {
    beyond_gap.show(state, "beyond_gap");
  }
  deals.show(state);
}
BENCHMARK_CAPTURE(grid_master_dies, store_alive, false)->Unit(benchmark::kSecond)->Iterations(1);
BENCHMARK_CAPTURE(grid_master_dies, store_leader_too, true)
    ->Unit(benchmark::kSecond)
    ->Iterations(1);

/// The same where nothing is dealt: counted from the next need until the bus begins to rise.
void grid_master_dies_idle(benchmark::State& state) {
  Times next_command;
  for (auto _ : state) {
    for (std::uint64_t seed = 1; seed <= runs; ++seed) {
      Scene scene(seed);
      scene.propose(UnitId("E001"), reference);
      scene.seconds_until(seconds(60), [&] { return scene.running() == 1; });
      scene.finish();
      scene.pass(seconds(60));
      scene.world().strike({sim::FaultKind::crash, {grid_master}, 0.0, for_ever});
      scene.pass(seconds(20.0 + scene.prng().uniform()));
      scene.propose(free_giver, free_taker);
      next_command.add(scene.seconds_until(seconds(60), [&] { return scene.moved(free_taker); }));
    }
  }
  next_command.show(state, "next_command");
}
BENCHMARK(grid_master_dies_idle)->Unit(benchmark::kSecond)->Iterations(1);

/// The store is away for longer than any lease: every converter waits by itself, then goes on.
void quorum_lost(benchmark::State& state) {
  Times all_wait;
  Deals deals;
  each_run(state, [&](Scene& scene) {
    scene.world().strike({sim::FaultKind::store_down, {}, 0.0, seconds(20)});
    all_wait.add(scene.seconds_until(seconds(20), [&] {
      return scene.currents_wait() && scene.mode(reference) == ConverterMode::waiting;
    }));
    scene.pass(seconds(20));
    deals.add(scene.finish());
  });
  all_wait.show(state, "all_wait");
  deals.show(state);
}
BENCHMARK(quorum_lost)->Unit(benchmark::kSecond)->Iterations(1);

/// Nobody hears the reference any more. `waits`: its own converter; `held`: another one has the
/// voltage of the bus, decay and ramp included. Its deal is lost with it, the other one must not
/// be.
void reference_lost(benchmark::State& state, sim::FaultKind kind) {
  Times waits;
  Times currents_wait;
  Times held;
  int other_lost = 0;
  each_run(state, [&](Scene& scene) {
    scene.world().strike({kind, {reference}, 0.0, for_ever});
    const Instant begun = scene.world().now();
    waits.add(scene.seconds_until(seconds(20),
                                  [&] { return scene.mode(reference) == ConverterMode::waiting; }));
    currents_wait.add(scene.seconds_until(seconds(20), [&] { return scene.currents_wait(); }));
    const auto s =
        scene.seconds_until(seconds(180), [&] { return scene.is_held_by_another(reference); });
    held.add(s ? std::optional(to_seconds(scene.world().now() - begun)) : s);
    scene.finish();
    for (const auto& [id, deal] : scene.world().settled()) {
      other_lost += !deal->involves(reference) && deal->outcome != DealOutcome::completed ? 1 : 0;
    }
  });
  waits.show(state, "waits");
  held.show(state, "held");
  state.counters["other_lost"] = other_lost;
}
BENCHMARK_CAPTURE(reference_lost, silent, sim::FaultKind::partition)
    ->Unit(benchmark::kSecond)
    ->Iterations(1);
BENCHMARK_CAPTURE(reference_lost, process_dead, sim::FaultKind::crash)
    ->Unit(benchmark::kSecond)
    ->Iterations(1);

/// The reference's whole board is gone and its converter goes on holding: an orphan. Until no
/// constant current flows, and until the bus is shown live; nobody may form.
void reference_orphaned(benchmark::State& state) {
  Times currents_wait;
  Times shown;
  int formed_over = 0;
  each_run(state, [&](Scene& scene) {
    scene.world().strike({sim::FaultKind::board_loss, {reference}, 0.0, for_ever});
    currents_wait.add(scene.seconds_until(seconds(20), [&] { return scene.currents_wait(); }));
    shown.add(
        scene.seconds_until(seconds(60), [&] { return scene.alarmed(AlarmCode::orphan_running); }));
    formed_over +=
        scene.seconds_until(seconds(120), [&] { return scene.is_held_by_another(reference); }) ? 1
                                                                                               : 0;
  });
  currents_wait.show(state, "currents_wait");
  shown.show(state, "shown");
  state.counters["formed_over"] = formed_over;
}
BENCHMARK(reference_orphaned)->Unit(benchmark::kSecond)->Iterations(1);

/// A unit that is not the reference is gone: the other deal must not even pause.
void unit_lost(benchmark::State& state) {
  int others_stopped = 0;
  Deals deals;
  each_run(state, [&](Scene& scene) {
    scene.world().strike({sim::FaultKind::crash, {taker}, 0.0, for_ever});
    scene.pass(seconds(60));
    others_stopped += scene.was_stopped(reference) || scene.was_stopped(UnitId("E001")) ? 1 : 0;
    deals.add(scene.finish());
  });
  state.counters["others_stopped"] = others_stopped;
  deals.show(state);
}
BENCHMARK(unit_lost)->Unit(benchmark::kSecond)->Iterations(1);

}  // namespace
