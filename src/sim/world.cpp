#include "sim/world.hpp"

#include <algorithm>
#include <deque>
#include <optional>

#include "base/overloaded.hpp"
#include "runtime/node_runtime.hpp"
#include "sim/event_queue.hpp"

namespace musubi::sim {

namespace {

Reading reading_of(const physics::Meter& m, Instant now) {
  constexpr int permitted = 3;
  Reading r;
  r.taken_at = now;
  r.mode = m.mode;
  r.grid_v = m.vg;
  r.grid_a = m.ig;
  r.grid_w = m.wg;
  r.battery_v = m.vb;
  r.battery_a = m.ib;
  r.battery_w = m.wb;
  r.temperature = m.tmp;
  r.set_voltage_v = m.dvg;
  r.droop = m.drg;
  r.set_current_a = m.dig;
  r.soc = m.rsoc;
  r.battery_permission = permitted;
  return r;
}

}  // namespace

struct World::Impl : ports::Cluster, ports::Trace {
  /// Everything of one unit.
  struct Unit : ports::Device, ports::Journal, ports::Scheduler {
    Unit(Impl& w, std::uint32_t i, const node::Setup& setup)
        : world(w), index(i), id(setup.unit), runtime(setup, {w, *this, *this, *this, w}) {}

    [[nodiscard]] std::optional<Duration> stops_on_silence() const override { return std::nullopt; }
    void read() override {
      const Instant at = world.now_instant + world.setup.driver_delay;
      world.queue.push(at, index, node::DeviceRead{sample()});
    }
    void write(std::uint64_t write_id, const DeviceCommand& c) override {
      DeviceCommand command = c;
      if (world.now_instant >= command.lease_end && command.mode != ConverterMode::waiting) {
        command = {DeviceCall::set_mode, ConverterMode::waiting, {}, {}, 0.0, {}, command.reason};
      }
      physics::ConverterSetting setting;
      if (command.call == DeviceCall::set_mode) {
        setting.mode = command.mode;
      }
      if (command.call != DeviceCall::set_current) {
        setting.dvg = command.voltage;
        setting.drg = command.droop;
      }
      if (command.call != DeviceCall::set_voltage) {
        setting.dig = command.current;
      }
      world.plant.command(index, world.now_instant, setting);
      world.queue.push(world.now_instant + world.setup.driver_delay, index,
                       node::DeviceWritten{write_id, node::WriteResult::done, sample()});
    }
    bool save_epoch(Epoch /*epoch*/) override { return true; }
    bool save_energies(std::span<const DealEnergy> /*energies*/) override { return true; }
    bool save_settled(std::shared_ptr<const Deal> deal) override {
      world.settled[deal->id] = std::move(deal);
      return true;
    }
    bool save_local(const LocalState& /*local*/) override { return true; }
    void wake_at(Instant at) override {
      wanted_wake = at;
      if (at < scheduled_wake) {
        scheduled_wake = at;
        world.queue.push_hook(at, {Address::Kind::hook, index});
      }
    }
    [[nodiscard]] std::optional<Reading> sample() {
      return reading_of(world.plant.read(index, world.now_instant), world.now_instant);
    }

    Impl& world;
    UnitJournal journal;
    std::uint32_t index;
    UnitId id;
    Instant wanted_wake = Instant::max();
    Instant scheduled_wake = Instant::max();
    Instant kept_alive{};
    runtime::NodeRuntime runtime;
  };

  /// A request on its way to the store.
  struct StoreRequest {
    std::uint32_t from = 0;
    std::uint64_t id = 0;
    std::optional<Transaction> transaction;  ///< none: a read of the role
    Instant sent_at{};
  };

  explicit Impl(const WorldSetup& s)
      : setup(s), plant(s.community, s.seed, s.start, s.plant), now_instant(s.plant.origin) {
    for (std::uint32_t i = 0; i < plant.size(); ++i) {
      const node::Setup node{.unit = UnitId(plant.name(i)),
                             .policy = s.policy,
                             .scenario = s.scenario,
                             .hw = s.hw,
                             .timing = s.timing,
                             .seed = s.seed};
      ids.push_back(node.unit);
      by_id[node.unit] = i;
      units.push_back(std::make_unique<Unit>(*this, i, node));
    }
    for (std::uint32_t i = 0; i < units.size(); ++i) {
      // Real units never read in step: each begins at its own place in the control period.
      const Duration offset =
          setup.timing.reading_while_waiting * i / static_cast<std::int64_t>(units.size());
      queue.push(now_instant + offset, i, node::Started{1, 0, {}, {}});
    }
  }

