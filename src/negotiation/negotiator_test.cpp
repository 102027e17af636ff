#include "negotiation/negotiator.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace musubi::negotiation {
namespace {

constexpr DealId negotiation_id{7, 7};

UnitId unit(int number) { return UnitId("E00" + std::to_string(number)); }

/// One negotiator of E001 with a clock and a view of five members with 2.3 A each.
class NegotiatorTest : public testing::Test {
 protected:
  NegotiatorTest() {
    for (int i = 1; i <= 5; ++i) {
      policy.members.push_back(unit(i));
      view.apply(
          {StoreKey::member(unit(i)), ++revision, MemberRecord{unit(i), 1, 0, Amperes(2.3)}});
    }
  }
  void step(const Event& event) {
    out.clear();
    negotiator.step(now, event, policy, view, DealId{1, ++next_deal}, out);
  }
  void begin(std::vector<UnitId> responders) {
    Request request;
    request.unit = unit(1);
    request.type = Direction::charge;
    request.amount_wh = 100;
    request.deal_current = Amperes(1);
    step(Begin{negotiation_id, request, AcceptSelection::amount, std::move(responders)});
  }
  static AcceptArrived accept(int number, std::int64_t amount_wh = 100) {
    Accept a;
    a.unit = unit(number);
    a.type = Direction::discharge;
    a.amount_wh = amount_wh;
    a.deal_current = Amperes(1);
    return {negotiation_id, a};
  }
  static DeclineArrived decline(int number) { return {negotiation_id, unit(number)}; }
  /// Another deal takes up part of a unit's current.
  void bind(int number, double current_a, Direction direction = Direction::discharge) {
    Deal deal;
    deal.id = {9, ++revision};
    (direction == Direction::charge ? deal.charge_unit : deal.discharge_unit) = unit(number);
    (direction == Direction::charge ? deal.discharge_unit : deal.charge_unit) = UnitId("E999");
    deal.current = Amperes(current_a);
    view.apply({StoreKey::of_deal(deal.id), revision, deal});
  }
  /// The deal asked for in the last step.
  [[nodiscard]] const Deal* created() const {
    const auto* effect = out.size() == 1 ? std::get_if<CreateDeal>(&out.front()) : nullptr;
    return effect == nullptr ? nullptr : &effect->deal;
  }
  [[nodiscard]] const Ended* ended() const {
    return out.size() == 1 ? std::get_if<Ended>(&out.front()) : nullptr;
  }

