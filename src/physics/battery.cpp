#include "physics/battery.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/contract.hpp"
#include "base/deliberate_bug.hpp"

namespace musubi::physics {
namespace {

constexpr int last = 20;

// Rest voltage of 16 LiFePO4 cells in series, every 5 % from empty to full. Rounded by us from the
// typical rest curve of the chemistry (2.80 V per cell empty, 3.20 to 3.33 V on the plateau with
// its two shelves, 3.40 V full); single makes differ by a few 10 mV per cell.
constexpr std::array<double, last + 1> ocv_table_v = {
    44.80, 48.00, 50.40, 51.20, 51.50, 51.80, 52.00, 52.20, 52.30, 52.40, 52.50,
    52.60, 52.70, 52.90, 53.00, 53.10, 53.20, 53.30, 53.35, 53.50, 54.40};

// Integral of the voltage from empty to each breakpoint, in volts times pieces.
constexpr std::array<double, last + 1> make_integral() {
  std::array<double, last + 1> sum{};
  for (std::size_t i = 0; i < last; ++i) {
    sum[i + 1] = sum[i] + (ocv_table_v[i] + ocv_table_v[i + 1]) / 2.0;
  }
  return sum;
}
constexpr auto integral = make_integral();

// The line that a charging (discharging) battery at `position` moves on; ends extend outwards.
int piece_of(double position, bool charging) {
  const int whole = static_cast<int>(position);  // towards zero; below empty is piece 0 anyway
  const int piece = !charging && position == whole ? whole - 1 : whole;
  return std::clamp(piece, 0, last - 1);
}

double ocv_v(double position) {
  const int piece = piece_of(position, true);
  const auto i = static_cast<std::size_t>(piece);
  return ocv_table_v[i] + (ocv_table_v[i + 1] - ocv_table_v[i]) * (position - piece);
}

// The root of resistance * i^2 + voltage * i = power that tends to power / voltage, without
// cancellation.
double current_a(double power_w, double voltage_v, double resistance_ohm) {
  const double discriminant = voltage_v * voltage_v + 4.0 * resistance_ohm * power_w;
  expect(discriminant >= 0.0, "battery power within what its resistance lets through");
  return 2.0 * power_w / (voltage_v + std::sqrt(discriminant));
}

}  // namespace

Battery::Battery(const Params& params, Percent soc)
    : params_(params), ah_per_piece_(params.capacity.value() / integral[last]),
      reserve_position_(params.reserve.value() / percent_per_piece) {
  expect(params.capacity.value() > 0.0, "battery capacity above 0");
  expect(params.resistance.value() >= 0.0, "battery resistance not negative");
  expect(params.coulombic_efficiency > 0.0 && params.coulombic_efficiency <= 1.0,
         "coulombic efficiency in (0, 1]");
  set_rsoc(soc);
}

void Battery::set_rsoc(Percent soc) {
  expect(soc.value() >= 0.0 && soc.value() <= 100.0, "state of charge from 0 to 100");
  position_ = soc.value() / percent_per_piece;
}

Percent Battery::rsoc() const {
  return Percent(bugs::is_on(Bug::battery_below_empty) ? raw_rsoc_pct()
                                                       : std::clamp(raw_rsoc_pct(), 0.0, 100.0));
}

WattHours Battery::stored() const {
  const int piece = piece_of(position_, true);
  const auto i = static_cast<std::size_t>(piece);
  const double inside = position_ - piece;
  const double mean_v = ocv_table_v[i] + (ocv_table_v[i + 1] - ocv_table_v[i]) * inside / 2.0;
  return WattHours(ah_per_piece_ * (integral[i] + inside * mean_v));
}

Volts Battery::open_circuit() const { return Volts(ocv_v(position_)); }

Volts Battery::voltage_at(Watts terminal) const {
  const double ocv = ocv_v(position_);
  const double r = params_.resistance.value();
  return Volts(ocv + r * current_a(terminal.value(), ocv, r));
}

Watts Battery::charge_power_limit() const {
  const double i = params_.charge_limit.value();
  return Watts(i * (ocv_v(position_) + i * params_.resistance.value()));
}

Watts Battery::discharge_power_limit() const {
  const double i = params_.discharge_limit.value();
  return Watts(i * (ocv_v(position_) - i * params_.resistance.value()));
}

Battery::Step Battery::step(Watts terminal, double dt_s) {
  Step done;
  const double power_w = terminal.value();
  if (power_w == 0.0 || dt_s <= 0.0) {
    done.elapsed_s = std::max(dt_s, 0.0);
    return done;
  }
  const bool charging = power_w > 0.0;
  const double efficiency = charging ? params_.coulombic_efficiency : 1.0;
  const double resistance = params_.resistance.value();
  const double total_h = dt_s / 3600.0;
  double left_h = total_h;
  bool stopped = false;
  while (left_h > 0.0 && !stopped) {
    const int piece = piece_of(position_, charging);
    const auto index = static_cast<std::size_t>(piece);
    const double slope = ocv_table_v[index + 1] - ocv_table_v[index];
    const double ocv = ocv_table_v[index] + slope * (position_ - piece);
    // Constant current i over h hours moves the position by m = efficiency * i * h / ah_per_piece;
    // the mean open-circuit voltage is ocv + slope * m / 2. Asking for power_w * h at the terminals
    // gives a quadratic in i.
    const double moved_per_a = efficiency * left_h / ah_per_piece_;
    const double with_slope = resistance + slope * moved_per_a / 2.0;
    double h = left_h;

    double bound = charging ? static_cast<double>(piece + 1) : static_cast<double>(piece);
    bool bounded = charging ? piece + 1 < last || position_ < pieces : piece > 0;
    bool stop_here = charging && piece + 1 == last;
    if (!charging && position_ > reserve_position_ && reserve_position_ >= bound) {
      bound = reserve_position_;
      bounded = true;
      stop_here = true;
    }
    // Discharging so long that this line would fall to no voltage: it ends before that.
    const bool beyond = bounded && ocv * ocv + 4.0 * with_slope * power_w < 0.0;
    double i = beyond ? 0.0 : current_a(power_w, ocv, with_slope);
    double moved = i * moved_per_a;
    if (beyond ||
        (bounded && (charging ? position_ + moved >= bound : position_ + moved <= bound))) {
      // The same power up to the end of the line: now the move is given and the time follows.
      moved = bound - position_;
      i = current_a(power_w, ocv + slope * moved / 2.0, resistance);
      h = std::min(left_h, moved * ah_per_piece_ / (efficiency * i));
      position_ = bound;
      stopped = stop_here;
    } else {
      position_ += moved;
    }
    const double stored_wh = ah_per_piece_ * moved * (ocv + slope * moved / 2.0);
    done.terminal_wh += power_w * h;
    done.stored_wh += stored_wh;
    done.resistive_loss_wh += resistance * i * i * h;
    done.coulombic_loss_wh += stored_wh * (1.0 - efficiency) / efficiency;
    left_h -= h;
  }
  done.elapsed_s = stopped ? (total_h - left_h) * 3600.0 : dt_s;
  return done;
}

}  // namespace musubi::physics
