#include "physics/community.hpp"

#include <algorithm>
#include <array>

#include "base/prng.hpp"

namespace musubi::physics {
namespace {

constexpr double cable_ohm = 30.0 * 1.5e-3;

UnitParams unit(std::size_t number, double pv_kw, double load_scale, double first_rsoc_pct) {
  UnitParams u;
  u.name = unit_name(number);
  u.first_rsoc = Percent(first_rsoc_pct);
  u.pv.peak_kw = pv_kw;
  u.load_scale = load_scale;
  u.house = House::Params::apis();
  return u;
}

}  // namespace

double Tariff::price_at(int hour) const {
  for (const Slice& slice : slices) {
    const bool within = slice.from_hour < slice.to_hour
                            ? hour >= slice.from_hour && hour < slice.to_hour
                            : hour >= slice.from_hour || hour < slice.to_hour;
    if (within) {
      return slice.import_per_kwh;
    }
  }
  return import_per_kwh;
}

std::string unit_name(std::size_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, 3 - std::min<std::size_t>(3, digits.size()), '0');
  return "E" + digits;
}

Community demo4() {
  Community c;
  c.name = "demo4";
  c.units = {unit(1, 4.2, 1.0, 70.0), unit(2, 2.8, 1.1, 62.0), unit(3, 0.0, 0.8, 52.0),
             unit(4, 7.0, 0.7, 80.0)};
  for (std::size_t i = 0; i + 1 < c.units.size(); ++i) {
    c.lines.push_back({i, i + 1, Ohms(cable_ohm)});
  }
  return c;
}

Community oist19() {
  Community c;
  c.name = "oist19";
  constexpr std::size_t houses = 19;
  constexpr std::size_t trunk = 10;
  Prng prng = Prng::stream(2014, "oist19/first-rsoc");
  for (std::size_t i = 0; i < houses; ++i) {
    c.units.push_back(unit(i + 1, i % 2 == 0 ? 2.8 : 4.2, 1.0, prng.uniform(40.0, 90.0)));
    // Roofs face between south-east and south-west.
    c.units.back().pv.azimuth_deg = 180.0 + prng.uniform(-40.0, 40.0);
  }
  // A trunk of ten houses with three side streets of three houses each.
  for (std::size_t i = 1; i < trunk; ++i) {
    c.lines.push_back({i - 1, i, Ohms(cable_ohm)});
  }
  constexpr std::array<std::size_t, 3> corners = {2, 4, 7};
  std::size_t next = trunk;
  for (const std::size_t corner : corners) {
    std::size_t last = corner;
    for (int i = 0; i < 3; ++i) {
      c.lines.push_back({last, next, Ohms(cable_ohm)});
      last = next++;
    }
  }
  return c;
}

Community quiet_community(std::size_t units, Ohms cable) {
  Community c;
  c.name = "quiet" + std::to_string(units);
  for (std::size_t i = 0; i < units; ++i) {
    UnitParams u;
    u.name = unit_name(i + 1);
    u.first_rsoc = Percent(72.0);
    u.pv.peak_kw = 0.0;
    u.load_scale = 0.0;
    c.units.push_back(u);
    if (i > 0) {
      c.lines.push_back({i - 1, i, cable});
    }
  }
  return c;
}

}  // namespace musubi::physics
