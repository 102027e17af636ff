#include "physics/dc_bus.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <vector>

namespace musubi::physics {
namespace {

constexpr double ns = 1e9;

// A chain of equal units with 45 mOhm between them, driven like the plant drives its bus.
class Chain {
 public:
  explicit Chain(std::size_t units, ConverterParams converter = {})
      : units_(units),
        bus_(units, chain(units), {}, std::vector<ConverterParams>(units, converter)) {}

  void set(std::size_t unit, ConverterMode mode, double dvg, double dig, double drg = 0.0) {
    end_piece(now_ns_);
    bus_.set(unit, mode, Volts(dvg), Amperes(dig), drg);
    bus_.plan();
    bus_.begin();
  }
  void run(double s) {
    const std::int64_t to_ns = now_ns_ + static_cast<std::int64_t>(s * ns);
    while (bus_.piece_end_ns() <= to_ns) {
      end_piece(bus_.piece_end_ns());
      bus_.plan();
      bus_.begin();
      ++pieces_;
    }
    now_ns_ = to_ns;
  }
  double v(std::size_t unit) const { return bus_.voltage_v(unit, now_ns_); }
  double a(std::size_t unit) const { return bus_.current_a(unit); }
  int pieces() const { return pieces_; }
  /// Sent minus received, minus what the bus says about it.
  double imbalance_wh() const {
    double given_wh = given_wh_;
    for (std::size_t u = 0; u < units_; ++u) {
      given_wh -= bus_.current_a(u) * bus_.voltage_integral_vs(u, piece_ns_, now_ns_) / 3600.0;
    }
    const BusLosses losses = bus_.losses(now_ns_);
    return given_wh - losses.line_wh - losses.bleed_wh - bus_.stored(now_ns_).value();
  }

 private:
  static std::vector<Line> chain(std::size_t units) {
    std::vector<Line> lines;
    for (std::size_t i = 1; i < units; ++i) {
      lines.push_back({i - 1, i, Ohms(0.045)});
    }
    return lines;
  }
  void end_piece(std::int64_t t_ns) {
    for (std::size_t u = 0; u < units_; ++u) {
      given_wh_ -= bus_.current_a(u) * bus_.voltage_integral_vs(u, piece_ns_, t_ns) / 3600.0;
    }
    bus_.close(t_ns);
    piece_ns_ = t_ns;
  }

