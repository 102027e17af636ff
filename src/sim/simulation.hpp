// One run of a community over a number of days, with the books that users get.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/deal.hpp"
#include "domain/hw_config.hpp"
#include "domain/policy.hpp"
#include "domain/scenario.hpp"
#include "domain/timing.hpp"
#include "physics/community.hpp"
#include "units/time.hpp"

namespace musubi::sim {

/// What to run.
struct SimulationSetup {
  physics::Community community;
  std::shared_ptr<const Policy> policy;  ///< its members are the community's units
  std::shared_ptr<const Scenario> scenario;
  HwConfig hw;
  /// Per unit, in the community's order, instead of the two above. Empty: those for all.
  std::vector<HwConfig> hw_of_unit;
  std::vector<std::shared_ptr<const Scenario>> scenario_of_unit;
  ControlProfile control = ControlProfile::study;
  Duration control_period = milliseconds(5000);  ///< of the study profile
  bool sharing = true;
  std::uint64_t seed = 1;
  WallTime start;
  std::int64_t hours = 24;
  double leak_for_test = 0.0;  ///< share of received energy that vanishes unbooked
};

/// True energies of one unit in one hour, watt-hours (docs/reference/simulate.md).
struct HourRow {
  WallTime time;  ///< the hour's begin
  double pv_wh = 0;
  double curtailed_wh = 0;
  double grid_import_wh = 0;
  double load_wh = 0;
  double unserved_wh = 0;
  double sent_wh = 0;
  double received_wh = 0;
  double loss_wh = 0;
  double battery_begin_wh = 0;
  double battery_wh = 0;

  /// Sources less uses less change of the battery: 0 to rounding.
  [[nodiscard]] double residual_wh() const {
    return pv_wh - curtailed_wh + grid_import_wh + received_wh - sent_wh - load_wh - loss_wh -
           (battery_wh - battery_begin_wh);
  }
};

/// Sums of one unit over the run.
struct UnitSummary {
  UnitId unit;
  double pv_kwh = 0;
  double load_kwh = 0;
  double grid_import_kwh = 0;
  double sent_kwh = 0;
  double received_kwh = 0;
  double first_soc_pct = 0;
  double last_soc_pct = 0;
  double points = 0;  ///< earned less paid
  double unserved_kwh = 0;
  double cost = 0;    ///< of the import, in the tariff's currency
  double co2_kg = 0;  ///< of the import
};

/// Sums of the run.
struct Summary {
  std::string community;
  std::size_t units = 0;
  double days = 0;
  std::uint64_t seed = 0;
  ControlProfile control = ControlProfile::study;
  bool sharing = true;
  OperationMode mode = OperationMode::autonomous;
  double wall_s = 0;
  double realtime_factor = 0;
  std::uint64_t messages = 0;
  std::uint64_t commands = 0;
  std::uint64_t transactions = 0;
  std::uint64_t alarms = 0;
  double pv_kwh = 0;
  double load_kwh = 0;
  double grid_import_kwh = 0;
  double curtailed_kwh = 0;
  double unserved_kwh = 0;
  double sent_kwh = 0;
  double received_kwh = 0;
  double line_loss_kwh = 0;  ///< sent - received - change of bus energy
  double loss_kwh = 0;       ///< inside the units
  double battery_change_kwh = 0;
  double self_sufficiency_pct = 0;
  std::uint64_t deals_completed = 0;
  std::uint64_t deals_aborted = 0;
  std::uint64_t deals_open = 0;
  std::uint64_t deals_latency_count = 0;
  double deal_latency_p50_ms = 0;
  double deal_latency_p99_ms = 0;
  std::uint64_t unmatched_needs = 0;
  double energy_residual_wh = 0;
  std::uint64_t trace_hash = 0;
  std::optional<double> cost;    ///< of all import; where there is a tariff
  std::string currency;          ///< of `cost`
  std::optional<double> co2_kg;  ///< of all import; where the community says what a kWh has
  std::vector<UnitSummary> per_unit;
};

/// The result: sums, hours per unit in the community's order, settled deals by creation.
struct SimulationResult {
  Summary summary;
  std::vector<std::vector<HourRow>> hours;
  std::vector<std::shared_ptr<const Deal>> deals;
};

/// Called after every simulated hour with the share done, 0 to 1.
using Progress = std::function<void(double)>;

/// Runs `setup` in virtual time. wall_s and realtime_factor are left to the caller, who has a
/// clock.
SimulationResult run(const SimulationSetup& setup, const Progress& progress);

/// The p-th percentile (0 to 100) by nearest rank; 0 for no values.
double percentile(std::vector<double> values, double p);

}  // namespace musubi::sim
