// What a node keeps alive: its record in the store, its journal, a person's word until the store
// has taken it.
#include <algorithm>

#include "node/node_core.hpp"
#include "safety/gate.hpp"

namespace musubi::node {

namespace {

/// A store that was silent for this long is asked whether it is there.
constexpr Duration store_check_period = milliseconds(30'000);

}  // namespace

void NodeCore::leave() {
  // Others need not wait until the record lapses.
  left_ = true;
  Transaction t;
  t.conditions.push_back({StoreKey::member(unit_), joined_revision_});
  t.writes.push_back({StoreKey::member(unit_), std::monostate{}});
  transact(std::move(t), Owner::leaving);
}

void NodeCore::keep_membership() {
  const bool under_way = std::any_of(pending_.begin(), pending_.end(), [](const auto& entry) {
    return entry.second.owner == Owner::self;
  });
  if (joined_ && !shutting_down_ && !under_way && !view_.members().contains(unit_)) {
    join();  // the record lapsed while this unit was not heard
  }
  check_members();
}

void NodeCore::join() {
  Transaction t;
  t.writes.push_back(
      {StoreKey::member(unit_), MemberRecord{unit_, boot_, policy_version_,
                                             safety::limits_of(*policy_, hw_).current_capacity}});
  transact(std::move(t), Owner::self);
}

void NodeCore::store_has_answered() {
  store_answered_ = now_.instant;
  store_asked_.reset();
  clear(AlarmCode::store_unreachable);
}

void NodeCore::watch_store() {
  // Asked at times also by a unit that wants nothing of it: one that is cut off should know.
  if (!store_asked_ && now_.instant - store_answered_ > store_check_period) {
    effects_.emplace_back(ReadRole{now_.instant});
    store_was_asked();
  }
  if (store_asked_ && now_.instant - *store_asked_ > timing_.role_lease) {
    raise({AlarmCode::store_unreachable, unit_, AlarmLevel::warn,
           to_seconds(now_.instant - *store_asked_), to_seconds(timing_.role_lease)});
  }
}

void NodeCore::show_local(const LocalState& local) {
  local_ = local;
  if (local_.locked_out) {
    raise({AlarmCode::lock_out, unit_, AlarmLevel::error, 0, 0});
  } else {
    clear(AlarmCode::lock_out);
  }
  if (locally_stopped()) {
    raise({AlarmCode::local_stop, unit_, AlarmLevel::warn, 0, 0});
  } else {
    clear(AlarmCode::local_stop);
  }
}

void NodeCore::set_local(const LocalState& local) {
  show_local(local);
  local_unsaved_ = true;
  effects_.emplace_back(PersistLocal{local_});
}

void NodeCore::on_journal(const JournalAnswered& event) {
  if (!event.saved) {
    // What is not kept is written again: see save_again.
    energies_kept_ = energies_kept_ || event.record == JournalRecord::energies;
    raise({AlarmCode::journal_failed, unit_, AlarmLevel::error, 0, 0});
    return;
  }
  clear(AlarmCode::journal_failed);
  switch (event.record) {
  case JournalRecord::epoch:
    durable_epoch_ = std::max(durable_epoch_, event.epoch);
    break;
  case JournalRecord::energies:
    break;
  case JournalRecord::settled:
    unsaved_settled_.erase(event.deal);
    tell_kept(view_.role_holder(), event.deal);
    break;
  case JournalRecord::local:
    local_unsaved_ = false;
    break;
  }
}

void NodeCore::tell_kept(UnitId to, DealId id) {
  const Deal* deal = view_.find_deal(id);
  if (!to.empty() && deal != nullptr && deal->phase == DealPhase::done && deal->involves(unit_) &&
      !unsaved_settled_.contains(id)) {
    effects_.emplace_back(SendMessage{to, DealKept{id}});
  }
}

void NodeCore::save_again() {
  if (durable_epoch_ < highest_epoch_) {
    effects_.emplace_back(PersistEpoch{highest_epoch_});
  }
  if (local_unsaved_) {
    effects_.emplace_back(PersistLocal{local_});
  }
  for (const auto& [id, deal] : unsaved_settled_) {
    effects_.emplace_back(PersistSettled{deal});
  }
}

void NodeCore::set_global_mode(OperationMode mode) {
  Transaction t;
  t.conditions.push_back({StoreKey::mode(), view_.revision_of(StoreKey::mode())});
  t.writes.push_back({StoreKey::mode(), ModeRecord{mode}});
  transact_for_person(std::move(t));
}

void NodeCore::clear_bus_latch() {
  if (!view_.bus_latch()) {
    return;
  }
  Transaction t;
  t.conditions.push_back({StoreKey::bus_latch(), view_.revision_of(StoreKey::bus_latch())});
  t.writes.push_back({StoreKey::bus_latch(), std::monostate{}});
  transact_for_person(std::move(t));
}

void NodeCore::transact_for_person(Transaction word, int tries) {
  Pending& pending = transact(word, Owner::person);
  pending.again = std::move(word);
  pending.tries = tries;
}

void NodeCore::person_answered(const Pending& pending, TransactionResult result) {
  // Unknown: the same once more; its conditions keep it from happening twice. Refused: a record
  // moved on between the person's word and the store, so the word is given again.
  if (result == TransactionResult::committed) {
    return;
  }
  if (result == TransactionResult::unknown) {
    transact_for_person(*pending.again, pending.tries + 1);
    return;
  }
  const StoreCondition& condition = pending.again->conditions.front();
  // A repeated mode or latch that is refused was written, or somebody spoke later. A deal also
  // moves on by itself: its record tells whether the cancel is still needed.
  if (pending.tries > 0 && condition.key.kind != StoreKind::deal) {
    return;
  }
  if (view_.revision_of(condition.key) == condition.revision) {
    words_[condition.key] = *pending.again;  // until the view shows what it raced with
    return;
  }
  speak_again(*pending.again);
}

void NodeCore::speak_again(const Transaction& word) {
  if (const auto* mode = std::get_if<ModeRecord>(&word.writes.front().value)) {
    set_global_mode(mode->mode);
  } else if (word.writes.front().key.kind == StoreKind::bus_latch) {
    clear_bus_latch();
  } else {
    cancel(word.writes.front().key.deal);
  }
}

void NodeCore::cancel(DealId id) {
  const Deal* known = view_.find_deal(id);
  if (known == nullptr || known->phase >= DealPhase::stopping || known->stop_requested) {
    return;
  }
  Deal deal = *known;
  deal.stop_requested = true;
  deal.stop_reason = Reason(Rule::cancelled);
  Transaction t;
  const StoreKey key = StoreKey::of_deal(id);
  t.conditions.push_back({key, view_.revision_of(key)});
  t.writes.push_back({key, std::move(deal)});
  transact_for_person(std::move(t));
}

}  // namespace musubi::node
