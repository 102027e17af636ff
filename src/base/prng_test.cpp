#include "base/prng.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdint>
#include <set>

namespace musubi {
namespace {

TEST(PrngTest, SplitMixGivesItsAuthorsNumbers) {
  std::uint64_t state = 1234567;
  EXPECT_EQ(split_mix(state), 6457827717110365317ULL);
  EXPECT_EQ(split_mix(state), 3203168211198807973ULL);
  EXPECT_EQ(split_mix(state), 9817491932198370423ULL);
}

TEST(PrngTest, SeedsGiveTheNumbersThatOtherImplementationsGive) {
  Prng zero(0);
  EXPECT_EQ(zero.next(), 11091344671253066420ULL);
  EXPECT_EQ(zero.next(), 13793997310169335082ULL);
  Prng forty_two(42);
  EXPECT_EQ(forty_two.next(), 1546998764402558742ULL);
  EXPECT_EQ(forty_two.next(), 6990951692964543102ULL);
  EXPECT_EQ(forty_two.next(), 12544586762248559009ULL);
}

TEST(PrngTest, StreamsOfOneSeedDifferByPurposeAndRepeat) {
  std::set<std::uint64_t> first_numbers;
  for (const char* purpose : {"", "a", "b", "ab", "ba", "pv/E001", "pv/E002", "load/E001"}) {
    first_numbers.insert(Prng::stream(42, purpose).next());
    EXPECT_EQ(Prng::stream(42, purpose).next(), Prng::stream(42, purpose).next());
    EXPECT_NE(Prng::stream(42, purpose).next(), Prng::stream(43, purpose).next()) << purpose;
  }
  EXPECT_EQ(first_numbers.size(), 8U);
}

TEST(PrngTest, UniformNumbersFillTheirRangeEvenly) {
  Prng prng(7);
  int low = 0;
  double sum = 0.0;
  for (int i = 0; i < 10000; ++i) {
    const double x = prng.uniform();
    low += x < 0.25 ? 1 : 0;
    sum += x;
  }
  EXPECT_NEAR(low, 2500, 200);
  EXPECT_NEAR(sum / 10000, 0.5, 0.015);
}

TEST(PrngTest, NormalNumbersHaveMeanZeroAndVarianceOne) {
  Prng prng(7);
  double sum = 0.0;
  double squares = 0.0;
  int within_one = 0;
  for (int i = 0; i < 10000; ++i) {
    const double x = prng.normal();
    sum += x;
    squares += x * x;
    within_one += std::fabs(x) < 1.0 ? 1 : 0;
  }
  EXPECT_NEAR(sum / 10000, 0.0, 0.05);
  EXPECT_NEAR(squares / 10000, 1.0, 0.05);
  EXPECT_NEAR(within_one, 6827, 200);
}

RC_GTEST_PROP(PrngProperties, NumbersStayInTheirRange, (std::uint64_t seed)) {
  Prng prng(seed);
  const auto n = *rc::gen::inRange<std::uint64_t>(1, 1000);
  for (int i = 0; i < 50; ++i) {
    const double unit = prng.uniform();
    RC_ASSERT(unit >= 0.0 && unit < 1.0);
    const double ranged = prng.uniform(-3.0, 5.0);
    RC_ASSERT(ranged >= -3.0 && ranged < 5.0);
    RC_ASSERT(prng.below(n) < n);
    RC_ASSERT(std::isfinite(prng.normal()));
  }
}

}  // namespace
}  // namespace musubi
