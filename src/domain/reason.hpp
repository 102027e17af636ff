// Why something was decided: the rule that asked for it and the numbers that it used.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <tuple>

#include "base/fields.hpp"

namespace musubi {

/// Every rule that changes a set-point or a deal's phase. explain() gives its sentence.
enum class Rule : std::uint8_t {
  none,
  // set-points
  first_deal_forms_bus,
  authorization_step,
  authorization_return,
  deal_side_off,
  current_of_deals,
  compensation,
  hand_over_droop,
  take_over_drooped,
  hand_over_release,
  reference_holds,
  take_over_done,
  large_unit_takes_over,
  voltage_optimization,
  last_deal_lowers_bus,
  lease_renewal,
  // stops
  lease_expired,
  local_trip_voltage,
  local_trip_alarm,
  local_fault,
  bus_stop,
  bus_lost,
  running_without_command,
  share_complete,
  // deal phases
  deal_created,
  activation_possible,
  bus_reached_voltage,
  authorization_failed,
  slave_side_confirmed,
  currents_compensated,
  amount_reached,
  slave_side_stopped,
  settled,
  refused_direction,
  refused_current,
  refused_total_current,
  refused_deal_count,
  refused_malformed,
  refused_contention,
  refused_branch,
  refused_reset_limit,
  expired_before_activation,
  deal_stalled,
  soc_below_lower_limit,
  soc_above_upper_limit,
  cancelled,
  mode_forbids,
  unit_failed,
  unit_silent,
  unit_quarantined,
  ramp_up_timeout,
  hand_over_timeout,
  compensation_failed,
  checkpoint_failed,
  refused_transition,
  device_refused,
  leak,
  branch_overload,
  test_feature,
};

/// A rule with up to four numbers; what each number is, its sentence says. A plain value, so that
/// every set-point and phase change can carry one.
struct Reason {
  Rule rule = Rule::none;
  std::array<double, 4> numbers{};

  constexpr Reason() = default;
  constexpr explicit Reason(Rule r, double a = 0.0, double b = 0.0, double c = 0.0, double d = 0.0)
      : rule(r), numbers{a, b, c, d} {}
};
constexpr auto fields(const Reason& r) {
  return std::tie(r.rule, r.numbers[0], r.numbers[1], r.numbers[2], r.numbers[3]);
}

/// The rule's name as it stands in files, for instance "amount_reached".
const char* name_of(Rule rule);

/// One sentence with the numbers filled in.
std::string explain(const Reason& reason);

}  // namespace musubi
