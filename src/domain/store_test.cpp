#include "domain/store.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <variant>
#include <vector>

namespace musubi {
namespace {

TEST(StoreTest, EachRecordHasAKeyOfItsOwn) {
  const UnitId a("E001");
  const UnitId b("E002");
  const std::set<StoreKey> keys{
      StoreKey::role(),          StoreKey::member(a),       StoreKey::member(b),
      StoreKey::of_deal({1, 2}), StoreKey::of_deal({2, 1}), StoreKey::reference_set(),
      StoreKey::ledger(a),       StoreKey::ledger(b),       StoreKey::mode(),
      StoreKey::bus_latch(),
  };
  EXPECT_EQ(keys.size(), 10U);
  EXPECT_EQ(StoreKey::member(a), StoreKey::member(UnitId("E001")));
}

TEST(StoreTest, ValuesAndTransactionsDifferWhereTheyDiffer) {
  const UnitId a("E001");
  const std::vector<StoreValue> values{std::monostate{},
                                       RoleRecord{a},
                                       MemberRecord{a, 1, 2, Amperes(3)},
                                       Deal{},
                                       ReferenceSet{{a}},
                                       UnitLedger{a, 1},
                                       ModeRecord{OperationMode::autonomous},
                                       BusLatch{Reason(Rule::bus_lost)}};
  std::set<std::uint64_t> digests;
  for (const auto& value : values) {
    Transaction t;
    t.conditions.push_back({StoreKey::role(), 7});
    t.writes.push_back({StoreKey::role(), value});
    Hasher hasher;
    hasher.add(t);
    hasher.add(StoreRecord{StoreKey::role(), 7, value});
    digests.insert(hasher.digest());
  }
  EXPECT_EQ(digests.size(), values.size());
}

TEST(StoreTest, TheReferenceSetHoldsTheUnitsInIt) {
  const ReferenceSet set{{UnitId("E001"), UnitId("E003")}};
  EXPECT_TRUE(set.contains(UnitId("E003")));
  EXPECT_FALSE(set.contains(UnitId("E002")));
  EXPECT_FALSE(ReferenceSet{}.contains(UnitId("E001")));
}

}  // namespace
}  // namespace musubi
