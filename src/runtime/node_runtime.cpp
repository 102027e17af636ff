#include "runtime/node_runtime.hpp"

#include <utility>

#include "base/overloaded.hpp"

namespace musubi::runtime {

void NodeRuntime::deliver(node::Now now, const node::Event& event) {
  ports_.trace.event(core_.unit(), now.instant, event);
  for (const auto& effect : core_.step(now, event)) {
    ports_.trace.effect(core_.unit(), now.instant, effect);
    carry_out(effect);
  }
  for (const auto& answer : std::exchange(answers_, {})) {
    deliver(now, answer);
  }
}

void NodeRuntime::carry_out(const node::Effect& effect) {
  using node::JournalRecord;
  const UnitId self = core_.unit();
  const auto answer = [this](JournalRecord record, bool saved, Epoch epoch = 0, DealId deal = {}) {
    answers_.push_back({record, saved, epoch, deal});
  };
  std::visit(
      Overloaded{
          [&](const node::SendMessage& e) {
            ports_.cluster.send(self, e.to, std::make_shared<const Message>(e.message));
          },
          [&](const node::Broadcast& e) {
            ports_.cluster.broadcast(self, std::make_shared<const Message>(e.message));
          },
          [&](const node::ReadDevice&) { ports_.device.read(); },
          [&](const node::WriteDevice& e) { ports_.device.write(e.id, e.command); },
          [&](const node::Transact& e) { ports_.cluster.transact(self, e.id, e.transaction); },
          [&](const node::ReadRole& e) { ports_.cluster.read_role(self, e.sent_at); },
          [&](const node::KeepAlive&) { ports_.cluster.keep_alive(self); },
          [&](const node::WakeAt& e) { ports_.scheduler.wake_at(e.at); },
          [&](const node::PersistEpoch& e) {
            answer(JournalRecord::epoch, ports_.journal.save_epoch(e.epoch), e.epoch);
          },
          [&](const node::PersistEnergies& e) {
            answer(JournalRecord::energies,
                   ports_.journal.save_energies({e.energies.begin(), e.energies.size()}));
          },
          [&](const node::PersistSettled& e) {
            answer(JournalRecord::settled, ports_.journal.save_settled(e.deal), 0, e.deal->id);
          },
          [&](const node::PersistLocal& e) {
            answer(JournalRecord::local, ports_.journal.save_local(e.local));
          },
          // Seen by the trace; nothing else to do.
          [&](const node::AlarmRaised&) {},
          [&](const node::AlarmCleared&) {},
          [&](const node::NeedMet&) {},
          [&](const node::NeedUnmet&) {},
          [&](const node::DealRefused&) {},
      },
      effect);
}

}  // namespace musubi::runtime
