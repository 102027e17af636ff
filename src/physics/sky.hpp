// The sun and the clouds over one community, and what a roof makes of them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/prng.hpp"
#include "physics/calendar.hpp"
#include "units/quantity.hpp"

namespace musubi::physics {

/// Where a community is and what its local clock shows.
struct Site {
  /// Degrees north, -66 to 66.
  double latitude_deg = 26.46;
  /// Degrees east.
  double longitude_deg = 127.83;
  std::int32_t utc_offset_s = 9 * 3600;
};

/// The sun in the middle of a step: a unit vector towards it, and the factor of the solar constant.
struct SunPosition {
  double east = 0.0;
  double north = 0.0;
  /// Sine of the height above the horizon; negative at night.
  double up = 0.0;
  double distance_factor = 1.0;
};

/// Sun over `site` at `minute` (local clock, from midnight) of `day`. Declination, equation of time
/// and distance: Spencer 1971, Fourier series representation of the position of the sun.
[[nodiscard]] SunPosition sun_position(const Site& site, DayNumber day, double minute);

/// Global horizontal irradiance without clouds in W/m2: 1098 sin(h) exp(-0.057 / sin(h)), Haurwitz
/// 1945 in the form of Reno, Hansen, Stein 2012 (SAND2012-2389).
[[nodiscard]] double clear_sky_w_per_m2(double sun_up);

/// Irradiance of one step.
struct SkyStep {
  SunPosition sun;
  /// On a horizontal plane, on a plane that faces the sun, and from the sky without the sun; W/m2.
  double global_w_per_m2 = 0.0;
  double beam_w_per_m2 = 0.0;
  double diffuse_w_per_m2 = 0.0;
  /// 0 for a covered or clear sky, 1 for a broken one: how much houses differ.
  double brokenness = 0.0;
};

/// Share of diffuse light in global light for a clearness index: Erbs, Klein, Duffie 1982.
[[nodiscard]] double diffuse_share(double clearness);

/// The weather of a community: every day drawn from its own stream of the seed, so that days can be
/// asked for in any order.
class Sky {
 public:
  using Day = std::array<SkyStep, steps_per_day>;

  Sky(const Site& site, std::uint64_t seed);
  /// The steps of a local day. Valid until the next call. The last 16 days are kept: houses that
  /// are advanced within two weeks of each other share the work.
  const Day& day(DayNumber day);

 private:
  struct Cached {
    DayNumber day = -1;
    Day steps;
  };
  void make(DayNumber day, Day& steps) const;

  Site site_;
  std::uint64_t seed_;
  std::vector<Cached> cache_;
};

/// A roof with modules and its own maximum-power tracker.
struct PvParams {
  /// Power under 1000 W/m2 before `performance`; 0 for a house without PV.
  double peak_kw = 0.0;
  /// From horizontal, and clockwise from north.
  double tilt_deg = 15.0;
  double azimuth_deg = 180.0;
  /// Temperature, wiring, dirt and tracker together. Our assumption for a hot and humid place.
  double performance = 0.80;
};

/// PV powers of one house over one day in W, from the community's sky and the house's own stream.
/// Tilted plane: isotropic sky of Liu and Jordan 1963, ground reflectance 0.2.
void pv_of_day(const PvParams& pv, const Sky::Day& sky, Prng stream,
               std::array<double, steps_per_day>& power_w);

}  // namespace musubi::physics
