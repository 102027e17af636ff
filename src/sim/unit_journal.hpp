// What survives the end of a unit's process.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "domain/deal.hpp"
#include "domain/modes.hpp"
#include "domain/report.hpp"
#include "domain/set_point.hpp"

namespace musubi::sim {

/// The records of one unit's journal, each as it was last saved.
struct UnitJournal {
  std::uint64_t boots = 0;  ///< processes started so far
  Epoch epoch = 0;
  std::vector<DealEnergy> energies;
  LocalState local;
  std::map<DealId, std::shared_ptr<const Deal>> settled;
};

}  // namespace musubi::sim
