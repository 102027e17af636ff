#include "domain/cluster_view.hpp"

#include <algorithm>

#include "base/overloaded.hpp"

namespace musubi {

void ClusterView::apply(const StoreRecord& record) {
  auto& known = revisions_[record.key];
  if (record.revision <= known) {
    return;
  }
  known = record.revision;
  newest_ = std::max(newest_, record.revision);
  std::visit(Overloaded{
                 [&](const std::monostate&) {
                   switch (record.key.kind) {
                   case StoreKind::role:
                     role_ = {};
                     break;
                   case StoreKind::member:
                     members_.erase(record.key.unit);
                     break;
                   case StoreKind::deal:
                     remove_deal(record.key.deal);
                     break;
                   case StoreKind::reference_set:
                     reference_set_ = {};
                     break;
                   case StoreKind::ledger:
                     ledgers_.erase(record.key.unit);
                     break;
                   case StoreKind::mode:
                     mode_.reset();
                     break;
                   case StoreKind::bus_latch:
                     bus_latch_.reset();
                     break;
                   }
                   revisions_.erase(record.key);
                 },
                 [&](const RoleRecord& r) {
                   role_ = r;
                   role_revision_ = record.revision;
                 },
                 [&](const MemberRecord& m) { members_[m.unit] = m; },
                 [&](const Deal& d) { put_deal(d); },
                 [&](const ReferenceSet& s) { reference_set_ = s; },
                 [&](const UnitLedger& l) { ledgers_[l.unit] = l; },
                 [&](const ModeRecord& m) { mode_ = m.mode; },
                 [&](const BusLatch& l) { bus_latch_ = l; },
             },
             record.value);
}

void ClusterView::put_deal(const Deal& deal) {
  const auto [it, is_new] = deals_.try_emplace(deal.id, deal);
  if (!is_new) {
    it->second = deal;
    return;
  }
  for (const UnitId unit : {deal.charge_unit, deal.discharge_unit}) {
    auto& ids = deals_of_[unit];
    ids.insert(std::lower_bound(ids.begin(), ids.end(), deal.id), deal.id);
  }
}

void ClusterView::remove_deal(DealId id) {
  const auto it = deals_.find(id);
  if (it == deals_.end()) {
    return;
  }
  for (const UnitId unit : {it->second.charge_unit, it->second.discharge_unit}) {
    const auto of_unit = deals_of_.find(unit);
    std::erase(of_unit->second, id);
    if (of_unit->second.empty()) {
      deals_of_.erase(of_unit);
    }
  }
  deals_.erase(it);
}

std::span<const DealId> ClusterView::deals_of(UnitId unit) const {
  const auto it = deals_of_.find(unit);
  return it == deals_of_.end() ? std::span<const DealId>() : std::span(it->second);
}

const Deal* ClusterView::find_deal(DealId id) const {
  const auto it = deals_.find(id);
  return it == deals_.end() ? nullptr : &it->second;
}

std::uint64_t ClusterView::open_deals(UnitId unit) const {
  const auto it = ledgers_.find(unit);
  return it == ledgers_.end() ? 0 : it->second.open_deals;
}

Revision ClusterView::revision_of(const StoreKey& key) const {
  const auto it = revisions_.find(key);
  return it == revisions_.end() ? 0 : it->second;
}

UnitLoad load_of(const ClusterView& view, UnitId unit, DealId except) {
  UnitLoad load;
  for (const DealId id : view.deals_of(unit)) {
    const Deal& deal = *view.find_deal(id);
    if (id == except || deal.phase == DealPhase::done) {
      continue;
    }
    load.current += deal.current;
    load.direction = deal.direction_of(unit);
    const WattHours moved = deal.meter_of(unit).at(deal.metering_point);
    load.undelivered +=
        WattHours(std::max(0.0, static_cast<double>(deal.amount_wh) - moved.value()));
    ++load.deals;
  }
  return load;
}

std::optional<Reason> refuses(const UnitLoad& load, Direction direction, Amperes current,
                              Amperes capacity) {
  if (load.direction && *load.direction != direction) {
    return Reason(Rule::refused_direction, sign_of(direction), sign_of(*load.direction));
  }
  if (load.deals >= Limits::deals_per_unit) {
    return Reason(Rule::refused_deal_count, static_cast<double>(load.deals),
                  static_cast<double>(Limits::deals_per_unit));
  }
  // a millionth of an ampere of slack: 2.3 A carries 1.0 A + 1.3 A whatever the rounding
  if (load.current + current > capacity + Amperes(1e-6)) {
    return Reason(Rule::refused_current, load.current.value(), current.value(), capacity.value());
  }
  return std::nullopt;
}

Transaction creation_of(const ClusterView& view, const Deal& deal) {
  Transaction t;
  t.conditions.push_back({StoreKey::of_deal(deal.id), 0});
  for (const UnitId unit : {deal.charge_unit, deal.discharge_unit}) {
    t.conditions.push_back({StoreKey::ledger(unit), view.revision_of(StoreKey::ledger(unit))});
    t.writes.push_back({StoreKey::ledger(unit), UnitLedger{unit, view.open_deals(unit) + 1}});
  }
  t.writes.push_back({StoreKey::of_deal(deal.id), deal});
  return t;
}

}  // namespace musubi
