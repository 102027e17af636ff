#include "gridmaster/formulas.hpp"

#include <algorithm>
#include <cmath>

namespace musubi::gridmaster {

namespace {

constexpr double dead_fraction = 0.1;
constexpr double nanoamperes_per_ampere = 1e9;

bool holds(const std::vector<UnitId>& units, UnitId unit) {
  return std::find(units.begin(), units.end(), unit) != units.end();
}

std::optional<Reason> refuses_branch(std::span<const Deal* const> active, const Deal& added,
                                     const Branch& branch, double index) {
  double forward_discharge = 0.0;
  double forward_charge = 0.0;
  double backward_discharge = 0.0;
  double backward_charge = 0.0;
  const auto add = [&](const Deal& deal) {
    const bool discharge_forward = holds(branch.forward, deal.discharge_unit);
    const bool charge_forward = holds(branch.forward, deal.charge_unit);
    const bool discharge_backward = holds(branch.backward, deal.discharge_unit);
    const bool charge_backward = holds(branch.backward, deal.charge_unit);
    if ((discharge_forward && charge_forward) || (discharge_backward && charge_backward)) {
      return;
    }
    const double current_a = deal.current.value();
    forward_discharge += discharge_forward ? current_a : 0.0;
    forward_charge += charge_forward ? current_a : 0.0;
    backward_discharge += discharge_backward ? current_a : 0.0;
    backward_charge += charge_backward ? current_a : 0.0;
  };
  for (const Deal* deal : active) {
    add(*deal);
  }
  add(added);
  const double worst =
      std::max({forward_discharge, forward_charge, backward_discharge, backward_charge});
  if (worst > branch.capacity.value() + 1e-9) {
    return Reason(Rule::refused_branch, worst, branch.capacity.value(), index);
  }
  return std::nullopt;
}

bool newer(const Deal& a, const Deal& b) {
  const auto at = [](const Deal& d) { return d.activate_time ? d.activate_time->unix_ms : 0; };
  return at(a) != at(b) ? at(a) > at(b) : a.id > b.id;
}

}  // namespace

Volts ramped_up_from(Volts set_voltage, const Policy& policy) {
  return set_voltage - policy.voltage_allowance;
}

Volts dead_bus_below(const Policy& policy) { return policy.grid_voltage * dead_fraction; }

std::vector<Volts> authorization_voltages(const Policy& policy, Volts present) {
  std::vector<Volts> voltages;
  if (policy.voltage_separation <= Volts(0.0)) {
    return voltages;
  }
  const Volts last = policy.grid_voltage_max - policy.voltage_separation;
  for (Volts v = policy.grid_voltage_min + policy.voltage_separation * 3.0; v <= last;
       v += policy.voltage_separation) {
    if (abs(v - present) > Volts(1e-6)) {
      voltages.push_back(v);
    }
  }
  return voltages;
}

std::optional<Volts> optimal_voltage(std::span<const Deal* const> active, const Policy& policy) {
  Volts sum{};
  int count = 0;
  for (const Deal* deal : active) {
    for (const auto& voltage : {deal->discharge_efficient_v, deal->charge_efficient_v}) {
      if (voltage) {
        sum += *voltage;
        ++count;
      }
    }
  }
  if (count == 0) {
    return std::nullopt;
  }
  const Volts lower = std::max(policy.grid_voltage_min + policy.voltage_drop_allowance,
                               policy.grid_voltage_min + policy.voltage_separation * 3.0);
  const Volts upper = std::min(policy.grid_voltage_max - policy.voltage_drop_allowance,
                               policy.grid_voltage_max - policy.voltage_separation);
  return std::max(std::min(sum / count, upper), lower);
}

std::optional<Reason> refuses_current(std::span<const Deal* const> active, const Deal& added,
                                      const Policy& policy) {
  if (!policy.topology_enabled) {
    double sum_a = added.current.value();
    for (const Deal* deal : active) {
      sum_a += deal->current.value();
    }
    if (sum_a > policy.sum_of_deal_current_max.value() + 1e-9) {
      return Reason(Rule::refused_total_current, sum_a, added.current.value(),
                    policy.sum_of_deal_current_max.value());
    }
    return std::nullopt;
  }
  double index = 0.0;
  for (const auto& branch : policy.branches) {
    if (auto reason = refuses_branch(active, added, branch, index)) {
      return reason;
    }
    index += 1.0;
  }
  return std::nullopt;
}

Amperes branch_current(const Branch& branch, std::span<const UnitCurrent> currents) {
  Amperes sum{};
  for (const auto& c : currents) {
    if (holds(branch.forward, c.unit)) {
      sum += c.current;
    }
  }
  return sum;
}

DealSide master_side(const Deal* master_deal, UnitId reference, const Policy& policy) {
  if (master_deal != nullptr && master_deal->involves(reference)) {
    return master_deal->side_of(reference);
  }
  return policy.voltage_reference_side;
}

std::optional<DealSide> adjusted_side(bool master_end_is_reference, DealSide master,
                                      DealSide reference_side) {
  if (master_end_is_reference && master != reference_side) {
    return std::nullopt;
  }
  return other_side(reference_side);
}

std::vector<Amperes> compensate(Amperes error, std::span<const Adjustable> units) {
  // The reference takes what the others leave: its error is minus the sum of theirs.
  Amperes left = error;
  std::vector<Amperes> own_error;
  own_error.reserve(units.size());
  const bool alone = units.size() == 1;
  for (const auto& unit : units) {
    const Amperes off = alone ? Amperes(0.0) : unit.measured - unit.set * sign_of(unit.direction);
    own_error.push_back(off);
    left += off;
  }
  std::vector<Amperes> result;
  result.reserve(units.size());
  for (std::size_t i = 0; i < units.size(); ++i) {
    const Amperes share = left / static_cast<double>(units.size());
    const Amperes signed_change = share - own_error[i];
    result.push_back(
        std::max(Amperes(0.0), units[i].set + signed_change * sign_of(units[i].direction)));
  }
  return result;
}

Succession successor(std::span<const Deal* const> going_on, UnitId reference, DealSide master,
                     bool may_flip, const Policy& policy) {
  Succession held;
  Succession large;
  Succession any;
  const auto offer = [](Succession& best, const Deal& deal, bool flip) {
    if (best.deal == nullptr || newer(deal, *best.deal)) {
      best = {&deal, flip};
    }
  };
  for (const Deal* deal : going_on) {
    const UnitId on_master = deal->unit_on(master);
    const UnitId on_slave = deal->unit_on(other_side(master));
    if (on_master == reference) {
      offer(held, *deal, false);
    }
    if (policy.is_large(on_master)) {
      offer(large, *deal, false);
    } else if (policy.is_large(on_slave) && may_flip) {
      offer(large, *deal, true);
    }
    offer(any, *deal, master != policy.voltage_reference_side && may_flip);
  }
  if (held.deal != nullptr) {
    return held;
  }
  return large.deal != nullptr ? large : any;
}

UnitId large_unit_takes_over(const Deal& added, UnitId reference, DealSide master,
                             const Policy& policy) {
  if (policy.large_capacity_units.empty() || policy.is_large(reference)) {
    return {};
  }
  for (const DealSide side : {master, other_side(master)}) {
    if (policy.is_large(added.unit_on(side))) {
      return added.unit_on(side);
    }
  }
  return {};
}

void CurrentRange::widen(Amperes current) {
  if (current < Amperes(0.0)) {
    low += current;
  } else {
    high += current;
  }
}

ExactRange ExactRange::of(Amperes low, Amperes high) {
  return {std::llround(low.value() * nanoamperes_per_ampere),
          std::llround(high.value() * nanoamperes_per_ampere)};
}

Amperes ExactRange::low() const {
  return Amperes(static_cast<double>(low_na) / nanoamperes_per_ampere);
}

Amperes ExactRange::high() const {
  return Amperes(static_cast<double>(high_na) / nanoamperes_per_ampere);
}

ExactRange& ExactRange::operator+=(const ExactRange& other) {
  low_na += other.low_na;
  high_na += other.high_na;
  return *this;
}

ExactRange& ExactRange::operator-=(const ExactRange& other) {
  low_na -= other.low_na;
  high_na -= other.high_na;
  return *this;
}

void CurrentRange::shift(Amperes current) {
  low += current;
  high += current;
}

}  // namespace musubi::gridmaster
