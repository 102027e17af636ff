// The two messages of a negotiation: a request and the accepts or declines that answer it.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "base/fields.hpp"
#include "domain/modes.hpp"
#include "domain/unit_id.hpp"
#include "units/quantity.hpp"
#include "units/time.hpp"

namespace musubi {

/// Common to both: what a unit would do, how much, at what price and current.
struct Offer {
  UnitId unit;
  Direction type = Direction::charge;  ///< what `unit` itself would do
  std::int64_t amount_wh = 0;
  std::optional<double> point_per_wh;
  UnitId pair_unit;  ///< empty: anybody
  std::optional<Volts> efficient_grid_v;
  Amperes deal_current{};
  WallTime date_time;
};
constexpr auto fields(const WallTime& t) { return std::tie(t.unix_ms, t.utc_offset_s); }
constexpr auto fields(const Offer& o) {
  return std::tie(o.unit, o.type, o.amount_wh, o.point_per_wh, o.pair_unit, o.efficient_grid_v,
                  o.deal_current, o.date_time);
}

using Request = Offer;
using Accept = Offer;

}  // namespace musubi
