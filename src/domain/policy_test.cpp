#include "domain/policy.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <vector>

namespace musubi {
namespace {

TEST(PolicyTest, MembersAndLargeUnitsAreTheListed) {
  Policy policy;
  policy.members = {UnitId("E001"), UnitId("E002")};
  policy.large_capacity_units = {UnitId("E002")};
  EXPECT_TRUE(policy.is_member(UnitId("E001")));
  EXPECT_FALSE(policy.is_member(UnitId("E003")));
  EXPECT_FALSE(policy.is_member(UnitId()));
  EXPECT_TRUE(policy.is_large(UnitId("E002")));
  EXPECT_FALSE(policy.is_large(UnitId("E001")));
}

TEST(PolicyTest, TheDefaultsAreTheReferencesSample) {
  const Policy policy;
  EXPECT_EQ(policy.operation_mode, OperationMode::stop);
  EXPECT_EQ(policy.grid_voltage, Volts(350));
  EXPECT_EQ(policy.grid_voltage_min, Volts(300));
  EXPECT_EQ(policy.grid_voltage_max, Volts(380));
  EXPECT_EQ(policy.deal_amount_min_wh, 50);
  EXPECT_EQ(policy.deal_current, Amperes(1));
  EXPECT_EQ(policy.checkpoint_retry_limit, 3);
  EXPECT_EQ(policy.checkpoint_retry_wait, milliseconds(100));
  EXPECT_EQ(policy.negotiation_timeout, milliseconds(2000));
  EXPECT_EQ(policy.reference_side, DealSide::charge_unit);
  EXPECT_EQ(policy.metering_point, MeteringPoint::battery);
}

TEST(PolicyTest, EqualPoliciesHaveEqualVersions) {
  EXPECT_EQ(version_of(Policy{}), version_of(Policy{}));
}

TEST(PolicyTest, AnyChangeIsAnotherVersion) {
  const std::vector<std::function<void(Policy&)>> changes{
      [](Policy&) {},
      [](Policy& p) { p.refreshing_period += Duration(1); },
      [](Policy& p) { p.operation_mode = OperationMode::autonomous; },
      [](Policy& p) { p.members = {UnitId("E001")}; },
      [](Policy& p) { p.members = {UnitId("E002")}; },
      [](Policy& p) { p.large_capacity_units = {UnitId("E001")}; },
      [](Policy& p) { p.grid_voltage += Volts(1); },
      [](Policy& p) { p.grid_voltage_min += Volts(1); },
      [](Policy& p) { p.grid_voltage_max += Volts(1); },
      [](Policy& p) { p.voltage_separation += Volts(1); },
      [](Policy& p) { p.voltage_allowance += Volts(1); },
      [](Policy& p) { p.voltage_drop_allowance += Volts(1); },
      [](Policy& p) { p.voltage_step += Volts(1); },
      [](Policy& p) { p.current_step += Amperes(1); },
      [](Policy& p) { p.uvlo_mask += Volts(1); },
      [](Policy& p) { p.leak_allowance_per_unit += Amperes(1); },
      [](Policy& p) { p.sum_of_deal_current_max += Amperes(1); },
      [](Policy& p) { p.topology_enabled = true; },
      [](Policy& p) {
        p.branches = {Branch{"b1", {UnitId("E001")}, {}, Amperes(1)}};
      },
      [](Policy& p) {
        p.branches = {Branch{"b1", {}, {UnitId("E001")}, Amperes(1)}};
      },
      [](Policy& p) {
        p.branches = {Branch{"b1", {UnitId("E001")}, {}, Amperes(2)}};
      },
      [](Policy& p) { p.helo_period += Duration(1); },
      [](Policy& p) { p.checkpoint_retry_limit += 1; },
      [](Policy& p) { p.checkpoint_retry_wait += Duration(1); },
      [](Policy& p) { p.ramp_up_timeout += Duration(1); },
      [](Policy& p) { p.authorization_trials += 1; },
      [](Policy& p) { p.scram_reference_delay += Duration(1); },
      [](Policy& p) { p.stop_me_timeout += Duration(1); },
      [](Policy& p) { p.stop_me_check_period += Duration(1); },
      [](Policy& p) { p.data_acquisition_period += Duration(1); },
      [](Policy& p) { p.device_request_timeout += Duration(1); },
      [](Policy& p) { p.device_retry_limit += 1; },
      [](Policy& p) { p.error_handling_period += Duration(1); },
      [](Policy& p) { p.error_sustaining += Duration(1); },
      [](Policy& p) { p.house_keeping_period += Duration(1); },
      [](Policy& p) { p.deal_current += Amperes(1); },
      [](Policy& p) { p.deal_amount_min_wh += 1; },
      [](Policy& p) { p.deal_amount_max_wh += 1; },
      [](Policy& p) { p.deal_amount_unit_wh += 1; },
      [](Policy& p) { p.negotiation_timeout += Duration(1); },
      [](Policy& p) { p.deal_logging_period += Duration(1); },
      [](Policy& p) { p.voltage_reference_side = DealSide::discharge_unit; },
      [](Policy& p) { p.take_over_voltage = TakeOverVoltage::actual; },
      [](Policy& p) { p.grid_master_preference = GridMasterPreference::fixed; },
      [](Policy& p) { p.grid_master_fixed_unit = UnitId("E001"); },
      [](Policy& p) { p.discharge_unit_lower_limit_soc += Percent(1); },
      [](Policy& p) { p.charge_unit_upper_limit_soc += Percent(1); },
      [](Policy& p) { p.reference_side = DealSide::discharge_unit; },
      [](Policy& p) { p.deal_reset_limit += 1; },
      [](Policy& p) { p.compensation_trials += 1; },
      [](Policy& p) { p.compensation_drift_allowance += Amperes(1); },
      [](Policy& p) { p.voltage_optimization = true; },
      [](Policy& p) { p.grid_master_period += Duration(1); },
      [](Policy& p) { p.data_collection_timeout += Duration(1); },
      [](Policy& p) { p.grid_master_error_sustaining += Duration(1); },
      [](Policy& p) { p.metering_point = MeteringPoint::bus; },
      [](Policy& p) { p.loss_payer = LossPayer::shared; },
      [](Policy& p) { p.deal_expiry += Duration(1); },
  };
  std::set<PolicyVersion> versions;
  for (const auto& change : changes) {
    Policy policy;
    change(policy);
    versions.insert(version_of(policy));
  }
  EXPECT_EQ(versions.size(), changes.size());
}

}  // namespace
}  // namespace musubi
