// From deal phases to set-points, and the set-points on their way: sequence, stamp, lease.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/deliberate_bug.hpp"
#include "gridmaster/grid_master.hpp"

namespace musubi::gridmaster {

namespace {

constexpr double never_ends_wh = 1e300;

/// A share that takes longer than this has no end worth telling.
constexpr double longest_s = 1e8;

/// Between the end of a slave side's share and of its master side's, and between two batches of
/// ends.
constexpr Duration end_gap = milliseconds(20);

/// An end of a share that was told and has since turned out otherwise by more than this is told
/// again.
constexpr double end_moved_wh = 0.01;

/// Positive when it charges.
Amperes drawn(const SetPoint& s) {
  return s.mode == ConverterMode::charge      ? s.current
         : s.mode == ConverterMode::discharge ? -s.current
                                              : Amperes(0.0);
}

/// A current on its ramp says nothing about how long the rest of the amount takes.
constexpr double flowing_share = 0.5;

/// The deal's energy moves at its full rate, as far as a ramp and losses let one tell.
bool flows(const DealEnergy& energy, const Deal& deal, const Policy& policy) {
  return energy.power >= policy.grid_voltage * deal.current * flowing_share;
}

/// The newest order has no answer yet, and can still be obeyed.
bool is_on_its_way(const UnitInfo& info, Instant now, const ControlTiming& timing) {
  return info.sent && !info.has_answered_all() && now - info.sent_at <= timing.current_lease;
}

/// A unit's share of a deal as it is wanted now, or none.
DealShare* share_of(std::map<UnitId, Want>& wants, UnitId unit, DealId deal) {
  const auto it = wants.find(unit);
  if (it == wants.end()) {
    return nullptr;
  }
  for (DealShare& share : it->second.shares) {
    if (share.deal == deal) {
      return &share;
    }
  }
  return nullptr;
}

bool ends_moved(const DealShares& told, const DealShares& now) {
  return !std::equal(told.begin(), told.end(), now.begin(), now.end(),
                     [](const DealShare& a, const DealShare& b) {
                       return std::fabs((a.ends_at - b.ends_at).value()) <= end_moved_wh;
                     });
}

}  // namespace

void GridMaster::want_currents(Pass& pass) {
  const auto& policy = pass.context.policy;
  const DealSide master = master_side(pass.master, pass.reference, policy);
  const Volts low = std::min(voltage_now_, voltage_goal_);
  const Volts high = std::max(voltage_now_, voltage_goal_);
  const Volts margin = policy.voltage_allowance + policy.voltage_drop_allowance;
  const Volts droop = policy.grid_voltage * pass.context.droop;
  // A unit whose current has not been heard of for a lease's length, or never in this tenure,
  // carries nothing any more: its deals pause.
  const Duration lease = pass.context.timing.current_lease;
  const auto is_absent = [&](UnitId unit) {
    const UnitInfo* info = fleet_.find(unit);
    if (info == nullptr || !info->acknowledged) {
      return pass.now - taken_at_ >= lease;
    }
    return is_constant_current(info->report.set_point.mode) &&
           !fleet_.is_heard(unit, pass.now, lease);
  };
  for (const Deal* deal : pass.active) {
    if (is_absent(deal->charge_unit) || is_absent(deal->discharge_unit)) {
      continue;
    }
    for (const DealSide side : {master, other_side(master)}) {
      const bool is_master_side = side == master;
      const bool on =
          is_master_side ? deal->phase <= DealPhase::stopping : deal->both_sides_active();
      const UnitId unit = deal->unit_on(side);
      if (!on || declines(pass, deal->unit_on(other_side(side)))) {
        continue;
      }
      Want& want = pass.wants[unit];
      const auto& stored = side == DealSide::charge_unit ? deal->charge_compensated_a
                                                         : deal->discharge_compensated_a;
      const Amperes current = stored ? abs(*stored) : deal->current;
      DealShare share;
      share.deal = deal->id;
      share.direction = direction_on(side);
      share.current = current;
      share.ends_at = WattHours(never_ends_wh);
      share.metering_point = deal->metering_point;
      share.metered = deal->phase == DealPhase::running;
      want.shares.push_back(share);
      // A unit that joins to hold the voltage takes it over from waiting, not from a current.
      const bool joins = unit == pass.reference && deal->phase == DealPhase::activated;
      if (want.target.mode == ConverterMode::voltage_reference || !pass.bus_ready || joins) {
        continue;
      }
      want.target.mode = current_mode(direction_on(side));
      want.target.current += current;
      want.target.band_low = low - margin - droop;
      want.target.band_high = high + margin + droop;
      if (want.target.reason.rule == Rule::none) {
        want.target.reason = Reason(Rule::current_of_deals, want.target.current.value(),
                                    static_cast<double>(want.shares.size()), deal->current.value());
      }
    }
  }
  complete_wants(pass);
}

bool GridMaster::declines(const Pass& pass, UnitId unit) const {
  const UnitInfo* info = fleet_.find(unit);
  const Duration suspicion = pass.context.timing.suspicion;
  // One that is not told any more may need the other end first, for the reference to bear it.
  return info != nullptr && info->acknowledged && info->sent && info->has_answered_all() &&
         is_constant_current(info->sent->target.mode) && info->waits_since &&
         pass.now - std::max(*info->waits_since, info->changed_at) >= suspicion &&
         pass.now - info->sent_at <= suspicion * 2;
}

void GridMaster::complete_wants(Pass& pass) {
  for (auto& [unit, want] : pass.wants) {
    const UnitInfo& info = fleet_.at(unit);
    if (is_constant_current(want.target.mode)) {
      // Compensated currents may sum to more than the deals did.
      Amperes& current = want.target.current;
      const Amperes most = info.acknowledged ? info.report.current_capacity : current;
      current = std::clamp(current + info.trim, Amperes(0.0), std::max(most, Amperes(0.0)));
      if (bugs::is_on(Bug::open_gate_to_more)) {
        current = current * 3.0;
      }
      if (info.trim != Amperes(0.0)) {
        want.target.reason = Reason(Rule::compensation, current.value(), info.trim.value());
      }
    }
    if (want.target.mode == ConverterMode::waiting) {
      // The bus is not ready: nothing flows, so nothing is shared.
      want.shares.clear();
      if (want.target.reason.rule == Rule::none) {
        want.target.reason = Reason(Rule::bus_lost);
      }
    }
  }
  for (const auto& [unit, info] : fleet_.all()) {
    const bool something_under_way = info->acknowledged && !info->has_answered_all();
    if (!pass.wants.contains(unit) && (info->is_running() || info->sent || something_under_way)) {
      Want& want = pass.wants[unit];
      want.target.reason = Reason(Rule::deal_side_off);
    }
  }
}

void GridMaster::hold_back(Pass& pass) {
  end_what_must_end(pass);
  for (const UnitId unit : pass.holding) {
    const SetPoint& present = fleet_.at(unit).report.set_point;
    want_reference(pass, unit, present.voltage, present.droop, present.hand_over,
                   Reason(Rule::lease_renewal));
  }
  pass.bus_ready = true;
  want_currents(pass);
  for (auto it = pass.wants.begin(); it != pass.wants.end();) {
    SetPoint& target = it->second.target;
    const SetPoint& present = fleet_.at(it->first).report.set_point;
    if (is_constant_current(target.mode)) {
      target.current = std::min(target.current, present.current);
      target.band_low = present.band_low;
      target.band_high = present.band_high;
    }
    // Nobody begins anything; who waits goes on waiting.
    const bool begins = target.mode != ConverterMode::waiting && target.mode != present.mode;
    it = begins ? pass.wants.erase(it) : std::next(it);
  }
  set_share_ends(pass);
  send_wants(pass);
}

void GridMaster::set_share_ends(Pass& pass) {
  const auto& policy = pass.context.policy;
  const DealSide master = master_side(pass.master, pass.reference, policy);
  struct Ending {
    const Deal* deal;
    Duration in;
  };
  std::vector<Ending> endings;
  for (const Deal* deal : pass.active) {
    if (deal->phase != DealPhase::running) {
      continue;
    }
    const UnitId meter = deal->unit_on(policy.reference_side);
    const UnitInfo* info = fleet_.find(meter);
    const auto energy = fleet_.energy(meter, deal->id);
    if (!energy || info == nullptr) {
      continue;
    }
    if (!flows(*energy, *deal, policy)) {
      // When is not known; by its own meter how much is.
      if (DealShare* share = share_of(pass.wants, meter, deal->id)) {
        share->ends_at = WattHours(static_cast<double>(deal->amount_wh));
      }
      continue;
    }
    const Duration old = pass.now - info->heard_at;
    const WattHours moved = energy->meter.at(deal->metering_point) + energy->power * old;
    const double left_wh = std::max(0.0, static_cast<double>(deal->amount_wh) - moved.value());
    endings.push_back(
        {deal, seconds(std::min(left_wh * 3600.0 / energy->power.value(), longest_s))});
  }
  std::sort(endings.begin(), endings.end(), [](const Ending& a, const Ending& b) {
    return a.in != b.in ? a.in < b.in : a.deal->id < b.deal->id;
  });
  // Ends that fall together are drawn apart, earlier ones earlier, so that never more sides are
  // unpaired at once than the reference can stand in for.
  const auto member = pass.context.view.members().find(pass.reference);
  const double capacity_a =
      member == pass.context.view.members().end() ? 0.0 : member->second.current_capacity.value();
  const double largest_a = std::max(0.1, policy.deal_current.value());
  const double sign = sign_of(direction_on(master));
  const double present_a =
      sign > 0 ? pass.reference_range.high.value() : -pass.reference_range.low.value();
  const auto together = static_cast<std::size_t>(
      std::max(1.0, std::floor((capacity_a + std::max(0.0, present_a)) / largest_a)));
  for (std::size_t i = endings.size(); i-- > 0;) {
    if (i + together < endings.size()) {
      const Duration latest = endings[i + together].in - end_gap * 2;
      if (latest < endings[i].in && latest > Duration::zero()) {
        endings[i].in = latest;
      }
    }
  }
  for (const auto& ending : endings) {
    tell_end(pass, *ending.deal, ending.in, master);
  }
}

void GridMaster::tell_end(Pass& pass, const Deal& deal, Duration in, DealSide master) {
  for (const DealSide side : {DealSide::charge_unit, DealSide::discharge_unit}) {
    const UnitId unit = deal.unit_on(side);
    const UnitInfo* info = fleet_.find(unit);
    const auto own = fleet_.energy(unit, deal.id);
    // Also at the reference: its meter leaves a deal that is over, without a Grid Master too.
    DealShare* share = share_of(pass.wants, unit, deal.id);
    if (share == nullptr || pass.wants[unit].target.mode == ConverterMode::waiting || !own ||
        info == nullptr || !flows(*own, deal, pass.context.policy)) {
      continue;
    }
    const Duration left = pass.now - info->heard_at + (side == master ? in + end_gap : in);
    share->ends_at = own->meter.at(deal.metering_point);
    if (!own->share_ended) {
      share->ends_at += own->power * left;
    }
  }
}

Duration GridMaster::validity_for(const Pass& pass, const UnitInfo& info,
                                  const SetPoint& target) const {
  const auto& timing = pass.context.timing;
  const Instant from = info.heard_at;  // the stamp is not younger
  Duration validity = target.mode == ConverterMode::voltage_reference ? timing.reference_lease
                                                                      : timing.current_lease;
  Instant end = role_until_;
  if (is_constant_current(target.mode) && !bugs::is_on(Bug::current_outlives_reference)) {
    // No constant current outlives the reference that has confirmed its own end.
    Instant confirmed{};
    for (const UnitId unit : pass.holding) {
      // One that is told to let go holds nothing up.
      const auto want = pass.wants.find(unit);
      const bool goes_on =
          want != pass.wants.end() && want->second.target.mode == ConverterMode::voltage_reference;
      if (goes_on && pass.context.view.reference_set().contains(unit)) {
        confirmed = std::max(confirmed, fleet_.find(unit)->confirmed_end);
      }
    }
    end = std::min(end, confirmed - timing.device_stop_bound);
  }
  const Duration until_end = (end - from) * 99 / 100;
  return std::min(validity, until_end);
}

GridMaster::Sums GridMaster::Sums::of(Amperes present, Amperes next, bool sure, bool goes_on) {
  const Amperes surely = sure ? next : Amperes(0.0);
  const Amperes carried = abs(next) < abs(present) ? next : present;
  const Amperes at_last = goes_on ? carried : Amperes(0.0);
  return {ExactRange::of(std::min({present, next, surely}), std::max({present, next, surely})),
          ExactRange::of(std::min(carried, at_last), std::max(carried, at_last))};
}

GridMaster::Sums& GridMaster::Sums::operator+=(const Sums& other) {
  possible += other.possible;
  expected += other.expected;
  return *this;
}

GridMaster::Sums& GridMaster::Sums::operator-=(const Sums& other) {
  possible -= other.possible;
  expected -= other.expected;
  return *this;
}

GridMaster::Sums GridMaster::carried_by(const Pass& pass, const UnitInfo& info) const {
  const auto& timing = pass.context.timing;
  if (!info.acknowledged) {
    return {};
  }
  const Amperes present = drawn(info.report.set_point);
  const Amperes next = is_on_its_way(info, pass.now, timing) ? drawn(info.sent->target) : present;
  const bool is_idle = present == Amperes(0.0) && next == Amperes(0.0);
  // What an idle unit reported long ago is over.
  if (is_idle || Fleet::is_past_bound(&info, pass.now, taken_at_, timing)) {
    return {};
  }
  const Duration silence = pass.now - info.heard_at;
  // A silent unit's lease is about to end.
  const bool is_leased = info.report.lease_remaining - silence > timing.heartbeat;
  return Sums::of(present, next, is_leased && silence <= timing.suspicion,
                  is_leased && silence <= timing.current_lease - timing.suspicion);
}

GridMaster::Sums GridMaster::carried_by_all(const Pass& pass) const {
  Sums sums;
  std::map<UnitId, Amperes> unheard;
  for (const Deal* deal : pass.active) {
    for (const UnitId end : {deal->charge_unit, deal->discharge_unit}) {
      const UnitInfo* info = fleet_.find(end);
      if (end != pass.reference && deal->both_sides_active() &&
          (info == nullptr || !info->acknowledged)) {
        unheard[end] += deal->current * sign_of(deal->direction_of(end));
      }
    }
  }
  for (const auto& [id, current] : unheard) {
    // Of a unit that this tenure has not heard of yet the lease may be older than the tenure, or
    // over.
    sums +=
        Sums::of(current, current, false, pass.now - taken_at_ <= pass.context.timing.heartbeat);
  }
  for (const auto& [id, info] : fleet_.all()) {
    sums += carried_by(pass, *info);
  }
  return sums;
}

GridMaster::Sums GridMaster::carried_by_others(Pass& pass, const UnitInfo& info) const {
  if (!pass.carried) {
    pass.carried = carried_by_all(pass);
  }
  Sums sums = *pass.carried;
  sums -= carried_by(pass, info);
  return sums;
}

bool GridMaster::is_overrun(const Pass& pass, const MemberRecord& reference) const {
  constexpr double nearly = 0.95;
  const UnitInfo* info = fleet_.find(reference.unit);
  if (info == nullptr || !info->acknowledged ||
      info->report.set_point.mode != ConverterMode::voltage_reference) {
    return false;
  }
  const Reading& reading = info->report.reading;
  return reading.grid_a && abs(*reading.grid_a) >= reference.current_capacity * nearly &&
         reading.grid_v &&
         abs(*reading.grid_v - info->report.set_point.voltage) >
             pass.context.policy.voltage_allowance +
                 info->report.set_point.voltage * info->report.set_point.droop;
}

void GridMaster::keep_bearable(Pass& pass, UnitId unit, SetPoint& target) const {
  const auto& members = pass.context.view.members();
  const auto reference = members.find(pass.reference);
  // An order that is on its way counts as carried out: else the unit's reports, one behind the
  // orders, would turn each into the other without end.
  const UnitInfo& info = *fleet_.find(unit);
  const SetPoint& present = is_on_its_way(info, pass.now, pass.context.timing)
                                ? info.sent->target
                                : info.report.set_point;
  if (!is_constant_current(target.mode) || reference == members.end() ||
      present.mode == ConverterMode::voltage_reference) {
    return;
  }
  // What has been trimmed away is no current of the reference. One that is measured at its end
  // carries too much, whatever was told.
  constexpr double with_trims = 1.05;
  constexpr double when_overrun = 0.9;
  const Amperes limit = reference->second.current_capacity *
                        (is_overrun(pass, reference->second) ? when_overrun : with_trims);
  const Sums sums = carried_by_others(pass, info);
  const auto most = [&](const ExactRange& others) {
    const Amperes room =
        target.mode == ConverterMode::charge ? limit - others.high() : limit + others.low();
    return std::max(room, Amperes(0.0));
  };
  if (raises(present, target) && target.current > most(sums.possible)) {
    target.current = present.mode == target.mode ? present.current : Amperes(0.0);
  }
  target.current = std::min(target.current, most(sums.expected));
}

void GridMaster::send_wants(Pass& pass) {
  // Reductions first: what goes off makes room for what comes on.
  for (const bool reductions : {true, false}) {
    for (auto& [unit, want] : pass.wants) {
      UnitInfo& info = fleet_.at(unit);
      const SetPoint& present = info.report.set_point;
      const bool reduces = !raises(info.sent ? info.sent->target : present, want.target);
      if (reduces != reductions) {
        continue;
      }
      send_if_due(pass, unit, want);
    }
  }
}

void GridMaster::send_if_due(Pass& pass, UnitId unit, Want want) {
  const auto& timing = pass.context.timing;
  UnitInfo& info = fleet_.at(unit);
  const SetPoint& present = info.report.set_point;
  if (info.acknowledged) {
    const Amperes wanted = want.target.current;
    keep_bearable(pass, unit, want.target);
    const bool begins = present.mode != want.target.mode;
    if (begins && want.target.current < wanted) {
      return;
    }
  }
  const bool changed =
      !info.sent || !same_order(info.sent->target, want.target) ||
      info.sent->shares.size() != want.shares.size() ||
      !std::equal(want.shares.begin(), want.shares.end(), info.sent->shares.begin(),
                  [](const DealShare& a, const DealShare& b) {
                    return a.deal == b.deal && a.metered == b.metered;
                  });
  const bool waits = want.target.mode == ConverterMode::waiting;
  if (waits && !info.is_running() && info.acknowledged && info.has_answered_all() &&
      (!info.sent || info.confirmed())) {
    info.sent.reset();
    return;
  }
  if (!info.acknowledged) {
    ask_report(pass, unit);
    return;
  }
  const bool raise = raises(present, want.target);
  if (raise && !pass.raise_allowed) {
    return;
  }
  // It may hold the voltage by the time a current arrives, and would refuse it.
  if (is_constant_current(want.target.mode) && is_on_its_way(info, pass.now, timing) &&
      info.sent->target.mode == ConverterMode::voltage_reference) {
    ask_report(pass, unit);
    return;
  }
  // Nothing begins that would end at once.
  if (raise && validity_for(pass, info, want.target) < timing.heartbeat * 4) {
    if (pass.now - info.heard_at > timing.heartbeat) {
      ask_report(pass, unit);
    }
    return;
  }
  if (changed) {
    // A first command needs a fresh stamp, or its lease would be half over on arrival.
    if (!waits && pass.now - info.heard_at > timing.heartbeat * 2) {
      ask_report(pass, unit);
      return;
    }
    send(pass, unit, want, true);
  } else if (info.heard_at > info.sent_at && (pass.now - info.sent_at >= timing.heartbeat / 2 ||
                                              ends_moved(info.sent->shares, want.shares))) {
    send(pass, unit, want, false);
  } else if (pass.now - std::max(info.heard_at, info.sent_at) >= timing.heartbeat * 2) {
    if (waits) {
      send(pass, unit, want, false);
    } else {
      ask_report(pass, unit);
    }
  }
}

void GridMaster::send(Pass& pass, UnitId unit, const Want& want, bool is_new) {
  UnitInfo& info = fleet_.at(unit);
  SetPointCommand command;
  command.epoch = epoch_;
  command.stamp = info.report.stamp;
  command.validity = want.target.mode == ConverterMode::waiting
                         ? pass.context.timing.current_lease
                         : validity_for(pass, info, want.target);
  command.policy_version = pass.context.policy_version;
  command.target = want.target;
  command.shares = want.shares;
  if (command.validity <= Duration::zero()) {
    return;
  }
  const Sums before = carried_by(pass, info);
  command.sequence = next_sequence_++;
  info.sequence = command.sequence;
  if (is_new) {
    info.want_sequence = command.sequence;
    info.changed_at = pass.now;
  }
  info.sent_at = pass.now;
  info.sent = want;
  if (pass.carried) {
    *pass.carried -= before;
    *pass.carried += carried_by(pass, info);
  }
  if (info.sendings.full()) {
    info.sendings.erase_at(0);
  }
  info.sendings.push_back({command.sequence, pass.now});
  pass.out.emplace_back(Send{unit, CommandMessage{command}});
}

}  // namespace musubi::gridmaster
