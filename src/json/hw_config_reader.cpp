#include "json/config_files.hpp"
#include "json/format.hpp"
#include "json/object_reader.hpp"
#include "json/read_text.hpp"

namespace musubi::json {

namespace {

void read_meter_range(ObjectReader& meter, std::string_view key, MeterRange& field, Range range) {
  ObjectReader reader = meter.child(key);
  reader.number("min", field.min, range, Need::required);
  reader.number("max", field.max, range, Need::required);
  reader.finish();
  if (field.min > field.max && reader.present()) {
    reader.problems().error(reader.line(), reader.pointer(), "min above max",
                            "min at most as large as max");
  }
}

}  // namespace

std::optional<HwConfig> read_hw_config(const Value& root, Problems& problems) {
  HwConfig hw;
  hw.efficient_battery_grid_voltage_ratio.reset();
  ObjectReader reader(&root, "", 1, problems);
  if (!reader.present()) {
    return std::nullopt;
  }
  reader.ignore("$schema");
  reader.milliseconds("refreshingPeriodMsec", hw.refreshing_period, {1, 86'400'000});
  reader.quantity("batteryNominalCapacityWh", hw.battery_nominal_capacity, {1, 1e9, "Wh"},
                  Need::required);
  reader.quantity("gridCurrentCapacityA", hw.grid_current_capacity, {0, 10'000, "A"},
                  Need::required);
  reader.quantity("gridCurrentAllowanceA", hw.grid_current_allowance, {0, 1000, "A"},
                  Need::required);
  reader.number("droopRatio", hw.droop_ratio, {0, 1, "a ratio"}, Need::required);
  reader.number("efficientBatteryGridVoltageRatio", hw.efficient_battery_grid_voltage_ratio,
                {0, 1000, "a ratio"});

  ObjectReader safety = reader.child("safety");
  ObjectReader range = safety.child("range");
  ObjectReader dcdc = range.child("dcdc");
  ObjectReader meter = dcdc.child("meter");
  read_meter_range(meter, "tmp", hw.temperature_c, {-100, 200, "degrees Celsius"});
  read_meter_range(meter, "vg", hw.grid_v, {-10'000, 10'000, "V"});
  read_meter_range(meter, "vb", hw.battery_v, {-10'000, 10'000, "V"});
  read_meter_range(meter, "ig", hw.grid_a, {-10'000, 10'000, "A"});
  read_meter_range(meter, "ib", hw.battery_a, {-10'000, 10'000, "A"});
  for (ObjectReader* level : {&meter, &dcdc, &range, &safety, &reader}) {
    level->finish();
  }
  if (!problems.has_errors() && (hw.grid_a.max < hw.grid_current_capacity.value() ||
                                 -hw.grid_a.min < hw.grid_current_capacity.value())) {
    problems.warning(
        line_of(root, "/safety/range/dcdc/meter/ig"), "/safety/range/dcdc/meter/ig",
        "a range that does not hold gridCurrentCapacityA " +
            shortest(hw.grid_current_capacity.value()),
        "that current in both directions, or the unit stops itself when it carries it");
  }
  return hw;
}

ReadResult<HwConfig> read_hw_config(std::string_view text, std::string file) {
  return read_text<HwConfig>(text, std::move(file), [](const Value& root, Problems& problems) {
    return read_hw_config(root, problems);
  });
}

}  // namespace musubi::json
