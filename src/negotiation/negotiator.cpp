#include "negotiation/negotiator.hpp"

#include <algorithm>

#include "base/overloaded.hpp"
#include "negotiation/matching.hpp"

namespace musubi::negotiation {

void Negotiator::step(Instant now, const Event& event, const Policy& policy,
                      const ClusterView& view, DealId next_deal_id, std::vector<Effect>& out) {
  std::visit(Overloaded{
                 [&](const Begin& e) {
                   if (state_ != State::idle) {
                     return;
                   }
                   state_ = State::collecting;
                   negotiation_ = e.negotiation;
                   request_ = e.request;
                   selection_ = e.selection;
                   waiting_for_ = e.responders;
                   accepts_.clear();
                   received_ = 0;
                   refusals_ = 0;
                   deadline_ = now + policy.negotiation_timeout;
                   out.emplace_back(SendRequest{negotiation_, request_});
                 },
                 [&](const AcceptArrived& e) {
                   if (state_ != State::collecting || e.negotiation != negotiation_ ||
                       !policy.is_member(e.accept.unit) ||
                       accepts_.size() >= Limits::accepts_per_negotiation) {
                     return;
                   }
                   const auto same =
                       std::find_if(accepts_.begin(), accepts_.end(),
                                    [&](const Accept& a) { return a.unit == e.accept.unit; });
                   if (same == accepts_.end()) {
                     accepts_.push_back(e.accept);
                     ++received_;
                   }
                   answered(e.accept.unit);
                 },
                 [&](const DeclineArrived& e) {
                   if (state_ == State::collecting && e.negotiation == negotiation_) {
                     answered(e.unit);
                   }
                 },
                 [&](const Advance&) {},
                 [&](const CreationAnswered& e) {
                   if (state_ != State::creating) {
                     return;
                   }
                   if (e.outcome != Creation::refused) {
                     state_ = State::idle;
                     const bool stored = e.outcome == Creation::stored;
                     out.emplace_back(Ended{stored ? deal_ : DealId{}, received_});
                     return;
                   }
                   // The view holds by now what made the store refuse, so the same unit may still
                   // have room.
                   if (++refusals_ > refusals_max) {
                     std::erase_if(accepts_, [&](const Accept& a) { return a.unit == chosen_; });
                   }
                   choose(policy, view, next_deal_id, out);
                 },
             },
             event);
  if (state_ == State::collecting && (waiting_for_.empty() || now >= deadline_)) {
    choose(policy, view, next_deal_id, out);
  }
}

void Negotiator::answered(UnitId unit) { std::erase(waiting_for_, unit); }

void Negotiator::choose(const Policy& policy, const ClusterView& view, DealId deal_id,
                        std::vector<Effect>& out) {
  const auto has_room = [&](const Accept& accept) {
    const auto member = view.members().find(accept.unit);
    return member != view.members().end() &&
           !refuses(load_of(view, accept.unit), accept.type,
                    std::min(request_.deal_current, accept.deal_current),
                    member->second.current_capacity);
  };
  std::erase_if(accepts_, [&](const Accept& a) { return !has_room(a); });
  const auto self = view.members().find(request_.unit);
  const bool self_has_room = self != view.members().end() &&
                             !refuses(load_of(view, request_.unit), request_.type,
                                      request_.deal_current, self->second.current_capacity);
  const Accept* best = self_has_room ? select(request_, accepts_, selection_, policy) : nullptr;
  if (best == nullptr) {
    state_ = State::idle;
    out.emplace_back(Ended{{}, received_});
    return;
  }
  state_ = State::creating;
  chosen_ = best->unit;
  deal_ = deal_id;
  out.emplace_back(CreateDeal{make_deal(deal_id, negotiation_, request_, *best, policy)});
}

}  // namespace musubi::negotiation
