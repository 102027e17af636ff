#include "physics/plant.hpp"

#include <algorithm>
#include <cmath>

#include "base/contract.hpp"

namespace musubi::physics {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t ns_per_second = 1'000'000'000;
constexpr std::int64_t step_ns = step_seconds * ns_per_second;
constexpr std::int64_t day_ns = step_ns * static_cast<std::int64_t>(steps_per_day);
constexpr double seconds_per_hour = 3600.0;
// The emulator's constant; there is no thermal model.
constexpr Celsius temperature{26.59};
// A battery stops its converter this far beyond full or below its reserve, or within as much again.
constexpr double overrun_pct = 0.2;
constexpr double standing_w = 300.0;
constexpr double longest_check_s = 86400.0;

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

Site on_clock_of(Site site, WallTime start) {
  site.utc_offset_s = start.utc_offset_s;
  return site;
}

std::vector<std::int64_t> changes_of(const UnitParams& unit, WallTime start) {
  std::vector<std::int64_t> changes_ns;
  for (const Outage& outage : unit.outages) {
    const std::int64_t from_ns = (outage.from_unix_ms - start.unix_ms) * 1'000'000;
    expect(outage.from_unix_ms < outage.to_unix_ms &&
               (changes_ns.empty() || changes_ns.back() < from_ns),
           "outages ascending and apart");
    changes_ns.push_back(from_ns);
    changes_ns.push_back((outage.to_unix_ms - start.unix_ms) * 1'000'000);
  }
  return changes_ns;
}

std::vector<ConverterParams> converters_of(const Community& community) {
  std::vector<ConverterParams> converters;
  converters.reserve(community.units.size());
  for (const UnitParams& unit : community.units) {
    converters.push_back(unit.converter);
  }
  return converters;
}

}  // namespace

Plant::Plant(const Community& community, std::uint64_t seed, WallTime start, const Options& options)
    : seed_(seed), options_(options),
      local_start_ns_((start.unix_ms + std::int64_t{start.utc_offset_s} * 1000) * 1'000'000),
      utc_offset_s_(start.utc_offset_s), sky_(on_clock_of(community.site, start), seed),
      bus_(community.units.size(), community.lines, community.bus, converters_of(community)) {
  expect(options.leak_for_test >= 0.0 && options.leak_for_test <= 1.0, "leak from 0 to 1");
  units_.reserve(community.units.size());
  for (const UnitParams& u : community.units) {
    const Battery battery(u.battery, u.first_rsoc);
    units_.push_back(Unit{.name = u.name,
                          .converter = u.converter,
                          .pv = u.pv,
                          .household = Household(u.name, seed, u.load_scale),
                          .pv_series = u.pv_series,
                          .load_series = u.load_series,
                          .house = House(u.house, battery, options.leak_for_test),
                          .dvg = Volts(0.0),
                          .dig = Amperes(0.0),
                          .utility_changes_ns = changes_of(u, start),
                          .utility = u.utility,
                          .view = Accounts{}});
    follow_utility(units_.back());
    begin_step(units_.back());
  }
}

std::int64_t Plant::to_ns(Instant t) const { return (t - options_.origin).count(); }

void Plant::begin_step(Unit& unit) {
  if (unit.committed_ns > 0 && unit.step + 1 < steps_per_day) {
    ++unit.step;
    unit.step_end_ns += step_ns;
    unit.house.decide_switches();
    return;
  }
  const std::int64_t local_ns = local_start_ns_ + unit.committed_ns;
  const DayNumber day = floor_div(local_ns, day_ns);
  const std::int64_t in_day_ns = local_ns - day * day_ns;
  unit.step = static_cast<std::size_t>(in_day_ns / step_ns);
  unit.step_end_ns = unit.committed_ns + step_ns - in_day_ns % step_ns;
  if (day != unit.day) {
    unit.day = day;
    fill_day(unit);
  }
  unit.house.decide_switches();
}

