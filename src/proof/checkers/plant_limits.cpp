#include <cmath>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

using sim::FaultKind;

constexpr Kinds excuses = {
    FaultKind::converter_stuck, FaultKind::converter_ignores, FaultKind::converter_bias,
    FaultKind::driver_hang,     FaultKind::driver_late,       FaultKind::driver_error,
    FaultKind::driver_frozen,   FaultKind::meter_zero,        FaultKind::meter_frozen,
    FaultKind::meter_bias,      FaultKind::foreign_voltage,   FaultKind::board_loss,
    FaultKind::pause,           FaultKind::pause_in_write};
constexpr Duration recovery = milliseconds(10'000);
constexpr Duration allowed = milliseconds(2000);
constexpr double margin_v = 2.0;
constexpr double margin_pct = 1e-6;

class PlantLimits : public Checker {
  static constexpr std::string_view statement =
      "States of charge stay within 0 and 100 %, and no current or voltage beyond its limit, no "
      "second undrooped voltage reference and no third one lasts for 2 s. Excused while and "
      "shortly after a converter, driver or meter does not do as it is told, a unit stands still "
      "or is lost, or something else feeds the bus.";

 public:
  explicit PlantLimits(const Facts& facts) : Checker(facts, "plant_limits", statement) {}

  void tick() override {
    const Frame& frame = facts().frame();
    std::size_t references = 0;
    std::size_t undrooped = 0;
    double highest_v = 0.0;
    double highest_a = 0.0;
    for (const UnitTruth& unit : facts().truth().units) {
      const physics::Meter& meter = unit.meter;
      const double soc = meter.rsoc.value();
      if (std::isnan(soc) || soc < -margin_pct || soc > 100.0 + margin_pct) {
        report(fmt::format("a state of charge is {} %, allowed: 0 to 100", soc));
      }
      const bool holds = meter.mode == ConverterMode::voltage_reference;
      references += holds ? 1U : 0U;
      undrooped += holds && meter.drg <= 0.0 ? 1U : 0U;
      highest_v = std::max(highest_v, meter.vg.value());
      highest_a = std::max(highest_a, std::fabs(meter.ig.value()));
    }
    if (facts().suffered_anywhere(excuses, recovery)) {
      over_a_ = {};
      over_v_ = {};
      rivals_ = {};
      return;
    }
    const double most_a =
        (frame.hw.grid_current_capacity + frame.hw.grid_current_allowance).value();
    const double most_v = frame.policy.grid_voltage_max.value() + margin_v;
    lasts(over_a_, highest_a > most_a, "{:.3f} A at a converter, allowed: {:.3f}", highest_a,
          most_a);
    lasts(over_v_, highest_v > most_v, "{:.1f} V on the bus, allowed: {:.1f}", highest_v, most_v);
    lasts(rivals_, references > 2 || (references > 1 && undrooped > 0),
          "{:.0f} units hold the voltage, {:.0f} of them without droop",
          static_cast<double>(references), static_cast<double>(undrooped));
  }

 private:
  /// Something that is beyond its limit, told once while it lasts.
  struct Excess {
    std::optional<Instant> since;
    bool told = false;
  };

  void lasts(Excess& excess, bool holds, std::string_view text, double found, double limit) {
    if (!holds) {
      excess = {};
      return;
    }
    excess.since = excess.since.value_or(facts().now());
    if (!excess.told && facts().now() - *excess.since > allowed) {
      report(fmt::format(fmt::runtime(text), found, limit));
      excess.told = true;
    }
  }

  Excess over_a_;
  Excess over_v_;
  Excess rivals_;
};

}  // namespace

CheckerPtr make_plant_limits(const Facts& facts) { return std::make_unique<PlantLimits>(facts); }

}  // namespace musubi::proof