  [[nodiscard]] node::Now present() const {
    return {now_instant, setup.start.plus(now_instant - setup.plant.origin)};
  }
  void deliver(std::uint32_t index, const node::Event& event) {
    units[index]->runtime.deliver(present(), event);
  }
  void handle(const EventQueue::Item& item) {
    // Time that stands still is a loop between machines, never a long computation.
    same_instant = item.at == now_instant ? same_instant + 1 : 0;
    expect(same_instant < events_per_instant_max, "virtual time goes on");
    now_instant = item.at;
    ++statistics.events;
    switch (item.to.kind) {
    case Address::Kind::node:
      deliver(item.to.index, queue.take(item.slot));
      break;
    case Address::Kind::hook: {
      Unit& unit = *units[item.to.index];
      if (item.at != unit.scheduled_wake) {
        return;
      }
      unit.scheduled_wake = Instant::max();
      if (unit.wanted_wake <= now_instant) {
        unit.wanted_wake = Instant::max();
        deliver(item.to.index, node::Woken{});
      } else {
        unit.wake_at(unit.wanted_wake);
      }
      break;
    }
    case Address::Kind::store:
      serve_store();
      break;
    }
  }

  // Cluster
  void send(UnitId /*from*/, UnitId to, std::shared_ptr<const Message> message) override {
    const auto it = by_id.find(to);
    if (it == by_id.end()) {
      return;
    }
    const bool to_self = it->second == sender;
    if (!to_self) {
      ++statistics.messages;
    }
    queue.push(now_instant + (to_self ? Duration::zero() : setup.network_delay), it->second,
               node::MessageArrived{ids[sender], std::move(message)});
  }
  void broadcast(UnitId /*from*/, std::shared_ptr<const Message> message) override {
    for (std::uint32_t i = 0; i < units.size(); ++i) {
      if (i != sender) {
        ++statistics.messages;
        queue.push(now_instant + setup.network_delay, i,
                   node::MessageArrived{ids[sender], message});
      }
    }
  }
  void transact(UnitId /*from*/, std::uint64_t id, const Transaction& transaction) override {
    ++statistics.transactions;
    requests.push_back({sender, id, transaction, now_instant});
    queue.push_hook(now_instant + setup.store_delay, {Address::Kind::store, 0});
  }
  void read_role(UnitId /*from*/, Instant sent_at) override {
    requests.push_back({sender, 0, std::nullopt, sent_at});
    queue.push_hook(now_instant + setup.store_delay, {Address::Kind::store, 0});
  }
  void keep_alive(UnitId /*from*/) override {
    units[sender]->kept_alive = now_instant;
    expire_members();
  }
  /// The store forgets members that have not been heard for their time to live.
  void expire_members() {
    for (const auto& unit : units) {
      const StoreKey key = StoreKey::member(unit->id);
      if (now_instant - unit->kept_alive > setup.timing.member_ttl + setup.policy->helo_period &&
          memory.find(key) != nullptr) {
        publish(memory.apply(Transaction{{}, {{key, std::monostate{}}}}));
      }
    }
  }
  void publish(const MemoryStore::Outcome& outcome) {
    for (const auto& change : outcome.changes) {
      for (std::uint32_t i = 0; i < units.size(); ++i) {
        queue.push(now_instant + setup.store_delay, i,
                   node::StoreChanged{change, change != outcome.changes.back()});
      }
    }
  }

  void serve_store() {
    const StoreRequest request = std::move(requests.front());
    requests.pop_front();
    const Instant back = now_instant + setup.store_delay;
    if (!request.transaction) {
      queue.push(back, request.from,
                 node::RoleAnswered{request.sent_at, memory.role().holder, memory.epoch()});
      return;
    }
    const auto outcome = memory.apply(*request.transaction);
    publish(outcome);
    queue.push(back, request.from,
               node::TransactionAnswered{request.id,
                                         outcome.committed ? node::TransactionResult::committed
                                                           : node::TransactionResult::refused,
                                         outcome.revision});
  }

