#include "base/bounded_vector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace musubi {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

template <class... Values>
BoundedVector<int, 4> of(Values... values) {
  BoundedVector<int, 4> v;
  (v.push_back(values), ...);
  return v;
}

TEST(BoundedVectorTest, ANewOneIsEmpty) {
  const BoundedVector<int, 4> v;
  EXPECT_TRUE(v.empty());
  EXPECT_FALSE(v.full());
  EXPECT_EQ(v.size(), 0U);
  EXPECT_EQ(v.capacity(), 4U);
  EXPECT_EQ(v.begin(), v.end());
}

TEST(BoundedVectorTest, OneTooManyIsRefusedAndChangesNothing) {
  auto v = of(1, 2, 3);
  EXPECT_TRUE(v.push_back(4));
  EXPECT_TRUE(v.full());
  EXPECT_FALSE(v.push_back(5));
  EXPECT_THAT(v, ElementsAre(1, 2, 3, 4));
}

TEST(BoundedVectorTest, ErasingKeepsTheOrderOfTheOthers) {
  auto v = of(1, 2, 3, 4);
  v.erase_at(1);
  EXPECT_THAT(v, ElementsAre(1, 3, 4));
  v.erase_at(2);
  EXPECT_THAT(v, ElementsAre(1, 3));
  v.erase_at(0);
  EXPECT_THAT(v, ElementsAre(3));
}

TEST(BoundedVectorTest, ClearingMakesRoomAgain) {
  auto v = of(1, 2, 3, 4);
  v.clear();
  EXPECT_THAT(v, IsEmpty());
  EXPECT_TRUE(v.push_back(9));
  EXPECT_THAT(v, ElementsAre(9));
}

TEST(BoundedVectorTest, ElementsCanBeChangedInPlace) {
  auto v = of(1, 2);
  v[0] = 7;
  for (int& item : v) {
    ++item;
  }
  EXPECT_THAT(v, ElementsAre(8, 3));
}

TEST(BoundedVectorTest, EqualityLooksAtTheElementsInUseOnly) {
  auto a = of(1, 2, 3);
  auto b = of(1, 2, 4);
  EXPECT_FALSE(a == b);
  a.erase_at(2);
  EXPECT_FALSE(a == b);
  b.erase_at(2);
  EXPECT_TRUE(a == b);
}

TEST(BoundedVectorTest, ItIsUsableInConstantExpressions) {
  constexpr int sum = [] {
    BoundedVector<int, 3> v;
    v.push_back(1);
    v.push_back(2);
    v.push_back(3);
    v.erase_at(0);
    int total = 0;
    for (const int item : v) {
      total += item;
    }
    return total;
  }();
  static_assert(sum == 5);
  EXPECT_EQ(sum, 5);
}

TEST(BoundedVectorDeathTest, AnIndexBeyondTheSizeBreaksTheContract) {
  auto v = of(1, 2);
  const auto& constant = v;
  EXPECT_DEATH(v[2] = 0, "contract broken: BoundedVector index");
  EXPECT_DEATH(static_cast<void>(constant[4]), "contract broken: BoundedVector index");
  EXPECT_DEATH(v.erase_at(2), "contract broken: BoundedVector index");
}

RC_GTEST_PROP(BoundedVectorProperties, BehavesAsAVectorThatStopsGrowing,
              (const std::vector<int>& operations)) {
  BoundedVector<int, 4> bounded;
  std::vector<int> model;
  for (const int operation : operations) {
    if (operation % 3 == 0 && !model.empty()) {
      const std::size_t index =
          static_cast<std::size_t>(operation < 0 ? -(operation + 1) : operation) % model.size();
      bounded.erase_at(index);
      model.erase(model.begin() + static_cast<std::ptrdiff_t>(index));
    } else {
      const bool fits = model.size() < 4;
      RC_ASSERT(bounded.push_back(operation) == fits);
      if (fits) {
        model.push_back(operation);
      }
    }
    RC_ASSERT(bounded.size() == model.size());
    RC_ASSERT(std::equal(bounded.begin(), bounded.end(), model.begin(), model.end()));
  }
}

}  // namespace
}  // namespace musubi
