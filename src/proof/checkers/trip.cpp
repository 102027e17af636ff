#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

using sim::FaultKind;

constexpr Kinds excuses = {FaultKind::crash,           FaultKind::board_loss,
                           FaultKind::pause,           FaultKind::pause_in_write,
                           FaultKind::driver_hang,     FaultKind::driver_late,
                           FaultKind::driver_error,    FaultKind::driver_frozen,
                           FaultKind::converter_stuck, FaultKind::converter_ignores};
constexpr Duration recovery = milliseconds(6000);
/// The stop bound and a tick.
constexpr Duration range_bound = milliseconds(1300);
/// Two samples on a driver that settles first, then the stop bound.
constexpr Duration band_bound = milliseconds(2500);

class Trip : public Checker {
  static constexpr std::string_view statement =
      "A unit that has read a value outside its hardware's ranges, or twice a bus outside the "
      "band that was announced for its current, waits within its trip time. Excused while and "
      "shortly after its process stands still, or its driver or converter does not do as it is "
      "told.";

 public:
  explicit Trip(const Facts& facts) : Checker(facts, "trip", statement), units_(facts.size()) {}

  void event(std::size_t unit, const node::Event& event) override {
    if (const auto* read = std::get_if<node::DeviceRead>(&event)) {
      read_by(unit, read->reading);
    } else if (const auto* written = std::get_if<node::DeviceWritten>(&event)) {
      read_by(unit, written->reading);
    } else if (const auto* message = std::get_if<node::MessageArrived>(&event)) {
      if (const auto* m = std::get_if<CommandMessage>(message->message.get())) {
        commanded(unit, m->command.target);
      }
    } else if (std::holds_alternative<node::Started>(event)) {
      units_[unit] = {};
    }
  }

  void tick() override {
    for (std::size_t unit = 0; unit < facts().size(); ++unit) {
      Unit& u = units_[unit];
      if (!facts().is_running(unit) || facts().suffered(unit, excuses, recovery)) {
        u.out_of_range_since.reset();
        u.out_of_band_since.reset();
        continue;
      }
      outlasts(unit, u.out_of_range_since, range_bound, "a value outside its ranges");
      outlasts(unit, u.out_of_band_since, band_bound, "a bus outside the announced band");
    }
  }

 private:
  struct Unit {
    double band_low_v = 0.0;
    double band_high_v = 0.0;
    std::optional<Instant> out_of_range_since;
    std::optional<Instant> out_of_band_since;
  };

  void outlasts(std::size_t unit, std::optional<Instant>& since, Duration bound,
                std::string_view what) {
    if (since && facts().now() - *since > bound) {
      report(fmt::format("{} runs {:.2f} s after it has read {}", name_of_unit(unit),
                         to_seconds(facts().now() - *since), what));
      since.reset();
    }
  }

  void commanded(std::size_t unit, const SetPoint& target) {
    Unit& u = units_[unit];
    const bool same =
        u.band_low_v == target.band_low.value() && u.band_high_v == target.band_high.value();
    if (!same) {
      u.band_low_v = target.band_low.value();
      u.band_high_v = target.band_high.value();
      u.out_of_band_since.reset();
    }
  }

  void read_by(std::size_t unit, const std::optional<Reading>& reading) {
    if (!reading) {
      return;
    }
    Unit& u = units_[unit];
    const HwConfig& hw = facts().frame().hw;
    const auto outside = [](const auto& value, const MeterRange& range) {
      return value && !range.contains(value->value());
    };
    const bool running = reading->mode != ConverterMode::waiting;
    const bool out_of_range =
        running &&
        (outside(reading->grid_v, hw.grid_v) || outside(reading->grid_a, hw.grid_a) ||
         outside(reading->battery_v, hw.battery_v) ||
         outside(reading->temperature, hw.temperature_c) || reading->alarm == AlarmState::heavy);
    const bool out_of_band =
        is_constant_current(reading->mode) && u.band_high_v > 0.0 && reading->grid_v &&
        (reading->grid_v->value() < u.band_low_v || reading->grid_v->value() > u.band_high_v);
    keep(u.out_of_range_since, out_of_range);
    keep(u.out_of_band_since, out_of_band);
  }
  void keep(std::optional<Instant>& since, bool holds) const {
    since = holds ? since.value_or(facts().now()) : std::optional<Instant>();
  }

  std::vector<Unit> units_;
};

}  // namespace

CheckerPtr make_trip(const Facts& facts) { return std::make_unique<Trip>(facts); }

}  // namespace musubi::proof
