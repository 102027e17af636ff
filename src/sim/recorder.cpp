#include "sim/recorder.hpp"

#include "base/overloaded.hpp"

namespace musubi::sim {

void Recorder::event(std::uint32_t index, UnitId unit, Instant local, const node::Event& event) {
  if (digest_) {
    hasher_.mix(index);
    hasher_.add(local);
    hasher_.add(event);
  }
  for (const auto& observer : event_observers) {
    observer(unit, timeline_.now, event);
  }
}

void Recorder::effect(UnitId unit, Instant local, const node::Effect& effect) {
  if (digest_) {
    hasher_.add(effect);
  }
  std::visit(Overloaded{
                 [&](const node::WriteDevice&) { ++statistics_.commands; },
                 [&](const node::AlarmRaised&) { ++statistics_.alarms; },
                 [&](const node::NeedMet& e) {
                   if (e.at_once) {
                     statistics_.deal_latency_ms.push_back(to_seconds(local - e.since) * 1e3);
                   }
                 },
                 [&](const node::NeedUnmet& e) { statistics_.needs_unmet += e.first_try ? 1 : 0; },
                 [&](const auto&) {},
             },
             effect);
  for (const auto& observer : effect_observers) {
    observer(unit, timeline_.now, effect);
  }
}

void Recorder::device(UnitId unit, const DeviceCommand& command) const {
  for (const auto& observer : device_observers) {
    observer(unit, timeline_.now, command);
  }
}

void Recorder::fault(const Fault& fault, bool begins) const {
  for (const auto& observer : fault_observers) {
    observer(timeline_.now, fault, begins);
  }
}

const Statistics& Recorder::statistics() {
  statistics_.trace_hash = digest_ ? hasher_.digest() : 0;
  return statistics_;
}

}  // namespace musubi::sim
