#include "sim/store_service.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace musubi::sim {

namespace {

constexpr std::array cutting{FaultKind::store_down, FaultKind::store_lost, FaultKind::partition,
                             FaultKind::partition_in};

}  // namespace

StoreService::StoreService(Timeline& timeline, const FaultTable& faults, Prng& prng,
                           const std::vector<UnitId>& units, const Settings& settings)
    : timeline_(timeline), faults_(faults), prng_(prng), ids_(units), settings_(settings),
      watches_(units.size()) {}

bool StoreService::reaches(std::uint32_t unit) const {
  return !faults_.any() || std::none_of(cutting.begin(), cutting.end(),
                                        [&](FaultKind kind) { return faults_.acts(kind, unit); });
}

bool StoreService::watches(std::uint32_t unit) const {
  return reaches(unit) && !faults_.acts(FaultKind::watch_gap, unit);
}

void StoreService::transact(std::uint32_t from, std::uint64_t id, const Transaction& transaction) {
  ask({from, timeline_.queue.generation(from), id, transaction, {}, {}});
}

void StoreService::read_role(std::uint32_t from, Instant sent_at) {
  ask({from, timeline_.queue.generation(from), 0, std::nullopt, sent_at, {}});
}

void StoreService::ask(Request request) {
  request.gives_up = timeline_.now + settings_.timeout;
  requests_.push_back(std::move(request));
  timeline_.queue.push_hook(timeline_.now + settings_.delay, {Address::Kind::store, 0});
}

void StoreService::serve() {
  const Request request = std::move(requests_.front());
  requests_.pop_front();
  bool carried_out = reaches(request.from);
  bool answered = carried_out;
  if (carried_out && request.transaction &&
      faults_.acts(FaultKind::store_no_answer, request.from) &&
      prng_.uniform() < faults_.sum(FaultKind::store_no_answer, request.from)) {
    answered = false;
    carried_out = prng_.uniform() < 0.5;
  }
  if (answered) {
    answer(request);
    return;
  }
  if (carried_out) {
    publish(carry_out(request));
  }
  if (request.transaction && request.generation == timeline_.queue.generation(request.from)) {
    timeline_.queue.push(
        request.gives_up, request.from,
        node::TransactionAnswered{request.id, node::TransactionResult::unknown, 0});
  }
}

MemoryStore::Outcome StoreService::carry_out(const Request& request) {
  auto outcome = memory_.apply(*request.transaction);
  if (outcome.committed && on_commit) {
    on_commit(request.from, *request.transaction, outcome.revision);
  }
  return outcome;
}

void StoreService::answer(const Request& request) {
  const Instant back = timeline_.now + settings_.delay;
  const bool alive = request.generation == timeline_.queue.generation(request.from);
  if (!request.transaction) {
    if (alive) {
      timeline_.queue.push(
          back, request.from,
          node::RoleAnswered{request.sent_at, memory_.role().holder, memory_.epoch()});
    }
    return;
  }
  const auto outcome = carry_out(request);
  const StoreKey own = StoreKey::member(ids_[request.from]);
  for (const auto& change : outcome.changes) {
    if (change->key == own) {
      watches_[request.from].kept_alive = timeline_.now;
    }
  }
  publish(outcome);
  if (alive) {
    timeline_.queue.push(back, request.from,
                         node::TransactionAnswered{request.id,
                                                   outcome.committed
                                                       ? node::TransactionResult::committed
                                                       : node::TransactionResult::refused,
                                                   outcome.revision});
  }
}

void StoreService::publish(const MemoryStore::Outcome& outcome) {
  for (const auto& change : outcome.changes) {
    for (std::uint32_t i = 0; i < watches_.size(); ++i) {
      if (watches_[i].phase == Watch::Phase::going) {
        timeline_.queue.push(timeline_.now + settings_.delay, i,
                             node::StoreChanged{change, change != outcome.changes.back()});
      }
    }
  }
}

void StoreService::keep_alive(std::uint32_t from) {
  if (!reaches(from)) {
    return;
  }
  watches_[from].kept_alive = timeline_.now;
  expire_members();
}

void StoreService::expire_members() {
  for (std::uint32_t i = 0; i < watches_.size(); ++i) {
    Duration ttl = settings_.member_ttl;
    if (const auto* slip = faults_.newest(FaultKind::lease_slip, i)) {
      ttl = seconds(to_seconds(ttl) * slip->fault.value);
    }
    const StoreKey key = StoreKey::member(ids_[i]);
    if (timeline_.now - watches_[i].kept_alive > ttl && memory_.find(key) != nullptr) {
      publish(memory_.apply(Transaction{{}, {{key, std::monostate{}}}}));
    }
  }
}

void StoreService::leader_is_back() {
  for (Watch& watch : watches_) {
    watch.kept_alive = timeline_.now;
  }
}

bool StoreService::arrives(std::uint32_t unit, const node::Event& event) {
  if (const auto* change = std::get_if<node::StoreChanged>(&event)) {
    Watch& watch = watches_[unit];
    // What comes while older changes still wait has to wait too.
    if (watch.missed.empty() && watches(unit)) {
      return true;
    }
    units_behind_ += watch.missed.empty() ? 1U : 0U;
    watch.missed.push_back(*change);
    return false;
  }
  if (reaches(unit)) {
    return true;
  }
  if (const auto* answered = std::get_if<node::TransactionAnswered>(&event)) {
    if (answered->result == node::TransactionResult::unknown) {
      return true;
    }
    const Duration left = settings_.timeout - settings_.delay * 2;
    timeline_.queue.push(
        timeline_.now + std::max(left, Duration::zero()), unit,
        node::TransactionAnswered{answered->id, node::TransactionResult::unknown, 0});
    return false;
  }
  return !std::holds_alternative<node::RoleAnswered>(event);
}

void StoreService::push_watch(std::uint32_t unit) {
  if (!watches_[unit].hook_pushed) {
    watches_[unit].hook_pushed = true;
    timeline_.queue.push_hook(timeline_.now + settings_.delay, {Address::Kind::watch, unit});
  }
}

std::vector<node::Event> StoreService::go_on(std::uint32_t unit) {
  Watch& watch = watches_[unit];
  watch.hook_pushed = false;
  std::vector<node::Event> events;
  if (!watches(unit)) {
    return events;  // faults_changed() comes back to it
  }
  if (watch.phase == Watch::Phase::beginning) {
    watch.phase = Watch::Phase::going;
    const auto records = memory_.snapshot();
    for (const auto& record : records) {
      timeline_.queue.push(timeline_.now + settings_.delay, unit,
                           node::StoreChanged{record, record != records.back()});
    }
    return events;
  }
  for (const auto& change : watch.missed) {
    events.emplace_back(change);
  }
  clear(watch);
  return events;
}

void StoreService::clear(Watch& watch) {
  units_behind_ -= watch.missed.empty() ? 0U : 1U;
  watch.missed.clear();
}

void StoreService::process_ended(std::uint32_t unit) {
  clear(watches_[unit]);
  watches_[unit].phase = Watch::Phase::none;
  watches_[unit].hook_pushed = false;
}

void StoreService::process_started(std::uint32_t unit) {
  watches_[unit].phase = Watch::Phase::beginning;
  push_watch(unit);
}

void StoreService::faults_changed() {
  for (std::uint32_t i = 0; i < watches_.size(); ++i) {
    const Watch& watch = watches_[i];
    if ((watch.phase == Watch::Phase::beginning || !watch.missed.empty()) && watches(i)) {
      push_watch(i);
    }
  }
}

}  // namespace musubi::sim
