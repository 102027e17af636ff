#include "sim/unit_process.hpp"

#include <algorithm>
#include <utility>

#include "base/overloaded.hpp"

namespace musubi::sim {

namespace {

/// Each process draws numbers of its own; the first those of the community's seed.
std::uint64_t seed_of_boot(std::uint64_t seed, std::uint64_t boot) {
  return boot <= 1 ? seed : Prng::stream(seed, "boot/" + std::to_string(boot)).next();
}

}  // namespace

bool UnitProcess::is_paused() const {
  return is_up() && (in_.faults.acts(FaultKind::pause, index_) || in_.device.holds_write());
}

bool UnitProcess::waits() const { return in_.faults.any() && is_paused(); }

void UnitProcess::start(Instant first) {
  first_event_at_ = first;
  in_.disk.count_boot();
  const UnitJournal& journal = in_.disk.contents();
  node::Setup setup = setup_;
  setup.seed = seed_of_boot(setup_.seed, journal.boots);
  runtime_.emplace(setup, runtime::Ports{*this, in_.device, in_.disk, *this, *this});
  in_.timeline.queue.push(
      first, index_, node::Started{journal.boots, journal.epoch, journal.energies, journal.local});
}

void UnitProcess::end() {
  runtime_.reset();
  waiting_.clear();
  wanted_wake_ = Instant::max();
  scheduled_wake_ = Instant::max();
  in_.timeline.queue.forget(index_);
  in_.device.process_ended();
  in_.store.process_ended(index_);
}

void UnitProcess::take(node::Event event) {
  if (waits() || !waiting_.empty()) {
    waiting_.emplace_back(std::move(event));
    return;
  }
  deliver(event);
}

void UnitProcess::wake(Instant at) {
  if (at != scheduled_wake_) {
    return;
  }
  scheduled_wake_ = Instant::max();
  if (waits() || !waiting_.empty()) {
    waiting_.emplace_back(Wakening{});
    return;
  }
  wake_if_due();
}

void UnitProcess::wake_if_due() {
  if (in_.clock.monotonic(in_.timeline.now) < wanted_wake_) {
    wake_at(wanted_wake_);
    return;
  }
  wanted_wake_ = Instant::max();
  deliver(node::Woken{});
}

void UnitProcess::take_answer(std::uint32_t call) {
  if (waits() || !waiting_.empty()) {
    waiting_.emplace_back(DriverAnswer{call});
    return;
  }
  handle(DriverAnswer{call});
}

void UnitProcess::handle(const Waiting& waiting) {
  std::visit(Overloaded{
                 [&](const node::Event& event) { deliver(event); },
                 [&](const Wakening&) { wake_if_due(); },
                 [&](const DriverAnswer& answer) { deliver(in_.device.answered(answer.call)); },
             },
             waiting);
}

void UnitProcess::resume() {
  if (!is_up() || in_.faults.acts(FaultKind::pause, index_) ||
      (in_.device.holds_write() && in_.faults.acts(FaultKind::pause_in_write, index_))) {
    return;
  }
  in_.device.go_on();
  std::size_t next = 0;
  // A device write on the way may stand still again; what is left waits on.
  while (next < waiting_.size() && !is_paused()) {
    const Waiting waiting = std::move(waiting_[next++]);
    handle(waiting);
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(next));
}

void UnitProcess::deliver(const node::Event& event) {
  runtime_->deliver({in_.clock.monotonic(in_.timeline.now), in_.clock.wall(in_.timeline.now)},
                    event);
}

void UnitProcess::clock_changed() {
  if (wanted_wake_ != Instant::max()) {
    scheduled_wake_ = Instant::max();
    wake_at(wanted_wake_);
  }
}

void UnitProcess::replace_files(const node::Event& event) {
  std::visit(Overloaded{
                 [&](const node::PolicyReplaced& e) { setup_.policy = e.policy; },
                 [&](const node::ScenarioReplaced& e) { setup_.scenario = e.scenario; },
                 [&](const node::HwConfigReplaced& e) { setup_.hw = e.hw; },
                 [](const auto&) {},
             },
             event);
}

void UnitProcess::send(UnitId /*from*/, UnitId to, std::shared_ptr<const Message> message) {
  const auto it = in_.by_id.find(to);
  if (it == in_.by_id.end()) {
    return;
  }
  if (it->second != index_) {
    in_.recorder.count_message();
  }
  in_.network.send(index_, it->second, std::move(message));
}

void UnitProcess::broadcast(UnitId /*from*/, std::shared_ptr<const Message> message) {
  for (std::uint32_t to = 0; to < in_.ids.size(); ++to) {
    if (to != index_) {
      in_.recorder.count_message();
      in_.network.send(index_, to, message);
    }
  }
}

void UnitProcess::transact(UnitId /*from*/, std::uint64_t id, const Transaction& transaction) {
  in_.recorder.count_transaction();
  in_.store.transact(index_, id, transaction);
}

void UnitProcess::read_role(UnitId /*from*/, Instant sent_at) {
  in_.store.read_role(index_, sent_at);
}

void UnitProcess::keep_alive(UnitId /*from*/) { in_.store.keep_alive(index_); }

void UnitProcess::wake_at(Instant at) {
  wanted_wake_ = at;
  if (at == Instant::max()) {
    return;
  }
  const Instant due = std::max(in_.clock.world_of(at), in_.timeline.now);
  if (due < scheduled_wake_) {
    scheduled_wake_ = due;
    in_.timeline.queue.push_hook(due, {Address::Kind::timer, index_});
  }
}

void UnitProcess::event(UnitId unit, Instant now, const node::Event& event) {
  in_.recorder.event(index_, unit, now, event);
}

void UnitProcess::effect(UnitId unit, Instant now, const node::Effect& effect) {
  in_.recorder.effect(unit, now, effect);
}

}  // namespace musubi::sim
