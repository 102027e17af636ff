// One unit's own negotiation: broadcast a request, collect answers, make one deal of the best.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <variant>
#include <vector>

#include "domain/cluster_view.hpp"
#include "domain/deal.hpp"
#include "domain/offer.hpp"
#include "domain/policy.hpp"
#include "domain/scenario.hpp"

namespace musubi::negotiation {

/// Where a negotiation is.
enum class State : std::uint8_t {
  idle,
  collecting,  ///< request sent; answers come in
  creating,    ///< an accept is chosen; the store decides
};

/// Start asking. `responders` are the live members that will answer; `request.unit` is ourselves.
struct Begin {
  DealId negotiation;
  Request request;
  AcceptSelection selection = AcceptSelection::amount;
  std::vector<UnitId> responders;
};
struct AcceptArrived {
  DealId negotiation;
  Accept accept;
};
struct DeclineArrived {
  DealId negotiation;
  UnitId unit;
};
/// Time passed, or the view of the store changed.
struct Advance {};
/// The store's word on CreateDeal.
enum class Creation : std::uint8_t {
  stored,
  refused,  ///< a unit's other deals have changed meanwhile
  unknown,  ///< no answer: it may exist
};
struct CreationAnswered {
  Creation outcome = Creation::stored;
};
using Event = std::variant<Begin, AcceptArrived, DeclineArrived, Advance, CreationAnswered>;

struct SendRequest {
  DealId negotiation;
  Request request;
};
struct CreateDeal {
  Deal deal;
};
/// The negotiation is over. `deal` is empty where nobody could be found.
struct Ended {
  DealId deal;
  std::size_t accepts = 0;
};
using Effect = std::variant<SendRequest, CreateDeal, Ended>;

/// Collects for at most the policy's negotiation_timeout and closes earlier once every live member
/// has answered. An accept whose unit has meanwhile no current left, as far as the view knows, is
/// passed over; when the store refuses, the best that still has room is tried.
class Negotiator {
 public:
  /// Refusals of the store after which each further one drops the chosen accept.
  static constexpr int refusals_max = 8;

  /// `next_deal_id` names the deal should one be made; a fresh one with every call.
  void step(Instant now, const Event& event, const Policy& policy, const ClusterView& view,
            DealId next_deal_id, std::vector<Effect>& out);

  [[nodiscard]] State state() const { return state_; }
  /// When step() wants an Advance at the latest.
  [[nodiscard]] Instant wake_at() const {
    return state_ == State::collecting ? deadline_ : Instant::max();
  }
  /// The own request under way; it binds current and direction like a deal.
  [[nodiscard]] const Request& request() const { return request_; }

 private:
  void answered(UnitId unit);
  void choose(const Policy& policy, const ClusterView& view, DealId deal_id,
              std::vector<Effect>& out);

  State state_ = State::idle;
  DealId negotiation_;
  Request request_;
  AcceptSelection selection_ = AcceptSelection::amount;
  std::vector<UnitId> waiting_for_;
  std::vector<Accept> accepts_;
  std::size_t received_ = 0;
  int refusals_ = 0;
  UnitId chosen_;
  DealId deal_;
  Instant deadline_{};
};

}  // namespace musubi::negotiation
