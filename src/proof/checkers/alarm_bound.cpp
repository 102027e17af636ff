#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

using sim::FaultKind;

struct Row {
  FaultKind fault;
  AlarmCode alarm;
  Duration bound;
};
constexpr std::array<Row, 3> rows = {{
    {FaultKind::driver_hang, AlarmCode::device_unreachable, milliseconds(10'000)},
    {FaultKind::driver_error, AlarmCode::device_unreachable, milliseconds(10'000)},
    {FaultKind::battery_denies, AlarmCode::battery_not_permitted, milliseconds(5'000)},
}};
constexpr Kinds blinding = {FaultKind::driver_hang, FaultKind::driver_late, FaultKind::driver_error,
                            FaultKind::driver_frozen};
constexpr Duration range_bound = milliseconds(250);
constexpr Duration journal_bound = milliseconds(1000);
constexpr Duration store_bound = milliseconds(20'000);

class AlarmBound : public Checker {
  static constexpr std::string_view statement =
      "Every fault that a unit can detect raises its alarm there within its bound: an unreachable "
      "device, a battery that withdraws its permission, a value outside its hardware's ranges, a "
      "journal that takes nothing, a store that answers nothing. Excused while the unit itself is "
      "away or its device gives no true reading.";

 public:
  explicit AlarmBound(const Facts& facts)
      : Checker(facts, "alarm_bound", statement), units_(facts.size()) {}

  void event(std::size_t unit, const node::Event& event) override {
    Unit& u = units_[unit];
    if (std::holds_alternative<node::Started>(event)) {
      u = {};
    } else if (const auto* read = std::get_if<node::DeviceRead>(&event)) {
      read_by(u, read->reading);
    } else if (const auto* written = std::get_if<node::DeviceWritten>(&event)) {
      read_by(u, written->reading);
    } else if (const auto* journal = std::get_if<node::JournalAnswered>(&event)) {
      u.journal_fails_since =
          journal->saved ? std::optional<Instant>() : u.journal_fails_since.value_or(facts().now());
    } else if (const auto* answer = std::get_if<node::TransactionAnswered>(&event)) {
      const bool unknown = answer->result == node::TransactionResult::unknown;
      u.store_fails_since =
          unknown ? u.store_fails_since.value_or(facts().now()) : std::optional<Instant>();
    } else if (std::holds_alternative<node::RoleAnswered>(event) ||
               std::holds_alternative<node::StoreChanged>(event)) {
      u.store_fails_since.reset();
    }
  }

  void effect(std::size_t unit, const node::Effect& effect) override {
    if (const auto* raised = std::get_if<node::AlarmRaised>(&effect)) {
      units_[unit].active.insert(raised->alarm.code);
    } else if (const auto* cleared = std::get_if<node::AlarmCleared>(&effect)) {
      units_[unit].active.erase(cleared->code);
    }
  }

  void tick() override {
    for (std::size_t unit = 0; unit < facts().size(); ++unit) {
      for (std::size_t row = 0; row < rows.size(); ++row) {
        judge(unit, row);
      }
      Unit& u = units_[unit];
      if (facts().was_away(unit, store_bound)) {
        continue;
      }
      for (auto& [code, since] : u.out_of_range_since) {
        overdue(unit, since, range_bound, code);
      }
      overdue(unit, u.journal_fails_since, journal_bound, AlarmCode::journal_failed);
      if (facts().suffered(unit, {FaultKind::store_down, FaultKind::store_lost,
                                  FaultKind::partition, FaultKind::partition_in})) {
        overdue(unit, u.store_fails_since, store_bound, AlarmCode::store_unreachable);
      } else {
        u.store_fails_since.reset();
      }
    }
  }

 private:
  struct Unit {
    std::set<AlarmCode> active;
    std::array<std::optional<Instant>, rows.size()> told;  ///< the fault that was reported
    std::map<AlarmCode, std::optional<Instant>> out_of_range_since;
    std::optional<Instant> journal_fails_since;
    std::optional<Instant> store_fails_since;
  };

  /// What a reading shows outside the hardware's ranges.
  void read_by(Unit& u, const std::optional<Reading>& reading) {
    if (!reading) {
      return;
    }
    const HwConfig& hw = facts().frame().hw;
    const auto look = [&](const auto& value, const MeterRange& range, AlarmCode code) {
      auto& since = u.out_of_range_since[code];
      const bool outside = value && !range.contains(value->value());
      since = outside ? since.value_or(facts().now()) : std::optional<Instant>();
    };
    look(reading->grid_v, hw.grid_v, AlarmCode::grid_voltage_out_of_range);
    look(reading->grid_a, hw.grid_a, AlarmCode::grid_current_out_of_range);
    look(reading->battery_v, hw.battery_v, AlarmCode::battery_voltage_out_of_range);
    look(reading->battery_a, hw.battery_a, AlarmCode::battery_current_out_of_range);
    look(reading->temperature, hw.temperature_c, AlarmCode::temperature_out_of_range);
  }

  void overdue(std::size_t unit, std::optional<Instant>& since, Duration bound, AlarmCode code) {
    if (since && facts().now() - *since > bound && !units_[unit].active.contains(code)) {
      report(fmt::format("{} has not raised {} {:.1f} s after its first sign", name_of_unit(unit),
                         kind_of(code).name, to_seconds(facts().now() - *since)));
      since.reset();
    }
  }

  void judge(std::size_t unit, std::size_t index) {
    const Row& row = rows[index];
    Unit& u = units_[unit];
    const auto since = facts().suffers_since(unit, row.fault);
    const bool blind =
        row.alarm != AlarmCode::device_unreachable && facts().suffered(unit, blinding, row.bound);
    if (!since || u.told[index] == since || facts().now() - *since <= row.bound || blind ||
        facts().was_away(unit, row.bound) || !facts().truth().units[unit].up) {
      return;
    }
    u.told[index] = since;
    if (!u.active.contains(row.alarm)) {
      report(fmt::format("{} has not raised {} {:.1f} s after {}", name_of_unit(unit),
                         kind_of(row.alarm).name, to_seconds(facts().now() - *since),
                         name_of(row.fault)));
    }
  }

  std::vector<Unit> units_;
};

}  // namespace

CheckerPtr make_alarm_bound(const Facts& facts) { return std::make_unique<AlarmBound>(facts); }

}  // namespace musubi::proof
