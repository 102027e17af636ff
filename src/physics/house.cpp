#include "physics/house.hpp"

#include <algorithm>

#include "base/contract.hpp"

namespace musubi::physics {
namespace {

constexpr double seconds_per_hour = 3600.0;

double net_w(const HouseInput& input, const HouseFlows& f) {
  return f.pv_used_w + input.received_w - input.sent_w - f.converter_loss_w - f.system_w;
}

}  // namespace

House::Params House::Params::apis() {
  Params p;
  p.system_w = 17.5;
  p.inverter_idle_w = 129.0;
  p.inverter_share = 0.140;
  p.bypass_w = 67.0;
  p.bypass_share = 0.033;
  p.transformer_w = 57.0;
  p.transformer_bypass_share = 0.027;
  p.charger_w = 150.0;
  p.charger_loss_w = 10.0;
  return p;
}

House::Params House::Params::modern() {
  Params p;
  p.system_w = 10.0;
  p.inverter_idle_w = 25.0;
  p.inverter_share = 0.06;
  p.bypass_w = 5.0;
  p.bypass_share = 0.005;
  p.charger_w = 500.0;
  p.charger_loss_w = 25.0;
  return p;
}

House::House(const Params& params, const Battery& battery, double leak_for_test)
    : params_(params), battery_(battery), leak_for_test_(leak_for_test) {
  accounts_.stored_first = battery.stored();
  accounts_.stored = battery.stored();
}

void House::decide_switches() {
  const Percent soc = battery_.rsoc();
  bypass_ = soc <= params_.bypass_on || (bypass_ && soc < params_.bypass_off);
  charge_ = soc <= params_.charge_on || (charge_ && soc < params_.charge_off);
  blacked_out_ = blacked_out() && soc < battery_.reserve() + params_.restart_above_reserve;
}

void House::set_utility(bool present) {
  utility_ = present;
  blacked_out_ = blacked_out();
}

void House::set_rsoc(Percent soc) {
  battery_.set_rsoc(soc);
  accounts_.adjusted += battery_.stored() - accounts_.stored;
  accounts_.stored = battery_.stored();
}

// The inverter's side: from the battery, or past it from the utility, or nothing.
void House::serve_load(const HouseInput& input, bool bypass, HouseFlows& f) const {
  f.bypass = bypass;
  f.load_served_w = blacked_out() ? 0.0 : input.load_w;
  f.transformer_loss_w = utility_ ? params_.transformer_w : 0.0;
  f.grid_import_w = f.transformer_loss_w + f.charger_w + f.charger_loss_w;
  f.battery_w = net_w(input, f) + f.charger_w;
  if (blacked_out()) {
    return;
  }
  if (bypass) {
    f.inverter_loss_w = params_.bypass_w + params_.bypass_share * input.load_w;
    const double more_w = params_.transformer_bypass_share * input.load_w;
    f.transformer_loss_w += more_w;
    f.grid_import_w += input.load_w + f.inverter_loss_w + more_w;
  } else {
    f.inverter_loss_w = params_.inverter_idle_w + params_.inverter_share * input.load_w;
    f.battery_w -= input.load_w + f.inverter_loss_w;
  }
}

// No utility and more asked than the battery may give: part of the load, then none.
void House::shed(const HouseInput& input, double lowest_w, HouseFlows& f) const {
  const double left_w = net_w(input, f) - lowest_w - params_.inverter_idle_w;
  f.load_served_w = std::clamp(left_w / (1.0 + params_.inverter_share), 0.0, input.load_w);
  f.inverter_loss_w =
      left_w > 0.0 ? params_.inverter_idle_w + params_.inverter_share * f.load_served_w : 0.0;
  f.battery_w = net_w(input, f) - f.load_served_w - f.inverter_loss_w;
}

// Not even the standing consumption: the house goes dark as far as PV does not carry it.
void House::darken(const HouseInput& input, double lowest_w, HouseFlows& f) {
  const double standing_w = f.system_w + f.converter_loss_w;
  const double share = std::clamp((f.pv_used_w + f.charger_w - lowest_w) / standing_w, 0.0, 1.0);
  f.system_w *= share;
  f.converter_loss_w *= share;
  // Rounding is not drawn from an empty battery: PV gives it up.
  f.battery_w = std::max(lowest_w, net_w(input, f) + f.charger_w);
  f.pv_used_w += f.battery_w - f.charger_w - net_w(input, f);
}

HouseFlows House::flows(const HouseInput& input) const {
  HouseFlows f;
  f.pv_used_w = input.pv_w;
  f.converter_loss_w = input.converter_loss_w;
  f.system_w = params_.system_w;
  if (charging_from_utility()) {
    f.charger_w = params_.charger_w;
    f.charger_loss_w = params_.charger_loss_w;
  }
  const double lowest_w = battery_.at_reserve() ? 0.0 : -battery_.discharge_power_limit().value();
  serve_load(input, bypass(), f);
  if (f.battery_w < lowest_w && !f.bypass) {
    if (utility_) {
      serve_load(input, true, f);
    } else {
      shed(input, lowest_w, f);
    }
  }
  const bool only_standing = f.bypass || (f.load_served_w == 0.0 && f.inverter_loss_w == 0.0);
  if (f.battery_w < lowest_w && only_standing && !input.converter_running) {
    darken(input, lowest_w, f);
  }
  const double highest_w = battery_.full() ? 0.0 : battery_.charge_power_limit().value();
  if (f.battery_w > highest_w) {
    const double given_up_w = std::min(f.pv_used_w, f.battery_w - highest_w);
    f.pv_used_w -= given_up_w;
    f.battery_w = given_up_w < f.battery_w - highest_w ? f.battery_w - given_up_w : highest_w;
  }
  return f;
}

void House::advance(const HouseInput& input, double dt_s) {
  HouseInput real = input;
  real.received_w *= 1.0 - leak_for_test_;
  double left_s = dt_s;
  while (left_s > 0.0) {
    const HouseFlows f = flows(real);
    const Battery::Step step = battery_.step(Watts(f.battery_w), left_s);
    book(input, f, step);
    blacked_out_ = blacked_out();
    left_s -= step.elapsed_s;
  }
  accounts_.stored = battery_.stored();
}

void House::book(const HouseInput& input, const HouseFlows& f, const Battery::Step& step) {
  const double h = step.elapsed_s / seconds_per_hour;
  Accounts& a = accounts_;
  a.pv_available += WattHours(input.pv_w * h);
  a.curtailed += WattHours((input.pv_w - f.pv_used_w) * h);
  a.grid_import += WattHours(f.grid_import_w * h);
  a.load_served += WattHours(f.load_served_w * h);
  a.unserved += WattHours((input.load_w - f.load_served_w) * h);
  a.sent += WattHours(input.sent_w * h);
  a.received += WattHours(input.received_w * h);
  a.loss_converter += WattHours(f.converter_loss_w * h);
  a.loss_battery_resistive += WattHours(step.resistive_loss_wh);
  a.loss_battery_coulombic += WattHours(step.coulombic_loss_wh);
  a.loss_inverter += WattHours(f.inverter_loss_w * h);
  a.loss_transformer += WattHours(f.transformer_loss_w * h);
  a.loss_charger += WattHours(f.charger_loss_w * h);
  a.loss_system += WattHours(f.system_w * h);
}

}  // namespace musubi::physics
