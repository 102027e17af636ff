// Shared by the checkers' tests: a watch with one checker, and fake observations of three units.
#pragma once

#include <cmath>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proof/checkers/all.hpp"
#include "proof/watch.hpp"

namespace musubi::proof::testing {

inline UnitId id(std::size_t unit) { return UnitId("E00" + std::to_string(unit + 1)); }

inline Frame three_units() {
  Frame frame;
  frame.units = {id(0), id(1), id(2)};
  return frame;
}

/// One checker and what it is shown. Times are seconds of the world and of every unit's clock.
class Bench {
 public:
  explicit Bench(CheckerPtr (*make)(const Facts&)) : watch_(three_units(), make) {
    truth_.units.resize(3);
    for (auto& unit : truth_.units) {
      unit.meter.rsoc = Percent(50.0);
    }
  }

  [[nodiscard]] const std::vector<Violation>& found() const {
    return watch_.checkers().front()->violations();
  }

  void at(double s) { now_ = Instant{} + seconds(s); }
  void event(std::size_t unit, const node::Event& event) { watch_.event(unit, now_, event); }
  void effect(std::size_t unit, const node::Effect& effect) { watch_.effect(unit, now_, effect); }
  void end() { watch_.end(now_); }
  void healed() { watch_.healed(now_); }
  void strike(sim::FaultKind kind, std::size_t unit, bool begins = true) {
    watch_.fault(now_, sim::Fault{kind, {id(unit)}, 0.0, milliseconds(1000)}, begins);
  }

  // the store
  Revision commit(std::size_t from, const Transaction& transaction) {
    watch_.commit(now_, Commit{from, transaction, ++revision_});
    return revision_;
  }
  Revision write(std::size_t from, StoreKey key, StoreValue value,
                 std::optional<Revision> role = std::nullopt) {
    Transaction t;
    if (role) {
      t.conditions.push_back({StoreKey::role(), *role});
    }
    t.writes.push_back({key, std::move(value)});
    return commit(from, t);
  }
  Epoch take_role(std::size_t unit) {
    epoch_ = write(unit, StoreKey::role(), RoleRecord{id(unit)});
    return epoch_;
  }
  void reference_set(std::size_t from, std::vector<UnitId> units) {
    write(from, StoreKey::reference_set(), ReferenceSet{std::move(units)}, epoch_);
  }
  /// A deal from unit 1 to unit 0.
  static Deal deal(DealPhase phase, std::uint64_t number = 1) {
    Deal deal;
    deal.id = {number, number};
    deal.charge_unit = id(0);
    deal.discharge_unit = id(1);
    deal.amount_wh = 10;
    deal.current = Amperes(1.0);
    deal.phase = phase;
    deal.outcome = phase == DealPhase::done ? DealOutcome::completed : DealOutcome::open;
    deal.charge_meter = {WattHours(10.0), WattHours(12.0), WattHours(0.0), false, false};
    deal.discharge_meter = {WattHours(14.0), WattHours(12.1), WattHours(0.0), false, false};
    return deal;
  }
  void write_deal(const Deal& deal) { write(0, StoreKey::of_deal(deal.id), deal, epoch_); }

  // messages
  static SetPointCommand command(Epoch epoch, std::uint64_t sequence, ConverterMode mode,
                                 double current_a = 0.0, double droop = 0.0) {
    SetPointCommand c;
    c.epoch = epoch;
    c.sequence = sequence;
    c.target.mode = mode;
    c.target.current = Amperes(current_a);
    c.target.droop = droop;
    c.target.voltage = Volts(350.0);
    return c;
  }
  void send_command(std::size_t from, std::size_t to, const SetPointCommand& c) {
    effect(from, node::SendMessage{id(to), CommandMessage{c}});
  }
  void command_arrives(std::size_t from, std::size_t to, const SetPointCommand& c) {
    event(to, node::MessageArrived{id(from), std::make_shared<const Message>(CommandMessage{c})});
  }
  static UnitReport report(std::size_t unit, Epoch epoch, std::uint64_t answers = 0) {
    UnitReport r;
    r.unit = id(unit);
    r.highest_epoch = epoch;
    r.answers_sequence = answers;
    return r;
  }
  void send_report(std::size_t from, std::size_t to, const UnitReport& r) {
    effect(from, node::SendMessage{id(to), ReportMessage{r}});
  }
  void report_arrives(std::size_t to, const UnitReport& r) {
    event(to, node::MessageArrived{r.unit, std::make_shared<const Message>(ReportMessage{r})});
  }

  // devices
  void write_device(std::size_t unit, ConverterMode mode, double droop = 0.0,
                    double current_a = 0.0) {
    DeviceCommand c;
    c.mode = mode;
    c.droop = droop;
    c.current = Amperes(current_a);
    c.voltage = Volts(mode == ConverterMode::waiting ? 0.0 : 350.0);
    effect(unit, node::WriteDevice{1, c});
  }
  /// The driver does it: the plant follows.
  void carry_out(std::size_t unit, ConverterMode mode) {
    DeviceCommand c;
    c.mode = mode;
    watch_.device(unit, now_, c);
    truth_.units[unit].meter.mode = mode;
  }
  void read_device(std::size_t unit, ConverterMode mode, double grid_v, double grid_a = 0.0) {
    Reading r;
    r.mode = mode;
    r.grid_v = Volts(grid_v);
    r.grid_a = Amperes(grid_a);
    event(unit, node::DeviceRead{r});
  }
  void alarm(std::size_t unit, AlarmCode code) {
    effect(unit, node::AlarmRaised{{code, id(unit), AlarmLevel::error, 0.0, 0.0}});
  }

  // the plant
  physics::Meter& meter(std::size_t unit) { return truth_.units[unit].meter; }
  UnitTruth& truth(std::size_t unit) { return truth_.units[unit]; }
  void imbalance(double wh) { truth_.worst_imbalance = WattHours(wh); }
  /// Ticks every 250 ms up to and at `until_s`.
  void ticks(double until_s) {
    const Instant until = Instant{} + seconds(until_s);
    for (; now_ <= until; now_ += milliseconds(250)) {
      for (auto& unit : truth_.units) {
        unit.clock = now_;
      }
      watch_.tick(now_, truth_);
    }
    now_ = until;
  }

 private:
  Watch watch_;
  Truth truth_;
  Instant now_{};
  Revision revision_ = 0;
  Epoch epoch_ = 0;
};

}  // namespace musubi::proof::testing
