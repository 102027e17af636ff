// The slave sides of a batch have settled: their currents are trimmed until the reference carries
// only its own.
#include <algorithm>
#include <cmath>

#include "gridmaster/grid_master.hpp"

namespace musubi::gridmaster {

namespace {

/// Longest way of a report that compensation reckons with, and time for the currents to settle.
constexpr Duration settle_time = milliseconds(100);

}  // namespace

bool GridMaster::surely_carries(const Pass& pass, UnitId unit) const {
  const UnitInfo* info = fleet_.find(unit);
  return unit == pass.reference ||
         (info != nullptr && info->confirmed() &&
          is_constant_current(info->report.set_point.mode) &&
          fleet_.is_heard(unit, pass.now, pass.context.timing.heartbeat * 2));
}

GridMaster::WarmUp GridMaster::collect_warm_up(Pass& pass, DealSide master) {
  WarmUp warm;
  for (const Deal* deal : pass.active) {
    if (deal->phase != DealPhase::warming_up) {
      // The reference also stands in for a running deal whose current is not there at the moment.
      warm.others_moving = warm.others_moving || deal->phase != DealPhase::running ||
                           !surely_carries(pass, deal->charge_unit) ||
                           !surely_carries(pass, deal->discharge_unit);
      continue;
    }
    const UnitId unit = deal->unit_on(other_side(master));
    const UnitInfo* info = fleet_.find(unit);
    const bool carries =
        surely_carries(pass, deal->unit_on(master)) && info != nullptr && info->confirmed() &&
        std::any_of(info->sent->shares.begin(), info->sent->shares.end(),
                    [&](const DealShare& share) { return share.deal == deal->id; });
    if (!carries || busy_deals_.contains(deal->id) || deal->stop_requested) {
      warm.others_moving = true;
      continue;
    }
    if (fails_on_purpose(pass, *deal, TestFeature::fail_after_warm_up) ||
        fails_on_purpose(pass, *deal, TestFeature::fail_before_compensate)) {
      continue;
    }
    warm.confirmed_at = std::max(warm.confirmed_at, info->heard_at);
    warm.ready.push_back(deal);
  }
  return warm;
}

void GridMaster::drop_stale_trims(const Pass& pass) {
  for (const Fleet::Entry& entry : fleet_.all()) {
    const bool is_used =
        pass.bus_settled && std::any_of(pass.active.begin(), pass.active.end(), [&](const Deal* d) {
          return d->phase == DealPhase::warming_up && d->involves(entry.unit);
        });
    if (!is_used) {
      entry.info->trim = Amperes(0.0);
    }
  }
}

bool GridMaster::others_are_measured(Pass& pass, const WarmUp& warm, DealSide master,
                                     Instant since) {
  const auto begins = [&](UnitId unit) {
    return std::any_of(warm.ready.begin(), warm.ready.end(),
                       [&](const Deal* deal) { return deal->unit_on(other_side(master)) == unit; });
  };
  bool all = true;
  for (const Deal* deal : pass.active) {
    for (const UnitId unit : {deal->charge_unit, deal->discharge_unit}) {
      all = (begins(unit) || is_measured_since(pass, unit, since)) && all;
    }
  }
  return all;
}

void GridMaster::warm_up(Pass& pass) {
  drop_stale_trims(pass);
  const auto& policy = pass.context.policy;
  const DealSide master = master_side(pass.master, pass.reference, policy);
  const WarmUp warm = collect_warm_up(pass, master);
  const auto& ready = warm.ready;
  if (ready.empty() || !pass.bus_settled) {
    compensation_tries_ = 0;
    return;
  }
  UnitInfo& reference = fleet_.at(pass.reference);
  // The reference's current only tells something that was measured after everything had settled.
  // A report's way here is not known, so a reading counts only when it arrives well after that.
  const Instant since = std::max(warm.confirmed_at, compensation_changed_at_) + settle_time;
  if (pass.now < since) {
    wake_at_ = std::min(wake_at_, since);
    return;
  }
  if (!is_measured_since(pass, pass.reference, since)) {
    return;
  }
  Amperes target{};
  for (const Deal* deal : pass.active) {
    if (deal->involves(pass.reference) && deal->both_sides_active()) {
      target += deal->current * sign_of(deal->direction_of(pass.reference));
    }
  }
  const Amperes measured = reference.report.reading.grid_a.value_or(target);
  const Amperes error = measured - target;
  const bool within = abs(error) <= policy.compensation_drift_allowance;
  // While other deals are under way the reference's current is theirs too: who has settled starts.
  if (within || warm.others_moving) {
    for (const Deal* deal : ready) {
      if (fails_on_purpose(pass, *deal, TestFeature::fail_after_compensate)) {
        continue;
      }
      Deal next = *deal;
      next.phase = DealPhase::running;
      next.start_time = pass.context.wall;
      const auto compensated = [&](UnitId unit) {
        const UnitInfo* info = fleet_.find(unit);
        const Amperes trim = unit == pass.reference || info == nullptr ? Amperes(0.0) : info->trim;
        return (deal->current + trim) * sign_of(deal->direction_of(unit));
      };
      next.charge_compensated_a = compensated(deal->charge_unit);
      next.discharge_compensated_a = compensated(deal->discharge_unit);
      fleet_.at(deal->charge_unit).trim = Amperes(0.0);
      fleet_.at(deal->discharge_unit).trim = Amperes(0.0);
      commit_deal(pass, std::move(next), Rule::currents_compensated,
                  {measured.value(), target.value(), policy.compensation_drift_allowance.value()});
    }
    compensation_tries_ = 0;
    return;
  }
  if (compensation_tries_ >= std::abs(policy.compensation_trials)) {
    for (const Deal* deal : ready) {
      Deal next = *deal;
      next.stop_requested = true;
      next.stop_reason = Reason(Rule::compensation_failed, error.value(),
                                policy.compensation_drift_allowance.value());
      raise(pass, {AlarmCode::compensation_failed, pass.reference, AlarmLevel::warn, error.value(),
                   policy.compensation_drift_allowance.value()});
      commit_deal(pass, std::move(next), Rule::compensation_failed,
                  {error.value(), policy.compensation_drift_allowance.value()});
    }
    compensation_tries_ = 0;
    return;
  }
  // One of the others that has just lost its current would be stood in for by those that begin, for
  // as long as their deals last.
  if (!others_are_measured(pass, warm, master, since)) {
    return;
  }
  std::vector<Adjustable> units;
  for (const Deal* deal : ready) {
    const auto side =
        adjusted_side(deal->unit_on(master) == pass.reference, master, policy.reference_side);
    if (!side || deal->unit_on(*side) == pass.reference) {
      continue;
    }
    const UnitId unit = deal->unit_on(*side);
    const UnitInfo& info = fleet_.at(unit);
    if (std::none_of(units.begin(), units.end(), [&](const auto& a) { return a.unit == unit; })) {
      units.push_back({unit, deal->direction_of(unit), info.sent->target.current,
                       info.report.reading.grid_a.value_or(Amperes(0.0))});
    }
  }
  ++compensation_tries_;
  compensation_changed_at_ = pass.now;
  const auto currents = compensate(error, units);
  bool possible = !units.empty();
  bool is_inaccuracy = true;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const UnitInfo& info = fleet_.at(units[i].unit);
    possible = possible && currents[i] <= info.report.current_capacity;
    is_inaccuracy = is_inaccuracy &&
                    abs(info.trim + currents[i] - units[i].set) <= policy.leak_allowance_per_unit;
  }
  if (!possible) {
    compensation_tries_ = std::abs(policy.compensation_trials);
    return;
  }
  if (!is_inaccuracy) {
    // Somebody carries what nobody asked for. Trimmed away it would stay away when that one stops.
    wake_at_ = std::min(wake_at_, pass.now + settle_time);
    return;
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    fleet_.at(units[i].unit).trim += currents[i] - units[i].set;
  }
}

}  // namespace musubi::gridmaster
