#include <algorithm>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

constexpr double dead_share = 0.1;
/// The oldest reading that may count as fresh, its way, and the command's.
constexpr Duration oldest = milliseconds(3500);

class DeadBus : public Checker {
  static constexpr std::string_view statement =
      "Nobody begins to hold the voltage of a truly live bus that nobody holds, nor without droop "
      "of one that another holds: dead is measured fresh, twice and for a second; under every "
      "fault.";

 public:
  explicit DeadBus(const Facts& facts) : Checker(facts, "dead_bus", statement) {}

  void tick() override {
    double highest_v = 0.0;
    bool held = false;
    for (const UnitTruth& unit : facts().truth().units) {
      highest_v = std::max(highest_v, unit.meter.vg.value());
      held = held || unit.meter.mode == ConverterMode::voltage_reference;
    }
    const bool live = highest_v >= dead_share * facts().frame().policy.grid_voltage.value();
    live_since_ = live ? live_since_.value_or(facts().now()) : std::optional<Instant>();
    unheld_since_ = held ? std::optional<Instant>() : unheld_since_.value_or(facts().now());
    highest_v_ = highest_v;
  }

  void effect(std::size_t unit, const node::Effect& effect) override {
    const auto* write = std::get_if<node::WriteDevice>(&effect);
    if (write == nullptr || write->command.call != DeviceCall::set_mode ||
        write->command.mode != ConverterMode::voltage_reference || !live_since_) {
      return;
    }
    const bool holds = facts().truth().units[unit].meter.mode == ConverterMode::voltage_reference;
    if (unheld_since_) {
      const Duration live = facts().now() - std::max(*live_since_, *unheld_since_);
      if (live > oldest) {
        report(fmt::format("{} forms the bus, which has been at {:.0f} V and unheld for {:.1f} s",
                           name_of_unit(unit), highest_v_, to_seconds(live)));
      }
    } else if (!holds && write->command.droop <= 0.0 && facts().now() - *live_since_ > oldest) {
      report(fmt::format("{} forms the bus, which another has held at {:.0f} V for {:.1f} s",
                         name_of_unit(unit), highest_v_, to_seconds(facts().now() - *live_since_)));
    }
  }

 private:
  std::optional<Instant> live_since_;
  std::optional<Instant> unheld_since_;
  double highest_v_ = 0.0;
};

}  // namespace

CheckerPtr make_dead_bus(const Facts& facts) { return std::make_unique<DeadBus>(facts); }

}  // namespace musubi::proof
