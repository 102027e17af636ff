#include "gridmaster/fleet.hpp"

#include <algorithm>

#include "base/deliberate_bug.hpp"

namespace musubi::gridmaster {

namespace {

/// Clocks may run this much faster or slower than each other (control.md section 2).
constexpr std::int64_t drift_per_cent = 1;

/// Readings that differ by less say the same.
constexpr Volts voltage_noise{0.2};
constexpr Amperes current_noise{0.02};

template <class T>
bool is_near(const std::optional<T>& a, const std::optional<T>& b, T noise) {
  return a.has_value() == b.has_value() && (!a || abs(*a - *b) <= noise);
}

}  // namespace

bool is_routine(const UnitReport& last, const UnitReport& next) {
  const auto settled = [](const UnitReport& r) {
    return r.progress == ConverterProgress::settled && !r.has_fault && !r.locked_out &&
           r.set_point.mode != ConverterMode::waiting && r.reading.mode == r.set_point.mode &&
           r.reading.alarm == AlarmState::none;
  };
  return settled(last) && settled(next) && next.stamp.boot == last.stamp.boot &&
         next.answers_request == last.answers_request &&
         next.policy_version == last.policy_version &&
         next.current_capacity == last.current_capacity &&
         same_order(next.set_point, last.set_point) &&
         is_near(next.reading.grid_v, last.reading.grid_v, voltage_noise) &&
         is_near(next.reading.grid_a, last.reading.grid_a, current_noise) &&
         std::equal(next.energies.begin(), next.energies.end(), last.energies.begin(),
                    last.energies.end(), [](const DealEnergy& a, const DealEnergy& b) {
                      return a.deal == b.deal && a.share_ended == b.share_ended;
                    });
}

bool raises(const SetPoint& present, const SetPoint& want) {
  if (want.mode == ConverterMode::waiting || same_state(present, want)) {
    return false;
  }
  if (is_constant_current(want.mode) && present.mode == want.mode) {
    return want.current > present.current;
  }
  if (want.mode == ConverterMode::voltage_reference && present.mode == want.mode &&
      want.voltage == present.voltage) {
    return want.droop < present.droop;
  }
  return true;
}

std::vector<Fleet::Entry>::const_iterator Fleet::place_of(UnitId unit) const {
  return std::lower_bound(units_.begin(), units_.end(), unit,
                          [](const Entry& entry, UnitId id) { return entry.unit < id; });
}

UnitInfo& Fleet::at(UnitId unit) {
  auto place = place_of(unit);
  if (place == units_.end() || place->unit != unit) {
    place = units_.insert(place, Entry{unit, std::make_unique<UnitInfo>()});
  }
  return *place->info;
}

const UnitInfo* Fleet::find(UnitId unit) const {
  const auto place = place_of(unit);
  return place == units_.end() || place->unit != unit ? nullptr : place->info.get();
}

bool Fleet::take(const UnitReport& report, Epoch epoch, Instant now) {
  UnitInfo& info = at(report.unit);
  if (report.highest_epoch != epoch && !bugs::is_on(Bug::no_fence)) {
    return false;
  }
  const bool same_boot =
      info.report.stamp.boot == report.stamp.boot || bugs::is_on(Bug::ignore_boot);
  if (info.acknowledged && same_boot && report.stamp.at < info.report.stamp.at) {
    return false;
  }
  if (info.acknowledged && !same_boot) {
    // A restarted unit obeys nothing that was sent before: it is to be told anew.
    info.sent.reset();
    info.sequence = 0;
    info.sendings.clear();
    info.confirmed_end = Instant{};
  }
  const UnitReport& last = info.report;
  if (!info.acknowledged || report.progress != last.progress ||
      report.reading.mode != last.reading.mode || !same_state(report.set_point, last.set_point)) {
    info.state_since = now;
  }
  info.acknowledged = true;
  info.report = report;
  info.heard_at = now;
  info.waited_for_since.reset();
  if (report.set_point.mode != ConverterMode::waiting) {
    info.waits_since.reset();
  } else if (!info.waits_since) {
    info.waits_since = now;
  }
  for (const auto& [sequence, sent_at] : info.sendings) {
    if (sequence == report.answers_sequence) {
      const Duration remaining = report.lease_remaining * (100 - drift_per_cent) / 100;
      info.confirmed_end = std::max(info.confirmed_end, sent_at + remaining);
    }
  }
  return true;
}

bool Fleet::is_heard(UnitId unit, Instant now, Duration max_silence) const {
  const UnitInfo* info = find(unit);
  return info != nullptr && info->acknowledged && now - info->heard_at <= max_silence;
}

const Reading* Fleet::fresh_reading(UnitId unit, Instant now, Duration max_age) const {
  const UnitInfo* info = find(unit);
  if (info == nullptr || !info->acknowledged ||
      now - info->heard_at + info->report.reading_age > max_age) {
    return nullptr;
  }
  return &info->report.reading;
}

bool Fleet::is_lost(UnitId unit, Instant now, const ControlTiming& timing) const {
  const UnitInfo* info = find(unit);
  return info != nullptr && info->waited_for_since &&
         now - info->asked_at <= timing.suspicion * 2 &&
         now - *info->waited_for_since >= timing.reference_lease + timing.device_stop_bound;
}

bool Fleet::is_past_bound(const UnitInfo* info, Instant now, Instant role_taken_at,
                          const ControlTiming& timing) {
  if (info == nullptr || !info->acknowledged) {
    return now - role_taken_at >= timing.fence_bound;
  }
  // The unit's clock may be slow and this one fast.
  return now - info->heard_at >=
         (timing.reference_lease + timing.device_stop_bound) * (100 + 3 * drift_per_cent) / 100;
}

std::optional<DealEnergy> Fleet::energy(UnitId unit, DealId deal) const {
  const UnitInfo* info = find(unit);
  if (info == nullptr) {
    return std::nullopt;
  }
  for (const auto& energy : info->report.energies) {
    if (energy.deal == deal) {
      return energy;
    }
  }
  return std::nullopt;
}

}  // namespace musubi::gridmaster
