#include "converter/converter.hpp"

#include <algorithm>
#include <cmath>

#include "base/deliberate_bug.hpp"
#include "base/overloaded.hpp"
#include "converter/transitions.hpp"

namespace musubi::converter {

namespace {

/// A voltage that came nearer by this much since the last look is still on its way.
constexpr double moving_v = 0.05;

/// How long after a failed or unanswered stop it is tried again.
constexpr Duration stop_retry = milliseconds(1000);

}  // namespace

void Converter::step(Instant now, const Event& event, const Policy& policy, const HwConfig& hw,
                     std::vector<Effect>& out) {
  std::visit(Overloaded{
                 [&](const TargetSet& e) {
                   // On its way to waiting it is bound by the lease that it runs under.
                   lease_end_ = e.target.mode != ConverterMode::waiting ? e.lease_end
                                : may_be_running() ? std::min(lease_end_, e.lease_end)
                                                   : Instant::max();
                   const bool same = same_order(e.target, target_);
                   target_ = e.target;
                   if (same) {
                     return;
                   }
                   checking_ = false;
                   at_once_ = at_once_ && target_.mode == ConverterMode::waiting;
                   // An unknown outcome stays unknown until it is read back, whatever is asked for.
                   if (progress_ != ConverterProgress::uncertain) {
                     progress_ = ConverterProgress::moving;
                   }
                 },
                 [&](const StopNow& e) { stop_now(now, e.reason, policy, out); },
                 [&](const WriteAnswered& e) { answered(now, e, policy, out); },
                 [&](const ReadingArrived& e) { looked(now, e.reading, policy, hw, out); },
                 [&](const Advance&) {},
             },
             event);
  if (now >= lease_end_ && may_be_running() && !bugs::is_on(Bug::forget_command_lease)) {
    stop_now(now, Reason(Rule::lease_expired, to_seconds(now - lease_end_)), policy, out);
    return;
  }
  drive(now, policy, hw, out);
}

Instant Converter::wake_at() const {
  const bool ends = may_be_running() && !bugs::is_on(Bug::forget_command_lease);
  Instant at = ends ? lease_end_ : Instant::max();
  if (next_look_ < at && !asked_) {
    at = next_look_;
  }
  return at;
}

void Converter::drive(Instant now, const Policy& policy, const HwConfig& hw,
                      std::vector<Effect>& out) {
  if (outstanding_) {
    return;
  }
  if (checking_ || progress_ == ConverterProgress::uncertain) {
    if (now >= next_look_ && !asked_) {
      asked_ = true;
      out.emplace_back(Look{});
    }
    return;
  }
  if (progress_ != ConverterProgress::moving) {
    return;
  }
  if (at_once_ && state_.mode != ConverterMode::waiting) {
    write(now, immediate_stop(policy, target_.reason), true, policy, out);
    return;
  }
  const Step next = next_step(state_, target_, policy, hw);
  switch (next.kind) {
  case Step::Kind::write: {
    DeviceCommand command = next.command;
    command.lease_end = lease_end_;
    write(now, command, next.checkpoint, policy, out);
    break;
  }
  case Step::Kind::at_target:
    progress_ = ConverterProgress::settled;
    next_look_ = Instant::max();
    if (target_.mode == ConverterMode::waiting) {
      lease_end_ = Instant::max();
    }
    out.emplace_back(Settled{});
    break;
  case Step::Kind::forbidden:
    stop_now(now,
             Reason(Rule::refused_transition, static_cast<double>(state_.mode),
                    static_cast<double>(target_.mode)),
             policy, out);
    break;
  }
}

void Converter::write(Instant now, const DeviceCommand& command, bool checkpoint,
                      const Policy& policy, std::vector<Effect>& out) {
  outstanding_ = true;
  outstanding_id_ = next_id_++;
  outstanding_command_ = command;
  checkpoint_after_ = checkpoint;
  checking_ = false;
  next_look_ = Instant::max();
  tries_ = 0;
  last_gap_v_.reset();
  give_up_at_ = now + policy.ramp_up_timeout;
  out.emplace_back(Write{outstanding_id_, command});
}

void Converter::stop_now(Instant now, Reason reason, const Policy& policy,
                         std::vector<Effect>& out) {
  const bool was_running = may_be_running();
  const bool already_stopping = outstanding_ && outstanding_command_.call == DeviceCall::set_mode &&
                                outstanding_command_.mode == ConverterMode::waiting;
  target_ = SetPoint{};
  target_.reason = reason;
  lease_end_ = Instant::max();
  progress_ = ConverterProgress::moving;
  at_once_ = true;
  if (was_running && !already_stopping) {
    write(now, immediate_stop(policy, reason), true, policy, out);
  }
  if (was_running) {
    out.emplace_back(Failed{reason});
  }
}

void Converter::answered(Instant now, const WriteAnswered& answer, const Policy& policy,
                         std::vector<Effect>& out) {
  if (!outstanding_ || answer.id != outstanding_id_) {
    return;
  }
  outstanding_ = false;
  const bool assume_done =
      answer.outcome == WriteOutcome::unknown && bugs::is_on(Bug::unknown_write_is_done);
  switch (assume_done ? WriteOutcome::done : answer.outcome) {
  case WriteOutcome::done:
    state_ = after(state_, outstanding_command_);
    checking_ = checkpoint_after_;
    // A driver that answers with its meters is judged by them at once; else after the wait.
    next_look_ = checking_ ? now + policy.checkpoint_retry_wait : Instant::max();
    break;
  case WriteOutcome::refused:
    if (target_.mode == ConverterMode::waiting) {
      progress_ = ConverterProgress::uncertain;
      next_look_ = now + stop_retry;
    } else {
      stop_now(now, Reason(Rule::device_refused, static_cast<double>(outstanding_command_.mode)),
               policy, out);
    }
    break;
  case WriteOutcome::unknown:
    // It may or may not have happened: look before anything else is written.
    progress_ = ConverterProgress::uncertain;
    next_look_ = now;
    break;
  }
}

void Converter::adopt(const Reading& reading) {
  state_.mode = reading.mode;
  state_.voltage = reading.set_voltage_v.value_or(state_.voltage);
  state_.current = reading.set_current_a.value_or(state_.current);
  state_.droop = reading.droop.value_or(state_.droop);
}

void Converter::looked(Instant now, const Reading& reading, const Policy& policy,
                       const HwConfig& hw, std::vector<Effect>& out) {
  asked_ = false;
  if (outstanding_) {
    return;
  }
  if (progress_ == ConverterProgress::uncertain) {
    adopt(reading);
    progress_ = ConverterProgress::moving;
    next_look_ = Instant::max();
    return;
  }
  if (!checking_) {
    if (reading.mode == state_.mode) {
      return;
    }
    adopt(reading);
    if (target_.mode == ConverterMode::waiting) {
      if (bugs::is_on(Bug::start_without_stopping)) {
        return;
      }
      stop_now(now, Reason(Rule::running_without_command, static_cast<double>(reading.mode)),
               policy, out);
    } else {
      stop_now(now,
               Reason(Rule::local_fault, static_cast<double>(reading.mode),
                      static_cast<double>(target_.mode)),
               policy, out);
    }
    return;
  }
  const auto gap_before = last_gap_v_;
  const Judgement look = judge(reading, policy, hw);
  if (look != Judgement::reached && now < next_look_) {
    last_gap_v_ = gap_before;  // read for another purpose: too soon to tell whether it moves
    return;
  }
  switch (look) {
  case Judgement::reached:
    checking_ = false;
    next_look_ = Instant::max();
    return;
  case Judgement::moving:
    tries_ = 0;
    if (now < give_up_at_) {
      next_look_ = now + policy.checkpoint_retry_wait;
      return;
    }
    break;
  case Judgement::off:
    if (++tries_ < std::max(1, policy.checkpoint_retry_limit)) {
      next_look_ = now + policy.checkpoint_retry_wait;
      return;
    }
    break;
  }
  checking_ = false;
  next_look_ = Instant::max();
  if (target_.mode == ConverterMode::waiting) {
    if (state_.mode == ConverterMode::waiting) {
      // Told to wait and still running: go on telling it.
      adopt(reading);
      progress_ = ConverterProgress::uncertain;
      next_look_ = now + stop_retry;
    }
    return;
  }
  stop_now(now,
           Reason(Rule::checkpoint_failed, reading.grid_v.value_or(Volts(0)).value(),
                  reading.grid_a.value_or(Amperes(0)).value(), target_.voltage.value(),
                  target_.current.value()),
           policy, out);
}

Converter::Judgement Converter::judge(const Reading& reading, const Policy& policy,
                                      const HwConfig& hw) {
  if (reading.mode != state_.mode || !reading.mode_text_agrees) {
    return Judgement::off;
  }
  switch (state_.mode) {
  case ConverterMode::waiting:
    return Judgement::reached;
  case ConverterMode::voltage_reference: {
    if (!reading.grid_v || !reading.grid_a) {
      return Judgement::off;
    }
    const Volts wanted =
        drooped_voltage(state_.voltage, state_.droop, *reading.grid_a, hw.grid_current_capacity);
    const double gap_v = std::fabs((*reading.grid_v - wanted).value());
    if (gap_v <= policy.voltage_allowance.value()) {
      return Judgement::reached;
    }
    const bool nearer = !last_gap_v_ || gap_v < *last_gap_v_ - moving_v;
    last_gap_v_ = gap_v;
    return nearer ? Judgement::moving : Judgement::off;
  }
  case ConverterMode::charge:
  case ConverterMode::discharge: {
    if (!reading.grid_a) {
      return Judgement::off;
    }
    // The sign counts: a current of the right size the wrong way round is not reached.
    const double sign = state_.mode == ConverterMode::charge ? 1.0 : -1.0;
    const double off_a = std::fabs(reading.grid_a->value() - sign * state_.current.value());
    return off_a <= hw.grid_current_allowance.value() ? Judgement::reached : Judgement::off;
  }
  case ConverterMode::unknown:
    return Judgement::off;
  }
  return Judgement::off;
}

}  // namespace musubi::converter
