// The three forms of a file of powers; each reads on from the first line.
#pragma once

#include "inputs/csv_lines.hpp"
#include "inputs/power_csv.hpp"

namespace musubi::inputs {

/// Most that a unit may have, in W.
inline constexpr double most_power_w = 1e8;

/// `time,<unit>,...` and rows of a fixed step. `lines` is at the header.
PowerCsv read_timestamped(CsvLines& lines, const PowerCsvOptions& options);
/// The reference's solar file: 365 rows of 24 hourly W, the same for all units. `lines` is at the
/// first row.
PowerCsv read_reference_pv(CsvLines& lines, const PowerCsvOptions& options);
/// The reference's load file: a header, then 365 rows per customer with 48 half-hourly kW from the
/// sixth field on. `lines` is at the header.
PowerCsv read_reference_load(CsvLines& lines, const PowerCsvOptions& options);

}  // namespace musubi::inputs
