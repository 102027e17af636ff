// What a world can suffer, as plain values: a schedule of them can be drawn, printed, read back and
// made smaller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/fields.hpp"
#include "domain/unit_id.hpp"
#include "units/time.hpp"

namespace musubi::sim {

/// Kinds of faults. `units` says whom they strike (none named: everybody), `value` how much; both
/// as stated. Every kind ends by itself after Fault::lasts; kinds marked "at once" have no length.
enum class FaultKind : std::uint8_t {
  // network
  lose_messages,       ///< value: share of messages to and from the units (none named: all), 0..1
  duplicate_messages,  ///< value: share, 0..1
  slow_messages,       ///< value: most milliseconds added, drawn evenly: reorders
  cut,                 ///< from units[0] to units[1], one way
  partition,           ///< the units against all others; the units lose the store
  partition_in,        ///< nothing reaches the units from the others; they lose the store
  partition_out,       ///< nothing of the units reaches the others; they keep the store
  // store
  store_down,       ///< no leader: requests end as unknown after the time-out
  store_no_answer,  ///< value: share of transactions that end as unknown, half of them carried out
  store_lost,       ///< the units alone reach no store
  watch_gap,        ///< the units see no changes; afterwards all of them, in order
  lease_slip,       ///< value: factor on the member's time to live, 0.1..10
  // clocks
  clock_rate,  ///< value: -0.01..0.01; the units' clocks run that much fast
  wall_step,   ///< at once; value: seconds, the units' wall clocks jump
  // processes
  crash,       ///< the process ends; its supervisor sets the converter to waiting within 1 s; it
               ///< starts again when the fault ends
  board_loss,  ///< process and supervisor are gone, the converter goes on
  pause,       ///< the process stands still, then takes up everything that came
  pause_in_write,  ///< the same, between the adapter's lease check and its next device write: waits
                   ///< for that write as long as it lasts, and lasts from then on
  // driver
  driver_hang,    ///< no answer: reads fail, writes have an unknown outcome and are not carried out
  driver_late,    ///< no answer in time; value: seconds after which a write is carried out
  driver_error,   ///< refuses every call
  driver_frozen,  ///< gives the same reading again and again
  driver_forgot,  ///< at once: restarted without its mode; the converter waits
  // converter
  converter_stuck,    ///< does what it did, whatever is written
  converter_ignores,  ///< at once: the next write is confirmed and not carried out
  converter_bias,     ///< value: amperes added to the magnitude of its current in CC
  converter_trips,    ///< at once: goes to waiting by itself
  // bus and meters
  foreign_voltage,  ///< value: volts that something else holds on the bus at units[0]; of several
                    ///< the newest is there
  meter_zero,       ///< the voltage meter shows 0 V
  meter_frozen,     ///< voltage and current meters show what they last showed
  meter_bias,       ///< value: share by which voltage and current meters are off, -0.2..0.2
  // battery
  battery_denies,  ///< withdraws its permission
  battery_empty,   ///< at once: empty
  // disk
  disk_full,   ///< the journal takes nothing
  torn_write,  ///< at once: the newest energy record of the journal is lost at the next crash
};

/// How many kinds there are.
constexpr std::size_t fault_kinds = static_cast<std::size_t>(FaultKind::torn_write) + 1;

/// One fault.
struct Fault {
  FaultKind kind = FaultKind::pause;
  std::vector<UnitId> units;
  double value = 0.0;
  Duration lasts{};  ///< Duration::max(): until World::heal()
};
inline auto fields(const Fault& f) { return std::tie(f.kind, f.units, f.value, f.lasts); }

/// A fault with its place on the world's time-line.
struct ScheduledFault {
  Instant at{};
  Fault fault;
};
inline auto fields(const ScheduledFault& f) { return std::tie(f.at, f.fault); }
/// Schedules are compared as values.
using musubi::operator==;
using FaultSchedule = std::vector<ScheduledFault>;

/// The kind's name in files, for instance "partition_in".
std::string_view name_of(FaultKind kind);
/// The kind of that name.
std::optional<FaultKind> fault_kind_named(std::string_view name);
/// True for kinds that have no length.
bool is_at_once(FaultKind kind);

/// Smallest and largest value; both 0 where the value means nothing.
struct ValueRange {
  double least = 0.0;
  double most = 0.0;
};
/// What Fault::value may be for a kind.
ValueRange value_range(FaultKind kind);

}  // namespace musubi::sim
