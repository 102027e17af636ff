// Shared by tests: one converter machine with a clock, and its set-points and writes in short.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include "base/overloaded.hpp"
#include "converter/converter.hpp"

namespace musubi::converter::testing {

inline constexpr auto waiting = ConverterMode::waiting;
inline constexpr auto reference = ConverterMode::voltage_reference;
inline constexpr auto charge = ConverterMode::charge;
inline constexpr auto discharge = ConverterMode::discharge;
inline constexpr auto unknown = ConverterMode::unknown;

/// "wait", "CV dvg=350 dig=2.3 drg=0", "charge dvg=350 dig=1 drg=0", "dvg=310 drg=0", "dig=2".
inline std::string line(const DeviceCommand& c) {
  std::ostringstream text;
  switch (c.call) {
  case DeviceCall::set_mode:
    if (c.mode == waiting) {
      return "wait";
    }
    text << (c.mode == reference ? "CV"
             : c.mode == charge  ? "charge"
                                 : "discharge")
         << " dvg=" << c.voltage.value() << " dig=" << c.current.value() << " drg=" << c.droop;
    break;
  case DeviceCall::set_voltage:
    text << "dvg=" << c.voltage.value() << " drg=" << c.droop;
    break;
  case DeviceCall::set_current:
    text << "dig=" << c.current.value();
    break;
  }
  return text.str();
}

inline SetPoint at_current(ConverterMode mode, double current_a) {
  SetPoint s;
  s.mode = mode;
  s.current = Amperes(current_a);
  return s;
}

inline SetPoint at_voltage(double voltage_v, double droop = 0.0) {
  SetPoint s;
  s.mode = reference;
  s.voltage = Volts(voltage_v);
  s.droop = droop;
  return s;
}

inline SetPoint in_hand_over(SetPoint s) {
  s.hand_over = true;
  return s;
}

inline SetPoint lowering_the_bus() {
  SetPoint s;
  s.stop_style = StopStyle::lower_bus;
  return s;
}

/// One converter with a clock; each call says what the converter answers to one event.
class ConverterTest : public ::testing::Test {
 protected:
  using Lines = std::vector<std::string>;

  Lines step(const Event& event) {
    std::vector<Effect> out;
    converter.step(now, event, policy, hw, out);
    Lines lines;
    for (const auto& effect : out) {
      std::visit(Overloaded{
                     [&](const Write& e) {
                       last = e;
                       lines.push_back(line(e.command));
                     },
                     [&](const Look&) { lines.emplace_back("look"); },
                     [&](const Settled&) { lines.emplace_back("settled"); },
                     [&](const Failed& e) {
                       lines.push_back(std::string("failed: ") + name_of(e.reason.rule));
                     },
                 },
                 effect);
    }
    return lines;
  }
  Lines set(const SetPoint& target) { return step(TargetSet{target, now + milliseconds(3000)}); }
  Lines answer(WriteOutcome outcome = WriteOutcome::done) {
    return step(WriteAnswered{last.id, outcome});
  }
  static Reading reading(ConverterMode mode, double grid_v, double grid_a) {
    Reading r;
    r.mode = mode;
    r.grid_v = Volts(grid_v);
    r.grid_a = Amperes(grid_a);
    return r;
  }
  Lines read(ConverterMode mode, double grid_v, double grid_a) {
    return step(ReadingArrived{reading(mode, grid_v, grid_a)});
  }
  /// A reading that also tells what the device was set to.
  Lines read_back(ConverterMode mode, double set_v, double set_a) {
    Reading r = reading(mode, set_v, mode == discharge ? -set_a : set_a);
    r.set_voltage_v = Volts(set_v);
    r.set_current_a = Amperes(set_a);
    r.droop = 0.0;
    return step(ReadingArrived{r});
  }
  /// A reading when the look is due: not reached, it is a try.
  Lines tried(ConverterMode mode, double grid_v, double grid_a) {
    now += policy.checkpoint_retry_wait;
    return read(mode, grid_v, grid_a);
  }
  Lines pass(Duration time) {
    now += time;
    return step(Advance{});
  }
  /// Brings it to a constant current of one step or to a voltage.
  void settle_at(const SetPoint& target) {
    set(target);
    answer();
    const bool holds = target.mode == reference;
    ASSERT_THAT(read(target.mode, holds ? target.voltage.value() : 350,
                     holds                      ? 0
                     : target.mode == discharge ? -target.current.value()
                                                : target.current.value()),
                ::testing::ElementsAre("settled"));
  }

  Policy policy;
  HwConfig hw;
  Converter converter;
  Instant now{seconds(100)};
  Write last;
};

}  // namespace musubi::converter::testing
