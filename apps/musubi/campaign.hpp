// Sums of many runs under faults, and the table that shows them.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "proof/run.hpp"

namespace musubi::app {

class Campaign {
 public:
  void add(const proof::Outcome& outcome);

  [[nodiscard]] std::uint64_t runs() const { return runs_; }
  [[nodiscard]] std::uint64_t failures() const { return failures_; }
  /// "1200 runs, 0 failed, 640 cluster-days per hour", after so many seconds of work.
  [[nodiscard]] std::string progress(double wall_s) const;
  /// The table of faults by phase of a deal, which of `kinds` were never struck in which phase, and
  /// the sums.
  void print(std::ostream& out, const std::vector<sim::FaultKind>& kinds, double wall_s) const;

 private:
  std::uint64_t runs_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t without_deal_ = 0;  ///< none was completed while faults struck
  std::uint64_t few_faults_ = 0;    ///< fewer than three struck during deals
  double days_ = 0.0;
  double completed_ = 0.0;
  double aborted_ = 0.0;
  double faults_ = 0.0;
  double faults_during_deals_ = 0.0;
  proof::PhaseTable table_;
};

}  // namespace musubi::app
