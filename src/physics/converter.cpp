#include "physics/converter.hpp"

#include <cmath>

namespace musubi::physics {
namespace {

constexpr double standby_w = 4.5;
constexpr double apis_charge_w = 71.0;
constexpr double apis_discharge_w = 55.0;
constexpr double curve_constant_w = 20.0;
constexpr double curve_linear_w_per_a = 4.5;
constexpr double curve_quadratic_w_per_a2 = 1.6;

}  // namespace

Watts converter_loss(LossModel model, ConverterMode mode, Amperes ig) {
  if (mode == ConverterMode::waiting) {
    return Watts(standby_w);
  }
  if (model == LossModel::apis) {
    return Watts(mode == ConverterMode::charge ? apis_charge_w : apis_discharge_w);
  }
  const double magnitude_a = std::fabs(ig.value());
  return Watts(curve_constant_w +
               magnitude_a * (curve_linear_w_per_a + magnitude_a * curve_quadratic_w_per_a2));
}

Ohms droop_resistance(Volts dvg, double drg, Amperes icap) {
  return Ohms(dvg.value() * drg / icap.value());
}

}  // namespace musubi::physics
