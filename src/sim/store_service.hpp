// The store as units reach it: requests on their way, watches, members' time to live.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "base/prng.hpp"
#include "sim/fault_table.hpp"
#include "sim/memory_store.hpp"
#include "sim/timeline.hpp"

namespace musubi::sim {

/// Linearizable, because one object answers. Whoever cannot reach it has an unknown outcome after
/// the time-out and later sees every change that was missed, in order.
class StoreService {
 public:
  struct Settings {
    Duration delay{};       ///< one way
    Duration timeout{};     ///< a transaction without answer is unknown then, from its sending
    Duration member_ttl{};  ///< of a member that is not kept alive
  };
  /// All units watch from the beginning.
  StoreService(Timeline& timeline, const FaultTable& faults, Prng& prng,
               const std::vector<UnitId>& units, const Settings& settings);

  // from the units
  void transact(std::uint32_t from, std::uint64_t id, const Transaction& transaction);
  void read_role(std::uint32_t from, Instant sent_at);
  void keep_alive(std::uint32_t from);

  // from the time-line
  /// The next request arrives.
  void serve();
  /// An event of the store reaches its unit: false where it is lost or kept back.
  bool arrives(std::uint32_t unit, const node::Event& event);
  /// True while any event has to be asked about with arrives().
  [[nodiscard]] bool holds_back() const { return faults_.any() || units_behind_ > 0; }
  /// The unit's watch goes on: what it has missed; empty where it still reaches no store. A watch
  /// that begins puts a snapshot on its way instead.
  std::vector<node::Event> go_on(std::uint32_t unit);

  // from the world
  void process_ended(std::uint32_t unit);
  /// Its watch begins with a snapshot.
  void process_started(std::uint32_t unit);
  /// Faults have begun or ended.
  void faults_changed();
  /// A leader is there again: it gives every member its full time to live.
  void leader_is_back();

  /// Told of every unit's transaction that is carried out; none by default.
  std::function<void(std::uint32_t unit, const Transaction& transaction, Revision revision)>
      on_commit;

  [[nodiscard]] const MemoryStore& memory() const { return memory_; }

 private:
  struct Request {
    std::uint32_t from = 0;
    std::uint32_t generation = 0;
    std::uint64_t id = 0;
    std::optional<Transaction> transaction;  ///< none: a read of the role
    Instant sent_at{};                       ///< of a read, in the unit's clock
    Instant gives_up{};
  };
  struct Watch {
    enum class Phase : std::uint8_t { none, beginning, going } phase = Phase::going;
    bool hook_pushed = false;
    std::vector<node::StoreChanged> missed;
    Instant kept_alive{};
  };

  [[nodiscard]] bool reaches(std::uint32_t unit) const;
  [[nodiscard]] bool watches(std::uint32_t unit) const;
  void ask(Request request);
  MemoryStore::Outcome carry_out(const Request& request);
  void answer(const Request& request);
  void publish(const MemoryStore::Outcome& outcome);
  void expire_members();
  void push_watch(std::uint32_t unit);
  void clear(Watch& watch);

  Timeline& timeline_;
  const FaultTable& faults_;
  Prng& prng_;
  const std::vector<UnitId>& ids_;
  Settings settings_;
  MemoryStore memory_;
  std::deque<Request> requests_;
  std::vector<Watch> watches_;
  std::size_t units_behind_ = 0;
};

}  // namespace musubi::sim
