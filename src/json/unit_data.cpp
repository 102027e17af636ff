#include "json/unit_data.hpp"

#include "json/format.hpp"
#include "json/object_reader.hpp"
#include "json/read_text.hpp"

namespace musubi::json {

namespace {

constexpr Range any_number{};

/// The members of APIS's "dcdc" object that a reading holds.
void read_dcdc(ObjectReader& dcdc, Reading& reading) {
  ObjectReader status = dcdc.child("status");
  std::string code, operation, alarm;
  status.text("status", code);
  status.text("operationMode", operation);
  status.text("alarmState", alarm);
  if (status.present() && status.object()->find("status") != nullptr) {
    reading.mode = mode_of_code(code);
    reading.mode_text_agrees =
        reading.mode != ConverterMode::unknown && operation == operation_text_of(reading.mode);
  }
  if (!alarm.empty()) {
    const auto state = alarm_state_of(alarm);
    if (!state) {
      status.problems().warning(status.line(), pointer_to(status.pointer(), "alarmState"),
                                describe(Value::text(alarm)),
                                R"("No alarm", "Light alarm", "Heavy alarm"; taken as light)");
    }
    reading.alarm = state.value_or(AlarmState::light);
  }
  ObjectReader meter = dcdc.child("meter");
  meter.quantity("vg", reading.grid_v, any_number);
  meter.quantity("ig", reading.grid_a, any_number);
  meter.quantity("wg", reading.grid_w, any_number);
  meter.quantity("vb", reading.battery_v, any_number);
  meter.quantity("ib", reading.battery_a, any_number);
  meter.quantity("wb", reading.battery_w, any_number);
  meter.quantity("tmp", reading.temperature, any_number);
  ObjectReader vdis = dcdc.child("vdis");
  vdis.quantity("dvg", reading.set_voltage_v, any_number);
  vdis.number("drg", reading.droop, any_number);
  ObjectReader param = dcdc.child("param");
  param.quantity("dig", reading.set_current_a, any_number);
}

void read_battery(ObjectReader& battery, Reading& reading) {
  battery.quantity("rsoc", reading.soc, any_number);
  int permission = 0;
  const Value* value =
      battery.object() == nullptr ? nullptr : battery.object()->find("battery_operation_status");
  if (value != nullptr && !value->is(Value::Kind::null)) {
    battery.integer("battery_operation_status", permission, {0, 255});
    reading.battery_permission = permission;
  }
}

std::optional<OperationMode> read_mode(ObjectReader& reader, std::string_view key) {
  std::string text;
  reader.text(key, text);
  const auto mode = operation_mode_of(text);
  if (!text.empty() && !mode) {
    reader.problems().warning(reader.line(), pointer_to(reader.pointer(), key),
                              describe(Value::text(text)),
                              R"("autonomous", "heteronomous", "stop", "manual"; it is ignored)");
  }
  return mode;
}

void read_apis(ObjectReader apis, UnitData& data) {
  if (!apis.present()) {
    return;
  }
  const auto has = [&](std::string_view key) { return apis.object()->find(key) != nullptr; };
  if (has("remaining_capacity_wh")) {
    data.remaining_capacity_wh.emplace(0);
    apis.integer("remaining_capacity_wh", *data.remaining_capacity_wh, {-1e9, 1e9, "Wh"});
  }
  if (has("deal_interlock_capacity")) {
    data.deal_capacity.emplace(0);
    apis.integer("deal_interlock_capacity", *data.deal_capacity, {0, 1e6});
  }
  apis.boolean("is_grid_master", data.is_grid_master);
  if (const Value* list = apis.take("deal_id_list", Need::optional, "")) {
    for (const auto& item : list->items()) {
      const auto id = DealId::parse(item.as_text());
      if (id && item.is(Value::Kind::text)) {
        data.deals.push_back(*id);
      } else {
        apis.refuse("deal_id_list", item, "an array of UUIDs");
      }
    }
  }
  ObjectReader modes = apis.child("operation_mode");
  if (modes.present()) {
    OperationModes read;
    read.global = read_mode(modes, "global").value_or(OperationMode::stop);
    read.local = read_mode(modes, "local");
    read.effective = read_mode(modes, "effective")
                         .value_or(effective_mode(read.global, read.local.has_value(),
                                                  read.local.value_or(OperationMode::stop)));
    data.modes = read;
  }
}

void read_oesunit(ObjectReader unit, UnitData& data) {
  unit.unit_id("id", data.unit, Need::required);
  unit.text("communityId", data.community_id);
  unit.text("clusterId", data.cluster_id);
  unit.text("display", data.display);
  unit.text("sn", data.serial_number);
  unit.text("ip", data.network.ip);
  unit.text("ipv6_ll", data.network.ipv6_link_local);
  unit.text("ipv6_g", data.network.ipv6_global);
  unit.text("mac", data.network.mac);
  std::string budo;
  unit.text("budo", budo);
  data.trades = budo == "1";
}

template <class Tag>
void set_float(Value& out, std::string_view key, const std::optional<Quantity<Tag>>& quantity) {
  if (quantity) {
    out.set(key, Value::java_float(quantity->value()));
  }
}

Value dcdc_value(const Reading& reading) {
  Value status = Value::object();
  // What the driver said that is not known here is passed on in its own words.
  if (reading.mode != ConverterMode::unknown) {
    status.set("status", Value::text(code_of(reading.mode)));
  }
  status.set("alarmState", Value::text(text_of(reading.alarm)));
  if (reading.mode_text_agrees) {
    status.set("operationMode", Value::text(operation_text_of(reading.mode)));
  }
  Value meter = Value::object();
  set_float(meter, "wg", reading.grid_w);
  set_float(meter, "tmp", reading.temperature);
  set_float(meter, "vb", reading.battery_v);
  set_float(meter, "wb", reading.battery_w);
  set_float(meter, "vg", reading.grid_v);
  set_float(meter, "ib", reading.battery_a);
  set_float(meter, "ig", reading.grid_a);
  Value vdis = Value::object();
  set_float(vdis, "dvg", reading.set_voltage_v);
  if (reading.droop) {
    vdis.set("drg", Value::java_float(*reading.droop));
  }
  Value param = Value::object();
  set_float(param, "dig", reading.set_current_a);
  return Value::object()
      .set("status", std::move(status))
      .set("meter", std::move(meter))
      .set("vdis", std::move(vdis))
      .set("param", std::move(param));
}

Value oesunit_value(const UnitData& data) {
  return Value::object()
      .set("communityId", Value::text(data.community_id))
      .set("clusterId", Value::text(data.cluster_id))
      .set("id", Value::text(data.unit.view()))
      .set("display", Value::text(data.display))
      .set("sn", Value::text(data.serial_number))
      .set("budo", Value::text(data.trades ? "1" : "0"))
      .set("ip", Value::text(data.network.ip))
      .set("ipv6_ll", Value::text(data.network.ipv6_link_local))
      .set("ipv6_g", Value::text(data.network.ipv6_global))
      .set("mac", Value::text(data.network.mac));
}

Value apis_value(const UnitData& data) {
  Value apis = Value::object();
  apis.set("version", Value::text("3.0.0"));
  if (data.remaining_capacity_wh) {
    apis.set("remaining_capacity_wh", Value::integer(*data.remaining_capacity_wh));
  }
  if (data.deal_capacity) {
    apis.set("deal_interlock_capacity", Value::integer(*data.deal_capacity));
  }
  if (data.is_grid_master) {
    apis.set("is_grid_master", Value::boolean(true));
  }
  if (!data.deals.empty()) {
    Value list = Value::array();
    for (const auto& id : data.deals) {
      list.push(Value::text(id.str()));
    }
    apis.set("deal_id_list", std::move(list));
  }
  Value modes = Value::object();
  modes.set("global", Value::text(text_of(data.modes->global)));
  modes.set("local", data.modes->local ? Value::text(text_of(*data.modes->local)) : Value());
  modes.set("effective", Value::text(text_of(data.modes->effective)));
  return apis.set("operation_mode", std::move(modes));
}

}  // namespace

UnitData unit_data_of(const NodeConfig& config, const HwConfig& hw, Amperes deal_current,
                      const Reading& reading, const OperationModes& modes) {
  UnitData data;
  data.unit = config.unit_id;
  data.community_id = config.community_id;
  data.cluster_id = config.cluster_id;
  data.display = config.unit_name;
  data.serial_number = config.serial_number;
  data.trades = modes.effective == OperationMode::autonomous;
  data.modes = modes;
  data.reading = reading;
  if (reading.soc) {
    data.remaining_capacity_wh = remaining_capacity_wh(hw.battery_nominal_capacity, *reading.soc);
  }
  constexpr double most_deals = 1e6;
  const double deals = deal_current.value() > 0.0 ? hw.grid_current_capacity / deal_current : 0.0;
  data.deal_capacity = static_cast<int>(deals < most_deals ? deals : most_deals);
  return data;
}

Value unit_data_value(const UnitData& data) {
  Value out = Value::object();
  if (!data.emu.is(Value::Kind::null)) {
    out.set("emu", data.emu);
  }
  Value dcdc = data.dcdc.is(Value::Kind::object) ? data.dcdc : Value::object();
  dcdc.merge(dcdc_value(data.reading));
  out.set("dcdc", std::move(dcdc));
  out.set("oesunit", oesunit_value(data));
  if (data.time) {
    out.set("time", Value::text(apis_time(*data.time)));
  }
  Value battery = Value::object();
  set_float(battery, "rsoc", data.reading.soc);
  battery.set("battery_operation_status", data.reading.battery_permission
                                              ? Value::integer(*data.reading.battery_permission)
                                              : Value());
  out.set("battery", std::move(battery));
  if (data.modes) {
    out.set("apis", apis_value(data));
  }
  return out;
}

std::string write_unit_data(const UnitData& data) { return to_text(unit_data_value(data)); }

std::optional<UnitData> read_unit_data(const Value& root, std::string pointer,
                                       std::int32_t utc_offset_s, Problems& problems) {
  UnitData data;
  data.reading.mode = ConverterMode::unknown;  // until the status says more
  data.reading.mode_text_agrees = false;
  ObjectReader reader(&root, std::move(pointer), root.line(), problems);
  if (!reader.present()) {
    return std::nullopt;
  }
  read_oesunit(reader.child("oesunit"), data);
  if (data.display.empty()) {
    data.display = data.unit.str();
  }
  ObjectReader dcdc = reader.child("dcdc");
  read_dcdc(dcdc, data.reading);
  if (dcdc.present()) {
    data.dcdc = *dcdc.object();
  }
  if (const Value* emu = reader.take("emu", Need::optional, "")) {
    data.emu = *emu;
  }
  // The emulator gives the battery's state in its own part only.
  const bool has_battery = root.find("battery") != nullptr;
  ObjectReader battery = reader.child(has_battery ? "battery" : "emu");
  read_battery(battery, data.reading);
  reader.time("time", data.time, utc_offset_s);
  read_apis(reader.child("apis"), data);
  return data;
}

ReadResult<UnitData> read_unit_data(std::string_view text, std::string file,
                                    std::int32_t utc_offset_s) {
  return read_text<UnitData>(text, std::move(file), [&](const Value& root, Problems& problems) {
    return read_unit_data(root, "", utc_offset_s, problems);
  });
}

ReadResult<std::vector<UnitData>> read_unit_data_map(std::string_view text, std::string file,
                                                     std::int32_t utc_offset_s,
                                                     const DocumentLimits& limits) {
  const auto read = [&](const Value& root,
                        Problems& problems) -> std::optional<std::vector<UnitData>> {
    if (!root.is(Value::Kind::object)) {
      problems.error(root.line(), "", describe(root), "an object of unit data by unit name");
      return std::nullopt;
    }
    std::vector<UnitData> all;
    for (const auto& member : root.members()) {
      auto data = read_unit_data(member.value, pointer_to("", member.key), utc_offset_s, problems);
      if (data) {
        all.push_back(std::move(*data));
      }
    }
    return all;
  };
  return read_text<std::vector<UnitData>>(text, std::move(file), read, limits);
}

ReadResult<Reading> read_device_answer(std::string_view text, std::string file,
                                       const Reading& previous) {
  const auto read = [&](const Value& root, Problems& problems) -> std::optional<Reading> {
    Reading reading = previous;
    ObjectReader reader(&root, "", 1, problems);
    if (!reader.present()) {
      return std::nullopt;
    }
    if (root.find("dcdc") != nullptr) {
      ObjectReader dcdc = reader.child("dcdc");
      read_dcdc(dcdc, reading);
      ObjectReader battery = reader.child(root.find("battery") != nullptr ? "battery" : "emu");
      read_battery(battery, reading);
    } else {
      read_dcdc(reader, reading);
      read_battery(reader, reading);
    }
    return reading;
  };
  return read_text<Reading>(text, std::move(file), read);
}

}  // namespace musubi::json
