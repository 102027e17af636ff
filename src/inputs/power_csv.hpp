// PV and load of one's own: --pv FILE, --load FILE. The forms: docs/reference/power-files.md.
#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "physics/power_series.hpp"
#include "json/problem.hpp"

namespace musubi::inputs {

/// What a file's numbers are: the two forms of the reference differ by it.
enum class PowerKind : std::uint8_t { pv, load };

/// What a file must fit.
struct PowerCsvOptions {
  /// Empty: either.
  std::optional<PowerKind> kind;
  /// The community's units in its order. Empty: not known, any column is accepted.
  std::vector<std::string> units;
  /// What must be there, and all that is kept. Empty: nothing.
  std::optional<physics::TimeSpan> run;
  /// The community's clock, for the forms without times.
  std::int32_t utc_offset_s = 0;
};

/// Series in the order of `PowerCsvOptions::units`; empty for units that the file lacks.
struct PowerCsv {
  std::vector<std::shared_ptr<const physics::PowerSeries>> series;
  /// In words: "timestamped, 19 columns, 1 min".
  std::string form;
};

/// Reads a file line by line and keeps only what the run needs. All problems, up to 20; each with
/// its line, and its column where the pointer of JSON files stands.
json::ReadResult<PowerCsv> read_power_csv(std::istream& in, const std::string& file,
                                          const PowerCsvOptions& options);

}  // namespace musubi::inputs
