#include "converter/energy_meter.hpp"

#include <algorithm>
#include <cmath>

#include "base/deliberate_bug.hpp"

namespace musubi::converter {

namespace {

/// Energies closer than this are the same: a hundredth of a milliwatt-hour.
constexpr double end_tolerance_wh = 1e-5;

}  // namespace

void EnergyMeter::set_shares(Instant now, const DealShares& shares) {
  integrate(now);
  shares_ = shares;
  if (bugs::is_on(Bug::share_end_is_relative)) {
    for (auto& share : shares_) {
      const DealEnergy* energy = find(share.deal);
      share.ends_at += energy == nullptr ? WattHours(0.0) : energy->meter.at(share.metering_point);
    }
  }
  for (const auto& share : shares_) {
    if (find(share.deal) == nullptr) {
      energies_.push_back({share.deal, {}, {}, false});
    }
  }
  update_powers();
}

void EnergyMeter::sample(Instant now, const Reading& reading) {
  integrate(now);
  sampled_ = reading.grid_a && reading.grid_v;
  bus_current_ = reading.grid_a.value_or(Amperes(0.0));
  bus_power_ = reading.grid_v.value_or(Volts(0.0)) * bus_current_;
  battery_power_ = reading.battery_w.value_or(bus_power_);
  update_powers();
}

std::optional<DealId> EnergyMeter::advance(Instant now) {
  integrate(now);
  for (const auto& share : shares_) {
    DealEnergy* energy = find(share.deal);
    if (share.metered && energy != nullptr && !energy->share_ended &&
        !bugs::is_on(Bug::share_never_ends) &&
        energy->meter.at(share.metering_point) >= share.ends_at - WattHours(end_tolerance_wh)) {
      energy->share_ended = true;
      update_powers();
      return share.deal;
    }
  }
  return std::nullopt;
}

void EnergyMeter::restore(const DealEnergy& energy) {
  if (find(energy.deal) == nullptr) {
    energies_.push_back(energy);
  }
}

void EnergyMeter::forget(DealId deal) {
  for (std::size_t i = 0; i < energies_.size(); ++i) {
    if (energies_[i].deal == deal) {
      energies_.erase_at(i);
      return;
    }
  }
}

Instant EnergyMeter::next_end() const {
  Instant first = Instant::max();
  for (const auto& share : shares_) {
    for (const auto& energy : energies_) {
      if (energy.deal != share.deal || energy.share_ended || !share.metered ||
          energy.power <= Watts(0.0) || share.ends_at.value() > 1e200 ||
          bugs::is_on(Bug::share_never_ends)) {
        continue;
      }
      const double left_wh =
          std::max(0.0, (share.ends_at - energy.meter.at(share.metering_point)).value());
      const double left_s = std::min(left_wh * 3600.0 / energy.power.value(), 1e8);
      // a microsecond late rather than early: the integral must have reached its end
      first = std::min(first, integrated_to_ + seconds(left_s) + Duration(1000));
    }
  }
  return first;
}

void EnergyMeter::integrate(Instant now) {
  const Duration span = now - integrated_to_;
  integrated_to_ = std::max(integrated_to_, now);
  if (!sampled_ || span <= Duration::zero() || shares_.empty()) {
    return;
  }
  const Amperes sum = sum_of_shares();
  double covered = 0.0;
  for (const auto& share : shares_) {
    covered += fraction_of(share);
  }
  const double surplus = std::max(0.0, 1.0 - covered);
  // What flows after the last share has ended is still somebody's: by current among the ended.
  const bool all_ended = sum <= Amperes(0.0);
  Amperes whole = sum;
  if (all_ended) {
    for (const auto& share : shares_) {
      whole += share.current;
    }
  }
  for (const auto& share : shares_) {
    DealEnergy* energy = find(share.deal);
    if (energy == nullptr) {
      continue;
    }
    const double sign = sign_of(share.direction);
    const double fraction = fraction_of(share);
    const bool counts = whole > Amperes(0.0) && (all_ended || !energy->share_ended);
    const double part = counts ? share.current / whole : 0.0;
    if (share.metered && !energy->share_ended) {
      if (bugs::is_on(Bug::count_twice)) {
        energy->meter.battery_energy += battery_power_ * (sign * fraction) * span;
        energy->meter.bus_energy += bus_power_ * (sign * fraction) * span;
      }
      energy->meter.battery_energy += battery_power_ * (sign * fraction) * span;
      energy->meter.bus_energy += bus_power_ * (sign * fraction) * span;
      energy->meter.bus_account += bus_power_ * (sign * surplus * part) * span;
      energy->meter.shared = energy->meter.shared || shares_.size() > 1;
    } else {
      energy->meter.bus_account += bus_power_ * (sign * (fraction + surplus * part)) * span;
    }
  }
}

DealEnergy* EnergyMeter::find(DealId deal) {
  for (auto& energy : energies_) {
    if (energy.deal == deal) {
      return &energy;
    }
  }
  return nullptr;
}

double EnergyMeter::fraction_of(const DealShare& share) const {
  const double sum_a = sum_of_shares().value();
  const double measured_a = std::fabs(bus_current_.value());
  if (sum_a <= 0.0 || has_ended(share)) {
    return 0.0;
  }
  return share.current.value() / sum_a * (measured_a > sum_a ? sum_a / measured_a : 1.0);
}

Amperes EnergyMeter::sum_of_shares() const {
  Amperes sum{};
  for (const auto& share : shares_) {
    sum += has_ended(share) ? Amperes(0.0) : share.current;
  }
  return sum;
}

bool EnergyMeter::has_ended(const DealShare& share) const {
  return std::any_of(energies_.begin(), energies_.end(), [&](const DealEnergy& energy) {
    return energy.deal == share.deal && energy.share_ended;
  });
}

void EnergyMeter::update_powers() {
  for (auto& energy : energies_) {
    energy.power = Watts(0.0);
  }
  for (const auto& share : shares_) {
    DealEnergy* energy = find(share.deal);
    if (energy == nullptr || !sampled_) {
      continue;
    }
    const Watts power =
        share.metering_point == MeteringPoint::battery ? battery_power_ : bus_power_;
    energy->power = power * (sign_of(share.direction) * fraction_of(share));
  }
}

}  // namespace musubi::converter