  Policy policy;
  ClusterView view;
  Negotiator negotiator;
  Instant now{seconds(100)};
  std::vector<Effect> out;
  std::uint64_t next_deal = 0;
  Revision revision = 0;
};

TEST_F(NegotiatorTest, ARequestIsSentAndAnswersAreAwaited) {
  begin({unit(2), unit(3)});
  ASSERT_EQ(out.size(), 1U);
  const auto& sent = std::get<SendRequest>(out.front());
  EXPECT_EQ(sent.negotiation, negotiation_id);
  EXPECT_EQ(sent.request.unit, unit(1));
  EXPECT_EQ(negotiator.state(), State::collecting);
  EXPECT_EQ(negotiator.wake_at(), now + policy.negotiation_timeout);
  EXPECT_EQ(negotiator.request().amount_wh, 100);
}

TEST_F(NegotiatorTest, ItClosesAsSoonAsEverybodyHasAnswered) {
  begin({unit(2), unit(3), unit(4)});
  now += milliseconds(10);
  step(accept(2));
  EXPECT_TRUE(out.empty());
  step(decline(3));
  EXPECT_TRUE(out.empty());
  step(decline(4));
  ASSERT_NE(created(), nullptr);
  EXPECT_EQ(created()->id, (DealId{1, next_deal}));
  EXPECT_EQ(created()->negotiation_id, negotiation_id);
  EXPECT_EQ(created()->charge_unit, unit(1));
  EXPECT_EQ(created()->discharge_unit, unit(2));
  EXPECT_EQ(created()->amount_wh, 50);
  EXPECT_EQ(negotiator.state(), State::creating);
}

TEST_F(NegotiatorTest, ItClosesAtTheTimeOutWithoutTheSilent) {
  begin({unit(2), unit(3)});
  step(accept(2));
  now += policy.negotiation_timeout - Duration(1);
  step(Advance{});
  EXPECT_TRUE(out.empty());
  now += Duration(1);
  step(Advance{});
  ASSERT_NE(created(), nullptr);
  EXPECT_EQ(created()->discharge_unit, unit(2));
  EXPECT_EQ(negotiator.wake_at(), Instant::max());
}

TEST_F(NegotiatorTest, WithNobodyToAskItEndsAtOnce) {
  begin({});
  ASSERT_EQ(out.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<SendRequest>(out[0]));
  EXPECT_TRUE(std::get<Ended>(out[1]).deal.empty());
  EXPECT_EQ(negotiator.state(), State::idle);
}

TEST_F(NegotiatorTest, WhereAllDeclineItEndsWithoutADeal) {
  begin({unit(2), unit(3)});
  step(decline(2));
  step(decline(3));
  ASSERT_NE(ended(), nullptr);
  EXPECT_TRUE(ended()->deal.empty());
  EXPECT_EQ(ended()->accepts, 0U);
  EXPECT_EQ(negotiator.state(), State::idle);
}

TEST_F(NegotiatorTest, ARepeatedAnswerCountsOnceAndTheFirstStands) {
  policy.deal_amount_max_wh = 500;
  begin({unit(2), unit(3)});
  step(accept(2, 60));
  step(accept(2, 500));
  EXPECT_TRUE(out.empty());
  step(decline(3));
  ASSERT_NE(created(), nullptr);
  EXPECT_EQ(created()->accept_amount_wh, 60);
  step(CreationAnswered{Creation::stored});
  EXPECT_EQ(ended()->accepts, 1U);
}

TEST_F(NegotiatorTest, ANonMemberIsNotHeard) {
  begin({unit(2)});
  step(accept(8));
  EXPECT_TRUE(out.empty());
  step(decline(2));
  ASSERT_NE(ended(), nullptr);
  EXPECT_EQ(ended()->accepts, 0U);
}

TEST_F(NegotiatorTest, AnAnswerToAnotherNegotiationIsNotHeard) {
  begin({unit(2)});
  step(AcceptArrived{{8, 8}, accept(2).accept});
  step(DeclineArrived{{8, 8}, unit(2)});
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(negotiator.state(), State::collecting);
}

TEST_F(NegotiatorTest, ASecondBeginDoesNotDisturbTheFirst) {
  begin({unit(2)});
  begin({unit(3)});
  EXPECT_TRUE(out.empty());
  step(accept(2));
  EXPECT_NE(created(), nullptr);
}

TEST_F(NegotiatorTest, ACommittedDealEndsIt) {
  begin({unit(2)});
  step(accept(2));
  ASSERT_NE(created(), nullptr);
  const DealId id = created()->id;
  step(CreationAnswered{Creation::stored});
  ASSERT_NE(ended(), nullptr);
  EXPECT_EQ(ended()->deal, id);
  EXPECT_EQ(ended()->accepts, 1U);
  EXPECT_EQ(negotiator.state(), State::idle);
}

TEST_F(NegotiatorTest, AnUnknownOutcomeEndsItWithoutASecondTry) {
  begin({unit(2), unit(3)});
  step(accept(2));
  step(accept(3));
  step(CreationAnswered{Creation::unknown});
  ASSERT_NE(ended(), nullptr);
  EXPECT_TRUE(ended()->deal.empty());
  EXPECT_EQ(negotiator.state(), State::idle);
}

TEST_F(NegotiatorTest, AnAccepterWithoutRoomIsPassedOver) {
  policy.deal_amount_max_wh = 500;
  begin({unit(2), unit(3)});
  step(accept(2, 500));
  bind(2, 2.0);
  step(accept(3, 60));
  ASSERT_NE(created(), nullptr);
  EXPECT_EQ(created()->discharge_unit, unit(3));
}

TEST_F(NegotiatorTest, AnAccepterBoundTheOtherWayIsPassedOver) {
  begin({unit(2)});
  bind(2, 0.5, Direction::charge);
  step(accept(2));
  ASSERT_NE(ended(), nullptr);
  EXPECT_EQ(ended()->accepts, 1U);
}

TEST_F(NegotiatorTest, AnAccepterThatTheStoreDoesNotKnowIsPassedOver) {
  begin({unit(2)});
  view.apply({StoreKey::member(unit(2)), ++revision, std::monostate{}});
  step(accept(2));
  EXPECT_NE(ended(), nullptr);
}

TEST_F(NegotiatorTest, ARequesterWithoutRoomMakesNoDeal) {
  begin({unit(2)});
  bind(1, 2.0, Direction::charge);
  step(accept(2));
  EXPECT_NE(ended(), nullptr);
  EXPECT_EQ(negotiator.state(), State::idle);
}

TEST_F(NegotiatorTest, ARequesterThatTheStoreDoesNotKnowMakesNoDeal) {
  begin({unit(2)});
  view.apply({StoreKey::member(unit(1)), ++revision, std::monostate{}});
  step(accept(2));
  EXPECT_NE(ended(), nullptr);
}

TEST_F(NegotiatorTest, WhenTheStoreRefusesTheSameUnitIsTriedWhileItHasRoom) {
  begin({unit(2)});
  step(accept(2));
  const DealId first = created()->id;
  bind(2, 1.0);  // what made the store refuse; 1.3 A are left
  step(CreationAnswered{Creation::refused});
  ASSERT_NE(created(), nullptr);
  EXPECT_EQ(created()->discharge_unit, unit(2));
  EXPECT_NE(created()->id, first);
  step(CreationAnswered{Creation::stored});
  EXPECT_NE(ended(), nullptr);
}

TEST_F(NegotiatorTest, WhenTheStoreRefusesAndTheUnitIsFullTheNextBestIsTried) {
  policy.deal_amount_max_wh = 500;
  begin({unit(2), unit(3)});
  step(accept(2, 500));
  step(accept(3, 60));
  EXPECT_EQ(created()->discharge_unit, unit(2));
  bind(2, 2.0);
  step(CreationAnswered{Creation::refused});
  ASSERT_NE(created(), nullptr);
  EXPECT_EQ(created()->discharge_unit, unit(3));
  bind(3, 2.0);
  step(CreationAnswered{Creation::refused});
  ASSERT_NE(ended(), nullptr);
  EXPECT_TRUE(ended()->deal.empty());
  EXPECT_EQ(ended()->accepts, 2U);
}

TEST_F(NegotiatorTest, AStoreThatRefusesForeverIsAskedABoundedNumberOfTimes) {
  begin({unit(2), unit(3)});
  step(accept(2));
  step(accept(3));
  int asked = 0;
  std::set<DealId> names;
  while (const Deal* deal = created()) {
    ++asked;
    names.insert(deal->id);
    ASSERT_LT(asked, 100);
    step(CreationAnswered{Creation::refused});
  }
  EXPECT_EQ(asked, Negotiator::refusals_max + 2);
  EXPECT_EQ(names.size(), static_cast<std::size_t>(asked));
  EXPECT_EQ(negotiator.state(), State::idle);
}

TEST_F(NegotiatorTest, EachNegotiationHasAllItsTries) {
  for (int round = 0; round < 2; ++round) {
    begin({unit(2)});
    step(accept(2));
    for (int i = 0; i < Negotiator::refusals_max; ++i) {
      step(CreationAnswered{Creation::refused});
      ASSERT_NE(created(), nullptr) << "round " << round << ", refusal " << i;
    }
    step(CreationAnswered{Creation::stored});
    EXPECT_NE(ended(), nullptr);
  }
}

TEST_F(NegotiatorTest, NothingIsLeftBehindForTheNext) {
  begin({unit(2), unit(3)});
  step(accept(2));
  now += policy.negotiation_timeout;
  step(Advance{});
  step(CreationAnswered{Creation::stored});
  step(accept(3));  // too late
  step(decline(3));
  step(CreationAnswered{Creation::refused});
  step(Advance{});
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(negotiator.state(), State::idle);
  EXPECT_EQ(negotiator.wake_at(), Instant::max());

  begin({unit(4)});
  EXPECT_EQ(negotiator.wake_at(), now + policy.negotiation_timeout);
  step(decline(4));
  ASSERT_NE(ended(), nullptr);
  EXPECT_EQ(ended()->accepts, 0U);
}

TEST_F(NegotiatorTest, AStoreAnswerWhileCollectingIsIgnored) {
  begin({unit(2)});
  step(CreationAnswered{Creation::stored});
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(negotiator.state(), State::collecting);
}

TEST_F(NegotiatorTest, TheNumberOfAcceptsIsBounded) {
  std::vector<UnitId> responders;
  policy.members.clear();
  for (std::size_t i = 0; i <= Limits::accepts_per_negotiation; ++i) {
    responders.emplace_back("M" + std::to_string(i));
  }
  policy.members = responders;
  begin(responders);
  for (const UnitId responder : responders) {
    AcceptArrived a = accept(2);
    a.accept.unit = responder;
    step(a);
    EXPECT_TRUE(out.empty());
  }
  now += policy.negotiation_timeout;
  step(Advance{});
  ASSERT_NE(ended(), nullptr);
  EXPECT_EQ(ended()->accepts, Limits::accepts_per_negotiation);
}

// Whatever arrives in whatever order: one end for each begin, never later than the time-out, and
// creation is asked for once at a time.
RC_GTEST_FIXTURE_PROP(NegotiatorTest, AnyTrafficLeadsToOneEnd, ()) {
  begin({unit(2), unit(3), unit(4)});
  const Instant deadline = now + policy.negotiation_timeout;
  int creating = 0;
  int ends = 0;
  const auto count = *rc::gen::inRange(0, 40);
  const auto take = [&] {
    for (const auto& effect : out) {
      creating += std::holds_alternative<CreateDeal>(effect) ? 1 : 0;
      ends += std::holds_alternative<Ended>(effect) ? 1 : 0;
      RC_ASSERT(!std::holds_alternative<SendRequest>(effect));
    }
    RC_ASSERT(creating <= 1 && ends <= 1);
    RC_ASSERT(negotiator.state() != State::collecting || now < deadline);
    RC_ASSERT((negotiator.state() == State::idle) == (ends == 1));
    RC_ASSERT((negotiator.state() == State::creating) == (creating == 1));
  };
  for (int i = 0; i < count && ends == 0; ++i) {
    const auto who = *rc::gen::inRange(1, 7);
    switch (*rc::gen::inRange(0, 5)) {
    case 0:
      step(accept(who, *rc::gen::inRange<std::int64_t>(0, 200)));
      break;
    case 1:
      step(decline(who));
      break;
    case 2:
      now += milliseconds(*rc::gen::inRange<std::int64_t>(0, 1500));
      step(Advance{});
      break;
    case 3:
      bind(who % 5 + 1, 0.7);
      step(Advance{});
      break;
    default:
      creating = 0;
      if (negotiator.state() == State::creating) {
        step(CreationAnswered{
            *rc::gen::element(Creation::stored, Creation::refused, Creation::unknown)});
      } else {
        out.clear();
      }
      break;
    }
    take();
  }
}

}  // namespace
}  // namespace musubi::negotiation
