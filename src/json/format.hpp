// Numbers, times and names as APIS spells them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/modes.hpp"
#include "units/time.hpp"

namespace musubi::json {

/// A number as Java prints a 32-bit float: "350.0", "1.0", "0.29999995", "1.0E-4", "1.0E7". What a
/// float cannot hold becomes its nearest finite float; not-a-number becomes "0.0".
std::string java_float(double x);

/// Shortest spelling that reads back as the same double, with a point or an exponent. Infinite
/// values become the largest finite one, not-a-number becomes "0.0".
std::string shortest(double x);

/// True when the bytes are UTF-8 (no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

/// "2024/05/01-10:00:05": the local time of `t`, whole seconds, without a zone.
std::string apis_time(const WallTime& t);

/// Reads what apis_time() writes; the offset is not in the text and comes from the caller. Nothing
/// when the text is no time of the years 0 to 9999.
std::optional<WallTime> parse_apis_time(std::string_view text, std::int32_t utc_offset_s);

/// "2024-05-01T10:00:05.250+09:00" (ISO 8601), for files of ours.
std::string iso_time(const WallTime& t);

/// Reads what iso_time() writes; the fraction may be absent or have 1 to 9 digits; "Z" is +00:00.
std::optional<WallTime> parse_iso_time(std::string_view text);

/// "10:00:05" as seconds since midnight; "24:00:00" is 86400. Two digits each.
std::optional<std::int32_t> parse_time_of_day(std::string_view text);

/// "0x0014" and so on (reference 7.1); "" for unknown.
std::string_view code_of(ConverterMode mode);
/// unknown for any code that is none of the four.
ConverterMode mode_of_code(std::string_view code);
/// The operation text that belongs to a mode: "Waiting", "Grid Autonomy", "Heteronomy CV".
std::string_view operation_text_of(ConverterMode mode);

/// "No alarm", "Light alarm", "Heavy alarm".
std::string_view text_of(AlarmState state);
std::optional<AlarmState> alarm_state_of(std::string_view text);

/// "autonomous", "heteronomous", "stop", "manual".
std::string_view text_of(OperationMode mode);
std::optional<OperationMode> operation_mode_of(std::string_view text);

/// "charge", "discharge".
std::string_view text_of(Direction direction);
std::optional<Direction> direction_of(std::string_view text);

}  // namespace musubi::json
