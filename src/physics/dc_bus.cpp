#include "physics/dc_bus.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/contract.hpp"
#include "base/deliberate_bug.hpp"

namespace musubi::physics {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr double joules_per_wh = 3600.0;
// Currents that agree this well give a piece without end: on 33 uF they differ by microvolts.
constexpr double same_current_a = 1e-7;
// Keeps two ideal voltage holders on one node solvable; the drop at 2.3 A is 2 mV.
constexpr double least_shared_ohm = 1e-3;
// More than any unit can give or take: a foreign source is stiff.
constexpr Amperes foreign_limit{10'000.0};

bool same_currents(const BusSolution& a, const BusSolution& b) {
  for (std::size_t u = 0; u < a.current_a.size(); ++u) {
    if (std::fabs(a.current_a[u] - b.current_a[u]) > same_current_a) {
      return false;
    }
  }
  return true;
}

double towards(double from, double to, double step) {
  return from < to ? std::min(to, from + step) : std::max(to, from - step);
}

}  // namespace

DcBus::DcBus(std::size_t units, const std::vector<Line>& lines, const BusParams& params,
             const std::vector<ConverterParams>& converters)
    : lines_(lines), network_(units, lines), params_(params), converters_(converters),
      count_(units), units_(static_cast<double>(units)),
      tau_s_(params.capacitance_f * params.bleed.value()), sources_(units), end_ns_(never) {
  expect(converters.size() == units, "one converter per unit");
  expect(tau_s_ > 0.0 && params.settle_s > 0.0 && params.ramp_step_s > 0.0,
         "bus parameters above 0");
  for (const ConverterParams& c : converters) {
    expect(c.icap.value() > 0.0 && c.voltage_ramp_v_per_s > 0.0 && c.current_ramp_a_per_s >= 0.0,
           "converter parameters in range");
  }
  for (BusSolution* solution : {&present_, &planned_}) {
    solution->current_a.assign(units, 0.0);
    solution->offset_v.assign(units, 0.0);
  }
}

double DcBus::seconds_from_start(std::int64_t t_ns) const {
  return static_cast<double>(t_ns - start_ns_) * 1e-9;
}

double DcBus::mean_v(double s) const {
  return start_v_ + (infinite_v_ - start_v_) * -std::expm1(-s / tau_s_);
}

double DcBus::voltage_v(std::size_t unit, std::int64_t t_ns) const {
  return mean_v(seconds_from_start(t_ns)) + present_.offset_v[unit];
}

double DcBus::voltage_integral_vs(std::size_t unit, std::int64_t from_ns,
                                  std::int64_t to_ns) const {
  const double s = static_cast<double>(to_ns - from_ns) * 1e-9;
  const double from_v = mean_v(seconds_from_start(from_ns));
  return (infinite_v_ + present_.offset_v[unit]) * s +
         (from_v - infinite_v_) * tau_s_ * -std::expm1(-s / tau_s_);
}

Amperes DcBus::line_current(std::size_t line) const {
  return network_.line_current(line, present_.offset_v);
}

BusLosses DcBus::losses(std::int64_t t_ns) const {
  const double s = seconds_from_start(t_ns);
  // V = a + d exp(-t / tau); the bleed takes the integral of V^2 / R.
  const double a = infinite_v_;
  const double d = start_v_ - infinite_v_;
  const double square_v2s = a * a * s + 2.0 * a * d * tau_s_ * -std::expm1(-s / tau_s_) +
                            d * d * tau_s_ / 2.0 * -std::expm1(-2.0 * s / tau_s_);
  BusLosses total = losses_;
  if (!bugs::is_on(Bug::line_loss_unbooked)) {
    total.line_wh += line_loss_w_ * s / joules_per_wh;
  }
  total.bleed_wh += units_ * square_v2s / params_.bleed.value() / joules_per_wh;
  if (has_guest()) {
    const double volt_seconds =
        a * s + d * tau_s_ * -std::expm1(-s / tau_s_) + present_.offset_v[count_] * s;
    total.foreign_wh -= present_.current_a[count_] * volt_seconds / joules_per_wh;
  }
  return total;
}

WattHours DcBus::stored(std::int64_t t_ns) const {
  const double v = mean_v(seconds_from_start(t_ns));
  return WattHours(units_ * params_.capacitance_f * v * v / 2.0 / joules_per_wh);
}

void DcBus::set(std::size_t unit, ConverterMode mode, Volts dvg, Amperes dig, double drg) {
  expect(dvg.value() >= 0.0 && dig.value() >= 0.0 && drg >= 0.0, "set-points not negative");
  Source& source = sources_[unit];
  if (mode == ConverterMode::voltage_reference && source.mode != mode) {
    // Forming and taking over start from the voltage that is there.
    source.present_v = std::max(0.0, start_v_ + present_.offset_v[unit]);
  }
  if (mode != source.mode) {
    source.present_a = 0.0;
  }
  source.mode = mode;
  source.target_v = dvg.value();
  source.target_a = dig.value();
  source.drg = drg;
  if (converters_[unit].current_ramp_a_per_s == 0.0 || mode == ConverterMode::voltage_reference ||
      mode == ConverterMode::waiting) {
    source.present_a = source.target_a;
  }
}

void DcBus::set_bias(std::size_t unit, Amperes bias) { sources_[unit].bias_a = bias.value(); }

void DcBus::set_foreign(const std::optional<ForeignSource>& foreign) {
  sources_.resize(count_);
  converters_.resize(count_);
  std::vector<std::size_t> guests;
  if (foreign) {
    expect(foreign->unit < count_ && foreign->voltage.value() >= 0.0, "foreign source in range");
    guests.push_back(foreign->unit);
    Source source;
    source.mode = ConverterMode::voltage_reference;
    source.target_v = foreign->voltage.value();
    source.present_v = source.target_v;
    source.target_a = foreign_limit.value();
    sources_.push_back(source);
    converters_.push_back({.icap = foreign_limit});
  }
  network_ = DcNetwork(count_, lines_, guests);
}

void DcBus::move_set_points(std::vector<Source>& sources, double s) const {
  for (std::size_t u = 0; u < sources.size(); ++u) {
    Source& source = sources[u];
    if (source.mode == ConverterMode::voltage_reference) {
      source.present_v =
          towards(source.present_v, source.target_v, converters_[u].voltage_ramp_v_per_s * s);
    } else if (source.present_a != source.target_a) {
      source.present_a =
          towards(source.present_a, source.target_a, converters_[u].current_ramp_a_per_s * s);
    }
  }
}

double DcBus::ramp_left_s() const {
  double left_s = std::numeric_limits<double>::infinity();
  for (std::size_t u = 0; u < sources_.size(); ++u) {
    const Source& source = sources_[u];
    if (source.mode == ConverterMode::voltage_reference) {
      const double away_v = std::fabs(source.target_v - source.present_v);
      if (away_v > 0.0) {
        left_s = std::min(left_s, away_v / converters_[u].voltage_ramp_v_per_s);
      }
    } else if (source.present_a != source.target_a) {
      const double away_a = std::fabs(source.target_a - source.present_a);
      left_s = std::min(left_s, away_a / converters_[u].current_ramp_a_per_s);
    }
  }
  return left_s;
}

void DcBus::close(std::int64_t t_ns) {
  expect(t_ns >= start_ns_, "bus time does not go back");
  const double s = seconds_from_start(t_ns);
  losses_ = losses(t_ns);
  move_set_points(sources_, s);
  start_v_ = mean_v(s);
  start_ns_ = t_ns;
  end_ns_ = t_ns;
}

ChargeBalance DcBus::balance_over(double s) const {
  // The mean voltage V1 after s seconds needs the currents' sum
  // -(units / R) * (V1 - V0 exp(-s / tau)) / (1 - exp(-s / tau)).
  const double gain = -std::expm1(-s / tau_s_);
  const double slope = units_ / (params_.bleed.value() * gain);
  return {slope, slope * start_v_ * (1.0 - gain)};
}

void DcBus::make_terminals(const std::vector<Source>& sources) {
  const auto references = std::count_if(sources.begin(), sources.end(), [](const Source& s) {
    return s.mode == ConverterMode::voltage_reference;
  });
  terminals_.assign(sources.size(), Terminal{});
  for (std::size_t u = 0; u < sources.size(); ++u) {
    const Source& source = sources[u];
    Terminal& t = terminals_[u];
    switch (source.mode) {
    case ConverterMode::waiting:
    case ConverterMode::unknown:
      break;
    case ConverterMode::voltage_reference: {
      const double droop =
          droop_resistance(Volts(source.target_v), source.drg, converters_[u].icap).value();
      t = {source.present_v, references > 1 ? std::max(droop, least_shared_ohm) : droop,
           -source.target_a, source.target_a};
      break;
    }
    case ConverterMode::charge:
      t = {converters_[u].charge_floor.value(), least_shared_ohm, 0.0,
           std::max(0.0, source.present_a + source.bias_a)};
      break;
    case ConverterMode::discharge:
      t = {source.target_v, least_shared_ohm, -std::max(0.0, source.present_a + source.bias_a),
           0.0};
      break;
    }
  }
}

void DcBus::plan() {
  const double ramp_s = ramp_left_s();
  if (std::isfinite(ramp_s)) {
    planned_s_ = std::max(1e-9, std::min(params_.ramp_step_s, ramp_s));
    moved_ = sources_;
    move_set_points(moved_, planned_s_);
    make_terminals(moved_);
    network_.solve(terminals_, balance_over(planned_s_), planned_);
    return;
  }
  make_terminals(sources_);
  network_.solve(terminals_, balance_over(params_.settle_s), planned_);
  planned_s_ = params_.settle_s;
  // As long as a longer piece asks for the same currents, it is exact too.
  constexpr double forever = std::numeric_limits<double>::infinity();
  for (const double s : std::array{forever, 10.0, 1.0, 0.1}) {
    BusSolution& longer = s == forever ? settled_ : trial_;
    network_.solve(terminals_, balance_over(s), longer);
    if (same_currents(longer, planned_)) {
      std::swap(planned_, longer);
      planned_s_ = s;
      return;
    }
  }
}

void DcBus::begin() {
  std::swap(present_, planned_);
  planned_.state = present_.state;
  line_loss_w_ = network_.line_loss(present_.offset_v).value();
  double sum_a = 0.0;
  for (const double a : present_.current_a) {
    sum_a += a;
  }
  infinite_v_ = -sum_a * params_.bleed.value() / units_;
  end_ns_ = std::isfinite(planned_s_)
                ? start_ns_ + std::max<std::int64_t>(1, std::llround(planned_s_ * 1e9))
                : never;
}

}  // namespace musubi::physics
