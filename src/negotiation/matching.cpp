#include "negotiation/matching.hpp"

#include <algorithm>
#include <tuple>

namespace musubi::negotiation {

namespace {

std::uint64_t tie_break(UnitId requester, UnitId accepter) {
  Hasher hasher;
  hasher.add(requester.value_or_hash());
  hasher.add(accepter.value_or_hash());
  return hasher.digest();
}

}  // namespace

std::int64_t deal_amount_wh(std::int64_t request_wh, std::int64_t accept_wh, const Policy& policy) {
  if (policy.deal_amount_unit_wh <= 0) {
    return 0;
  }
  std::int64_t amount = std::min({request_wh, accept_wh, policy.deal_amount_max_wh});
  amount =
      std::max<std::int64_t>(amount, 0) / policy.deal_amount_unit_wh * policy.deal_amount_unit_wh;
  return amount < policy.deal_amount_min_wh ? 0 : amount;
}

bool is_worth_offering(std::int64_t amount_wh, const Policy& policy) {
  return amount_wh > policy.deal_amount_min_wh;
}

std::optional<double> deal_price(const Request& request, const Accept& accept) {
  return request.type == Direction::charge ? request.point_per_wh : accept.point_per_wh;
}

bool is_candidate(const Request& request, const Accept& accept, AcceptSelection selection,
                  const Policy& policy) {
  if (accept.unit == request.unit || accept.type != opposite(request.type)) {
    return false;
  }
  if ((!request.pair_unit.empty() && request.pair_unit != accept.unit) ||
      (!accept.pair_unit.empty() && accept.pair_unit != request.unit)) {
    return false;
  }
  if (request.deal_current <= Amperes(0.0) || accept.deal_current <= Amperes(0.0) ||
      !is_worth_offering(accept.amount_wh, policy) ||
      deal_amount_wh(request.amount_wh, accept.amount_wh, policy) <= 0) {
    return false;
  }
  if (selection == AcceptSelection::amount) {
    return true;
  }
  if (!request.point_per_wh || !accept.point_per_wh) {
    return false;
  }
  return request.type == Direction::charge ? *accept.point_per_wh <= *request.point_per_wh
                                           : *accept.point_per_wh >= *request.point_per_wh;
}

const Accept* select(const Request& request, std::span<const Accept> accepts,
                     AcceptSelection selection, const Policy& policy) {
  const auto rank = [&](const Accept& a) {
    // smaller is better
    const double price = selection == AcceptSelection::point_and_amount
                             ? sign_of(request.type) * a.point_per_wh.value_or(0.0)
                             : 0.0;
    return std::make_tuple(price, -deal_amount_wh(request.amount_wh, a.amount_wh, policy),
                           tie_break(request.unit, a.unit));
  };
  const Accept* best = nullptr;
  for (const auto& accept : accepts) {
    if (is_candidate(request, accept, selection, policy) &&
        (best == nullptr || rank(accept) < rank(*best))) {
      best = &accept;
    }
  }
  return best;
}

Deal make_deal(DealId id, DealId negotiation, const Request& request, const Accept& accept,
               const Policy& policy) {
  const bool requester_charges = request.type == Direction::charge;
  const Offer& charge = requester_charges ? request : accept;
  const Offer& discharge = requester_charges ? accept : request;
  Deal deal;
  deal.id = id;
  deal.negotiation_id = negotiation;
  deal.request_unit = request.unit;
  deal.accept_unit = accept.unit;
  deal.type = request.type;
  deal.charge_unit = charge.unit;
  deal.discharge_unit = discharge.unit;
  deal.request_time = request.date_time;
  deal.accept_time = accept.date_time;
  deal.request_point_per_wh = request.point_per_wh;
  deal.accept_point_per_wh = accept.point_per_wh;
  deal.request_current = request.deal_current;
  deal.accept_current = accept.deal_current;
  deal.request_pair_unit = request.pair_unit;
  deal.accept_pair_unit = accept.pair_unit;
  deal.point_per_wh = deal_price(request, accept);
  deal.charge_efficient_v = charge.efficient_grid_v;
  deal.discharge_efficient_v = discharge.efficient_grid_v;
  deal.current = std::min(request.deal_current, accept.deal_current);
  deal.request_amount_wh = request.amount_wh;
  deal.accept_amount_wh = accept.amount_wh;
  deal.amount_wh = deal_amount_wh(request.amount_wh, accept.amount_wh, policy);
  deal.metering_point = policy.metering_point;
  deal.loss_payer = policy.loss_payer;
  deal.last_reason = Reason(Rule::deal_created, static_cast<double>(request.amount_wh),
                            static_cast<double>(accept.amount_wh),
                            static_cast<double>(deal.amount_wh), deal.point_per_wh.value_or(0.0));
  return deal;
}

}  // namespace musubi::negotiation
