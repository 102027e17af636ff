// The times that control relies on: heartbeats, leases, suspicions. Reasons:
// docs/reference/timing.md.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/fields.hpp"
#include "units/time.hpp"

namespace musubi {

/// Which set of control times is in force. Every report names it.
enum class ControlProfile : std::uint8_t {
  field,  ///< heartbeats and leases for real converters
  study,  ///< the same rules stretched to the control period, so that a year is affordable
};

/// Lengths of leases and bounds. Relations that safety needs are checked by is_consistent().
struct ControlTiming {
  Duration heartbeat = milliseconds(250);  ///< while the converter is on
  Duration reading_while_waiting = milliseconds(1000);
  Duration reading_max_age = milliseconds(600);  ///< of a running converter; older is no reading
  Duration waiting_reading_max_age = milliseconds(2500);
  Duration suspicion = milliseconds(750);       ///< without renewal the Grid Master is suspected
  Duration deal_suspicion = milliseconds(500);  ///< without answer to a stored deal
  Duration device_stop_bound = milliseconds(1000);
  Duration role_lease = milliseconds(5000);       ///< from the sending of the last good read
  Duration role_renewal = milliseconds(250);      ///< while a converter is on
  Duration current_lease = milliseconds(3000);    ///< of a constant-current command
  Duration reference_lease = milliseconds(4500);  ///< of a voltage-reference command
  Duration fence_bound = milliseconds(6200);      ///< from taking the role until silence has ended
  Duration hand_over_max = milliseconds(5000);
  Duration dead_bus_time = milliseconds(1000);     ///< measured dead for this long before forming
  Duration trip_sample_gap = milliseconds(250);    ///< between the two samples of a local trip
  Duration clean_stop_bound = milliseconds(2000);  ///< all constant-current sides off
  Duration persist_period = milliseconds(5000);    ///< of energy integrals
  Duration member_ttl = milliseconds(15000);       ///< of a silent member in the store

  /// The times of control.md for real converters.
  static ControlTiming field() { return {}; }
  /// Every time multiplied so that one heartbeat is one control period. Times that only wait for
  /// physics (dead bus, device stop) keep their length.
  static ControlTiming study(Duration control_period) {
    ControlTiming t;
    const auto stretch = [&](Duration d) {
      return Duration(d.count() / t.heartbeat.count() * control_period.count());
    };
    ControlTiming s;
    s.heartbeat = control_period;
    s.reading_while_waiting = control_period;
    s.reading_max_age = control_period * 12 / 5;
    s.waiting_reading_max_age = control_period * 5 / 2;
    s.suspicion = stretch(t.suspicion);
    s.deal_suspicion = stretch(t.deal_suspicion);
    s.role_lease = stretch(t.role_lease);
    s.role_renewal = control_period;
    s.current_lease = stretch(t.current_lease);
    s.reference_lease = stretch(t.reference_lease);
    s.fence_bound = s.role_lease + control_period * 24 / 5;
    s.hand_over_max = stretch(t.hand_over_max);
    s.trip_sample_gap = control_period;
    s.clean_stop_bound = stretch(t.clean_stop_bound);
    s.persist_period = control_period;
    s.member_ttl = control_period * 3;
    return s;
  }
  /// The relations that the proofs use (control.md section 2).
  [[nodiscard]] constexpr bool is_consistent() const {
    return heartbeat * 3 <= suspicion && current_lease > suspicion + heartbeat * 4 &&
           reference_lease >= current_lease + device_stop_bound && role_lease >= reference_lease &&
           fence_bound >= role_lease + device_stop_bound + role_lease / 100;
  }
};
constexpr auto fields(const ControlTiming& t) {
  return std::tie(t.heartbeat, t.reading_while_waiting, t.reading_max_age,
                  t.waiting_reading_max_age, t.suspicion, t.deal_suspicion, t.device_stop_bound,
                  t.role_lease, t.role_renewal, t.current_lease, t.reference_lease, t.fence_bound,
                  t.hand_over_max, t.dead_bus_time, t.trip_sample_gap, t.clean_stop_bound,
                  t.persist_period, t.member_ttl);
}

/// Limits of counts and sizes.
struct Limits {
  static constexpr std::size_t members = 1024;
  static constexpr std::size_t deals_per_unit = 8;
  static constexpr std::size_t open_deals = 4096;
  static constexpr std::size_t branches = 256;
  static constexpr std::size_t accepts_per_negotiation = 1024;
  static constexpr int re_formations = 3;  ///< within re_formation_window, then a latch
  static constexpr Duration re_formation_window = milliseconds(600'000);
};

}  // namespace musubi
