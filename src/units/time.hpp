// Time as three types that do not mix: Instant (a process's own monotonic clock), Duration, and
// WallTime (the civil clock that people and scenarios use).
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

#include "units/quantity.hpp"

namespace musubi {

/// Tag of the monotonic time-line of one process. It has no now(): an instant is always handed in.
struct MonotonicClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<MonotonicClock, duration>;
  static constexpr bool is_steady = true;
};

using Duration = std::chrono::nanoseconds;
using Instant = MonotonicClock::time_point;

constexpr Duration milliseconds(std::int64_t ms) { return std::chrono::milliseconds(ms); }
/// From seconds as a number; rounds towards zero to the nanosecond.
constexpr Duration seconds(double s) { return Duration(static_cast<std::int64_t>(s * 1e9)); }
constexpr double to_seconds(Duration d) { return static_cast<double>(d.count()) / 1e9; }
constexpr std::int64_t to_milliseconds(Duration d) { return d.count() / 1'000'000; }

constexpr WattHours operator*(Watts w, Duration d) {
  return WattHours(w.value() * to_seconds(d) / 3600.0);
}

/// Civil time: milliseconds since 1970-01-01 UTC and the local offset. Never used to measure spans
/// that control or accounting depend on.
struct WallTime {
  std::int64_t unix_ms = 0;
  std::int32_t utc_offset_s = 0;

  friend constexpr auto operator<=>(const WallTime&, const WallTime&) = default;

  /// Seconds since local midnight, 0 to 86399.
  [[nodiscard]] constexpr std::int32_t second_of_day() const {
    const std::int64_t local_s = floor_div(unix_ms, 1000) + utc_offset_s;
    return static_cast<std::int32_t>(local_s - floor_div(local_s, 86400) * 86400);
  }
  /// The same clock, `d` later.
  [[nodiscard]] constexpr WallTime plus(Duration d) const {
    return {unix_ms + d.count() / 1'000'000, utc_offset_s};
  }

 private:
  static constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
  }
};

}  // namespace musubi
