#include "sim/event_queue.hpp"

#include <algorithm>
#include <utility>

namespace musubi::sim {

void EventQueue::push(Instant at, std::uint32_t node, node::Event event) {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back(std::move(event));
  } else {
    slot = free_.back();
    free_.pop_back();
    slots_[slot] = std::move(event);
  }
  heap_.push_back({at, sequence_++, {Address::Kind::node, node}, slot, generation(node)});
  std::push_heap(heap_.begin(), heap_.end());
}

void EventQueue::push_hook(Instant at, Address to, std::uint32_t slot) {
  heap_.push_back({at, sequence_++, to, slot, generation(to.index)});
  std::push_heap(heap_.begin(), heap_.end());
}

EventQueue::Item EventQueue::pop() {
  std::pop_heap(heap_.begin(), heap_.end());
  const Entry entry = heap_.back();
  heap_.pop_back();
  return {entry.at, entry.to, entry.slot, entry.generation != generation(entry.to.index)};
}

void EventQueue::forget(std::uint32_t index) {
  if (index >= generations_.size()) {
    generations_.resize(index + 1, 0);
  }
  ++generations_[index];
}

node::Event EventQueue::take(std::uint32_t slot) {
  node::Event event = std::exchange(slots_[slot], node::Event{node::Woken{}});
  free_.push_back(slot);
  return event;
}

}  // namespace musubi::sim
