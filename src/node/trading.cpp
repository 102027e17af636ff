// The trading side of a node: asks when the scenario wants something, answers others, takes deals
// that come from outside.
#include <algorithm>

#include "base/overloaded.hpp"
#include "negotiation/matching.hpp"
#include "node/node_core.hpp"
#include "scenario/rules.hpp"

namespace musubi::node {

namespace {

/// A need that nobody could meet is asked again after 1, 2, 4 ... of these house-keeping periods.
constexpr std::int64_t backoff_max = 12;

/// How often a deal from outside is stored again when its units' other deals were changing.
constexpr int creation_retries = 5;

std::int64_t agreed_wh(const UnitLoad& load) {
  if (!load.direction) {
    return 0;
  }
  return static_cast<std::int64_t>(sign_of(*load.direction) * load.undelivered.value());
}

}  // namespace

bool NodeCore::may_trade() const {
  return started_ && !shutting_down_ && !local_.locked_out && !has_fault() &&
         !alarms_.contains(AlarmCode::journal_failed) &&
         effective_mode() == OperationMode::autonomous && !view_.bus_latch() && reading_ &&
         reading_->soc && reading_->is_fresh(now_.instant, timing_.waiting_reading_max_age) &&
         view_.members().contains(unit_);
}

DealId NodeCore::fresh_id() {
  // version 4, variant 1 of RFC 4122, from the node's own stream
  constexpr std::uint64_t version_mask = 0xF000ULL;
  constexpr std::uint64_t variant_mask = 0xC000000000000000ULL;
  DealId id{prng_.next(), prng_.next()};
  id.high = (id.high & ~version_mask) | 0x4000ULL;
  id.low = (id.low & ~variant_mask) | 0x8000000000000000ULL;
  return id;
}

Offer NodeCore::base_offer() const {
  Offer offer;
  offer.unit = unit_;
  offer.deal_current = policy_->deal_current;
  offer.date_time = now_.wall;
  if (hw_.efficient_battery_grid_voltage_ratio && reading_->battery_v) {
    offer.efficient_grid_v = *reading_->battery_v * *hw_.efficient_battery_grid_voltage_ratio;
  }
  return offer;
}

void NodeCore::consider_request() {
  if (!may_trade()) {
    need_since_.reset();
    return;
  }
  const TimeSlice* slice = scenario::find_slice(*scenario_, now_.wall.second_of_day());
  if (slice == nullptr) {
    raise({AlarmCode::scenario_without_slice, unit_, AlarmLevel::warn, 0, 0});
    need_since_.reset();
    return;
  }
  const UnitLoad load = load_of(view_, unit_);
  const scenario::BatteryState battery{
      remaining_capacity_wh(hw_.battery_nominal_capacity, *reading_->soc), agreed_wh(load)};
  const auto wish = scenario::wanted(*slice, battery);
  if (!wish || !negotiation::is_worth_offering(wish->amount_wh, *policy_) ||
      refuses(load, wish->type, policy_->deal_current,
              view_.members().at(unit_).current_capacity)) {
    need_since_.reset();
    request_backoff_ = 1;
    return;
  }
  if (!need_since_) {
    need_since_ = now_.instant;
    need_tried_ = false;
    next_request_ = std::min(next_request_, now_.instant);
  }
  if (negotiator_.state() != negotiation::State::idle || now_.instant < next_request_) {
    return;
  }
  negotiation::Begin begin;
  begin.negotiation = fresh_id();
  begin.request = base_offer();
  begin.request.type = wish->type;
  begin.request.amount_wh = wish->amount_wh;
  begin.request.point_per_wh = wish->point_per_wh;
  begin.request.pair_unit = wish->pair_unit;
  begin.selection = slice->accept_selection;
  for (const auto& [unit, member] : view_.members()) {
    if (unit != unit_ && member.policy_version == policy_version_) {
      begin.responders.push_back(unit);
    }
  }
  run_negotiator(begin);
}

void NodeCore::answer_request(const RequestMessage& message) {
  const Request& request = message.request;
  if (!started_ || request.unit == unit_ || request.unit.empty()) {
    return;
  }
  const auto decline = [&] {
    effects_.emplace_back(SendMessage{request.unit, DeclineMessage{message.negotiation}});
  };
  const TimeSlice* slice = scenario::find_slice(*scenario_, now_.wall.second_of_day());
  if (!may_trade() || slice == nullptr || message.policy_version != policy_version_) {
    decline();
    return;
  }
  UnitLoad load = load_of(view_, unit_);
  const scenario::BatteryState battery{
      remaining_capacity_wh(hw_.battery_nominal_capacity, *reading_->soc), agreed_wh(load)};
  if (negotiator_.state() != negotiation::State::idle) {
    // The own request under way binds like a deal.
    load.current += negotiator_.request().deal_current;
    load.direction = negotiator_.request().type;
  }
  const auto wish =
      scenario::granted(*slice, battery, unit_, request.unit, request.type, request.pair_unit);
  if (!wish || !negotiation::is_worth_offering(wish->amount_wh, *policy_) ||
      refuses(load, wish->type, std::min(policy_->deal_current, request.deal_current),
              view_.members().at(unit_).current_capacity)) {
    decline();
    return;
  }
  Accept accept = base_offer();
  accept.type = wish->type;
  accept.amount_wh = wish->amount_wh;
  accept.point_per_wh = wish->point_per_wh;
  accept.pair_unit = wish->pair_unit;
  effects_.emplace_back(SendMessage{request.unit, AcceptMessage{message.negotiation, accept}});
}

void NodeCore::run_negotiator(const negotiation::Event& event) {
  if (negotiator_.state() == negotiation::State::idle &&
      !std::holds_alternative<negotiation::Begin>(event)) {
    return;
  }
  std::vector<negotiation::Effect> effects;
  const bool may_create = !std::holds_alternative<negotiation::Begin>(event);
  negotiator_.step(now_.instant, event, *policy_, view_, may_create ? fresh_id() : DealId{},
                   effects);
  for (auto& effect : effects) {
    std::visit(Overloaded{
                   [&](negotiation::SendRequest& e) {
                     effects_.emplace_back(
                         Broadcast{RequestMessage{e.negotiation, e.request, policy_version_}});
                   },
                   [&](negotiation::CreateDeal& e) {
                     e.deal.create_time = now_.wall;
                     transact(creation_of(view_, e.deal), Owner::negotiator);
                   },
                   [&](negotiation::Ended& e) {
                     const Instant since = need_since_.value_or(now_.instant);
                     if (!e.deal.empty()) {
                       effects_.emplace_back(NeedMet{since, !need_tried_});
                       need_since_.reset();
                       need_tried_ = false;
                       request_backoff_ = 1;
                       next_request_ = now_.instant;
                     } else {
                       effects_.emplace_back(NeedUnmet{!need_tried_});
                       need_tried_ = true;
                       next_request_ =
                           now_.instant + policy_->house_keeping_period * request_backoff_;
                       request_backoff_ = std::min(request_backoff_ * 2, backoff_max);
                     }
                   },
               },
               effect);
  }
  if (negotiator_.state() == negotiation::State::idle && now_.instant >= next_request_) {
    consider_request();  // what one deal leaves open is asked for at once
  }
}

void NodeCore::create_external(const Deal& proposal, int tries) {
  Deal deal = proposal;
  deal.origin = DealOrigin::external;
  if (deal.id.empty()) {
    deal.id = fresh_id();
  }
  const auto refuse = [&](Reason reason) { effects_.emplace_back(DealRefused{deal.id, reason}); };
  if (view_.deals().size() >= Limits::open_deals) {
    refuse(Reason(Rule::refused_deal_count, static_cast<double>(view_.deals().size()),
                  static_cast<double>(Limits::open_deals)));
    return;
  }
  const OperationMode mode = view_.mode().value_or(policy_->operation_mode);
  if (mode == OperationMode::stop || mode == OperationMode::manual) {
    refuse(Reason(Rule::mode_forbids, static_cast<double>(mode)));
    return;
  }
  const auto charge = view_.members().find(deal.charge_unit);
  const auto discharge = view_.members().find(deal.discharge_unit);
  if (charge == view_.members().end() || discharge == view_.members().end() ||
      deal.charge_unit == deal.discharge_unit) {
    refuse(Reason(Rule::unit_silent));
    return;
  }
  if (!(deal.current > Amperes(0.0)) || deal.amount_wh <= 0) {
    refuse(
        Reason(Rule::refused_malformed, deal.current.value(), static_cast<double>(deal.amount_wh)));
    return;
  }
  for (const auto& [member, direction] :
       {std::pair{charge->second, Direction::charge}, {discharge->second, Direction::discharge}}) {
    if (auto reason = refuses(load_of(view_, member.unit), direction, deal.current,
                              member.current_capacity)) {
      refuse(*reason);
      return;
    }
  }
  if (deal.request_unit.empty()) {
    deal.request_unit = deal.type == Direction::charge ? deal.charge_unit : deal.discharge_unit;
    deal.accept_unit = deal.partner_of(deal.request_unit);
  }
  deal.phase = DealPhase::created;
  deal.outcome = DealOutcome::open;
  deal.create_time = now_.wall;
  deal.last_reason = Reason(Rule::deal_created, static_cast<double>(deal.amount_wh),
                            static_cast<double>(deal.amount_wh),
                            static_cast<double>(deal.amount_wh), deal.point_per_wh.value_or(0.0));
  if (tries > creation_retries) {
    refuse(Reason(Rule::refused_contention, tries));
    return;
  }
  Pending& pending = transact(creation_of(view_, deal), Owner::external_deal, 0, deal.id);
  pending.proposal = std::make_shared<const Deal>(deal);
  pending.tries = tries;
}

}  // namespace musubi::node
