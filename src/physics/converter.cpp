#include "physics/converter.hpp"

#include <cmath>

namespace musubi::physics {
namespace {

constexpr double kStandbyW = 4.5;
constexpr double kApisChargeW = 71.0;
constexpr double kApisDischargeW = 55.0;
constexpr double kCurveConstantW = 20.0;
constexpr double kCurveLinearWPerA = 4.5;
constexpr double kCurveQuadraticWPerA2 = 1.6;

}  // namespace

Watts converter_loss(LossModel model, ConverterMode mode, Amperes ig) {
  if (mode == ConverterMode::kWaiting) {
    return Watts(kStandbyW);
  }
  if (model == LossModel::kApis) {
    return Watts(mode == ConverterMode::kCharge ? kApisChargeW : kApisDischargeW);
  }
  const double magnitude_a = std::fabs(ig.value());
  return Watts(kCurveConstantW +
               magnitude_a * (kCurveLinearWPerA + magnitude_a * kCurveQuadraticWPerA2));
}

Ohms droop_resistance(Volts dvg, double drg, Amperes icap) {
  return Ohms(dvg.value() * drg / icap.value());
}

}  // namespace musubi::physics
