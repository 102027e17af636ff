// A deal: one unit gives a number of watt-hours to another, at a price and a current.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/fields.hpp"
#include "domain/offer.hpp"
#include "domain/policy.hpp"
#include "domain/reason.hpp"
#include "domain/unit_id.hpp"

namespace musubi {

/// Where a deal is in its life (reference 6.12). It only ever moves down this list, except that a
/// failed authorisation takes it back to `created` (a reset, counted).
enum class DealPhase : std::uint8_t {
  created,     ///< both units' current is taken; no converter moves for it
  activated,   ///< the master side is on; a first deal ramps the bus up and proves the reference
  warming_up,  ///< the slave side comes on and the currents are compensated
  running,     ///< metered
  stopping,    ///< the slave side goes off first
  stopped,     ///< the slave side is off; the master side goes off or hands the voltage over
  done,        ///< settled; both units keep the record, then it leaves the store
};

/// Who made the deal.
enum class DealOrigin : std::uint8_t { negotiation, external };

/// How a deal ended.
enum class DealOutcome : std::uint8_t { open, completed, aborted };

/// Switches of a deal made for tests (reference 6.15): fail just before or after a step.
enum class TestFeature : std::uint8_t {
  none,
  fail_before_activate,
  fail_after_activate,
  fail_before_authorize,
  fail_after_authorize,
  fail_before_warm_up,
  fail_after_warm_up,
  fail_before_compensate,
  fail_after_compensate,
  fail_before_stop,
  fail_after_stop,
  fail_before_deactivate,
  fail_after_deactivate,
};

/// Energy of one deal as one unit's own meter counts it.
struct DealMeter {
  WattHours battery_energy{};  ///< magnitude, at the battery
  WattHours bus_energy{};      ///< magnitude, at the bus
  /// At the bus: what flowed before start, after stop and to balance the bus, by deal current.
  WattHours bus_account{};
  /// Several deals shared this meter for part of the time.
  bool shared = false;
  /// Part of it was filled in from the other end.
  bool estimated = false;

  [[nodiscard]] WattHours at(MeteringPoint point) const {
    return point == MeteringPoint::battery ? battery_energy : bus_energy;
  }
};
constexpr auto fields(const DealMeter& m) {
  return std::tie(m.battery_energy, m.bus_energy, m.bus_account, m.shared, m.estimated);
}

/// A time-stamped reason in a deal's story.
struct DealNote {
  WallTime at;
  Reason reason;
};
constexpr auto fields(const DealNote& n) { return std::tie(n.at, n.reason); }

/// The record of one deal, as the store holds it.
struct Deal {
  DealId id;
  DealId negotiation_id;
  DealOrigin origin = DealOrigin::negotiation;
  UnitId request_unit;
  UnitId accept_unit;
  Direction type = Direction::charge;  ///< the requester's view
  UnitId charge_unit;
  UnitId discharge_unit;
  WallTime request_time;
  WallTime accept_time;
  std::optional<double> request_point_per_wh;
  std::optional<double> accept_point_per_wh;
  Amperes request_current{};
  Amperes accept_current{};
  UnitId request_pair_unit;
  UnitId accept_pair_unit;
  std::optional<double> point_per_wh;  ///< always the price that the charging unit stated
  std::optional<Volts> charge_efficient_v;
  std::optional<Volts> discharge_efficient_v;
  Amperes current{};
  std::int64_t request_amount_wh = 0;
  std::int64_t accept_amount_wh = 0;
  std::int64_t amount_wh = 0;
  MeteringPoint metering_point = MeteringPoint::battery;
  LossPayer loss_payer = LossPayer::discharge_unit;
  TestFeature test_feature = TestFeature::none;

  DealPhase phase = DealPhase::created;
  DealOutcome outcome = DealOutcome::open;
  bool is_master = false;  ///< the voltage reference stands on one of its sides
  UnitId reference_unit;   ///< master deal: the unit that holds, or is to hold, the bus voltage
  bool stop_requested = false;
  int resets = 0;
  std::optional<WallTime> create_time;
  std::optional<WallTime> activate_time;
  std::optional<WallTime> ramp_up_time;
  std::optional<WallTime> warm_up_time;
  std::optional<WallTime> start_time;
  std::optional<WallTime> stop_time;
  std::optional<WallTime> deactivate_time;
  std::optional<WallTime> abort_time;
  std::optional<Amperes>
      compensation_target;  ///< the reference's current that compensation aims at
  std::optional<Amperes> charge_compensated_a;     ///< signed
  std::optional<Amperes> discharge_compensated_a;  ///< signed
  DealMeter charge_meter;
  DealMeter discharge_meter;
  Reason last_reason;  ///< why it is in this phase
  Reason stop_reason;  ///< why it is to stop, where stop_requested
  std::vector<DealNote> reset_notes;
  std::vector<DealNote> abort_notes;

  [[nodiscard]] bool involves(UnitId unit) const {
    return charge_unit == unit || discharge_unit == unit;
  }
  [[nodiscard]] UnitId unit_on(DealSide side) const {
    return side == DealSide::charge_unit ? charge_unit : discharge_unit;
  }
  /// The unit's side; the unit must be in the deal.
  [[nodiscard]] DealSide side_of(UnitId unit) const {
    return unit == charge_unit ? DealSide::charge_unit : DealSide::discharge_unit;
  }
  [[nodiscard]] UnitId partner_of(UnitId unit) const {
    return unit == charge_unit ? discharge_unit : charge_unit;
  }
  [[nodiscard]] Direction direction_of(UnitId unit) const {
    return unit == charge_unit ? Direction::charge : Direction::discharge;
  }
  [[nodiscard]] const DealMeter& meter_of(UnitId unit) const {
    return unit == charge_unit ? charge_meter : discharge_meter;
  }
  /// Reference 3.7: activated and not yet deactivated.
  [[nodiscard]] bool master_side_active() const {
    return phase >= DealPhase::activated && phase <= DealPhase::stopped;
  }
  /// Reference 3.7: warmed up and not yet stopped.
  [[nodiscard]] bool both_sides_active() const {
    return phase == DealPhase::warming_up || phase == DealPhase::running;
  }
};
inline auto fields(const Deal& d) {
  return std::tie(d.id, d.negotiation_id, d.origin, d.request_unit, d.accept_unit, d.type,
                  d.charge_unit, d.discharge_unit, d.request_time, d.accept_time,
                  d.request_point_per_wh, d.accept_point_per_wh, d.request_current,
                  d.accept_current, d.request_pair_unit, d.accept_pair_unit, d.point_per_wh,
                  d.charge_efficient_v, d.discharge_efficient_v, d.current, d.request_amount_wh,
                  d.accept_amount_wh, d.amount_wh, d.metering_point, d.loss_payer, d.test_feature,
                  d.phase, d.outcome, d.is_master, d.reference_unit, d.stop_requested, d.resets,
                  d.create_time, d.activate_time, d.ramp_up_time, d.warm_up_time, d.start_time,
                  d.stop_time, d.deactivate_time, d.abort_time, d.compensation_target,
                  d.charge_compensated_a, d.discharge_compensated_a, d.charge_meter,
                  d.discharge_meter, d.last_reason, d.stop_reason, d.reset_notes, d.abort_notes);
}

/// The other end of a side.
constexpr DealSide other_side(DealSide s) {
  return s == DealSide::charge_unit ? DealSide::discharge_unit : DealSide::charge_unit;
}
constexpr Direction direction_on(DealSide s) {
  return s == DealSide::charge_unit ? Direction::charge : Direction::discharge;
}

}  // namespace musubi
