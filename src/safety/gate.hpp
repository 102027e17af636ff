// The one way out to the hardware: every write, whoever asked, passes here.
#pragma once

#include <cstdint>

#include "domain/device_command.hpp"
#include "domain/hw_config.hpp"
#include "domain/policy.hpp"

namespace musubi::safety {

/// Why the gate refuses a write.
enum class Refusal : std::uint8_t {
  none,
  lease_over,  ///< the command's lease has ended
  locked_out,  ///< a person locked this unit out: only waiting passes
  current_negative,
  current_above_capacity,
  voltage_out_of_range,
  droop_out_of_range,
  mode_unknown,
};

/// Limits that the gate enforces; hwConfig's are never loosened by the policy (control.md 8).
struct GateLimits {
  Amperes current_capacity{};
  Volts voltage_max{};
  double droop_max = 0.2;
};

/// The tighter of the policy's and the hardware's limits.
GateLimits limits_of(const Policy& policy, const HwConfig& hw);

/// Judges a write at `now`. Waiting always passes.
Refusal judge(const DeviceCommand& command, const GateLimits& limits, bool locked_out, Instant now);

}  // namespace musubi::safety
