#include "proof/facts.hpp"

#include <algorithm>
#include <utility>

namespace musubi::proof {

using sim::FaultKind;

Facts::Facts(Frame frame)
    : frame_(std::move(frame)), sufferings_(frame_.units.size()), clocks_(frame_.units.size()) {
  truth_.units.resize(frame_.units.size());
}

std::size_t Facts::index_of(UnitId unit) const {
  const auto it = std::find(frame_.units.begin(), frame_.units.end(), unit);
  return static_cast<std::size_t>(it - frame_.units.begin());
}

bool Facts::in_active_deal(std::size_t unit) const {
  const UnitId who = id(unit);
  return std::any_of(deals_.begin(), deals_.end(), [&](const auto& entry) {
    return entry.second.involves(who) && entry.second.master_side_active();
  });
}

bool Facts::suffered_one(const Suffering& s, Duration before) const {
  return s.acting > 0 || (s.last && now_ - *s.last <= before);
}

bool Facts::suffered(std::size_t unit, Kinds kinds, Duration before) const {
  return std::any_of(kinds.begin(), kinds.end(), [&](FaultKind kind) {
    return suffered_one(sufferings_[unit][static_cast<std::size_t>(kind)], before);
  });
}

bool Facts::suffered_anywhere(Kinds kinds, Duration before) const {
  for (std::size_t unit = 0; unit < size(); ++unit) {
    if (suffered(unit, kinds, before)) {
      return true;
    }
  }
  return false;
}

std::optional<Instant> Facts::suffers_since(std::size_t unit, FaultKind kind) const {
  const Suffering& s = sufferings_[unit][static_cast<std::size_t>(kind)];
  return s.acting > 0 ? std::optional(s.since) : std::nullopt;
}

bool Facts::was_away(std::size_t unit, Duration before) const {
  return suffered(
      unit, {FaultKind::crash, FaultKind::board_loss, FaultKind::pause, FaultKind::pause_in_write},
      before);
}

void Facts::commit(const Commit& commit) {
  for (const auto& write : commit.transaction.writes) {
    const bool deleted = std::holds_alternative<std::monostate>(write.value);
    switch (write.key.kind) {
    case StoreKind::role:
      role_holder_ = deleted ? UnitId{} : std::get<RoleRecord>(write.value).holder;
      epoch_ = commit.revision;
      role_taken_at_ = now_;
      break;
    case StoreKind::reference_set:
      reference_set_ = deleted ? ReferenceSet{} : std::get<ReferenceSet>(write.value);
      break;
    case StoreKind::deal:
      if (deleted) {
        deals_.erase(write.key.deal);
      } else {
        deals_[write.key.deal] = std::get<Deal>(write.value);
      }
      break;
    case StoreKind::bus_latch:
      latched_ = !deleted;
      break;
    case StoreKind::member:
    case StoreKind::ledger:
    case StoreKind::mode:
      break;
    }
  }
}

void Facts::look(Truth truth) {
  truth_ = std::move(truth);
  for (std::size_t unit = 0; unit < size(); ++unit) {
    clocks_[unit].ahead = truth_.units[unit].clock - now_;
  }
}

void Facts::started(std::size_t unit) {
  if (std::exchange(clocks_[unit].board_lost, false)) {
    clocks_[unit].ahead = Instant{} - now_;
  }
}

void Facts::mark(std::size_t unit, const sim::Fault& fault, bool begins) {
  clocks_[unit].board_lost =
      clocks_[unit].board_lost || (begins && fault.kind == FaultKind::board_loss);
  Suffering& s = sufferings_[unit][static_cast<std::size_t>(fault.kind)];
  const bool waits_for_a_write = fault.kind == FaultKind::converter_ignores && begins;
  if (sim::is_at_once(fault.kind) && !waits_for_a_write) {
    s.last = now_;
  } else if (begins) {
    if (s.acting++ == 0) {
      s.since = now_;
    }
  } else if (s.acting > 0 && --s.acting == 0) {
    // A write that came late is still to be carried out.
    const bool late = fault.kind == FaultKind::driver_late;
    s.last = now_ + (late ? seconds(fault.value) : Duration::zero());
  }
}

void Facts::wrote(std::size_t unit) {
  Suffering& s = sufferings_[unit][static_cast<std::size_t>(FaultKind::converter_ignores)];
  if (s.acting > 0) {
    s.acting = 0;
    s.last = now_;
  }
}

void Facts::fault(const sim::Fault& fault, bool begins) {
  if (fault.units.empty()) {
    for (std::size_t unit = 0; unit < size(); ++unit) {
      mark(unit, fault, begins);
    }
    return;
  }
  for (const UnitId id : fault.units) {
    const std::size_t unit = index_of(id);
    if (unit < size()) {
      mark(unit, fault, begins);
    }
  }
}

}  // namespace musubi::proof
