// Bugs that a test build can switch on, one at a time, to see whether the checkers find them.
//
// Without MUSUBI_DELIBERATE_BUGS every is_on() is false at compile time and nothing of this is in
// the program.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace musubi::bugs {

enum class Bug : std::uint8_t {
  none,
  // epochs, leases, fence
  obey_older_epoch,
  obey_before_epoch_known,
  ignore_boot,
  ignore_sequence,
  lose_epoch_on_restart,
  acknowledge_before_durable,
  lease_from_arrival,
  forget_command_lease,
  role_never_ends,
  no_fence,
  unfenced_write,
  current_outlives_reference,
  // voltage reference
  skip_reference_set,
  leave_reference_set_early,
  skip_dead_bus,
  dead_bus_by_one_meter,
  orphan_formed_over,
  droop_0_beside_another,
  reference_stops_first,
  // device
  open_gate_to_more,
  unknown_write_is_done,
  start_without_stopping,
  no_voltage_trip,
  no_range_checks,
  silent_driver_is_fine,
  // energy and deals
  count_twice,
  trust_wall_time,
  share_never_ends,
  share_end_is_relative,
  settle_twice,
  settle_without_the_other_end,
  lose_a_deal,
  stop_without_measuring,
  // the plant's model
  line_loss_unbooked,
  battery_below_empty,
  // people and liveness
  lift_the_latch,
  lift_the_lock_out,
  never_suspect,
  wait_for_ever,
};
constexpr std::size_t bug_count = static_cast<std::size_t>(Bug::wait_for_ever) + 1;

/// Names in the order of Bug, as `musubi torture --bug NAME` takes them.
constexpr std::array<std::string_view, bug_count> names = {
    "none",
    "obey_older_epoch",
    "obey_before_epoch_known",
    "ignore_boot",
    "ignore_sequence",
    "lose_epoch_on_restart",
    "acknowledge_before_durable",
    "lease_from_arrival",
    "forget_command_lease",
    "role_never_ends",
    "no_fence",
    "unfenced_write",
    "current_outlives_reference",
    "skip_reference_set",
    "leave_reference_set_early",
    "skip_dead_bus",
    "dead_bus_by_one_meter",
    "orphan_formed_over",
    "droop_0_beside_another",
    "reference_stops_first",
    "open_gate_to_more",
    "unknown_write_is_done",
    "start_without_stopping",
    "no_voltage_trip",
    "no_range_checks",
    "silent_driver_is_fine",
    "count_twice",
    "trust_wall_time",
    "share_never_ends",
    "share_end_is_relative",
    "settle_twice",
    "settle_without_the_other_end",
    "lose_a_deal",
    "stop_without_measuring",
    "line_loss_unbooked",
    "battery_below_empty",
    "lift_the_latch",
    "lift_the_lock_out",
    "never_suspect",
    "wait_for_ever",
};

constexpr std::optional<Bug> named(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) {
      return static_cast<Bug>(i);
    }
  }
  return std::nullopt;
}

#ifdef MUSUBI_DELIBERATE_BUGS
constexpr bool available = true;
/// The one that is on in this process.
inline Bug active = Bug::none;
inline bool is_on(Bug bug) { return active == bug; }
inline void switch_on(Bug bug) { active = bug; }
#else
constexpr bool available = false;
constexpr bool is_on(Bug /*bug*/) { return false; }
constexpr void switch_on(Bug /*bug*/) {}
#endif

}  // namespace musubi::bugs

namespace musubi {
using bugs::Bug;
}  // namespace musubi
