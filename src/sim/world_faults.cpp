// How a world takes its faults: what begins, what ends, and in which order.
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/contract.hpp"
#include "base/overloaded.hpp"
#include "sim/world_impl.hpp"

namespace musubi::sim {

namespace {

constexpr double billion = 1e9;
// Index of the address of a fault hook.
constexpr std::uint32_t begins_index = 0;
constexpr std::uint32_t ends_index = 1;

/// Kinds that are over as soon as they have struck; the other ones of no length wait until what
/// they want has happened.
bool is_momentary(FaultKind kind) {
  return kind == FaultKind::driver_forgot || kind == FaultKind::converter_trips ||
         kind == FaultKind::battery_empty;
}

}  // namespace

void World::Impl::demand(std::variant<Fault, Heal> what) {
  demands.push_back(std::move(what));
  if (!busy) {
    carry_out_demands();
  }
}

void World::Impl::carry_out_demands() {
  while (!demands.empty()) {
    const auto what = std::move(demands.front());
    demands.erase(demands.begin());
    busy = true;
    std::visit(Overloaded{
                   [&](const Fault& fault) { begin(fault); },
                   [&](const Heal&) { heal(); },
               },
               what);
    busy = false;
  }
}

void World::Impl::begin(const Fault& fault) {
  recorder.fault(fault, true);
  std::vector<std::uint32_t> struck = faults.units_of(fault);
  if (!is_momentary(fault.kind)) {
    FaultTable::Active& active = faults.begin(fault);
    if (!is_at_once(fault.kind)) {
      push_end(active);
    }
  }
  for (const std::uint32_t unit : struck) {
    change_unit(fault.kind, unit, fault, true);
  }
  if (fault.kind == FaultKind::foreign_voltage) {
    set_foreign_voltage();
  }
}

void World::Impl::push_end(FaultTable::Active& active) {
  const Duration left = Instant::max() - timeline.now;
  active.ends = active.fault.lasts >= left ? Instant::max() : timeline.now + active.fault.lasts;
  if (active.ends < Instant::max()) {
    timeline.queue.push_hook(active.ends, {Address::Kind::fault, ends_index}, active.id);
  }
}

void World::Impl::hold(std::uint32_t unit) {
  const auto* active = faults.newest(FaultKind::pause_in_write, unit);
  push_end(*faults.find(active->id));
}

void World::Impl::fault_due(const EventQueue::Item& item) {
  if (item.to.index == begins_index) {
    begin(scheduled[item.slot]);
    return;
  }
  const FaultTable::Active* active = faults.find(item.slot);
  if (active != nullptr && active->ends <= timeline.now) {
    end(item.slot);
  }
}

void World::Impl::end(FaultTable::Id id) {
  const FaultTable::Active over = *faults.find(id);
  faults.end(id);
  if (!is_at_once(over.fault.kind)) {
    recorder.fault(over.fault, false);
  }
  for (const std::uint32_t unit : over.units) {
    change_unit(over.fault.kind, unit, over.fault, false);
  }
  if (over.fault.kind == FaultKind::foreign_voltage) {
    set_foreign_voltage();
  }
  if (over.fault.kind == FaultKind::store_down && !faults.acts(FaultKind::store_down)) {
    store.leader_is_back();
  }
  store.faults_changed();
}

void World::Impl::heal() {
  while (faults.any()) {
    end(faults.active().front().id);
  }
  for (const auto& unit : units) {
    unit->clock.set_wall_right(timeline.now);
    unit->device.drop_late_writes();
  }
}

void World::Impl::change_unit(FaultKind kind, std::uint32_t unit, const Fault& fault, bool begins) {
  using enum FaultKind;
  Unit& u = *units[unit];
  if (kind == clock_rate) {
    set_clock_rate(unit);
  } else if (kind == converter_bias) {
    plant.set_bias(unit, timeline.now, Amperes(faults.sum(converter_bias, unit)));
  } else if (!begins) {
    if (kind == crash || kind == board_loss) {
      start_if_possible(unit);
    } else if (kind == pause || kind == pause_in_write) {
      u.process.resume();
    }
  } else if (kind == crash || kind == board_loss) {
    end_process(unit, kind == board_loss);
  } else if (kind == wall_step) {
    u.clock.step_wall(seconds(fault.value));
  } else if (kind == driver_forgot) {
    u.device.forget_mode();
  } else if (kind == converter_trips && !faults.acts(converter_stuck, unit)) {
    plant.trip(unit, timeline.now);
  } else if (kind == battery_empty) {
    plant.set_rsoc(unit, timeline.now, Percent(0.0));
  }
}

void World::Impl::set_clock_rate(std::uint32_t unit) {
  Unit& u = *units[unit];
  const double fast = std::clamp(faults.sum(FaultKind::clock_rate, unit), -0.01, 0.01);
  u.clock.set_rate(timeline.now, std::llround(fast * billion));
  if (u.process.is_up()) {
    u.process.clock_changed();
  }
}

void World::Impl::set_foreign_voltage() {
  std::optional<physics::ForeignSource> foreign;
  for (const FaultTable::Active& active : faults.active()) {
    if (active.fault.kind == FaultKind::foreign_voltage) {
      foreign = {active.units.front(), Volts(active.fault.value)};
    }
  }
  plant.set_foreign(timeline.now, foreign);
}

void World::Impl::end_process(std::uint32_t unit, bool board) {
  Unit& u = *units[unit];
  if (u.process.is_up()) {
    u.process.end();
    if (faults.spend(FaultKind::torn_write, unit)) {
      u.disk.tear();
    }
    if (!board) {
      call_supervisor(unit);
    }
  }
  if (board) {
    u.board_lost = true;
    u.supervisor_due = false;
    u.device.drop_late_writes();
  }
}

void World::Impl::call_supervisor(std::uint32_t unit) {
  units[unit]->supervisor_due = true;
  timeline.queue.push_hook(timeline.now + setup.supervisor_stop, {Address::Kind::supervisor, unit});
}

void World::Impl::supervise(std::uint32_t unit) {
  Unit& u = *units[unit];
  if (u.supervisor_due && !u.device.supervise()) {
    call_supervisor(unit);
  } else {
    u.supervisor_due = false;
  }
}

void World::Impl::start_if_possible(std::uint32_t unit) {
  Unit& u = *units[unit];
  if (u.process.is_up() || faults.acts(FaultKind::board_loss, unit)) {
    return;
  }
  if (faults.acts(FaultKind::crash, unit)) {
    if (u.board_lost && !u.supervisor_due) {
      call_supervisor(unit);  // the board is back without its process
    }
    return;
  }
  if (std::exchange(u.supervisor_due, false)) {
    u.device.supervise();
  }
  if (std::exchange(u.board_lost, false)) {
    u.clock.boot(timeline.now);
  }
  u.process.start(timeline.now);
  store.process_started(unit);
}

void World::strike(const Fault& fault) {
  impl_->faults.check(fault);
  impl_->demand(fault);
}

void World::schedule(const FaultSchedule& faults) {
  for (const ScheduledFault& next : faults) {
    impl_->faults.check(next.fault);
    impl_->scheduled.push_back(next.fault);
    impl_->timeline.queue.push_hook(std::max(next.at, impl_->timeline.now),
                                    {Address::Kind::fault, begins_index},
                                    static_cast<std::uint32_t>(impl_->scheduled.size() - 1));
  }
}

void World::heal() { impl_->demand(Impl::Heal{}); }

bool World::suffers(UnitId unit, FaultKind kind) const {
  const std::uint32_t index = impl_->index_of(unit);
  return impl_->faults.acts(kind, index) ||
         (kind == FaultKind::driver_late && impl_->units[index]->device.has_late_writes());
}

bool World::faulty() const {
  return impl_->faults.any() ||
         std::any_of(impl_->units.begin(), impl_->units.end(),
                     [](const auto& unit) { return unit->device.has_late_writes(); });
}

}  // namespace musubi::sim
