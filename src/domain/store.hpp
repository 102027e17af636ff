// What all units must agree on: the records of the strongly consistent store.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <variant>
#include <vector>

#include "base/fields.hpp"
#include "domain/deal.hpp"
#include "domain/modes.hpp"
#include "domain/set_point.hpp"

namespace musubi {

/// Counts every committed transaction of the store. 0 is "never written".
using Revision = std::uint64_t;

/// Who the Grid Master is. Its epoch is the revision at which this record was written.
struct RoleRecord {
  UnitId holder;
  /// Of the holder's process: one that restarted has forgotten what it sent and takes a new epoch.
  std::uint64_t boot = 0;
};
constexpr auto fields(const RoleRecord& r) { return std::tie(r.holder, r.boot); }

/// A running member.
struct MemberRecord {
  UnitId unit;
  std::uint64_t boot = 0;
  PolicyVersion policy_version = 0;
  Amperes current_capacity{};  ///< most that its converter carries
};
constexpr auto fields(const MemberRecord& m) {
  return std::tie(m.unit, m.boot, m.policy_version, m.current_capacity);
}

/// Every unit that may be in CV (control.md section 4).
struct ReferenceSet {
  std::vector<UnitId> units;
  /// How often the bus was formed anew with deals on it, each within Limits::re_formation_window
  /// of the one before.
  int re_formations = 0;
  [[nodiscard]] bool contains(UnitId u) const {
    for (const auto& unit : units) {
      if (unit == u) {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] bool is_only(UnitId u) const { return units.size() == 1 && units.front() == u; }
};
inline auto fields(const ReferenceSet& r) { return std::tie(r.units, r.re_formations); }

/// Touched by every transaction that starts or ends a deal of the unit: the condition that makes
/// checking a unit's free current and writing the deal one step.
struct UnitLedger {
  UnitId unit;
  std::uint64_t open_deals = 0;
};
constexpr auto fields(const UnitLedger& l) { return std::tie(l.unit, l.open_deals); }

/// The community's operation mode where somebody has set one.
struct ModeRecord {
  OperationMode mode = OperationMode::stop;
};
constexpr auto fields(const ModeRecord& m) { return std::tie(m.mode); }

/// The bus may not be formed until a person lifts this.
struct BusLatch {
  Reason reason;
};
constexpr auto fields(const BusLatch& l) { return std::tie(l.reason); }

enum class StoreKind : std::uint8_t { role, member, deal, reference_set, ledger, mode, bus_latch };

/// Where a record lives.
struct StoreKey {
  StoreKind kind = StoreKind::role;
  UnitId unit;  ///< member, ledger
  DealId deal;  ///< deal
  friend constexpr auto operator<=>(const StoreKey&, const StoreKey&) = default;

  static constexpr StoreKey role() { return {StoreKind::role, {}, {}}; }
  static constexpr StoreKey member(UnitId u) { return {StoreKind::member, u, {}}; }
  static constexpr StoreKey of_deal(DealId d) { return {StoreKind::deal, {}, d}; }
  static constexpr StoreKey reference_set() { return {StoreKind::reference_set, {}, {}}; }
  static constexpr StoreKey ledger(UnitId u) { return {StoreKind::ledger, u, {}}; }
  static constexpr StoreKey mode() { return {StoreKind::mode, {}, {}}; }
  static constexpr StoreKey bus_latch() { return {StoreKind::bus_latch, {}, {}}; }
};
constexpr auto fields(const StoreKey& k) { return std::tie(k.kind, k.unit, k.deal); }

/// A record, or monostate: deleted.
using StoreValue = std::variant<std::monostate, RoleRecord, MemberRecord, Deal, ReferenceSet,
                                UnitLedger, ModeRecord, BusLatch>;

/// "This key was last written at this revision" (0: it does not exist).
struct StoreCondition {
  StoreKey key;
  Revision revision = 0;
};
constexpr auto fields(const StoreCondition& c) { return std::tie(c.key, c.revision); }

struct StoreWrite {
  StoreKey key;
  StoreValue value;
};
inline auto fields(const StoreWrite& w) { return std::tie(w.key, w.value); }

/// All writes happen at one revision if every condition holds, else nothing does.
struct Transaction {
  std::vector<StoreCondition> conditions;
  std::vector<StoreWrite> writes;
};
inline auto fields(const Transaction& t) { return std::tie(t.conditions, t.writes); }

/// A record with the revision of its last write.
struct StoreRecord {
  StoreKey key;
  Revision revision = 0;
  StoreValue value;
};
inline auto fields(const StoreRecord& r) { return std::tie(r.key, r.revision, r.value); }

}  // namespace musubi
