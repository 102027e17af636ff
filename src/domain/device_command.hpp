// What leaves the safety gate towards a converter: the sets of the APIS driver interface.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/fields.hpp"
#include "domain/modes.hpp"
#include "domain/reason.hpp"
#include "units/quantity.hpp"

namespace musubi {

/// Which of the driver's calls (reference 7.2).
enum class DeviceCall : std::uint8_t {
  set_mode,     ///< mode, voltage, current and droop together
  set_voltage,  ///< voltage and droop
  set_current,  ///< current
};

/// One write to the device. Checked by the gate, and by the adapter against `lease_end`, right
/// before it is written and right after.
struct DeviceCommand {
  DeviceCall call = DeviceCall::set_mode;
  ConverterMode mode = ConverterMode::waiting;
  Volts voltage{};
  Amperes current{};
  double droop = 0.0;
  Instant lease_end{};  ///< past this instant only `waiting` may be written
  Reason reason;
};
constexpr auto fields(const DeviceCommand& c) {
  return std::tie(c.call, c.mode, c.voltage, c.current, c.droop, c.lease_end, c.reason);
}

}  // namespace musubi
