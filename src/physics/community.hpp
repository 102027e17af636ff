// What a community consists of: plain values, and built-in ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "physics/battery.hpp"
#include "physics/converter.hpp"
#include "physics/dc_network.hpp"
#include "physics/house.hpp"
#include "physics/power_series.hpp"
#include "physics/sky.hpp"
#include "units/quantity.hpp"

namespace musubi::physics {

/// A span without utility in milliseconds since 1970-01-01 UTC, `to` excluded.
struct Outage {
  std::int64_t from_unix_ms = 0;
  std::int64_t to_unix_ms = 0;
};

/// What energy from the utility costs.
struct Tariff {
  /// Of a day on the local clock, whole hours; `to_hour` at most `from_hour` runs over midnight.
  struct Slice {
    int from_hour = 0;
    int to_hour = 24;
    double import_per_kwh = 0.0;
  };
  std::string currency;
  /// Where no slice holds the hour.
  double import_per_kwh = 0.0;
  /// The first that holds the hour counts.
  std::vector<Slice> slices;

  /// The price of a kWh at an hour of the day, 0 to 23.
  [[nodiscard]] double price_at(int hour) const;
};

/// One unit's equipment.
struct UnitParams {
  /// Unique in the community; names the unit's random streams.
  std::string name;
  Battery::Params battery;
  /// At the beginning, 0 to 100.
  Percent first_rsoc{50.0};
  ConverterParams converter;
  PvParams pv;
  /// Multiplies the drawn mean of 10.2 to 13.8 wh a day.
  double load_scale = 1.0;
  House::Params house;
  /// Instead of the models of sky and household, where there are any.
  std::shared_ptr<const PowerSeries> pv_series;
  std::shared_ptr<const PowerSeries> load_series;
  /// Connected to the utility, which is there outside of `outages`.
  bool utility = true;
  /// Ascending and apart, each with its end after its begin, all within 100 years of the run.
  std::vector<Outage> outages;
};

/// Units, the cables between them and where they are.
struct Community {
  std::string name;
  Site site;
  std::vector<UnitParams> units;
  /// Must connect all units.
  std::vector<Line> lines;
  BusParams bus;
  /// For the sums of a run; no effect on what happens.
  std::optional<Tariff> tariff;
  std::optional<double> grid_co2_kg_per_kwh;
};

/// Four units E001 to E004 with the reference's sample values (4800 Wh, 2.3 A), reference losses of
/// the house and different PV, load and first charge, so that the sample scenario deals within a
/// day: E003 has no PV and begins short, E004 has much PV and begins sufficient.
[[nodiscard]] Community demo4();

/// Like the 19 faculty houses at OIST, Okinawa (slides of the operators): 10 houses with 2.8 w and
/// 9 with 4.2 w of PV, 65.8 w together, 4800 Wh each, reference losses. The tree of 30 m cables
/// of 1.5 mOhm/m (both conductors) and the spread of the first charge are our assumption.
[[nodiscard]] Community oist19();

/// "E001" for 1.
[[nodiscard]] std::string unit_name(std::size_t number);

/// Units E001 and on in a chain of such cables, without PV and load, at 72 %: under the sample
/// scenario nobody wants anything, so that only what is done to them happens.
[[nodiscard]] Community quiet_community(std::size_t units, Ohms cable);

}  // namespace musubi::physics
