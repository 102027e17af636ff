#include "domain/unit_id.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <type_traits>

#include "base/fields.hpp"

namespace musubi {
namespace {

static_assert(std::is_trivially_copyable_v<UnitId>);
static_assert(sizeof(UnitId) == UnitId::max_length);
static_assert(UnitId{}.empty());
static_assert(UnitId("E001").view() == "E001");
static_assert(UnitId("E001") < UnitId("E002"));

TEST(UnitIdTest, ReadsNamesOfOneToSixteenBytes) {
  EXPECT_FALSE(UnitId::parse(""));
  EXPECT_EQ(UnitId::parse("E").value().str(), "E");
  EXPECT_EQ(UnitId::parse("1234567890123456").value().view(), "1234567890123456");
  EXPECT_FALSE(UnitId::parse("12345678901234567"));
}

TEST(UnitIdTest, RefusesControlCharacters) {
  EXPECT_FALSE(UnitId::parse("E\n1"));
  EXPECT_FALSE(UnitId::parse(std::string("E\0001", 3)));
  EXPECT_FALSE(UnitId::parse("E\x7F"));
  EXPECT_TRUE(UnitId::parse("\xE5\xAE\xB6"));
}

TEST(UnitIdTest, IsOrderedAsText) {
  EXPECT_LT(UnitId("E01"), UnitId("E010"));
  EXPECT_LT(UnitId("E010"), UnitId("E02"));
  EXPECT_LT(UnitId{}, UnitId("A"));
}

TEST(UnitIdTest, DifferentNamesHaveDifferentHashes) {
  EXPECT_NE(UnitId("E001").value_or_hash(), UnitId("E002").value_or_hash());
  EXPECT_EQ(UnitId("E001").value_or_hash(), UnitId("E001").value_or_hash());
}

TEST(DealIdTest, IsWrittenAsAUuid) {
  const DealId id{0x2a6a1d21dceb4ddfULL, 0x9ed1e553dfb075eeULL};
  EXPECT_EQ(id.str(), "2a6a1d21-dceb-4ddf-9ed1-e553dfb075ee");
  EXPECT_EQ(DealId::parse("2a6a1d21-dceb-4ddf-9ed1-e553dfb075ee"), id);
  EXPECT_EQ(DealId::parse("2A6A1D21-DCEB-4DDF-9ED1-E553DFB075EE"), id);
  EXPECT_EQ(DealId{}.str(), "00000000-0000-0000-0000-000000000000");
  EXPECT_TRUE(DealId{}.empty());
  EXPECT_FALSE(id.empty());
}

TEST(DealIdTest, RefusesWhatIsNoUuid) {
  for (const char* text :
       {"", "2a6a1d21-dceb-4ddf-9ed1-e553dfb075e", "2a6a1d21-dceb-4ddf-9ed1-e553dfb075ee0",
        "2a6a1d21adceb-4ddf-9ed1-e553dfb075ee", "2a6a1d21-dceb-4ddf-9ed1-e553dfb075eg",
        "2a6a1d2--dceb-4ddf-9ed1-e553dfb075ee"}) {
    EXPECT_FALSE(DealId::parse(text)) << text;
  }
}

RC_GTEST_PROP(DealIdProperties, WhatIsWrittenIsReadBack, (std::uint64_t high, std::uint64_t low)) {
  const DealId id{high, low};
  RC_ASSERT(DealId::parse(id.str()) == id);
}

}  // namespace
}  // namespace musubi
