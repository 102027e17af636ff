// One unit's copy of the store, kept up to date by its watch.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "domain/store.hpp"

namespace musubi {

/// The newest records that this unit has seen. Every decision that matters is still made by a
/// transaction that names the revisions it relied on.
class ClusterView {
 public:
  /// Takes up one change; an older revision than the one held is ignored.
  void apply(const StoreRecord& record);

  [[nodiscard]] UnitId role_holder() const { return role_.holder; }
  /// Of the holder's process that took the role or was given it.
  [[nodiscard]] std::uint64_t role_boot() const { return role_.boot; }
  /// The epoch of the present holder; 0 while nobody ever held the role.
  [[nodiscard]] Epoch epoch() const { return role_revision_; }
  [[nodiscard]] const std::map<UnitId, MemberRecord>& members() const { return members_; }
  [[nodiscard]] const std::map<DealId, Deal>& deals() const { return deals_; }
  [[nodiscard]] const Deal* find_deal(DealId id) const;
  /// The deals of a unit, by id.
  [[nodiscard]] std::span<const DealId> deals_of(UnitId unit) const;
  [[nodiscard]] const ReferenceSet& reference_set() const { return reference_set_; }
  [[nodiscard]] std::optional<OperationMode> mode() const { return mode_; }
  [[nodiscard]] const std::optional<BusLatch>& bus_latch() const { return bus_latch_; }
  [[nodiscard]] std::uint64_t open_deals(UnitId unit) const;
  /// Revision of the last write of a key; 0 where the key does not exist.
  [[nodiscard]] Revision revision_of(const StoreKey& key) const;
  [[nodiscard]] Revision newest() const { return newest_; }

 private:
  void put_deal(const Deal& deal);
  void remove_deal(DealId id);

  RoleRecord role_;
  Revision role_revision_ = 0;
  std::map<UnitId, MemberRecord> members_;
  std::map<DealId, Deal> deals_;
  std::map<UnitId, std::vector<DealId>> deals_of_;
  std::map<UnitId, UnitLedger> ledgers_;
  ReferenceSet reference_set_;
  std::optional<OperationMode> mode_;
  std::optional<BusLatch> bus_latch_;
  std::map<StoreKey, Revision> revisions_;
  Revision newest_ = 0;
};

/// What a unit's open deals bind.
struct UnitLoad {
  Amperes current{};                   ///< sum of the deals' currents
  std::optional<Direction> direction;  ///< of all of them; they never differ
  WattHours undelivered{};             ///< still to flow, by the deals' amounts
  std::size_t deals = 0;
};

/// Sums the open deals (not done) of `unit`, leaving out `except`.
UnitLoad load_of(const ClusterView& view, UnitId unit, DealId except = {});

/// Why a unit may not enter a deal, or nothing: its other deals' direction (reference 6.3) and the
/// current that its converter has left. `numbers` of the reason: current in use, asked, capacity.
std::optional<Reason> refuses(const UnitLoad& load, Direction direction, Amperes current,
                              Amperes capacity);

/// The transaction that creates `deal`: it holds only if neither unit began or ended another deal
/// since `view` was taken, so both units' free current and directions were checked on true values.
/// The caller has checked them with refuses().
Transaction creation_of(const ClusterView& view, const Deal& deal);

}  // namespace musubi
