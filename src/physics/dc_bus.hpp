// The DC bus in time: set-points in, voltages, currents and losses out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "physics/converter.hpp"
#include "physics/dc_network.hpp"
#include "units/quantity.hpp"

namespace musubi::physics {

/// Cumulated bus energies in Wh. Each is its own closed-form integral, none a remainder.
struct BusLosses {
  double line_wh = 0.0;
  double bleed_wh = 0.0;
  /// Brought in by a foreign source: a negative loss. Below 0 where it took.
  double foreign_wh = 0.0;
};

/// Something that is no converter of ours and holds a voltage on the bus.
struct ForeignSource {
  std::size_t unit = 0;  ///< at whose terminals it is connected
  Volts voltage;         ///< not negative
};

/// Advances in pieces. Within a piece every current is constant and the mean voltage follows
/// V(t) = V_inf + (V_0 - V_inf) exp(-t / tau), the exact answer of the capacitance and bleed to
/// constant currents. The currents are chosen so that all converters' conditions hold at the end of
/// the piece. Hence sent + foreign - received = line loss + bleed loss + change of stored
/// energy, to rounding. Time is in nanoseconds from the caller's origin and never goes back.
class DcBus {
 public:
  /// `converters`: one per unit. The bus starts dead, all waiting, at time 0.
  DcBus(std::size_t units, const std::vector<Line>& lines, const BusParams& params,
        const std::vector<ConverterParams>& converters);

  /// The end of the present piece; the largest integer when nothing will change by itself.
  [[nodiscard]] std::int64_t piece_end_ns() const { return end_ns_; }

  /// New set-points of a unit. Takes effect with the next `plan`; call `close` first.
  void set(std::size_t unit, ConverterMode mode, Volts dvg, Amperes dig, double drg);
  /// How far the current of a unit in CC is off: added to its magnitude, which stays 0 or more.
  /// Takes effect like `set`.
  void set_bias(std::size_t unit, Amperes bias);
  /// Connects a stiff source to the bus, or removes it. Takes effect like `set`.
  void set_foreign(const std::optional<ForeignSource>& foreign);
  /// Ends the present piece at `t_ns` and adds its losses.
  void close(std::int64_t t_ns);
  /// Finds the currents of the next piece. They are `planned` until `begin` makes them present.
  void plan();
  [[nodiscard]] const std::vector<double>& planned_a() const { return planned_.current_a; }
  void begin();

  /// Grid current of a unit in the present piece, positive when taken from the bus.
  [[nodiscard]] double current_a(std::size_t unit) const { return present_.current_a[unit]; }
  /// Voltage at a unit at `t_ns`, which lies in the present piece.
  [[nodiscard]] double voltage_v(std::size_t unit, std::int64_t t_ns) const;
  /// Integral of the voltage at a unit, in volt seconds; both times lie in the present piece.
  [[nodiscard]] double voltage_integral_vs(std::size_t unit, std::int64_t from_ns,
                                           std::int64_t to_ns) const;
  /// Current of a line from its `from` to its `to`; NaN for a line of 0 Ohm.
  [[nodiscard]] Amperes line_current(std::size_t line) const;
  /// Losses up to `t_ns`.
  [[nodiscard]] BusLosses losses(std::int64_t t_ns) const;
  /// Energy in the capacitance at `t_ns`.
  [[nodiscard]] WattHours stored(std::int64_t t_ns) const;

 private:
  struct Source {
    ConverterMode mode = ConverterMode::waiting;
    double target_v = 0.0;
    double target_a = 0.0;
    double drg = 0.0;
    double present_v = 0.0;  // the voltage set-point on its ramp, CV only
    double present_a = 0.0;  // the current set-point on its ramp, CC only
    double bias_a = 0.0;     // of the real current, CC only
  };

  [[nodiscard]] bool has_guest() const { return present_.current_a.size() > count_; }
  [[nodiscard]] double mean_v(double s) const;
  [[nodiscard]] double seconds_from_start(std::int64_t t_ns) const;
  [[nodiscard]] ChargeBalance balance_over(double s) const;
  [[nodiscard]] double ramp_left_s() const;
  void move_set_points(std::vector<Source>& sources, double s) const;
  void make_terminals(const std::vector<Source>& sources);

  std::vector<Line> lines_;
  DcNetwork network_;
  BusParams params_;
  std::vector<ConverterParams> converters_;  // with one more entry while a foreign source is there
  std::size_t count_;                        // of units
  double units_;
  double tau_s_;
  std::vector<Source> sources_;  // one per converter

  std::int64_t start_ns_ = 0;
  std::int64_t end_ns_;
  double start_v_ = 0.0;     // mean voltage at the start of the piece
  double infinite_v_ = 0.0;  // where the mean voltage of the piece tends to
  double line_loss_w_ = 0.0;
  BusSolution present_;
  BusLosses losses_;

  BusSolution planned_;
  double planned_s_ = 0.0;
  // Kept between calls to save allocations.
  BusSolution settled_;
  BusSolution trial_;
  std::vector<Source> moved_;
  std::vector<Terminal> terminals_;
};

}  // namespace musubi::physics
