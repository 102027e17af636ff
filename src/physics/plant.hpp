// The plant: all houses of a community and the bus between them, in virtual or real time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/fields.hpp"
#include "physics/community.hpp"
#include "physics/converter.hpp"
#include "physics/dc_bus.hpp"
#include "physics/house.hpp"
#include "physics/load.hpp"
#include "physics/sky.hpp"
#include "units/quantity.hpp"
#include "units/time.hpp"

namespace musubi::physics {

/// True values at a converter. Currents and powers are positive when the unit takes from the bus.
struct Meter {
  Volts vg;
  Amperes ig;
  Watts wg;
  /// Battery side of the converter: wb = wg - loss, ib = wb / vb.
  Volts vb;
  Amperes ib;
  Watts wb;
  Celsius tmp;
  Percent rsoc;
  /// Set-points as commanded.
  Volts dvg;
  double drg = 0.0;
  Amperes dig;
  ConverterMode mode = ConverterMode::waiting;
  /// The converter stopped by itself: its battery was empty or full, or it tripped. A command with
  /// a mode clears it.
  bool stopped_itself = false;
};
constexpr auto fields(const Meter& m) {
  return std::tie(m.vg, m.ig, m.wg, m.vb, m.ib, m.wb, m.tmp, m.rsoc, m.dvg, m.drg, m.dig, m.mode,
                  m.stopped_itself);
}

/// True values inside a house.
struct HouseReading {
  Watts pv_available;
  Watts pv_used;
  Watts load;
  Watts load_served;
  Watts grid_import;
  /// Whole battery, positive when charging.
  Watts battery_power;
  Volts battery_voltage;
  bool bypass = false;
  bool charging_from_utility = false;
  bool utility = true;
};
constexpr auto fields(const HouseReading& r) {
  return std::tie(r.pv_available, r.pv_used, r.load, r.load_served, r.grid_import, r.battery_power,
                  r.battery_voltage, r.bypass, r.charging_from_utility, r.utility);
}

/// Cumulated true energies of the bus; each its own sum.
struct BusAccounts {
  /// Sums over all units.
  WattHours sent;
  WattHours received;
  WattHours line_loss;
  WattHours bleed_loss;
  /// Brought in by a foreign source; below 0 where it took.
  WattHours foreign;
  /// In the capacitance now; 0 at the beginning.
  WattHours stored;

  /// What the books miss: 0 to rounding while the model conserves energy.
  [[nodiscard]] WattHours imbalance() const {
    return sent + foreign - received - line_loss - bleed_loss - stored;
  }
};
constexpr auto fields(const BusAccounts& b) {
  return std::tie(b.sent, b.received, b.line_loss, b.bleed_loss, b.foreign, b.stored);
}

/// One deterministic model of a community. Houses have clocks of their own and are advanced only
/// when somebody looks or the bus changes; looking never changes what happens later.
/// Instants handed in never decrease, whatever the unit; the first is `Options::origin`.
class Plant {
 public:
  struct Options {
    LossModel loss = LossModel::curve;
    /// Without sharing there are no converters: no standby loss, and commands do nothing.
    bool sharing = true;
    /// Share of the received energy that vanishes unbooked, 0 to 1: shows that a conservation
    /// checker notices. 0 outside tests.
    double leak_for_test = 0.0;
    /// The instant of `start`.
    Instant origin{};
  };

  /// `start` gives the local clock, also of the sun. The bus begins dead, all converters waiting
  /// with dvg 0 V, dig 0 A.
  Plant(const Community& community, std::uint64_t seed, WallTime start, const Options& options);

  [[nodiscard]] std::size_t size() const { return units_.size(); }
  [[nodiscard]] const std::string& name(std::size_t unit) const { return units_[unit].name; }

  /// True values at the converter of `unit` at `t`.
  [[nodiscard]] Meter read(std::size_t unit, Instant t);
  /// True values inside the house of `unit` at `t`.
  [[nodiscard]] HouseReading read_house(std::size_t unit, Instant t);
  /// The books of `unit` at `t`. Valid until the next call for this unit.
  const Accounts& accounts(std::size_t unit, Instant t);
  /// The books of the bus at `t`.
  [[nodiscard]] BusAccounts bus_accounts(Instant t);
  /// Current of a line of the community at `t`, from its `from` to its `to`; NaN for 0 Ohm.
  [[nodiscard]] Amperes line_current(std::size_t line, Instant t);

