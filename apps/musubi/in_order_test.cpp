#include "musubi/in_order.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <stdexcept>

namespace musubi::app {
namespace {

constexpr unsigned jobs = 4;

TEST(InOrder, ResultsAreTakenInOrderAndOnce) {
  std::vector<std::uint64_t> taken;
  in_order(
      jobs, 100, [](std::uint64_t i) { return i * i; },
      [&](std::uint64_t i, std::uint64_t square) {
        EXPECT_EQ(square, i * i);
        taken.push_back(i);
      },
      [] { return true; });
  ASSERT_EQ(taken.size(), 100U);
  for (std::uint64_t i = 0; i < taken.size(); ++i) {
    EXPECT_EQ(taken[i], i);
  }
}

TEST(InOrder, NothingBeginsOnceItDoesNotGoOn) {
  std::atomic<int> begun = 0;
  std::uint64_t taken = 0;
  in_order(
      jobs, 1000, [&](std::uint64_t i) { return ++begun, i; },
      [&](std::uint64_t /*i*/, std::uint64_t /*same*/) { ++taken; }, [&] { return taken < 5; });
  EXPECT_GE(taken, 5U);
  EXPECT_LT(taken, 5U + jobs);
  EXPECT_EQ(static_cast<std::uint64_t>(begun), taken) << "what has begun is taken";
}

TEST(InOrder, AnExceptionEndsAll) {
  const auto run = [] {
    in_order(
        jobs, 1000,
        [](std::uint64_t i) {
          if (i == 3) {
            throw std::runtime_error("three");
          }
          return i;
        },
        [](std::uint64_t /*i*/, std::uint64_t /*same*/) {}, [] { return true; });
  };
  EXPECT_THROW(run(), std::runtime_error);
}

}  // namespace
}  // namespace musubi::app
