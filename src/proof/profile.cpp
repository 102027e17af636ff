#include "proof/profile.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "base/contract.hpp"
#include "base/prng.hpp"

namespace musubi::proof {

namespace {

using sim::FaultKind;

/// How one kind is drawn.
struct Draw {
  FaultKind kind;
  Profile from;  ///< the mildest profile that has it
  int weight;    ///< against the others
  double least_s;
  double most_s;
  double low = 0.0;  ///< of `value`
  double high = 0.0;
};

constexpr auto draws = std::to_array<Draw>({
    {FaultKind::lose_messages, Profile::mild, 4, 1, 60, 0.02, 0.5},
    {FaultKind::duplicate_messages, Profile::mild, 2, 1, 60, 0.05, 0.5},
    {FaultKind::slow_messages, Profile::mild, 4, 1, 60, 5, 400},
    {FaultKind::cut, Profile::mild, 3, 0.5, 20},
    {FaultKind::store_no_answer, Profile::mild, 3, 1, 30, 0.1, 0.8},
    {FaultKind::watch_gap, Profile::mild, 3, 0.5, 10},
    {FaultKind::clock_rate, Profile::mild, 2, 30, 600, -0.01, 0.01},
    {FaultKind::wall_step, Profile::mild, 2, 0, 0, -4000, 4000},
    {FaultKind::crash, Profile::mild, 8, 0.2, 60},
    {FaultKind::pause, Profile::mild, 5, 0.1, 3},
    {FaultKind::partition, Profile::rough, 4, 0.5, 40},
    {FaultKind::partition_in, Profile::rough, 3, 0.5, 30},
    {FaultKind::partition_out, Profile::rough, 3, 0.5, 30},
    {FaultKind::store_down, Profile::rough, 3, 0.5, 20},
    {FaultKind::store_lost, Profile::rough, 3, 1, 60},
    {FaultKind::lease_slip, Profile::rough, 1, 10, 120, 0.1, 10},
    {FaultKind::board_loss, Profile::rough, 2, 5, 90},
    {FaultKind::pause, Profile::rough, 3, 3, 15},
    {FaultKind::pause_in_write, Profile::rough, 4, 0.2, 15},
    {FaultKind::driver_hang, Profile::rough, 3, 0.5, 25},
    {FaultKind::driver_late, Profile::rough, 2, 1, 20, 0.2, 20},
    {FaultKind::driver_error, Profile::rough, 2, 0.5, 20},
    {FaultKind::driver_forgot, Profile::rough, 2, 0, 0},
    {FaultKind::converter_trips, Profile::rough, 3, 0, 0},
    {FaultKind::battery_denies, Profile::rough, 2, 1, 40},
    {FaultKind::battery_empty, Profile::rough, 1, 0, 0},
    {FaultKind::disk_full, Profile::rough, 2, 1, 60},
    {FaultKind::torn_write, Profile::rough, 1, 0, 0},
    {FaultKind::driver_frozen, Profile::hostile, 2, 0.5, 20},
    {FaultKind::converter_stuck, Profile::hostile, 2, 0.5, 20},
    {FaultKind::converter_ignores, Profile::hostile, 2, 0, 0},
    {FaultKind::converter_bias, Profile::hostile, 2, 1, 30, -0.5, 0.5},
    {FaultKind::foreign_voltage, Profile::hostile, 1, 1, 30, 50, 370},
    {FaultKind::meter_zero, Profile::hostile, 2, 0.5, 30},
    {FaultKind::meter_frozen, Profile::hostile, 2, 0.5, 30},
    {FaultKind::meter_bias, Profile::hostile, 2, 1, 30, -0.2, 0.2},
});

constexpr std::array<FaultKind, 4> away = {FaultKind::crash, FaultKind::board_loss,
                                           FaultKind::pause, FaultKind::pause_in_write};
constexpr std::array<FaultKind, 4> cut_off = {FaultKind::partition, FaultKind::partition_in,
                                              FaultKind::partition_out, FaultKind::store_lost};
constexpr std::array<FaultKind, 17> lying = {
    FaultKind::driver_hang,       FaultKind::driver_late,    FaultKind::driver_error,
    FaultKind::driver_frozen,     FaultKind::driver_forgot,  FaultKind::converter_stuck,
    FaultKind::converter_ignores, FaultKind::converter_bias, FaultKind::converter_trips,
    FaultKind::foreign_voltage,   FaultKind::meter_zero,     FaultKind::meter_frozen,
    FaultKind::meter_bias,        FaultKind::battery_denies, FaultKind::battery_empty,
    FaultKind::board_loss,        FaultKind::pause_in_write};
constexpr Duration lying_gap = milliseconds(20'000);

bool is_one_of(FaultKind kind, std::span<const FaultKind> kinds) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

Instant end_of(const sim::ScheduledFault& fault) {
  return fault.fault.lasts == Duration::max() ? Instant::max() : fault.at + fault.fault.lasts;
}

/// How far apart faults strike, on average.
double mean_gap_s(Profile profile) {
  switch (profile) {
  case Profile::mild:
    return 90.0;
  case Profile::rough:
    return 60.0;
  case Profile::hostile:
    return 35.0;
  }
  return 60.0;
}

double after_gap_s(Prng& prng, double mean_s) { return -mean_s * std::log(1.0 - prng.uniform()); }

/// To the millisecond: schedules are read by people.
Duration rounded(double s) { return milliseconds(static_cast<std::int64_t>(s * 1000.0)); }
double rounded_value(double v) { return std::round(v * 1000.0) / 1000.0; }

UnitId any_unit(Prng& prng, int units) {
  expect(units >= 2, "a community of at least two");
  return unit_numbered(1 + static_cast<int>(prng.below(static_cast<std::uint64_t>(units))));
}

/// How many units a fault of this kind names; 0: everybody, or nobody.
std::size_t drawn_reach(Prng& prng, FaultKind kind, int units) {
  if (kind == FaultKind::store_down || kind == FaultKind::foreign_voltage) {
    return 0;
  }
  const bool may_strike_all = kind == FaultKind::lose_messages ||
                              kind == FaultKind::duplicate_messages ||
                              kind == FaultKind::slow_messages ||
                              kind == FaultKind::store_no_answer || kind == FaultKind::lease_slip;
  if (may_strike_all && prng.below(2) == 0) {
    return 0;
  }
  const bool strikes_two =
      kind == FaultKind::cut || (units >= 5 && prng.below(3) == 0 &&
                                 (kind == FaultKind::partition || kind == FaultKind::partition_in ||
                                  kind == FaultKind::partition_out || kind == FaultKind::crash));
  return strikes_two ? 2 : 1;
}

std::vector<UnitId> drawn_units(Prng& prng, FaultKind kind, int units) {
  const std::size_t reach = drawn_reach(prng, kind, units);
  std::vector<UnitId> struck;
  while (struck.size() < reach) {
    const UnitId next = any_unit(prng, units);
    if (std::find(struck.begin(), struck.end(), next) == struck.end()) {
      struck.push_back(next);
    }
  }
  return struck;
}

std::vector<Target> drawn_targets(Prng& prng, FaultKind kind, int units) {
  constexpr auto tickets = std::to_array<Part>(
      {Part::grid_master, Part::grid_master, Part::grid_master, Part::reference, Part::reference,
       Part::reference, Part::giver, Part::giver, Part::taker, Part::taker, Part::another});
  const std::size_t reach = drawn_reach(prng, kind, units);
  std::vector<Target> targets;
  while (targets.size() < reach) {
    const Target next{tickets[static_cast<std::size_t>(prng.below(tickets.size()))], {}};
    if (std::find(targets.begin(), targets.end(), next) == targets.end()) {
      targets.push_back(next);
    }
  }
  return targets;
}

/// Without its units.
sim::Fault drawn_fault(Prng& prng, Profile profile) {
  std::uint64_t sum = 0;
  for (const Draw& draw : draws) {
    sum += draw.from <= profile ? static_cast<std::uint64_t>(draw.weight) : 0U;
  }
  expect(sum > 0, "every profile has faults");
  std::uint64_t ticket = prng.below(sum);
  const Draw* chosen = draws.data();
  for (const Draw& draw : draws) {
    if (draw.from > profile) {
      continue;
    }
    chosen = &draw;
    if (ticket < static_cast<std::uint64_t>(draw.weight)) {
      break;
    }
    ticket -= static_cast<std::uint64_t>(draw.weight);
  }
  sim::Fault fault;
  fault.kind = chosen->kind;
  fault.value = rounded_value(prng.uniform(chosen->low, chosen->high));
  // Short and long ones alike: even on the logarithm.
  if (!sim::is_at_once(fault.kind)) {
    fault.lasts =
        rounded(chosen->least_s * std::pow(chosen->most_s / chosen->least_s, prng.uniform()));
  }
  return fault;
}

Happening drawn_happening(Prng& prng) {
  struct Ticket {
    Happening when;
    std::uint64_t weight;
  };
  // The shorter a phase, the less it is struck by time.
  constexpr auto tickets = std::to_array<Ticket>({{Happening::created, 2},
                                                  {Happening::activated, 4},
                                                  {Happening::warming_up, 4},
                                                  {Happening::running, 2},
                                                  {Happening::stopping, 4},
                                                  {Happening::stopped, 4},
                                                  {Happening::done, 1},
                                                  {Happening::hand_over_drooped, 1},
                                                  {Happening::hand_over_entered, 1},
                                                  {Happening::hand_over_two_hold, 1},
                                                  {Happening::hand_over_released, 1},
                                                  {Happening::role_taken, 1},
                                                  {Happening::bus_forming, 1},
                                                  {Happening::bus_formed, 1}});
  constexpr std::uint64_t sum =
      std::accumulate(tickets.begin(), tickets.end(), std::uint64_t{0},
                      [](std::uint64_t all, const Ticket& t) { return all + t.weight; });
  std::uint64_t drawn = prng.below(sum);
  for (const Ticket& ticket : tickets) {
    if (drawn < ticket.weight) {
      return ticket.when;
    }
    drawn -= ticket.weight;
  }
  return Happening::running;
}

/// One that can be pulled from `from` on, all of it before `end`.
Trigger drawn_trigger(Prng& prng, Profile profile, int units, Instant from, Instant end) {
  constexpr Duration window = milliseconds(60'000);
  constexpr double least_after_s = 0.001;
  constexpr double most_after_s = 2.0;
  Trigger trigger;
  trigger.fault = drawn_fault(prng, profile);
  trigger.targets = drawn_targets(prng, trigger.fault.kind, units);
  trigger.when = drawn_happening(prng);
  if (prng.below(2) == 0) {
    trigger.after = rounded(least_after_s * std::pow(most_after_s / least_after_s, prng.uniform()));
  }
  trigger.from = from;
  trigger.until = std::min(from + window, std::max(from, end - trigger.after));
  return trigger;
}

/// What the policy has to reckon with: the fault as if it acted all the time in which it can.
sim::ScheduledFault longest(const Trigger& trigger) {
  sim::ScheduledFault fault{trigger.from, trigger.fault};
  fault.fault.units.resize(trigger.targets.size());
  fault.fault.lasts += trigger.until - trigger.from + trigger.after;
  return fault;
}

/// What persons do: one locks a unit out for a while, one looks whether the bus has latched.
void add_persons(std::vector<ScheduledDeed>& deeds, std::uint64_t seed, int units,
                 Duration length) {
  constexpr double mean_gap_s = 900.0;
  Prng prng = Prng::stream(seed, "persons");
  double at_s = after_gap_s(prng, mean_gap_s);
  while (at_s < to_seconds(length)) {
    const UnitId unit = any_unit(prng, units);
    deeds.push_back({Instant{} + rounded(at_s), LockOut{unit, true}});
    at_s += prng.uniform(10.0, 60.0);
    deeds.push_back({Instant{} + rounded(at_s), LockOut{unit, false}});
    at_s += after_gap_s(prng, mean_gap_s);
    deeds.push_back({Instant{} + rounded(at_s), LiftLatch{any_unit(prng, units)}});
    at_s += after_gap_s(prng, mean_gap_s);
  }
  std::stable_sort(deeds.begin(), deeds.end(),
                   [](const ScheduledDeed& a, const ScheduledDeed& b) { return a.at < b.at; });
}

}  // namespace

std::vector<FaultKind> kinds_of(Profile profile) {
  std::vector<FaultKind> kinds;
  for (const Draw& draw : draws) {
    if (draw.from <= profile) {
      kinds.push_back(draw.kind);
    }
  }
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  return kinds;
}

bool may_join(const sim::FaultSchedule& schedule, const sim::ScheduledFault& next, int units) {
  const auto takes_away = [](const sim::Fault& f) {
    return is_one_of(f.kind, away) || is_one_of(f.kind, cut_off);
  };
  const bool is_lying = is_one_of(next.fault.kind, lying);
  const bool is_cut_off = is_one_of(next.fault.kind, cut_off);
  std::size_t gone = takes_away(next.fault) ? next.fault.units.size() : 0;
  for (const auto& other : schedule) {
    const bool acts = end_of(other) >= next.at;
    const bool acted_lately =
        end_of(other) == Instant::max() || end_of(other) + lying_gap >= next.at;
    if (is_lying && acted_lately && is_one_of(other.fault.kind, lying)) {
      return false;
    }
    if (!acts) {
      continue;
    }
    const bool same_kind_twice = other.fault.kind == next.fault.kind;
    if (same_kind_twice || (is_cut_off && is_one_of(other.fault.kind, cut_off))) {
      return false;
    }
    gone += takes_away(next.fault) && takes_away(other.fault) ? other.fault.units.size() : 0;
  }
  return 2 * gone < static_cast<std::size_t>(units);
}

std::vector<ScheduledDeed> drawn_deeds(std::uint64_t seed, int units, Duration length) {
  constexpr double first_s = 8.0;
  constexpr double mean_deal_gap_s = 40.0;
  constexpr double mean_need_gap_s = 600.0;
  Prng prng = Prng::stream(seed, "deeds");
  std::vector<ScheduledDeed> deeds;
  double at_s = first_s;
  double need_s = first_s + prng.uniform(0.0, mean_need_gap_s);
  while (at_s < to_seconds(length)) {
    const Instant at = Instant{} + rounded(at_s);
    const UnitId giver = any_unit(prng, units);
    UnitId taker = any_unit(prng, units);
    while (taker == giver) {
      taker = any_unit(prng, units);
    }
    if (at_s >= need_s) {
      // Batteries that make the two ask and accept by themselves.
      deeds.push_back({at, SetCharge{giver, rounded_value(prng.uniform(91.0, 93.0))}});
      deeds.push_back({at, SetCharge{taker, rounded_value(prng.uniform(52.0, 59.0))}});
      need_s = at_s + after_gap_s(prng, mean_need_gap_s);
    } else {
      deeds.push_back({at, SetCharge{giver, rounded_value(prng.uniform(74.0, 80.0))}});
      deeds.push_back({at, SetCharge{taker, rounded_value(prng.uniform(68.0, 74.0))}});
      ProposeDeal deal;
      deal.giver = giver;
      deal.taker = taker;
      deal.amount_wh = 1 + static_cast<std::int64_t>(prng.below(12));
      deal.current_a = rounded_value(prng.uniform(0.6, 1.6));
      deeds.push_back({at, deal});
    }
    at_s += after_gap_s(prng, mean_deal_gap_s);
  }
  add_persons(deeds, seed, units, length);
  return deeds;
}

Case drawn_case(std::uint64_t seed, int units, Duration length, Profile profile) {
  Case drawn;
  drawn.seed = seed;
  drawn.units = units;
  drawn.length = length;
  drawn.profile = profile;
  Prng prng = Prng::stream(seed, "schedule");
  constexpr double first_s = 5.0;
  bool lost_for_ever = false;
  sim::FaultSchedule reckoned;
  double next_s = first_s;
  while (next_s < to_seconds(length)) {
    const double at_s = next_s;
    next_s += after_gap_s(prng, mean_gap_s(profile));
    const Instant at = Instant{} + rounded(at_s);
    if (prng.below(2) == 0) {
      Trigger trigger = drawn_trigger(prng, profile, units, at, Instant{} + length);
      if (const auto next = longest(trigger); may_join(reckoned, next, units)) {
        reckoned.push_back(next);
        drawn.triggers.push_back(std::move(trigger));
      }
      continue;
    }
    sim::ScheduledFault next{at, drawn_fault(prng, profile)};
    next.fault.units = drawn_units(prng, next.fault.kind, units);
    constexpr std::uint64_t one_in = 8;
    const bool for_ever = next.fault.kind == FaultKind::board_loss && prng.below(one_in) == 0 &&
                          !lost_for_ever && at_s > to_seconds(length) * 0.75;
    if (for_ever) {
      next.fault.lasts = Duration::max();
    }
    if (may_join(reckoned, next, units)) {
      lost_for_ever = lost_for_ever || for_ever;
      reckoned.push_back(next);
      drawn.faults.push_back(std::move(next));
    }
  }
  drawn.deeds = drawn_deeds(seed, units, length);
  return drawn;
}

}  // namespace musubi::proof
