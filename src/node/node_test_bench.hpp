// Shared by tests: one node with a device that answers at once, a store and a hand that moves time.
#pragma once

#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "node/node_core.hpp"

namespace musubi::node::testing {

inline Instant at_s(double s) { return Instant{} + seconds(s); }

/// A converter and battery as a test wants them.
struct BenchDevice {
  ConverterMode mode = ConverterMode::waiting;
  Volts dvg{};
  Amperes dig{};
  double droop = 0.0;
  Volts bus{};            ///< voltage where this unit does not hold it
  Amperes reference_a{};  ///< current in CV
  Percent soc{72.0};
  bool answers_reads = true;
  WriteResult write_result = WriteResult::done;

  void write(const DeviceCommand& c) {
    if (write_result != WriteResult::done) {
      return;
    }
    if (c.call == DeviceCall::set_mode) {
      mode = c.mode;
    }
    if (c.call != DeviceCall::set_current) {
      dvg = c.voltage;
      droop = c.droop;
    }
    if (c.call != DeviceCall::set_voltage) {
      dig = c.current;
    }
  }
  [[nodiscard]] Reading reading(Instant now) const {
    Reading r;
    r.taken_at = now;
    r.mode = mode;
    r.grid_v = mode == ConverterMode::voltage_reference ? dvg : bus;
    r.grid_a = mode == ConverterMode::charge      ? dig
               : mode == ConverterMode::discharge ? -dig
               : mode == ConverterMode::waiting   ? Amperes(0.0)
                                                  : reference_a;
    r.grid_w = *r.grid_v * *r.grid_a;
    r.battery_v = Volts(52.0);
    r.battery_w = *r.grid_w;
    r.battery_a = *r.battery_w / *r.battery_v;
    r.temperature = Celsius(25.0);
    r.set_voltage_v = dvg;
    r.droop = droop;
    r.set_current_a = dig;
    r.soc = soc;
    r.battery_permission = 3;
    return r;
  }
};

/// Policy of E001 to E004, all autonomous.
inline Policy bench_policy() {
  Policy policy;
  policy.operation_mode = OperationMode::autonomous;
  for (const char* name : {"E001", "E002", "E003", "E004"}) {
    policy.members.emplace_back(name);
  }
  return policy;
}

/// Below 2880 Wh of 4800 the unit asks to charge up to there; from 3600 Wh it gives what is above.
inline Scenario bench_scenario() {
  BatteryStatus lacking{"lacking", std::nullopt, 2880, {}, {}};
  lacking.request.charge = TradeRule{2880, 10.0, {}};
  BatteryStatus rich{"rich", 3600, std::nullopt, {}, {}};
  rich.accept.discharge = TradeRule{3600, 10.0, {}};
  TimeSlice all_day;
  all_day.statuses = {lacking, rich};
  Scenario scenario;
  scenario.slices = {all_day};
  return scenario;
}

inline Setup bench_setup() {
  Setup setup;
  setup.unit = UnitId("E001");
  setup.policy = std::make_shared<const Policy>(bench_policy());
  setup.scenario = std::make_shared<const Scenario>(bench_scenario());
  setup.seed = 7;
  return setup;
}

class NodeBench {
 public:
  explicit NodeBench(const Setup& setup = bench_setup())
      : setup_(setup), core_(setup), policy_version_(version_of(*setup.policy)) {}

  /// The process begins and joins; the store says that `epoch` is the newest one.
  void start(Epoch epoch = 0, std::uint64_t boot = 1, Epoch journal = 0,
             const LocalState& local = {}) {
    boot_ = boot;
    step(Started{boot, journal, {}, local});
    step(RoleAnswered{now_, UnitId{}, epoch});
    run_for(seconds(1.1));
  }

  /// One event; the device answers what it is asked. All effects, those of the answers included.
  std::vector<Effect> step(const Event& event) {
    std::vector<Effect> all;
    run(event, all);
    return all;
  }
  std::vector<Effect> message(UnitId from, Message message) {
    return step(MessageArrived{from, std::make_shared<const Message>(std::move(message))});
  }
  /// A record of the store, at its next revision.
  std::vector<Effect> put(StoreKey key, StoreValue value) {
    return step(StoreChanged{
        std::make_shared<const StoreRecord>(StoreRecord{key, ++revision_, std::move(value)})});
  }
  /// E001 to E004 are running.
  void members_join(PolicyVersion version) {
    for (const auto& unit : setup_.policy->members) {
      put(StoreKey::member(unit), MemberRecord{unit, boot_, version, Amperes(2.3)});
    }
  }
  void members_join() { members_join(policy_version_); }

  /// Lets time pass; the node is woken when it asked for.
  std::vector<Effect> run_for(Duration d) {
    std::vector<Effect> all;
    const Instant until = now_ + d;
    while (wake_at_ <= until) {
      now_ = std::max(now_ + Duration(1), wake_at_);
      run(Woken{}, all);
    }
    now_ = until;
    return all;
  }
  /// Only the clock moves.
  void skip(Duration d) { now_ += d; }

