#include "sim/faults.hpp"

#include <algorithm>
#include <array>

namespace musubi::sim {

namespace {

struct KindName {
  FaultKind kind;
  std::string_view name;
};

// In the order of the enumeration.
constexpr std::array names{
    KindName{FaultKind::lose_messages, "lose_messages"},
    KindName{FaultKind::duplicate_messages, "duplicate_messages"},
    KindName{FaultKind::slow_messages, "slow_messages"},
    KindName{FaultKind::cut, "cut"},
    KindName{FaultKind::partition, "partition"},
    KindName{FaultKind::partition_in, "partition_in"},
    KindName{FaultKind::partition_out, "partition_out"},
    KindName{FaultKind::store_down, "store_down"},
    KindName{FaultKind::store_no_answer, "store_no_answer"},
    KindName{FaultKind::store_lost, "store_lost"},
    KindName{FaultKind::watch_gap, "watch_gap"},
    KindName{FaultKind::lease_slip, "lease_slip"},
    KindName{FaultKind::clock_rate, "clock_rate"},
    KindName{FaultKind::wall_step, "wall_step"},
    KindName{FaultKind::crash, "crash"},
    KindName{FaultKind::board_loss, "board_loss"},
    KindName{FaultKind::pause, "pause"},
    KindName{FaultKind::pause_in_write, "pause_in_write"},
    KindName{FaultKind::driver_hang, "driver_hang"},
    KindName{FaultKind::driver_late, "driver_late"},
    KindName{FaultKind::driver_error, "driver_error"},
    KindName{FaultKind::driver_frozen, "driver_frozen"},
    KindName{FaultKind::driver_forgot, "driver_forgot"},
    KindName{FaultKind::converter_stuck, "converter_stuck"},
    KindName{FaultKind::converter_ignores, "converter_ignores"},
    KindName{FaultKind::converter_bias, "converter_bias"},
    KindName{FaultKind::converter_trips, "converter_trips"},
    KindName{FaultKind::foreign_voltage, "foreign_voltage"},
    KindName{FaultKind::meter_zero, "meter_zero"},
    KindName{FaultKind::meter_frozen, "meter_frozen"},
    KindName{FaultKind::meter_bias, "meter_bias"},
    KindName{FaultKind::battery_denies, "battery_denies"},
    KindName{FaultKind::battery_empty, "battery_empty"},
    KindName{FaultKind::disk_full, "disk_full"},
    KindName{FaultKind::torn_write, "torn_write"},
};
static_assert(names.size() == fault_kinds);

}  // namespace

std::string_view name_of(FaultKind kind) { return names.at(static_cast<std::size_t>(kind)).name; }

std::optional<FaultKind> fault_kind_named(std::string_view name) {
  const auto* const it = std::find_if(names.begin(), names.end(),
                                      [&](const KindName& entry) { return entry.name == name; });
  return it == names.end() ? std::nullopt : std::optional(it->kind);
}

bool is_at_once(FaultKind kind) {
  switch (kind) {
  case FaultKind::wall_step:
  case FaultKind::driver_forgot:
  case FaultKind::converter_ignores:
  case FaultKind::converter_trips:
  case FaultKind::battery_empty:
  case FaultKind::torn_write:
    return true;
  default:
    return false;
  }
}

}  // namespace musubi::sim
