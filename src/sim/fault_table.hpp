// Which faults act now, and on whom.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "sim/faults.hpp"

namespace musubi::sim {

/// Answers "does it act?" in constant time, because every message, call and request asks.
class FaultTable {
 public:
  using Id = std::uint32_t;
  /// A fault with the indices of its units, in its order; all units where it names none.
  struct Active {
    Id id = 0;
    Fault fault;
    std::vector<std::uint32_t> units;
    Instant ends = Instant::max();

    [[nodiscard]] bool strikes(std::uint32_t unit) const;
  };

  explicit FaultTable(const std::vector<UnitId>& units);

  /// The fault's units are known, its value and number of units are what its kind wants; else the
  /// contract is broken.
  void check(const Fault& fault) const;
  /// The indices of a fault's units; all where it names none.
  [[nodiscard]] std::vector<std::uint32_t> units_of(const Fault& fault) const;
  /// It acts until end(); checked before.
  Active& begin(const Fault& fault);
  /// None: it has ended.
  [[nodiscard]] Active* find(Id id);
  /// The newest of a kind that acts on the unit; none: nullptr.
  [[nodiscard]] const Active* newest(FaultKind kind, std::uint32_t unit) const;
  void end(Id id);
  /// Takes a fault of the kind off the unit where one waits for it. True: one did.
  bool spend(FaultKind kind, std::uint32_t unit);

  [[nodiscard]] bool any() const { return !active_.empty(); }
  [[nodiscard]] bool acts(FaultKind kind) const { return count_[at(kind)] > 0; }
  [[nodiscard]] bool acts(FaultKind kind, std::uint32_t unit) const {
    return count_[at(kind)] > 0 && unit_count_[at(kind) * units_ + unit] > 0;
  }
  /// Sum of the values of that kind on the unit.
  [[nodiscard]] double sum(FaultKind kind, std::uint32_t unit) const;
  /// In the order in which they began.
  [[nodiscard]] const std::vector<Active>& active() const { return active_; }

 private:
  static std::size_t at(FaultKind kind) { return static_cast<std::size_t>(kind); }

  std::map<UnitId, std::uint32_t> by_id_;
  std::size_t units_;
  std::vector<Active> active_;
  std::vector<std::uint32_t> count_;
  std::vector<std::uint32_t> unit_count_;
  Id next_ = 0;
};

}  // namespace musubi::sim
