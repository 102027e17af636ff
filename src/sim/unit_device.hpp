// One unit's adapter, driver, converter, meters and supervisor, with their faults.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "physics/plant.hpp"
#include "ports/device.hpp"
#include "sim/clock.hpp"
#include "sim/fault_table.hpp"
#include "sim/timeline.hpp"

namespace musubi::sim {

/// The adapter ends with its process, the driver with its board; the converter stays.
class UnitDevice final : public ports::Device {
 public:
  struct Settings {
    Duration delay{};    ///< of each driver call
    Duration timeout{};  ///< after which a call without answer has failed
    std::optional<Duration> stops_on_silence;
  };
  /// What the unit's device needs of its world.
  struct Surroundings {
    Timeline& timeline;
    FaultTable& faults;
    physics::Plant& plant;
    const UnitClock& clock;
    std::function<void(const DeviceCommand&)> carried_out;  ///< the converter took a command
    std::function<void()> held;  ///< a pause has begun between check and write
  };
  UnitDevice(Surroundings surroundings, std::uint32_t unit, const Settings& settings);

  // the adapter
  [[nodiscard]] std::optional<Duration> stops_on_silence() const override {
    return settings_.stops_on_silence;
  }
  void read() override;
  void write(std::uint64_t id, const DeviceCommand& command) override;
  /// The process stands between a lease check and its device write.
  [[nodiscard]] bool holds_write() const { return !held_.empty(); }
  /// The process runs again: the held writes reach the driver.
  void go_on();
  /// The process is gone, and what its adapter had begun.
  void process_ended();
  /// The driver has answered: the adapter checks the lease again. What the node gets.
  node::Event answered(std::uint32_t call);

  // the driver
  /// Late writes still wait to be carried out.
  [[nodiscard]] bool has_late_writes() const { return !late_.empty(); }
  /// One of them is carried out, unless it was lost.
  void carry_out_late(std::uint32_t call);
  /// It restarts, or its board is gone: late writes are lost.
  void drop_late_writes() { late_.clear(); }
  /// Restarted without its mode.
  void forget_mode();

  // beside the adapter
  /// The supervisor writes waiting. False: the driver did not take it.
  bool supervise();
  /// The device looks whether its program was silent for too long.
  void look_for_silence();

 private:
  struct Write {
    std::uint64_t id = 0;
    DeviceCommand command;
  };
  struct Answer {
    Write write;
    Reading reading;
  };

  [[nodiscard]] bool acts(FaultKind kind) const { return in_.faults.acts(kind, unit_); }
  [[nodiscard]] bool is_over(const DeviceCommand& command) const;
  void perform(std::uint64_t id, const DeviceCommand& command);
  void answer(Duration after, node::Event event);
  void write_late(const DeviceCommand& command);
  /// A number for a call whose hook comes `after` from now.
  std::uint32_t push_call(Duration after, Address::Kind kind);
  void carry_out(const DeviceCommand& command);
  void stop_by_itself();
  /// What the driver says of converter and battery now.
  Reading shown();
  [[nodiscard]] Reading truth() const;
  void falsify(Reading& reading) const;

  Surroundings in_;
  std::uint32_t unit_;
  Settings settings_;
  Instant last_call_;
  std::optional<Reading> last_shown_;
  std::vector<Write> held_;
  std::map<std::uint32_t, Answer> answers_;      // on their way from the driver
  std::map<std::uint32_t, DeviceCommand> late_;  // in the driver
  std::uint32_t next_call_ = 0;
};

}  // namespace musubi::sim
