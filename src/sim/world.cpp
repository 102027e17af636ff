#include "sim/world.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/contract.hpp"
#include "sim/world_impl.hpp"

namespace musubi::sim {

namespace {

// Time that stands still is a loop between machines, never a long computation.
constexpr std::uint64_t events_per_instant_and_unit_max = 20'000;

std::vector<UnitId> ids_of(const physics::Plant& plant) {
  std::vector<UnitId> ids;
  ids.reserve(plant.size());
  for (std::size_t i = 0; i < plant.size(); ++i) {
    ids.emplace_back(plant.name(i));
  }
  return ids;
}

}  // namespace

World::Impl::Unit::Unit(Impl& world, std::uint32_t index, const node::Setup& setup,
                        const UnitDevice::Settings& device_settings)
    : clock(world.timeline.now, world.setup.start), disk(world.faults, index, world.settled),
      device({world.timeline, world.faults, world.plant, clock,
              [&world, id = setup.unit](const DeviceCommand& c) { world.recorder.device(id, c); },
              [&world, index] { world.hold(index); }},
             index, device_settings),
      process({world.timeline, world.faults, world.network, world.store, world.recorder, device,
               disk, clock, world.ids, world.by_id},
              index, setup) {}

World::Impl::Impl(const WorldSetup& s)
    : setup(s), plant(s.community, s.seed, s.start, s.plant), ids(ids_of(plant)),
      timeline{s.plant.origin, {}}, faults(ids), fault_prng(Prng::stream(s.seed, "faults")),
      recorder(timeline, s.digest), network(timeline, faults, fault_prng, ids, s.network_delay),
      store(timeline, faults, fault_prng, ids,
            {s.store_delay, s.store_timeout, s.timing.member_ttl + s.policy->helo_period}) {
  expect(s.stops_on_silence.empty() || s.stops_on_silence.size() == ids.size(),
         "stops_on_silence for every unit or none");
  expect(s.hw_of_unit.empty() || s.hw_of_unit.size() == ids.size(), "hw for every unit or none");
  expect(s.scenario_of_unit.empty() || s.scenario_of_unit.size() == ids.size(),
         "scenario for every unit or none");
  const auto count = static_cast<std::uint32_t>(ids.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    by_id[ids[i]] = i;
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const node::Setup node{.unit = ids[i],
                           .policy = s.policy,
                           .scenario =
                               s.scenario_of_unit.empty() ? s.scenario : s.scenario_of_unit[i],
                           .hw = s.hw_of_unit.empty() ? s.hw : s.hw_of_unit[i],
                           .timing = s.timing,
                           .seed = s.seed};
    const UnitDevice::Settings device{s.driver_delay, s.driver_timeout,
                                      s.stops_on_silence.empty() ? std::nullopt
                                                                 : s.stops_on_silence[i]};
    units.push_back(std::make_unique<Unit>(*this, i, node, device));
    // Real units never read in step: each begins at its own place in the control period.
    units.back()->process.start(timeline.now + s.timing.reading_while_waiting * i / count);
  }
}

void World::Impl::run_until(Instant until) {
  while (!timeline.queue.empty() && timeline.queue.next_at() <= until) {
    const EventQueue::Item item = timeline.queue.pop();
    same_instant = item.at == timeline.now ? same_instant + 1 : 0;
    if (same_instant >= events_per_instant_and_unit_max * units.size()) {
      throw StandsStill("virtual time stands still: " + std::to_string(same_instant) +
                        " events at one instant");
    }
    timeline.now = item.at;
    recorder.count_event();
    busy = true;
    dispatch(item);
    busy = false;
    carry_out_demands();
  }
  timeline.now = std::max(timeline.now, until);
}

void World::Impl::dispatch(const EventQueue::Item& item) {
  const std::uint32_t index = item.to.index;
  switch (item.to.kind) {
  case Address::Kind::node:
    arrive(item);
    break;
  case Address::Kind::timer:
    if (!item.stale) {
      units[index]->process.wake(item.at);
    }
    break;
  case Address::Kind::store:
    store.serve();
    break;
  case Address::Kind::watch:
    if (!item.stale) {
      for (auto& event : store.go_on(index)) {
        units[index]->process.take(std::move(event));
      }
    }
    break;
  case Address::Kind::device:
    if (!item.stale) {
      units[index]->process.take_answer(item.slot);
    }
    break;
  case Address::Kind::late_write:
    units[index]->device.carry_out_late(item.slot);
    break;
  case Address::Kind::silence:
    units[index]->device.look_for_silence();
    break;
  case Address::Kind::supervisor:
    supervise(index);
    break;
  case Address::Kind::fault:
    fault_due(item);
    break;
  }
}

void World::Impl::arrive(const EventQueue::Item& item) {
  const std::uint32_t index = item.to.index;
  node::Event event = timeline.queue.take(item.slot);
  if (item.stale || !units[index]->process.is_up()) {
    return;
  }
  if (store.holds_back()) {
    if (const auto* message = std::get_if<node::MessageArrived>(&event)) {
      if (network.is_cut(by_id.find(message->from)->second, index)) {
        return;
      }
    } else if (!store.arrives(index, event)) {
      return;
    }
  }
  units[index]->process.take(std::move(event));
}

std::uint32_t World::Impl::index_of(UnitId unit) const {
  const auto it = by_id.find(unit);
  expect(it != by_id.end(), "unit of this community");
  return it->second;
}

World::World(const WorldSetup& setup) : impl_(std::make_unique<Impl>(setup)) {}
World::~World() = default;

void World::run_until(Instant until) { impl_->run_until(until); }
Instant World::now() const { return impl_->timeline.now; }  // determinism: virtual time
WallTime World::wall() const {
  return impl_->setup.start.plus(impl_->timeline.now - impl_->setup.plant.origin);
}

void World::inject(UnitId unit, node::Event event) {
  const std::uint32_t index = impl_->index_of(unit);
  UnitProcess& process = impl_->units[index]->process;
  process.replace_files(event);
  const Instant at = std::max(impl_->timeline.now, process.first_event_at());
  impl_->timeline.queue.push(at, index, std::move(event));
}

bool World::is_up(UnitId unit) const {
  return impl_->units[impl_->index_of(unit)]->process.is_up();
}
bool World::is_paused(UnitId unit) const {
  return impl_->units[impl_->index_of(unit)]->process.is_paused();
}
Instant World::unit_clock(UnitId unit) const {
  return impl_->units[impl_->index_of(unit)]->clock.monotonic(impl_->timeline.now);
}
const UnitJournal& World::journal(UnitId unit) const {
  return impl_->units[impl_->index_of(unit)]->disk.contents();
}

void World::observe(Observer observer) {
  impl_->recorder.effect_observers.push_back(std::move(observer));
}
void World::observe_events(EventObserver observer) {
  impl_->recorder.event_observers.push_back(std::move(observer));
}
void World::observe_device(DeviceObserver observer) {
  impl_->recorder.device_observers.push_back(std::move(observer));
}
void World::observe_store(StoreObserver observer) {
  impl_->store.on_commit = [this, observer = std::move(observer)](std::uint32_t unit,
                                                                  const Transaction& transaction,
                                                                  Revision revision) {
    observer(impl_->ids[unit], impl_->timeline.now, transaction, revision);
  };
}
void World::observe_faults(FaultObserver observer) {
  impl_->recorder.fault_observers.push_back(std::move(observer));
}

physics::Plant& World::plant() { return impl_->plant; }
const node::NodeCore& World::node(UnitId unit) const {
  const UnitProcess& process = impl_->units[impl_->index_of(unit)]->process;
  expect(process.is_up(), "a unit that is up");
  return process.core();
}
const MemoryStore& World::store() const { return impl_->store.memory(); }
std::size_t World::index_of(UnitId unit) const { return impl_->index_of(unit); }
const std::vector<UnitId>& World::units() const { return impl_->ids; }
const SettledDeals& World::settled() const { return impl_->settled; }
const Statistics& World::statistics() const { return impl_->recorder.statistics(); }

}  // namespace musubi::sim
