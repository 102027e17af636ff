#include "proof/run.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/overloaded.hpp"
#include "proof/actors.hpp"
#include "proof/happenings.hpp"
#include "proof/watch.hpp"
#include "sim/built_in.hpp"

namespace musubi::proof {

namespace {

constexpr Duration tick = milliseconds(250);
constexpr Duration account_period = milliseconds(60'000);
constexpr double dead_share = 0.1;

/// The convergence after healing.
constexpr Duration settle_most = std::chrono::minutes(20);
constexpr Duration probe_most = std::chrono::minutes(10);
constexpr Duration try_again = milliseconds(15'000);
constexpr Duration start_allowance = milliseconds(30'000);
constexpr Duration records_leave = milliseconds(45'000);
constexpr double charge_after_pct = 74.0;
constexpr std::int64_t probe_wh = 3;

Frame frame_of(const Case& setup, const sim::WorldSetup& world) {
  Frame frame;
  for (const auto& unit : world.community.units) {
    frame.units.emplace_back(unit.name);
  }
  frame.policy = *world.policy;
  frame.hw = world.hw;
  frame.timing = world.timing;
  frame.supervisor_stop = world.supervisor_stop;
  const physics::BusParams& bus = world.community.bus;
  const double tau_s = bus.capacitance_f * bus.bleed.value();
  frame.decay = seconds(tau_s * -std::log(dead_share));
  frame.ramp = seconds(2.0 * world.policy->grid_voltage.value() / setup.ramp_v_per_s);
  return frame;
}

sim::WorldSetup with(Digest digest, sim::WorldSetup world) {
  world.digest = digest == Digest::kept;
  return world;
}

/// Drives one world through one case.
class Run {
 public:
  Run(const Case& setup, Story* story, Digest digest)
      : case_(setup), setup_(with(digest, world_of(setup))), world_(setup_),
        watch_(frame_of(setup, setup_)), tally_(watch_.facts()),
        actors_(watch_.facts(), setup.triggers),
        happenings_(watch_.facts(), [this](Happening what, const Deal* deal) { on(what, deal); }) {
    if (story != nullptr) {
      narrator_ = make_narrator(watch_.facts(), *story);
      watch_.add(*narrator_);
    }
    watch_.add(tally_);
    watch_.add(happenings_);
    observe();
    world_.schedule(case_.faults);
  }

  Outcome outcome() {
    try {
      safety_phase();
      converge();
    } catch (const sim::StandsStill& e) {
      own_.push_back({world_.now(), "liveness", e.what()});
    }
    watch_.end(world_.now());
    Outcome outcome;
    outcome.violations = watch_.violations();
    outcome.violations.insert(outcome.violations.end(), own_.begin(), own_.end());
    outcome.counters = tally_.counters();
    outcome.table = tally_.table();
    outcome.length = world_.now() - Instant{};
    outcome.trace_hash = world_.statistics().trace_hash;
    return outcome;
  }

 private:
  void observe() {
    world_.observe_events([this](UnitId unit, Instant at, const node::Event& event) {
      watch_.event(index_of(unit), at, event);
    });
    world_.observe([this](UnitId unit, Instant at, const node::Effect& effect) {
      watch_.effect(index_of(unit), at, effect);
    });
    world_.observe_device([this](UnitId unit, Instant at, const DeviceCommand& command) {
      watch_.device(world_.index_of(unit), at, command);
    });
    world_.observe_faults([this](Instant at, const sim::Fault& fault, bool begins) {
      watch_.fault(at, fault, begins);
    });
    world_.observe_store(
        [this](UnitId from, Instant at, const Transaction& transaction, Revision revision) {
          watch_.commit(at, Commit{world_.index_of(from), transaction, revision});
        });
  }

  /// Most is about the same unit again.
  std::size_t index_of(UnitId unit) {
    if (unit != last_unit_) {
      last_unit_ = unit;
      last_index_ = world_.index_of(unit);
    }
    return last_index_;
  }

  void on(Happening what, const Deal* deal) {
    tally_.happens(what);
    for (const auto& [after, fault] : actors_.struck_by(what, deal)) {
      if (after == Duration::zero()) {
        world_.strike(fault);
      } else {
        world_.schedule({{world_.now() + after, fault}});
      }
    }
  }

  /// Lets time pass to `until`, looking at the truth at every tick.
  void pass(Instant until) {
    while (world_.now() < until) {
      world_.run_until(std::min(until, next_tick_));
      if (world_.now() >= next_tick_) {
        look();
      }
    }
  }
  void look() {
    const Instant now = world_.now();
    Truth truth;
    truth.units.resize(world_.units().size());
    for (std::size_t i = 0; i < truth.units.size(); ++i) {
      const UnitId id = world_.units()[i];
      UnitTruth& unit = truth.units[i];
      unit.meter = world_.plant().read(i, now);
      unit.up = world_.is_up(id);
      unit.paused = world_.is_paused(id);
      unit.clock = world_.unit_clock(id);
    }
    if (now >= next_account_) {
      next_account_ = now + account_period;
      truth.worst_imbalance = worst_imbalance();
    }
    watch_.tick(now, std::move(truth));
    next_tick_ = now + tick;
  }
  WattHours worst_imbalance() {
    WattHours worst = abs(world_.plant().bus_accounts(world_.now()).imbalance());
    for (std::size_t i = 0; i < world_.units().size(); ++i) {
      worst = std::max(worst, abs(world_.plant().accounts(i, world_.now()).imbalance()));
    }
    return worst;
  }

  void safety_phase() {
    const Instant end = Instant{} + case_.length;
    for (const auto& deed : case_.deeds) {
      if (deed.at < end) {
        pass(deed.at);
        perform(deed.deed);
      }
    }
    pass(end);
  }

  void perform(const Deed& deed) {
    std::visit(Overloaded{
                   [&](const ProposeDeal& d) { propose(d); },
                   [&](const SetCharge& d) { charge(d.unit, d.soc_pct); },
                   [&](const LockOut& d) { world_.inject(d.unit, node::SetLockOut{d.locked}); },
                   [&](const NewPolicy& d) { replace_policy(d); },
                   [&](const LiftLatch& d) { world_.inject(d.unit, node::ClearBusLatch{}); },
               },
               deed);
  }
  void charge(UnitId unit, double soc_pct) {
    world_.plant().set_rsoc(world_.index_of(unit), world_.now(), Percent(soc_pct));
  }
  void replace_policy(const NewPolicy& p) {
    Policy policy = *setup_.policy;
    policy.grid_voltage = Volts(p.grid_v);
    world_.inject(p.unit, node::PolicyReplaced{std::make_shared<const Policy>(std::move(policy))});
  }
  void propose(const ProposeDeal& p) {
    Deal deal;
    deal.charge_unit = p.taker;
    deal.discharge_unit = p.giver;
    deal.current = Amperes(p.current_a);
    deal.amount_wh = p.amount_wh;
    constexpr double price = 10.0;
    deal.point_per_wh = price;
    world_.inject(p.giver, node::CreateDeal{std::make_shared<const Deal>(std::move(deal))});
  }

  [[nodiscard]] std::size_t open_deals() const {
    const auto& deals = watch_.facts().deals();
    return static_cast<std::size_t>(std::count_if(deals.begin(), deals.end(), [](const auto& d) {
      return d.second.phase != DealPhase::done;
    }));
  }

  void converge() {
    world_.heal();
    watch_.healed(world_.now());
    on(Happening::healed, nullptr);
    for (const UnitId unit : world_.units()) {
      charge(unit, charge_after_pct);
      world_.inject(unit, node::SetLockOut{false});
    }
    pass(world_.now() + tick * 4);
    const Instant settled_by = world_.now() + settle_most;
    while (open_deals() > 0 && world_.now() < settled_by) {
      lift_latch();
      pass(world_.now() + tick * 4);
    }
    lift_latch();
    probe();
    pass(world_.now() + records_leave);
  }

  /// A person comes whenever the bus is latched: re-formations from before healing still count.
  void lift_latch() {
    if (watch_.facts().latched()) {
      world_.inject(world_.units().front(), node::ClearBusLatch{});
    }
  }

  /// A deal that is possible has to flow.
  void probe() {
    const Frame& frame = watch_.facts().frame();
    const std::size_t completed = count("completed");
    const Instant begun = world_.now();
    const Instant flows_by = begun + start_allowance + frame.decay + frame.ramp;
    Instant propose_at = begun;
    bool flowed = false;
    while (count("completed") == completed && world_.now() < begun + probe_most) {
      if (open_deals() == 0 && world_.now() >= propose_at) {
        propose({world_.units()[0], world_.units()[1], probe_wh, 1.0});
        propose_at = world_.now() + try_again;
      }
      pass(world_.now() + tick);
      flowed =
          flowed || std::any_of(watch_.facts().deals().begin(), watch_.facts().deals().end(),
                                [](const auto& d) { return d.second.phase == DealPhase::running; });
      if (!flowed && world_.now() > flows_by) {
        own_.push_back({world_.now(), "liveness",
                        fmt::format("a deal proposed after healing has not begun within {:.0f} s",
                                    to_seconds(flows_by - begun))});
        return;
      }
    }
    if (count("completed") == completed) {
      own_.push_back({world_.now(), "liveness", "a deal proposed after healing did not complete"});
    }
  }
  [[nodiscard]] std::size_t count(const char* name) const {
    return static_cast<std::size_t>(tally_.counters().at(name));
  }

  const Case& case_;
  sim::WorldSetup setup_;
  sim::World world_;
  Watch watch_;
  Tally tally_;
  Actors actors_;
  Happenings happenings_;
  std::unique_ptr<Onlooker> narrator_;
  Instant next_tick_ = Instant{} + tick;
  Instant next_account_{};
  UnitId last_unit_;
  std::size_t last_index_ = 0;
  std::vector<Violation> own_;
};

bool holds(const Expectation& e, double found) {
  switch (e.comparison) {
  case Comparison::at_least:
    return found >= e.number;
  case Comparison::at_most:
    return found <= e.number;
  case Comparison::equal:
    return found == e.number;
  }
  return false;
}

std::string_view text_of(Comparison comparison) {
  switch (comparison) {
  case Comparison::at_least:
    return "at least";
  case Comparison::at_most:
    return "at most";
  case Comparison::equal:
    return "exactly";
  }
  return "";
}

}  // namespace

sim::WorldSetup world_of(const Case& setup) {
  constexpr std::int64_t new_year_ms = 1'577'804'400'000;  // 2020-01-01 at UTC+9
  constexpr std::int32_t utc_offset_s = 9 * 3600;
  constexpr double line_ohm = 0.045;
  sim::WorldSetup world;
  world.community = physics::quiet_community(static_cast<std::size_t>(setup.units), Ohms(line_ohm));
  world.community.name = fmt::format("proof{}", setup.units);
  for (physics::UnitParams& unit : world.community.units) {
    unit.converter.voltage_ramp_v_per_s = setup.ramp_v_per_s;
  }
  Policy policy = sim::default_policy(sim::unit_ids(world.community));
  policy.grid_master_preference = setup.grid_master;
  policy.grid_master_fixed_unit = setup.grid_master_unit;
  world.policy = std::make_shared<const Policy>(std::move(policy));
  world.scenario = std::make_shared<const Scenario>(sim::default_scenario());
  world.timing = ControlTiming::field();
  world.seed = setup.seed;
  world.start = {new_year_ms, utc_offset_s};
  world.plant.loss = physics::LossModel::apis;
  if (setup.dead_man) {
    constexpr Duration silence = milliseconds(3000);
    world.stops_on_silence.assign(world.community.units.size(), silence);
  }
  return world;
}

Outcome run(const Case& setup, Story* story, Digest digest) {
  Run one(setup, story, digest);
  Outcome outcome = one.outcome();
  outcome.counters["violations"] = static_cast<double>(outcome.violations.size());
  for (const Expectation& e : setup.expectations) {
    const auto it = outcome.counters.find(e.counter);
    const double found = it == outcome.counters.end() ? 0.0 : it->second;
    if (!holds(e, found)) {
      outcome.unmet.push_back(fmt::format("{}: found {}, expected {} {}", e.counter, found,
                                          text_of(e.comparison), e.number));
    }
  }
  return outcome;
}

}  // namespace musubi::proof
