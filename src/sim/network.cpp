#include "sim/network.hpp"

#include <algorithm>
#include <utility>

namespace musubi::sim {

namespace {

// A repeated message comes at most this much later than the first.
constexpr Duration latest_repetition = milliseconds(1000);

/// `most` times a draw from [0, 1).
Duration drawn(Prng& prng, Duration most) { return seconds(to_seconds(most) * prng.uniform()); }

bool cuts(const FaultTable::Active& active, std::uint32_t from, std::uint32_t to) {
  const FaultKind kind = active.fault.kind;
  if (kind == FaultKind::cut) {
    return active.units.front() == from && active.units.back() == to;
  }
  const bool outwards = kind == FaultKind::partition || kind == FaultKind::partition_out;
  const bool inwards = kind == FaultKind::partition || kind == FaultKind::partition_in;
  return (outwards && active.strikes(from) && !active.strikes(to)) ||
         (inwards && active.strikes(to) && !active.strikes(from));
}

}  // namespace

void Network::send(std::uint32_t from, std::uint32_t to, std::shared_ptr<const Message> message) {
  if (from != to && faults_.any()) {
    send_faulty(from, to, message);
    return;
  }
  timeline_.queue.push(timeline_.now + (from == to ? Duration::zero() : delay_), to,
                       node::MessageArrived{units_[from], std::move(message)});
}

void Network::send_faulty(std::uint32_t from, std::uint32_t to,
                          const std::shared_ptr<const Message>& message) {
  if (is_cut(from, to)) {
    return;
  }
  Duration late{};
  int copies = 1;
  for (const FaultTable::Active& active : faults_.active()) {
    if (!active.strikes(from) && !active.strikes(to)) {
      continue;
    }
    const FaultKind kind = active.fault.kind;
    if (kind == FaultKind::lose_messages && prng_.uniform() < active.fault.value) {
      return;
    }
    if (kind == FaultKind::duplicate_messages && prng_.uniform() < active.fault.value) {
      ++copies;
    }
    if (kind == FaultKind::slow_messages) {
      late += drawn(prng_, seconds(active.fault.value / 1e3));
    }
  }
  for (int copy = 0; copy < copies; ++copy) {
    const Duration repeated = copy > 0 ? drawn(prng_, latest_repetition) : Duration::zero();
    timeline_.queue.push(timeline_.now + delay_ + late + repeated, to,
                         node::MessageArrived{units_[from], message});
  }
}

bool Network::is_cut(std::uint32_t from, std::uint32_t to) const {
  return from != to && std::any_of(faults_.active().begin(), faults_.active().end(),
                                   [&](const auto& active) { return cuts(active, from, to); });
}

}  // namespace musubi::sim
