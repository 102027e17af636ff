// The virtual time-line: events in the order of (instant, sequence).
#pragma once

#include <cstdint>
#include <vector>

#include "node/event.hpp"
#include "units/time.hpp"

namespace musubi::sim {

/// Who takes an event up.
struct Address {
  enum class Kind : std::uint8_t {
    node,        ///< an event for a node core
    timer,       ///< the node's wish to be woken
    store,       ///< the next request at the store
    watch,       ///< the unit's watch of the store goes on
    device,      ///< a write of the unit's adapter is answered
    late_write,  ///< the unit's driver carries out what it was told long ago
    silence,     ///< the unit's device looks for how long its program was silent
    supervisor,  ///< the unit's supervisor acts
    fault,       ///< a fault begins or ends
  } kind = Kind::node;
  std::uint32_t index = 0;
};

/// A binary heap of small entries; payloads lie in slots that are used again. Equal instants come
/// out in the order in which they went in, whatever the heap does.
class EventQueue {
 public:
  struct Item {
    Instant at{};
    Address to;
    std::uint32_t slot = 0;  ///< of node events; of hooks what was handed in
    bool stale = false;      ///< the node was forgotten since: nothing of this concerns it
  };

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] Instant next_at() const { return heap_.front().at; }
  /// An event for a node.
  void push(Instant at, std::uint32_t node, node::Event event);
  /// A call of the world back to itself.
  void push_hook(Instant at, Address to, std::uint32_t slot = 0);
  /// What is in the queue for this index now comes out stale, in its place.
  void forget(std::uint32_t index);
  /// Counts the calls of forget().
  [[nodiscard]] std::uint32_t generation(std::uint32_t index) const {
    return index < generations_.size() ? generations_[index] : 0;
  }
  Item pop();
  /// The payload of a popped node item; its slot is free again.
  node::Event take(std::uint32_t slot);

 private:
  struct Entry {
    Instant at{};
    std::uint64_t sequence = 0;
    Address to;
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
    friend bool operator<(const Entry& a, const Entry& b) {
      return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
    }
  };

  std::vector<Entry> heap_;
  std::uint64_t sequence_ = 0;
  std::vector<node::Event> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> generations_;
};

}  // namespace musubi::sim
