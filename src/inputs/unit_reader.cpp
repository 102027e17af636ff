#include "inputs/unit_reader.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "inputs/times.hpp"

namespace musubi::inputs {

namespace {

using json::Need;
using json::ObjectReader;
using json::pointer_to;
using json::Range;
using json::Value;

constexpr Range share_range{0, 1, "a share"};
constexpr Range percent_range{0, 100, "%"};
constexpr Range watt_range{0, 100'000, "W"};
constexpr Range ampere_range{0.1, 10'000, "A"};
constexpr double mean_kwh_per_day = 12.0;
// Of the open-circuit voltage of an empty battery, and what else runs beside the converter.
constexpr double empty_battery_v = 44.8;
constexpr double standing_w = 300.0;

/// The 4800 Wh battery and others as so many of it, or parts of it, side by side.
physics::Battery::Params battery_of(WattHours capacity) {
  physics::Battery::Params battery;
  const double share = capacity / battery.capacity;
  battery.capacity = capacity;
  battery.resistance = battery.resistance / share;
  battery.charge_limit = battery.charge_limit * share;
  battery.discharge_limit = battery.discharge_limit * share;
  return battery;
}

void read_battery(ObjectReader battery, physics::UnitParams& unit) {
  if (!battery.present()) {
    battery.problems().error(battery.line(), battery.pointer(), "nothing",
                             "an object with capacityWh and firstSocPct");
    return;
  }
  WattHours capacity = unit.battery.capacity;
  battery.quantity("capacityWh", capacity, {10, 1e7, "Wh"}, Need::required);
  physics::Battery::Params& params = unit.battery;
  params = battery_of(capacity);
  battery.quantity("firstSocPct", unit.first_rsoc, percent_range, Need::required);
  battery.quantity("resistanceOhm", params.resistance, {0, 100, "Ohm"});
  battery.number("coulombicEfficiency", params.coulombic_efficiency, {0.5, 1, "a share"});
  battery.quantity("chargeLimitA", params.charge_limit, {0.1, 1e6, "A"});
  battery.quantity("dischargeLimitA", params.discharge_limit, {0.1, 1e6, "A"});
  battery.quantity("reservePct", params.reserve, {0.5, 90, "%"});
  battery.finish();
  const double drop_v = params.discharge_limit.value() * params.resistance.value();
  if (drop_v > empty_battery_v / 2.0) {
    battery.problems().error(
        battery.line(), battery.pointer(),
        fmt::format("dischargeLimitA {:g} through resistanceOhm {:.3g}: a drop of {:.1f} V",
                    params.discharge_limit.value(), params.resistance.value(), drop_v),
        fmt::format("a drop of at most {:g} V, half of the voltage of an empty battery",
                    empty_battery_v / 2.0));
  }
  if (unit.first_rsoc < params.reserve) {
    battery.problems().warning(battery.line(), pointer_to(battery.pointer(), "firstSocPct"),
                               fmt::format("{:g}, below the reserve", unit.first_rsoc.value()),
                               fmt::format("from reservePct {:g} on, or the house begins in the "
                                           "dark",
                                           params.reserve.value()));
  }
}

void read_converter(ObjectReader converter, physics::ConverterParams& params) {
  converter.quantity("currentLimitA", params.icap, ampere_range);
  converter.number("voltageRampVPerS", params.voltage_ramp_v_per_s, {0.1, 1e6, "V/s"});
  converter.number("currentRampAPerS", params.current_ramp_a_per_s, {0, 1e6, "A/s; 0: at once"});
  converter.quantity("chargeFloorV", params.charge_floor, {0, 1000, "V"});
  converter.finish();
}

/// A converter at its limit draws on its battery whatever else the house does.
void check_strength(ObjectReader& reader, const physics::UnitParams& unit) {
  const double bus_w = unit.converter.icap.value() * CommunityLimits::bus_v + standing_w;
  const double resistance = unit.battery.resistance.value();
  const double most_w = empty_battery_v * empty_battery_v / (4.0 * resistance);
  if (resistance > 0.0 && most_w < bus_w) {
    reader.problems().error(
        reader.line(), pointer_to(reader.pointer(), "battery"),
        fmt::format("a battery of {:g} Wh and {:.3g} Ohm that gives at most {:.0f} W",
                    unit.battery.capacity.value(), resistance, most_w),
        fmt::format(
            "{:.0f} W for the converter's {:g} A at {:g} V, {:g} W for the house beside it: "
            "a larger battery, less resistanceOhm or a lower currentLimitA",
            bus_w, unit.converter.icap.value(), CommunityLimits::bus_v, standing_w));
  }
}

void read_pv(ObjectReader pv, physics::PvParams& params) {
  params.peak_kw = 0.0;
  if (!pv.present()) {
    return;
  }
  pv.number("peakKw", params.peak_kw, {0, 1e5, "kW"}, Need::required);
  pv.number("tiltDeg", params.tilt_deg, {0, 90, "degrees from horizontal"});
  pv.number("azimuthDeg", params.azimuth_deg, {0, 360, "degrees clockwise from north"});
  pv.number("performance", params.performance, share_range);
  pv.finish();
}

void read_switch(ObjectReader& house, std::string_view on_key, std::string_view off_key,
                 Percent& on, Percent& off) {
  house.quantity(on_key, on, percent_range);
  house.quantity(off_key, off, percent_range);
  if (on > off) {
    house.problems().error(house.line(), pointer_to(house.pointer(), on_key),
                           fmt::format("{:g}, above {} {:g}", on.value(), off_key, off.value()),
                           fmt::format("at most {}", off_key));
  }
}

void read_house(ObjectReader house, physics::House::Params& params) {
  enum class Model : std::uint8_t { apis, modern };
  auto model = Model::modern;
  house.choice<Model>("model", model, {{"apis", Model::apis}, {"modern", Model::modern}});
  params = model == Model::apis ? physics::House::Params::apis() : physics::House::Params::modern();
  house.number("systemW", params.system_w, watt_range);
  house.number("inverterIdleW", params.inverter_idle_w, watt_range);
  house.number("inverterShare", params.inverter_share, share_range);
  house.number("bypassW", params.bypass_w, watt_range);
  house.number("bypassShare", params.bypass_share, share_range);
  house.number("transformerW", params.transformer_w, watt_range);
  house.number("transformerBypassShare", params.transformer_bypass_share, share_range);
  house.number("chargerW", params.charger_w, watt_range);
  house.number("chargerLossW", params.charger_loss_w, watt_range);
  read_switch(house, "bypassOnPct", "bypassOffPct", params.bypass_on, params.bypass_off);
  read_switch(house, "chargeOnPct", "chargeOffPct", params.charge_on, params.charge_off);
  house.quantity("restartAboveReservePct", params.restart_above_reserve, percent_range);
  house.finish();
}

}  // namespace

const Value* take_array(ObjectReader& parent, std::string_view key, Need need, std::size_t most,
                        const std::string& what) {
  const std::string allowed =
      fmt::format("an array of {} {}", need == Need::required ? "1 to" : "at most", most) + " " +
      what;
  const Value* value = parent.take(key, need, allowed);
  if (value == nullptr) {
    return nullptr;
  }
  if (!value->is(Value::Kind::array)) {
    parent.refuse(key, *value, allowed);
    return nullptr;
  }
  const std::size_t count = value->items().size();
  if (count > most || (count == 0 && need == Need::required)) {
    parent.problems().error(value->line(), pointer_to(parent.pointer(), key),
                            fmt::format("{} {}", count, what), allowed);
    return nullptr;
  }
  return value;
}

void read_file_name(ObjectReader& files, std::string_view key, FileName& field) {
  files.text(key, field.name);
  const Value* value = files.object() == nullptr ? nullptr : files.object()->find(key);
  field.line = value == nullptr ? files.line() : value->line();
  field.pointer = pointer_to(files.pointer(), key);
}

std::vector<physics::Outage> read_outages(ObjectReader& parent, std::int32_t utc_offset_s) {
  std::vector<physics::Outage> outages;
  const Value* array =
      take_array(parent, "outages", Need::optional, CommunityLimits::outages, "outages");
  if (array == nullptr) {
    return outages;
  }
  const std::string at = pointer_to(parent.pointer(), "outages");
  struct Read {
    physics::Outage outage;
    int line;
    std::string pointer;
  };
  std::vector<Read> all;
  std::size_t index = 0;
  for (const Value& item : array->items()) {
    ObjectReader reader(&item, pointer_to(at, std::to_string(index++)), item.line(),
                        parent.problems(), json::UnknownKeys::refuse);
    const auto time_at = [&](std::string_view key) -> std::optional<std::int64_t> {
      const std::string allowed =
          "a time like \"2025-07-03T18:00:00+09:00\", or without offset on the community's clock";
      const Value* value = reader.take(key, Need::required, allowed);
      if (!reader.present() || value == nullptr) {
        return std::nullopt;
      }
      const auto time =
          value->is(Value::Kind::text) ? parse_time(value->as_text(), utc_offset_s) : std::nullopt;
      if (!time) {
        reader.refuse(key, *value, allowed);
        return std::nullopt;
      }
      return time->unix_ms;
    };
    const auto from = time_at("from");
    const auto to = time_at("to");
    reader.finish();
    if (from && to && *from >= *to) {
      reader.problems().error(reader.line(), reader.pointer(),
                              "an outage whose end is not after its begin", "from before to");
    } else if (from && to) {
      all.push_back({{*from, *to}, reader.line(), reader.pointer()});
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Read& a, const Read& b) {
    return a.outage.from_unix_ms < b.outage.from_unix_ms;
  });
  for (const Read& read : all) {
    if (!outages.empty() && outages.back().to_unix_ms >= read.outage.from_unix_ms) {
      parent.problems().error(read.line, read.pointer,
                              "an outage that begins before another has ended",
                              "outages with time between them");
      continue;
    }
    outages.push_back(read.outage);
  }
  return outages;
}

physics::UnitParams read_unit(ObjectReader& reader, FileNames& files, std::int32_t utc_offset_s) {
  physics::UnitParams unit;
  UnitId id;
  reader.unit_id("id", id, Need::required);
  unit.name = id.str();
  const std::size_t before = reader.problems().list().size();
  read_battery(reader.child("battery"), unit);
  read_converter(reader.child("converter"), unit.converter);
  const bool clean = reader.problems().list().size() == before;
  if (clean) {
    check_strength(reader, unit);
  }
  read_pv(reader.child("pv"), unit.pv);
  ObjectReader load = reader.child("load");
  double load_kwh_per_day = mean_kwh_per_day;
  load.number("meanKwhPerDay", load_kwh_per_day, {0, 1e5, "kWh a day"});
  unit.load_scale = load_kwh_per_day / mean_kwh_per_day;
  load.finish();
  read_house(reader.child("house"), unit.house);
  ObjectReader utility = reader.child("utility");
  utility.boolean("connected", unit.utility);
  unit.outages = read_outages(utility, utc_offset_s);
  if (!unit.utility && !unit.outages.empty()) {
    utility.problems().warning(utility.line(), pointer_to(utility.pointer(), "outages"),
                               "outages of a house that is not connected",
                               "they have no effect with \"connected\": false");
    unit.outages.clear();
  }
  utility.finish();
  ObjectReader names = reader.child("files");
  read_file_name(names, "config", files.config);
  read_file_name(names, "hwConfig", files.hw_config);
  read_file_name(names, "scenario", files.scenario);
  names.finish();
  reader.finish();
  return unit;
}

}  // namespace musubi::inputs
