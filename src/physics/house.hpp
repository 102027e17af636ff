// One unit behind its converter: PV, load, inverter, chargers and battery, with complete books.
#pragma once

#include <tuple>

#include "base/fields.hpp"
#include "physics/battery.hpp"
#include "units/quantity.hpp"

namespace musubi::physics {

/// Cumulated true energies of one unit. At every instant
///   pv_available - curtailed + grid_import + received + adjusted
///     = load_served + sent + all losses + (stored - stored_first), to rounding.
struct Accounts {
  WattHours pv_available;
  WattHours curtailed;
  /// From the utility.
  WattHours grid_import;
  WattHours load_served;
  WattHours unserved;
  /// To the bus and from the bus, on the bus side of the converter.
  WattHours sent;
  WattHours received;
  WattHours loss_converter;
  WattHours loss_battery_resistive;
  WattHours loss_battery_coulombic;
  WattHours loss_inverter;
  WattHours loss_transformer;
  WattHours loss_charger;
  WattHours loss_system;
  /// In the battery now and at the beginning.
  WattHours stored;
  WattHours stored_first;
  /// Put in (or, negative, taken out) by setting the state of charge by hand.
  WattHours adjusted;

  [[nodiscard]] WattHours losses() const {
    return loss_converter + loss_battery_resistive + loss_battery_coulombic + loss_inverter +
           loss_transformer + loss_charger + loss_system;
  }
  /// What the books miss: 0 to rounding while the model conserves energy.
  [[nodiscard]] WattHours imbalance() const {
    return pv_available - curtailed + grid_import + received + adjusted - load_served - sent -
           losses() - (stored - stored_first);
  }
};
constexpr auto fields(const Accounts& a) {
  return std::tie(a.pv_available, a.curtailed, a.grid_import, a.load_served, a.unserved, a.sent,
                  a.received, a.loss_converter, a.loss_battery_resistive, a.loss_battery_coulombic,
                  a.loss_inverter, a.loss_transformer, a.loss_charger, a.loss_system, a.stored,
                  a.stored_first, a.adjusted);
}

/// Constant powers into a house over a span of time; all 0 or more.
struct HouseInput {
  double pv_w = 0.0;
  double load_w = 0.0;
  double received_w = 0.0;
  double sent_w = 0.0;
  double converter_loss_w = 0.0;
  /// The converter is on: it may draw on the reserve of the battery.
  bool converter_running = false;
};

/// What a house does at an instant; battery power is positive when charging.
struct HouseFlows {
  double battery_w = 0.0;
  double pv_used_w = 0.0;
  double load_served_w = 0.0;
  double grid_import_w = 0.0;
  double inverter_loss_w = 0.0;
  double transformer_loss_w = 0.0;
  double charger_w = 0.0;  // into the battery
  double charger_loss_w = 0.0;
  double system_w = 0.0;
  double converter_loss_w = 0.0;
  bool bypass = false;
};

/// The unit without its converter's bus side.
class House {
 public:
  /// The house's own devices. Powers in W, shares of the load.
  struct Params {
    double system_w = 0.0;
    double inverter_idle_w = 0.0;
    double inverter_share = 0.0;
    /// Loss of the inverter's path while the utility feeds the load.
    double bypass_w = 0.0;
    double bypass_share = 0.0;
    /// Always on while the utility is there, fed by it.
    double transformer_w = 0.0;
    double transformer_bypass_share = 0.0;
    /// Into the battery, and lost on the way.
    double charger_w = 0.0;
    double charger_loss_w = 0.0;
    /// Bypass goes on at or below, off at or above; decided at each five-minute step.
    Percent bypass_on{30.0};
    Percent bypass_off{35.0};
    /// The same for charging from the utility.
    Percent charge_on{20.0};
    Percent charge_off{25.0};
    /// Without utility: once the battery is at its reserve the inverter is off, and with it the
    /// load, until the charge is this much above the reserve; decided at each five-minute step.
    Percent restart_above_reserve{5.0};

    /// The reference emulator's constants (the OIST hardware): 17.5 W system, UPS 129 W + 14 %,
    /// bypass 67 W + 3.3 %, transformer 57 W + 2.7 % in bypass, charger 150 W + 10 W.
    static Params apis();
    /// A present-day hybrid inverter, our assumption: 10 W system, 25 W + 6 %, bypass 5 W + 0.5 %,
    /// no transformer, charger 500 W + 25 W.
    static Params modern();
  };

  /// `leak_for_test`: share of the received energy that vanishes without an entry; 0 but in tests
  /// of conservation checkers.
  House(const Params& params, const Battery& battery, double leak_for_test = 0.0);

  /// Sets the bypass and charger switches by the state of charge; call at each five-minute step.
  void decide_switches();
  /// Constant input for `dt_s` seconds; the battery may become full or empty on the way.
  void advance(const HouseInput& input, double dt_s);
  /// What the house does with `input` now.
  [[nodiscard]] HouseFlows flows(const HouseInput& input) const;

  [[nodiscard]] const Battery& battery() const { return battery_; }
  [[nodiscard]] const Accounts& accounts() const { return accounts_; }
  [[nodiscard]] bool bypass() const { return utility_ && bypass_; }
  [[nodiscard]] bool charging_from_utility() const { return utility_ && charge_; }
  [[nodiscard]] bool utility() const { return utility_; }
  void set_utility(bool present);
  /// The battery is empty and there is no utility: the inverter is off, the load not served.
  [[nodiscard]] bool blacked_out() const {
    return !utility_ && (blacked_out_ || battery_.at_reserve());
  }
  /// By hand; booked as adjusted.
  void set_rsoc(Percent soc);

 private:
  void serve_load(const HouseInput& input, bool bypass, HouseFlows& f) const;
  void shed(const HouseInput& input, double lowest_w, HouseFlows& f) const;
  static void darken(const HouseInput& input, double lowest_w, HouseFlows& f);
  void book(const HouseInput& input, const HouseFlows& f, const Battery::Step& step);

  Params params_;
  Battery battery_;
  Accounts accounts_;
  double leak_for_test_;
  bool utility_ = true;
  bool bypass_ = false;
  bool charge_ = false;
  bool blacked_out_ = false;
};

}  // namespace musubi::physics
