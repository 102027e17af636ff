#include "domain/cluster_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace musubi {
namespace {

constexpr UnitId e1("E001");
constexpr UnitId e2("E002");
constexpr UnitId e3("E003");

Deal deal_between(std::uint64_t id, UnitId charger, UnitId discharger, double current_a = 1.0) {
  Deal deal;
  deal.id = {0, id};
  deal.charge_unit = charger;
  deal.discharge_unit = discharger;
  deal.current = Amperes(current_a);
  deal.amount_wh = 50;
  return deal;
}

/// All or nothing, one revision for each transaction that holds.
class TinyStore {
 public:
  bool commit(const Transaction& t) {
    for (const auto& condition : t.conditions) {
      const auto it = records_.find(condition.key);
      if ((it == records_.end() ? 0 : it->second.revision) != condition.revision) {
        return false;
      }
    }
    ++revision_;
    for (const auto& write : t.writes) {
      const StoreRecord record{write.key, revision_, write.value};
      history_.push_back(record);
      if (std::holds_alternative<std::monostate>(write.value)) {
        records_.erase(write.key);
      } else {
        records_[write.key] = record;
      }
    }
    return true;
  }
  /// Brings a view up to date.
  void watch(ClusterView& view) const {
    for (const auto& record : history_) {
      if (record.revision > view.newest()) {
        pending_.push_back(record);
      }
    }
    for (const auto& record : pending_) {
      view.apply(record);
    }
    pending_.clear();
  }

