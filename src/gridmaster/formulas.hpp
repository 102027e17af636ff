// The Grid Master's arithmetic, each formula alone and without state (reference 6 and 8).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "domain/deal.hpp"
#include "domain/policy.hpp"
#include "domain/reason.hpp"

namespace musubi::gridmaster {

/// Voltage from which a first deal's bus counts as ramped up: set voltage less the allowance (6.4).
Volts ramped_up_from(Volts set_voltage, const Policy& policy);

/// Below this a bus is dead: a tenth of nominal (control.md 4).
Volts dead_bus_below(const Policy& policy);

/// A bus that nobody holds has decayed by then; what is still live comes from somewhere else.
constexpr Duration bus_decay_allowance = milliseconds(60'000);

/// Voltages that authorisation may try: min + 3 separations, in steps of one separation, up to max
/// less one separation, without the present one (7.6). Sample: 330, 340, 360, 370 around 350.
std::vector<Volts> authorization_voltages(const Policy& policy, Volts present);

/// The bus voltage that suits the batteries of the active deals best (8.1): the mean of the
/// efficient voltages of both units of each deal, clamped. None without any such value.
std::optional<Volts> optimal_voltage(std::span<const Deal* const> active, const Policy& policy);

/// May `added` be activated beside `active` (8.2)? Without topology: the sum of all deal currents
/// against the policy's maximum. With topology: per branch the four sums of deal currents with a
/// discharge or charge unit on the forward or backward side, without netting; a deal whose both
/// units stand on one side sends nothing through the branch and is not counted there.
std::optional<Reason> refuses_current(std::span<const Deal* const> active, const Deal& added,
                                      const Policy& policy);

/// Measured current of one unit.
struct UnitCurrent {
  UnitId unit;
  Amperes current{};
};

/// Net current through a branch: the sum over its forward units (8.3).
Amperes branch_current(const Branch& branch, std::span<const UnitCurrent> currents);

/// The side of every deal on which the voltage reference stands (6.2): the master deal's side that
/// `reference` is on, else the policy's side.
DealSide master_side(const Deal* master_deal, UnitId reference, const Policy& policy);

/// Which end is adjusted to bring the reference's current to its target (6.6): the end opposite to
/// the reference side; none where the reference is the deal's master end and not its reference
/// side.
std::optional<DealSide> adjusted_side(bool master_end_is_reference, DealSide master,
                                      DealSide reference_side);

/// One unit that a compensation may adjust.
struct Adjustable {
  UnitId unit;
  Direction direction = Direction::charge;
  Amperes set{};       ///< magnitude that it was told
  Amperes measured{};  ///< by its own meter, signed
};

/// New magnitudes that take the reference's error e = measured - target away (6.6). Each unit first
/// answers for what its own meter shows it off by; what is left of e is spread evenly. For a single
/// unit this is the reference's rule: charging unit set + e, discharging unit set - e. Results are
/// never negative.
std::vector<Amperes> compensate(Amperes error, std::span<const Adjustable> units);

/// Among deals that go on, the one whose unit takes the voltage over (6.9): a deal whose
/// master-side unit already holds it; then, where large units are named, a deal with one of those;
/// then any; the newest activation first. `flip` says that the slave-side unit takes over.
struct Succession {
  const Deal* deal = nullptr;
  bool flip = false;
};
Succession successor(std::span<const Deal* const> going_on, UnitId reference, DealSide master,
                     bool may_flip, const Policy& policy);

/// Should the reference move to a unit of this new deal because it is large and the present one is
/// not (6.3)? The unit it moves to, or empty; the deal's master side counts first, and a unit on
/// its slave side turns all deals' sides round.
UnitId large_unit_takes_over(const Deal& added, UnitId reference, DealSide master,
                             const Policy& policy);

/// Range in which the reference's current can be while each deal under way may have either, both or
/// none of its sides on.
struct CurrentRange {
  Amperes low{};
  Amperes high{};
  [[nodiscard]] bool within(Amperes capacity) const { return low >= -capacity && high <= capacity; }
  /// Adds a contribution that is somewhere between zero and `current` (signed).
  void widen(Amperes current);
  /// Adds a contribution that is surely there.
  void shift(Amperes current);
};

/// A range of sums of currents in whole nanoamperes: what was added can be taken off again without
/// a rest.
struct ExactRange {
  std::int64_t low_na = 0;
  std::int64_t high_na = 0;

  /// From `low` to `high`, each below 10^9 A.
  [[nodiscard]] static ExactRange of(Amperes low, Amperes high);
  [[nodiscard]] Amperes low() const;
  [[nodiscard]] Amperes high() const;
  ExactRange& operator+=(const ExactRange& other);
  ExactRange& operator-=(const ExactRange& other);
};

}  // namespace musubi::gridmaster
