// Alarms: what is wrong, where, how bad (reference 10.1), and what it leads to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "base/fields.hpp"
#include "domain/unit_id.hpp"
#include "units/time.hpp"

namespace musubi {

enum class AlarmCategory : std::uint8_t { hardware, framework, logic, user, unknown };
enum class AlarmExtent : std::uint8_t { local, global, unknown };
enum class AlarmLevel : std::uint8_t { warn, error, fatal, unknown };

/// Everything that can be alarmed. One row each in docs/explanation/alarms.md.
enum class AlarmCode : std::uint8_t {
  device_unreachable,      ///< driver does not answer after all attempts
  device_refused_command,  ///< a set did not lead to the asked mode or value
  converter_alarm,         ///< the converter says "Heavy alarm"
  battery_not_permitted,   ///< the battery withdraws its permission
  mode_unknown,            ///< status code is none of the four
  mode_inconsistent,       ///< status code and text disagree
  mode_without_deal,       ///< running though no deal asks for it
  mode_against_deal,       ///< mode does not fit the deals
  deal_directions_differ,  ///< deals of one unit point both ways
  temperature_out_of_range,
  grid_voltage_out_of_range,
  battery_voltage_out_of_range,
  grid_current_out_of_range,
  battery_current_out_of_range,
  reading_incomplete,
  waiting_current,         ///< current flows though waiting
  reference_voltage_off,   ///< the voltage reference does not hold its voltage
  current_off,             ///< a constant-current side does not carry its current
  short_circuit,           ///< current at low voltage while the bus is formed: given up
  bus_voltage_trip,        ///< the bus left the announced band: tripped
  lease_expired,           ///< the command lease ran out, converter set to waiting
  possibly_running,        ///< a stop could not be confirmed by read-back
  policy_differs,          ///< this unit's policy is not the community's
  scenario_without_slice,  ///< odd, not wrong: no slice for this hour
  duplicate_unit,          ///< another process uses this unit's name
  store_unreachable,
  journal_failed,   ///< the journal did not take a record: no new deals
  members_missing,  ///< members of the policy that are silent
  leak_current,     ///< currents of dealing units do not balance
  branch_overloaded,
  foreign_voltage,  ///< bus is live though nobody holds it
  orphan_running,   ///< a silent unit's converter seems to run
  ramp_up_timeout,
  authorization_failed,
  compensation_failed,
  meter_mismatch,        ///< the two ends of a deal disagree
  bus_latched,           ///< too many re-formations: waits for a person
  hand_over_unfinished,  ///< the old reference does not let go
  two_references,        ///< more than one converter holds the voltage
  deal_stop_failed,
  local_stop,  ///< a person stopped this unit here
  lock_out,    ///< a person locked this unit out
};

/// A raised alarm. It is the same alarm while code and unit are the same.
struct Alarm {
  AlarmCode code = AlarmCode::device_unreachable;
  UnitId unit;  ///< whom it is about
  AlarmLevel level = AlarmLevel::warn;
  double found = 0.0;    ///< the offending number, where there is one
  double allowed = 0.0;  ///< the limit that it broke
};
constexpr auto fields(const Alarm& a) {
  return std::tie(a.code, a.unit, a.level, a.found, a.allowed);
}

/// What is fixed for a code.
struct AlarmKind {
  const char* name;
  AlarmCategory category;
  AlarmExtent extent;
  /// True: stays until a person clears it.
  bool latches;
  /// One sentence with the remedy.
  const char* what_to_do;
};

const AlarmKind& kind_of(AlarmCode code);

/// "HARDWARE", "LOCAL", "ERROR" and so on; "UNKNOWN".
std::string_view text_of(AlarmCategory category);
std::string_view text_of(AlarmExtent extent);
std::string_view text_of(AlarmLevel level);

/// "HARDWARE:LOCAL:ERROR", as the reference logs it.
std::string triple(const Alarm& alarm);

}  // namespace musubi
