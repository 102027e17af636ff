// The next single write that brings a converter nearer to its set-point.
#pragma once

#include <cstdint>
#include <optional>

#include "domain/device_command.hpp"
#include "domain/hw_config.hpp"
#include "domain/policy.hpp"
#include "domain/set_point.hpp"

namespace musubi::converter {

/// What the device was last told, as confirmed by its answers.
struct DeviceState {
  ConverterMode mode = ConverterMode::waiting;
  Volts voltage{};     ///< dvg
  Amperes current{};   ///< dig
  double droop = 0.0;  ///< drg
};
constexpr auto fields(const DeviceState& s) {
  return std::tie(s.mode, s.voltage, s.current, s.droop);
}

/// One write, or the news that nothing is left to write, or that the change is forbidden.
struct Step {
  enum class Kind : std::uint8_t { write, at_target, forbidden } kind = Kind::at_target;
  DeviceCommand command;  ///< where kind is write
  /// After this write the bus or the current has to be looked at before the next one.
  bool checkpoint = false;
};

/// Plans the next write from `state` to `target` (reference 7.5): currents move in steps of the
/// policy's current_step, voltages in steps of voltage_step; a constant current discharges up to
/// the highest grid voltage and charges down to the nominal one.
Step next_step(const DeviceState& state, const SetPoint& target, const Policy& policy,
               const HwConfig& hw);

/// The write that ends all flow at once, without steps: mode waiting.
DeviceCommand immediate_stop(const Policy& policy, Reason reason);

/// What the device will say after `command`, given what it said before.
DeviceState after(const DeviceState& state, const DeviceCommand& command);

/// Voltage that a drooped reference shows at a grid current: set voltage x (1 + droop x current /
/// capacity). Charging raises it, discharging lowers it.
Volts drooped_voltage(Volts set, double droop, Amperes grid_current, Amperes capacity);

}  // namespace musubi::converter
