#include "scenario/rules.hpp"

namespace musubi::scenario {

namespace {

std::optional<Wish> apply_rule(const TradeRule& rule, Direction type, BatteryState battery) {
  const std::int64_t expected_wh = battery.remaining_wh + battery.agreed_wh;
  const std::int64_t amount_wh =
      type == Direction::charge ? rule.limit_wh - expected_wh : expected_wh - rule.limit_wh;
  if (amount_wh <= 0) {
    return std::nullopt;
  }
  return Wish{type, amount_wh, rule.point_per_wh, rule.pair_unit};
}

}  // namespace

const TimeSlice* find_slice(const Scenario& scenario, std::int32_t second_of_day) {
  for (const auto& slice : scenario.slices) {
    const bool wraps = slice.to_s <= slice.from_s;
    const bool after_begin = second_of_day >= slice.from_s;
    const bool before_end = second_of_day < slice.to_s;
    if (wraps ? after_begin || before_end : after_begin && before_end) {
      return &slice;
    }
  }
  return nullptr;
}

const BatteryStatus* find_status(const TimeSlice& slice, std::int64_t remaining_wh) {
  for (const auto& status : slice.statuses) {
    if ((!status.low_wh || *status.low_wh <= remaining_wh) &&
        (!status.high_wh || remaining_wh < *status.high_wh)) {
      return &status;
    }
  }
  return nullptr;
}

std::optional<Wish> wanted(const TimeSlice& slice, BatteryState battery) {
  const BatteryStatus* status = find_status(slice, battery.remaining_wh);
  if (status == nullptr) {
    return std::nullopt;
  }
  if (status->request.charge) {
    return apply_rule(*status->request.charge, Direction::charge, battery);
  }
  if (status->request.discharge) {
    return apply_rule(*status->request.discharge, Direction::discharge, battery);
  }
  return std::nullopt;
}

std::optional<Wish> granted(const TimeSlice& slice, BatteryState battery, UnitId self,
                            UnitId requester, Direction request_type, UnitId request_pair) {
  if (!request_pair.empty() && request_pair != self) {
    return std::nullopt;
  }
  const BatteryStatus* status = find_status(slice, battery.remaining_wh);
  if (status == nullptr) {
    return std::nullopt;
  }
  const Direction own = opposite(request_type);
  const auto& rule = own == Direction::charge ? status->accept.charge : status->accept.discharge;
  if (!rule || (!rule->pair_unit.empty() && rule->pair_unit != requester)) {
    return std::nullopt;
  }
  return apply_rule(*rule, own, battery);
}

}  // namespace musubi::scenario
