#include "json/deal_json.hpp"

#include "domain/settlement.hpp"
#include "json/deal_names.hpp"
#include "json/format.hpp"

namespace musubi::json {

namespace {

using OptionalTime = std::optional<WallTime>;

Value optional_float(const std::optional<double>& x) { return x ? Value::java_float(*x) : Value(); }
Value optional_volts(const std::optional<Volts>& v) {
  return v ? Value::java_float(v->value()) : Value();
}
/// A time that nobody set (the epoch itself) is null, as APIS writes it.
Value time_or_null(const WallTime& t) {
  return t.unix_ms == 0 ? Value() : Value::text(apis_time(t));
}

void set_id(Value& out, std::string_view key, UnitId id) {
  if (!id.empty()) {
    out.set(key, Value::text(id.view()));
  }
}

void set_deal_id(Value& out, std::string_view key, DealId id) {
  if (!id.empty()) {
    out.set(key, Value::text(id.str()));
  }
}

/// The time, or "--" where it will never come any more, or no key where it may still come.
void set_time(Value& out, std::string_view key, const OptionalTime& time, bool over) {
  if (time) {
    out.set(key, Value::text(apis_time(*time)));
  } else if (over) {
    out.set(key, Value::text("--"));
  }
}

void set_current(Value& out, std::string_view key, const std::optional<Amperes>& current) {
  if (current) {
    out.set(key, Value::java_float(current->value()));
  }
}

Value reason_value(const Reason& reason) {
  Value numbers = Value::array();
  for (const double n : reason.numbers) {
    numbers.push(Value::real(n));
  }
  return Value::object()
      .set("rule", Value::text(name_of(reason.rule)))
      .set("numbers", std::move(numbers));
}

Value meter_value(const DealMeter& meter) {
  return Value::object()
      .set("batteryWh", Value::real(meter.battery_energy.value()))
      .set("busWh", Value::real(meter.bus_energy.value()))
      .set("busAccountWh", Value::real(meter.bus_account.value()))
      .set("shared", Value::boolean(meter.shared))
      .set("estimated", Value::boolean(meter.estimated));
}

/// `[{"dateTime", "reason"}]`, the reasons as sentences.
void set_notes(Value& out, std::string_view key, const std::vector<DealNote>& notes) {
  if (notes.empty()) {
    return;
  }
  Value list = Value::array();
  for (const auto& note : notes) {
    list.push(Value::object()
                  .set("dateTime", time_or_null(note.at))
                  .set("reason", Value::text(explain(note.reason))));
  }
  out.set(key, std::move(list));
}

/// The rules behind the sentences of set_notes(), in the same order.
void set_rules(Value& out, std::string_view key, const std::vector<DealNote>& notes) {
  Value list = Value::array();
  for (const auto& note : notes) {
    list.push(reason_value(note.reason));
  }
  if (!notes.empty()) {
    out.set(key, std::move(list));
  }
}

Value extension(const Deal& deal) {
  Value out = Value::object();
  out.set("phase", Value::text(name_in(deal_phase_names(), deal.phase)));
  out.set("outcome", Value::text(name_in(deal_outcome_names(), deal.outcome)));
  out.set("origin", Value::text(name_in(deal_origin_names(), deal.origin)));
  out.set("meteringPoint", Value::text(name_in(metering_point_names(), deal.metering_point)));
  out.set("lossPayer", Value::text(name_in(loss_payer_names(), deal.loss_payer)));
  out.set("chargeUnitWh", Value::real(deal.charge_meter.at(deal.metering_point).value()));
  out.set("dischargeUnitWh", Value::real(deal.discharge_meter.at(deal.metering_point).value()));
  out.set("chargeMeter", meter_value(deal.charge_meter));
  out.set("dischargeMeter", meter_value(deal.discharge_meter));
  set_id(out, "referenceUnitId", deal.reference_unit);
  out.set("stopRequested", Value::boolean(deal.stop_requested));
  out.set("resets", Value::integer(deal.resets));
  out.set("lastReason", reason_value(deal.last_reason));
  out.set("stopReason", reason_value(deal.stop_reason));
  set_rules(out, "resetRules", deal.reset_notes);
  set_rules(out, "abortRules", deal.abort_notes);
  return out;
}

void set_terms(Value& out, const Deal& deal) {
  out.set("unitId", Value::text(deal.request_unit.view()));
  set_deal_id(out, "negotiationId", deal.negotiation_id);
  out.set("requestUnitId", Value::text(deal.request_unit.view()));
  out.set("acceptUnitId", Value::text(deal.accept_unit.view()));
  out.set("requestDateTime", time_or_null(deal.request_time));
  out.set("acceptDateTime", time_or_null(deal.accept_time));
  out.set("requestPointPerWh", optional_float(deal.request_point_per_wh));
  out.set("acceptPointPerWh", optional_float(deal.accept_point_per_wh));
  out.set("requestDealGridCurrentA", Value::java_float(deal.request_current.value()));
  out.set("acceptDealGridCurrentA", Value::java_float(deal.accept_current.value()));
  out.set("type", Value::text(text_of(deal.type)));
  out.set("chargeUnitId", Value::text(deal.charge_unit.view()));
  out.set("dischargeUnitId", Value::text(deal.discharge_unit.view()));
  out.set("pointPerWh", optional_float(deal.point_per_wh));
  out.set("chargeUnitEfficientGridVoltageV", optional_volts(deal.charge_efficient_v));
  out.set("dischargeUnitEfficientGridVoltageV", optional_volts(deal.discharge_efficient_v));
  out.set("dealGridCurrentA", Value::java_float(deal.current.value()));
  out.set("requestAmountWh", Value::integer(deal.request_amount_wh));
  out.set("acceptAmountWh", Value::integer(deal.accept_amount_wh));
  out.set("dealAmountWh", Value::integer(deal.amount_wh));
  set_id(out, "requestPairUnitId", deal.request_pair_unit);
  set_id(out, "acceptPairUnitId", deal.accept_pair_unit);
  set_deal_id(out, "dealId", deal.id);
}

void set_story(Value& out, const Deal& deal) {
  const bool done = deal.phase == DealPhase::done;
  const bool stopped = deal.phase >= DealPhase::stopped;
  set_time(out, "createDateTime", deal.create_time, false);
  set_current(out, "compensationTargetVoltageReferenceGridCurrentA", deal.compensation_target);
  set_time(out, "activateDateTime", deal.activate_time, done);
  if (deal.is_master) {
    out.set("isMaster", Value::boolean(true));
  }
  set_time(out, "rampUpDateTime", deal.ramp_up_time, false);
  set_time(out, "warmUpDateTime", deal.warm_up_time, false);
  set_current(out, "dischargeUnitCompensatedGridCurrentA", deal.discharge_compensated_a);
  set_current(out, "chargeUnitCompensatedGridCurrentA", deal.charge_compensated_a);
  set_time(out, "startDateTime", deal.start_time, stopped);
  if (deal.start_time) {
    set_time(out, "cumulateDateTime", deal.stop_time ? deal.stop_time : deal.start_time, false);
    out.set("cumulateAmountWh", Value::java_float(billed_energy(deal).value()));
  }
  set_time(out, "stopDateTime", deal.stop_time, stopped);
  set_time(out, "deactivateDateTime", deal.deactivate_time, done);
  set_notes(out, "reset", deal.reset_notes);
  set_notes(out, "abort", deal.abort_notes);
  set_time(out, "abortDateTime", deal.abort_time, false);
  if (!deal.abort_notes.empty()) {
    out.set("abortReason", Value::text(explain(deal.abort_notes.front().reason)));
  }
  if (deal.test_feature != TestFeature::none) {
    const auto name = name_in(test_feature_names(), deal.test_feature);
    out.set("testFeature",
            Value::object().set("dcdc", Value::object().set(name, Value::boolean(true))));
  }
}

}  // namespace

Value deal_value(const Deal& deal) {
  Value out = Value::object();
  set_terms(out, deal);
  set_story(out, deal);
  out.set("musubi", extension(deal));
  return out;
}

std::string write_deal(const Deal& deal) { return to_text(deal_value(deal)); }

WebDeal web_deal_of(const Deal& deal) {
  return {deal.charge_unit,  deal.discharge_unit, deal.is_master,  deal.type,
          deal.request_unit, deal.accept_unit,    deal.create_time};
}

std::string write_web_deals(const std::vector<WebDeal>& deals) {
  Value list = Value::array();
  for (const auto& deal : deals) {
    Value out = Value::object();
    set_id(out, "chargingUnit", deal.charging_unit);
    set_id(out, "dischargingUnit", deal.discharging_unit);
    out.set("isMasterDeal", Value::boolean(deal.is_master));
    out.set("request", Value::text(deal.request == Direction::charge ? "CHARGE" : "DISCHARGE"));
    set_id(out, "requester", deal.requester);
    set_id(out, "responder", deal.responder);
    set_time(out, "startTime", deal.start_time, false);
    list.push(std::move(out));
  }
  return to_text(list);
}

}  // namespace musubi::json
