#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

constexpr double droop_max = 0.2;
constexpr double rounding = 1e-6;

class Gate : public Checker {
  static constexpr std::string_view statement =
      "Every command to a converter keeps the limits of hardware and policy, and none but waiting "
      "is carried out at a unit that a person has locked out; under every fault.";

 public:
  explicit Gate(const Facts& facts)
      : Checker(facts, "gate", statement), locked_(facts.size(), false) {
    const HwConfig& hw = facts.frame().hw;
    current_max_a_ =
        std::min({hw.grid_current_capacity.value(), hw.grid_a.max, -hw.grid_a.min}) + rounding;
    voltage_max_v_ =
        std::min(facts.frame().policy.grid_voltage_max.value(), hw.grid_v.max) + rounding;
  }

  void event(std::size_t unit, const node::Event& event) override {
    if (const auto* lock = std::get_if<node::SetLockOut>(&event)) {
      locked_[unit] = lock->locked;
    } else if (const auto* started = std::get_if<node::Started>(&event)) {
      locked_[unit] = started->local.locked_out;
    }
  }

  void effect(std::size_t unit, const node::Effect& effect) override {
    const auto* write = std::get_if<node::WriteDevice>(&effect);
    if (write == nullptr) {
      return;
    }
    const DeviceCommand& c = write->command;
    if (c.call == DeviceCall::set_mode && c.mode == ConverterMode::waiting) {
      return;
    }
    if (locked_[unit]) {
      report(fmt::format("{} is commanded while it is locked out", name_of_unit(unit)));
    }
    const auto within = [](double value, double high) { return value >= 0.0 && value <= high; };
    if (c.call != DeviceCall::set_voltage && !within(c.current.value(), current_max_a_)) {
      report(fmt::format("{} is commanded {} A, allowed: 0 to {}", name_of_unit(unit),
                         c.current.value(), current_max_a_));
    }
    if (c.call != DeviceCall::set_current &&
        !(within(c.voltage.value(), voltage_max_v_) && within(c.droop, droop_max))) {
      report(fmt::format("{} is commanded {} V with droop {}, allowed: 0 to {} V, 0 to {}",
                         name_of_unit(unit), c.voltage.value(), c.droop, voltage_max_v_,
                         droop_max));
    }
  }

 private:
  std::vector<bool> locked_;
  double current_max_a_ = 0.0;
  double voltage_max_v_ = 0.0;
};

}  // namespace

CheckerPtr make_gate(const Facts& facts) { return std::make_unique<Gate>(facts); }

}  // namespace musubi::proof
