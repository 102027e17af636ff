#include "physics/sky.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace musubi::physics {
namespace {

constexpr double rad_per_deg = std::numbers::pi / 180.0;
constexpr double solar_constant_w_per_m2 = 1361.0;
constexpr double ground_reflectance = 0.2;
constexpr std::size_t cached_days = 16;

// The cloud process: all our assumption, chosen so that Okinawa's year has about 1450 wh/m2 (the
// Japan Meteorological Agency reports about 14 MJ/m2 a day for Naha).
constexpr double cloud_memory_of_yesterday = 0.45;
constexpr double darkest_day = 0.15;
constexpr double brightest_day = 1.02;
constexpr double day_spread = 1.5;
constexpr double day_centre = 0.10;
constexpr double season_effect = 0.5;
constexpr double cloud_memory_s = 2400.0;

// Latent mean of a day: normal, related to the day before.
double own_draw(std::uint64_t seed, DayNumber day) {
  Prng prng = Prng::stream(seed, "sky/mean/" + std::to_string(day));
  return prng.normal();
}

}  // namespace

SunPosition sun_position(const Site& site, DayNumber day, double minute) {
  const double b = 2.0 * std::numbers::pi * (day_of_year(day) - 1) / 365.0;
  const double sin_1 = std::sin(b);
  const double cos_1 = std::cos(b);
  const double sin_2 = std::sin(2.0 * b);
  const double cos_2 = std::cos(2.0 * b);
  const double declination = 0.006918 - 0.399912 * cos_1 + 0.070257 * sin_1 - 0.006758 * cos_2 +
                             0.000907 * sin_2 - 0.002697 * std::cos(3.0 * b) +
                             0.00148 * std::sin(3.0 * b);
  const double equation_min = 229.18 * (0.000075 + 0.001868 * cos_1 - 0.032077 * sin_1 -
                                        0.014615 * cos_2 - 0.040849 * sin_2);
  const double solar_min =
      minute - site.utc_offset_s / 60.0 + 4.0 * site.longitude_deg + equation_min;
  const double hour_angle = (solar_min / 4.0 - 180.0) * rad_per_deg;
  const double latitude = site.latitude_deg * rad_per_deg;
  SunPosition sun;
  sun.east = -std::cos(declination) * std::sin(hour_angle);
  sun.north = std::cos(latitude) * std::sin(declination) -
              std::sin(latitude) * std::cos(declination) * std::cos(hour_angle);
  sun.up = std::sin(latitude) * std::sin(declination) +
           std::cos(latitude) * std::cos(declination) * std::cos(hour_angle);
  sun.distance_factor =
      1.00011 + 0.034221 * cos_1 + 0.00128 * sin_1 + 0.000719 * cos_2 + 0.000077 * sin_2;
  return sun;
}

double clear_sky_w_per_m2(double sun_up) {
  return sun_up > 0.01 ? 1098.0 * sun_up * std::exp(-0.057 / sun_up) : 0.0;
}

double diffuse_share(double clearness) {
  const double k = clearness;
  if (k <= 0.22) {
    return 1.0 - 0.09 * std::max(k, 0.0);
  }
  if (k <= 0.80) {
    return 0.9511 + k * (-0.1604 + k * (4.388 + k * (-16.638 + k * 12.336)));
  }
  return 0.165;
}

Sky::Sky(const Site& site, std::uint64_t seed) : site_(site), seed_(seed), cache_(cached_days) {}

const Sky::Day& Sky::day(DayNumber day) {
  const auto slots = static_cast<DayNumber>(cached_days);
  Cached& cached = cache_[static_cast<std::size_t>(((day % slots) + slots) % slots)];
  if (cached.day != day) {
    make(day, cached.steps);
    cached.day = day;
  }
  return cached.steps;
}

void Sky::make(DayNumber day, Day& steps) const {
  const double memory = cloud_memory_of_yesterday;
  const double latent =
      (own_draw(seed_, day) + memory * own_draw(seed_, day - 1)) / std::sqrt(1.0 + memory * memory);
  // Brighter in the summer of the site's hemisphere.
  const double season = std::cos(2.0 * std::numbers::pi * (day_of_year(day) - 200) / 365.0) *
                        (site_.latitude_deg < 0.0 ? -1.0 : 1.0);
  const double bright =
      1.0 / (1.0 + std::exp(-(day_spread * latent + day_centre + season_effect * season)));
  const double mean_index = darkest_day + (brightest_day - darkest_day) * bright;
  const double broken = 4.0 * bright * (1.0 - bright);

  Prng prng = Prng::stream(seed_, "sky/clouds/" + std::to_string(day));
  const double keep = std::exp(-static_cast<double>(step_seconds) / cloud_memory_s);
  const double fresh = std::sqrt(1.0 - keep * keep);
  double cloud = prng.normal();
  for (std::size_t i = 0; i < steps_per_day; ++i) {
    SkyStep& step = steps[i];
    step = SkyStep{};
    step.sun = sun_position(site_, day, (static_cast<double>(i) + 0.5) * 5.0);
    cloud = keep * cloud + fresh * prng.normal();
    const double clear = clear_sky_w_per_m2(step.sun.up);
    if (clear <= 0.0) {
      continue;
    }
    const double index = std::clamp(mean_index + 0.30 * broken * cloud, 0.06, 1.06);
    step.brokenness = broken;
    step.global_w_per_m2 = clear * index;
    const double outside = solar_constant_w_per_m2 * step.sun.distance_factor * step.sun.up;
    const double share = diffuse_share(step.global_w_per_m2 / outside);
    step.diffuse_w_per_m2 = share * step.global_w_per_m2;
    // Near the horizon the quotient is noise: no more than the beam outside the air.
    step.beam_w_per_m2 =
        std::min((1.0 - share) * step.global_w_per_m2 / step.sun.up, solar_constant_w_per_m2);
  }
}

void pv_of_day(const PvParams& pv, const Sky::Day& sky, Prng stream,
               std::array<double, steps_per_day>& power_w) {
  power_w.fill(0.0);
  if (pv.peak_kw <= 0.0) {
    return;
  }
  const double tilt = pv.tilt_deg * rad_per_deg;
  const double azimuth = pv.azimuth_deg * rad_per_deg;
  const double normal_east = std::sin(tilt) * std::sin(azimuth);
  const double normal_north = std::sin(tilt) * std::cos(azimuth);
  const double normal_up = std::cos(tilt);
  const double gain = pv.peak_kw * pv.performance;  // W per W/m2
  double own = 0.0;
  for (std::size_t i = 0; i < steps_per_day; ++i) {
    const SkyStep& step = sky[i];
    own = 0.7 * own + 0.3 * stream.uniform(-1.0, 1.0);
    if (step.global_w_per_m2 <= 0.0) {
      continue;
    }
    const double facing =
        normal_east * step.sun.east + normal_north * step.sun.north + normal_up * step.sun.up;
    const double plane = step.beam_w_per_m2 * std::max(facing, 0.0) +
                         step.diffuse_w_per_m2 * (1.0 + normal_up) / 2.0 +
                         step.global_w_per_m2 * ground_reflectance * (1.0 - normal_up) / 2.0;
    power_w[i] = std::max(0.0, gain * plane * (1.0 + 0.5 * step.brokenness * own));
  }
}

}  // namespace musubi::physics
