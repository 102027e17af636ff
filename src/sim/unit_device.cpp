#include "sim/unit_device.hpp"

#include <utility>

namespace musubi::sim {

namespace {

constexpr int permitted = 3;
constexpr int withdrawn = 0;

DeviceCommand waiting(Reason reason) {
  return {DeviceCall::set_mode, ConverterMode::waiting, {}, {}, 0.0, {}, reason};
}

physics::ConverterSetting setting_of(const DeviceCommand& command) {
  physics::ConverterSetting setting;
  if (command.call == DeviceCall::set_mode) {
    setting.mode = command.mode;
  }
  if (command.call != DeviceCall::set_current) {
    setting.dvg = command.voltage;
    setting.drg = command.droop;
  }
  if (command.call != DeviceCall::set_voltage) {
    setting.dig = command.current;
  }
  return setting;
}

}  // namespace

UnitDevice::UnitDevice(Surroundings surroundings, std::uint32_t unit, const Settings& settings)
    : in_(std::move(surroundings)), unit_(unit), settings_(settings), last_call_(in_.timeline.now) {
  if (settings_.stops_on_silence) {
    in_.timeline.queue.push_hook(last_call_ + *settings_.stops_on_silence,
                                 {Address::Kind::silence, unit_});
  }
}

void UnitDevice::answer(Duration after, node::Event event) {
  in_.timeline.queue.push(in_.timeline.now + after, unit_, std::move(event));
}

void UnitDevice::read() {
  last_call_ = in_.timeline.now;
  if (acts(FaultKind::driver_hang) || acts(FaultKind::driver_late)) {
    answer(settings_.timeout, node::DeviceRead{});
  } else if (acts(FaultKind::driver_error)) {
    answer(settings_.delay, node::DeviceRead{});
  } else {
    answer(settings_.delay, node::DeviceRead{shown()});
  }
}

bool UnitDevice::is_over(const DeviceCommand& command) const {
  return command.mode != ConverterMode::waiting &&
         in_.clock.monotonic(in_.timeline.now) >= command.lease_end;
}

void UnitDevice::write(std::uint64_t id, const DeviceCommand& command) {
  last_call_ = in_.timeline.now;
  const DeviceCommand checked = is_over(command) ? waiting(command.reason) : command;
  if (holds_write() || acts(FaultKind::pause_in_write)) {
    held_.push_back({id, checked});
    if (held_.size() == 1) {
      in_.held();
    }
    return;
  }
  perform(id, checked);
}

void UnitDevice::go_on() {
  for (const Write& write : std::exchange(held_, {})) {
    last_call_ = in_.timeline.now;
    perform(write.id, write.command);
  }
}

void UnitDevice::perform(std::uint64_t id, const DeviceCommand& command) {
  using node::DeviceWritten;
  using node::WriteResult;
  if (acts(FaultKind::driver_hang) || acts(FaultKind::driver_late)) {
    if (!acts(FaultKind::driver_hang)) {
      write_late(command);
    }
    answer(settings_.timeout, DeviceWritten{id, WriteResult::unknown, {}});
    return;
  }
  if (acts(FaultKind::driver_error)) {
    answer(settings_.delay, DeviceWritten{id, WriteResult::refused, {}});
    return;
  }
  carry_out(command);
  if (settings_.delay > Duration::zero()) {
    answers_[push_call(settings_.delay, Address::Kind::device)] = {{id, command}, shown()};
    return;
  }
  if (is_over(command)) {
    carry_out(waiting(command.reason));
  }
  answer(Duration::zero(), DeviceWritten{id, WriteResult::done, shown()});
}

void UnitDevice::write_late(const DeviceCommand& command) {
  const double late_s = in_.faults.newest(FaultKind::driver_late, unit_)->fault.value;
  late_[push_call(seconds(late_s), Address::Kind::late_write)] = command;
}

std::uint32_t UnitDevice::push_call(Duration after, Address::Kind kind) {
  in_.timeline.queue.push_hook(in_.timeline.now + after, {kind, unit_}, next_call_);
  return next_call_++;
}

node::Event UnitDevice::answered(std::uint32_t call) {
  const auto it = answers_.find(call);
  Answer answer = it->second;
  answers_.erase(it);
  if (is_over(answer.write.command)) {
    carry_out(waiting(answer.write.command.reason));
    answer.reading = shown();
  }
  return node::DeviceWritten{answer.write.id, node::WriteResult::done, answer.reading};
}

void UnitDevice::process_ended() {
  held_.clear();
  answers_.clear();
}

void UnitDevice::carry_out_late(std::uint32_t call) {
  const auto it = late_.find(call);
  if (it != late_.end()) {
    const DeviceCommand command = it->second;
    late_.erase(it);
    carry_out(command);
  }
}

void UnitDevice::forget_mode() {
  drop_late_writes();
  if (!acts(FaultKind::converter_stuck)) {
    in_.plant.command(unit_, in_.timeline.now, setting_of(waiting({})));
  }
}

void UnitDevice::carry_out(const DeviceCommand& command) {
  if (acts(FaultKind::converter_stuck) || in_.faults.spend(FaultKind::converter_ignores, unit_)) {
    return;
  }
  in_.plant.command(unit_, in_.timeline.now, setting_of(command));
  in_.carried_out(command);
}

bool UnitDevice::supervise() {
  if (acts(FaultKind::driver_hang) || acts(FaultKind::driver_error)) {
    return false;
  }
  if (acts(FaultKind::driver_late)) {
    write_late(waiting({}));
    return true;
  }
  carry_out(waiting({}));
  return in_.plant.read(unit_, in_.timeline.now).mode == ConverterMode::waiting;
}

void UnitDevice::look_for_silence() {
  const Instant due = last_call_ + *settings_.stops_on_silence;
  if (due <= in_.timeline.now) {
    stop_by_itself();
  }
  in_.timeline.queue.push_hook(
      due > in_.timeline.now ? due : in_.timeline.now + *settings_.stops_on_silence,
      {Address::Kind::silence, unit_});
}

void UnitDevice::stop_by_itself() {
  const Instant now = in_.timeline.now;
  if (!acts(FaultKind::converter_stuck) &&
      in_.plant.read(unit_, now).mode != ConverterMode::waiting) {
    in_.plant.trip(unit_, now);
  }
}

Reading UnitDevice::truth() const {
  const physics::Meter m = in_.plant.read(unit_, in_.timeline.now);
  Reading r;
  r.mode = m.mode;
  r.grid_v = m.vg;
  r.grid_a = m.ig;
  r.grid_w = m.wg;
  r.battery_v = m.vb;
  r.battery_a = m.ib;
  r.battery_w = m.wb;
  r.temperature = m.tmp;
  r.set_voltage_v = m.dvg;
  r.droop = m.drg;
  r.set_current_a = m.dig;
  r.soc = m.rsoc;
  r.battery_permission = permitted;
  return r;
}

Reading UnitDevice::shown() {
  Reading r;
  if (acts(FaultKind::driver_frozen) && last_shown_) {
    r = *last_shown_;
  } else {
    r = truth();
    if (in_.faults.any()) {
      falsify(r);
    }
  }
  r.taken_at = in_.clock.monotonic(in_.timeline.now);
  last_shown_ = r;
  return r;
}

void UnitDevice::falsify(Reading& r) const {
  if (acts(FaultKind::battery_denies)) {
    r.battery_permission = withdrawn;
  }
  const bool frozen = acts(FaultKind::meter_frozen) && last_shown_;
  const double factor = 1.0 + in_.faults.sum(FaultKind::meter_bias, unit_);
  const bool zero = acts(FaultKind::meter_zero);
  if (!frozen && !zero && factor == 1.0) {
    return;
  }
  r.grid_v = frozen ? *last_shown_->grid_v : *r.grid_v * factor;
  r.grid_a = frozen ? *last_shown_->grid_a : *r.grid_a * factor;
  if (zero) {
    r.grid_v = Volts(0.0);
  }
  r.grid_w = *r.grid_v * *r.grid_a;
}

}  // namespace musubi::sim
