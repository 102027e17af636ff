// The virtual time-line: events in the order of (instant, sequence).
#pragma once

#include <cstdint>
#include <vector>

#include "node/event.hpp"
#include "units/time.hpp"

namespace musubi::sim {

/// Who takes an event up.
struct Address {
  enum class Kind : std::uint8_t { node, store, hook } kind = Kind::node;
  std::uint32_t index = 0;
};

/// A binary heap of small entries; payloads lie in slots that are used again. Equal instants come
/// out in the order in which they went in, whatever the heap does.
class EventQueue {
 public:
  struct Item {
    Instant at{};
    Address to;
    std::uint32_t slot = 0;  ///< of node events and of store requests; unused for hooks
  };

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] Instant next_at() const { return heap_.front().at; }
  /// An event for a node.
  void push(Instant at, std::uint32_t node, node::Event event);
  /// A call of the world back to itself; `index` says which.
  void push_hook(Instant at, Address to);
  Item pop();
  /// The payload of a popped node item; its slot is free again.
  node::Event take(std::uint32_t slot);

 private:
  struct Entry {
    Instant at{};
    std::uint64_t sequence = 0;
    Address to;
    std::uint32_t slot = 0;
    friend bool operator<(const Entry& a, const Entry& b) {
      return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
    }
  };

  std::vector<Entry> heap_;
  std::uint64_t sequence_ = 0;
  std::vector<node::Event> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace musubi::sim
