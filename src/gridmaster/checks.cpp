// What the Grid Master checks about the bus and the community (reference 9.2), and the alarms it
// keeps.
#include <algorithm>
#include <cmath>

#include "gridmaster/grid_master.hpp"

namespace musubi::gridmaster {

namespace {

/// Accuracy that two ordinary meters grant each, as a share, and what rounding may add.
constexpr double meter_class = 0.01;
constexpr double meter_rounding_wh = 0.5;

}  // namespace

void GridMaster::raise(Pass& pass, const Alarm& alarm) {
  const auto [it, is_new] =
      raised_.try_emplace({alarm.code, alarm.unit}, Raised{alarm.level, pass.now});
  it->second.seen = pass.now;
  if (is_new || it->second.level < alarm.level) {
    it->second.level = alarm.level;
    pass.out.emplace_back(Raise{alarm});
  }
}

void GridMaster::clear_outlasted(Pass& pass) {
  const Duration sustained = pass.context.policy.grid_master_error_sustaining;
  for (auto it = raised_.begin(); it != raised_.end();) {
    const Instant end = it->second.seen + sustained;
    if (pass.now < end) {
      wake_at_ = std::min(wake_at_, end);
      ++it;
      continue;
    }
    pass.out.emplace_back(Clear{it->first.first, it->first.second});
    it = raised_.erase(it);
  }
}

void GridMaster::clear_raised(Pass& pass, AlarmCode code, UnitId unit) {
  if (raised_.erase({code, unit}) > 0) {
    pass.out.emplace_back(Clear{code, unit});
  }
}

bool GridMaster::strike(Pass& pass, AlarmCode code, bool bad, Instant sampled_at, double found,
                        double allowed) {
  const UnitId self = pass.context.self;
  if (!bad) {
    strikes_.erase(code);
    clear_raised(pass, code, self);
    return false;
  }
  const Instant first = strikes_.try_emplace(code, pass.now).first->second;
  const bool confirmed =
      sampled_at > first && pass.now - first >= pass.context.timing.trip_sample_gap;
  raise(pass, {code, self, confirmed ? AlarmLevel::error : AlarmLevel::warn, found, allowed});
  return confirmed;
}

void GridMaster::check_members(Pass& pass) {
  const auto& context = pass.context;
  double missing = 0.0;
  for (const UnitId unit : context.policy.members) {
    missing += context.view.members().contains(unit) ? 0.0 : 1.0;
  }
  if (missing > 0.0) {
    raise(pass, {AlarmCode::members_missing, context.self, AlarmLevel::warn, missing, 0.0});
  } else {
    clear_raised(pass, AlarmCode::members_missing, context.self);
  }
  if (context.view.bus_latch()) {
    raise(pass, {AlarmCode::bus_latched, context.self, AlarmLevel::error,
                 context.view.bus_latch()->reason.numbers[0],
                 static_cast<double>(Limits::re_formations)});
  } else {
    clear_raised(pass, AlarmCode::bus_latched, context.self);
  }
  for (const Deal* deal : pass.deals) {
    if (deal->phase != DealPhase::stopping && deal->phase != DealPhase::stopped) {
      stopping_since_.erase(deal->id);
      continue;
    }
    const Instant since = stopping_since_.try_emplace(deal->id, pass.now).first->second;
    const Duration taken = pass.now - since;
    if (taken > context.policy.stop_me_timeout && !deal->is_master) {
      for (const UnitId unit : {deal->charge_unit, deal->discharge_unit}) {
        raise(pass, {AlarmCode::deal_stop_failed, unit, AlarmLevel::error, to_seconds(taken),
                     to_seconds(context.policy.stop_me_timeout)});
      }
    }
  }
  std::erase_if(stopping_since_,
                [&](const auto& entry) { return context.view.find_deal(entry.first) == nullptr; });
}

void GridMaster::check_unheld_bus(Pass& pass) {
  const auto& context = pass.context;
  double live_v = 0.0;
  bool anybody_runs = !pass.holding.empty();
  for (const auto& [unit, info] : fleet_.all()) {
    // What a unit said before it fell silent past its bound is no longer known.
    anybody_runs =
        anybody_runs || (info->acknowledged && info->is_running() &&
                         !Fleet::is_past_bound(info.get(), pass.now, taken_at_, context.timing));
    const Reading* reading =
        fleet_.fresh_reading(unit, pass.now, context.timing.waiting_reading_max_age);
    if (reading != nullptr && reading->grid_v &&
        *reading->grid_v >= dead_bus_below(context.policy)) {
      live_v = std::max(live_v, reading->grid_v->value());
    }
  }
  if (anybody_runs || live_v == 0.0) {
    unheld_since_.reset();
    clear_raised(pass, AlarmCode::foreign_voltage, context.self);
    return;
  }
  unheld_since_ = unheld_since_.value_or(pass.now);
  if (pass.now - *unheld_since_ < bus_decay_allowance) {
    return;
  }
  raise(pass, {AlarmCode::foreign_voltage, context.self, AlarmLevel::error, live_v,
               dead_bus_below(context.policy).value()});
  // Somebody silent who may hold the voltage is the likely source: shown, never formed over.
  for (const UnitId unit : context.view.reference_set().units) {
    if (fleet_.is_past_bound(unit, pass.now, taken_at_, context.timing)) {
      raise(pass, {AlarmCode::orphan_running, unit, AlarmLevel::error, live_v, 0.0});
    }
  }
}

void GridMaster::check_meters(Pass& pass, const Deal& deal) {
  if (deal.charge_meter.estimated || deal.discharge_meter.estimated) {
    return;
  }
  const double arrived_wh = deal.charge_meter.bus_energy.value();
  const double sent_wh = deal.discharge_meter.bus_energy.value();
  const auto& policy = pass.context.policy;
  const double current_a = std::max(0.01, deal.current.value());
  // The compensation's drift, the line's drop and two meters may each set the ends apart.
  const double share = policy.compensation_drift_allowance.value() / current_a +
                       policy.voltage_drop_allowance / policy.grid_voltage + 2.0 * meter_class;
  const double allowed_wh = std::max(arrived_wh, sent_wh) * share + meter_rounding_wh;
  if (std::fabs(arrived_wh - sent_wh) > allowed_wh) {
    raise(pass, {AlarmCode::meter_mismatch, deal.charge_unit, AlarmLevel::warn,
                 arrived_wh - sent_wh, allowed_wh});
  }
}

void GridMaster::check_bus(Pass& pass) {
  const auto& context = pass.context;
  const auto& policy = context.policy;
  // Currents are summed only over readings of about the same age (weak point 19 of the reference).
  std::vector<UnitCurrent> currents;
  Amperes sum{};
  bool all_settled = true;
  std::set<UnitId> dealing;
  Instant last_change{};
  Instant oldest = Instant::max();
  for (const Deal* deal : pass.active) {
    for (const UnitId unit : {deal->charge_unit, deal->discharge_unit}) {
      if (!dealing.insert(unit).second) {
        continue;
      }
      const UnitInfo* info = fleet_.find(unit);
      const Reading* reading = fleet_.fresh_reading(unit, pass.now, context.timing.reading_max_age);
      if (reading == nullptr || !reading->grid_a || !info->confirmed() ||
          !same_state(info->report.set_point, info->sent->target)) {
        all_settled = false;
        continue;
      }
      last_change = std::max({last_change, info->changed_at, info->state_since});
      oldest = std::min(oldest, info->heard_at - info->report.reading_age);
      currents.push_back({unit, *reading->grid_a});
      sum += *reading->grid_a;
    }
    all_settled = all_settled && deal->phase == DealPhase::running;
  }
  // A reading from before the last change, or from the moment of it, says nothing about what flows.
  all_settled = all_settled && oldest > last_change + policy.checkpoint_retry_wait;
  const Amperes leak_allowed = policy.leak_allowance_per_unit * static_cast<double>(dealing.size());
  const bool leaks = all_settled && !dealing.empty() && abs(sum) > leak_allowed;
  if (strike(pass, AlarmCode::leak_current, leaks, oldest, sum.value(), leak_allowed.value())) {
    bus_stop_ = true;
    bus_stop_reason_ = Reason(Rule::leak, sum.value(), leak_allowed.value());
  }
  if (policy.topology_enabled && all_settled) {
    double worst = 0.0;
    double capacity = 0.0;
    for (const auto& branch : policy.branches) {
      const double current_a = abs(branch_current(branch, currents)).value();
      if (current_a > branch.capacity.value() && current_a - branch.capacity.value() > worst) {
        worst = current_a - branch.capacity.value();
        capacity = branch.capacity.value();
      }
    }
    if (strike(pass, AlarmCode::branch_overloaded, worst > 0.0, oldest, capacity + worst,
               capacity)) {
      bus_stop_ = true;
      bus_stop_reason_ = Reason(Rule::branch_overload, capacity + worst, capacity);
    }
  }
  const bool two = pass.holding.size() > 1 &&
                   std::any_of(pass.holding.begin(), pass.holding.end(),
                               [&](UnitId u) { return !context.view.reference_set().contains(u); });
  if (strike(pass, AlarmCode::two_references, two, pass.now,
             static_cast<double>(pass.holding.size()), 1)) {
    bus_stop_ = true;
    bus_stop_reason_ = Reason(Rule::bus_stop, static_cast<double>(pass.holding.size()));
  }
  if (bus_stop_) {
    if (bus_stop_since_ == Instant{}) {
      bus_stop_since_ = pass.now;
      bus_stop_until_ = pass.now + policy.grid_master_error_sustaining;
    }
    if (pass.active.empty() && pass.holding.empty()) {
      bus_stop_ = false;
      bus_stop_since_ = Instant{};
    }
  }
}

}  // namespace musubi::gridmaster