  std::size_t units_;
  DcBus bus_;
  std::int64_t now_ns_ = 0;
  std::int64_t piece_ns_ = 0;
  double given_wh_ = 0.0;
  int pieces_ = 0;
};

TEST(DcBus, FormsIn12SecondsAndDecaysThroughTheBleed) {
  Chain bus(4);
  bus.set(0, ConverterMode::voltage_reference, 350.0, 2.3);
  bus.run(6.0);
  EXPECT_NEAR(bus.v(3), 175.0, 0.1);
  bus.run(6.1);
  EXPECT_NEAR(bus.v(0), 350.0, 1e-5);
  EXPECT_NEAR(bus.a(0), -4.0 * 350.0 / 300e3, 1e-6);
  bus.set(0, ConverterMode::waiting, 350.0, 2.3);
  bus.run(9.9);
  EXPECT_NEAR(bus.v(2), 350.0 * std::exp(-1.0), 1e-3);
  bus.run(100.0);
  EXPECT_LT(bus.v(2), 0.01);
  EXPECT_NEAR(bus.imbalance_wh(), 0.0, 1e-10);
}

TEST(DcBus, VoltageRampsDownToo) {
  Chain bus(4);
  bus.set(0, ConverterMode::voltage_reference, 350.0, 2.3);
  bus.run(12.1);
  bus.set(0, ConverterMode::voltage_reference, 320.75, 2.3);
  bus.run(0.5);
  EXPECT_NEAR(bus.v(0), 350.0 - 350.0 / 24.0, 0.1);
  bus.run(0.6);
  EXPECT_NEAR(bus.v(0), 320.75, 1e-4);
}

TEST(DcBus, ReferenceCarriesTheDifference) {
  Chain bus(3);
  bus.set(0, ConverterMode::voltage_reference, 350.0, 2.3);
  bus.run(13.0);
  bus.set(1, ConverterMode::charge, 350.0, 2.0);
  bus.set(2, ConverterMode::discharge, 380.0, 1.5);
  bus.run(1.0);
  EXPECT_NEAR(bus.a(1), 2.0, 0.0);
  EXPECT_NEAR(bus.a(2), -1.5, 0.0);
  EXPECT_NEAR(bus.a(0), -0.5 - 3.0 * 350.0 / 300e3, 1e-5);
  EXPECT_NEAR(bus.v(0), 350.0, 1e-5);
  EXPECT_LT(bus.pieces(), 200);
}

TEST(DcBus, ReferenceAtItsLimitLetsTheBusSag) {
  Chain bus(3);
  bus.set(0, ConverterMode::voltage_reference, 350.0, 2.3);
  bus.run(13.0);
  bus.set(1, ConverterMode::charge, 350.0, 2.0);
  bus.set(2, ConverterMode::charge, 350.0, 2.0);
  bus.run(20.0);
  EXPECT_NEAR(bus.a(0), -2.3, 1e-9);
  EXPECT_LT(bus.v(0), 25.0);
  bus.set(2, ConverterMode::waiting, 0.0, 0.0);
  bus.run(5.0);
  EXPECT_NEAR(bus.v(0), 350.0, 1e-4);
  EXPECT_NEAR(bus.imbalance_wh(), 0.0, 1e-10);
}

TEST(DcBus, WithoutReferenceNetDischargeClimbsToTheHighestSetPoint) {
  Chain bus(4);
  bus.set(0, ConverterMode::voltage_reference, 350.0, 2.3);
  bus.run(13.0);
  bus.set(1, ConverterMode::discharge, 370.0, 1.0);
  bus.set(2, ConverterMode::discharge, 380.0, 2.0);
  bus.set(3, ConverterMode::charge, 350.0, 1.0);
  bus.run(1.0);
  bus.set(0, ConverterMode::waiting, 0.0, 0.0);
  bus.run(30.0);
  EXPECT_NEAR(bus.v(2), 380.0, 0.01);
  EXPECT_EQ(bus.a(1), 0.0);
  EXPECT_EQ(bus.a(3), 1.0);
  EXPECT_LT(bus.a(2), -1.0);
  EXPECT_GT(bus.a(2), -1.02);
  EXPECT_NEAR(bus.imbalance_wh(), 0.0, 1e-10);
}

TEST(DcBus, WithoutReferenceNetChargeCollapses) {
  Chain bus(4);
  bus.set(0, ConverterMode::voltage_reference, 350.0, 2.3);
  bus.run(13.0);
  bus.set(1, ConverterMode::charge, 350.0, 2.0);
  bus.run(1.0);
  bus.set(0, ConverterMode::waiting, 0.0, 0.0);
  bus.run(1.0);
  EXPECT_LE(bus.v(1), 20.01);
  bus.run(60.0);
  EXPECT_LT(bus.v(1), 0.1);
  EXPECT_NEAR(bus.imbalance_wh(), 0.0, 1e-10);
}

TEST(DcBus, TwoDroopedReferencesShare) {
  Chain bus(2);
  bus.set(0, ConverterMode::voltage_reference, 350.0, 2.3, 0.039);
  bus.run(13.0);
  bus.set(1, ConverterMode::voltage_reference, 350.0, 2.3, 0.039);
  bus.run(3.0);
  EXPECT_NEAR(bus.a(0), -350.0 / 300e3, 1e-4);
  EXPECT_NEAR(bus.a(1), -350.0 / 300e3, 1e-4);
}

TEST(DcBus, TwoStiffReferencesFightUpToTheirLimit) {
  Chain bus(2);
  bus.set(0, ConverterMode::voltage_reference, 350.0, 2.3);
  bus.run(13.0);
  bus.set(1, ConverterMode::voltage_reference, 355.0, 2.3);
  bus.run(3.0);
  EXPECT_NEAR(bus.a(0), 2.3, 0.01);
  EXPECT_NEAR(bus.a(1), -2.3, 0.01);
  EXPECT_NEAR(bus.imbalance_wh(), 0.0, 1e-10);
}

TEST(DcBus, CurrentRampIsFollowed) {
  ConverterParams slow;
  slow.current_ramp_a_per_s = 1.0;
  Chain bus(2, slow);
  bus.set(0, ConverterMode::voltage_reference, 350.0, 2.3);
  bus.run(13.0);
  bus.set(1, ConverterMode::charge, 350.0, 2.0);
  bus.run(1.0);
  EXPECT_NEAR(bus.a(1), 1.0, 0.11);
  bus.run(1.5);
  EXPECT_NEAR(bus.a(1), 2.0, 1e-12);
}

RC_GTEST_PROP(DcBusProperty, ConservesEnergyUnderAnyCommands, ()) {
  const std::size_t n = *rc::gen::inRange<std::size_t>(2, 8);
  Chain bus(n);
  const int commands = *rc::gen::inRange(1, 15);
  for (int i = 0; i < commands; ++i) {
    const auto mode = static_cast<ConverterMode>(*rc::gen::inRange(0, 4));
    bus.set(*rc::gen::inRange<std::size_t>(0, n), mode,
            static_cast<double>(*rc::gen::inRange(0, 400)),
            0.1 * static_cast<double>(*rc::gen::inRange(0, 24)),
            0.01 * static_cast<double>(*rc::gen::inRange(0, 5)));
    bus.run(0.001 * static_cast<double>(*rc::gen::inRange(0, 30'000)));
    RC_ASSERT(std::fabs(bus.imbalance_wh()) < 1e-8);
    for (std::size_t u = 0; u < n; ++u) {
      RC_ASSERT(std::fabs(bus.a(u)) < 2.3 + 1e-9);
      RC_ASSERT(bus.v(u) < 401.0);
      RC_ASSERT(bus.v(u) > -1.0);
    }
  }
  RC_ASSERT(bus.pieces() < 20'000);
}

}  // namespace
}  // namespace musubi::physics
