// What a run leaves behind: counts, the digest of its trace, and whoever watches.
#pragma once

#include <cstdint>
#include <vector>

#include "base/fields.hpp"
#include "sim/timeline.hpp"
#include "sim/world.hpp"

namespace musubi::sim {

/// Sees every event and effect in order. Instants of nodes are those of their own clocks.
class Recorder {
 public:
  Recorder(const Timeline& timeline, bool digest) : timeline_(timeline), digest_(digest) {}

  void event(std::uint32_t index, UnitId unit, Instant local, const node::Event& event);
  void effect(UnitId unit, Instant local, const node::Effect& effect);
  void device(UnitId unit, const DeviceCommand& command) const;
  void fault(const Fault& fault, bool begins) const;
  void count_message() { ++statistics_.messages; }
  void count_transaction() { ++statistics_.transactions; }
  void count_event() { ++statistics_.events; }

  [[nodiscard]] const Statistics& statistics();

  std::vector<Observer> effect_observers;
  std::vector<EventObserver> event_observers;
  std::vector<DeviceObserver> device_observers;
  std::vector<FaultObserver> fault_observers;

 private:
  const Timeline& timeline_;
  bool digest_;
  Hasher hasher_;
  Statistics statistics_;
};

}  // namespace musubi::sim
