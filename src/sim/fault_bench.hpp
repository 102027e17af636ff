// Shared by the tests of faults: a world with a deal under way and everything that happens in it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/test_world.hpp"

namespace musubi::sim::testing {

/// One fault on some units.
inline Fault fault(FaultKind kind, std::vector<UnitId> units, double value = 0.0,
                   Duration lasts = Duration::max()) {
  return {kind, std::move(units), value, lasts};
}

/// A quiet world that remembers events, device commands and ends of faults.
class FaultBench {
 public:
  template <class T>
  struct Seen {
    Instant at{};
    UnitId unit;
    T what;
  };

  explicit FaultBench(const WorldSetup& setup = quiet_setup(3)) : world(setup) {
    world.observe_events([this](UnitId id, Instant now, const node::Event& event) {
      events.push_back({now, id, event});
    });
    world.observe_device([this](UnitId id, Instant now, const DeviceCommand& command) {
      commands.push_back({now, id, command});
    });
  }

  void run_for(double s) { world.run_until(world.now() + seconds(s)); }
  void forget() {
    events.clear();
    commands.clear();
  }
  physics::Meter truth(UnitId id) { return world.plant().read(world.index_of(id), world.now()); }
  /// A deal of 100 Wh from unit 3 to unit 2 that flows at 1 A.
  void begin_deal() {
    world.run_until(at_s(10));
    propose(world, unit(1), proposal(unit(2), unit(3), 100));
    ASSERT_TRUE(
        run_until(world, seconds(60), [&] { return deals_in(world, DealPhase::running) == 1; }));
    forget();
  }
  /// The unit in that mode.
  UnitId unit_in(ConverterMode mode) {
    for (const UnitId id : world.units()) {
      if (truth(id).mode == mode) {
        return id;
      }
    }
    return {};
  }
  UnitId reference() { return unit_in(ConverterMode::voltage_reference); }
  /// The end of the deal that follows: in CC.
  UnitId follower() {
    const UnitId charging = unit_in(ConverterMode::charge);
    return charging.empty() ? unit_in(ConverterMode::discharge) : charging;
  }
  UnitId grid_master() { return world.store().role().holder; }

  /// The events of one kind that a unit took, in order.
  template <class T>
  std::vector<Seen<T>> taken(UnitId id) const {
    std::vector<Seen<T>> found;
    for (const auto& event : events) {
      const auto* what = std::get_if<T>(&event.what);
      if (what != nullptr && event.unit == id) {
        found.push_back({event.at, id, *what});
      }
    }
    return found;
  }
  std::size_t messages(UnitId from, UnitId to) const {
    std::size_t count = 0;
    for (const auto& message : taken<node::MessageArrived>(to)) {
      count += message.what.from == from ? 1U : 0U;
    }
    return count;
  }
  /// Messages between different units that arrived.
  std::size_t messages() const {
    std::size_t count = 0;
    for (const UnitId from : world.units()) {
      for (const UnitId to : world.units()) {
        count += from == to ? 0 : messages(from, to);
      }
    }
    return count;
  }
  /// The newest reading that a unit took; a failed one is none.
  std::optional<Reading> shown(UnitId id) const {
    const auto reads = taken<node::DeviceRead>(id);
    return reads.empty() ? std::nullopt : reads.back().what.reading;
  }
  std::vector<Seen<DeviceCommand>> commands_of(UnitId id) const {
    std::vector<Seen<DeviceCommand>> found;
    for (const auto& command : commands) {
      if (command.unit == id) {
        found.push_back(command);
      }
    }
    return found;
  }

  std::vector<Seen<node::Event>> events;
  std::vector<Seen<DeviceCommand>> commands;
  World world;
};

}  // namespace musubi::sim::testing
