// A LiFePO4 battery behind one resistance, with energy books that close in every step.
#pragma once

#include "units/quantity.hpp"

namespace musubi::physics {

/// State of charge, open-circuit voltage and losses of one battery. Power and current are positive
/// when the battery charges. The open-circuit voltage is piecewise linear over the state of charge;
/// within one line the step has a closed form, so that
/// stored change + resistive loss + coulombic loss = terminal energy, to rounding.
class Battery {
 public:
  /// What distinguishes one battery from another.
  struct Params {
    /// Energy from empty to full: the integral of the open-circuit voltage over the charge. Above
    /// 0.
    WattHours capacity{4800.0};
    /// Cells and cables together. Our assumption: 16 cells of about 1.5 mOhm and 6 mOhm of cable.
    Ohms resistance{0.030};
    /// Share of the charging current that is stored, in (0, 1]; discharging loses no charge.
    double coulombic_efficiency = 0.995;
    /// Largest charging current; above 0. Our assumption: about two thirds of the 1 h rate.
    Amperes charge_limit{60.0};
    /// Largest discharging current; above 0. Our assumption: about the 1 h rate.
    Amperes discharge_limit{100.0};
    /// The house stops drawing here. What lies below only bridges the second in which a running
    /// converter notices.
    Percent reserve{0.5};
  };

  /// What happened in a step. Losses are never negative.
  struct Step {
    /// May be less than asked: a step ends where the battery becomes full or falls to its reserve.
    double elapsed_s = 0.0;
    /// Through the terminals, positive when charging: power times elapsed time.
    double terminal_wh = 0.0;
    /// Change of the stored energy.
    double stored_wh = 0.0;
    double resistive_loss_wh = 0.0;
    double coulombic_loss_wh = 0.0;
  };

  /// `soc` from 0 to 100.
  Battery(const Params& params, Percent soc);

  /// Constant terminal power for at most `dt_s` seconds. Ends early exactly at full (charging from
  /// below) or exactly at the reserve (discharging from above); a second call goes on beyond, with
  /// the curve extended. Power below what the resistance lets through breaks the contract.
  Step step(Watts terminal, double dt_s);

  /// State of charge: charge over full charge, held to 0..100.
  [[nodiscard]] Percent rsoc() const;
  /// The same, not held to 0..100.
  [[nodiscard]] double raw_rsoc_pct() const { return position_ * percent_per_piece; }
  /// Energy above empty; closed form.
  [[nodiscard]] WattHours stored() const;
  /// Energy of a full battery above empty: the capacity.
  [[nodiscard]] WattHours capacity() const { return params_.capacity; }
  [[nodiscard]] Percent reserve() const { return params_.reserve; }
  /// Voltage without current.
  [[nodiscard]] Volts open_circuit() const;
  /// Terminal voltage and current while `terminal` flows.
  [[nodiscard]] Volts voltage_at(Watts terminal) const;
  /// Terminal power at the charging current limit now; positive.
  [[nodiscard]] Watts charge_power_limit() const;
  /// Terminal power at the discharging current limit now; positive.
  [[nodiscard]] Watts discharge_power_limit() const;
  [[nodiscard]] bool full() const { return position_ >= pieces; }
  /// At or below the reserve.
  [[nodiscard]] bool at_reserve() const { return position_ <= reserve_position_; }
  /// Puts the battery to a state of charge, 0 to 100: a test or an operator of the emulator does
  /// so.
  void set_rsoc(Percent soc);

 private:
  static constexpr double pieces = 20.0;
  static constexpr double percent_per_piece = 5.0;

  Params params_;
  double ah_per_piece_ = 0.0;
  double reserve_position_ = 0.0;
  double position_ = 0.0;  // state of charge in pieces of 5 %, so that breakpoints are exact
};

}  // namespace musubi::physics
