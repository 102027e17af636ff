#include "sim/simulation.hpp"

#include <algorithm>
#include <cmath>

#include "domain/settlement.hpp"
#include "sim/world.hpp"

namespace musubi::sim {

namespace {

constexpr double wh_per_kwh = 1000.0;
constexpr Duration hour = std::chrono::hours(1);

HourRow row_between(const physics::Accounts& a, const physics::Accounts& b, WallTime time) {
  const auto diff = [](WattHours before, WattHours after) { return (after - before).value(); };
  HourRow row;
  row.time = time;
  row.pv_wh = diff(a.pv_available, b.pv_available);
  row.curtailed_wh = diff(a.curtailed, b.curtailed);
  row.grid_import_wh = diff(a.grid_import, b.grid_import);
  row.load_wh = diff(a.load_served, b.load_served);
  row.unserved_wh = diff(a.unserved, b.unserved);
  row.sent_wh = diff(a.sent, b.sent);
  row.received_wh = diff(a.received, b.received);
  row.loss_wh = diff(a.losses(), b.losses());
  row.battery_begin_wh = a.stored.value();
  row.battery_wh = b.stored.value();
  return row;
}

void add_unit(Summary& summary, const physics::Accounts& a, UnitId unit, double first_soc,
              double last_soc) {
  UnitSummary u;
  u.unit = unit;
  u.pv_kwh = a.pv_available.value() / wh_per_kwh;
  u.load_kwh = a.load_served.value() / wh_per_kwh;
  u.grid_import_kwh = a.grid_import.value() / wh_per_kwh;
  u.sent_kwh = a.sent.value() / wh_per_kwh;
  u.received_kwh = a.received.value() / wh_per_kwh;
  u.unserved_kwh = a.unserved.value() / wh_per_kwh;
  u.first_soc_pct = first_soc;
  u.last_soc_pct = last_soc;
  summary.pv_kwh += u.pv_kwh;
  summary.load_kwh += u.load_kwh;
  summary.grid_import_kwh += u.grid_import_kwh;
  summary.curtailed_kwh += a.curtailed.value() / wh_per_kwh;
  summary.unserved_kwh += u.unserved_kwh;
  summary.sent_kwh += u.sent_kwh;
  summary.received_kwh += u.received_kwh;
  summary.loss_kwh += a.losses().value() / wh_per_kwh;
  summary.battery_change_kwh += (a.stored - a.stored_first).value() / wh_per_kwh;
  summary.energy_residual_wh =
      std::max(summary.energy_residual_wh, std::fabs(a.imbalance().value()));
  summary.per_unit.push_back(u);
}

void add_deals(SimulationResult& result, const World& world) {
  Summary& summary = result.summary;
  for (const auto& [id, deal] : world.settled()) {
    result.deals.push_back(deal);
    ++(deal->outcome == DealOutcome::completed ? summary.deals_completed : summary.deals_aborted);
    for (auto& unit : summary.per_unit) {
      if (unit.unit == deal->charge_unit) {
        unit.points -= price_of(*deal).value();
      } else if (unit.unit == deal->discharge_unit) {
        unit.points += price_of(*deal).value();
      }
    }
  }
  std::stable_sort(result.deals.begin(), result.deals.end(), [](const auto& a, const auto& b) {
    const auto at = [](const auto& d) { return d->create_time ? d->create_time->unix_ms : 0; };
    return at(a) < at(b);
  });
  for (const auto& record : world.store().snapshot()) {
    const auto* deal = std::get_if<Deal>(&record->value);
    summary.deals_open += deal != nullptr && deal->phase != DealPhase::done ? 1U : 0U;
  }
  const auto& statistics = world.statistics();
  summary.messages = statistics.messages;
  summary.commands = statistics.commands;
  summary.transactions = statistics.transactions;
  summary.alarms = statistics.alarms;
  summary.deals_latency_count = statistics.deal_latency_ms.size();
  summary.deal_latency_p50_ms = percentile(statistics.deal_latency_ms, 50.0);
  summary.deal_latency_p99_ms = percentile(statistics.deal_latency_ms, 99.0);
  summary.unmatched_needs = statistics.needs_unmet;
  summary.trace_hash = statistics.trace_hash;
}

/// What the import of each unit costs and weighs.
void add_cost(SimulationResult& result, const physics::Community& community) {
  constexpr std::int32_t seconds_per_hour = 3600;
  Summary& summary = result.summary;
  if (community.tariff) {
    summary.currency = community.tariff->currency;
    summary.cost = 0.0;
    for (std::size_t i = 0; i < result.hours.size(); ++i) {
      double& cost = summary.per_unit[i].cost;
      for (const HourRow& row : result.hours[i]) {
        const int hour_of_day = row.time.second_of_day() / seconds_per_hour;
        cost += row.grid_import_wh / wh_per_kwh * community.tariff->price_at(hour_of_day);
      }
      *summary.cost += cost;
    }
  }
  if (community.grid_co2_kg_per_kwh) {
    for (UnitSummary& unit : summary.per_unit) {
      unit.co2_kg = unit.grid_import_kwh * *community.grid_co2_kg_per_kwh;
    }
    summary.co2_kg = summary.grid_import_kwh * *community.grid_co2_kg_per_kwh;
  }
}

/// Digest of the hours, where there is no control to trace.
std::uint64_t digest_of(const std::vector<std::vector<HourRow>>& hours) {
  Hasher hasher;
  for (const auto& unit : hours) {
    for (const auto& row : unit) {
      for (const double v : {row.pv_wh, row.curtailed_wh, row.grid_import_wh, row.load_wh,
                             row.unserved_wh, row.loss_wh, row.battery_wh}) {
        hasher.add(v);
      }
    }
  }
  return hasher.digest();
}

}  // namespace

double percentile(std::vector<double> values, double p) {
  if (values.empty()) {
    return 0.0;
  }
  std::sort(values.begin(), values.end());
  const double rank = std::ceil(p / 100.0 * static_cast<double>(values.size()));
  const auto index = static_cast<std::size_t>(std::max(1.0, rank)) - 1;
  return values[std::min(index, values.size() - 1)];
}

SimulationResult run(const SimulationSetup& setup, const Progress& progress) {
  SimulationResult result;
  physics::Plant::Options options;
  options.sharing = setup.sharing;
  options.leak_for_test = setup.leak_for_test;
  std::unique_ptr<World> world;
  std::unique_ptr<physics::Plant> alone;
  if (setup.sharing) {
    WorldSetup w;
    w.community = setup.community;
    w.policy = setup.policy;
    w.scenario = setup.scenario;
    w.hw = setup.hw;
    w.hw_of_unit = setup.hw_of_unit;
    w.scenario_of_unit = setup.scenario_of_unit;
    w.timing = setup.control == ControlProfile::field ? ControlTiming::field()
                                                      : ControlTiming::study(setup.control_period);
    w.seed = setup.seed;
    w.start = setup.start;
    w.plant = options;
    world = std::make_unique<World>(w);
  } else {
    alone = std::make_unique<physics::Plant>(setup.community, setup.seed, setup.start, options);
  }
  physics::Plant& plant = world ? world->plant() : *alone;
  const std::size_t units = plant.size();
  result.hours.resize(units);
  std::vector<physics::Accounts> before;
  std::vector<double> first_soc;
  for (std::size_t i = 0; i < units; ++i) {
    before.push_back(plant.accounts(i, Instant{}));
    first_soc.push_back(plant.read(i, Instant{}).rsoc.value());
  }
  for (std::int64_t h = 0; h < setup.hours; ++h) {
    const Instant end = Instant{} + hour * (h + 1);
    if (world) {
      world->run_until(end);
    }
    for (std::size_t i = 0; i < units; ++i) {
      const physics::Accounts now = plant.accounts(i, end);
      result.hours[i].push_back(row_between(before[i], now, setup.start.plus(hour * h)));
      before[i] = now;
    }
    if (progress) {
      progress(static_cast<double>(h + 1) / static_cast<double>(setup.hours));
    }
  }
  const Instant end = Instant{} + hour * setup.hours;
  Summary& summary = result.summary;
  summary.community = setup.community.name;
  summary.units = units;
  summary.days = static_cast<double>(setup.hours) / 24.0;
  summary.seed = setup.seed;
  summary.control = setup.control;
  summary.sharing = setup.sharing;
  summary.mode = setup.policy->operation_mode;
  for (std::size_t i = 0; i < units; ++i) {
    add_unit(summary, before[i], UnitId(plant.name(i)), first_soc[i],
             plant.read(i, end).rsoc.value());
  }
  add_cost(result, setup.community);
  const physics::BusAccounts bus = plant.bus_accounts(end);
  summary.line_loss_kwh = (bus.sent - bus.received - bus.stored).value() / wh_per_kwh;
  summary.energy_residual_wh =
      std::max(summary.energy_residual_wh, std::fabs(bus.imbalance().value()));
  const double asked_kwh = summary.load_kwh + summary.unserved_kwh;
  summary.self_sufficiency_pct =
      asked_kwh > 0.0
          ? 100.0 * (summary.load_kwh - summary.grid_import_kwh + summary.battery_change_kwh) /
                asked_kwh
          : 0.0;
  if (world) {
    add_deals(result, *world);
  } else {
    summary.trace_hash = digest_of(result.hours);
  }
  return result;
}

}  // namespace musubi::sim