 private:
  Revision revision_ = 0;
  std::map<StoreKey, StoreRecord> records_;
  std::vector<StoreRecord> history_;
  mutable std::vector<StoreRecord> pending_;
};

TEST(ClusterViewTest, ANewViewKnowsNothing) {
  const ClusterView view;
  EXPECT_TRUE(view.role_holder().empty());
  EXPECT_EQ(view.epoch(), 0U);
  EXPECT_TRUE(view.members().empty());
  EXPECT_TRUE(view.deals().empty());
  EXPECT_EQ(view.find_deal({0, 1}), nullptr);
  EXPECT_EQ(view.open_deals(e1), 0U);
  EXPECT_EQ(view.revision_of(StoreKey::role()), 0U);
  EXPECT_FALSE(view.mode());
  EXPECT_FALSE(view.bus_latch());
  EXPECT_TRUE(view.reference_set().units.empty());
}

TEST(ClusterViewTest, EachKindOfRecordIsTakenUp) {
  ClusterView view;
  view.apply({StoreKey::role(), 5, RoleRecord{e2}});
  view.apply({StoreKey::member(e1), 6, MemberRecord{e1, 3, 9, Amperes(2.3)}});
  view.apply({StoreKey::of_deal({0, 1}), 7, deal_between(1, e1, e2)});
  view.apply({StoreKey::reference_set(), 8, ReferenceSet{{e1}}});
  view.apply({StoreKey::ledger(e1), 9, UnitLedger{e1, 4}});
  view.apply({StoreKey::mode(), 10, ModeRecord{OperationMode::manual}});
  view.apply({StoreKey::bus_latch(), 11, BusLatch{Reason(Rule::bus_lost)}});
  EXPECT_EQ(view.role_holder(), e2);
  EXPECT_EQ(view.epoch(), 5U);
  EXPECT_EQ(view.members().at(e1).boot, 3U);
  ASSERT_NE(view.find_deal({0, 1}), nullptr);
  EXPECT_EQ(view.find_deal({0, 1})->charge_unit, e1);
  EXPECT_TRUE(view.reference_set().contains(e1));
  EXPECT_EQ(view.open_deals(e1), 4U);
  EXPECT_EQ(view.mode(), OperationMode::manual);
  EXPECT_EQ(view.bus_latch()->reason.rule, Rule::bus_lost);
  EXPECT_EQ(view.revision_of(StoreKey::ledger(e1)), 9U);
  EXPECT_EQ(view.newest(), 11U);
}

TEST(ClusterViewTest, EachKindOfRecordCanBeDeleted) {
  ClusterView view;
  const std::vector<std::pair<StoreKey, StoreValue>> records{
      {StoreKey::role(), RoleRecord{e2}},
      {StoreKey::member(e1), MemberRecord{e1, 3, 9, Amperes(2.3)}},
      {StoreKey::of_deal({0, 1}), deal_between(1, e1, e2)},
      {StoreKey::reference_set(), ReferenceSet{{e1}}},
      {StoreKey::ledger(e1), UnitLedger{e1, 4}},
      {StoreKey::mode(), ModeRecord{OperationMode::manual}},
      {StoreKey::bus_latch(), BusLatch{Reason(Rule::bus_lost)}},
  };
  for (const auto& [key, value] : records) {
    view.apply({key, 5, value});
    EXPECT_EQ(view.revision_of(key), 5U);
  }
  for (const auto& [key, value] : records) {
    view.apply({key, 6, std::monostate{}});
    EXPECT_EQ(view.revision_of(key), 0U);
  }
  EXPECT_TRUE(view.role_holder().empty());
  EXPECT_TRUE(view.members().empty());
  EXPECT_TRUE(view.deals().empty());
  EXPECT_TRUE(view.reference_set().units.empty());
  EXPECT_EQ(view.open_deals(e1), 0U);
  EXPECT_FALSE(view.mode());
  EXPECT_FALSE(view.bus_latch());
  EXPECT_EQ(view.newest(), 6U);
}

TEST(ClusterViewTest, AnOlderOrRepeatedRevisionOfAKeyIsIgnored) {
  ClusterView view;
  view.apply({StoreKey::role(), 7, RoleRecord{e2}});
  view.apply({StoreKey::role(), 6, RoleRecord{e1}});
  view.apply({StoreKey::role(), 7, RoleRecord{e3}});
  view.apply({StoreKey::role(), 6, std::monostate{}});
  EXPECT_EQ(view.role_holder(), e2);
  EXPECT_EQ(view.epoch(), 7U);
}

TEST(LoadTest, OpenDealsOfAUnitAddUp) {
  ClusterView view;
  Deal first = deal_between(1, e1, e2, 1.0);
  first.phase = DealPhase::running;
  first.charge_meter.battery_energy = WattHours(20);
  first.discharge_meter.battery_energy = WattHours(60);
  view.apply({StoreKey::of_deal(first.id), 1, first});
  view.apply({StoreKey::of_deal({0, 2}), 2, deal_between(2, e1, e3, 0.5)});
  Deal done = deal_between(3, e1, e2, 9.0);
  done.phase = DealPhase::done;
  view.apply({StoreKey::of_deal(done.id), 3, done});
  view.apply({StoreKey::of_deal({0, 4}), 4, deal_between(4, e2, e3, 0.25)});

  const UnitLoad charger = load_of(view, e1);
  EXPECT_EQ(charger.current, Amperes(1.5));
  EXPECT_EQ(charger.direction, Direction::charge);
  EXPECT_EQ(charger.undelivered, WattHours(30 + 50));
  EXPECT_EQ(charger.deals, 2U);
  // more than agreed has flowed there already
  const UnitLoad discharger = load_of(view, e2, {0, 4});
  EXPECT_EQ(discharger.undelivered, WattHours(0));
  EXPECT_EQ(discharger.direction, Direction::discharge);
  EXPECT_EQ(load_of(view, e1, first.id).current, Amperes(0.5));
  EXPECT_EQ(load_of(view, UnitId("E009")).deals, 0U);
  EXPECT_FALSE(load_of(view, UnitId("E009")).direction);
}

TEST(ClusterViewTest, DealsAreFoundByUnitUntilTheyAreDeleted) {
  ClusterView view;
  const auto ids = [&](UnitId unit) {
    const auto found = view.deals_of(unit);
    return std::vector<DealId>(found.begin(), found.end());
  };
  view.apply({StoreKey::of_deal({0, 2}), 1, deal_between(2, e1, e2)});
  view.apply({StoreKey::of_deal({0, 1}), 2, deal_between(1, e3, e1)});
  view.apply({StoreKey::of_deal({0, 2}), 3, deal_between(2, e1, e2, 0.5)});
  EXPECT_EQ(ids(e1), (std::vector<DealId>{{0, 1}, {0, 2}}));
  EXPECT_EQ(ids(e2), (std::vector<DealId>{{0, 2}}));
  view.apply({StoreKey::of_deal({0, 2}), 4, std::monostate{}});
  view.apply({StoreKey::of_deal({0, 7}), 5, std::monostate{}});
  EXPECT_EQ(ids(e1), (std::vector<DealId>{{0, 1}}));
  EXPECT_TRUE(ids(e2).empty());
}

TEST(LoadTest, UndeliveredEnergyIsCountedAtTheDealsMeteringPoint) {
  ClusterView view;
  Deal deal = deal_between(1, e1, e2);
  deal.metering_point = MeteringPoint::bus;
  deal.charge_meter.bus_energy = WattHours(30);
  deal.charge_meter.battery_energy = WattHours(25);
  view.apply({StoreKey::of_deal(deal.id), 1, deal});
  EXPECT_EQ(load_of(view, e1).undelivered, WattHours(20));
}

/// How many deals of a current one converter takes (reference, appendix C).
int slots(double capacity_a, double deal_a) {
  UnitLoad load;
  int count = 0;
  while (!refuses(load, Direction::charge, Amperes(deal_a), Amperes(capacity_a))) {
    load.current += Amperes(deal_a);
    load.direction = Direction::charge;
    ++load.deals;
    ++count;
  }
  return count;
}

TEST(RefusesTest, SlotsAreThoseOfTheReferencesExamples) {
  EXPECT_EQ(slots(2.3, 1.0), 2);
  EXPECT_EQ(slots(2.3, 2.0), 1);
  EXPECT_EQ(slots(2.3, 2.5), 0);
}

TEST(RefusesTest, RoundingCostsNoSlot) {
  EXPECT_EQ(slots(0.3, 0.1), 3);
  EXPECT_FALSE(refuses({Amperes(1.0), Direction::charge, {}, 1}, Direction::charge, Amperes(1.3),
                       Amperes(2.3)));
}

TEST(RefusesTest, AConverterCarriesNoMoreThanItsCapacity) {
  const UnitLoad load{Amperes(1.5), Direction::charge, {}, 1};
  EXPECT_EQ(refuses(load, Direction::charge, Amperes(1.0), Amperes(2.3)),
            Reason(Rule::refused_current, 1.5, 1.0, 2.3));
  EXPECT_FALSE(refuses(load, Direction::charge, Amperes(0.8), Amperes(2.3)));
}

TEST(RefusesTest, DealsOfAUnitNeverPointBothWays) {
  const UnitLoad load{Amperes(0.5), Direction::charge, {}, 1};
  EXPECT_EQ(refuses(load, Direction::discharge, Amperes(0.5), Amperes(2.3)),
            Reason(Rule::refused_direction, -1, 1));
  EXPECT_FALSE(refuses({}, Direction::discharge, Amperes(0.5), Amperes(2.3)));
}

TEST(RefusesTest, TheNumberOfDealsIsBounded) {
  EXPECT_EQ(slots(100.0, 0.01), static_cast<int>(Limits::deals_per_unit));
  const UnitLoad full{Amperes(1), Direction::charge, {}, Limits::deals_per_unit};
  EXPECT_EQ(refuses(full, Direction::charge, Amperes(1), Amperes(100)),
            Reason(Rule::refused_deal_count, 8, 8));
}

TEST(CreationTest, TheTransactionNamesBothLedgersAndTheDeal) {
  ClusterView view;
  view.apply({StoreKey::ledger(e1), 12, UnitLedger{e1, 4}});
  const Deal deal = deal_between(1, e1, e2);
  const Transaction t = creation_of(view, deal);
  EXPECT_EQ(t.conditions, (std::vector<StoreCondition>{{StoreKey::of_deal(deal.id), 0},
                                                       {StoreKey::ledger(e1), 12},
                                                       {StoreKey::ledger(e2), 0}}));
  EXPECT_EQ(t.writes, (std::vector<StoreWrite>{{StoreKey::ledger(e1), UnitLedger{e1, 5}},
                                               {StoreKey::ledger(e2), UnitLedger{e2, 1}},
                                               {StoreKey::of_deal(deal.id), deal}}));
}

TEST(CreationTest, OfTwoDealsThatRaceForTheLastCurrentOneWins) {
  TinyStore store;
  ClusterView view;
  const Deal to_first = deal_between(1, e1, e3, 2.0);
  const Deal to_second = deal_between(2, e2, e3, 2.0);
  ASSERT_FALSE(refuses(load_of(view, e3), Direction::discharge, Amperes(2), Amperes(2.3)));
  const Transaction first = creation_of(view, to_first);
  const Transaction second = creation_of(view, to_second);
  EXPECT_TRUE(store.commit(first));
  EXPECT_FALSE(store.commit(second));
  store.watch(view);
  EXPECT_EQ(view.deals().size(), 1U);
  EXPECT_TRUE(refuses(load_of(view, e3), Direction::discharge, Amperes(2), Amperes(2.3)));
}

TEST(CreationTest, TheLoserWithRoomLeftWinsOnAFreshView) {
  TinyStore store;
  ClusterView view;
  const Transaction first = creation_of(view, deal_between(1, e1, e3));
  const Deal later = deal_between(2, e2, e3);
  EXPECT_TRUE(store.commit(first));
  EXPECT_FALSE(store.commit(creation_of(view, later)));
  store.watch(view);
  EXPECT_TRUE(store.commit(creation_of(view, later)));
  store.watch(view);
  EXPECT_EQ(load_of(view, e3).deals, 2U);
  EXPECT_EQ(view.open_deals(e3), 2U);
}

TEST(CreationTest, DealsOfOtherUnitsDoNotDisturbEachOther) {
  TinyStore store;
  const ClusterView view;
  EXPECT_TRUE(store.commit(creation_of(view, deal_between(1, e1, e2))));
  EXPECT_TRUE(store.commit(creation_of(view, deal_between(2, UnitId("E004"), e3))));
}

TEST(CreationTest, TheSameDealIsNeverCreatedTwice) {
  TinyStore store;
  const ClusterView view;
  const Transaction t = creation_of(view, deal_between(1, e1, e2));
  EXPECT_TRUE(store.commit(t));
  EXPECT_FALSE(store.commit(t));
}

// Any number of units that look at the store whenever they like and create what they saw fit: no
// converter is ever promised twice.
RC_GTEST_PROP(CreationProperties, RacingDealsNeverExceedACapacityOrADirection, ()) {
  constexpr std::uint64_t units = 4;
  const Amperes capacity(2.3);
  TinyStore store;
  std::vector<ClusterView> views(units);
  const auto name = [](std::uint64_t i) { return UnitId("E00" + std::to_string(i)); };
  std::vector<Transaction> under_way;
  const auto steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    const auto who = *rc::gen::inRange<std::uint64_t>(0, units);
    switch (*rc::gen::inRange(0, 3)) {
    case 0:
      store.watch(views[who]);
      break;
    case 1: {
      const auto partner = (who + *rc::gen::inRange<std::uint64_t>(1, units)) % units;
      const double current_a = *rc::gen::element(0.5, 1.0, 2.0);
      const Deal deal =
          deal_between(static_cast<std::uint64_t>(i) + 1, name(who), name(partner), current_a);
      if (!refuses(load_of(views[who], name(who)), Direction::charge, deal.current, capacity) &&
          !refuses(load_of(views[who], name(partner)), Direction::discharge, deal.current,
                   capacity)) {
        under_way.push_back(creation_of(views[who], deal));
      }
      break;
    }
    default:
      if (!under_way.empty()) {
        const auto index = *rc::gen::inRange<std::size_t>(0, under_way.size());
        store.commit(under_way[index]);
        under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(index));
      }
      break;
    }
    ClusterView truth;
    store.watch(truth);
    for (std::uint64_t u = 0; u < units; ++u) {
      RC_ASSERT(load_of(truth, name(u)).current <= capacity);
      std::size_t charging = 0;
      std::size_t discharging = 0;
      for (const auto& [id, deal] : truth.deals()) {
        charging += deal.charge_unit == name(u) ? 1U : 0U;
        discharging += deal.discharge_unit == name(u) ? 1U : 0U;
      }
      RC_ASSERT(charging == 0U || discharging == 0U);
    }
  }
}

}  // namespace
}  // namespace musubi
