#include "physics/converter.hpp"

#include <gtest/gtest.h>

namespace musubi::physics {
namespace {

TEST(ConverterLoss, ApisIsFlat) {
  EXPECT_EQ(converter_loss(LossModel::apis, ConverterMode::waiting, Amperes(0.0)), Watts(4.5));
  EXPECT_EQ(converter_loss(LossModel::apis, ConverterMode::charge, Amperes(2.0)), Watts(71.0));
  EXPECT_EQ(converter_loss(LossModel::apis, ConverterMode::discharge, Amperes(-2.0)), Watts(55.0));
  EXPECT_EQ(converter_loss(LossModel::apis, ConverterMode::voltage_reference, Amperes(2.0)),
            Watts(55.0));
}

TEST(ConverterLoss, CurveIsBestNear95Percent) {
  double best = 0.0;
  double best_w = 0.0;
  for (double a = 0.1; a < 8.0; a += 0.1) {
    const double power_w = 350.0 * a;
    const double loss_w =
        converter_loss(LossModel::curve, ConverterMode::discharge, Amperes(-a)).value();
    if (1.0 - loss_w / power_w > best) {
      best = 1.0 - loss_w / power_w;
      best_w = power_w;
    }
  }
  EXPECT_GT(best, 0.95);
  EXPECT_LT(best, 0.96);
  EXPECT_NEAR(best_w, 1237.0, 60.0);
  EXPECT_EQ(converter_loss(LossModel::curve, ConverterMode::waiting, Amperes(0.0)), Watts(4.5));
}

TEST(Droop, IsTheRatioAtFullCurrent) {
  const Ohms r = droop_resistance(Volts(350.0), 0.039, Amperes(2.3));
  EXPECT_NEAR((Amperes(2.3) * r).value(), 13.65, 1e-12);
}

}  // namespace
}  // namespace musubi::physics
