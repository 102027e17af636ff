#include "domain/timing.hpp"
#include "json/config_files.hpp"
#include "json/object_reader.hpp"
#include "json/policy_contradictions.hpp"
#include "json/read_text.hpp"

namespace musubi::json {

namespace {

constexpr Range period_range{1, 86'400'000};
constexpr Range wait_range{0, 86'400'000};
constexpr Range volt_range{0, 10'000, "V"};
constexpr Range ampere_range{0, 10'000, "A"};
constexpr Range energy_range{0, 1e9, "Wh"};
constexpr Range share_range{0, 100, "%"};
/// Negative counts make every attempt fail: a test switch of the reference.
constexpr Range trials_range{-1000, 1000};
constexpr Range count_range{0, 1000};
constexpr auto required = Need::required;

void read_branches(ObjectReader& topology, Policy& policy) {
  const Value* ids = topology.take("branchIds", required, "an array of names of lines");
  ObjectReader association = topology.child("branchAssociation");
  ObjectReader capacity = topology.child("branchCurrentCapacityA");
  if (ids == nullptr) {
    return;
  }
  if (!ids->is(Value::Kind::array) || ids->items().size() > Limits::branches) {
    topology.refuse("branchIds", *ids,
                    "an array of at most " + std::to_string(Limits::branches) + " names of lines");
    return;
  }
  for (const auto& id : ids->items()) {
    if (!id.is(Value::Kind::text)) {
      topology.refuse("branchIds", id, "an array of texts");
      continue;
    }
    Branch branch;
    branch.id = id.as_text();
    ObjectReader sides = association.child(id.as_text());
    sides.unit_ids("forwardUnitIds", branch.forward, required);
    sides.unit_ids("backwardUnitIds", branch.backward, required);
    sides.finish();
    capacity.quantity(id.as_text(), branch.capacity, ampere_range, required);
    policy.branches.push_back(std::move(branch));
  }
}

void read_safety(ObjectReader safety, Policy& policy) {
  ObjectReader topology = safety.child("gridTopologyBasedEvaluation");
  topology.boolean("enabled", policy.topology_enabled);
  if (policy.topology_enabled) {
    read_branches(topology, policy);
  } else {
    for (const std::string_view key :
         {"branchIds", "branchAssociation", "branchCurrentCapacityA"}) {
      topology.ignore(key);
    }
  }
  topology.finish();
  safety.quantity("sumOfDealingUnitGridCurrentAllowancePerUnitA", policy.leak_allowance_per_unit,
                  ampere_range, required);
  safety.quantity("sumOfDealGridCurrentMaxA", policy.sum_of_deal_current_max, {0, 1e6, "A"},
                  policy.topology_enabled ? Need::optional : required);
  safety.finish();
}

void read_controller(ObjectReader controller, Policy& policy) {
  ObjectReader dcdc = controller.child("dcdc");
  ObjectReader checkpoint = dcdc.child("checkpoint");
  checkpoint.integer("retryLimit", policy.checkpoint_retry_limit, trials_range, required);
  checkpoint.milliseconds("retryWaitMsec", policy.checkpoint_retry_wait, wait_range, required);
  checkpoint.finish();
  ObjectReader reference = dcdc.child("voltageReference");
  ObjectReader ramp_up = reference.child("rampUp");
  ObjectReader first = ramp_up.child("first");
  first.milliseconds("timeoutMsec", policy.ramp_up_timeout, period_range, required);
  ObjectReader authorization = reference.child("authorization");
  authorization.integer("numberOfTrials", policy.authorization_trials, count_range, required);
  for (ObjectReader* level : {&authorization, &first, &ramp_up, &reference, &dcdc}) {
    level->finish();
  }
  controller.milliseconds("scramVoltageReferenceDelayMsec", policy.scram_reference_delay,
                          wait_range);
  controller.milliseconds("stopMeTimeoutMsec", policy.stop_me_timeout, period_range);
  controller.milliseconds("stopMeCheckPeriodMsec", policy.stop_me_check_period, period_range);
  controller.milliseconds("dataAcquisitionPeriodMsec", policy.data_acquisition_period,
                          period_range);
  controller.milliseconds("requestTimeoutMsec", policy.device_request_timeout, period_range);
  controller.integer("retryLimit", policy.device_retry_limit, {1, 1000});
  controller.finish();
}

void read_user(ObjectReader user, Policy& policy) {
  policy.house_keeping_period = milliseconds(60'000);  // where the key is missing (reference 12.3)
  user.milliseconds("errorHandlingPeriodMsec", policy.error_handling_period, period_range);
  user.milliseconds("errorSustainingMsec", policy.error_sustaining, wait_range);
  user.milliseconds("houseKeepingPeriodMsec", policy.house_keeping_period, period_range);
  user.finish();
}

/// Warns where a missing key means that no deal is ever made.
void warn_if_missing(ObjectReader& deal, std::string_view key, std::string_view default_text) {
  if (deal.object() == nullptr || deal.object()->find(key) == nullptr) {
    deal.problems().warning(deal.line(), pointer_to(deal.pointer(), key), "nothing",
                            std::string(default_text));
  }
}

void read_mediator(ObjectReader mediator, Policy& policy) {
  ObjectReader deal = mediator.child("deal");
  policy.deal_current = Amperes(0);
  warn_if_missing(deal, "gridCurrentA", "a number (A); 0 is used, with which no deal is made");
  deal.quantity("gridCurrentA", policy.deal_current, {0, 1000, "A"});
  policy.deal_amount_min_wh = 0;
  warn_if_missing(deal, "amountMinWh", "a whole number (Wh); 0 is used");
  deal.integer("amountMinWh", policy.deal_amount_min_wh, energy_range);
  deal.integer("amountMaxWh", policy.deal_amount_max_wh, energy_range, required);
  deal.integer("amountUnitWh", policy.deal_amount_unit_wh, {1, 1e9, "Wh"}, required);
  deal.choice<MeteringPoint>("meteringPoint", policy.metering_point,
                             {{"battery", MeteringPoint::battery}, {"bus", MeteringPoint::bus}});
  deal.choice<LossPayer>("lossPayer", policy.loss_payer,
                         {{"chargeUnit", LossPayer::charge_unit},
                          {"dischargeUnit", LossPayer::discharge_unit},
                          {"shared", LossPayer::shared}});
  deal.milliseconds("expiryMsec", policy.deal_expiry, period_range);
  deal.finish();
  mediator.milliseconds("negotiationTimeoutMsec", policy.negotiation_timeout, period_range);
  mediator.milliseconds("dealLoggingPeriodMsec", policy.deal_logging_period, period_range);
  mediator.finish();
}

void read_selection(ObjectReader selection, Policy& policy) {
  selection.choice<GridMasterPreference>(
      "strategy", policy.grid_master_preference,
      {{"voltageReferenceUnit", GridMasterPreference::voltage_reference_unit},
       {"anywhere", GridMasterPreference::anywhere},
       {"fixed", GridMasterPreference::fixed},
       {"avoidVoltageReference", GridMasterPreference::avoid_voltage_reference}},
      Need::optional, "voltageReferenceUnit");
  selection.unit_id("fixedUnitId", policy.grid_master_fixed_unit);
  if (policy.grid_master_preference == GridMasterPreference::fixed &&
      policy.grid_master_fixed_unit.empty()) {
    policy.grid_master_preference = GridMasterPreference::voltage_reference_unit;
    selection.problems().warning(selection.line(), pointer_to(selection.pointer(), "fixedUnitId"),
                                 "nothing",
                                 "a unit's name with the strategy \"fixed\"; "
                                 "\"voltageReferenceUnit\" is used");
  }
  selection.finish();
}

void read_grid_master(ObjectReader master, Policy& policy) {
  const std::vector<std::pair<std::string_view, DealSide>> sides{
      {"chargeUnit", DealSide::charge_unit}, {"dischargeUnit", DealSide::discharge_unit}};
  master.choice<DealSide>("voltageReferenceSide", policy.voltage_reference_side, sides);
  master.choice<TakeOverVoltage>(
      "voltageReferenceTakeOverDvg", policy.take_over_voltage,
      {{"theoretical", TakeOverVoltage::theoretical}, {"actual", TakeOverVoltage::actual}});
  ObjectReader master_deal = master.child("masterDealSelection");
  int newest_deal = 0;
  master_deal.choice<int>("strategy", newest_deal, {{"newestDeal", 0}}, Need::optional,
                          "newestDeal");
  master_deal.finish();
  read_selection(master.child("gridMasterSelection"), policy);

  ObjectReader deal = master.child("deal");
  ObjectReader stop = deal.child("forceStopCondition");
  stop.quantity("dischargeUnitLowerLimitRsoc", policy.discharge_unit_lower_limit_soc, share_range,
                required);
  stop.quantity("chargeUnitUpperLimitRsoc", policy.charge_unit_upper_limit_soc, share_range,
                required);
  stop.finish();
  deal.choice<DealSide>("referenceSide", policy.reference_side, sides);
  deal.integer("resetLimit", policy.deal_reset_limit, count_range, required);
  deal.finish();

  ObjectReader compensation = master.child("currentCompensation");
  compensation.integer("limitOfTrials", policy.compensation_trials, trials_range, required);
  compensation.quantity("driftAllowanceA", policy.compensation_drift_allowance, ampere_range,
                        required);
  compensation.finish();
  ObjectReader optimization = master.child("gridVoltageOptimization");
  optimization.boolean("enabled", policy.voltage_optimization);
  optimization.finish();
  master.milliseconds("mainLoopPeriodMsec", policy.grid_master_period, period_range);
  master.milliseconds("dataCollectionTimeoutMsec", policy.data_collection_timeout, period_range);
  master.milliseconds("errorSustainingMsec", policy.grid_master_error_sustaining, wait_range);
  // Steps of the reference that leases and watches replace: read, of no effect.
  for (const std::string_view key :
       {"gridMasterEnsuring", "gridMasterWatching", "heloPeriodMsec", "dataCollectionPeriodMsec"}) {
    master.ignore(key);
  }
  master.finish();
}

}  // namespace

std::optional<Policy> read_policy(const Value& root, Problems& problems) {
  Policy policy;
  ObjectReader reader(&root, "", 1, problems);
  if (!reader.present()) {
    return std::nullopt;
  }
  reader.ignore("$schema");
  reader.milliseconds("refreshingPeriodMsec", policy.refreshing_period, period_range);
  reader.choice<OperationMode>("operationMode", policy.operation_mode,
                               {{"autonomous", OperationMode::autonomous},
                                {"heteronomous", OperationMode::heteronomous},
                                {"stop", OperationMode::stop},
                                {"manual", OperationMode::manual}},
                               Need::optional, "stop");
  reader.unit_ids("memberUnitIds", policy.members, required);
  if (policy.members.size() > Limits::members) {
    reader.refuse("memberUnitIds", *root.find("memberUnitIds"),
                  "at most " + std::to_string(Limits::members) + " units");
  }
  reader.unit_ids("largeCapacityUnitIds", policy.large_capacity_units);
  reader.quantity("operationGridVoltageV", policy.grid_voltage, volt_range, required);
  ObjectReader range = reader.child("operationGridVoltageVRange");
  range.quantity("min", policy.grid_voltage_min, volt_range, required);
  range.quantity("max", policy.grid_voltage_max, volt_range, required);
  range.finish();
  reader.quantity("gridVoltageSeparationV", policy.voltage_separation, volt_range, required);
  reader.quantity("gridVoltageAllowanceV", policy.voltage_allowance, volt_range, required);
  reader.quantity("gridVoltageStepV", policy.voltage_step, {0.001, 10'000, "V"});
  reader.quantity("gridCurrentStepA", policy.current_step, {0.001, 10'000, "A"}, required);
  reader.quantity("gridUvloMaskV", policy.uvlo_mask, volt_range, required);
  reader.milliseconds("heloPeriodMsec", policy.helo_period, period_range);
  read_safety(reader.child("safety"), policy);
  read_controller(reader.child("controller"), policy);
  read_user(reader.child("user"), policy);
  read_mediator(reader.child("mediator"), policy);
  read_grid_master(reader.child("gridMaster"), policy);
  reader.quantity("gridVoltageDropAllowanceV", policy.voltage_drop_allowance, volt_range,
                  policy.voltage_optimization ? required : Need::optional);
  reader.finish();
  if (!problems.has_errors()) {
    check_contradictions(root, policy, problems);
  }
  return policy;
}

ReadResult<Policy> read_policy(std::string_view text, std::string file) {
  return read_text<Policy>(text, std::move(file), [](const Value& root, Problems& problems) {
    return read_policy(root, problems);
  });
}

}  // namespace musubi::json
