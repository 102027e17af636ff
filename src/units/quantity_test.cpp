#include "units/quantity.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <type_traits>

namespace musubi {
namespace {

using namespace literals;

template <class A, class B>
concept Addable = requires(A a, B b) { a + b; };
template <class A, class B>
concept Comparable = requires(A a, B b) { a < b; };

static_assert(Addable<Volts, Volts>);
static_assert(!Addable<Volts, Amperes>);
static_assert(!Addable<Volts, double>);
static_assert(!Comparable<Watts, WattHours>);
static_assert(!std::is_convertible_v<double, Volts>);
static_assert(std::is_same_v<decltype(Volts() / Volts()), double>);
static_assert(Volts(350) == 350_V);

TEST(QuantityTest, LikeQuantitiesAddAndScale) {
  EXPECT_EQ(350_V + 10_V, 360_V);
  EXPECT_EQ(350_V - 10_V, 340_V);
  EXPECT_EQ(-(1.5_A), Amperes(-1.5));
  EXPECT_EQ(2.0 * 3_A, 6_A);
  EXPECT_EQ(3_A * 2.0, 6_A);
  EXPECT_EQ(3_A / 2.0, 1.5_A);
  EXPECT_EQ(700_W / 350_W, 2.0);
  Amperes sum = 1_A;
  sum += 2_A;
  sum -= 0.5_A;
  EXPECT_EQ(sum, 2.5_A);
}

TEST(QuantityTest, ProductsAndQuotientsAreThoseOfPhysics) {
  EXPECT_EQ(350_V * 2_A, 700_W);
  EXPECT_EQ(2_A * 350_V, 700_W);
  EXPECT_EQ(2_A * Ohms(0.5), 1_V);
  EXPECT_EQ(1_V / Ohms(0.5), 2_A);
  EXPECT_EQ(700_W / 350_V, 2_A);
}

TEST(QuantityTest, QuantitiesAreOrderedByValue) {
  EXPECT_LT(299.9_V, 300_V);
  EXPECT_GE(50_Wh, 50.0_Wh);
  EXPECT_NE(20_pct, 20.5_pct);
  EXPECT_EQ(abs(Amperes(-2.3)), 2.3_A);
  EXPECT_EQ(Volts(), 0_V);
  EXPECT_EQ(0.5_W, Watts(0.5));
  EXPECT_EQ(0.5_Wh, WattHours(0.5));
}

RC_GTEST_PROP(QuantityProperties, AddingAndTakingAwayIsExactForWholeNumbers,
              (std::int32_t a, std::int32_t b)) {
  const Watts start(a);
  RC_ASSERT(start + Watts(b) - Watts(b) == start);
  RC_ASSERT(abs(start) >= Watts(0.0));
}

}  // namespace
}  // namespace musubi