  // Trace
  void event(UnitId unit, Instant now, const node::Event& event) override {
    sender = by_id.find(unit)->second;
    hasher.mix(sender);
    hasher.add(now);
    hasher.add(event);
  }
  void effect(UnitId unit, Instant now, const node::Effect& effect) override {
    hasher.add(effect);
    std::visit(Overloaded{
                   [&](const node::WriteDevice&) { ++statistics.commands; },
                   [&](const node::AlarmRaised&) { ++statistics.alarms; },
                   [&](const node::NeedMet& e) {
                     if (e.at_once) {
                       statistics.deal_latency_ms.push_back(to_seconds(now - e.since) * 1e3);
                     }
                   },
                   [&](const node::NeedUnmet& e) { statistics.needs_unmet += e.first_try ? 1 : 0; },
                   [&](const auto&) {},
               },
               effect);
    for (const auto& observer : observers) {
      observer(unit, now, effect);
    }
  }

  WorldSetup setup;
  physics::Plant plant;
  static constexpr std::uint64_t events_per_instant_max = 10'000'000;
  Instant now_instant;
  std::uint64_t same_instant = 0;
  EventQueue queue;
  MemoryStore memory;
  std::deque<StoreRequest> requests;
  std::vector<UnitId> ids;
  std::map<UnitId, std::uint32_t> by_id;
  std::uint32_t sender = 0;
  Hasher hasher;
  mutable Statistics statistics;
  std::map<DealId, std::shared_ptr<const Deal>> settled;
  std::vector<Observer> observers;
  std::vector<std::unique_ptr<Unit>> units;
};

World::World(const WorldSetup& setup) : impl_(std::make_unique<Impl>(setup)) {}
World::~World() = default;

void World::run_until(Instant until) {
  while (!impl_->queue.empty() && impl_->queue.next_at() <= until) {
    impl_->handle(impl_->queue.pop());
  }
  impl_->now_instant = std::max(impl_->now_instant, until);
}

Instant World::now() const { return impl_->now_instant; }  // determinism: virtual time
WallTime World::wall() const { return impl_->present().wall; }

void World::inject(UnitId unit, node::Event event) {
  impl_->queue.push(impl_->now_instant, static_cast<std::uint32_t>(index_of(unit)),
                    std::move(event));
}

void World::strike(const Fault& /*fault*/) {}
void World::schedule(const FaultSchedule& /*faults*/) {}
void World::heal() {}
bool World::is_up(UnitId /*unit*/) const { return true; }
bool World::is_paused(UnitId /*unit*/) const { return false; }
bool World::suffers(UnitId /*unit*/, FaultKind /*kind*/) const { return false; }
bool World::faulty() const { return false; }
Instant World::unit_clock(UnitId /*unit*/) const { return impl_->now_instant; }
const UnitJournal& World::journal(UnitId unit) const {
  return impl_->units[index_of(unit)]->journal;
}
void World::observe(Observer observer) { impl_->observers.push_back(std::move(observer)); }
void World::observe_events(EventObserver /*observer*/) {}
void World::observe_device(DeviceObserver /*observer*/) {}
void World::observe_faults(FaultObserver /*observer*/) {}
physics::Plant& World::plant() { return impl_->plant; }
const node::NodeCore& World::node(UnitId unit) const {
  return impl_->units[index_of(unit)]->runtime.core();
}
const MemoryStore& World::store() const { return impl_->memory; }
std::size_t World::index_of(UnitId unit) const {
  const auto it = impl_->by_id.find(unit);
  expect(it != impl_->by_id.end(), "unit of this community");
  return it->second;
}
const std::vector<UnitId>& World::units() const { return impl_->ids; }
const std::map<DealId, std::shared_ptr<const Deal>>& World::settled() const {
  return impl_->settled;
}
const Statistics& World::statistics() const {
  impl_->statistics.trace_hash = impl_->hasher.digest();
  return impl_->statistics;
}

}  // namespace musubi::sim
