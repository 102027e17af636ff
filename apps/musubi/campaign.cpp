#include "musubi/campaign.hpp"

#include <array>
#include <ostream>
#include <string_view>

#include <fmt/format.h>

namespace musubi::app {

namespace {

constexpr double seconds_per_day = 86'400.0;
constexpr double seconds_per_hour = 3600.0;
constexpr double faults_wanted = 3.0;
constexpr auto columns = std::to_array<std::string_view>(
    {"created", "activated", "warming up", "running", "stopping", "stopped", "no deal"});
static_assert(columns.size() == proof::phase_columns);

double count(const proof::Outcome& outcome, const char* name) {
  const auto it = outcome.counters.find(name);
  return it == outcome.counters.end() ? 0.0 : it->second;
}

}  // namespace

void Campaign::add(const proof::Outcome& outcome) {
  ++runs_;
  failures_ += outcome.is_good() ? 0U : 1U;
  without_deal_ += count(outcome, "completed_under_faults") < 1.0 ? 1U : 0U;
  few_faults_ += count(outcome, "faults_during_deals") < faults_wanted ? 1U : 0U;
  days_ += to_seconds(outcome.length) / seconds_per_day;
  completed_ += count(outcome, "completed");
  aborted_ += count(outcome, "aborted");
  faults_ += count(outcome, "faults");
  faults_during_deals_ += count(outcome, "faults_during_deals");
  for (const auto& [kind, row] : outcome.table) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      table_[kind][i] += row[i];
    }
  }
}

std::string Campaign::progress(double wall_s) const {
  return fmt::format("{} runs, {} failed, {:.0f} cluster-days per hour", runs_, failures_,
                     wall_s > 0.0 ? days_ / wall_s * seconds_per_hour : 0.0);
}

void Campaign::print(std::ostream& out, const std::vector<sim::FaultKind>& kinds,
                     double wall_s) const {
  out << fmt::format("\n{:<20}", "fault during");
  for (const std::string_view column : columns) {
    out << fmt::format("{:>11}", column);
  }
  out << '\n';
  std::array<std::string, proof::phase_columns> empty;
  for (const sim::FaultKind kind : kinds) {
    const auto it = table_.find(kind);
    const auto row = it == table_.end() ? proof::PhaseTable::mapped_type{} : it->second;
    out << fmt::format("{:<20}", name_of(kind));
    for (std::size_t i = 0; i < row.size(); ++i) {
      out << fmt::format("{:>11}", row[i]);
      if (row[i] == 0) {
        empty[i] += ' ' + std::string(name_of(kind));
      }
    }
    out << '\n';
  }
  out << '\n';
  bool full = true;
  for (std::size_t i = 0; i < empty.size(); ++i) {
    if (!empty[i].empty()) {
      full = false;
      out << fmt::format("never struck, {}:{}\n", columns[i], empty[i]);
    }
  }
  out << (full ? "no cell is empty\n" : "");
  out << fmt::format("{:.0f} deals completed, {:.0f} aborted; {:.0f} faults, {:.0f} of them during "
                     "deals\n{} runs without a deal done under faults, {} with fewer than {:.0f} "
                     "faults during deals\n{:.2f} cluster-days in {:.1f} s\n{}\n",
                     completed_, aborted_, faults_, faults_during_deals_, without_deal_,
                     few_faults_, faults_wanted, days_, wall_s, progress(wall_s));
}

}  // namespace musubi::app
