#include <array>

#include "json/deal_json.hpp"
#include "json/deal_names.hpp"
#include "json/object_reader.hpp"
#include "json/read_text.hpp"

namespace musubi::json {

namespace {

constexpr Range price_range{-1e6, 1e6, "points per Wh"};
constexpr Range current_range{0, 1000, "A"};
constexpr Range signed_current_range{-10'000, 10'000, "A"};
constexpr Range voltage_range{-1e6, 1e6, "V"};
constexpr Range amount_range{0, 1e9, "Wh"};
constexpr Range energy_range{-1e9, 1e9, "Wh"};
constexpr std::size_t most_notes = 1000;

/// True when APIS counts the time as reached: it has a value, "--" included.
bool is_set(const ObjectReader& reader, std::string_view key) {
  const Value* value = reader.object()->find(key);
  return value != nullptr && !value->is(Value::Kind::null);
}

Reason read_reason(ObjectReader reader) {
  Reason reason;
  if (!reader.present()) {
    return reason;
  }
  reader.choice<Rule>("rule", reason.rule, rule_names(), Need::optional, name_of(Rule::none));
  const Value* numbers = reader.take("numbers", Need::optional, "");
  if (numbers == nullptr) {
    return reason;
  }
  if (!numbers->is(Value::Kind::array) || numbers->items().size() > reason.numbers.size()) {
    reader.refuse("numbers", *numbers, "an array of at most 4 numbers");
    return reason;
  }
  std::size_t index = 0;
  for (const auto& number : numbers->items()) {
    reason.numbers[index++] = number.as_number();
  }
  return reason;
}

void read_meter(ObjectReader reader, DealMeter& meter) {
  reader.quantity("batteryWh", meter.battery_energy, energy_range);
  reader.quantity("busWh", meter.bus_energy, energy_range);
  reader.quantity("busAccountWh", meter.bus_account, energy_range);
  reader.boolean("shared", meter.shared);
  reader.boolean("estimated", meter.estimated);
}

/// An array below `key`, or nullptr; notes an error when it is something else or too long.
const std::vector<Value>* take_list(ObjectReader& reader, std::string_view key) {
  const Value* list = reader.take(key, Need::optional, "");
  if (list == nullptr) {
    return nullptr;
  }
  if (!list->is(Value::Kind::array) || list->items().size() > most_notes) {
    reader.refuse(key, *list, "an array of at most " + std::to_string(most_notes) + " objects");
    return nullptr;
  }
  return &list->items();
}

void read_notes(ObjectReader& reader, std::string_view key, std::int32_t utc_offset_s,
                std::vector<DealNote>& notes) {
  const auto* list = take_list(reader, key);
  if (list == nullptr) {
    return;
  }
  std::size_t index = 0;
  for (const auto& item : *list) {
    const std::string at = pointer_to(pointer_to(reader.pointer(), key), std::to_string(index++));
    ObjectReader note(&item, at, item.line(), reader.problems());
    std::optional<WallTime> time;
    note.time("dateTime", time, utc_offset_s);
    notes.push_back({time.value_or(WallTime{}), Reason()});
  }
}

void read_rules(ObjectReader& reader, std::string_view key, std::vector<DealNote>& notes) {
  const auto* list = take_list(reader, key);
  if (list == nullptr) {
    return;
  }
  for (std::size_t i = 0; i < list->size() && i < notes.size(); ++i) {
    const std::string at = pointer_to(pointer_to(reader.pointer(), key), std::to_string(i));
    notes[i].reason =
        read_reason(ObjectReader(&(*list)[i], at, (*list)[i].line(), reader.problems()));
  }
}

void read_terms(ObjectReader& reader, std::int32_t utc_offset_s, Deal& deal) {
  constexpr auto required = Need::required;
  reader.deal_id("dealId", deal.id);
  reader.deal_id("negotiationId", deal.negotiation_id);
  deal.origin = deal.negotiation_id.empty() ? DealOrigin::external : DealOrigin::negotiation;
  reader.unit_id("requestUnitId", deal.request_unit, required);
  reader.unit_id("acceptUnitId", deal.accept_unit, required);
  reader.choice<Direction>("type", deal.type,
                           {{"charge", Direction::charge}, {"discharge", Direction::discharge}},
                           required);
  reader.unit_id("chargeUnitId", deal.charge_unit, required);
  reader.unit_id("dischargeUnitId", deal.discharge_unit, required);
  std::optional<WallTime> time;
  reader.time("requestDateTime", time, utc_offset_s);
  deal.request_time = time.value_or(WallTime{});
  time.reset();
  reader.time("acceptDateTime", time, utc_offset_s);
  deal.accept_time = time.value_or(WallTime{});
  reader.number("requestPointPerWh", deal.request_point_per_wh, price_range);
  reader.number("acceptPointPerWh", deal.accept_point_per_wh, price_range);
  reader.number("pointPerWh", deal.point_per_wh, price_range);
  reader.quantity("dealGridCurrentA", deal.current, current_range, required);
  deal.request_current = deal.current;
  deal.accept_current = deal.current;
  reader.quantity("requestDealGridCurrentA", deal.request_current, current_range);
  reader.quantity("acceptDealGridCurrentA", deal.accept_current, current_range);
  reader.quantity("chargeUnitEfficientGridVoltageV", deal.charge_efficient_v, voltage_range);
  reader.quantity("dischargeUnitEfficientGridVoltageV", deal.discharge_efficient_v, voltage_range);
  reader.integer("dealAmountWh", deal.amount_wh, amount_range, required);
  deal.request_amount_wh = deal.amount_wh;
  deal.accept_amount_wh = deal.amount_wh;
  reader.integer("requestAmountWh", deal.request_amount_wh, amount_range);
  reader.integer("acceptAmountWh", deal.accept_amount_wh, amount_range);
  reader.unit_id("requestPairUnitId", deal.request_pair_unit);
  reader.unit_id("acceptPairUnitId", deal.accept_pair_unit);
}

void read_times(ObjectReader& reader, std::int32_t utc_offset_s, Deal& deal) {
  const auto read = [&](std::string_view key, std::optional<WallTime>& field) {
    reader.time(key, field, utc_offset_s);
  };
  read("createDateTime", deal.create_time);
  read("activateDateTime", deal.activate_time);
  read("rampUpDateTime", deal.ramp_up_time);
  read("warmUpDateTime", deal.warm_up_time);
  read("startDateTime", deal.start_time);
  read("stopDateTime", deal.stop_time);
  read("deactivateDateTime", deal.deactivate_time);
  read("abortDateTime", deal.abort_time);
  if (!deal.abort_time) {
    read("scramDateTime", deal.abort_time);
  }
  read_notes(reader, "reset", utc_offset_s, deal.reset_notes);
  read_notes(reader, "abort", utc_offset_s, deal.abort_notes);
  deal.resets = static_cast<int>(deal.reset_notes.size());
}

/// The phase that the date-time fields tell (reference 3.7), and what follows from it.
void derive_phase(const ObjectReader& reader, Deal& deal) {
  constexpr std::array<std::pair<std::string_view, DealPhase>, 5> marks{
      {{"deactivateDateTime", DealPhase::done},
       {"stopDateTime", DealPhase::stopped},
       {"startDateTime", DealPhase::running},
       {"warmUpDateTime", DealPhase::warming_up},
       {"activateDateTime", DealPhase::activated}}};
  deal.phase = DealPhase::created;
  for (const auto& [key, phase] : marks) {
    if (is_set(reader, key)) {
      deal.phase = phase;
      break;
    }
  }
  const bool ended_early = is_set(reader, "abortReason") || is_set(reader, "abortDateTime") ||
                           is_set(reader, "abort") || is_set(reader, "scramDateTime");
  if (deal.phase == DealPhase::done) {
    deal.outcome = ended_early || !deal.start_time ? DealOutcome::aborted : DealOutcome::completed;
  }
  deal.stop_requested = ended_early && deal.phase < DealPhase::done;
}

void read_test_feature(ObjectReader reader, Deal& deal) {
  ObjectReader dcdc = reader.child("dcdc");
  for (const auto& [name, feature] : test_feature_names()) {
    bool on = false;
    dcdc.boolean(name, on);
    if (on) {
      deal.test_feature = feature;
    }
  }
}

void read_extension(ObjectReader reader, Deal& deal) {
  if (!reader.present()) {
    return;
  }
  reader.choice<DealPhase>("phase", deal.phase, deal_phase_names());
  reader.choice<DealOutcome>("outcome", deal.outcome, deal_outcome_names());
  reader.choice<DealOrigin>("origin", deal.origin, deal_origin_names());
  reader.choice<MeteringPoint>("meteringPoint", deal.metering_point, metering_point_names());
  reader.choice<LossPayer>("lossPayer", deal.loss_payer, loss_payer_names());
  read_meter(reader.child("chargeMeter"), deal.charge_meter);
  read_meter(reader.child("dischargeMeter"), deal.discharge_meter);
  reader.unit_id("referenceUnitId", deal.reference_unit);
  reader.boolean("stopRequested", deal.stop_requested);
  reader.integer("resets", deal.resets, {0, 1e6});
  deal.last_reason = read_reason(reader.child("lastReason"));
  deal.stop_reason = read_reason(reader.child("stopReason"));
  read_rules(reader, "resetRules", deal.reset_notes);
  read_rules(reader, "abortRules", deal.abort_notes);
}

}  // namespace

std::optional<Deal> read_deal(const Value& root, std::string pointer, std::int32_t utc_offset_s,
                              Problems& problems) {
  Deal deal;
  ObjectReader reader(&root, std::move(pointer), root.line(), problems);
  if (!reader.present()) {
    return std::nullopt;
  }
  read_terms(reader, utc_offset_s, deal);
  read_times(reader, utc_offset_s, deal);
  reader.boolean("isMaster", deal.is_master);
  reader.quantity("compensationTargetVoltageReferenceGridCurrentA", deal.compensation_target,
                  signed_current_range);
  reader.quantity("chargeUnitCompensatedGridCurrentA", deal.charge_compensated_a,
                  signed_current_range);
  reader.quantity("dischargeUnitCompensatedGridCurrentA", deal.discharge_compensated_a,
                  signed_current_range);
  // APIS counts on its reference side, as a rule where energy arrives, at the battery.
  reader.quantity("cumulateAmountWh", deal.charge_meter.battery_energy, energy_range);
  derive_phase(reader, deal);
  read_test_feature(reader.child("testFeature"), deal);
  read_extension(reader.child("musubi"), deal);
  if (!deal.charge_unit.empty() && deal.charge_unit == deal.discharge_unit) {
    reader.refuse("dischargeUnitId", *root.find("dischargeUnitId"),
                  "another unit than chargeUnitId");
  }
  return deal;
}

ReadResult<Deal> read_deal(std::string_view text, std::string file, std::int32_t utc_offset_s) {
  return read_text<Deal>(text, std::move(file), [&](const Value& root, Problems& problems) {
    return read_deal(root, "", utc_offset_s, problems);
  });
}

ReadResult<std::vector<WebDeal>> read_web_deals(std::string_view text, std::string file,
                                                std::int32_t utc_offset_s) {
  const auto read = [&](const Value& root,
                        Problems& problems) -> std::optional<std::vector<WebDeal>> {
    if (!root.is(Value::Kind::array)) {
      problems.error(root.line(), "", describe(root), "an array of deals");
      return std::nullopt;
    }
    std::vector<WebDeal> deals;
    for (const auto& item : root.items()) {
      ObjectReader reader(&item, pointer_to("", std::to_string(deals.size())), item.line(),
                          problems);
      WebDeal deal;
      reader.unit_id("chargingUnit", deal.charging_unit);
      reader.unit_id("dischargingUnit", deal.discharging_unit);
      reader.boolean("isMasterDeal", deal.is_master);
      reader.choice<Direction>(
          "request", deal.request,
          {{"CHARGE", Direction::charge}, {"DISCHARGE", Direction::discharge}});
      reader.unit_id("requester", deal.requester);
      reader.unit_id("responder", deal.responder);
      reader.time("startTime", deal.start_time, utc_offset_s);
      deals.push_back(deal);
    }
    return deals;
  };
  return read_text<std::vector<WebDeal>>(text, std::move(file), read);
}

}  // namespace musubi::json
