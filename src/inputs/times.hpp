// Times and offsets as people and exports of other programs write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "units/time.hpp"

namespace musubi::inputs {

/// "+09:00", "-03:30" or "Z" in seconds; whole quarters of an hour within 14 h. Nothing for
/// anything else.
std::optional<std::int32_t> parse_offset(std::string_view text);

/// ISO 8601: a date, "T" or a blank, a time with or without seconds, an offset or "Z". A text
/// without offset is on a clock of `utc_offset_s`, or, where that is empty, no time. Years 1970 to
/// 2199. Nothing for anything else.
std::optional<WallTime> parse_time(std::string_view text,
                                   std::optional<std::int32_t> utc_offset_s = std::nullopt);

}  // namespace musubi::inputs
