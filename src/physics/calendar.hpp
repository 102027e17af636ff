// Days and five-minute steps on the local civil clock.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace musubi::physics {

/// Weather and load are constant within a step of this length, counted from local midnight.
inline constexpr std::int64_t step_seconds = 300;
inline constexpr std::size_t steps_per_day = 288;

/// A local day as the number of days since 1970-01-01.
using DayNumber = std::int64_t;

/// The day of the year, 1 to 366.
inline int day_of_year(DayNumber day) {
  const std::chrono::sys_days date{std::chrono::days{day}};
  const std::chrono::year_month_day ymd{date};
  const std::chrono::sys_days first{ymd.year() / std::chrono::January / 1};
  return static_cast<int>((date - first).count()) + 1;
}

/// Saturday or Sunday.
inline bool is_weekend(DayNumber day) {
  const std::chrono::weekday weekday{std::chrono::sys_days{std::chrono::days{day}}};
  return weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
}

}  // namespace musubi::physics
