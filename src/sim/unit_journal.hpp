// What survives the end of a unit's process.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "domain/deal.hpp"
#include "domain/modes.hpp"
#include "domain/report.hpp"
#include "domain/set_point.hpp"
#include "ports/journal.hpp"
#include "sim/fault_table.hpp"

namespace musubi::sim {

/// Final records of deals by id.
using SettledDeals = std::map<DealId, std::shared_ptr<const Deal>>;

/// The records of one unit's journal, each as it was last saved.
struct UnitJournal {
  std::uint64_t boots = 0;  ///< processes started so far
  Epoch epoch = 0;
  std::vector<DealEnergy> energies;
  LocalState local;
  SettledDeals settled;
};

/// One unit's journal on a disk that can be full and can lose its newest record.
class JournalDisk final : public ports::Journal {
 public:
  /// `all`: the final records of the whole community; they are added to it too.
  JournalDisk(const FaultTable& faults, std::uint32_t unit, SettledDeals& all)
      : faults_(faults), unit_(unit), all_(all) {}

  [[nodiscard]] bool save_epoch(Epoch epoch) override {
    if (takes()) {
      journal_.epoch = epoch;
    }
    return takes();
  }
  [[nodiscard]] bool save_energies(std::span<const DealEnergy> energies) override {
    if (takes()) {
      energies_before_ = std::exchange(journal_.energies, {energies.begin(), energies.end()});
    }
    return takes();
  }
  [[nodiscard]] bool save_settled(std::shared_ptr<const Deal> deal) override {
    if (takes()) {
      journal_.settled[deal->id] = deal;
      all_[deal->id] = std::move(deal);
    }
    return takes();
  }
  [[nodiscard]] bool save_local(const LocalState& local) override {
    if (takes()) {
      journal_.local = local;
    }
    return takes();
  }

  [[nodiscard]] const UnitJournal& contents() const { return journal_; }
  void count_boot() { ++journal_.boots; }
  /// The newest record of energies turns out to be torn: the one before counts.
  void tear() { journal_.energies = energies_before_; }

 private:
  [[nodiscard]] bool takes() const { return !faults_.acts(FaultKind::disk_full, unit_); }

  const FaultTable& faults_;
  std::uint32_t unit_;
  SettledDeals& all_;
  UnitJournal journal_;
  std::vector<DealEnergy> energies_before_;
};

}  // namespace musubi::sim