void Plant::fill_day(Unit& unit) {
  const std::int64_t begin_unix_s = unit.day * (day_ns / ns_per_second) - utc_offset_s_;
  if (unit.load_series) {
    unit.load_series->day(begin_unix_s, unit.load_w);
  } else {
    unit.household.day(unit.day, unit.load_w);
  }
  if (unit.pv_series) {
    unit.pv_series->day(begin_unix_s, unit.pv_w);
  } else {
    pv_of_day(unit.pv, sky_.day(unit.day),
              Prng::stream(seed_, "pv/" + unit.name + "/" + std::to_string(unit.day)), unit.pv_w);
  }
}

std::int64_t Plant::utility_change_ns(const Unit& unit) {
  return unit.next_change < unit.utility_changes_ns.size()
             ? unit.utility_changes_ns[unit.next_change]
             : never;
}

void Plant::follow_utility(Unit& unit) {
  while (utility_change_ns(unit) <= unit.committed_ns) {
    ++unit.next_change;
  }
  const bool failed = unit.next_change % 2 == 1;
  unit.house.set_utility(unit.utility && unit.utility_by_hand && !failed);
}

double Plant::converter_loss_w(std::size_t unit) const {
  if (!options_.sharing) {
    return 0.0;
  }
  return converter_loss(options_.loss, units_[unit].mode, Amperes(bus_.current_a(unit))).value();
}

HouseInput Plant::input(std::size_t unit, std::int64_t from_ns, std::int64_t to_ns) const {
  const Unit& u = units_[unit];
  HouseInput in;
  in.pv_w = u.pv_w[u.step];
  in.load_w = u.load_w[u.step];
  in.converter_loss_w = converter_loss_w(unit);
  in.converter_running = running(unit);
  const double ig = bus_.current_a(unit);
  if (ig != 0.0) {
    // The mean power of the span: the voltage may move while the current does not.
    const double vg = to_ns > from_ns ? bus_.voltage_integral_vs(unit, from_ns, to_ns) /
                                            (static_cast<double>(to_ns - from_ns) * 1e-9)
                                      : bus_.voltage_v(unit, to_ns);
    (ig > 0.0 ? in.received_w : in.sent_w) = std::fabs(ig) * vg;
  }
  return in;
}

void Plant::commit(std::size_t unit, std::int64_t t_ns) {
  Unit& u = units_[unit];
  while (u.committed_ns < t_ns) {
    const std::int64_t end_ns = std::min({t_ns, u.step_end_ns, utility_change_ns(u)});
    u.house.advance(input(unit, u.committed_ns, end_ns),
                    static_cast<double>(end_ns - u.committed_ns) * 1e-9);
    u.committed_ns = end_ns;
    if (end_ns == u.step_end_ns) {
      begin_step(u);
    }
    if (end_ns == utility_change_ns(u)) {
      follow_utility(u);
    }
  }
}

House Plant::peek(std::size_t unit, std::int64_t t_ns) {
  const Unit& u = units_[unit];
  // The house would stop at these boundaries anyway, so moving it there changes nothing.
  if (u.step_end_ns <= t_ns) {
    commit(unit, t_ns - (t_ns - u.step_end_ns) % step_ns);
  }
  while (utility_change_ns(u) <= t_ns) {
    commit(unit, utility_change_ns(u));
  }
  House house = u.house;
  if (t_ns > u.committed_ns) {
    house.advance(input(unit, u.committed_ns, t_ns),
                  static_cast<double>(t_ns - u.committed_ns) * 1e-9);
  }
  return house;
}

void Plant::advance(std::int64_t t_ns) {
  expect(t_ns >= 0, "instant not before the plant's origin");
  for (;;) {
    const std::int64_t event_ns = std::min(bus_.piece_end_ns(), next_check_ns_);
    if (event_ns > t_ns) {
      return;
    }
    if (bus_.piece_end_ns() == event_ns) {
      close_piece(event_ns);
      begin_piece(event_ns);
    } else {
      check_batteries(event_ns);
    }
  }
}

// Books what the present piece did to the houses and the bus.
void Plant::close_piece(std::int64_t t_ns) {
  was_idle_.clear();
  for (std::size_t i = 0; i < units_.size(); ++i) {
    if (bus_.current_a(i) != 0.0) {
      commit(i, t_ns);
    } else {
      was_idle_.push_back(i);
    }
  }
  bus_.close(t_ns);
}

