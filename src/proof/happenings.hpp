// Notices what triggers and stories tell about: phases of deals, steps of a hand-over, the bus.
#pragma once

#include <functional>
#include <vector>

#include "proof/case.hpp"
#include "proof/checker.hpp"

namespace musubi::proof {

class Happenings : public Onlooker {
 public:
  /// Called at once when something happens; `deal` is its newest record where it is about one.
  using Sink = std::function<void(Happening, const Deal* deal)>;
  Happenings(const Facts& facts, Sink sink);

  void device(std::size_t unit, const DeviceCommand& command) override;
  void commit(const Commit& commit) override;
  void tick() override;

 private:
  [[nodiscard]] std::size_t holding() const;

  Sink sink_;
  std::vector<bool> holds_;  ///< the converter was last told to hold the voltage
  std::vector<bool> droops_;
  bool forming_ = false;
};

}  // namespace musubi::proof
