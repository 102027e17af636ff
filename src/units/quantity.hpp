// Physical quantities as types: adding volts to amperes does not compile.
//
// A quantity is one double in its SI-like unit (V, A, W, Wh, Ohm, ...). Only the products and
// quotients that physics knows are defined. Raw numbers enter by the explicit constructor and leave
// by value(); where a raw number has a name, the name ends in its unit (`bus_voltage_v`).
#pragma once

#include <cmath>
#include <compare>

namespace musubi {

/// A number with a unit. `Tag` names the unit; two quantities of different tags never mix.
template <class Tag>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double value) : value_(value) {}

  /// The number in the unit that the tag names.
  [[nodiscard]] constexpr double value() const { return value_; }

  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.value_ + b.value_);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.value_ - b.value_);
  }
  friend constexpr Quantity operator-(Quantity a) { return Quantity(-a.value_); }
  friend constexpr Quantity operator*(Quantity a, double f) { return Quantity(a.value_ * f); }
  friend constexpr Quantity operator*(double f, Quantity a) { return Quantity(a.value_ * f); }
  friend constexpr Quantity operator/(Quantity a, double f) { return Quantity(a.value_ / f); }
  /// Ratio of two like quantities: a plain number.
  friend constexpr double operator/(Quantity a, Quantity b) { return a.value_ / b.value_; }
  constexpr Quantity& operator+=(Quantity b) {
    value_ += b.value_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity b) {
    value_ -= b.value_;
    return *this;
  }

 private:
  double value_ = 0.0;
};

template <class Tag>
[[nodiscard]] inline Quantity<Tag> abs(Quantity<Tag> q) {
  return Quantity<Tag>(std::fabs(q.value()));
}

using Volts = Quantity<struct VoltsTag>;
using Amperes = Quantity<struct AmperesTag>;
using Watts = Quantity<struct WattsTag>;
using WattHours = Quantity<struct WattHoursTag>;
using Ohms = Quantity<struct OhmsTag>;
using Celsius = Quantity<struct CelsiusTag>;
/// State of charge and other shares, 0 to 100.
using Percent = Quantity<struct PercentTag>;
/// Money of the community: APIS calls the unit of `pointPerWh` a point.
using Points = Quantity<struct PointsTag>;

constexpr Watts operator*(Volts v, Amperes a) { return Watts(v.value() * a.value()); }
constexpr Watts operator*(Amperes a, Volts v) { return v * a; }
constexpr Volts operator*(Amperes a, Ohms r) { return Volts(a.value() * r.value()); }
constexpr Amperes operator/(Volts v, Ohms r) { return Amperes(v.value() / r.value()); }
constexpr Amperes operator/(Watts w, Volts v) { return Amperes(w.value() / v.value()); }

namespace literals {
constexpr Volts operator""_V(long double v) { return Volts(static_cast<double>(v)); }
constexpr Volts operator""_V(unsigned long long v) { return Volts(static_cast<double>(v)); }
constexpr Amperes operator""_A(long double v) { return Amperes(static_cast<double>(v)); }
constexpr Amperes operator""_A(unsigned long long v) { return Amperes(static_cast<double>(v)); }
constexpr Watts operator""_W(long double v) { return Watts(static_cast<double>(v)); }
constexpr Watts operator""_W(unsigned long long v) { return Watts(static_cast<double>(v)); }
constexpr WattHours operator""_Wh(long double v) { return WattHours(static_cast<double>(v)); }
constexpr WattHours operator""_Wh(unsigned long long v) {
  return WattHours(static_cast<double>(v));
}
constexpr Percent operator""_pct(long double v) { return Percent(static_cast<double>(v)); }
constexpr Percent operator""_pct(unsigned long long v) { return Percent(static_cast<double>(v)); }
}  // namespace literals

}  // namespace musubi
