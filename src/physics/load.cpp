#include "physics/load.hpp"

#include <cmath>
#include <numbers>

#include "base/contract.hpp"
#include "base/prng.hpp"

namespace musubi::physics {
namespace {

// Relative use at each full hour; made to a mean of 1 below.
constexpr std::array<double, 24> weekday = {0.62, 0.55, 0.50, 0.48, 0.50, 0.62, 1.05, 1.30,
                                            1.05, 0.80, 0.72, 0.75, 0.90, 0.80, 0.75, 0.80,
                                            0.95, 1.25, 1.65, 1.85, 1.80, 1.60, 1.25, 0.85};
constexpr std::array<double, 24> weekend = {0.70, 0.60, 0.53, 0.50, 0.50, 0.55, 0.75, 1.05,
                                            1.25, 1.25, 1.15, 1.15, 1.30, 1.20, 1.05, 1.05,
                                            1.10, 1.30, 1.60, 1.75, 1.70, 1.55, 1.25, 0.92};
constexpr double season_share = 0.22;
constexpr int hottest_day = 210;
constexpr int least_spikes = 4;
constexpr int most_spikes = 12;
constexpr double least_spike_w = 500.0;
constexpr double most_spike_w = 1500.0;
// Mean energy of the spikes above: 8 spikes of 1000 W and 2 steps.
constexpr double spike_wh = 8.0 * 1000.0 * 2.0 * static_cast<double>(step_seconds) / 3600.0;

constexpr double mean_of(const std::array<double, 24>& hours) {
  double sum = 0.0;
  for (const double h : hours) {
    sum += h;
  }
  return sum / 24.0;
}

}  // namespace

Household::Household(std::string_view name, std::uint64_t seed, double scale)
    : stream_("load/" + std::string(name)), seed_(seed), scale_(scale) {
  expect(scale >= 0.0, "load scale not negative");
  Prng prng = Prng::stream(seed, stream_);
  mean_kwh_per_day_ = scale * 12.0 * prng.uniform(0.85, 1.15);
  late_h_ = prng.uniform(-0.75, 0.75);
}

void Household::day(DayNumber day, std::array<double, steps_per_day>& power_w) const {
  Prng prng = Prng::stream(seed_, stream_ + "/" + std::to_string(day));
  const auto& hours = is_weekend(day) ? weekend : weekday;
  const double season = 1.0 + season_share * std::cos(2.0 * std::numbers::pi *
                                                      (day_of_year(day) - hottest_day) / 365.0);
  const double mean_w = (mean_kwh_per_day_ * 1000.0 - scale_ * spike_wh) / 24.0 * season *
                        prng.uniform(0.8, 1.2) / mean_of(hours);
  double noise = 0.0;
  for (std::size_t i = 0; i < steps_per_day; ++i) {
    double hour = static_cast<double>(i) / 12.0 - late_h_;
    hour += hour < 0.0 ? 24.0 : (hour >= 24.0 ? -24.0 : 0.0);
    const auto before = static_cast<std::size_t>(hour);
    const double part = hour - static_cast<double>(before);
    const double shape = hours[before] + (hours[(before + 1) % 24] - hours[before]) * part;
    noise = 0.75 * noise + 0.25 * prng.uniform(-1.0, 1.0);
    power_w[i] = mean_w * shape * (1.0 + 0.6 * noise);
  }
  constexpr std::uint64_t counts = most_spikes - least_spikes + 1;
  const int spikes = least_spikes + static_cast<int>(prng.below(counts));
  for (int s = 0; s < spikes; ++s) {
    // Cooking, water, laundry: by day, more in the evening.
    const double hour = prng.uniform() < 0.5 ? prng.uniform(17.0, 22.0) : prng.uniform(6.5, 17.0);
    const double spike_w = scale_ * prng.uniform(least_spike_w, most_spike_w);
    const auto first = static_cast<std::size_t>(hour * 12.0);
    const std::size_t steps = 1 + static_cast<std::size_t>(prng.below(3));
    for (std::size_t i = first; i < first + steps; ++i) {
      power_w[i] += spike_w;
    }
  }
}

}  // namespace musubi::physics
