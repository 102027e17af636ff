// The network between the units: delivers, loses, repeats, delays and cuts messages.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/prng.hpp"
#include "domain/message.hpp"
#include "sim/fault_table.hpp"
#include "sim/timeline.hpp"

namespace musubi::sim {

/// What a unit sends to itself is never touched.
class Network {
 public:
  /// `delay`: of every message, one way.
  Network(Timeline& timeline, const FaultTable& faults, Prng& prng,
          const std::vector<UnitId>& units, Duration delay)
      : timeline_(timeline), faults_(faults), prng_(prng), units_(units), delay_(delay) {}

  void send(std::uint32_t from, std::uint32_t to, std::shared_ptr<const Message> message);
  /// Something lies between the two: nothing that is under way arrives either.
  [[nodiscard]] bool is_cut(std::uint32_t from, std::uint32_t to) const;

 private:
  void send_faulty(std::uint32_t from, std::uint32_t to,
                   const std::shared_ptr<const Message>& message);

  Timeline& timeline_;
  const FaultTable& faults_;
  Prng& prng_;
  const std::vector<UnitId>& units_;
  Duration delay_;
};

}  // namespace musubi::sim
