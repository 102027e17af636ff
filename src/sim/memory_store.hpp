// The strongly consistent store, in memory: what etcd does for a real cluster.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "domain/store.hpp"

namespace musubi::sim {

/// Linearizable by being one object. Revisions count committed transactions from 1.
class MemoryStore {
 public:
  struct Outcome {
    bool committed = false;
    Revision revision = 0;
    std::vector<std::shared_ptr<const StoreRecord>> changes;
  };
  /// All or nothing.
  Outcome apply(const Transaction& transaction);

  [[nodiscard]] RoleRecord role() const;
  /// Revision of the role record: the epoch.
  [[nodiscard]] Epoch epoch() const { return revision_of(StoreKey::role()); }
  [[nodiscard]] Revision revision() const { return revision_; }
  [[nodiscard]] Revision revision_of(const StoreKey& key) const;
  /// Everything there is, for a member that joins.
  [[nodiscard]] std::vector<std::shared_ptr<const StoreRecord>> snapshot() const;
  [[nodiscard]] const StoreRecord* find(const StoreKey& key) const;

 private:
  Revision revision_ = 0;
  std::map<StoreKey, std::shared_ptr<const StoreRecord>> records_;
};

}  // namespace musubi::sim
