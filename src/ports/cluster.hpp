// Port: the other members and what all must agree on.
#pragma once

#include <cstdint>
#include <memory>

#include "domain/message.hpp"
#include "domain/store.hpp"

namespace musubi::ports {

/// Contract. Messages may be lost, delayed, repeated and reordered, never changed; a lost one is
/// silent. The store is linearizable: a transaction is answered once with committed or refused, or
/// its outcome is unknown; an answer carries the store's revision, a refusal too; every committed
/// record reaches every watching member in the order of revisions, those of one transaction one
/// after the other with `more_follow` on all but the last, and a member's own record before the
/// answer. Answers come as node events.
class Cluster {
 public:
  Cluster() = default;
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  Cluster(Cluster&&) = delete;
  Cluster& operator=(Cluster&&) = delete;
  virtual ~Cluster() = default;

  /// To one member, which may be the sender itself.
  virtual void send(UnitId from, UnitId to, std::shared_ptr<const Message> message) = 0;
  /// To every other member.
  virtual void broadcast(UnitId from, std::shared_ptr<const Message> message) = 0;
  /// Answered by node::TransactionAnswered with the same id.
  virtual void transact(UnitId from, std::uint64_t id, const Transaction& transaction) = 0;
  /// Linearizable read of the role record, answered by node::RoleAnswered that echoes `sent_at`.
  virtual void read_role(UnitId from, Instant sent_at) = 0;
  /// Keeps the member's record; without it the record leaves the store after its time to live.
  virtual void keep_alive(UnitId from) = 0;
};

}  // namespace musubi::ports
