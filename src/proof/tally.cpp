#include "proof/tally.hpp"

#include <algorithm>
#include <set>

namespace musubi::proof {

Tally::Tally(const Facts& facts) : Onlooker(facts) {
  for (const char* name :
       {"completed", "completed_under_faults", "aborted", "refused", "faults",
        "faults_during_deals", "roles_taken", "role_changes", "reference_changes", "hand_overs",
        "formations", "latches", "highest_v"}) {
    counters_[name] = 0.0;
  }
}

void Tally::effect(std::size_t /*unit*/, const node::Effect& effect) {
  if (const auto* raised = std::get_if<node::AlarmRaised>(&effect)) {
    ++counters_[std::string("alarm ") + kind_of(raised->alarm.code).name];
  } else if (std::holds_alternative<node::DealRefused>(effect)) {
    ++counters_["refused"];
  }
}

void Tally::commit(const Commit& commit) {
  for (const auto& write : commit.transaction.writes) {
    if (const auto* deal = std::get_if<Deal>(&write.value)) {
      const auto known = facts().deals().find(deal->id);
      const bool news = known == facts().deals().end() || known->second.phase != DealPhase::done;
      if (deal->phase == DealPhase::done && news) {
        const bool completed = deal->outcome == DealOutcome::completed;
        ++counters_[completed ? "completed" : "aborted"];
        counters_["completed_under_faults"] += completed && !facts().healed_at() ? 1.0 : 0.0;
      }
    } else if (const auto* set = std::get_if<ReferenceSet>(&write.value)) {
      if (set->units.size() == 1 && set->units.front() != reference_) {
        counters_["reference_changes"] += reference_.empty() ? 0.0 : 1.0;
        reference_ = set->units.front();
      }
    } else if (const auto* role = std::get_if<RoleRecord>(&write.value)) {
      const bool other = role->holder != facts().role_holder() && !facts().role_holder().empty();
      ++counters_["roles_taken"];
      counters_["role_changes"] += other ? 1.0 : 0.0;
    } else if (std::holds_alternative<BusLatch>(write.value)) {
      ++counters_["latches"];
    }
  }
}

void Tally::fault(const sim::Fault& fault, bool begins) {
  if (!begins) {
    return;
  }
  ++counters_["faults"];
  std::set<std::size_t> phases;
  for (const auto& [id, deal] : facts().deals()) {
    if (deal.phase != DealPhase::done) {
      phases.insert(static_cast<std::size_t>(deal.phase));
    }
  }
  if (phases.empty()) {
    phases.insert(phase_columns - 1);
  } else {
    ++counters_["faults_during_deals"];
  }
  for (const std::size_t phase : phases) {
    ++table_[fault.kind][phase];
  }
}

void Tally::tick() {
  double& highest = counters_["highest_v"];
  for (const UnitTruth& unit : facts().truth().units) {
    highest = std::max(highest, unit.meter.vg.value());
  }
}

void Tally::happens(Happening what) {
  if (what == Happening::bus_forming) {
    ++counters_["formations"];
  } else if (what == Happening::hand_over_two_hold) {
    ++counters_["hand_overs"];
  }
}

}  // namespace musubi::proof
