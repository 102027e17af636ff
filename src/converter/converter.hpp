// One unit's converter: brings it to its set-point write by write, looks whether it got there, and
// ends it when its lease ends.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "converter/plan.hpp"
#include "domain/reading.hpp"
#include "domain/report.hpp"

namespace musubi::converter {

/// A new set-point from the Grid Master or a person, in force until lease_end.
struct TargetSet {
  SetPoint target;
  Instant lease_end{};
};
/// End all flow now, without steps, whatever is under way.
struct StopNow {
  Reason reason;
};
/// The driver's word on a write.
enum class WriteOutcome : std::uint8_t {
  done,
  refused,  ///< the driver or the gate said no; nothing was changed
  unknown,  ///< no answer: it may have been carried out
};
struct WriteAnswered {
  std::uint64_t id = 0;
  WriteOutcome outcome = WriteOutcome::done;
};
/// A complete reading of the device.
struct ReadingArrived {
  Reading reading;
};
struct Advance {};
using Event = std::variant<TargetSet, StopNow, WriteAnswered, ReadingArrived, Advance>;

/// Write this; answer with WriteAnswered of the same id, with a reading where the driver gives one.
struct Write {
  std::uint64_t id = 0;
  DeviceCommand command;
};
/// Read the device now.
struct Look {};
/// At the set-point, confirmed by a reading.
struct Settled {};
/// The set-point was not reached or not held; the converter was told to wait.
struct Failed {
  Reason reason;
};
using Effect = std::variant<Write, Look, Settled, Failed>;

/// The machine. Every write it asks for still passes the safety gate.
class Converter {
 public:
  void step(Instant now, const Event& event, const Policy& policy, const HwConfig& hw,
            std::vector<Effect>& out);

  [[nodiscard]] ConverterProgress progress() const { return progress_; }
  [[nodiscard]] const SetPoint& target() const { return target_; }
  [[nodiscard]] Instant lease_end() const { return lease_end_; }
  /// What the device is believed to do.
  [[nodiscard]] const DeviceState& state() const { return state_; }
  /// True while energy may flow as far as this unit knows.
  [[nodiscard]] bool may_be_running() const {
    return state_.mode != ConverterMode::waiting || target_.mode != ConverterMode::waiting ||
           progress_ == ConverterProgress::uncertain ||
           (outstanding_ && outstanding_command_.mode != ConverterMode::waiting);
  }
  /// Told to stop at once, and not yet seen waiting.
  [[nodiscard]] bool is_stopping() const {
    return at_once_ && progress_ != ConverterProgress::settled;
  }
  /// True while a checkpoint or an unknown outcome waits for a reading.
  [[nodiscard]] bool is_moving() const { return outstanding_ || checking_; }
  [[nodiscard]] Instant wake_at() const;

 private:
  enum class Judgement : std::uint8_t { reached, moving, off };

  void drive(Instant now, const Policy& policy, const HwConfig& hw, std::vector<Effect>& out);
  void write(Instant now, const DeviceCommand& command, bool checkpoint, const Policy& policy,
             std::vector<Effect>& out);
  void stop_now(Instant now, Reason reason, const Policy& policy, std::vector<Effect>& out);
  void answered(Instant now, const WriteAnswered& answer, const Policy& policy,
                std::vector<Effect>& out);
  void looked(Instant now, const Reading& reading, const Policy& policy, const HwConfig& hw,
              std::vector<Effect>& out);
  [[nodiscard]] Judgement judge(const Reading& reading, const Policy& policy, const HwConfig& hw);
  void adopt(const Reading& reading);

  DeviceState state_;
  SetPoint target_;
  Instant lease_end_ = Instant::max();
  ConverterProgress progress_ = ConverterProgress::settled;
  bool outstanding_ = false;
  std::uint64_t next_id_ = 1;
  std::uint64_t outstanding_id_ = 0;
  DeviceCommand outstanding_command_;
  bool checkpoint_after_ = false;
  bool checking_ = false;
  bool at_once_ = false;  ///< told to stop without steps, and not yet seen waiting
  bool asked_ = false;    ///< a look is under way
  int tries_ = 0;
  Instant next_look_ = Instant::max();
  Instant give_up_at_ = Instant::max();
  std::optional<double> last_gap_v_;
};

}  // namespace musubi::converter
