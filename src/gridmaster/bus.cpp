// The voltage of the bus: forming it, proving the reference, holding, handing over, letting go.
//
// Nothing here is stored but the reference set: which step comes next follows from who measures CV,
// with which droop, and who is in the set (control.md section 4).
#include <algorithm>
#include <cmath>

#include "base/deliberate_bug.hpp"
#include "gridmaster/grid_master.hpp"

namespace musubi::gridmaster {

namespace {

constexpr double same_v = 1e-3;
constexpr std::size_t witnesses_of_a_dead_bus = 2;

bool holds(const std::vector<UnitId>& units, UnitId unit) {
  return std::find(units.begin(), units.end(), unit) != units.end();
}

double droop_of_hand_over(const Context& context) {
  return bugs::is_on(Bug::droop_0_beside_another) ? 0.0 : context.droop;
}

}  // namespace

bool GridMaster::may_hold(const Pass& pass, UnitId unit) const {
  const bool stays = !next_reference_set_ || next_reference_set_->contains(unit);
  return (pass.context.view.reference_set().contains(unit) && stays) ||
         bugs::is_on(Bug::skip_reference_set);
}

bool GridMaster::may_hold_alone(const Pass& pass, UnitId unit) const {
  const bool stays = !next_reference_set_ || next_reference_set_->is_only(unit);
  return (pass.context.view.reference_set().is_only(unit) && stays) ||
         bugs::is_on(Bug::skip_reference_set) || bugs::is_on(Bug::droop_0_beside_another);
}

void GridMaster::want_reference(Pass& pass, UnitId unit, Volts voltage, double droop,
                                bool hand_over, Reason reason) {
  // Nobody is told to hold the voltage who is not in the stored set, or who is about to leave it.
  if (!may_hold(pass, unit)) {
    return;
  }
  Want& want = pass.wants[unit];
  want.target.mode = ConverterMode::voltage_reference;
  want.target.voltage = voltage;
  // In doubt, droop.
  want.target.droop = droop > 0.0 || may_hold_alone(pass, unit) ? droop : pass.context.droop;
  want.target.hand_over = hand_over;
  want.target.reason = reason;
}

void GridMaster::plan_bus(Pass& pass) {
  tidy_reference_set(pass);
  if (pass.releasing) {
    release_bus(pass);
    return;
  }
  if (pass.holding.empty()) {
    authorized_ = false;
    form_bus(pass);
    return;
  }
  formation_due_ = false;
  if (holds(pass.holding, pass.reference)) {
    hold_bus(pass);
    return;
  }
  // Once told to let go a unit is not called back, though its reports are late.
  const auto from = std::find_if(pass.holding.begin(), pass.holding.end(), [&](UnitId unit) {
    const UnitInfo& info = fleet_.at(unit);
    return !info.sent || info.sent->target.mode == ConverterMode::voltage_reference;
  });
  if (from != pass.holding.end()) {
    hand_over(pass, *from);
  }
}

void GridMaster::tidy_reference_set(Pass& pass) {
  if (reference_set_busy_) {
    return;
  }
  const auto& view = pass.context.view;
  ReferenceSet next{{}, view.reference_set().re_formations};
  for (const UnitId unit : view.reference_set().units) {
    const UnitInfo* info = fleet_.find(unit);
    // A unit leaves on a read-back of a mode that is not CV that answers the newest command: an
    // older one that is still on its way is refused by its sequence. The one that is to hold the
    // voltage stays in.
    // One that has failed is back in waiting and stays there.
    const bool at_rest = info != nullptr && (info->report.progress == ConverterProgress::settled ||
                                             info->report.progress == ConverterProgress::failed);
    const bool told_otherwise = at_rest && info->acknowledged && info->has_answered_all() &&
                                info->report.set_point.mode != ConverterMode::voltage_reference &&
                                info->report.reading.mode != ConverterMode::voltage_reference;
    const bool wanted = unit == pass.reference && !pass.releasing;
    const bool told = info != nullptr && info->sent &&
                      info->sent->target.mode != ConverterMode::voltage_reference;
    const bool leaves = told_otherwise || (told && bugs::is_on(Bug::leave_reference_set_early));
    if (wanted || !leaves) {
      next.units.push_back(unit);
    }
  }
  if (next.units.size() == view.reference_set().units.size()) {
    return;
  }
  Transaction t;
  t.conditions.push_back({StoreKey::reference_set(), view.revision_of(StoreKey::reference_set())});
  t.writes.push_back({StoreKey::reference_set(), next});
  commit(pass, std::move(t), {});
}

bool GridMaster::may_form(Pass& pass) {
  pass.formation_refused = pass.formation_refused || !is_dead_for_all(pass);
  return !pass.formation_refused;
}

bool GridMaster::is_dead_for_all(Pass& pass) {
  const auto& context = pass.context;
  const auto& timing = context.timing;
  if (!pass.raise_allowed || context.view.bus_latch() || reference_set_busy_) {
    return false;
  }
  for (const UnitId unit : context.view.reference_set().units) {
    if (unit == pass.reference) {
      continue;
    }
    if (!fleet_.is_past_bound(unit, pass.now, taken_at_, timing)) {
      return false;
    }
    if (bugs::is_on(Bug::orphan_formed_over)) {
      return true;
    }
  }
  if (formation_due_ && bugs::is_on(Bug::orphan_formed_over)) {
    return true;
  }
  if (bugs::is_on(Bug::skip_dead_bus)) {
    return true;
  }
  std::size_t witnesses = 0;
  bool everybody_waits = true;
  for (const auto& [unit, record] : context.view.members()) {
    const UnitInfo* info = fleet_.find(unit);
    const Reading* reading = fleet_.fresh_reading(unit, pass.now, timing.waiting_reading_max_age);
    if (reading == nullptr || info == nullptr || pass.now - info->heard_at > timing.heartbeat * 2) {
      ask_report(pass, unit);
      continue;
    }
    everybody_waits = everybody_waits && !info->is_running();
    const bool dead = reading->grid_v && *reading->grid_v < dead_bus_below(context.policy);
    if (dead && info->report.bus_dead_for >= timing.dead_bus_time) {
      ++witnesses;
    } else if (!dead && !bugs::is_on(Bug::dead_bus_by_one_meter)) {
      everybody_waits = false;  // somebody sees a live bus
    }
  }
  if (!everybody_waits) {
    for (const auto& [unit, record] : context.view.members()) {
      const UnitInfo* info = fleet_.find(unit);
      if (info != nullptr && pass.now - info->heard_at > timing.heartbeat) {
        ask_report(pass, unit);
      }
    }
    return false;
  }
  if (bugs::is_on(Bug::dead_bus_by_one_meter)) {
    return witnesses > 0;
  }
  return witnesses >= std::min(witnesses_of_a_dead_bus, context.view.members().size());
}

void GridMaster::begin_formation(Pass& pass) {
  authorized_ = false;
  authorization_plan_.clear();
  authorization_index_ = 0;
  witness_tries_ = 0;
  formation_due_ = true;
  forming_since_ = pass.now;
  voltage_now_ = pass.context.policy.grid_voltage;
  voltage_goal_ = voltage_now_;
}

void GridMaster::form_again(Pass& pass) {
  const auto& context = pass.context;
  const ReferenceSet& set = context.view.reference_set();
  // What an earlier Grid Master counted may be as young as this tenure.
  const Instant last = re_formed_at_.value_or(taken_at_);
  const int count = (pass.now - last <= Limits::re_formation_window ? set.re_formations : 0) + 1;
  Transaction t;
  if (count > Limits::re_formations) {
    t.conditions.push_back({StoreKey::bus_latch(), 0});
    t.writes.push_back({StoreKey::bus_latch(), BusLatch{Reason(Rule::bus_lost, count)}});
    // Whoever clears the latch begins a new count.
    t.conditions.push_back(
        {StoreKey::reference_set(), context.view.revision_of(StoreKey::reference_set())});
    t.writes.push_back({StoreKey::reference_set(), ReferenceSet{set.units, 0}});
    commit(pass, std::move(t), {});
    return;
  }
  re_formed_at_ = pass.now;
  t.conditions.push_back(
      {StoreKey::reference_set(), context.view.revision_of(StoreKey::reference_set())});
  // Silent members past their bound leave with the dead bus that has just been measured.
  t.writes.push_back({StoreKey::reference_set(), ReferenceSet{{pass.reference}, count}});
  commit(pass, std::move(t), {});
  begin_formation(pass);
}

void GridMaster::form_bus(Pass& pass) {
  const auto& context = pass.context;
  const auto& policy = context.policy;
  if (busy_deals_.contains(pass.master->id) || pass.master->phase >= DealPhase::stopping) {
    return;
  }
  const UnitInfo* info = fleet_.find(pass.reference);
  if (info == nullptr || !info->acknowledged) {
    ask_report(pass, pass.reference);
    return;
  }
  // An order that nobody answers is renewed for as long as the dead bus that it rests on is fresh.
  const bool on_its_way = info->report.answers_sequence < info->want_sequence &&
                          pass.now - info->changed_at <= context.timing.waiting_reading_max_age;
  const bool under_way =
      info->sent && info->sent->target.mode == ConverterMode::voltage_reference &&
      (on_its_way || info->report.set_point.mode == ConverterMode::voltage_reference);
  const bool alone_in_set =
      context.view.reference_set().is_only(pass.reference) || bugs::is_on(Bug::skip_reference_set);
  if (under_way) {
    formation_due_ = false;
    want_reference(pass, pass.reference, policy.grid_voltage, 0.0, false,
                   Reason(Rule::first_deal_forms_bus, policy.grid_voltage.value()));
    return;
  }
  if (!may_form(pass)) {
    return;
  }
  // The first deal has just been activated, or the bus was lost with deals on it: it is formed
  // anew.
  const bool first = formation_due_ || (pass.master->phase == DealPhase::activated &&
                                        !pass.master->ramp_up_time && forming_since_ == Instant{});
  if (!first) {
    form_again(pass);
    return;
  }
  if (!alone_in_set) {
    Transaction t;
    t.conditions.push_back(
        {StoreKey::reference_set(), context.view.revision_of(StoreKey::reference_set())});
    // Silent members past their bound leave with the dead bus that has just been measured.
    t.writes.push_back(
        {StoreKey::reference_set(),
         ReferenceSet{{pass.reference}, context.view.reference_set().re_formations}});
    commit(pass, std::move(t), {});
    return;
  }
  if (voltage_now_ <= Volts(0.0)) {
    begin_formation(pass);
  }
  want_reference(pass, pass.reference, policy.grid_voltage, 0.0, false,
                 Reason(Rule::first_deal_forms_bus, policy.grid_voltage.value()));
}

void GridMaster::hold_bus(Pass& pass) {
  const auto& context = pass.context;
  const auto& policy = context.policy;
  const double droop = droop_of_hand_over(context);
  const UnitInfo& info = fleet_.at(pass.reference);
  const SetPoint& present = info.report.set_point;
  if (voltage_now_ <= Volts(0.0)) {
    // A successor finds the voltage as it is; a reference that deals already ran on is proved,
    // unless it is just bringing a bus that was lost up again.
    voltage_now_ = present.mode == ConverterMode::voltage_reference && present.voltage > Volts(0.0)
                       ? present.voltage
                       : policy.grid_voltage;
    voltage_goal_ = voltage_now_;
    const Volts least = voltage_now_ - policy.voltage_allowance - policy.voltage_drop_allowance -
                        policy.grid_voltage * context.droop;
    const bool up = info.report.reading.grid_v.value_or(Volts(0.0)) >= least;
    authorized_ = up && (pass.master->phase >= DealPhase::warming_up ||
                         std::any_of(pass.active.begin(), pass.active.end(), [](const Deal* d) {
                           return d->phase >= DealPhase::warming_up;
                         }));
    forming_since_ = pass.now;
  }
  std::vector<UnitId> others;
  for (const UnitId unit : pass.holding) {
    if (unit != pass.reference) {
      others.push_back(unit);
    }
  }
  const bool alone = others.empty() && context.view.reference_set().is_only(pass.reference);
  if (!others.empty()) {
    // Second half of a hand-over: the new reference stays drooped while the old one lets go.
    hand_over_since_ = hand_over_since_.value_or(pass.now);
    if (pass.now - *hand_over_since_ > context.timing.hand_over_max) {
      raise(pass,
            {AlarmCode::hand_over_unfinished, others.front(), AlarmLevel::error,
             to_seconds(pass.now - *hand_over_since_), to_seconds(context.timing.hand_over_max)});
    }
    pass.bus_ready = authorized_;
    // The old reference goes once no current that was granted beside it can outlast the new one.
    const bool carries = info.report.progress == ConverterProgress::settled &&
                         info.report.set_point.mode == ConverterMode::voltage_reference &&
                         info.confirmed_end - context.timing.device_stop_bound >=
                             pass.now + context.timing.current_lease * 95 / 100;
    want_reference(pass, pass.reference, voltage_now_, droop, true,
                   Reason(Rule::take_over_drooped, voltage_now_.value(), droop));
    for (const UnitId unit : others) {
      const UnitInfo& old = fleet_.at(unit);
      // Once told to let go it is not called back, though reports are late: nothing is granted on
      // it any more.
      const bool told = old.sent && old.sent->target.mode != ConverterMode::voltage_reference;
      if (carries || told) {
        Want& want = pass.wants[unit];
        want.target.hand_over = true;
        want.target.reason = Reason(Rule::hand_over_release);
      } else {
        want_reference(pass, unit, voltage_now_, droop, false,
                       Reason(Rule::hand_over_droop, voltage_now_.value(), droop));
      }
    }
    return;
  }
  hand_over_since_.reset();
  if (!alone) {
    pass.bus_ready = authorized_;
    want_reference(pass, pass.reference, voltage_now_, droop, false,
                   Reason(Rule::take_over_drooped, voltage_now_.value(), droop));
    return;
  }
  if (!authorized_) {
    authorize(pass);
    return;
  }
  pass.bus_ready = true;
  pass.bus_settled = present.droop == 0.0 && present.mode == ConverterMode::voltage_reference;
  choose_voltage(pass);
  want_reference(pass, pass.reference, voltage_now_, 0.0, false,
                 present.droop != 0.0 ? Reason(Rule::take_over_done, voltage_now_.value())
                 : policy.voltage_optimization
                     ? Reason(Rule::voltage_optimization, voltage_now_.value())
                     : Reason(Rule::reference_holds, voltage_now_.value()));
}

void GridMaster::choose_voltage(Pass& pass) {
  const auto& policy = pass.context.policy;
  if (!policy.voltage_optimization || !pass.bus_settled) {
    return;
  }
  std::vector<DealId> both;
  bool moving = false;
  for (const Deal* deal : pass.active) {
    if (deal->both_sides_active()) {
      both.push_back(deal->id);
    }
    moving = moving || deal->phase != DealPhase::running;
  }
  if (!moving && both != optimized_for_) {
    optimized_for_ = both;
    voltage_goal_ = optimal_voltage(pass.active, policy).value_or(voltage_goal_);
  }
  if (std::fabs((voltage_goal_ - voltage_now_).value()) > same_v) {
    // Announced first: the step comes once every constant-current side knows both ends.
    const bool all_know =
        std::all_of(fleet_.all().begin(), fleet_.all().end(), [&](const auto& entry) {
          const auto& unit_info = *entry.info;
          return !unit_info.sent || !is_constant_current(unit_info.sent->target.mode) ||
                 (unit_info.confirmed() && unit_info.report.set_point.band_low <= voltage_goal_ &&
                  unit_info.report.set_point.band_high >= voltage_goal_);
        });
    if (all_know) {
      voltage_now_ = voltage_goal_;
    }
  }
}

void GridMaster::hand_over(Pass& pass, UnitId from) {
  const auto& context = pass.context;
  hand_over_since_ = hand_over_since_.value_or(pass.now);
  if (pass.now - *hand_over_since_ > context.timing.hand_over_max &&
      !busy_deals_.contains(pass.master->id) && pass.master->phase < DealPhase::stopping &&
      !pass.master->stop_requested) {
    // The heir does not take the voltage: its deal ends, and the voltage goes to the next one.
    Deal next = *pass.master;
    next.stop_requested = true;
    next.stop_reason = Reason(Rule::hand_over_timeout, to_seconds(context.timing.hand_over_max));
    commit_deal(pass, std::move(next), Rule::hand_over_timeout,
                {to_seconds(context.timing.hand_over_max)});
    hand_over_since_.reset();
  }
  const UnitInfo& old = fleet_.at(from);
  const UnitInfo* heir = fleet_.find(pass.reference);
  pass.bus_ready = true;
  authorized_ = true;
  if (voltage_now_ <= Volts(0.0)) {
    voltage_now_ = old.report.set_point.mode == ConverterMode::voltage_reference
                       ? old.report.set_point.voltage
                       : context.policy.grid_voltage;
    voltage_goal_ = voltage_now_;
  }
  want_reference(pass, from, voltage_now_, context.droop, false,
                 Reason(Rule::hand_over_droop, voltage_now_.value(), context.droop));
  if (heir == nullptr || !heir->acknowledged ||
      pass.now - heir->heard_at > context.timing.heartbeat * 2) {
    ask_report(pass, pass.reference);
    return;
  }
  // Its answer to the order counts: an earlier report may show a droop that it has left since.
  const bool drooped = old.confirmed() &&
                       old.sent->target.mode == ConverterMode::voltage_reference &&
                       std::fabs(old.sent->target.droop - context.droop) < 1e-9 &&
                       std::fabs(old.report.set_point.droop - context.droop) < 1e-9;
  // None begins beside a silent reference.
  if (!drooped || !is_usable(pass, pass.reference) ||
      !fleet_.is_heard(from, pass.now, context.timing.suspicion)) {
    return;
  }
  if (!context.view.reference_set().contains(pass.reference)) {
    if (!reference_set_busy_) {
      Transaction t;
      ReferenceSet next = context.view.reference_set();
      next.units.push_back(pass.reference);
      t.conditions.push_back(
          {StoreKey::reference_set(), context.view.revision_of(StoreKey::reference_set())});
      t.writes.push_back({StoreKey::reference_set(), next});
      commit(pass, std::move(t), {});
    }
    return;
  }
  const bool theoretical = context.policy.take_over_voltage == TakeOverVoltage::theoretical;
  const Volts voltage =
      theoretical ? voltage_now_ : heir->report.reading.grid_v.value_or(voltage_now_);
  voltage_now_ = voltage;
  want_reference(pass, pass.reference, voltage, droop_of_hand_over(context), true,
                 Reason(Rule::take_over_drooped, voltage.value(), context.droop));
}

void GridMaster::release_bus(Pass& pass) {
  voltage_now_ = Volts{};
  authorized_ = false;
  forming_since_ = Instant{};
  // Constant-current sides first, the reference last, by measurement.
  bool currents_off = true;
  for (const auto& [unit, info] : fleet_.all()) {
    const bool is_off = info->acknowledged && !is_constant_current(info->report.reading.mode);
    currents_off = currents_off && (is_off || Fleet::is_past_bound(info.get(), pass.now, taken_at_,
                                                                   pass.context.timing));
  }
  const bool waited_long_enough =
      bus_stop_ &&
      pass.now - bus_stop_since_ >=
          std::max(pass.context.timing.clean_stop_bound, pass.context.policy.scram_reference_delay);
  for (const UnitId unit : pass.holding) {
    if (currents_off || waited_long_enough || bugs::is_on(Bug::reference_stops_first)) {
      Want& want = pass.wants[unit];
      want.target.stop_style = StopStyle::lower_bus;
      want.target.reason = bus_stop_ ? bus_stop_reason_ : Reason(Rule::last_deal_lowers_bus);
    } else {
      const SetPoint& present = fleet_.at(unit).report.set_point;
      want_reference(pass, unit, present.voltage, present.droop, false,
                     Reason(Rule::lease_renewal));
    }
  }
}

void GridMaster::authorize(Pass& pass) {
  const auto& context = pass.context;
  const auto& policy = context.policy;
  UnitInfo& info = fleet_.at(pass.reference);
  const SetPoint& present = info.report.set_point;
  const Volts nominal = policy.grid_voltage;
  const auto give_up = [&](Rule rule, AlarmCode code) {
    pass.wants[pass.reference].target.stop_style = StopStyle::lower_bus;
    pass.wants[pass.reference].target.reason = Reason(rule);
    if (busy_deals_.contains(pass.master->id) || pass.master->phase > DealPhase::activated) {
      return;
    }
    raise(pass, {code, pass.reference, AlarmLevel::warn, 0, 0});
    // A reset: the deal starts over, a limited number of times.
    Deal next = *pass.master;
    next.phase = DealPhase::created;
    next.is_master = false;
    next.reference_unit = UnitId{};
    next.activate_time.reset();
    next.ramp_up_time.reset();
    ++next.resets;
    next.reset_notes.push_back({context.wall, Reason(rule, next.resets)});
    commit_deal(pass, std::move(next), rule, {static_cast<double>(pass.master->resets + 1)});
  };
  if (info.report.progress == ConverterProgress::failed ||
      pass.now - forming_since_ > policy.ramp_up_timeout) {
    give_up(Rule::ramp_up_timeout, AlarmCode::ramp_up_timeout);
    return;
  }
  const Volts goal = authorization_plan_.empty() || authorization_index_ == 0
                         ? nominal
                         : authorization_plan_[authorization_index_ - 1];
  want_reference(pass, pass.reference, goal, 0.0, false,
                 authorization_plan_.empty() ? Reason(Rule::first_deal_forms_bus, goal.value())
                                             : Reason(Rule::authorization_step, goal.value(),
                                                      static_cast<double>(authorization_index_)));
  const bool there = info.report.progress == ConverterProgress::settled &&
                     present.mode == ConverterMode::voltage_reference &&
                     std::fabs((present.voltage - goal).value()) < same_v &&
                     info.report.reading.grid_v &&
                     abs(*info.report.reading.grid_v - goal) <= policy.voltage_allowance;
  if (!there) {
    return;
  }
  if (authorization_plan_.empty()) {
    if (fails_on_purpose(pass, *pass.master, TestFeature::fail_before_authorize)) {
      return;
    }
    if (pass.master->phase == DealPhase::activated && !pass.master->ramp_up_time &&
        !busy_deals_.contains(pass.master->id)) {
      Deal next = *pass.master;
      next.ramp_up_time = context.wall;
      commit_deal(pass, std::move(next), Rule::bus_reached_voltage,
                  {info.report.reading.grid_v->value(), nominal.value()});
    }
    auto candidates = authorization_voltages(policy, nominal);
    for (int i = 0; i < std::abs(policy.authorization_trials) && !candidates.empty(); ++i) {
      const std::size_t pick = prng_.below(candidates.size());
      authorization_plan_.push_back(candidates[pick]);
      candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(pick));
    }
    authorization_plan_.push_back(nominal);
    authorization_index_ = 1;
    authorize(pass);
    return;
  }
  // The bus has to follow, seen by another unit's meter than the one that steps it.
  UnitId witness = pass.master->partner_of(pass.reference);
  if (!pass.master->involves(pass.reference) ||
      !fleet_.is_heard(witness, pass.now, context.timing.role_lease)) {
    for (const auto& [unit, record] : context.view.members()) {
      if (unit != pass.reference) {
        witness = unit;
        break;
      }
    }
  }
  const UnitInfo& other = fleet_.at(witness);
  if (!is_measured_since(pass, witness, info.heard_at)) {
    return;
  }
  const bool follows = other.report.reading.grid_v &&
                       abs(*other.report.reading.grid_v - goal) <= policy.voltage_allowance;
  if (!follows) {
    if (++witness_tries_ > std::max(1, policy.checkpoint_retry_limit)) {
      give_up(Rule::authorization_failed, AlarmCode::authorization_failed);
    } else {
      ask_now(pass, witness);
    }
    return;
  }
  witness_tries_ = 0;
  if (authorization_index_ == authorization_plan_.size()) {
    authorized_ = true;
    pass.bus_ready = true;
    pass.bus_settled = true;
    return;
  }
  ++authorization_index_;
  const Volts next = authorization_plan_[authorization_index_ - 1];
  want_reference(pass, pass.reference, next, 0.0, false,
                 Reason(authorization_index_ == authorization_plan_.size()
                            ? Rule::authorization_return
                            : Rule::authorization_step,
                        next.value(), static_cast<double>(authorization_index_)));
}

}  // namespace musubi::gridmaster
