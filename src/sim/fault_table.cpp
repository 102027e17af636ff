#include "sim/fault_table.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace musubi::sim {

bool FaultTable::Active::strikes(std::uint32_t unit) const {
  return std::find(units.begin(), units.end(), unit) != units.end();
}

FaultTable::FaultTable(const std::vector<UnitId>& units)
    : units_(units.size()), count_(fault_kinds, 0), unit_count_(fault_kinds * units.size(), 0) {
  for (std::uint32_t i = 0; i < units.size(); ++i) {
    by_id_[units[i]] = i;
  }
}

void FaultTable::check(const Fault& fault) const {
  const ValueRange range = value_range(fault.kind);
  const bool has_value = range.least < range.most;
  expect(!has_value || (fault.value >= range.least && fault.value <= range.most),
         "a fault's value in its range");
  expect(fault.kind != FaultKind::cut || fault.units.size() == 2, "a cut names two units");
  expect(fault.lasts >= Duration::zero(), "a fault's length not negative");
  for (const UnitId unit : fault.units) {
    expect(by_id_.contains(unit), "a fault's units are of this community");
  }
}

std::vector<std::uint32_t> FaultTable::units_of(const Fault& fault) const {
  std::vector<std::uint32_t> units;
  for (const UnitId unit : fault.units) {
    const std::uint32_t index = by_id_.find(unit)->second;
    if (std::find(units.begin(), units.end(), index) == units.end()) {
      units.push_back(index);
    }
  }
  if (units.empty()) {
    for (std::uint32_t i = 0; i < units_; ++i) {
      units.push_back(i);
    }
  }
  return units;
}

FaultTable::Active& FaultTable::begin(const Fault& fault) {
  active_.push_back({next_++, fault, units_of(fault)});
  ++count_[at(fault.kind)];
  for (const std::uint32_t unit : active_.back().units) {
    ++unit_count_[at(fault.kind) * units_ + unit];
  }
  return active_.back();
}

FaultTable::Active* FaultTable::find(Id id) {
  const auto it = std::find_if(active_.begin(), active_.end(),
                               [&](const Active& active) { return active.id == id; });
  return it == active_.end() ? nullptr : &*it;
}

const FaultTable::Active* FaultTable::newest(FaultKind kind, std::uint32_t unit) const {
  if (!acts(kind, unit)) {
    return nullptr;
  }
  const auto it = std::find_if(active_.rbegin(), active_.rend(), [&](const Active& active) {
    return active.fault.kind == kind && active.strikes(unit);
  });
  return &*it;
}

void FaultTable::end(Id id) {
  const Active* active = find(id);
  expect(active != nullptr, "an active fault");
  for (const std::uint32_t unit : active->units) {
    --unit_count_[at(active->fault.kind) * units_ + unit];
  }
  --count_[at(active->fault.kind)];
  active_.erase(active_.begin() + (active - active_.data()));
}

bool FaultTable::spend(FaultKind kind, std::uint32_t unit) {
  const Active* waiting = newest(kind, unit);
  if (waiting == nullptr) {
    return false;
  }
  Active& active = *find(waiting->id);
  active.units.erase(std::find(active.units.begin(), active.units.end(), unit));
  --unit_count_[at(kind) * units_ + unit];
  if (active.units.empty()) {
    end(active.id);
  }
  return true;
}

double FaultTable::sum(FaultKind kind, std::uint32_t unit) const {
  double total = 0.0;
  for (const Active& active : active_) {
    if (active.fault.kind == kind && active.strikes(unit)) {
      total += active.fault.value;
    }
  }
  return total;
}

}  // namespace musubi::sim
