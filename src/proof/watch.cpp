#include "proof/watch.hpp"

#include <algorithm>
#include <utility>

namespace musubi::proof {

Watch::Watch(Frame frame) : facts_(std::move(frame)), checkers_(all_checkers(facts_)) {
  for (const auto& checker : checkers_) {
    onlookers_.push_back(checker.get());
  }
}

Watch::Watch(Frame frame, std::unique_ptr<Checker> (*make)(const Facts&))
    : facts_(std::move(frame)) {
  checkers_.push_back(make(facts_));
  onlookers_.push_back(checkers_.back().get());
}

void Watch::event(std::size_t unit, Instant at, const node::Event& event) {
  facts_.at(at);
  if (std::holds_alternative<node::Started>(event)) {
    facts_.started(unit);
  }
  for (Onlooker* onlooker : onlookers_) {
    onlooker->event(unit, event);
  }
}

void Watch::effect(std::size_t unit, Instant at, const node::Effect& effect) {
  facts_.at(at);
  // Half of all effects, and nobody's business.
  if (std::holds_alternative<node::WakeAt>(effect) ||
      std::holds_alternative<node::ReadDevice>(effect)) {
    return;
  }
  if (std::holds_alternative<node::WriteDevice>(effect)) {
    facts_.wrote(unit);
  }
  for (Onlooker* onlooker : onlookers_) {
    onlooker->effect(unit, effect);
  }
}

void Watch::device(std::size_t unit, Instant at, const DeviceCommand& command) {
  facts_.at(at);
  for (Onlooker* onlooker : onlookers_) {
    onlooker->device(unit, command);
  }
}

void Watch::commit(Instant at, const Commit& commit) {
  facts_.at(at);
  for (Onlooker* onlooker : onlookers_) {
    onlooker->commit(commit);
  }
  facts_.commit(commit);
}

void Watch::fault(Instant at, const sim::Fault& fault, bool begins) {
  facts_.at(at);
  facts_.fault(fault, begins);
  for (Onlooker* onlooker : onlookers_) {
    onlooker->fault(fault, begins);
  }
}

void Watch::healed(Instant at) {
  facts_.at(at);
  facts_.healed();
}

void Watch::tick(Instant at, Truth truth) {
  facts_.at(at);
  facts_.look(std::move(truth));
  for (Onlooker* onlooker : onlookers_) {
    onlooker->tick();
  }
}

void Watch::end(Instant at) {
  facts_.at(at);
  for (Onlooker* onlooker : onlookers_) {
    onlooker->end();
  }
}

std::vector<Violation> Watch::violations() const {
  std::vector<Violation> all;
  for (const auto& checker : checkers_) {
    all.insert(all.end(), checker->violations().begin(), checker->violations().end());
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Violation& a, const Violation& b) { return a.at < b.at; });
  return all;
}

bool Watch::clean() const {
  return std::all_of(checkers_.begin(), checkers_.end(),
                     [](const auto& checker) { return checker->violations().empty(); });
}

}  // namespace musubi::proof
