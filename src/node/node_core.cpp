#include "node/node_core.hpp"

#include <algorithm>

#include "base/deliberate_bug.hpp"
#include "base/overloaded.hpp"
#include "safety/gate.hpp"

namespace musubi::node {

NodeCore::NodeCore(const Setup& setup)
    : unit_(setup.unit), policy_(setup.policy), policy_version_(version_of(*setup.policy)),
      scenario_(setup.scenario), hw_(setup.hw), timing_(setup.timing),
      prng_(Prng::stream(setup.seed, "node/" + setup.unit.str())),
      grid_master_(Prng::stream(setup.seed, "grid master/" + setup.unit.str())) {
  expect(timing_.is_consistent(), "control times fit each other");
}

std::span<const Effect> NodeCore::step(Now now, const Event& event) {
  now_ = now;
  effects_.clear();
  route(event);
  schedule();
  return effects_;
}

OperationMode NodeCore::effective_mode() const {
  return musubi::effective_mode(view_.mode().value_or(policy_->operation_mode),
                                local_.mode.has_value(), local_.mode.value_or(OperationMode::stop));
}

void NodeCore::route(const Event& event) {
  std::visit(Overloaded{
                 [&](const Started& e) {
                   boot_ = e.boot;
                   highest_epoch_ = e.highest_epoch;
                   durable_epoch_ = e.highest_epoch;
                   if (bugs::is_on(Bug::lose_epoch_on_restart)) {
                     highest_epoch_ = 0;
                     durable_epoch_ = 0;
                     epoch_known_ = true;
                   }
                   show_local(e.local);
                   for (const auto& energy : e.energies) {
                     meter_.restore(energy);
                   }
                   energies_kept_ = !e.energies.empty();
                   started_ = true;
                   next_reading_ = now_.instant;
                   next_request_ = now_.instant;
                   next_keep_alive_ = now_.instant + policy_->helo_period;
                   next_persist_ = now_.instant + timing_.persist_period;
                   // It obeys nothing before it knows the epoch, and joins after it has read its
                   // converter.
                   effects_.emplace_back(ReadRole{now_.instant});
                   ask_reading();
                 },
                 [&](const JournalAnswered& e) { on_journal(e); },
                 [&](const DeviceRead& e) { on_reading(e.reading); },
                 [&](const DeviceWritten& e) { on_written(e); },
                 [&](const MessageArrived& e) { on_message(e); },
                 [&](const StoreChanged& e) { on_store(e); },
                 [&](const TransactionAnswered& e) { on_transaction(e); },
                 [&](const RoleAnswered& e) {
                   store_has_answered();
                   if (!epoch_known_) {
                     epoch_known_ = true;
                     take_epoch(e.epoch);
                   }
                   run_grid_master(gridmaster::RoleRead{e.sent_at, e.holder, e.epoch});
                 },
                 [&](const Woken&) {
                   wake_asked_.reset();
                   on_woken();
                 },
                 [&](const PolicyReplaced& e) {
                   policy_ = e.policy;
                   policy_version_ = version_of(*policy_);
                   compare_policies();
                   if (joined_) {
                     join();
                   }
                 },
                 [&](const ScenarioReplaced& e) { scenario_ = e.scenario; },
                 [&](const HwConfigReplaced& e) {
                   hw_ = e.hw;
                   if (joined_) {
                     join();
                   }
                 },
                 [&](const SetGlobalMode& e) { set_global_mode(e.mode); },
                 [&](const SetLocalMode& e) {
                   set_local({local_.locked_out, e.mode});
                 },
                 [&](const CreateDeal& e) { create_external(*e.deal); },
                 [&](const CancelDeal& e) { cancel(e.deal); },
                 [&](const SetLockOut& e) {
                   set_local({e.locked, local_.mode});
                 },
                 [&](const ClearBusLatch&) { clear_bus_latch(); },
                 [&](const ShutDown&) {
                   shutting_down_ = true;
                   shut_down_at_ = now_.instant;
                   for (const DealId id : view_.deals_of(unit_)) {
                     if (view_.find_deal(id)->phase < DealPhase::stopping) {
                       cancel(id);
                     }
                   }
                 },
             },
             event);
}

void NodeCore::on_transaction(const TransactionAnswered& event) {
  const auto it = pending_.find(event.id);
  if (it == pending_.end()) {
    return;
  }
  const Pending pending = it->second;
  pending_.erase(it);
  if (event.result != TransactionResult::unknown) {
    store_has_answered();
  }
  const bool committed = event.result == TransactionResult::committed;
  const bool refused = event.result == TransactionResult::refused;
  switch (pending.owner) {
  case Owner::negotiator:
    // An unknown outcome is not tried again: should the deal exist, the watch shows it.
    run_negotiator(negotiation::CreationAnswered{committed ? negotiation::Creation::stored
                                                 : refused ? negotiation::Creation::refused
                                                           : negotiation::Creation::unknown});
    break;
  case Owner::grid_master:
    run_grid_master(gridmaster::TransactionAnswered{
        pending.machine_id, committed,
        event.result == TransactionResult::unknown ? Revision{0} : event.revision});
    break;
  case Owner::external_deal:
    // Refused: one of its units began or ended another deal meanwhile. Unknown: its id keeps it
    // from being made twice.
    if (!committed && view_.find_deal(pending.deal) == nullptr) {
      create_external(*pending.proposal, pending.tries + 1);
    }
    break;
  case Owner::person:
    person_answered(pending, event.result);
    break;
  case Owner::leaving:
    break;  // or the record lapses
  case Owner::self:
    if (committed) {
      joined_revision_ = event.revision;
    } else {
      join();
    }
    break;
  }
}

NodeCore::Pending& NodeCore::transact(Transaction transaction, Owner owner,
                                      std::uint64_t machine_id, DealId deal) {
  store_was_asked();
  const std::uint64_t id = next_transaction_++;
  effects_.emplace_back(Transact{id, std::move(transaction)});
  Pending& pending = pending_[id];
  pending.owner = owner;
  pending.machine_id = machine_id;
  pending.deal = deal;
  return pending;
}

void NodeCore::on_message(const MessageArrived& event) {
  if (!policy_->is_member(event.from)) {
    return;
  }
  std::visit(Overloaded{
                 [&](const RequestMessage& m) { answer_request(m); },
                 [&](const AcceptMessage& m) {
                   if (m.accept.unit == event.from) {
                     run_negotiator(negotiation::AcceptArrived{m.negotiation, m.accept});
                   }
                 },
                 [&](const DeclineMessage& m) {
                   run_negotiator(negotiation::DeclineArrived{m.negotiation, event.from});
                 },
                 [&](const ReportRequest& m) { on_report_request(event.from, m); },
                 [&](const ReportMessage& m) {
                   if (m.report.unit == event.from) {
                     run_grid_master(gridmaster::ReportArrived{m.report});
                   }
                 },
                 [&](const CommandMessage& m) { on_command(event.from, m.command); },
                 [&](const DealSettled& m) {
                   if (m.epoch >= highest_epoch_) {
                     tell_kept(event.from, m.deal);
                   }
                 },
                 [&](const DealKept& m) {
                   run_grid_master(gridmaster::DealKeptBy{event.from, m.deal});
                 },
                 [&](const DealSeen& m) {
                   if (m.epoch >= highest_epoch_) {
                     unseen_deals_.erase(m.deal);
                     heard_grid_master_ = now_.instant;
                   }
                 },
             },
             *event.message);
}

void NodeCore::on_store(const StoreChanged& event) {
  const StoreRecord& record = *event.record;
  const bool is_deal = record.key.kind == StoreKind::deal;
  DealPhase before = DealPhase::created;
  bool was_known = false;
  if (is_deal) {
    if (const Deal* known = view_.find_deal(record.key.deal)) {
      before = known->phase;
      was_known = true;
    }
  }
  view_.apply(record);
  store_answered_ = now_.instant;
  if (record.key.kind == StoreKind::role && view_.role_holder() != unit_) {
    // A new Grid Master gets its time to be heard. Else whoever has lost the role, and heard nobody
    // while having it, takes it back at once.
    heard_grid_master_ = now_.instant;
  }
  if (const auto word = words_.extract(record.key)) {
    speak_again(word.mapped());
  }
  if (is_deal) {
    const Deal* deal = view_.find_deal(record.key.deal);
    if (deal != nullptr && deal->involves(unit_)) {
      if (deal->phase == DealPhase::created && !was_known) {
        // Nobody to wait for: the requester sees to it at once.
        const bool orphaned = !view_.members().contains(view_.role_holder());
        unseen_deals_[deal->id] =
            now_.instant +
            (orphaned && deal->request_unit == unit_ ? Duration::zero() : timing_.deal_suspicion);
        heard_grid_master_ = now_.instant;
      }
      if (deal->phase == DealPhase::done && (!was_known || before != DealPhase::done)) {
        const auto final_record = std::make_shared<const Deal>(*deal);
        unsaved_settled_[deal->id] = final_record;
        effects_.emplace_back(PersistSettled{final_record});
        meter_.forget(deal->id);
        next_request_ = std::min(next_request_, now_.instant);
        request_backoff_ = 1;
      }
    }
    if (deal == nullptr || deal->phase != DealPhase::created) {
      unseen_deals_.erase(record.key.deal);  // a Grid Master has moved it on, if only once
    }
  }
  if (event.more_follow) {
    return;
  }
  if (record.key.kind == StoreKind::member) {
    compare_policy(record.key.unit);
    check_members();
  }
  suspect();
  if (grid_master_.role() != gridmaster::Role::none || view_.role_holder() == unit_) {
    run_grid_master(gridmaster::ViewChanged{});
  }
}

void NodeCore::on_woken() {
  if (!started_) {
    return;
  }
  const Instant now = now_.instant;
  run_converter(converter::Advance{});
  while (const auto ended = meter_.advance(books_now())) {
    apply_shares();
    report_due_ = true;
  }
  if (now >= next_reading_) {
    ask_reading();
  }
  if (now >= next_keep_alive_) {
    next_keep_alive_ = now + policy_->helo_period;
    effects_.emplace_back(KeepAlive{});
    keep_membership();
    if (!epoch_known_) {
      effects_.emplace_back(ReadRole{now});
    }
    watch_store();
  }
  if (shutting_down_ && converter_.may_be_running() &&
      now - shut_down_at_ >= policy_->stop_me_timeout) {
    run_converter(converter::StopNow{Reason(Rule::cancelled)});
  }
  if (shutting_down_ && joined_ && !left_ && !converter_.may_be_running() &&
      load_of(view_, unit_).deals == 0) {
    leave();
  }
  if (now >= next_persist_) {
    next_persist_ = now + timing_.persist_period;
    save_again();
    // Once more after the last deal, so that nothing of it comes back at a restart.
    if (!meter_.energies().empty() || energies_kept_) {
      energies_kept_ = !meter_.energies().empty();
      effects_.emplace_back(PersistEnergies{meter_.energies()});
    }
  }
  run_negotiator(negotiation::Advance{});
  sustain_alarms();
  suspect();
  if (grid_master_.role() == gridmaster::Role::holding && now >= grid_master_.wake_at()) {
    run_grid_master(gridmaster::Advance{});
  }
}

void NodeCore::run_grid_master(const gridmaster::Event& event) {
  std::vector<gridmaster::Effect> effects;
  const gridmaster::Context context{.self = unit_,
                                    .boot = boot_,
                                    .policy = *policy_,
                                    .policy_version = policy_version_,
                                    .timing = timing_,
                                    .view = view_,
                                    .wall = now_.wall,
                                    .droop = hw_.droop_ratio};
  grid_master_.step(now_.instant, event, context, effects);
  for (auto& effect : effects) {
    std::visit(Overloaded{
                   [&](gridmaster::Send& e) {
                     effects_.emplace_back(SendMessage{e.to, e.message});
                   },
                   [&](gridmaster::SendToAll& e) {
                     // The Grid Master's own unit is one of all.
                     effects_.emplace_back(SendMessage{unit_, e.message});
                     effects_.emplace_back(Broadcast{e.message});
                   },
                   [&](gridmaster::Transact& e) {
                     transact(std::move(e.transaction), Owner::grid_master, e.id);
                   },
                   [&](gridmaster::ReadRole&) {
                     store_was_asked();
                     effects_.emplace_back(ReadRole{now_.instant});
                   },
                   [&](gridmaster::Raise& e) { effects_.emplace_back(AlarmRaised{e.alarm}); },
                   [&](gridmaster::Clear& e) {
                     effects_.emplace_back(AlarmCleared{e.code, e.unit});
                   },
               },
               effect);
  }
}

void NodeCore::suspect() {
  if (!started_ || shutting_down_ || now_.instant < next_suspicion_ ||
      grid_master_.role() != gridmaster::Role::none) {
    return;
  }
  const Instant now = now_.instant;
  bool suspected = false;
  for (const auto& [deal, due] : unseen_deals_) {
    suspected = suspected || now >= due;
  }
  const Duration silence = now - heard_grid_master_;
  if (converter_.may_be_running() && command_) {
    suspected = suspected || silence > timing_.suspicion;
  }
  for (const DealId id : view_.deals_of(unit_)) {
    if (view_.find_deal(id)->phase != DealPhase::done) {
      suspected = suspected || silence > timing_.suspicion + timing_.heartbeat * 4;
    }
  }
  if (suspected) {
    next_suspicion_ = now + timing_.suspicion;
    if (bugs::is_on(Bug::never_suspect)) {
      return;
    }
    run_grid_master(gridmaster::TakeRole{});
  }
}

void NodeCore::schedule() {
  if (!started_) {
    return;
  }
  Instant at = std::min({next_keep_alive_, next_persist_, converter_.wake_at(),
                         negotiator_.wake_at(), meter_.next_end()});
  if (!reading_asked_) {
    at = std::min(at, next_reading_);
  }
  if (grid_master_.role() == gridmaster::Role::holding) {
    at = std::min(at, grid_master_.wake_at());
  } else if (grid_master_.role() == gridmaster::Role::none && !shutting_down_) {
    for (const auto& [deal, due] : unseen_deals_) {
      at = std::min(at, std::max(due, next_suspicion_));
    }
    if (converter_.may_be_running() && command_) {
      at = std::min(
          at, std::max(heard_grid_master_ + timing_.suspicion + Duration(1), next_suspicion_));
    }
  }
  at = std::max(at, now_.instant);
  if (at != wake_asked_) {
    wake_asked_ = at;
    effects_.emplace_back(WakeAt{at});
  }
}

}  // namespace musubi::node
