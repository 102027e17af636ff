// The unit side of a node: reads its device, obeys fenced commands, keeps its books, reports.
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/deliberate_bug.hpp"
#include "base/overloaded.hpp"
#include "gridmaster/formulas.hpp"
#include "node/node_core.hpp"
#include "safety/gate.hpp"

namespace musubi::node {

void NodeCore::ask_reading() {
  if (!reading_asked_) {
    reading_asked_ = true;
    reading_asked_at_ = now_.instant;
    effects_.emplace_back(ReadDevice{});
  }
}

void NodeCore::take_epoch(Epoch epoch) {
  if (epoch > highest_epoch_) {
    highest_epoch_ = epoch;
    last_sequence_ = 0;
    requested_ = 0;
    answered_request_ = 0;
    // Durable before the acknowledgement that follows it.
    effects_.emplace_back(PersistEpoch{epoch});
  }
}

void NodeCore::on_report_request(UnitId from, const ReportRequest& request) {
  const bool knows_epoch = epoch_known_ || bugs::is_on(Bug::obey_before_epoch_known);
  if (!knows_epoch || request.epoch < highest_epoch_) {
    return;
  }
  take_epoch(request.epoch);
  heard_grid_master_ = now_.instant;
  report_to_.insert(from);
  requested_ = std::max(requested_, request.number);
  requested_at_ = now_.instant;
  ask_reading();
}

bool NodeCore::is_obeyable(UnitId from, const SetPointCommand& command) const {
  // A command of the epoch that this unit sees in the store comes from its holder or not at all.
  if (command.epoch == view_.epoch() && from != view_.role_holder()) {
    return false;
  }
  if (!epoch_known_ && !bugs::is_on(Bug::obey_before_epoch_known)) {
    return false;
  }
  if (command.epoch < highest_epoch_ && !bugs::is_on(Bug::obey_older_epoch)) {
    return false;
  }
  if (command.stamp.boot != boot_ && !bugs::is_on(Bug::ignore_boot)) {
    return false;
  }
  const Instant now = now_.instant;
  return (command.stamp.at <= now && now < command.stamp.at + command.validity) ||
         bugs::is_on(Bug::lease_from_arrival);
}

void NodeCore::on_command(UnitId from, const SetPointCommand& command) {
  const Instant now = now_.instant;
  if (!is_obeyable(from, command)) {
    return;
  }
  take_epoch(command.epoch);
  if (command.sequence <= last_sequence_ && !bugs::is_on(Bug::ignore_sequence)) {
    return;
  }
  last_sequence_ = command.sequence;
  heard_grid_master_ = now;
  const bool raises = command.target.mode != ConverterMode::waiting;
  if (raises && bugs::is_on(Bug::lift_the_lock_out)) {
    local_.locked_out = false;
    clear(AlarmCode::lock_out);
  }
  if (raises && (command.policy_version != policy_version_ || has_fault() || local_.locked_out ||
                 shutting_down_ || locally_stopped() || converter_.is_stopping() ||
                 command.stamp.at <= stopped_at_ || begins_off_band(command.target))) {
    if (command.policy_version != policy_version_) {
      raise({AlarmCode::policy_differs, unit_, AlarmLevel::warn, 0, 0});
    }
    report_to_.insert(from);
    ask_reading();
    return;
  }
  const bool is_new =
      !command_ || !same_order(command_->target, command.target) ||
      command_->shares.size() != command.shares.size() ||
      !std::equal(command.shares.begin(), command.shares.end(), command_->shares.begin(),
                  [](const DealShare& a, const DealShare& b) {
                    return a.deal == b.deal && a.metered == b.metered;
                  });
  command_ = command;
  if (bugs::is_on(Bug::lease_from_arrival)) {
    command_->stamp.at = now;
  }
  failed_ = false;
  meter_.set_shares(books_now(), command.shares);
  // While it runs its heartbeats answer.
  report_due_ = report_due_ || is_new || !converter_.may_be_running();
  apply_shares();
}

bool NodeCore::begins_off_band(const SetPoint& target) const {
  const bool begins = is_constant_current(target.mode) &&
                      (!command_ || command_->target.mode == ConverterMode::waiting);
  return begins && reading_ && reading_->grid_v &&
         (*reading_->grid_v < target.band_low || *reading_->grid_v > target.band_high);
}

Instant NodeCore::books_now() const {
  return bugs::is_on(Bug::trust_wall_time) ? Instant{} + milliseconds(now_.wall.unix_ms)
                                           : now_.instant;
}

SetPoint NodeCore::effective_target() const {
  SetPoint target = command_->target;
  if (!is_constant_current(target.mode)) {
    return target;
  }
  std::size_t left = command_->shares.size();
  for (const auto& share : command_->shares) {
    for (const auto& energy : meter_.energies()) {
      if (energy.deal == share.deal && energy.share_ended) {
        target.current -= share.current;
        --left;
        target.reason = Reason(Rule::share_complete, energy.meter.at(share.metering_point).value(),
                               share.ends_at.value(), target.current.value());
      }
    }
  }
  if (left == 0) {
    const Reason reason = target.reason;
    target = SetPoint{};
    target.reason = reason;
  }
  target.current = std::max(target.current, Amperes(0.0));
  return target;
}

void NodeCore::apply_shares() {
  if (!command_) {
    return;
  }
  const SetPoint target = effective_target();
  run_converter(converter::TargetSet{target, command_->stamp.at + command_->validity});
}

void NodeCore::run_converter(const converter::Event& event) {
  std::vector<converter::Effect> effects;
  converter_.step(now_.instant, event, *policy_, hw_, effects);
  for (const auto& effect : effects) {
    std::visit(
        Overloaded{
            [&](const converter::Write& e) {
              const auto refusal = safety::judge(e.command, safety::limits_of(*policy_, hw_),
                                                 local_.locked_out, now_.instant);
              if (refusal != safety::Refusal::none) {
                raise({AlarmCode::device_refused_command, unit_, AlarmLevel::warn,
                       static_cast<double>(refusal), 0});
                run_converter(converter::WriteAnswered{e.id, converter::WriteOutcome::refused});
                return;
              }
              written_at_ = now_.instant;
              effects_.emplace_back(WriteDevice{e.id, e.command});
            },
            [&](const converter::Look&) { ask_reading(); },
            [&](const converter::Settled&) {
              report_due_ = true;
              if (converter_.target().mode == ConverterMode::waiting) {
                stopped_at_ = now_.instant;
              }
            },
            [&](const converter::Failed& e) {
              report_due_ = true;
              stopped_at_ = now_.instant;
              // A lease that ran out pauses; what the device did not do is a failure.
              failed_ = e.reason.rule == Rule::checkpoint_failed ||
                        e.reason.rule == Rule::refused_transition ||
                        e.reason.rule == Rule::device_refused || e.reason.rule == Rule::local_fault;
              meter_.set_shares(books_now(), DealShares{});
              if (command_) {
                command_->target = SetPoint{};
                command_->shares.clear();
              }
              if (e.reason.rule == Rule::lease_expired) {
                raise({AlarmCode::lease_expired, unit_, AlarmLevel::warn, e.reason.numbers[0], 0});
              } else if (e.reason.rule == Rule::checkpoint_failed ||
                         e.reason.rule == Rule::device_refused ||
                         e.reason.rule == Rule::refused_transition) {
                raise({AlarmCode::device_refused_command, unit_, AlarmLevel::error,
                       e.reason.numbers[0], e.reason.numbers[2]});
              }
            },
        },
        effect);
  }
  if (report_due_ && !converter_.is_moving() && reading_) {
    report_due_ = false;
    send_report(view_.role_holder());
  }
}

void NodeCore::on_written(const DeviceWritten& event) {
  const auto outcome = event.result == WriteResult::done      ? converter::WriteOutcome::done
                       : event.result == WriteResult::refused ? converter::WriteOutcome::refused
                                                              : converter::WriteOutcome::unknown;
  run_converter(converter::WriteAnswered{event.id, outcome});
  if (event.reading) {
    // The meters that come with the answer save a read; the read schedule is not touched.
    const bool asked = std::exchange(reading_asked_, false);
    on_reading(event.reading);
    reading_asked_ = reading_asked_ || asked;
  }
}

void NodeCore::on_reading(const std::optional<Reading>& reading) {
  const Instant now = now_.instant;
  const bool was_asked = reading_asked_;
  reading_asked_ = false;
  next_reading_ =
      now + (converter_.may_be_running() ? timing_.heartbeat : timing_.reading_while_waiting);
  if (!reading) {
    const Duration max_age =
        converter_.may_be_running() ? timing_.reading_max_age : timing_.waiting_reading_max_age;
    const bool stale = !reading_ || !reading_->is_fresh(now, max_age);
    if (!bugs::is_on(Bug::silent_driver_is_fine)) {
      raise({AlarmCode::device_unreachable, unit_, stale ? AlarmLevel::error : AlarmLevel::warn, 0,
             0});
    }
    return;
  }
  reading_ = reading;
  // It may have been taken at any moment since it was asked for.
  reading_->taken_at = was_asked ? reading_asked_at_ : written_at_;
  clear(AlarmCode::device_unreachable);
  if (reading->grid_v && *reading->grid_v < gridmaster::dead_bus_below(*policy_)) {
    bus_dead_since_ = bus_dead_since_.value_or(now);
  } else {
    bus_dead_since_.reset();
  }
  meter_.sample(books_now(), *reading_);
  while (const auto ended = meter_.advance(books_now())) {
    apply_shares();
    report_due_ = true;
  }
  run_converter(converter::ReadingArrived{*reading_});
  const bool uncertain = converter_.progress() == ConverterProgress::uncertain;
  uncertain_since_ = uncertain ? uncertain_since_.value_or(now) : std::optional<Instant>();
  if (uncertain && now - *uncertain_since_ >= timing_.device_stop_bound) {
    raise({AlarmCode::possibly_running, unit_, AlarmLevel::error, 0, 0});
  }
  check_unheld_bus();
  check_reading(*reading_);
  if (was_asked && reading_asked_at_ >= requested_at_) {
    answered_request_ = requested_;
  }
  if (answered_request_ == requested_) {
    for (const UnitId to : report_to_) {
      send_report(to);
    }
    report_to_.clear();
  } else {
    ask_reading();  // the answer has to be measured after the question
  }
  if (converter_.may_be_running() && command_ && !converter_.is_moving()) {
    send_report(view_.role_holder());  // heartbeat
  }
  if (!joined_ && epoch_known_ &&
      (reading->mode == ConverterMode::waiting || bugs::is_on(Bug::start_without_stopping))) {
    joined_ = true;
    join();
  }
  consider_request();
}

UnitReport NodeCore::make_report() const {
  const Instant now = now_.instant;
  UnitReport r;
  r.unit = unit_;
  r.highest_epoch = bugs::is_on(Bug::acknowledge_before_durable) ? highest_epoch_ : durable_epoch_;
  r.answers_sequence = last_sequence_;
  r.answers_request = answered_request_;
  r.stamp = {boot_, now};
  r.lease_remaining = converter_.target().mode == ConverterMode::waiting
                          ? Duration::zero()
                          : converter_.lease_end() - now;
  r.policy_version = policy_version_;
  r.reading = *reading_;
  r.reading_age = reading_->age(now);
  r.bus_dead_for = bus_dead_since_ ? now - *bus_dead_since_ : Duration::zero();
  r.set_point = converter_.target();
  r.progress = failed_ && converter_.progress() == ConverterProgress::settled
                   ? ConverterProgress::failed
                   : converter_.progress();
  r.has_fault = has_fault();
  r.locked_out = local_.locked_out || shutting_down_ || locally_stopped();
  r.current_capacity = hw_.grid_current_capacity;
  r.energies = meter_.energies();
  return r;
}

void NodeCore::compare_policy(UnitId unit) {
  const auto member = view_.members().find(unit);
  if (member != view_.members().end() && member->second.policy_version != policy_version_) {
    of_other_policy_.insert(unit);
  } else {
    of_other_policy_.erase(unit);
  }
}

void NodeCore::compare_policies() {
  of_other_policy_.clear();
  for (const auto& [unit, record] : view_.members()) {
    compare_policy(unit);
  }
}

void NodeCore::check_members() {
  if (!of_other_policy_.empty()) {
    raise({AlarmCode::policy_differs, unit_, AlarmLevel::warn, 0, 0});
  } else {
    clear(AlarmCode::policy_differs);
  }
  const auto self = view_.members().find(unit_);
  // Written after the own record: not what an earlier run of this process left behind.
  if (joined_revision_ > 0 && self != view_.members().end() && self->second.boot != boot_ &&
      view_.revision_of(StoreKey::member(unit_)) > joined_revision_) {
    raise({AlarmCode::duplicate_unit, unit_, AlarmLevel::error,
           static_cast<double>(self->second.boot), static_cast<double>(boot_)});
  }
}

void NodeCore::check_unheld_bus() {
  const bool live = reading_->grid_v && *reading_->grid_v >= gridmaster::dead_bus_below(*policy_);
  const auto asked_for = [this] {
    return !view_.reference_set().units.empty() ||
           std::any_of(view_.deals().begin(), view_.deals().end(),
                       [](const auto& d) { return d.second.master_side_active(); });
  };
  if (!live || converter_.may_be_running() || asked_for()) {
    unheld_since_.reset();
    return;
  }
  unheld_since_ = unheld_since_.value_or(now_.instant);
  if (now_.instant - *unheld_since_ >= gridmaster::bus_decay_allowance) {
    raise({AlarmCode::foreign_voltage, unit_, AlarmLevel::error, reading_->grid_v->value(),
           gridmaster::dead_bus_below(*policy_).value()});
  }
}

void NodeCore::send_report(UnitId to) {
  if (to.empty() || !reading_) {
    return;
  }
  meter_.bring_to(books_now());
  effects_.emplace_back(SendMessage{to, ReportMessage{make_report()}});
}

void NodeCore::check_reading(const Reading& reading) {
  std::vector<Alarm> found;
  const safety::Expectation expected{
      .set_point = converter_.target(),
      .settled = converter_.progress() == ConverterProgress::settled && !converter_.is_moving(),
      .manual = effective_mode() == OperationMode::manual};
  checks_.evaluate(reading, expected, unit_, *policy_, hw_, timing_, found);
  for (const auto& alarm : found) {
    raise(alarm);
  }
  sustain_alarms();
}

void NodeCore::raise(const Alarm& alarm) {
  alarm_seen_[alarm.code] = now_.instant;
  const auto it = alarms_.find(alarm.code);
  const bool is_news = it == alarms_.end() || it->second.level < alarm.level;
  if (is_news) {
    alarms_[alarm.code] = alarm;
    effects_.emplace_back(AlarmRaised{alarm});
  }
  switch (safety::action_of(alarm.code, alarm.level)) {
  case safety::Action::note:
    break;
  case safety::Action::ask_stop:
    report_due_ = report_due_ || is_news;
    break;
  case safety::Action::stop_now:
    if (converter_.may_be_running()) {
      const Rule rule = alarm.code == AlarmCode::bus_voltage_trip ? Rule::local_trip_voltage
                                                                  : Rule::local_trip_alarm;
      run_converter(converter::StopNow{
          Reason(rule, static_cast<double>(alarm.code), alarm.found, alarm.allowed)});
    }
    report_due_ = report_due_ || is_news;
    break;
  }
}

void NodeCore::clear(AlarmCode code) {
  if (alarms_.erase(code) > 0) {
    alarm_seen_.erase(code);
    effects_.emplace_back(AlarmCleared{code, unit_});
  }
}

void NodeCore::sustain_alarms() {
  if (alarms_.empty()) {
    return;
  }
  std::vector<AlarmCode> over;
  for (const auto& [code, alarm] : alarms_) {
    if (!kind_of(code).latches && code != AlarmCode::device_unreachable &&
        now_.instant - alarm_seen_[code] >= policy_->error_sustaining) {
      over.push_back(code);
    }
  }
  for (const auto code : over) {
    clear(code);
  }
}

bool NodeCore::has_fault() const {
  return std::any_of(alarms_.begin(), alarms_.end(), [](const auto& entry) {
    // A trip on the bus's voltage stops the unit; the fault is the bus's.
    return entry.second.level >= AlarmLevel::error && entry.first != AlarmCode::bus_voltage_trip &&
           safety::action_of(entry.first, entry.second.level) != safety::Action::note;
  });
}

}  // namespace musubi::node
