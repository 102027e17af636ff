#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

using sim::FaultKind;

constexpr Duration memory = milliseconds(120'000);
/// Leases end one by one when messages or the store are lost. For as long as that may take, what is
/// left overruns a reference that goes on holding the voltage.
constexpr Duration overrun_memory = milliseconds(10'000);

constexpr Kinds any_fault = {FaultKind::lose_messages,
                             FaultKind::duplicate_messages,
                             FaultKind::slow_messages,
                             FaultKind::cut,
                             FaultKind::partition,
                             FaultKind::partition_in,
                             FaultKind::partition_out,
                             FaultKind::store_down,
                             FaultKind::store_no_answer,
                             FaultKind::store_lost,
                             FaultKind::watch_gap,
                             FaultKind::lease_slip,
                             FaultKind::clock_rate,
                             FaultKind::wall_step,
                             FaultKind::crash,
                             FaultKind::board_loss,
                             FaultKind::pause,
                             FaultKind::pause_in_write,
                             FaultKind::driver_hang,
                             FaultKind::driver_late,
                             FaultKind::driver_error,
                             FaultKind::driver_frozen,
                             FaultKind::driver_forgot,
                             FaultKind::converter_stuck,
                             FaultKind::converter_ignores,
                             FaultKind::converter_bias,
                             FaultKind::converter_trips,
                             FaultKind::foreign_voltage,
                             FaultKind::meter_zero,
                             FaultKind::meter_frozen,
                             FaultKind::meter_bias,
                             FaultKind::battery_denies,
                             FaultKind::battery_empty,
                             FaultKind::disk_full,
                             FaultKind::torn_write};

/// Faults that touch a driver, a converter, a meter or the bus.
constexpr Kinds hardware = {
    FaultKind::crash,           FaultKind::board_loss,        FaultKind::pause,
    FaultKind::pause_in_write,  FaultKind::driver_hang,       FaultKind::driver_late,
    FaultKind::driver_error,    FaultKind::driver_frozen,     FaultKind::driver_forgot,
    FaultKind::converter_stuck, FaultKind::converter_ignores, FaultKind::converter_bias,
    FaultKind::converter_trips, FaultKind::foreign_voltage,   FaultKind::meter_zero,
    FaultKind::meter_frozen,    FaultKind::meter_bias,        FaultKind::battery_empty};

class AlarmCause : public Checker {
  static constexpr std::string_view statement =
      "No alarm of level error is raised without a cause: a fault that can lead to it acts or has "
      "acted within the last two minutes, or a person has locked a unit out.";

 public:
  explicit AlarmCause(const Facts& facts) : Checker(facts, "alarm_cause", statement) {}

  void event(std::size_t /*unit*/, const node::Event& event) override {
    const auto* lock = std::get_if<node::SetLockOut>(&event);
    if (lock != nullptr && lock->locked) {
      locked_out_at_ = facts().now();
    }
  }

  void effect(std::size_t unit, const node::Effect& effect) override {
    const auto* raised = std::get_if<node::AlarmRaised>(&effect);
    if (raised != nullptr && raised->alarm.level >= AlarmLevel::error &&
        !has_cause(unit, raised->alarm.code)) {
      report(fmt::format("{} raises {} (found {}, allowed {}) without a cause", name_of_unit(unit),
                         kind_of(raised->alarm.code).name, raised->alarm.found,
                         raised->alarm.allowed));
    }
  }

 private:
  /// Somebody truly holds the voltage.
  [[nodiscard]] bool is_held() const {
    const auto& units = facts().truth().units;
    return std::any_of(units.begin(), units.end(), [](const UnitTruth& unit) {
      return unit.meter.mode == ConverterMode::voltage_reference;
    });
  }
  [[nodiscard]] bool has_cause(std::size_t unit, AlarmCode code) const {
    switch (code) {
    case AlarmCode::device_unreachable:
      return facts().suffered(
          unit, {FaultKind::driver_hang, FaultKind::driver_late, FaultKind::driver_error}, memory);
    case AlarmCode::battery_not_permitted:
      return facts().suffered(unit, {FaultKind::battery_denies, FaultKind::driver_frozen}, memory);
    case AlarmCode::journal_failed:
      return facts().suffered(unit, {FaultKind::disk_full}, memory);
    case AlarmCode::lock_out:
    case AlarmCode::local_stop:
    case AlarmCode::policy_differs:
      return true;  // persons and files, no faults
    case AlarmCode::duplicate_unit:
    case AlarmCode::temperature_out_of_range:
    case AlarmCode::mode_unknown:
    case AlarmCode::mode_inconsistent:
    case AlarmCode::converter_alarm:
    case AlarmCode::reading_incomplete:
      return false;  // no fault of the model leads to them
    case AlarmCode::current_off:
    case AlarmCode::reference_voltage_off:
    case AlarmCode::grid_voltage_out_of_range:
      return facts().suffered_anywhere(hardware, memory) ||
             (facts().suffered_anywhere(any_fault, overrun_memory) && is_held());
    case AlarmCode::possibly_running:
    case AlarmCode::device_refused_command:
    case AlarmCode::mode_without_deal:
    case AlarmCode::mode_against_deal:
    case AlarmCode::waiting_current:
    case AlarmCode::grid_current_out_of_range:
    case AlarmCode::battery_voltage_out_of_range:
    case AlarmCode::battery_current_out_of_range:
    case AlarmCode::two_references:
      return facts().suffered_anywhere(hardware, memory);
    case AlarmCode::deal_directions_differ:
    case AlarmCode::lease_expired:
    case AlarmCode::scenario_without_slice:
    case AlarmCode::short_circuit:
    case AlarmCode::bus_voltage_trip:
    case AlarmCode::store_unreachable:
    case AlarmCode::members_missing:
    case AlarmCode::leak_current:
    case AlarmCode::branch_overloaded:
    case AlarmCode::foreign_voltage:
    case AlarmCode::orphan_running:
    case AlarmCode::ramp_up_timeout:
    case AlarmCode::hand_over_unfinished:
    case AlarmCode::authorization_failed:
    case AlarmCode::compensation_failed:
    case AlarmCode::meter_mismatch:
    case AlarmCode::bus_latched:
    case AlarmCode::deal_stop_failed:
      return facts().suffered_anywhere(any_fault, memory) ||
             (locked_out_at_ && facts().now() - *locked_out_at_ <= memory);
    }
    return false;
  }

  std::optional<Instant> locked_out_at_;
};

}  // namespace

CheckerPtr make_alarm_cause(const Facts& facts) { return std::make_unique<AlarmCause>(facts); }

}  // namespace musubi::proof
