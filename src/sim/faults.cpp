#include "sim/faults.hpp"

#include <algorithm>
#include <array>

namespace musubi::sim {

namespace {

enum class Length : std::uint8_t { once, lasting };
using enum Length;

struct Row {
  FaultKind kind;
  std::string_view name;
  Length length;
  double least;
  double most;
};

// In the order of the enumeration.
constexpr std::array rows{
    Row{FaultKind::lose_messages, "lose_messages", lasting, 0.0, 1.0},
    Row{FaultKind::duplicate_messages, "duplicate_messages", lasting, 0.0, 1.0},
    Row{FaultKind::slow_messages, "slow_messages", lasting, 0.0, 3.6e6},
    Row{FaultKind::cut, "cut", lasting, 0.0, 0.0},
    Row{FaultKind::partition, "partition", lasting, 0.0, 0.0},
    Row{FaultKind::partition_in, "partition_in", lasting, 0.0, 0.0},
    Row{FaultKind::partition_out, "partition_out", lasting, 0.0, 0.0},
    Row{FaultKind::store_down, "store_down", lasting, 0.0, 0.0},
    Row{FaultKind::store_no_answer, "store_no_answer", lasting, 0.0, 1.0},
    Row{FaultKind::store_lost, "store_lost", lasting, 0.0, 0.0},
    Row{FaultKind::watch_gap, "watch_gap", lasting, 0.0, 0.0},
    Row{FaultKind::lease_slip, "lease_slip", lasting, 0.1, 10.0},
    Row{FaultKind::clock_rate, "clock_rate", lasting, -0.01, 0.01},
    Row{FaultKind::wall_step, "wall_step", once, -3.2e8, 3.2e8},
    Row{FaultKind::crash, "crash", lasting, 0.0, 0.0},
    Row{FaultKind::board_loss, "board_loss", lasting, 0.0, 0.0},
    Row{FaultKind::pause, "pause", lasting, 0.0, 0.0},
    Row{FaultKind::pause_in_write, "pause_in_write", lasting, 0.0, 0.0},
    Row{FaultKind::driver_hang, "driver_hang", lasting, 0.0, 0.0},
    Row{FaultKind::driver_late, "driver_late", lasting, 0.0, 3600.0},
    Row{FaultKind::driver_error, "driver_error", lasting, 0.0, 0.0},
    Row{FaultKind::driver_frozen, "driver_frozen", lasting, 0.0, 0.0},
    Row{FaultKind::driver_forgot, "driver_forgot", once, 0.0, 0.0},
    Row{FaultKind::converter_stuck, "converter_stuck", lasting, 0.0, 0.0},
    Row{FaultKind::converter_ignores, "converter_ignores", once, 0.0, 0.0},
    Row{FaultKind::converter_bias, "converter_bias", lasting, -100.0, 100.0},
    Row{FaultKind::converter_trips, "converter_trips", once, 0.0, 0.0},
    Row{FaultKind::foreign_voltage, "foreign_voltage", lasting, 0.0, 1000.0},
    Row{FaultKind::meter_zero, "meter_zero", lasting, 0.0, 0.0},
    Row{FaultKind::meter_frozen, "meter_frozen", lasting, 0.0, 0.0},
    Row{FaultKind::meter_bias, "meter_bias", lasting, -0.2, 0.2},
    Row{FaultKind::battery_denies, "battery_denies", lasting, 0.0, 0.0},
    Row{FaultKind::battery_empty, "battery_empty", once, 0.0, 0.0},
    Row{FaultKind::disk_full, "disk_full", lasting, 0.0, 0.0},
    Row{FaultKind::torn_write, "torn_write", once, 0.0, 0.0},
};
static_assert(rows.size() == fault_kinds);
static_assert([] {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows.at(i).kind != static_cast<FaultKind>(i)) {
      return false;
    }
  }
  return true;
}());

const Row& row_of(FaultKind kind) { return rows.at(static_cast<std::size_t>(kind)); }

}  // namespace

std::string_view name_of(FaultKind kind) { return row_of(kind).name; }

std::optional<FaultKind> fault_kind_named(std::string_view name) {
  const auto* const it =
      std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.name == name; });
  return it == rows.end() ? std::nullopt : std::optional(it->kind);
}

bool is_at_once(FaultKind kind) { return row_of(kind).length == once; }

ValueRange value_range(FaultKind kind) { return {row_of(kind).least, row_of(kind).most}; }

}  // namespace musubi::sim
