#include "physics/power_series.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/contract.hpp"

namespace musubi::physics {
namespace {

constexpr std::int64_t step_ms = step_seconds * 1000;
constexpr std::int64_t day_s = 86400;
constexpr std::size_t days_per_year = 365;
constexpr int leap_day = 60;

std::int64_t floor_to(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = value % step;
  return value - rest - (rest < 0 ? step : 0);
}

bool is_leap_year(DayNumber day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  return date.year().is_leap();
}

std::size_t row_of(DayNumber day) {
  const int number = day_of_year(day);
  const bool after_leap_day = is_leap_year(day) && number >= leap_day;
  return static_cast<std::size_t>(number - 1 - (after_leap_day ? 1 : 0));
}

}  // namespace

PowerSeries::PowerSeries(std::int64_t first_unix_s, std::int64_t step_s, std::vector<float> power_w)
    : first_unix_s_(first_unix_s), step_s_(step_s), power_w_(std::move(power_w)) {
  expect(step_s > 0 && step_s % step_seconds == 0, "steps of whole five minutes");
  expect(first_unix_s % step_seconds == 0, "begin at a whole five minutes");
}

double PowerSeries::at(std::int64_t unix_s) const {
  if (unix_s < first_unix_s_ || unix_s >= end_unix_s()) {
    return 0.0;
  }
  return static_cast<double>(
      power_w_[static_cast<std::size_t>((unix_s - first_unix_s_) / step_s_)]);
}

void PowerSeries::day(std::int64_t unix_s, std::array<double, steps_per_day>& power_w) const {
  for (double& power : power_w) {
    power = at(unix_s);
    unix_s += step_seconds;
  }
}

PowerSeriesBuilder::PowerSeriesBuilder(std::int64_t first_unix_ms, std::int64_t row_ms,
                                       TimeSpan kept)
    : next_unix_ms_(first_unix_ms), row_ms_(row_ms), kept_(kept),
      aligned_(first_unix_ms % step_ms == 0 && row_ms % step_ms == 0),
      step_s_(aligned_ ? row_ms / 1000 : step_seconds),
      filling_unix_ms_(floor_to(first_unix_ms, step_ms)) {
  expect(row_ms > 0, "rows last");
}

void PowerSeriesBuilder::keep(std::int64_t begin_unix_s, double power_w) {
  if (begin_unix_s + step_s_ <= kept_.from_unix_s || begin_unix_s >= kept_.to_unix_s) {
    return;
  }
  if (power_w_.empty()) {
    first_unix_s_ = begin_unix_s;
  }
  power_w_.push_back(static_cast<float>(power_w));
}

void PowerSeriesBuilder::add(double power_w) {
  std::int64_t from_ms = next_unix_ms_;
  next_unix_ms_ += row_ms_;
  if (aligned_) {
    keep(from_ms / 1000, power_w);
    return;
  }
  while (from_ms < next_unix_ms_) {
    const std::int64_t to_ms = std::min(next_unix_ms_, filling_unix_ms_ + step_ms);
    filled_w_ms_ += power_w * static_cast<double>(to_ms - from_ms);
    filled_ms_ += to_ms - from_ms;
    from_ms = to_ms;
    if (to_ms == filling_unix_ms_ + step_ms) {
      keep(filling_unix_ms_ / 1000, filled_w_ms_ / static_cast<double>(filled_ms_));
      filling_unix_ms_ += step_ms;
      filled_w_ms_ = 0.0;
      filled_ms_ = 0;
    }
  }
}

PowerSeries PowerSeriesBuilder::build() {
  if (filled_ms_ > 0) {
    keep(filling_unix_ms_ / 1000, filled_w_ms_ / static_cast<double>(filled_ms_));
    filled_ms_ = 0;
  }
  power_w_.shrink_to_fit();
  return {first_unix_s_, step_s_, std::exchange(power_w_, {})};
}

PowerSeries repeated_year(std::span<const float> power_w, std::size_t per_day,
                          std::int32_t utc_offset_s, TimeSpan kept) {
  expect(per_day > 0 && power_w.size() == days_per_year * per_day, "365 days");
  const std::int64_t first_local_s = floor_to(kept.from_unix_s + utc_offset_s, day_s);
  std::vector<float> repeated;
  for (std::int64_t local_s = first_local_s; local_s < kept.to_unix_s + utc_offset_s;
       local_s += day_s) {
    const auto row = power_w.subspan(row_of(local_s / day_s) * per_day, per_day);
    repeated.insert(repeated.end(), row.begin(), row.end());
  }
  return {first_local_s - utc_offset_s, day_s / static_cast<std::int64_t>(per_day),
          std::move(repeated)};
}

}  // namespace musubi::physics
