// What ports/cluster.hpp promises of a store, shown for the one in memory.

#include "sim/memory_store.hpp"

#include <gtest/gtest.h>
#include <map>
#include <rapidcheck/gtest.h>

namespace musubi::sim {
namespace {

const UnitId e001("E001");
const UnitId e002("E002");

Transaction write(StoreKey key, StoreValue value) { return {{}, {{key, std::move(value)}}}; }
Transaction write_if(StoreKey key, Revision revision, StoreValue value) {
  return {{{key, revision}}, {{key, std::move(value)}}};
}

TEST(MemoryStore, KnowsNothingAtFirst) {
  const MemoryStore store;
  EXPECT_EQ(store.revision(), 0U);
  EXPECT_EQ(store.epoch(), 0U);
  EXPECT_TRUE(store.role().holder.empty());
  EXPECT_EQ(store.find(StoreKey::mode()), nullptr);
  EXPECT_TRUE(store.snapshot().empty());
}

TEST(MemoryStore, CountsCommittedTransactionsFromOne) {
  MemoryStore store;
  const auto first = store.apply(write(StoreKey::role(), RoleRecord{e001}));
  EXPECT_TRUE(first.committed);
  EXPECT_EQ(first.revision, 1U);
  const auto second = store.apply(write(StoreKey::mode(), ModeRecord{OperationMode::manual}));
  EXPECT_EQ(second.revision, 2U);
  EXPECT_EQ(store.revision(), 2U);
  EXPECT_EQ(store.revision_of(StoreKey::role()), 1U);
}

TEST(MemoryStore, TheEpochIsTheRevisionAtWhichTheRoleWasWritten) {
  MemoryStore store;
  store.apply(write(StoreKey::mode(), ModeRecord{}));
  store.apply(write(StoreKey::role(), RoleRecord{e001}));
  store.apply(write(StoreKey::mode(), ModeRecord{}));
  EXPECT_EQ(store.epoch(), 2U);
  EXPECT_EQ(store.role().holder, e001);
}

TEST(MemoryStore, RefusesAConditionOnARevisionThatHasPassed) {
  MemoryStore store;
  store.apply(write(StoreKey::role(), RoleRecord{e001}));
  const auto taken = store.apply(write_if(StoreKey::role(), 0, RoleRecord{e002}));
  EXPECT_FALSE(taken.committed);
  EXPECT_TRUE(taken.changes.empty());
  EXPECT_EQ(store.role().holder, e001);
  EXPECT_EQ(store.revision(), 1U);
}

TEST(MemoryStore, OfTwoThatTakeTheRoleAtOnceOneGetsIt) {
  MemoryStore store;
  EXPECT_TRUE(store.apply(write_if(StoreKey::role(), 0, RoleRecord{e001})).committed);
  EXPECT_FALSE(store.apply(write_if(StoreKey::role(), 0, RoleRecord{e002})).committed);
}

TEST(MemoryStore, WritesAllOrNothing) {
  MemoryStore store;
  store.apply(write(StoreKey::ledger(e001), UnitLedger{e001, 1}));
  Transaction t;
  t.conditions = {{StoreKey::ledger(e001), 1}, {StoreKey::ledger(e002), 5}};
  t.writes = {{StoreKey::ledger(e001), UnitLedger{e001, 2}},
              {StoreKey::ledger(e002), UnitLedger{e002, 1}}};
  EXPECT_FALSE(store.apply(t).committed);
  EXPECT_EQ(store.find(StoreKey::ledger(e002)), nullptr);
  t.conditions[1].revision = 0;
  const auto outcome = store.apply(t);
  EXPECT_TRUE(outcome.committed);
  ASSERT_EQ(outcome.changes.size(), 2U);
  EXPECT_EQ(outcome.changes[0]->revision, outcome.changes[1]->revision);
  EXPECT_EQ(std::get<UnitLedger>(store.find(StoreKey::ledger(e001))->value).open_deals, 2U);
}

TEST(MemoryStore, AnOlderEpochsWriteIsRefused) {
  MemoryStore store;
  const Epoch old = store.apply(write(StoreKey::role(), RoleRecord{e001})).revision;
  store.apply(write_if(StoreKey::role(), old, RoleRecord{e002}));
  Transaction late;
  late.conditions = {{StoreKey::role(), old}};
  late.writes = {{StoreKey::reference_set(), ReferenceSet{{e001}}}};
  EXPECT_FALSE(store.apply(late).committed);
  EXPECT_EQ(store.find(StoreKey::reference_set()), nullptr);
}

TEST(MemoryStore, ADeletedKeyDoesNotExistAndWatchersSeeTheDeletion) {
  MemoryStore store;
  store.apply(write(StoreKey::bus_latch(), BusLatch{Reason(Rule::bus_lost)}));
  const auto outcome = store.apply(write(StoreKey::bus_latch(), std::monostate{}));
  ASSERT_EQ(outcome.changes.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(outcome.changes[0]->value));
  EXPECT_EQ(outcome.changes[0]->revision, 2U);
  EXPECT_EQ(store.revision_of(StoreKey::bus_latch()), 0U);
  EXPECT_TRUE(store.snapshot().empty());
  EXPECT_TRUE(store.apply(write_if(StoreKey::bus_latch(), 0, BusLatch{})).committed);
}

TEST(MemoryStore, AConditionWithoutWritesIsAQuestion) {
  MemoryStore store;
  store.apply(write(StoreKey::mode(), ModeRecord{}));
  EXPECT_TRUE(store.apply({{{StoreKey::mode(), 1}}, {}}).committed);
  EXPECT_FALSE(store.apply({{{StoreKey::mode(), 7}}, {}}).committed);
}

RC_GTEST_PROP(MemoryStore, SnapshotAndChangesAgreeWhateverIsWritten, ()) {
  const auto steps = *rc::gen::container<std::vector<std::tuple<int, int, bool>>>(
      rc::gen::tuple(rc::gen::inRange(0, 3), rc::gen::inRange(0, 4), rc::gen::arbitrary<bool>()));
  const std::vector<StoreKey> keys = {StoreKey::ledger(e001), StoreKey::ledger(e002),
                                      StoreKey::mode()};
  MemoryStore store;
  std::map<StoreKey, Revision> seen;
  for (const auto& [key_index, offset, deletes] : steps) {
    const StoreKey key = keys[static_cast<std::size_t>(key_index)];
    const Revision known = store.revision_of(key);
    const Revision named = known + static_cast<Revision>(offset);  // 0: the right one
    const StoreValue value = deletes ? StoreValue(std::monostate{}) : StoreValue(ModeRecord{});
    const auto outcome = store.apply(write_if(key, named, value));
    RC_ASSERT(outcome.committed == (offset == 0));
    for (const auto& change : outcome.changes) {
      RC_ASSERT(change->revision == store.revision());
      if (deletes) {
        seen.erase(change->key);
      } else {
        seen[change->key] = change->revision;
      }
    }
  }
  std::map<StoreKey, Revision> stored;
  for (const auto& record : store.snapshot()) {
    stored[record->key] = record->revision;
  }
  RC_ASSERT(stored == seen);
}

}  // namespace
}  // namespace musubi::sim
