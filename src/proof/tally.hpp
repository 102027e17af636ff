// Counts what a run had to go through and what came of it.
#pragma once

#include <array>
#include <map>
#include <string>

#include "proof/case.hpp"
#include "proof/checker.hpp"

namespace musubi::proof {

/// Numbers by name: "completed", "completed_under_faults" (before all was healed), "aborted",
/// "refused", "faults", "faults_during_deals", "roles_taken", "role_changes", "reference_changes",
/// "hand_overs", "formations", "latches", "highest_v" (of the bus), "alarm CODE".
using Counters = std::map<std::string, double>;

/// How often a kind of fault struck while a deal was in each phase; the last place counts strikes
/// without any open deal.
constexpr std::size_t phase_columns = static_cast<std::size_t>(DealPhase::done) + 1;
using PhaseTable = std::map<sim::FaultKind, std::array<std::uint64_t, phase_columns>>;

class Tally : public Onlooker {
 public:
  explicit Tally(const Facts& facts);

  void effect(std::size_t unit, const node::Effect& effect) override;
  void commit(const Commit& commit) override;
  void fault(const sim::Fault& fault, bool begins) override;
  void tick() override;
  /// Something of happenings.hpp.
  void happens(Happening what);

  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] const PhaseTable& table() const { return table_; }

 private:
  Counters counters_;
  PhaseTable table_;
  UnitId reference_;
};

}  // namespace musubi::proof
