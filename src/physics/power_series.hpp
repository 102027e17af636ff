// Powers that come from outside the models: measured or computed elsewhere.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "physics/calendar.hpp"

namespace musubi::physics {

/// Mean powers of consecutive steps of equal length, in W. Immutable, so that runs share it.
class PowerSeries {
 public:
  /// `first_unix_s` and `step_s` are multiples of `step_seconds`; `step_s` is above 0. 32-bit
  /// powers keep 7 digits in half the memory: a year of five-minute means takes 420 KB.
  PowerSeries(std::int64_t first_unix_s, std::int64_t step_s, std::vector<float> power_w);

  /// Mean power of the step that holds `unix_s`; 0 outside of the series.
  [[nodiscard]] double at(std::int64_t unix_s) const;
  /// The five-minute steps of the day that begins at `unix_s`.
  void day(std::int64_t unix_s, std::array<double, steps_per_day>& power_w) const;

  [[nodiscard]] std::int64_t first_unix_s() const { return first_unix_s_; }
  [[nodiscard]] std::int64_t end_unix_s() const {
    return first_unix_s_ + step_s_ * static_cast<std::int64_t>(power_w_.size());
  }
  [[nodiscard]] std::size_t size() const { return power_w_.size(); }

 private:
  std::int64_t first_unix_s_;
  std::int64_t step_s_;
  std::vector<float> power_w_;
};

/// A span of time in seconds since 1970-01-01 UTC, `to` excluded.
struct TimeSpan {
  std::int64_t from_unix_s = 0;
  std::int64_t to_unix_s = 0;
};

/// Takes rows of a fixed step in order and keeps what a run needs of them. Rows that do not fit the
/// five-minute steps become means of these steps, so that energy is kept.
class PowerSeriesBuilder {
 public:
  /// Rows begin at `first_unix_ms` and last `row_ms` (above 0) each; only `kept` is kept.
  PowerSeriesBuilder(std::int64_t first_unix_ms, std::int64_t row_ms, TimeSpan kept);

  /// The mean power of the next row.
  void add(double power_w);
  /// Everything added so far; the builder is empty afterwards.
  [[nodiscard]] PowerSeries build();

 private:
  void keep(std::int64_t begin_unix_s, double power_w);

  std::int64_t next_unix_ms_;
  std::int64_t row_ms_;
  TimeSpan kept_;
  bool aligned_;
  std::int64_t step_s_;
  std::int64_t first_unix_s_ = 0;
  std::vector<float> power_w_;
  // The five-minute step that is being filled.
  std::int64_t filling_unix_ms_;
  double filled_w_ms_ = 0.0;
  std::int64_t filled_ms_ = 0;
};

/// A year of 365 equal-length days, repeated over the local days that `kept` touches. A leap day
/// is like the day before. `per_day` values for each day divide a day into multiples of
/// `step_seconds`; `utc_offset_s` is a multiple of `step_seconds`.
[[nodiscard]] PowerSeries repeated_year(std::span<const float> power_w, std::size_t per_day,
                                        std::int32_t utc_offset_s, TimeSpan kept);

}  // namespace musubi::physics
