// Who plays which part at a moment, and what its triggers let strike.
#pragma once

#include <utility>
#include <vector>

#include "proof/case.hpp"
#include "proof/facts.hpp"

namespace musubi::proof {

class Actors {
 public:
  Actors(const Facts& facts, const std::vector<Trigger>& triggers);

  /// The faults whose trigger `what` pulls now, with their delays. `deal` is the deal that it
  /// happens to, or null: then the oldest open one counts.
  std::vector<std::pair<Duration, sim::Fault>> struck_by(Happening what, const Deal* deal);

 private:
  [[nodiscard]] std::vector<UnitId> resolve(const std::vector<Target>& targets,
                                            const Deal* deal) const;
  /// One that is not among them, where there is one: two parts may be one unit's.
  void add_another(std::vector<UnitId>& units) const;
  [[nodiscard]] UnitId reference(const Deal* deal) const;

  const Facts& facts_;
  struct Armed {
    Trigger trigger;
    int left = 1;
  };
  std::vector<Armed> armed_;
};

}  // namespace musubi::proof
