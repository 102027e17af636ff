// All checkers on one world.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "proof/checker.hpp"

namespace musubi::proof {

/// Hands everything that is observed to the facts and to every onlooker, in the order of the world.
class Watch {
 public:
  /// With the checkers of all_checkers().
  explicit Watch(Frame frame);
  /// With one checker: for tests of it.
  Watch(Frame frame, std::unique_ptr<Checker> (*make)(const Facts&));

  /// One more that looks on; it outlives the watch's last call.
  void add(Onlooker& onlooker) { onlookers_.push_back(&onlooker); }

  void event(std::size_t unit, Instant at, const node::Event& event);
  void effect(std::size_t unit, Instant at, const node::Effect& effect);
  void device(std::size_t unit, Instant at, const DeviceCommand& command);
  void commit(Instant at, const Commit& commit);
  void fault(Instant at, const sim::Fault& fault, bool begins);
  void healed(Instant at);
  void tick(Instant at, Truth truth);
  void end(Instant at);

  [[nodiscard]] const Facts& facts() const { return facts_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Checker>>& checkers() const { return checkers_; }
  /// Of all checkers, earliest first.
  [[nodiscard]] std::vector<Violation> violations() const;
  [[nodiscard]] bool clean() const;

 private:
  Facts facts_;
  std::vector<std::unique_ptr<Checker>> checkers_;
  std::vector<Onlooker*> onlookers_;  ///< the checkers first
};

/// One of each. The facts outlive them.
std::vector<std::unique_ptr<Checker>> all_checkers(const Facts& facts);

}  // namespace musubi::proof
