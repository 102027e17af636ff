// The cables of the DC bus: which voltages and currents settle for given sources.
#pragma once

#include <cstddef>
#include <vector>

#include "units/quantity.hpp"

namespace musubi::physics {

/// A cable between two units, both conductors together. 0 Ohm joins the two into one node.
struct Line {
  std::size_t from = 0;
  std::size_t to = 0;
  Ohms resistance;
};

/// Capacitance and bleed resistance that every unit adds to the bus. Both act on the mean voltage
/// of the bus (weight: one per unit): cables settle in microseconds, the bus as a whole in seconds.
struct BusParams {
  /// In farads; above 0. With the default bleed the time constant is 9.9 s.
  double capacitance_f = 33e-6;
  Ohms bleed{300e3};
  /// Changes of set-points on a held bus settle in pieces of this length; above 0.
  double settle_s = 0.010;
  /// Moving set-points are followed in pieces of this length; above 0.
  double ramp_step_s = 0.1;
};

/// What a converter looks like from the bus: a current between `low_a` and `high_a` that rises with
/// the voltage (positive = taken from the bus). Between the two the voltage is
/// `voltage_v + droop_ohm * ig`; below that line the current is `low_a`, above it `high_a`.
struct Terminal {
  double voltage_v = 0.0;
  double droop_ohm = 0.0;
  double low_a = 0.0;
  double high_a = 0.0;
};

/// Which part of its line a terminal is on.
enum class TerminalState { low, held, high };

/// Net charge balance of the bus over a piece of time: the sum of all currents is
/// -(slope_a_per_v * mean voltage at the end - offset_a).
struct ChargeBalance {
  double slope_a_per_v = 0.0;
  double offset_a = 0.0;
};

/// A settled bus. `state` is also the first guess of the next solve.
struct BusSolution {
  double mean_v = 0.0;
  std::vector<double> current_a;
  /// Voltage of each terminal minus the mean voltage.
  std::vector<double> offset_v;
  std::vector<TerminalState> state;
};

/// A connected resistive network, radial or meshed, factorised once.
class DcNetwork {
 public:
  /// `units` at least 1; every unit must be reachable over `lines`; resistances not negative.
  /// `guests` name the units at whose terminals something else is connected too: each gets a
  /// terminal of its own, after those of the units, and no weight in the mean voltage.
  DcNetwork(std::size_t units, const std::vector<Line>& lines,
            const std::vector<std::size_t>& guests = {});

  /// Terminals: one per unit, one per guest.
  [[nodiscard]] std::size_t terminals() const { return terminals_; }

  /// Finds the currents and voltages that satisfy Kirchhoff, all terminals and `balance`. Works for
  /// none, one or more held terminals. Ends after a bounded number of changes of state.
  void solve(const std::vector<Terminal>& terminals, const ChargeBalance& balance,
             BusSolution& solution) const;

  /// Offsets of the voltages from their mean for given currents; O(terminals^2).
  void offsets(const std::vector<double>& current_a, std::vector<double>& offset_v) const;
  /// Current from `from` to `to` of line `index`. NaN for a line of 0 Ohm: meshed ones have no
  /// answer.
  [[nodiscard]] Amperes line_current(std::size_t index, const std::vector<double>& offset_v) const;
  /// Sum of I^2 R over all lines.
  [[nodiscard]] Watts line_loss(const std::vector<double>& offset_v) const;
  [[nodiscard]] std::size_t lines() const { return lines_.size(); }

 private:
  [[nodiscard]] double impedance(std::size_t a, std::size_t b) const {
    return impedance_ohm_[a * terminals_ + b];
  }
  void solve_held(const std::vector<Terminal>& terminals, const ChargeBalance& balance,
                  BusSolution& solution) const;
  bool change_wrong_states(const std::vector<Terminal>& terminals, BusSolution& solution) const;
  /// How far a terminal at a bound is on the wrong side of its line; not for held ones.
  [[nodiscard]] double wrong_by_v(const std::vector<Terminal>& terminals,
                                  const BusSolution& solution, std::size_t unit) const;
  void descend(const std::vector<Terminal>& terminals, const ChargeBalance& balance,
               BusSolution& solution) const;

  std::size_t terminals_;
  std::vector<Line> lines_;
  // offset_v = -impedance * current: the pseudo-inverse of the network's Laplacian.
  std::vector<double> impedance_ohm_;
};

}  // namespace musubi::physics
