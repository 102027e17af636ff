#include "safety/gate.hpp"

#include <algorithm>

#include "base/deliberate_bug.hpp"

namespace musubi::safety {

GateLimits limits_of(const Policy& policy, const HwConfig& hw) {
  GateLimits limits;
  limits.current_capacity = std::min(
      hw.grid_current_capacity, Amperes(std::max(0.0, std::min(hw.grid_a.max, -hw.grid_a.min))));
  limits.voltage_max = std::min(policy.grid_voltage_max, Volts(hw.grid_v.max));
  return limits;
}

Refusal judge(const DeviceCommand& command, const GateLimits& limits, bool locked_out,
              Instant now) {
  const bool sets_mode = command.call == DeviceCall::set_mode;
  if (sets_mode && command.mode == ConverterMode::waiting) {
    return Refusal::none;
  }
  if (bugs::is_on(Bug::open_gate_to_more)) {
    return Refusal::none;
  }
  if (locked_out) {
    return Refusal::locked_out;
  }
  if (now >= command.lease_end) {
    return Refusal::lease_over;
  }
  if (command.mode == ConverterMode::unknown) {
    return Refusal::mode_unknown;
  }
  if (sets_mode || command.call == DeviceCall::set_current) {
    if (command.current < Amperes(0.0)) {
      return Refusal::current_negative;
    }
    // written so that a current that is no number does not pass
    if (!(command.current <= limits.current_capacity + Amperes(1e-9))) {
      return Refusal::current_above_capacity;
    }
  }
  // What is not a number is neither below nor above: only this form refuses it.
  // NOLINTBEGIN(readability-simplify-boolean-expr): De Morgan's form would let it pass
  if (sets_mode || command.call == DeviceCall::set_voltage) {
    if (!(command.voltage >= Volts(0.0) && command.voltage <= limits.voltage_max)) {
      return Refusal::voltage_out_of_range;
    }
    if (!(command.droop >= 0.0 && command.droop <= limits.droop_max)) {
      return Refusal::droop_out_of_range;
    }
  }
  // NOLINTEND(readability-simplify-boolean-expr)
  return Refusal::none;
}

}  // namespace musubi::safety
