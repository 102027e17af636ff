// Deals as APIS programs store and show them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/deal.hpp"
#include "json/document.hpp"
#include "json/problem.hpp"

namespace musubi::json {

/// A deal in the form of APIS (reference 3.7, appendix F): a time that can never come any more is
/// "--". What APIS does not know stands under the one key "musubi". Times lose their milliseconds,
/// prices, currents and voltages become 32-bit floats; the meters under "musubi" keep their digits.
std::string write_deal(const Deal& deal);
Value deal_value(const Deal& deal);

/// Reads what write_deal() writes and what APIS programs write. Without "musubi" the phase follows
/// from the times, the outcome from abort and scram; reasons that are only text are Rule::none.
/// `utc_offset_s` is the local offset that the text does not hold.
ReadResult<Deal> read_deal(std::string_view text, std::string file, std::int32_t utc_offset_s);
std::optional<Deal> read_deal(const Value& root, std::string pointer, std::int32_t utc_offset_s,
                              Problems& problems);

/// One entry of the deal list of apis-web. All keys are optional there.
struct WebDeal {
  UnitId charging_unit;
  UnitId discharging_unit;
  bool is_master = false;
  Direction request = Direction::charge;
  UnitId requester;
  UnitId responder;
  std::optional<WallTime> start_time;  ///< of creation, in spite of its name
};
constexpr auto fields(const WebDeal& d) {
  return std::tie(d.charging_unit, d.discharging_unit, d.is_master, d.request, d.requester,
                  d.responder, d.start_time);
}
WebDeal web_deal_of(const Deal& deal);
std::string write_web_deals(const std::vector<WebDeal>& deals);
ReadResult<std::vector<WebDeal>> read_web_deals(std::string_view text, std::string file,
                                                std::int32_t utc_offset_s);

}  // namespace musubi::json
