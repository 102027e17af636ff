#include "converter/plan.hpp"

#include <algorithm>
#include <cmath>

#include "converter/transitions.hpp"

namespace musubi::converter {

namespace {

constexpr double voltage_tolerance_v = 1e-3;
constexpr double current_tolerance_a = 1e-4;
constexpr double droop_tolerance = 1e-6;

bool same(Volts a, Volts b) { return abs(a - b) <= Volts(voltage_tolerance_v); }
bool same(Amperes a, Amperes b) { return abs(a - b) <= Amperes(current_tolerance_a); }

/// One step of at most `size` from `from` towards `to`.
template <class Q>
Q toward(Q from, Q to, Q size) {
  if (size <= Q(0.0) || abs(to - from) <= size) {
    return to;
  }
  return to > from ? from + size : from - size;
}

Volts current_mode_voltage(ConverterMode mode, const Policy& policy) {
  return mode == ConverterMode::discharge ? policy.grid_voltage_max : policy.grid_voltage;
}

Step write(DeviceCommand command, const SetPoint& target, bool checkpoint) {
  command.reason = target.reason;
  return {Step::Kind::write, command, checkpoint};
}

Step set_mode(ConverterMode mode, Volts voltage, Amperes current, double droop,
              const SetPoint& target, bool checkpoint) {
  return write({DeviceCall::set_mode, mode, voltage, current, droop, {}, {}}, target, checkpoint);
}

Step step_current(const DeviceState& state, Amperes goal, const SetPoint& target,
                  const Policy& policy) {
  const Amperes next = toward(state.current, goal, policy.current_step);
  return write({DeviceCall::set_current, state.mode, state.voltage, next, state.droop, {}, {}},
               target, same(next, goal));
}

Step step_voltage(const DeviceState& state, Volts goal, double droop, const SetPoint& target,
                  const Policy& policy) {
  const Volts next = toward(state.voltage, goal, policy.voltage_step);
  return write({DeviceCall::set_voltage, state.mode, next, state.current, droop, {}, {}}, target,
               same(next, goal));
}

Step start(const SetPoint& target, const Policy& policy, const HwConfig& hw) {
  if (target.mode == ConverterMode::voltage_reference) {
    return set_mode(target.mode, target.voltage, hw.grid_current_capacity, target.droop, target,
                    true);
  }
  const Amperes first = std::min(target.current, policy.current_step);
  return set_mode(target.mode, current_mode_voltage(target.mode, policy), first, 0.0, target,
                  same(first, target.current));
}

Step wait(const SetPoint& target, const Policy& policy) {
  return set_mode(ConverterMode::waiting, policy.grid_voltage, Amperes(0.0), 0.0, target, true);
}

Step change_values(const DeviceState& state, const SetPoint& target, const Policy& policy) {
  switch (target.mode) {
  case ConverterMode::voltage_reference:
    if (!same(state.voltage, target.voltage) ||
        std::fabs(state.droop - target.droop) > droop_tolerance) {
      return step_voltage(state, target.voltage, target.droop, target, policy);
    }
    return {};
  case ConverterMode::charge:
  case ConverterMode::discharge:
    return same(state.current, target.current)
               ? Step{}
               : step_current(state, target.current, target, policy);
  case ConverterMode::waiting:
  case ConverterMode::unknown:
    return {};
  }
  return {};
}

}  // namespace

Step next_step(const DeviceState& state, const SetPoint& target, const Policy& policy,
               const HwConfig& hw) {
  switch (transition_of(state.mode, target.mode)) {
  case Transition::none:
    return change_values(state, target, policy);
  case Transition::start:
    return start(target, policy, hw);
  case Transition::stop_current:
    if (state.mode != ConverterMode::unknown && !same(state.current, Amperes(0.0))) {
      return step_current(state, Amperes(0.0), target, policy);
    }
    return wait(target, policy);
  case Transition::stop_reference: {
    const Volts low = policy.grid_voltage_min + policy.voltage_separation;
    if (target.stop_style == StopStyle::lower_bus && state.voltage > low &&
        !same(state.voltage, low)) {
      // With the droop that it has: another unit may still hold the voltage.
      return step_voltage(state, low, state.droop, target, policy);
    }
    return wait(target, policy);
  }
  case Transition::take_over:
  case Transition::give_up:
    if (!target.hand_over) {
      return {Step::Kind::forbidden, {}, false};
    }
    if (target.mode == ConverterMode::voltage_reference) {
      return start(target, policy, hw);
    }
    return set_mode(target.mode, current_mode_voltage(target.mode, policy), target.current, 0.0,
                    target, true);
  case Transition::forbidden:
    break;
  }
  return {Step::Kind::forbidden, {}, false};
}

DeviceCommand immediate_stop(const Policy& policy, Reason reason) {
  return {DeviceCall::set_mode,
          ConverterMode::waiting,
          policy.grid_voltage,
          Amperes(0.0),
          0.0,
          Instant::max(),
          reason};
}

DeviceState after(const DeviceState& state, const DeviceCommand& command) {
  DeviceState next = state;
  switch (command.call) {
  case DeviceCall::set_mode:
    next = {command.mode, command.voltage, command.current, command.droop};
    break;
  case DeviceCall::set_voltage:
    next.voltage = command.voltage;
    next.droop = command.droop;
    break;
  case DeviceCall::set_current:
    next.current = command.current;
    break;
  }
  return next;
}

Volts drooped_voltage(Volts set, double droop, Amperes grid_current, Amperes capacity) {
  if (capacity <= Amperes(0.0)) {
    return set;
  }
  return set * (1.0 + droop * (grid_current / capacity));
}

}  // namespace musubi::converter