  /// A command with a stamp of now; a current carries one deal without an end.
  SetPointCommand command(const SetPoint& target, Epoch epoch = 5,
                          Duration validity = milliseconds(3000)) {
    SetPointCommand c;
    c.epoch = epoch;
    c.sequence = ++sequence_;
    c.stamp = {boot_, now_};
    c.validity = validity;
    c.policy_version = policy_version_;
    c.target = target;
    if (is_constant_current(target.mode)) {
      DealShare share;
      share.deal = DealId{1, 1};
      share.direction = Direction::discharge;
      share.current = target.current;
      c.shares.push_back(share);
    }
    return c;
  }
  std::vector<Effect> obey(const SetPointCommand& c, UnitId from = UnitId("E002")) {
    return message(from, CommandMessage{c});
  }

  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] WallTime wall() const {
    return WallTime{1'577'804'400'000, 9 * 3600}.plus(now_ - Instant{});
  }
  [[nodiscard]] const NodeCore& core() const { return core_; }
  [[nodiscard]] PolicyVersion policy_version() const { return policy_version_; }
  [[nodiscard]] Revision revision() const { return revision_; }

  BenchDevice device;
  bool journal_saves = true;
  bool device_answers = true;  ///< false: reads and writes stay without any answer

 private:
  void run(const Event& event, std::vector<Effect>& all) {
    const auto effects = core_.step({now_, wall()}, event);
    const std::vector<Effect> mine(effects.begin(), effects.end());
    all.insert(all.end(), mine.begin(), mine.end());
    for (const Effect& effect : mine) {
      if (const auto* wake = std::get_if<WakeAt>(&effect)) {
        wake_at_ = wake->at;
      }
    }
    for (const Effect& effect : mine) {
      if (const auto* epoch = std::get_if<PersistEpoch>(&effect)) {
        run(JournalAnswered{JournalRecord::epoch, journal_saves, epoch->epoch, {}}, all);
      } else if (const auto* deal = std::get_if<PersistSettled>(&effect)) {
        run(JournalAnswered{JournalRecord::settled, journal_saves, 0, deal->deal->id}, all);
      } else if (std::holds_alternative<PersistLocal>(effect)) {
        run(JournalAnswered{JournalRecord::local, journal_saves, 0, {}}, all);
      }
    }
    for (const Effect& effect : mine) {
      if (!device_answers) {
        continue;
      }
      if (std::holds_alternative<ReadDevice>(effect)) {
        run(DeviceRead{device.answers_reads ? std::optional(device.reading(now_)) : std::nullopt},
            all);
      } else if (const auto* write = std::get_if<WriteDevice>(&effect)) {
        device.write(write->command);
        const bool done = device.write_result == WriteResult::done && device.answers_reads;
        run(DeviceWritten{write->id, device.write_result,
                          done ? std::optional(device.reading(now_)) : std::nullopt},
            all);
      }
    }
  }

  Setup setup_;
  NodeCore core_;
  PolicyVersion policy_version_;
  Instant now_ = at_s(100);
  Instant wake_at_ = Instant::max();
  std::uint64_t boot_ = 1;
  std::uint64_t sequence_ = 0;
  Revision revision_ = 10;
};

/// The effects of one kind.
template <class T>
std::vector<T> all_of(const std::vector<Effect>& effects) {
  std::vector<T> found;
  for (const Effect& effect : effects) {
    if (const auto* e = std::get_if<T>(&effect)) {
      found.push_back(*e);
    }
  }
  return found;
}
/// The messages of one kind that were sent to one unit.
template <class M>
std::vector<std::pair<UnitId, M>> sent(const std::vector<Effect>& effects) {
  std::vector<std::pair<UnitId, M>> found;
  for (const auto& e : all_of<SendMessage>(effects)) {
    if (const auto* m = std::get_if<M>(&e.message)) {
      found.emplace_back(e.to, *m);
    }
  }
  return found;
}
template <class M>
std::vector<M> broadcast(const std::vector<Effect>& effects) {
  std::vector<M> found;
  for (const auto& e : all_of<Broadcast>(effects)) {
    if (const auto* m = std::get_if<M>(&e.message)) {
      found.push_back(*m);
    }
  }
  return found;
}
inline bool raised(const std::vector<Effect>& effects, AlarmCode code) {
  const auto alarms = all_of<AlarmRaised>(effects);
  return std::any_of(alarms.begin(), alarms.end(),
                     [&](const AlarmRaised& e) { return e.alarm.code == code; });
}

/// Set-points of a bus at 350 V.
inline SetPoint discharge_at(double current_a) {
  SetPoint s;
  s.mode = ConverterMode::discharge;
  s.current = Amperes(current_a);
  s.band_low = Volts(320);
  s.band_high = Volts(376);
  return s;
}
inline SetPoint hold_bus(double droop = 0.0) {
  SetPoint s;
  s.mode = ConverterMode::voltage_reference;
  s.voltage = Volts(350);
  s.droop = droop;
  return s;
}

}  // namespace musubi::node::testing
