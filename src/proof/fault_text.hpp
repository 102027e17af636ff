// Faults as lines of text that people read and write.
//
//   12.500 cut E001 E002 for 3.000
//   40 clock_rate E003 value 0.008 for 60
//   100 board_loss E002 for ever
//   130 wall_step E004 value -3600
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sim/faults.hpp"

namespace musubi::proof {

/// The fault without its instant: "cut E001 E002 for 3". Reading it back gives the same fault.
std::string text_of(const sim::Fault& fault);
/// One line: seconds since the start of the world, then the fault.
std::string text_of(const sim::ScheduledFault& fault);

/// Reads what text_of() writes. The error says what was found and what is allowed; the caller adds
/// the line.
Result<sim::Fault> fault_of(std::string_view text);
Result<sim::ScheduledFault> scheduled_fault_of(std::string_view line);

/// Seconds as they stand in files: as few decimals as the nanoseconds need.
std::string seconds_text(Duration d);
/// A number of seconds from 0 to 1e9, exact to the nanosecond.
Result<Duration> seconds_of(std::string_view text);
/// A finite number.
Result<double> number_of(std::string_view text);

/// The words of a line, split at blanks; a word that begins with '#' ends the line.
std::vector<std::string_view> words_of(std::string_view line);

/// How the kind uses `value`: its range and unit in words, empty where it has none.
struct ValueRange {
  double low = 0.0;
  double high = 0.0;
  std::string_view meaning;
};
const ValueRange& value_range_of(sim::FaultKind kind);

/// How many units the kind names: at least, at most.
struct UnitCount {
  std::size_t least = 0;
  std::size_t most = 0;
};
UnitCount unit_count_of(sim::FaultKind kind);

}  // namespace musubi::proof
