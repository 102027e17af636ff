#include "proof/actors.hpp"

#include <algorithm>

namespace musubi::proof {

Actors::Actors(const Facts& facts, const std::vector<Trigger>& triggers) : facts_(facts) {
  for (const Trigger& trigger : triggers) {
    armed_.push_back({trigger, trigger.nth});
  }
}

std::vector<std::pair<Duration, sim::Fault>> Actors::struck_by(Happening what, const Deal* deal) {
  std::vector<std::pair<Duration, sim::Fault>> struck;
  for (Armed& armed : armed_) {
    const Trigger& trigger = armed.trigger;
    const bool in_time = facts_.now() >= trigger.from && facts_.now() <= trigger.until;
    if (trigger.when != what || !in_time || armed.left == 0 || --armed.left > 0) {
      continue;
    }
    sim::Fault fault = trigger.fault;
    fault.units = resolve(trigger.targets, deal);
    if (fault.kind == sim::FaultKind::cut && fault.units.size() == 1) {
      add_another(fault.units);
    }
    // A fault without units would strike everybody.
    if (trigger.targets.empty() || !fault.units.empty()) {
      struck.emplace_back(trigger.after, std::move(fault));
    }
  }
  return struck;
}

void Actors::add_another(std::vector<UnitId>& units) const {
  for (std::size_t unit = 0; unit < facts_.size(); ++unit) {
    if (std::find(units.begin(), units.end(), facts_.id(unit)) == units.end()) {
      units.push_back(facts_.id(unit));
      return;
    }
  }
}

UnitId Actors::reference(const Deal* deal) const {
  for (std::size_t unit = 0; unit < facts_.size(); ++unit) {
    if (facts_.truth().units[unit].meter.mode == ConverterMode::voltage_reference) {
      return facts_.id(unit);
    }
  }
  if (!facts_.reference_set().units.empty()) {
    return facts_.reference_set().units.front();
  }
  return deal != nullptr && deal->is_master && !deal->reference_unit.empty() ? deal->reference_unit
         : deal != nullptr                                                   ? deal->charge_unit
                                                                             : UnitId{};
}

std::vector<UnitId> Actors::resolve(const std::vector<Target>& targets, const Deal* deal) const {
  if (deal == nullptr) {
    for (const auto& [id, open] : facts_.deals()) {
      if (open.phase != DealPhase::done) {
        deal = &open;
        break;
      }
    }
  }
  const UnitId giver = deal == nullptr ? facts_.id(0) : deal->discharge_unit;
  const UnitId taker = deal == nullptr ? facts_.id(1) : deal->charge_unit;
  const UnitId holds = reference(deal).empty() ? taker : reference(deal);
  const UnitId master = facts_.role_holder().empty() ? giver : facts_.role_holder();
  std::vector<UnitId> units;
  const auto add = [&](UnitId unit) {
    if (std::find(units.begin(), units.end(), unit) == units.end()) {
      units.push_back(unit);
    }
  };
  for (const Target& target : targets) {
    switch (target.part) {
    case Part::named:
      add(target.unit);
      break;
    case Part::grid_master:
      add(master);
      break;
    case Part::reference:
      add(holds);
      break;
    case Part::giver:
      add(giver);
      break;
    case Part::taker:
      add(taker);
      break;
    case Part::another:
      for (std::size_t unit = 0; unit < facts_.size(); ++unit) {
        const UnitId id = facts_.id(unit);
        if (id != giver && id != taker && id != holds && id != master) {
          add(id);
          break;
        }
      }
      break;
    case Part::all_others: {
      const std::vector<UnitId> named = units;
      units.clear();
      for (std::size_t unit = 0; unit < facts_.size(); ++unit) {
        if (std::find(named.begin(), named.end(), facts_.id(unit)) == named.end()) {
          add(facts_.id(unit));
        }
      }
      break;
    }
    }
  }
  return units;
}

}  // namespace musubi::proof