void Plant::begin_piece(std::int64_t t_ns) {
  bus_.plan();
  for (const std::size_t i : was_idle_) {
    if (bus_.planned_a()[i] != 0.0) {
      commit(i, t_ns);
    }
  }
  bus_.begin();
}

void Plant::set_bus(std::size_t unit) {
  const Unit& u = units_[unit];
  bus_.set(unit, u.mode, u.dvg, u.dig, u.drg);
}

void Plant::command(std::size_t unit, Instant t, const ConverterSetting& setting) {
  expect(unit < units_.size(), "unit index");
  const std::int64_t t_ns = to_ns(t);
  advance(t_ns);
  if (!options_.sharing) {
    return;
  }
  commit(unit, t_ns);
  close_piece(t_ns);
  Unit& u = units_[unit];
  if (setting.mode) {
    u.mode = *setting.mode;
    u.stopped_itself = false;
  }
  u.dvg = setting.dvg.value_or(u.dvg);
  u.dig = setting.dig.value_or(u.dig);
  u.drg = setting.drg.value_or(u.drg);
  set_bus(unit);
  begin_piece(t_ns);
  schedule_check(t_ns);
}

// Stops converters whose battery cannot give or take any more.
void Plant::check_batteries(std::int64_t t_ns) {
  bool any = false;
  for (std::size_t i = 0; i < units_.size(); ++i) {
    Unit& u = units_[i];
    if (!running(i)) {
      continue;
    }
    commit(i, t_ns);
    const double soc_pct = u.house.battery().raw_rsoc_pct();
    const double reserve_pct = u.house.battery().reserve().value();
    const bool takes = bus_.current_a(i) > 0.0;
    if (takes ? soc_pct > 100.0 + overrun_pct : soc_pct < reserve_pct - overrun_pct) {
      if (!any) {
        close_piece(t_ns);
        any = true;
      }
      u.mode = ConverterMode::waiting;
      u.stopped_itself = true;
      set_bus(i);
    }
  }
  if (any) {
    begin_piece(t_ns);
  }
  schedule_check(t_ns);
}

// The next look: before any running battery can have gone from here to empty or full.
void Plant::schedule_check(std::int64_t t_ns) {
  double soonest_s = longest_check_s;
  bool any = false;
  for (std::size_t i = 0; i < units_.size(); ++i) {
    if (!running(i)) {
      continue;
    }
    any = true;
    commit(i, t_ns);
    const Unit& u = units_[i];
    const Battery& battery = u.house.battery();
    const double bus_w =
        std::max(u.converter.icap, u.dig).value() * std::max(400.0, u.dvg.value()) + standing_w;
    // Between full (or the reserve) and the stop only the bus counts: PV and load already gave way.
    const double overrun_wh = overrun_pct / 100.0 * battery.capacity().value();
    const double reserve_wh = battery.reserve().value() / 100.0 * battery.capacity().value();
    const double down_w = battery.discharge_power_limit().value() + bus_w;
    double wait_h = std::max(0.0, (battery.stored().value() - reserve_wh) / down_w);
    if (u.mode != ConverterMode::discharge) {
      const double up_w = battery.charge_power_limit().value() + bus_w;
      wait_h =
          std::min(wait_h, std::max(0.0, (battery.capacity() - battery.stored()).value() / up_w));
    }
    soonest_s = std::min(soonest_s, (wait_h + overrun_wh / bus_w) * seconds_per_hour);
  }
  next_check_ns_ = never;
  if (any) {
    next_check_ns_ = t_ns + static_cast<std::int64_t>(soonest_s * 1e9) + 1;
  }
}

void Plant::set_utility(std::size_t unit, Instant t, bool present) {
  expect(unit < units_.size(), "unit index");
  advance(to_ns(t));
  commit(unit, to_ns(t));
  units_[unit].utility_by_hand = present;
  follow_utility(units_[unit]);
}

void Plant::set_rsoc(std::size_t unit, Instant t, Percent soc) {
  expect(unit < units_.size(), "unit index");
  advance(to_ns(t));
  commit(unit, to_ns(t));
  units_[unit].house.set_rsoc(soc);
  schedule_check(to_ns(t));
}

