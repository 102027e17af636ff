// A whole community in one process and virtual time: nodes, network, store, devices, plant.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "node/node_core.hpp"
#include "physics/plant.hpp"
#include "runtime/node_runtime.hpp"
#include "sim/event_queue.hpp"
#include "sim/memory_store.hpp"

namespace musubi::sim {

/// What a world is made of.
struct WorldSetup {
  physics::Community community;
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Scenario> scenario;
  HwConfig hw;
  ControlTiming timing;
  std::uint64_t seed = 1;
  WallTime start;
  physics::Plant::Options plant;
  Duration network_delay = milliseconds(1);
  Duration store_delay = milliseconds(1);  ///< one way
  Duration driver_delay{};                 ///< of each device call
};

/// Counts and digests of a run.
struct Statistics {
  std::uint64_t events = 0;
  std::uint64_t messages = 0;
  std::uint64_t commands = 0;  ///< device writes
  std::uint64_t transactions = 0;
  std::uint64_t alarms = 0;
  std::uint64_t needs_unmet = 0;        ///< first negotiations that found nobody
  std::vector<double> deal_latency_ms;  ///< of needs met by their first negotiation
  std::uint64_t trace_hash = 0;
};

/// Sees every event and effect of every node.
using Observer = std::function<void(UnitId, Instant, const node::Effect&)>;

class World {
 public:
  explicit World(const WorldSetup& setup);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  World(World&&) = delete;
  World& operator=(World&&) = delete;

  /// Lets virtual time pass up to `until`.
  void run_until(Instant until);
  [[nodiscard]] Instant now() const;
  [[nodiscard]] WallTime wall() const;

  /// Puts an event to a node now, as a person or another program would.
  void inject(UnitId unit, node::Event event);
  /// Called for every effect from now on.
  void observe(Observer observer);

  [[nodiscard]] physics::Plant& plant();
  [[nodiscard]] const node::NodeCore& node(UnitId unit) const;
  [[nodiscard]] const MemoryStore& store() const;
  [[nodiscard]] std::size_t index_of(UnitId unit) const;
  [[nodiscard]] const std::vector<UnitId>& units() const;
  /// Final records that both ends have taken up, by id.
  [[nodiscard]] const std::map<DealId, std::shared_ptr<const Deal>>& settled() const;
  [[nodiscard]] const Statistics& statistics() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace musubi::sim
