#include "musubi/report_table.hpp"

#include <ostream>

#include <fmt/format.h>

namespace musubi::app {

namespace {

std::string_view name_of(OperationMode mode) {
  return mode == OperationMode::autonomous     ? "autonomous"
         : mode == OperationMode::heteronomous ? "heteronomous"
         : mode == OperationMode::stop         ? "stop"
                                               : "manual";
}

}  // namespace

void print_table(const sim::SimulationResult& result, std::ostream& out) {
  const auto& s = result.summary;
  const auto line = [&](std::string_view name, double value, std::string_view unit) {
    out << fmt::format("  {:<26}{:>12.3f} {}\n", name, value, unit);
  };
  out << fmt::format("{}: {} units, {:g} days, seed {}, sharing {}, mode {}, control {}\n\n",
                     s.community, s.units, s.days, s.seed, s.sharing ? "on" : "off",
                     name_of(s.mode), s.control == ControlProfile::field ? "field" : "study");
  out << fmt::format("{:<8}{:>10}{:>10}{:>10}{:>10}{:>10}{:>8}{:>8}{:>12}\n", "unit", "PV kWh",
                     "load kWh", "grid kWh", "sent kWh", "recv kWh", "SoC %", "-> %", "points");
  for (const auto& u : s.per_unit) {
    out << fmt::format(
        "{:<8}{:>10.2f}{:>10.2f}{:>10.2f}{:>10.2f}{:>10.2f}{:>8.1f}{:>8.1f}{:>12.0f}\n",
        u.unit.str(), u.pv_kwh, u.load_kwh, u.grid_import_kwh, u.sent_kwh, u.received_kwh,
        u.first_soc_pct, u.last_soc_pct, u.points);
  }
  out << fmt::format("{:<8}{:>10.2f}{:>10.2f}{:>10.2f}{:>10.2f}{:>10.2f}\n\n", "all", s.pv_kwh,
                     s.load_kwh, s.grid_import_kwh, s.sent_kwh, s.received_kwh);
  line("PV curtailed", s.curtailed_kwh, "kWh");
  line("load not served", s.unserved_kwh, "kWh");
  line("lost in the units", s.loss_kwh, "kWh");
  line("lost on the lines", s.line_loss_kwh, "kWh");
  line("change of the batteries", s.battery_change_kwh, "kWh");
  line("self-sufficiency", s.self_sufficiency_pct, "%");
  if (s.cost) {
    line("cost of the import", *s.cost, s.currency);
  }
  if (s.co2_kg) {
    line("CO2 of the import", *s.co2_kg, "kg");
  }
  if (s.sharing) {
    out << fmt::format("\n  {} deals completed, {} aborted, {} still open\n", s.deals_completed,
                       s.deals_aborted, s.deals_open);
    if (s.deals_latency_count > 0) {
      out << fmt::format(
          "  need to stored deal: p50 {:.1f} ms, p99 {:.1f} ms of virtual time over {} needs; {} "
          "found nobody at once\n",
          s.deal_latency_p50_ms, s.deal_latency_p99_ms, s.deals_latency_count, s.unmatched_needs);
    }
    out << fmt::format("  {} messages, {} device commands, {} store transactions, {} alarms\n",
                       s.messages, s.commands, s.transactions, s.alarms);
  }
  out << fmt::format("  energy residual {:.2e} Wh, trace hash {:016x}\n", s.energy_residual_wh,
                     s.trace_hash);
  out << fmt::format("  {:.2f} s of computing, {:.0f} times faster than real time\n", s.wall_s,
                     s.realtime_factor);
}

}  // namespace musubi::app
