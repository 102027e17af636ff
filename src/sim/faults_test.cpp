#include "sim/faults.hpp"

#include <gtest/gtest.h>

namespace musubi::sim {
namespace {

TEST(Faults, EachKindHasANameOfItsOwn) {
  for (std::size_t i = 0; i < fault_kinds; ++i) {
    const auto kind = static_cast<FaultKind>(i);
    EXPECT_EQ(fault_kind_named(name_of(kind)), kind);
  }
  EXPECT_EQ(name_of(FaultKind::partition_in), "partition_in");
  EXPECT_EQ(fault_kind_named("earthquake"), std::nullopt);
}

TEST(Faults, KindsAtOnceHaveNoLength) {
  EXPECT_TRUE(is_at_once(FaultKind::wall_step));
  EXPECT_TRUE(is_at_once(FaultKind::torn_write));
  EXPECT_FALSE(is_at_once(FaultKind::crash));
}

TEST(Faults, OnlySomeKindsHaveAValue) {
  EXPECT_EQ(value_range(FaultKind::clock_rate).most, 0.01);
  EXPECT_EQ(value_range(FaultKind::crash).most, 0.0);
}

}  // namespace
}  // namespace musubi::sim