void Plant::set_bias(std::size_t unit, Instant t, Amperes bias) {
  expect(unit < units_.size(), "unit index");
  const std::int64_t t_ns = to_ns(t);
  advance(t_ns);
  commit(unit, t_ns);
  close_piece(t_ns);
  bus_.set_bias(unit, bias);
  begin_piece(t_ns);
}

void Plant::trip(std::size_t unit, Instant t) {
  command(unit, t, {.mode = ConverterMode::waiting});
  units_[unit].stopped_itself = options_.sharing;
}

void Plant::set_foreign(Instant t, const std::optional<ForeignSource>& foreign) {
  const std::int64_t t_ns = to_ns(t);
  advance(t_ns);
  close_piece(t_ns);
  bus_.set_foreign(foreign);
  begin_piece(t_ns);
}

Meter Plant::read(std::size_t unit, Instant t) {
  expect(unit < units_.size(), "unit index");
  const std::int64_t t_ns = to_ns(t);
  advance(t_ns);
  const House house = peek(unit, t_ns);
  const Unit& u = units_[unit];
  const HouseFlows flows = house.flows(input(unit, t_ns, t_ns));
  Meter m;
  m.vg = Volts(bus_.voltage_v(unit, t_ns));
  m.ig = Amperes(bus_.current_a(unit));
  m.wg = m.vg * m.ig;
  m.vb = house.battery().voltage_at(Watts(flows.battery_w));
  m.wb = m.wg - Watts(flows.converter_loss_w);
  m.ib = m.wb / m.vb;
  m.tmp = temperature;
  m.rsoc = house.battery().rsoc();
  m.dvg = u.dvg;
  m.drg = u.drg;
  m.dig = u.dig;
  m.mode = u.mode;
  m.stopped_itself = u.stopped_itself;
  return m;
}

HouseReading Plant::read_house(std::size_t unit, Instant t) {
  expect(unit < units_.size(), "unit index");
  const std::int64_t t_ns = to_ns(t);
  advance(t_ns);
  const House house = peek(unit, t_ns);
  const HouseInput in = input(unit, t_ns, t_ns);
  const HouseFlows flows = house.flows(in);
  HouseReading r;
  r.pv_available = Watts(in.pv_w);
  r.pv_used = Watts(flows.pv_used_w);
  r.load = Watts(in.load_w);
  r.load_served = Watts(flows.load_served_w);
  r.grid_import = Watts(flows.grid_import_w);
  r.battery_power = Watts(flows.battery_w);
  r.battery_voltage = house.battery().voltage_at(Watts(flows.battery_w));
  r.bypass = flows.bypass;
  r.charging_from_utility = house.charging_from_utility();
  r.utility = house.utility();
  return r;
}

const Accounts& Plant::accounts(std::size_t unit, Instant t) {
  expect(unit < units_.size(), "unit index");
  advance(to_ns(t));
  units_[unit].view = peek(unit, to_ns(t)).accounts();
  return units_[unit].view;
}

BusAccounts Plant::bus_accounts(Instant t) {
  BusAccounts b;
  for (std::size_t i = 0; i < units_.size(); ++i) {
    const Accounts& a = accounts(i, t);
    b.sent += a.sent;
    b.received += a.received;
  }
  const BusLosses losses = bus_.losses(to_ns(t));
  b.line_loss = WattHours(losses.line_wh);
  b.bleed_loss = WattHours(losses.bleed_wh);
  b.foreign = WattHours(losses.foreign_wh);
  b.stored = bus_.stored(to_ns(t));
  return b;
}

Amperes Plant::line_current(std::size_t line, Instant t) {
  advance(to_ns(t));
  return bus_.line_current(line);
}

std::uint64_t Plant::digest(Instant t) {
  Hasher hasher;
  for (std::size_t i = 0; i < units_.size(); ++i) {
    hasher.add(read(i, t));
    hasher.add(read_house(i, t));
    hasher.add(accounts(i, t));
  }
  hasher.add(bus_accounts(t));
  return hasher.digest();
}

}  // namespace musubi::physics
