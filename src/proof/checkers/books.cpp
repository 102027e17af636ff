#include <cmath>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

using sim::FaultKind;

constexpr Kinds excuses = {
    FaultKind::crash,           FaultKind::board_loss,        FaultKind::pause,
    FaultKind::pause_in_write,  FaultKind::driver_hang,       FaultKind::driver_late,
    FaultKind::driver_error,    FaultKind::driver_frozen,     FaultKind::driver_forgot,
    FaultKind::converter_stuck, FaultKind::converter_ignores, FaultKind::converter_bias,
    FaultKind::converter_trips, FaultKind::meter_zero,        FaultKind::meter_frozen,
    FaultKind::meter_bias,      FaultKind::foreign_voltage,   FaultKind::clock_rate};
constexpr Duration ever = std::chrono::hours(24 * 366);
constexpr double meter_class = 0.03;
constexpr double rounding_wh = 3.0;

class Books : public Checker {
  static constexpr std::string_view statement =
      "What a unit's settled deals count at the bus is what truly flowed through its converter, "
      "within the class of its meters. Excused for units whose meters, driver, converter or "
      "process were struck, and while deals are open.";

 public:
  explicit Books(const Facts& facts)
      : Checker(facts, "books", statement), flowed_wh_(facts.size(), 0.0),
        booked_wh_(facts.size(), 0.0) {}

  void commit(const Commit& commit) override {
    for (const auto& write : commit.transaction.writes) {
      const auto* deal = std::get_if<Deal>(&write.value);
      if (deal == nullptr || deal->phase != DealPhase::done) {
        continue;
      }
      for (const UnitId id : {deal->charge_unit, deal->discharge_unit}) {
        const std::size_t unit = facts().index_of(id);
        if (unit < facts().size()) {
          const DealMeter& meter = deal->meter_of(id);
          booked_wh_[unit] += (meter.bus_energy + meter.bus_account).value();
        }
      }
    }
  }

  void tick() override {
    const Duration since = facts().now() - last_;
    last_ = facts().now();
    for (std::size_t unit = 0; unit < facts().size(); ++unit) {
      const physics::Meter& meter = facts().truth().units[unit].meter;
      flowed_wh_[unit] += std::fabs((meter.wg * since).value());
    }
  }

  void end() override {
    for (const auto& [id, deal] : facts().deals()) {
      if (deal.phase != DealPhase::done) {
        return;
      }
    }
    for (std::size_t unit = 0; unit < facts().size(); ++unit) {
      const double allowed_wh = flowed_wh_[unit] * meter_class + rounding_wh;
      if (!facts().suffered(unit, excuses, ever) &&
          std::fabs(flowed_wh_[unit] - booked_wh_[unit]) > allowed_wh) {
        report(fmt::format("{}: {:.2f} Wh flowed, its deals count {:.2f} Wh, allowed: {:.2f} apart",
                           name_of_unit(unit), flowed_wh_[unit], booked_wh_[unit], allowed_wh));
      }
    }
  }

 private:
  Instant last_{};
  std::vector<double> flowed_wh_;
  std::vector<double> booked_wh_;
};

}  // namespace

CheckerPtr make_books(const Facts& facts) { return std::make_unique<Books>(facts); }

}  // namespace musubi::proof
