// A whole community in one process and virtual time: nodes, network, store, devices, plant.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "node/node_core.hpp"
#include "physics/plant.hpp"
#include "sim/faults.hpp"
#include "sim/memory_store.hpp"
#include "sim/unit_journal.hpp"

namespace musubi::sim {

/// What a world is made of.
struct WorldSetup {
  physics::Community community;
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Scenario> scenario;
  HwConfig hw;
  /// Per unit, in the community's order, instead of the two above. Empty: those for all.
  std::vector<HwConfig> hw_of_unit;
  std::vector<std::shared_ptr<const Scenario>> scenario_of_unit;
  ControlTiming timing;
  std::uint64_t seed = 1;
  WallTime start;
  physics::Plant::Options plant;
  Duration network_delay = milliseconds(1);
  Duration store_delay = milliseconds(1);       ///< one way
  Duration driver_delay{};                      ///< of each device call
  Duration driver_timeout = milliseconds(700);  ///< a device call without answer has failed then
  /// Per unit, in the community's order: after how long a silence of its program the device waits
  /// by itself. Empty: none does.
  std::vector<std::optional<Duration>> stops_on_silence;
  Duration store_timeout = milliseconds(1000);  ///< a request without answer is unknown after this
  /// From a process's end to waiting, written by its supervisor.
  Duration supervisor_stop = milliseconds(1000);
  /// Whether Statistics::trace_hash is kept: a tenth of the time of a run.
  bool digest = true;
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
  std::uint64_t trace_hash = 0;         ///< of all events and effects; 0 without WorldSetup::digest
};

/// See what happens, at the world's instants; they change nothing but by World::strike and heal.
using Observer = std::function<void(UnitId, Instant, const node::Effect&)>;
using EventObserver = std::function<void(UnitId, Instant, const node::Event&)>;
using DeviceObserver = std::function<void(UnitId, Instant, const DeviceCommand&)>;
/// A transaction of a unit that the store has just carried out, at this revision.
using StoreObserver = std::function<void(UnitId, Instant, const Transaction&, Revision)>;
using FaultObserver = std::function<void(Instant, const Fault&, bool begins)>;

/// Thrown by run_until: messages and answers follow each other without end at one instant.
class StandsStill : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Control cores in virtual time on a plant, with every fault of sim/faults.hpp. `now` and every
/// instant of this interface is the world's; each unit has a clock of its own.
class World {
 public:
  /// Every unit starts. The same setup, calls and faults give the same story.
  explicit World(const WorldSetup& setup);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  World(World&&) = delete;
  World& operator=(World&&) = delete;

  /// Lets virtual time pass up to `until`. Throws StandsStill where it does not; the world is then
  /// good for nothing but being looked at.
  void run_until(Instant until);
  [[nodiscard]] Instant now() const;
  [[nodiscard]] WallTime wall() const;

  /// Puts an event to a node now, as a person or another program would; to one that is starting
  /// right after its first event. Lost where the unit is not up.
  void inject(UnitId unit, node::Event event);

  /// The fault begins now; in an observer: after the present event. Its units are of this
  /// community, its value is within the range of its kind, a cut names two units; else the contract
  /// is broken.
  void strike(const Fault& fault);
  /// Each strikes at its instant; one whose instant has passed strikes now.
  void schedule(const FaultSchedule& faults);
  /// Every fault that acts ends and every unit is up: crashed and lost ones start again, wall
  /// clocks are set right. Scheduled faults still come.
  void heal();
  /// Its process runs; a paused one is up.
  [[nodiscard]] bool is_up(UnitId unit) const;
  [[nodiscard]] bool is_paused(UnitId unit) const;
  /// A fault of that kind acts on the unit now. One that names no units acts on all; a wall clock's
  /// step acts until it is set right, an ignored write or a torn record until it has happened.
  [[nodiscard]] bool suffers(UnitId unit, FaultKind kind) const;
  /// Any fault acts now.
  [[nodiscard]] bool faulty() const;
  /// The unit's own monotonic clock, now.
  [[nodiscard]] Instant unit_clock(UnitId unit) const;
  /// What would survive the end of the unit's process.
  [[nodiscard]] const UnitJournal& journal(UnitId unit) const;

  /// Called for every effect from now on, before it is carried out.
  void observe(Observer observer);
  /// Called for every event from now on, before the node takes it.
  void observe_events(EventObserver observer);
  /// Called for what a converter really carries out: writes of adapters and supervisors, late ones
  /// too. Not for what it does by itself.
  void observe_device(DeviceObserver observer);
  /// Called when a fault begins and when it ends; a fault "at once" only begins.
  void observe_faults(FaultObserver observer);

  /// Called for every transaction that the store carries out, also where no answer arrives. Not for
  /// members that it forgets.
  void observe_store(StoreObserver observer);

  [[nodiscard]] physics::Plant& plant();
  /// The unit is up.
  [[nodiscard]] const node::NodeCore& node(UnitId unit) const;
  [[nodiscard]] const MemoryStore& store() const;
  [[nodiscard]] std::size_t index_of(UnitId unit) const;
  [[nodiscard]] const std::vector<UnitId>& units() const;
  /// Final records that both ends have taken up, by id.
  [[nodiscard]] const SettledDeals& settled() const;
  [[nodiscard]] const Statistics& statistics() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace musubi::sim
