// A unit's own books: voltage times current, per deal, at every sample and set-point change.
#pragma once

#include <optional>

#include "base/bounded_vector.hpp"
#include "domain/reading.hpp"
#include "domain/report.hpp"
#include "domain/set_point.hpp"

namespace musubi::converter {

/// Integrates the unit's measured power over its own monotonic clock and shares it among the deals
/// in force by their currents (reference 6.7). The power of a sample holds until the next sample;
/// each change of set-point brings a sample of its own, so nothing is smeared over a change. What
/// is measured beyond the deals' currents balances the bus and goes to their bus account.
class EnergyMeter {
 public:
  /// The shares in force from `now` on. Deals that are not among them keep their integrals until
  /// forget().
  void set_shares(Instant now, const DealShares& shares);
  /// A new sample of the unit's own meter.
  void sample(Instant now, const Reading& reading);
  /// Brings the integrals up to `now`; ends no share.
  void bring_to(Instant now) { integrate(now); }
  /// Brings the integrals up to `now`; the first share that has reached its end, where one has.
  std::optional<DealId> advance(Instant now);
  /// Takes back what a crash would have lost (from the journal).
  void restore(const DealEnergy& energy);
  void forget(DealId deal);

  /// When the next share reaches its end if the power stays as it is.
  [[nodiscard]] Instant next_end() const;
  [[nodiscard]] const BoundedVector<DealEnergy, Limits::deals_per_unit>& energies() const {
    return energies_;
  }

 private:
  void integrate(Instant now);
  DealEnergy* find(DealId deal);
  /// Part of the measured power that belongs to a share, and to all shares together.
  [[nodiscard]] double fraction_of(const DealShare& share) const;
  [[nodiscard]] Amperes sum_of_shares() const;  ///< of those that have not ended
  [[nodiscard]] bool has_ended(const DealShare& share) const;
  void update_powers();

  DealShares shares_;
  BoundedVector<DealEnergy, Limits::deals_per_unit> energies_;
  Instant integrated_to_{};
  bool sampled_ = false;
  Watts battery_power_{};
  Watts bus_power_{};
  Amperes bus_current_{};
};

}  // namespace musubi::converter
