#include "physics/dc_network.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace musubi::physics {
namespace {

constexpr double loose_slope = 1e-12;  // as good as no bleed

Terminal held(double v, double droop_ohm = 0.0) { return {v, droop_ohm, -100.0, 100.0}; }
Terminal fixed(double a) { return {0.0, 0.0, a, a}; }

double voltage(const BusSolution& s, std::size_t unit) { return s.mean_v + s.offset_v[unit]; }

TEST(DcNetwork, TwoNodes) {
  const DcNetwork network(2, {{0, 1, Ohms(0.5)}});
  BusSolution s;
  network.solve({held(350.0), fixed(2.0)}, {loose_slope, 0.0}, s);
  EXPECT_NEAR(voltage(s, 0), 350.0, 1e-9);
  EXPECT_NEAR(voltage(s, 1), 349.0, 1e-9);
  EXPECT_NEAR(s.current_a[0], -2.0, 1e-8);
  EXPECT_NEAR(network.line_current(0, s.offset_v).value(), 2.0, 1e-8);
  EXPECT_NEAR(network.line_loss(s.offset_v).value(), 2.0, 1e-8);
}

TEST(DcNetwork, ChainOfThree) {
  const DcNetwork network(3, {{0, 1, Ohms(1.0)}, {1, 2, Ohms(2.0)}});
  BusSolution s;
  network.solve({held(350.0), fixed(1.0), fixed(1.5)}, {loose_slope, 0.0}, s);
  EXPECT_NEAR(voltage(s, 1), 350.0 - 2.5, 1e-8);
  EXPECT_NEAR(voltage(s, 2), 350.0 - 2.5 - 3.0, 1e-8);
  EXPECT_NEAR(network.line_loss(s.offset_v).value(), 2.5 * 2.5 + 1.5 * 1.5 * 2.0, 1e-7);
}

TEST(DcNetwork, RingOfFourSharesBothWays) {
  const DcNetwork network(
      4, {{0, 1, Ohms(1.0)}, {1, 2, Ohms(1.0)}, {2, 3, Ohms(1.0)}, {3, 0, Ohms(1.0)}});
  BusSolution s;
  network.solve({held(350.0), fixed(4.0), fixed(0.0), fixed(0.0)}, {loose_slope, 0.0}, s);
  // Three quarters take the short way.
  EXPECT_NEAR(network.line_current(0, s.offset_v).value(), 3.0, 1e-8);
  EXPECT_NEAR(network.line_current(3, s.offset_v).value(), -1.0, 1e-8);
  EXPECT_NEAR(voltage(s, 1), 347.0, 1e-8);
  EXPECT_NEAR(voltage(s, 2), 348.0, 1e-8);
}

TEST(DcNetwork, ZeroOhmJoinsNodes) {
  const DcNetwork network(3, {{0, 1, Ohms(0.0)}, {1, 2, Ohms(1.0)}});
  BusSolution s;
  network.solve({held(350.0), fixed(1.0), fixed(1.0)}, {loose_slope, 0.0}, s);
  EXPECT_NEAR(voltage(s, 0), voltage(s, 1), 1e-12);
  EXPECT_NEAR(voltage(s, 2), 349.0, 1e-8);
  EXPECT_TRUE(std::isnan(network.line_current(0, s.offset_v).value()));
}

TEST(DcNetwork, DroopedSourcesShare) {
  const DcNetwork network(3, {{0, 1, Ohms(0.0)}, {1, 2, Ohms(0.0)}});
  BusSolution s;
  network.solve({held(350.0, 6.0), held(350.0, 3.0), fixed(3.0)}, {loose_slope, 0.0}, s);
  EXPECT_NEAR(s.current_a[0], -1.0, 1e-8);
  EXPECT_NEAR(s.current_a[1], -2.0, 1e-8);
  EXPECT_NEAR(s.mean_v, 344.0, 1e-7);
}

RC_GTEST_PROP(DcNetworkProperty, CablesTakeWhatTheUnitsExchange, ()) {
  const std::size_t n = *rc::gen::inRange<std::size_t>(2, 20);
  std::vector<Line> lines;
  for (std::size_t i = 1; i < n; ++i) {
    lines.push_back({*rc::gen::inRange<std::size_t>(0, i), i,
                     Ohms(0.001 * static_cast<double>(*rc::gen::inRange(0, 500)))});
  }
  if (n > 3) {
    lines.push_back({0, n - 1, Ohms(0.2)});
  }
  const DcNetwork network(n, lines);
  std::vector<double> current_a(n);
  double sum = 0.0;
  for (std::size_t i = 0; i + 1 < n; ++i) {
    current_a[i] = 0.01 * static_cast<double>(*rc::gen::inRange(-230, 231));
    sum += current_a[i];
  }
  current_a[n - 1] = -sum;
  std::vector<double> offset_v;
  network.offsets(current_a, offset_v);
  double given_w = 0.0;
  double mean_v = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    given_w -= current_a[i] * offset_v[i];
    mean_v += offset_v[i];
  }
  RC_ASSERT(std::fabs(given_w - network.line_loss(offset_v).value()) < 1e-9);
  RC_ASSERT(std::fabs(mean_v) < 1e-9);
}

RC_GTEST_PROP(DcNetworkProperty, EveryTerminalIsOnItsLine, ()) {
  const std::size_t n = *rc::gen::inRange<std::size_t>(2, 20);
  std::vector<Line> lines;
  for (std::size_t i = 1; i < n; ++i) {
    lines.push_back({*rc::gen::inRange<std::size_t>(0, i), i,
                     Ohms(0.001 * static_cast<double>(*rc::gen::inRange(0, 500)))});
  }
  const DcNetwork network(n, lines);
  std::vector<Terminal> terminals(n);
  for (Terminal& t : terminals) {
    t.voltage_v = static_cast<double>(*rc::gen::inRange(300, 381));
    t.droop_ohm = *rc::gen::element(0.001, 5.9);
    t.low_a = -0.1 * static_cast<double>(*rc::gen::inRange(0, 24));
    t.high_a = 0.1 * static_cast<double>(*rc::gen::inRange(0, 24));
  }
  BusSolution s;
  network.solve(terminals, {static_cast<double>(n) / 300e3, 0.0}, s);
  double sum_a = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    const Terminal& t = terminals[i];
    const double a = s.current_a[i];
    const double over_v = voltage(s, i) - t.voltage_v - t.droop_ohm * a;
    RC_ASSERT(a >= t.low_a - 1e-9);
    RC_ASSERT(a <= t.high_a + 1e-9);
    RC_ASSERT(a < t.high_a - 1e-9 || over_v > -1e-6 || t.low_a == t.high_a);
    RC_ASSERT(a > t.low_a + 1e-9 || over_v < 1e-6 || t.low_a == t.high_a);
    RC_ASSERT(a < t.low_a + 1e-9 || a > t.high_a - 1e-9 || std::fabs(over_v) < 1e-6);
    sum_a += a;
  }
  RC_ASSERT(std::fabs(sum_a + s.mean_v * static_cast<double>(n) / 300e3) < 1e-9);
}

}  // namespace
}  // namespace musubi::physics
