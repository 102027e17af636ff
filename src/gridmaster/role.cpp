// Keeping the role: taking it, proving it to the store again and again, fencing every unit, and
// giving it to where the policy prefers it. Store writes are conditional on the epoch.
#include <algorithm>

#include "base/deliberate_bug.hpp"
#include "gridmaster/grid_master.hpp"

namespace musubi::gridmaster {

void GridMaster::take_role(Instant now, const Context& context, std::vector<Effect>& out) {
  if (role_ != Role::none) {
    return;
  }
  role_ = Role::taking;
  taking_sent_at_ = now;
  taking_transaction_ = next_transaction_++;
  Transaction t;
  t.conditions.push_back({StoreKey::role(), context.view.revision_of(StoreKey::role())});
  t.writes.push_back({StoreKey::role(), RoleRecord{context.self, context.boot}});
  out.emplace_back(Transact{taking_transaction_, t});
}

void GridMaster::begin_tenure(Instant now, Instant sent_at, Epoch epoch, std::vector<Effect>& out) {
  drop_role(out);
  role_ = Role::holding;
  epoch_ = epoch;
  taken_at_ = now;
  role_until_ = sent_at;  // extended by what the caller knows
  role_read_sent_at_ = sent_at;
  out.emplace_back(SendToAll{ReportRequest{epoch}});
}

void GridMaster::drop_role(std::vector<Effect>& out) {
  for (const auto& [alarm, raised] : raised_) {
    out.emplace_back(Clear{alarm.first, alarm.second});
  }
  role_ = Role::none;
  role_read_outstanding_ = false;
  fleet_.clear();
  pending_.clear();
  busy_deals_.clear();
  reference_set_busy_ = false;
  next_reference_set_.reset();
  authorized_ = false;
  authorization_plan_.clear();
  authorization_index_ = 0;
  witness_tries_ = 0;
  formation_due_ = false;
  forming_since_ = Instant{};
  voltage_now_ = Volts{};
  optimized_for_.clear();
  compensation_tries_ = 0;
  strikes_.clear();
  settled_.clear();
  seen_.clear();
  bus_stop_ = false;
  bus_stop_since_ = Instant{};
  last_stopped_at_.reset();
  release_begun_ = false;
  raised_.clear();
  stopping_since_.clear();
  running_since_.clear();
  re_formed_at_.reset();
  unheld_since_.reset();
  hand_over_since_.reset();
  wake_at_ = Instant::max();
}

void GridMaster::answered(Instant now, const TransactionAnswered& answer, const Context& context,
                          std::vector<Effect>& out) {
  if (role_ == Role::taking && answer.id == taking_transaction_) {
    role_ = Role::none;
    if (answer.committed) {
      const Instant sent_at = taking_sent_at_;
      begin_tenure(now, sent_at, answer.revision, out);
      role_until_ = sent_at + context.timing.role_lease;
    }
    return;
  }
  const auto it = pending_.find(answer.id);
  if (it == pending_.end()) {
    return;
  }
  if (!answer.committed && bugs::is_on(Bug::wait_for_ever)) {
    return;
  }
  if (answer.revision == 0) {
    // Not known: once more. The revisions that it names keep it from happening twice.
    Pending again = std::move(it->second);
    pending_.erase(it);
    const std::uint64_t id = next_transaction_++;
    out.emplace_back(Transact{id, again.transaction});
    pending_[id] = std::move(again);
    return;
  }
  it->second.shown_from = answer.revision;
  release_answered(context.view);
}

void GridMaster::release_answered(const ClusterView& view) {
  // Nothing is planned on a view that is older than what the store has answered.
  for (auto it = pending_.begin(); it != pending_.end();) {
    const Pending& pending = it->second;
    if (pending.shown_from == 0 || view.newest() < pending.shown_from) {
      ++it;
      continue;
    }
    for (const DealId id : pending.deals) {
      busy_deals_.erase(id);
      if (id.empty()) {
        reference_set_busy_ = false;
        next_reference_set_.reset();
      }
    }
    it = pending_.erase(it);
  }
}

void GridMaster::keep_role(Pass& pass, bool busy) {
  const auto& timing = pass.context.timing;
  if (!busy) {
    return;
  }
  const Instant due = role_read_sent_at_ + timing.role_renewal;
  const bool lost = role_read_outstanding_ && pass.now >= role_read_sent_at_ + timing.role_lease;
  if ((!role_read_outstanding_ || lost) && pass.now >= due) {
    role_read_outstanding_ = true;
    role_read_sent_at_ = pass.now;
    pass.out.emplace_back(ReadRole{});
  }
}

bool GridMaster::may_raise(const Pass& pass) const {
  // control.md section 3: a silent unit outside every activated deal and the reference set is
  // fenced by the read that followed the taking; any other may still act until the fence bound.
  const auto& view = pass.context.view;
  if (bugs::is_on(Bug::no_fence)) {
    return true;
  }
  for (const UnitId unit : view.reference_set().units) {
    const UnitInfo* info = fleet_.find(unit);
    const bool acknowledged = info != nullptr && info->acknowledged;
    if (!acknowledged && pass.now - taken_at_ < pass.context.timing.fence_bound) {
      return false;
    }
  }
  return true;
}

void GridMaster::prefer_other_place(Pass& pass) {
  const auto& context = pass.context;
  const auto& policy = context.policy;
  if (!pending_.empty() || context.view.role_holder() != context.self) {
    return;
  }
  const auto is_member = [&](UnitId unit) { return context.view.members().contains(unit); };
  UnitId better;
  switch (policy.grid_master_preference) {
  case GridMasterPreference::anywhere:
    return;
  case GridMasterPreference::fixed:
    better = policy.grid_master_fixed_unit;
    // The store remembers a dead member for a while.
    if (better != context.self && is_member(better) &&
        !fleet_.is_heard(better, pass.now, context.timing.suspicion)) {
      ask_report(pass, better);
      return;
    }
    break;
  case GridMasterPreference::voltage_reference_unit:
    if (pass.holding.size() == 1 && pass.bus_settled && pass.holding.front() == pass.reference) {
      better = pass.reference;
    }
    break;
  case GridMasterPreference::avoid_voltage_reference:
    if (pass.holding.size() == 1 && pass.bus_settled && pass.holding.front() == context.self) {
      for (const auto& [unit, record] : context.view.members()) {
        if (unit != context.self && fleet_.is_heard(unit, pass.now, context.timing.role_lease)) {
          better = unit;
          break;
        }
      }
    }
    break;
  }
  if (better.empty() || better == context.self || !is_member(better)) {
    return;
  }
  for (const Deal* deal : pass.deals) {
    if (deal->phase != DealPhase::running && deal->phase != DealPhase::created) {
      return;  // not while anything is on its way
    }
  }
  Transaction t;
  t.conditions.push_back({StoreKey::role(), epoch_});
  t.writes.push_back(
      {StoreKey::role(), RoleRecord{better, context.view.members().at(better).boot}});
  commit(pass, t, {});
}

void GridMaster::commit(Pass& pass, Transaction transaction, std::vector<DealId> deals) {
  const bool names_role =
      std::any_of(transaction.conditions.begin(), transaction.conditions.end(),
                  [](const StoreCondition& c) { return c.key.kind == StoreKind::role; });
  if (!names_role && !bugs::is_on(Bug::unfenced_write)) {
    transaction.conditions.push_back({StoreKey::role(), epoch_});
  }
  for (const auto& write : transaction.writes) {
    if (write.key.kind == StoreKind::reference_set) {
      reference_set_busy_ = true;
      next_reference_set_ = std::get<ReferenceSet>(write.value);
      deals.push_back(DealId{});
    }
  }
  for (const DealId id : deals) {
    busy_deals_.insert(id);
  }
  const std::uint64_t id = next_transaction_++;
  pending_[id] = {std::move(deals), transaction, 0};
  pass.out.emplace_back(Transact{id, std::move(transaction)});
}

void GridMaster::commit_deal(Pass& pass, Deal deal, Rule rule, std::array<double, 4> numbers) {
  deal.last_reason = Reason(rule, numbers[0], numbers[1], numbers[2], numbers[3]);
  Transaction t;
  const StoreKey key = StoreKey::of_deal(deal.id);
  t.conditions.push_back({key, pass.context.view.revision_of(key)});
  const DealId id = deal.id;
  t.writes.push_back({key, std::move(deal)});
  commit(pass, std::move(t), {id});
}

}  // namespace musubi::gridmaster
