// What holds for every order of targets, answers, disturbances and silences.

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <optional>
#include <rapidcheck/gtest.h>
#include <variant>
#include <vector>

#include "converter/converter_test_bench.hpp"
#include "converter/transitions.hpp"

namespace musubi::converter::testing {
namespace {

/// A device that carries out, refuses or loses answers as drawn.
struct Device {
  DeviceState state{waiting, Volts(350), Amperes(0), 0.0};

  [[nodiscard]] Reading reading(double disturbance) const {
    Reading r;
    r.mode = state.mode;
    r.set_voltage_v = state.voltage;
    r.set_current_a = state.current;
    r.droop = state.droop;
    const double sign = state.mode == charge ? 1.0 : state.mode == discharge ? -1.0 : 0.0;
    r.grid_a = Amperes(sign * state.current.value() + disturbance);
    r.grid_v = state.mode == reference ? state.voltage : Volts(350);
    return r;
  }
};

// From random targets, answers, disturbances and silences: no write beyond the target, the capacity
// or a step; no change of the device's real mode that the table forbids; and with the lease over
// and answers coming, the device waits.
RC_GTEST_FIXTURE_PROP(ConverterTest, NoWriteGoesBeyondTargetCapacityStepOrTable, ()) {
  const auto hundredth = [](int low, int high) { return *rc::gen::inRange(low, high) / 100.0; };
  policy.current_step = Amperes(hundredth(20, 150));
  policy.ramp_up_timeout = seconds(5);
  Device device;
  SetPoint target;
  struct Pending {
    std::uint64_t id;
    WriteOutcome outcome;
  };
  std::optional<Pending> pending;
  const auto carry_out = [&](const Write& write, bool healthy) {
    const DeviceCommand& c = write.command;
    const bool stops = c.call == DeviceCall::set_mode && c.mode == waiting;
    RC_ASSERT(c.current <= hw.grid_current_capacity + Amperes(1e-9));
    RC_ASSERT(c.current >= Amperes(0));
    const bool gives_up = device.state.mode == reference && is_constant_current(c.mode);
    if (is_constant_current(c.mode) && c.call != DeviceCall::set_voltage) {
      const Amperes before =
          is_constant_current(device.state.mode) ? device.state.current : Amperes(0);
      RC_ASSERT(c.current <= std::max(before, target.current) + Amperes(1e-9));
      if (!gives_up) {
        RC_ASSERT(abs(c.current - before) <= policy.current_step + Amperes(1e-9));
      }
    }
    const auto outcome =
        healthy ? WriteOutcome::done
                : *rc::gen::weightedElement<WriteOutcome>({{8, WriteOutcome::done},
                                                           {1, WriteOutcome::refused},
                                                           {2, WriteOutcome::unknown}});
    const bool happens = outcome == WriteOutcome::done ||
                         (outcome == WriteOutcome::unknown && *rc::gen::arbitrary<bool>());
    if (happens) {
      const DeviceState next = after(device.state, c);
      const Transition change = transition_of(device.state.mode, next.mode);
      RC_ASSERT(change != Transition::forbidden);
      if (change == Transition::take_over || change == Transition::give_up) {
        RC_ASSERT(target.hand_over);
      }
      device.state = next;
    }
    if (!stops) {
      RC_ASSERT(now < c.lease_end);
    }
    pending = Pending{write.id, outcome};
  };
  const auto run = [&](const Event& event, bool healthy) {
    std::vector<Effect> out;
    converter.step(now, event, policy, hw, out);
    for (const auto& effect : out) {
      if (const auto* write = std::get_if<Write>(&effect)) {
        carry_out(*write, healthy);
      }
    }
  };
  const auto steps = *rc::gen::inRange(1, 80);
  for (int i = 0; i < steps; ++i) {
    now += milliseconds(*rc::gen::inRange<std::int64_t>(0, 400));
    switch (*rc::gen::inRange(0, 6)) {
    case 0: {
      target = SetPoint{};
      target.mode = *rc::gen::element(waiting, reference, charge, discharge);
      target.current = is_constant_current(target.mode) ? Amperes(hundredth(0, 230)) : Amperes(0);
      target.voltage = Volts(hundredth(31000, 37000));
      target.droop = *rc::gen::element(0.0, 0.039);
      target.hand_over = *rc::gen::arbitrary<bool>();
      target.stop_style = *rc::gen::element(StopStyle::release, StopStyle::lower_bus);
      run(TargetSet{target, now + milliseconds(*rc::gen::inRange<std::int64_t>(1, 3000))}, false);
      break;
    }
    case 1:
      run(StopNow{Reason(Rule::bus_stop)}, false);
      break;
    case 2:
    case 3:
      if (pending) {
        const Pending answered = *pending;
        pending.reset();
        run(WriteAnswered{answered.id, answered.outcome}, false);
      }
      break;
    case 4:
      run(ReadingArrived{device.reading(*rc::gen::weightedElement<double>({{4, 0.0}, {1, 0.5}}))},
          false);
      break;
    default:
      run(Advance{}, false);
      break;
    }
  }
  // No renewals any more, and a driver that answers.
  now += seconds(5);
  run(Advance{}, true);
  for (int i = 0; i < 40; ++i) {
    if (pending) {
      const Pending answered = *pending;
      pending.reset();
      run(WriteAnswered{answered.id, answered.outcome}, true);
    }
    now += milliseconds(250);
    run(ReadingArrived{device.reading(0.0)}, true);
    run(Advance{}, true);
  }
  RC_ASSERT(device.state.mode == waiting);
  RC_ASSERT(converter.progress() == ConverterProgress::settled);
  RC_ASSERT(!converter.may_be_running());
}

}  // namespace
}  // namespace musubi::converter::testing
