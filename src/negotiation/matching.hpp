// Which accept is taken, and the deal that it makes (reference 3.5, 3.6).
#pragma once

#include <optional>
#include <span>

#include "domain/deal.hpp"
#include "domain/offer.hpp"
#include "domain/policy.hpp"
#include "domain/scenario.hpp"

namespace musubi::negotiation {

/// Energy of the deal that a request and an accept make: the smaller amount, at most the policy's
/// largest, cut to whole units, and 0 when that is below the smallest.
std::int64_t deal_amount_wh(std::int64_t request_wh, std::int64_t accept_wh, const Policy& policy);

/// True if a request or accept of this amount is sent at all: strictly more than the smallest deal
/// (reference 3.2, 3.3).
bool is_worth_offering(std::int64_t amount_wh, const Policy& policy);

/// The price of the charging (buying) unit, as the reference settles.
std::optional<double> deal_price(const Request& request, const Accept& accept);

/// True if `accept` may answer `request` at all: opposite type, the partner that either side
/// insists on, currents above zero, an amount that makes a deal and, under point_and_amount, a
/// price that the requester's own price admits (reference 3.5; equal prices match).
bool is_candidate(const Request& request, const Accept& accept, AcceptSelection selection,
                  const Policy& policy);

/// The best of `accepts`, or nothing. `amount`: the largest. `point_and_amount`: the best price,
/// then the largest amount. Amounts count only as far as one deal can use them, and what is still
/// equal is told apart by a mix of both names, so that many requesters do not all run to the same
/// giver.
const Accept* select(const Request& request, std::span<const Accept> accepts,
                     AcceptSelection selection, const Policy& policy);

/// The deal of a request and the accept chosen for it; phase `created`, without times.
Deal make_deal(DealId id, DealId negotiation, const Request& request, const Accept& accept,
               const Policy& policy);

}  // namespace musubi::negotiation
