// policy.json as a value: the rules that all units of a community share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/fields.hpp"
#include "domain/modes.hpp"
#include "domain/unit_id.hpp"
#include "units/quantity.hpp"
#include "units/time.hpp"

namespace musubi {

/// Which end of a deal something is decided by.
enum class DealSide : std::uint8_t { charge_unit, discharge_unit };

/// Which meter counts a deal's energy.
enum class MeteringPoint : std::uint8_t { battery, bus };

/// Who pays what is lost between the two meters.
enum class LossPayer : std::uint8_t { charge_unit, discharge_unit, shared };

/// Where the Grid Master role prefers to live. A preference, never a reason to have none.
enum class GridMasterPreference : std::uint8_t {
  voltage_reference_unit,   ///< with the unit that holds the bus voltage
  anywhere,                 ///< where it is
  fixed,                    ///< on fixed_unit while that unit is alive
  avoid_voltage_reference,  ///< off the reference unit, so that one death is not both; our default
};

/// Whether a take-over starts from the old reference's set voltage or from the measured one.
enum class TakeOverVoltage : std::uint8_t { theoretical, actual };

/// One line of the network whose current is bounded (reference 8.2).
struct Branch {
  std::string id;
  std::vector<UnitId> forward;
  std::vector<UnitId> backward;
  Amperes capacity{};
};
inline auto fields(const Branch& b) { return std::tie(b.id, b.forward, b.backward, b.capacity); }

/// The community's rules. The defaults are those of the reference's sample file (reference 12.3);
/// keys of ours are marked. All periods are gaps between the end of one pass and the next.
struct Policy {
  Duration refreshing_period = milliseconds(5000);
  OperationMode operation_mode = OperationMode::stop;
  std::vector<UnitId> members;
  std::vector<UnitId> large_capacity_units;

  Volts grid_voltage{350.0};
  Volts grid_voltage_min{300.0};
  Volts grid_voltage_max{380.0};
  Volts voltage_separation{10.0};
  Volts voltage_allowance{4.0};
  Volts voltage_drop_allowance{20.0};
  Volts voltage_step{350.0};
  Amperes current_step{1.0};
  Volts uvlo_mask{10.0};

  Amperes leak_allowance_per_unit{0.125};
  Amperes sum_of_deal_current_max{100.0};
  bool topology_enabled = false;
  std::vector<Branch> branches;

  Duration helo_period = milliseconds(5000);
  int checkpoint_retry_limit = 3;
  Duration checkpoint_retry_wait = milliseconds(100);
  Duration ramp_up_timeout = milliseconds(180000);
  int authorization_trials = 3;
  Duration scram_reference_delay = milliseconds(5000);
  Duration stop_me_timeout = milliseconds(60000);
  Duration stop_me_check_period = milliseconds(1000);
  Duration data_acquisition_period = milliseconds(5000);
  Duration device_request_timeout = milliseconds(5000);
  int device_retry_limit = 3;

  Duration error_handling_period = milliseconds(1000);
  Duration error_sustaining = milliseconds(30000);
  Duration house_keeping_period = milliseconds(5000);

  Amperes deal_current{1.0};
  std::int64_t deal_amount_min_wh = 50;
  std::int64_t deal_amount_max_wh = 50;
  std::int64_t deal_amount_unit_wh = 50;
  Duration negotiation_timeout = milliseconds(2000);
  Duration deal_logging_period = milliseconds(5000);

  DealSide voltage_reference_side = DealSide::charge_unit;
  TakeOverVoltage take_over_voltage = TakeOverVoltage::theoretical;
  GridMasterPreference grid_master_preference = GridMasterPreference::avoid_voltage_reference;
  UnitId grid_master_fixed_unit;
  Percent discharge_unit_lower_limit_soc{20.0};
  Percent charge_unit_upper_limit_soc{95.0};
  DealSide reference_side = DealSide::charge_unit;
  int deal_reset_limit = 3;
  int compensation_trials = 3;
  Amperes compensation_drift_allowance{0.03};
  bool voltage_optimization = false;
  Duration grid_master_period = milliseconds(5000);
  Duration data_collection_timeout = milliseconds(2000);
  Duration grid_master_error_sustaining = milliseconds(30000);

  MeteringPoint metering_point = MeteringPoint::battery;  ///< ours: mediator.deal.meteringPoint
  /// Ours: mediator.deal.lossPayer. As APIS: what arrives is paid, so the giver bears the loss.
  LossPayer loss_payer = LossPayer::discharge_unit;
  /// Ours: mediator.deal.expiryMsec. A deal that could not be activated for this long ends.
  Duration deal_expiry = milliseconds(600000);

  [[nodiscard]] bool is_member(UnitId id) const {
    for (const auto& m : members) {
      if (m == id) {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] bool is_large(UnitId id) const {
    for (const auto& m : large_capacity_units) {
      if (m == id) {
        return true;
      }
    }
    return false;
  }
};
inline auto fields(const Policy& p) {
  return std::tie(p.refreshing_period, p.operation_mode, p.members, p.large_capacity_units,
                  p.grid_voltage, p.grid_voltage_min, p.grid_voltage_max, p.voltage_separation,
                  p.voltage_allowance, p.voltage_drop_allowance, p.voltage_step, p.current_step,
                  p.uvlo_mask, p.leak_allowance_per_unit, p.sum_of_deal_current_max,
                  p.topology_enabled, p.branches, p.helo_period, p.checkpoint_retry_limit,
                  p.checkpoint_retry_wait, p.ramp_up_timeout, p.authorization_trials,
                  p.scram_reference_delay, p.stop_me_timeout, p.stop_me_check_period,
                  p.data_acquisition_period, p.device_request_timeout, p.device_retry_limit,
                  p.error_handling_period, p.error_sustaining, p.house_keeping_period,
                  p.deal_current, p.deal_amount_min_wh, p.deal_amount_max_wh, p.deal_amount_unit_wh,
                  p.negotiation_timeout, p.deal_logging_period, p.voltage_reference_side,
                  p.take_over_voltage, p.grid_master_preference, p.grid_master_fixed_unit,
                  p.discharge_unit_lower_limit_soc, p.charge_unit_upper_limit_soc, p.reference_side,
                  p.deal_reset_limit, p.compensation_trials, p.compensation_drift_allowance,
                  p.voltage_optimization, p.grid_master_period, p.data_collection_timeout,
                  p.grid_master_error_sustaining, p.metering_point, p.loss_payer, p.deal_expiry);
}

/// Digest of a policy's content. Units whose versions differ do not trade with each other.
using PolicyVersion = std::uint64_t;

inline PolicyVersion version_of(const Policy& policy) {
  Hasher hasher;
  hasher.add(policy);
  return hasher.digest();
}

}  // namespace musubi
