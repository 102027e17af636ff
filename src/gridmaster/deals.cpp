// The phases of the deals up to their warm-up: what must end, what may begin.
#include <algorithm>

#include "base/deliberate_bug.hpp"
#include "gridmaster/grid_master.hpp"

namespace musubi::gridmaster {

namespace {

/// A deal that takes this many times as long as its amount needs at its current hardly flows.
constexpr std::int64_t stalled_after = 4;
constexpr Duration stalled_at_least = milliseconds(60'000);

/// How long a deal may run.
Duration longest_run(const Deal& deal, const Policy& policy) {
  const double power_w = policy.grid_voltage.value() * std::max(1e-3, deal.current.value());
  const Duration needed = seconds(static_cast<double>(deal.amount_wh) * 3600.0 / power_w);
  return std::max(needed, stalled_at_least) * stalled_after;
}

}  // namespace

std::optional<Reason> GridMaster::must_stop(const Pass& pass, const Deal& deal) const {
  const auto& context = pass.context;
  const auto& policy = context.policy;
  if (bus_stop_ && deal.phase != DealPhase::created) {
    return bus_stop_reason_;
  }
  const OperationMode mode = context.view.mode().value_or(policy.operation_mode);
  if (mode == OperationMode::stop || mode == OperationMode::manual) {
    return Reason(Rule::mode_forbids, static_cast<double>(mode));
  }
  for (const UnitId unit : {deal.charge_unit, deal.discharge_unit}) {
    const UnitInfo* info = fleet_.find(unit);
    if (fleet_.is_lost(unit, pass.now, context.timing)) {
      return Reason(Rule::unit_silent, to_seconds(pass.now - *info->waited_for_since));
    }
    if (info == nullptr || !info->acknowledged) {
      continue;
    }
    // What an idle unit reported long ago is no reason against a new deal.
    if (deal.phase == DealPhase::created &&
        !fleet_.is_heard(unit, pass.now, context.timing.suspicion)) {
      continue;
    }
    // A reference that fails to form the bus is tried again; any other failure ends the unit's
    // deals.
    const bool forming = deal.is_master && deal.phase == DealPhase::activated;
    const bool failed =
        info->report.progress == ConverterProgress::failed && !forming && deal.master_side_active();
    if (info->report.has_fault || info->report.locked_out || failed) {
      return Reason(Rule::unit_failed);
    }
    if (info->report.policy_version != context.policy_version) {
      return Reason(Rule::unit_quarantined);
    }
  }
  const auto seen = seen_.find(deal.id);
  if (deal.phase == DealPhase::created && seen != seen_.end() &&
      pass.now - seen->second > policy.deal_expiry) {
    return Reason(Rule::expired_before_activation, to_seconds(policy.deal_expiry));
  }
  const auto since = running_since_.find(deal.id);
  if (since != running_since_.end()) {
    const Duration longest = longest_run(deal, policy);
    if (pass.now - since->second > longest) {
      return Reason(Rule::deal_stalled, to_seconds(longest), static_cast<double>(deal.amount_wh));
    }
  }
  if (deal.phase == DealPhase::running) {
    const Reading* giver =
        fleet_.fresh_reading(deal.discharge_unit, pass.now, context.timing.reading_max_age);
    const Reading* taker =
        fleet_.fresh_reading(deal.charge_unit, pass.now, context.timing.reading_max_age);
    if (giver != nullptr && giver->soc && *giver->soc < policy.discharge_unit_lower_limit_soc) {
      return Reason(Rule::soc_below_lower_limit, giver->soc->value(),
                    policy.discharge_unit_lower_limit_soc.value());
    }
    if (taker != nullptr && taker->soc && *taker->soc > policy.charge_unit_upper_limit_soc) {
      return Reason(Rule::soc_above_upper_limit, taker->soc->value(),
                    policy.charge_unit_upper_limit_soc.value());
    }
  }
  return std::nullopt;
}

bool GridMaster::fails_on_purpose(Pass& pass, const Deal& deal, TestFeature step) {
  if (deal.test_feature != step || busy_deals_.contains(deal.id)) {
    return false;
  }
  Deal next = deal;
  next.stop_requested = true;
  next.stop_reason = Reason(Rule::test_feature, static_cast<double>(step));
  commit_deal(pass, std::move(next), Rule::test_feature, {static_cast<double>(step)});
  return true;
}

void GridMaster::end_what_must_end(Pass& pass) {
  for (const Deal* deal : pass.deals) {
    if (deal->phase == DealPhase::running) {
      running_since_.try_emplace(deal->id, pass.now);
    } else {
      running_since_.erase(deal->id);
    }
  }
  for (const Deal* deal : pass.deals) {
    if (busy_deals_.contains(deal->id) || deal->phase >= DealPhase::stopping) {
      continue;
    }
    std::optional<Reason> reason;
    if (deal->stop_requested) {
      reason = deal->stop_reason;
    } else {
      reason = must_stop(pass, *deal);
    }
    if (!reason) {
      continue;
    }
    Deal next = *deal;
    next.stop_requested = true;
    next.stop_reason = *reason;
    next.outcome = DealOutcome::aborted;
    next.abort_time = pass.context.wall;
    next.abort_notes.push_back({pass.context.wall, *reason});
    if (deal->phase == DealPhase::created) {
      settle(pass, next);  // no converter ever moved for it
      continue;
    }
    next.phase = DealPhase::stopping;
    commit_deal(pass, std::move(next), reason->rule, reason->numbers);
  }
}

bool GridMaster::widens_too_far(const Pass& pass, const Deal& deal) const {
  const DealSide master = master_side(pass.master, pass.reference, pass.context.policy);
  CurrentRange range = pass.reference_range;
  const UnitId unit = deal.unit_on(master);
  const double sign = sign_of(direction_on(master));
  range.widen(deal.current * (unit == pass.reference ? sign : -sign));
  const auto member = pass.context.view.members().find(pass.reference);
  return member == pass.context.view.members().end() ||
         !range.within(member->second.current_capacity);
}

void GridMaster::advance_deals(Pass& pass) {
  const DealSide master = master_side(pass.master, pass.reference, pass.context.policy);
  const double sign = sign_of(direction_on(master));
  for (const Deal* deal : pass.active) {
    const bool on_reference = deal->unit_on(master) == pass.reference;
    if (deal->phase == DealPhase::running) {
      if (on_reference) {
        pass.reference_range.shift(deal->current * sign);
      }
    } else {
      pass.reference_range.widen(deal->current * (on_reference ? sign : -sign));
    }
  }
  // What may be running without our knowledge is budgeted from zero to its capacity.
  std::set<UnitId> unsure;
  for (const auto& [unit, info] : fleet_.all()) {
    if (info->acknowledged && info->report.progress == ConverterProgress::uncertain) {
      unsure.insert(unit);
    }
  }
  for (const Deal* deal : pass.active) {
    for (const UnitId unit : {deal->charge_unit, deal->discharge_unit}) {
      if (!fleet_.is_heard(unit, pass.now, pass.context.timing.current_lease)) {
        unsure.insert(unit);
      }
    }
  }
  for (const UnitId unit : unsure) {
    const auto member = pass.context.view.members().find(unit);
    const Amperes capacity = member == pass.context.view.members().end()
                                 ? pass.context.policy.deal_current
                                 : member->second.current_capacity;
    pass.reference_range.widen(capacity);
    pass.reference_range.widen(-capacity);
  }
  for (const Deal* deal : pass.deals) {
    if (busy_deals_.contains(deal->id)) {
      continue;
    }
    switch (deal->phase) {
    case DealPhase::created:
      if (seen_.try_emplace(deal->id, pass.now).second) {
        pass.out.emplace_back(Send{deal->charge_unit, DealSeen{epoch_, deal->id}});
        pass.out.emplace_back(Send{deal->discharge_unit, DealSeen{epoch_, deal->id}});
      }
      try_activate(pass, *deal);
      break;
    case DealPhase::activated:
      after_activation(pass, *deal);
      break;
    case DealPhase::warming_up:
      break;  // together, below
    case DealPhase::running:
    case DealPhase::stopping:
    case DealPhase::stopped:
      after_stop(pass, *deal);
      break;
    case DealPhase::done:
      break;
    }
  }
  warm_up(pass);
}

void GridMaster::try_activate(Pass& pass, const Deal& deal) {
  const auto& policy = pass.context.policy;
  if (deal.stop_requested || bus_stop_ || pass.now < bus_stop_until_ || !pass.raise_allowed ||
      pass.context.view.bus_latch()) {
    return;
  }
  const auto refuse = [&](Reason reason) {
    Deal next = deal;
    next.outcome = DealOutcome::aborted;
    next.abort_time = pass.context.wall;
    next.abort_notes.push_back({pass.context.wall, reason});
    next.stop_reason = reason;
    settle(pass, next);
  };
  if (deal.resets >= policy.deal_reset_limit) {
    refuse(Reason(Rule::refused_reset_limit, deal.resets, policy.deal_reset_limit));
    return;
  }
  for (const Deal* other : pass.active) {
    if (other->involves(deal.discharge_unit) && other->charge_unit == deal.discharge_unit) {
      refuse(Reason(Rule::refused_direction, -1, 1));
      return;
    }
    if (other->involves(deal.charge_unit) && other->discharge_unit == deal.charge_unit) {
      refuse(Reason(Rule::refused_direction, 1, -1));
      return;
    }
  }
  if (auto reason = refuses_current(pass.active, deal, policy)) {
    refuse(*reason);
    return;
  }
  for (const UnitId unit : {deal.charge_unit, deal.discharge_unit}) {
    if (!fleet_.is_heard(unit, pass.now, pass.context.timing.heartbeat * 2)) {
      ask_report(pass, unit);
      return;
    }
    if (!is_usable(pass, unit)) {
      return;
    }
  }
  if (deal.test_feature == TestFeature::fail_before_activate) {
    refuse(Reason(Rule::test_feature, static_cast<double>(deal.test_feature)));
    return;
  }
  Deal next = deal;
  next.phase = DealPhase::activated;
  next.activate_time = pass.context.wall;
  if (pass.active.empty()) {
    if (!may_form(pass)) {
      return;
    }
    const UnitId usual = deal.unit_on(policy.voltage_reference_side);
    const UnitId large = large_unit_takes_over(deal, usual, policy.voltage_reference_side, policy);
    const UnitId reference = large.empty() ? usual : large;
    next.is_master = true;
    next.reference_unit = reference;
    next.compensation_target = deal.current * sign_of(deal.direction_of(reference));
    next.last_reason = Reason(Rule::first_deal_forms_bus, policy.grid_voltage.value());
    Transaction t;
    const StoreKey key = StoreKey::of_deal(deal.id);
    t.conditions.push_back({key, pass.context.view.revision_of(key)});
    t.conditions.push_back(
        {StoreKey::reference_set(), pass.context.view.revision_of(StoreKey::reference_set())});
    t.writes.push_back({key, next});
    if (!bugs::is_on(Bug::skip_reference_set)) {
      t.writes.push_back(
          {StoreKey::reference_set(),
           ReferenceSet{{reference}, pass.context.view.reference_set().re_formations}});
    }
    begin_formation(pass);
    pass.active.push_back(&deal);  // the only first deal of this pass
    commit(pass, std::move(t), {deal.id});
    return;
  }
  if (!pass.bus_settled || widens_too_far(pass, deal)) {
    return;
  }
  const DealSide master = master_side(pass.master, pass.reference, policy);
  const UnitId large = large_unit_takes_over(deal, pass.reference, master, policy);
  const UnitInfo* reference = fleet_.find(large.empty() ? pass.reference : large);
  const Amperes before =
      reference != nullptr ? reference->report.reading.grid_a.value_or(Amperes(0.0)) : Amperes(0.0);
  const UnitId holder = large.empty() ? pass.reference : large;
  const bool master_is_reference = !large.empty() || deal.unit_on(master) == pass.reference;
  next.compensation_target =
      master_is_reference ? before + deal.current * sign_of(deal.direction_of(holder)) : before;
  if (!large.empty()) {
    for (const Deal* other : pass.active) {
      if (other->phase != DealPhase::running) {
        return;  // the reference moves only while everything else is at rest
      }
    }
    next.is_master = true;
    next.reference_unit = large;
    Deal old = *pass.master;
    old.is_master = false;
    old.reference_unit = UnitId{};
    Transaction t;
    for (const Deal& d : {next, old}) {
      t.conditions.push_back(
          {StoreKey::of_deal(d.id), pass.context.view.revision_of(StoreKey::of_deal(d.id))});
    }
    next.last_reason = Reason(Rule::large_unit_takes_over, before.value());
    t.writes.push_back({StoreKey::of_deal(next.id), next});
    t.writes.push_back({StoreKey::of_deal(old.id), old});
    commit(pass, std::move(t), {next.id, old.id});
    return;
  }
  const double sign = sign_of(direction_on(master));
  pass.reference_range.widen(deal.current * (master_is_reference ? sign : -sign));
  commit_deal(pass, std::move(next), Rule::activation_possible,
              {pass.reference_range.low.value(), pass.reference_range.high.value()});
}

void GridMaster::after_activation(Pass& pass, const Deal& deal) {
  if (deal.stop_requested || !pass.bus_settled) {
    return;
  }
  for (const TestFeature step :
       {TestFeature::fail_after_activate, TestFeature::fail_after_authorize,
        TestFeature::fail_before_warm_up}) {
    if (fails_on_purpose(pass, deal, step)) {
      return;
    }
  }
  const DealSide master = master_side(pass.master, pass.reference, pass.context.policy);
  const UnitId unit = deal.unit_on(master);
  const UnitInfo* info = fleet_.find(unit);
  if (unit != pass.reference &&
      (info == nullptr || !info->confirmed() || !info->sent || info->sent->shares.empty())) {
    return;
  }
  if (unit != pass.reference) {
    // The confirmed set-point must already carry this deal.
    const bool carries = std::any_of(info->sent->shares.begin(), info->sent->shares.end(),
                                     [&](const DealShare& share) { return share.deal == deal.id; });
    if (!carries) {
      return;
    }
  }
  Deal next = deal;
  next.phase = DealPhase::warming_up;
  next.warm_up_time = pass.context.wall;
  commit_deal(pass, std::move(next), Rule::slave_side_confirmed, {deal.current.value()});
}

}  // namespace musubi::gridmaster
