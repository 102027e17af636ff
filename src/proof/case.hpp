// One run to be proved: the seed, the world's size, what strikes it and what people do to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/policy.hpp"
#include "sim/faults.hpp"

namespace musubi::proof {

/// Values are compared field by field.
using musubi::operator==;

/// How hard a drawn schedule strikes.
enum class Profile : std::uint8_t {
  mild,     ///< messages, crashes, short pauses, a store that stumbles
  rough,    ///< and partitions, lost boards, drivers and batteries that fail, full disks
  hostile,  ///< and converters, meters and a bus that lie; everything closer together
};
std::string_view name_of(Profile profile);
std::optional<Profile> profile_named(std::string_view name);

/// A deal that somebody outside proposes to the giver.
struct ProposeDeal {
  UnitId giver;
  UnitId taker;
  std::int64_t amount_wh = 10;
  double current_a = 1.0;
};
inline auto fields(const ProposeDeal& p) {
  return std::tie(p.giver, p.taker, p.amount_wh, p.current_a);
}
/// A state of charge set by hand, 0 to 100.
struct SetCharge {
  UnitId unit;
  double soc_pct = 50.0;
};
inline auto fields(const SetCharge& s) { return std::tie(s.unit, s.soc_pct); }
/// A person locks a unit out, or takes the lock off.
struct LockOut {
  UnitId unit;
  bool locked = true;
};
inline auto fields(const LockOut& l) { return std::tie(l.unit, l.locked); }
/// A person at a unit lifts the bus's latch.
struct LiftLatch {
  UnitId unit;
};
inline auto fields(const LiftLatch& l) { return std::tie(l.unit); }

/// The unit takes up a policy that names another grid voltage than the community's; its own again
/// where both are the same.
struct NewPolicy {
  UnitId unit;
  double grid_v = 350.0;
};
inline auto fields(const NewPolicy& p) { return std::tie(p.unit, p.grid_v); }

using Deed = std::variant<ProposeDeal, SetCharge, LockOut, LiftLatch, NewPolicy>;
struct ScheduledDeed {
  Instant at{};
  Deed deed;
};
inline auto fields(const ScheduledDeed& d) { return std::tie(d.at, d.deed); }

/// What a trigger waits for.
enum class Happening : std::uint8_t {
  // a deal enters a phase
  created,
  activated,
  warming_up,
  running,
  stopping,
  stopped,
  done,
  // steps of a hand-over
  hand_over_drooped,   ///< the old reference holds the voltage with droop
  hand_over_entered,   ///< the second unit is in the reference set
  hand_over_two_hold,  ///< both hold the voltage
  hand_over_released,  ///< one of them has let go
  // others
  role_taken,   ///< somebody has become Grid Master
  bus_forming,  ///< the voltage of a dead bus rises
  bus_formed,   ///< it is up
  healed,
};
std::string_view name_of(Happening happening);
std::optional<Happening> happening_named(std::string_view name);

/// Whom a trigger's fault strikes: a unit by name, or by its part at that moment.
enum class Part : std::uint8_t {
  named,
  grid_master,
  reference,  ///< holds the voltage, or is to
  giver,      ///< of the deal that it happens to; else of the oldest open one
  taker,
  another,     ///< the first unit that is none of these
  all_others,  ///< every unit but those named before it in the line
};
struct Target {
  Part part = Part::named;
  UnitId unit;
};
inline auto fields(const Target& t) { return std::tie(t.part, t.unit); }

/// Strikes once, when something happens for the `nth` time from `from` to `until`.
struct Trigger {
  Instant from{};
  Instant until = Instant::max();
  Happening when = Happening::running;
  int nth = 1;
  Duration after{};
  sim::Fault fault;  ///< its units are `targets`, resolved at that moment
  std::vector<Target> targets;
};
inline auto fields(const Trigger& t) {
  return std::tie(t.from, t.until, t.when, t.nth, t.after, t.fault, t.targets);
}

enum class Comparison : std::uint8_t { at_least, at_most, equal };
/// "completed >= 2": a counter of the outcome and what it is to be.
struct Expectation {
  std::string counter;
  Comparison comparison = Comparison::at_least;
  double number = 1.0;
};
inline auto fields(const Expectation& e) { return std::tie(e.counter, e.comparison, e.number); }

struct Case {
  std::string title;
  std::string build;  ///< that wrote the file; for people
  std::uint64_t seed = 1;
  int units = 5;                   ///< 2 to 64
  Duration length{};               ///< of the safety phase
  std::optional<Profile> profile;  ///< deeds are drawn from the seed; none: only those listed
  bool dead_man = false;           ///< every converter waits by itself after a silence
  double ramp_v_per_s = 350.0 / 12.0;
  GridMasterPreference grid_master = GridMasterPreference::avoid_voltage_reference;
  UnitId grid_master_unit;  ///< where `grid_master` is fixed
  sim::FaultSchedule faults;
  std::vector<ScheduledDeed> deeds;
  std::vector<Trigger> triggers;
  std::vector<Expectation> expectations;
};
inline auto fields(const Case& c) {
  return std::tie(c.title, c.build, c.seed, c.units, c.length, c.profile, c.dead_man,
                  c.ramp_v_per_s, c.grid_master, c.grid_master_unit, c.faults, c.deeds, c.triggers,
                  c.expectations);
}

/// "E001" for 1.
UnitId unit_numbered(int number);

}  // namespace musubi::proof
