// Port: one unit's converter and battery.
#pragma once

#include <cstdint>
#include <optional>

#include "domain/device_command.hpp"
#include "units/time.hpp"

namespace musubi::ports {

/// Contract. Calls are carried out one after the other. A read is answered by node::DeviceRead, a
/// write by node::DeviceWritten with the same id; a write whose outcome is not known says so. The
/// adapter checks the command's lease right before the write and right after it; a lease that has
/// ended turns into waiting. Commands are idempotent. Signs and units are those of
/// domain/reading.hpp.
class Device {
 public:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  Device(Device&&) = delete;
  Device& operator=(Device&&) = delete;
  virtual ~Device() = default;

  /// After how long a silence of this program the device goes to waiting by itself; nothing where
  /// it never does (control goes on without a dead-man then: SAFETY.md).
  [[nodiscard]] virtual std::optional<Duration> stops_on_silence() const = 0;
  virtual void read() = 0;
  virtual void write(std::uint64_t id, const DeviceCommand& command) = 0;
};

}  // namespace musubi::ports
