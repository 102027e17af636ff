// The end of a deal: sides off, the voltage passed on, meters read, the record kept by both ends.
#include <algorithm>

#include "base/deliberate_bug.hpp"
#include "gridmaster/grid_master.hpp"

namespace musubi::gridmaster {

namespace {

/// A settled deal stays in the store this long for everybody to see, and its units are asked this
/// often whether they have kept it.
constexpr Duration keep_settled = milliseconds(10'000);

/// Test features of the stop: the converters still stop, the deal counts as aborted.
bool fails_late(const Deal& deal) {
  return deal.test_feature == TestFeature::fail_before_stop ||
         deal.test_feature == TestFeature::fail_after_stop ||
         deal.test_feature == TestFeature::fail_before_deactivate ||
         deal.test_feature == TestFeature::fail_after_deactivate;
}

}  // namespace

bool GridMaster::side_is_off(const Pass& pass, UnitId unit, const Deal& deal) const {
  if (bugs::is_on(Bug::stop_without_measuring)) {
    return true;
  }
  const UnitInfo* info = fleet_.find(unit);
  if (info != nullptr && info->acknowledged) {
    const bool told =
        info->sent && std::none_of(info->sent->shares.begin(), info->sent->shares.end(),
                                   [&](const DealShare& share) { return share.deal == deal.id; });
    if (info->sent ? told && info->confirmed() : !info->is_running()) {
      return true;
    }
  }
  return fleet_.is_past_bound(unit, pass.now, taken_at_, pass.context.timing);
}

void GridMaster::after_stop(Pass& pass, const Deal& deal) {
  const DealSide master = master_side(pass.master, pass.reference, pass.context.policy);
  const UnitId slave = deal.unit_on(other_side(master));
  if (deal.phase == DealPhase::running) {
    for (const UnitId unit : {slave, deal.unit_on(master)}) {
      const auto energy = fleet_.energy(unit, deal.id);
      if (energy && energy->share_ended) {
        Deal next = deal;
        next.phase = DealPhase::stopping;
        next.outcome = fails_late(deal) ? DealOutcome::aborted : DealOutcome::completed;
        if (fails_late(deal)) {
          next.stop_reason = Reason(Rule::test_feature, static_cast<double>(deal.test_feature));
        }
        fill_meters(pass, next);
        commit_deal(
            pass, std::move(next), Rule::amount_reached,
            {energy->meter.at(deal.metering_point).value(), static_cast<double>(deal.amount_wh)});
        return;
      }
    }
    return;
  }
  if (deal.phase == DealPhase::stopping) {
    if (!side_is_off(pass, slave, deal)) {
      return;
    }
    Deal next = deal;
    next.phase = DealPhase::stopped;
    next.stop_time = pass.context.wall;
    fill_meters(pass, next);
    next.last_reason = Reason(Rule::slave_side_stopped);
    if (pass_voltage_on(pass, next)) {
      return;
    }
    commit_deal(pass, std::move(next), Rule::slave_side_stopped);
    return;
  }
  // stopped: the master side goes off, or goes on holding the voltage for the others
  if (!pass.releasing && pass_voltage_on(pass, deal)) {
    return;
  }
  const UnitId unit = deal.unit_on(master);
  const bool holds =
      std::find(pass.holding.begin(), pass.holding.end(), unit) != pass.holding.end();
  const bool keeps_voltage = !deal.is_master && unit == pass.reference;
  // A silent unit stays in the set until the bus is formed anew; its deal does not wait for that.
  const bool in_set = pass.context.view.reference_set().contains(unit) &&
                      !fleet_.is_past_bound(unit, pass.now, taken_at_, pass.context.timing);
  // Also a unit that keeps the voltage first takes up that the deal is over: then its meter is
  // final.
  if (!side_is_off(pass, unit, deal) || (!keeps_voltage && (holds || in_set))) {
    return;
  }
  Deal next = deal;
  fill_meters(pass, next);
  next.deactivate_time = pass.context.wall;
  check_meters(pass, next);
  settle(pass, next);
}

bool GridMaster::pass_voltage_on(Pass& pass, const Deal& deal) {
  if (!deal.is_master) {
    return false;
  }
  const DealSide master = master_side(pass.master, pass.reference, pass.context.policy);
  std::vector<const Deal*> going_on;
  for (const Deal* other : pass.active) {
    if (other->id != deal.id && other->phase <= DealPhase::running && !other->stop_requested &&
        !busy_deals_.contains(other->id)) {
      going_on.push_back(other);
    }
  }
  const Succession heir = successor(going_on, pass.reference, master, true, pass.context.policy);
  if (heir.deal == nullptr) {
    return false;
  }
  Deal old = deal;
  old.is_master = false;
  old.reference_unit = UnitId{};
  Deal next = *heir.deal;
  next.is_master = true;
  next.reference_unit = next.unit_on(heir.flip ? other_side(master) : master);
  Transaction t;
  for (const Deal& d : {old, next}) {
    t.conditions.push_back(
        {StoreKey::of_deal(d.id), pass.context.view.revision_of(StoreKey::of_deal(d.id))});
    t.writes.push_back({StoreKey::of_deal(d.id), d});
  }
  commit(pass, std::move(t), {old.id, next.id});
  return true;
}

void GridMaster::fill_meters(const Pass& pass, Deal& deal) const {
  const auto fill = [&](UnitId unit, DealMeter& meter) {
    if (const auto energy = fleet_.energy(unit, deal.id)) {
      meter = energy->meter;
    }
    return fleet_.is_heard(unit, pass.now, pass.context.timing.reference_lease);
  };
  const bool charge_heard = fill(deal.charge_unit, deal.charge_meter);
  const bool discharge_heard = fill(deal.discharge_unit, deal.discharge_meter);
  // What an end that fell silent could not tell is filled in from the other end, and marked so.
  const auto estimate = [](DealMeter& meter, const DealMeter& from) {
    if (from.bus_energy > meter.bus_energy) {
      const WattHours loss = from.battery_energy - from.bus_energy;
      meter.battery_energy = from.bus_energy - loss;
      meter.bus_energy = from.bus_energy;
      meter.estimated = true;
    }
  };
  if (!charge_heard && discharge_heard) {
    estimate(deal.charge_meter, deal.discharge_meter);
  } else if (charge_heard && !discharge_heard) {
    estimate(deal.discharge_meter, deal.charge_meter);
  }
}

void GridMaster::settle(Pass& pass, const Deal& deal) {
  Deal next = deal;
  next.phase = DealPhase::done;
  next.is_master = false;
  next.reference_unit = UnitId{};
  const Reason why = next.outcome == DealOutcome::completed
                         ? Reason(Rule::settled, next.charge_meter.at(next.metering_point).value(),
                                  next.discharge_meter.at(next.metering_point).value())
                         : next.stop_reason;
  if (next.outcome == DealOutcome::open) {
    next.outcome = DealOutcome::aborted;
  }
  next.last_reason = why;
  const auto& view = pass.context.view;
  Transaction t;
  const StoreKey key = StoreKey::of_deal(next.id);
  if (bugs::is_on(Bug::lose_a_deal)) {
    commit(pass, {{}, {{key, std::monostate{}}}}, {next.id});
    return;
  }
  if (bugs::is_on(Bug::settle_twice)) {
    commit(pass, {{}, {{key, next}}}, {next.id});
    commit(pass, {{}, {{key, next}}}, {next.id});
    return;
  }
  t.conditions.push_back({key, view.revision_of(key)});
  for (const UnitId unit : {next.charge_unit, next.discharge_unit}) {
    const std::uint64_t open = view.open_deals(unit);
    t.conditions.push_back({StoreKey::ledger(unit), view.revision_of(StoreKey::ledger(unit))});
    t.writes.push_back({StoreKey::ledger(unit), UnitLedger{unit, open > 0 ? open - 1 : 0}});
  }
  const DealId id = next.id;
  t.writes.push_back({key, std::move(next)});
  commit(pass, std::move(t), {id});
}

void GridMaster::remove_settled(Pass& pass) {
  for (const auto& [id, deal] : pass.context.view.deals()) {
    if (deal.phase != DealPhase::done || busy_deals_.contains(id)) {
      continue;
    }
    Settled& settled = settled_.try_emplace(id, Settled{pass.now, {}, {}}).first->second;
    const bool kept =
        (settled.kept.contains(deal.charge_unit) && settled.kept.contains(deal.discharge_unit)) ||
        bugs::is_on(Bug::settle_without_the_other_end);
    const Instant due =
        (kept ? settled.seen : std::max(settled.seen, settled.asked)) + keep_settled;
    if (pass.now < due) {
      wake_at_ = std::min(wake_at_, due);
      continue;
    }
    if (!kept) {
      settled.asked = pass.now;
      for (const UnitId unit : {deal.charge_unit, deal.discharge_unit}) {
        if (!settled.kept.contains(unit)) {
          pass.out.emplace_back(Send{unit, DealSettled{epoch_, id}});
        }
      }
      continue;
    }
    Transaction t;
    const StoreKey key = StoreKey::of_deal(id);
    t.conditions.push_back({key, pass.context.view.revision_of(key)});
    t.writes.push_back({key, std::monostate{}});
    commit(pass, std::move(t), {id});
  }
  std::erase_if(seen_, [&](const auto& entry) {
    return pass.context.view.find_deal(entry.first) == nullptr;
  });
  std::erase_if(running_since_, [&](const auto& entry) {
    return pass.context.view.find_deal(entry.first) == nullptr;
  });
  std::erase_if(settled_, [&](const auto& entry) {
    return pass.context.view.find_deal(entry.first) == nullptr;
  });
}

}  // namespace musubi::gridmaster
