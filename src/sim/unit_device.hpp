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
  void process_ended() { held_.clear(); }
  /// A call is done: the answer for the node, if its adapter gets one. `alive`: the process that
  /// called still runs.
  std::optional<node::Event> done(std::uint32_t call, bool alive);

  // the driver
  /// Late writes still wait to be carried out.
  [[nodiscard]] bool has_late_writes() const;
  /// It restarts, or its board is gone: late writes are lost.
  void drop_late_writes();
  /// Restarted without its mode.
  void forget_mode();

  // beside the adapter
  /// The supervisor writes waiting. False: the driver did not take it.
  bool supervise();
  /// The device looks whether its program was silent for too long.
  void look_for_silence();

 private:
  struct Call {
    enum class Kind : std::uint8_t { write, late_write } kind = Kind::write;
    std::uint64_t id = 0;
    DeviceCommand command;
    std::optional<Reading> reading;
  };
  struct HeldWrite {
    std::uint64_t id = 0;
    DeviceCommand command;
  };

  [[nodiscard]] bool acts(FaultKind kind) const { return in_.faults.acts(kind, unit_); }
  [[nodiscard]] bool is_over(const DeviceCommand& command) const;
  void perform(std::uint64_t id, const DeviceCommand& command);
  void answer(Duration after, node::Event event);
  void write_late(const DeviceCommand& command);
  void push_call(Duration after, Call call);
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
  std::vector<HeldWrite> held_;
  std::map<std::uint32_t, Call> calls_;
  std::uint32_t next_call_ = 0;
};

}  // namespace musubi::sim
