// What a unit checks about itself after every reading, without asking anybody (reference 9.1).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "domain/alarm.hpp"
#include "domain/hw_config.hpp"
#include "domain/modes.hpp"
#include "domain/policy.hpp"
#include "domain/reading.hpp"
#include "domain/set_point.hpp"
#include "domain/timing.hpp"

namespace musubi::safety {

/// What a raised alarm makes the unit do by itself.
enum class Action : std::uint8_t {
  note,      ///< show it
  ask_stop,  ///< no new deals; the Grid Master ends the running ones in order
  stop_now,  ///< converter to waiting at once, asking nobody
};
Action action_of(AlarmCode code, AlarmLevel level);

/// What the unit believes when it checks a reading.
struct Expectation {
  SetPoint set_point;    ///< in force
  bool settled = false;  ///< the converter has reached it; else only static checks run
  bool manual = false;   ///< a person sets the converter: dynamic checks rest
};

/// Ranges are judged by one sample. What can be a moment's disturbance (currents and voltages
/// against their set-points, mode against target) is a warning first and an error when a second
/// sample, at least trip_sample_gap later, still shows it.
class LocalChecks {
 public:
  /// Appends what is wrong with `reading` to `alarms`; a check that passes clears its strike.
  void evaluate(const Reading& reading, const Expectation& expected, UnitId self,
                const Policy& policy, const HwConfig& hw, const ControlTiming& timing,
                std::vector<Alarm>& alarms);

 private:
  static constexpr std::size_t codes = static_cast<std::size_t>(AlarmCode::lock_out) + 1;
  void strike(AlarmCode code, bool bad, const Reading& reading, double found, double allowed,
              UnitId self, Duration gap, std::vector<Alarm>& alarms);

  std::array<Instant, codes> first_seen_{};  ///< epoch: no strike
  bool overrun_ = false;                     ///< the reference carried all that it can
};

}  // namespace musubi::safety