  /// Changes what `setting` names at `t`. The converter takes any value that is not negative:
  /// limits are the business of safety gates.
  void command(std::size_t unit, Instant t, const ConverterSetting& setting);
  /// The utility of a house fails or returns. It is there while this, and the community, have it.
  void set_utility(std::size_t unit, Instant t, bool present);
  /// Sets a state of charge by hand, 0 to 100; booked as adjusted.
  void set_rsoc(std::size_t unit, Instant t, Percent soc);

  /// The converter's current is off by `bias`, added to the magnitude that is set, in CC.
  void set_bias(std::size_t unit, Instant t, Amperes bias);
  /// The converter goes to waiting by itself.
  void trip(std::size_t unit, Instant t);
  /// Something else holds a voltage on the bus, or nothing does any more.
  void set_foreign(Instant t, const std::optional<ForeignSource>& foreign);

  /// Digest of all readings and books at `t`: equal seeds and commands give equal digests.
  [[nodiscard]] std::uint64_t digest(Instant t);

 private:
  using Day = std::array<double, steps_per_day>;
  struct Unit {
    std::string name;
    ConverterParams converter;
    PvParams pv;
    Household household;
    std::shared_ptr<const PowerSeries> pv_series;
    std::shared_ptr<const PowerSeries> load_series;
    House house;
    // Set-points as commanded.
    ConverterMode mode = ConverterMode::waiting;
    Volts dvg;
    Amperes dig;
    double drg = 0.0;
    bool stopped_itself = false;
    // The house's clock, and the end of its present five-minute step.
    std::int64_t committed_ns = 0;
    std::int64_t step_end_ns = 0;
    // Alternately the utility fails and returns, ascending.
    std::vector<std::int64_t> utility_changes_ns;
    std::size_t next_change = 0;
    bool utility = true;          // as the community has it
    bool utility_by_hand = true;  // as `set_utility` has it
    std::size_t step = 0;
    DayNumber day = std::numeric_limits<DayNumber>::min();
    Day pv_w{};
    Day load_w{};
    // Books handed out.
    Accounts view;
  };

  [[nodiscard]] std::int64_t to_ns(Instant t) const;
  /// Bus and protections up to `t_ns`.
  void advance(std::int64_t t_ns);
  /// The house alone up to `t_ns`, which lies in the present piece of the bus.
  void commit(std::size_t unit, std::int64_t t_ns);
  /// Called at the start, and whenever the house's clock reaches the end of its step.
  void begin_step(Unit& unit);
  void fill_day(Unit& unit);
  /// When the utility of the house fails or returns next.
  [[nodiscard]] static std::int64_t utility_change_ns(const Unit& unit);
  /// Follows the changes up to the house's clock.
  static void follow_utility(Unit& unit);
  [[nodiscard]] HouseInput input(std::size_t unit, std::int64_t from_ns, std::int64_t to_ns) const;
  /// A copy of the house at `t_ns`; the house itself only moves to the start of the step.
  [[nodiscard]] House peek(std::size_t unit, std::int64_t t_ns);
  [[nodiscard]] double converter_loss_w(std::size_t unit) const;
  [[nodiscard]] bool running(std::size_t unit) const {
    return units_[unit].mode != ConverterMode::waiting;
  }
  void set_bus(std::size_t unit);
  void close_piece(std::int64_t t_ns);
  void begin_piece(std::int64_t t_ns);
  void check_batteries(std::int64_t t_ns);
  void schedule_check(std::int64_t t_ns);

  std::uint64_t seed_;
  Options options_;
  std::int64_t local_start_ns_;
  std::int32_t utc_offset_s_;
  Sky sky_;
  DcBus bus_;
  std::vector<Unit> units_;
  std::vector<std::size_t> was_idle_;
  std::int64_t next_check_ns_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace musubi::physics
