#include "sim/memory_store.hpp"

#include <algorithm>

namespace musubi::sim {

MemoryStore::Outcome MemoryStore::apply(const Transaction& transaction) {
  const bool holds =
      std::all_of(transaction.conditions.begin(), transaction.conditions.end(),
                  [&](const StoreCondition& c) { return revision_of(c.key) == c.revision; });
  if (!holds) {
    return {false, revision_, {}};
  }
  Outcome outcome{true, ++revision_, {}};
  for (const auto& write : transaction.writes) {
    auto record =
        std::make_shared<const StoreRecord>(StoreRecord{write.key, revision_, write.value});
    outcome.changes.push_back(record);
    if (std::holds_alternative<std::monostate>(write.value)) {
      records_.erase(write.key);
    } else {
      records_[write.key] = std::move(record);
    }
  }
  return outcome;
}

RoleRecord MemoryStore::role() const {
  const StoreRecord* record = find(StoreKey::role());
  return record == nullptr ? RoleRecord{} : std::get<RoleRecord>(record->value);
}

Revision MemoryStore::revision_of(const StoreKey& key) const {
  const StoreRecord* record = find(key);
  return record == nullptr ? 0 : record->revision;
}

std::vector<std::shared_ptr<const StoreRecord>> MemoryStore::snapshot() const {
  std::vector<std::shared_ptr<const StoreRecord>> all;
  all.reserve(records_.size());
  for (const auto& [key, record] : records_) {
    all.push_back(record);
  }
  return all;
}

const StoreRecord* MemoryStore::find(const StoreKey& key) const {
  const auto it = records_.find(key);
  return it == records_.end() ? nullptr : it->second.get();
}

}  // namespace musubi::sim
