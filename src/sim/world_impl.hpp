// The parts of a world, put together. Only world.cpp and world_faults.cpp look in here.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "base/prng.hpp"
#include "sim/recorder.hpp"
#include "sim/unit_process.hpp"
#include "sim/world.hpp"

namespace musubi::sim {

struct World::Impl {
  /// One house with everything in it that can fail by itself.
  struct Unit {
    Unit(Impl& world, std::uint32_t index, const node::Setup& setup,
         const UnitDevice::Settings& device_settings);

    UnitClock clock;
    JournalDisk disk;
    UnitDevice device;
    UnitProcess process;
    bool supervisor_due = false;  ///< the process has ended; its converter is not stopped yet
    bool board_lost = false;
  };

  explicit Impl(const WorldSetup& s);

  // world.cpp: time
  void run_until(Instant until);
  void dispatch(const EventQueue::Item& item);
  void arrive(const EventQueue::Item& item);
  [[nodiscard]] std::uint32_t index_of(UnitId unit) const;

  // world_faults.cpp: faults
  struct Heal {};
  /// At once, or after the present event.
  void demand(std::variant<Fault, Heal> what);
  void carry_out_demands();
  void begin(const Fault& fault);
  void end(FaultTable::Id id);
  /// A scheduled fault begins, or one may be over.
  void fault_due(const EventQueue::Item& item);
  void heal();
  /// What a fault does to a unit when it begins or ends, beyond what parts see in the table.
  void change_unit(FaultKind kind, std::uint32_t unit, const Fault& fault, bool begins);
  void end_process(std::uint32_t unit, bool board);
  void start_if_possible(std::uint32_t unit);
  void call_supervisor(std::uint32_t unit);
  void supervise(std::uint32_t unit);
  void set_foreign_voltage();
  void set_clock_rate(std::uint32_t unit);
  /// A pause has begun between check and write: it lasts from now.
  void hold(std::uint32_t unit);
  void push_end(FaultTable::Active& active);

  WorldSetup setup;
  physics::Plant plant;
  std::vector<UnitId> ids;
  std::map<UnitId, std::uint32_t> by_id;
  Timeline timeline;
  FaultTable faults;
  Prng fault_prng;
  Recorder recorder;
  Network network;
  StoreService store;
  SettledDeals settled;
  std::vector<std::unique_ptr<Unit>> units;
  std::vector<Fault> scheduled;
  std::vector<std::variant<Fault, Heal>> demands;
  bool busy = false;
  std::uint64_t same_instant = 0;
};

}  // namespace musubi::sim
