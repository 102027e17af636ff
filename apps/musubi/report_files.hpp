// The files of a simulation: summary.json, hourly/<unit>.csv, deals.jsonl.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "sim/simulation.hpp"

namespace musubi::app {

/// The sums of a run as one JSON object (docs/reference/simulate.md).
std::string summary_json(const sim::Summary& summary);

/// A folder that appears as a whole or not at all: everything is written beside it and moved into
/// place at the end. What was not written is removed by the destructor.
class ReportFolder {
 public:
  /// Fails where the folder cannot be made, is a file, or holds something that is not a report of
  /// ours.
  static Result<ReportFolder> open(const std::filesystem::path& folder);

  ReportFolder(ReportFolder&& other) noexcept;
  ReportFolder& operator=(ReportFolder&& other) noexcept;
  ReportFolder(const ReportFolder&) = delete;
  ReportFolder& operator=(const ReportFolder&) = delete;
  ~ReportFolder();

  /// Writes everything and moves it into place. Fails with what and where on a full disk and the
  /// like; then nothing has changed.
  Result<bool> write(const sim::SimulationResult& result);

 private:
  ReportFolder(std::filesystem::path folder, std::filesystem::path draft);

  std::filesystem::path folder_;
  std::filesystem::path draft_;  ///< empty once moved
};

}  // namespace musubi::app
