// The trading side of a node: when it asks, whom it answers, which deals it lets in from outside.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/node_test_bench.hpp"

namespace musubi::node::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const UnitId self("E001");
const UnitId other("E002");

/// The state of charge at which the unit lacks 240 Wh, and one at which it wants nothing.
constexpr Percent lacking(55.0);
constexpr Percent content(72.0);

class Trading : public ::testing::Test {
 protected:
  void SetUp() override {
    bench.start();
    bench.members_join();
  }
  /// Time in which a waiting unit has read its device once more.
  std::vector<Effect> next_reading() { return bench.run_for(milliseconds(1010)); }
  RequestMessage request_of(UnitId unit, std::int64_t amount_wh = 100) const {
    RequestMessage m;
    m.negotiation = DealId{9, 9};
    m.request.unit = unit;
    m.request.type = Direction::charge;
    m.request.amount_wh = amount_wh;
    m.request.point_per_wh = 10.0;
    m.request.deal_current = Amperes(1.0);
    m.policy_version = bench.policy_version();
    return m;
  }
  AcceptMessage accept_of(UnitId unit, DealId negotiation) const {
    AcceptMessage m;
    m.negotiation = negotiation;
    m.accept.unit = unit;
    m.accept.type = Direction::discharge;
    m.accept.amount_wh = 1000;
    m.accept.point_per_wh = 10.0;
    m.accept.deal_current = Amperes(1.0);
    return m;
  }
  static Deal external(UnitId charge, UnitId discharge, double current_a = 1.0) {
    Deal deal;
    deal.charge_unit = charge;
    deal.discharge_unit = discharge;
    deal.current = Amperes(current_a);
    deal.amount_wh = 100;
    return deal;
  }
  std::vector<Effect> create(const Deal& deal) {
    return bench.step(CreateDeal{std::make_shared<const Deal>(deal)});
  }
  static Rule refusal(const std::vector<Effect>& effects) {
    const auto refused = all_of<DealRefused>(effects);
    return refused.empty() ? Rule::none : refused[0].reason.rule;
  }

  NodeBench bench;
};

TEST_F(Trading, AsksWithTheFirstReadingThatShowsTheNeed) {
  EXPECT_THAT(broadcast<RequestMessage>(next_reading()), IsEmpty());
  bench.device.soc = lacking;
  const auto requests = broadcast<RequestMessage>(next_reading());
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].request.unit, self);
  EXPECT_EQ(requests[0].request.type, Direction::charge);
  EXPECT_EQ(requests[0].request.amount_wh, 240);
  EXPECT_EQ(requests[0].request.point_per_wh, 10.0);
}

TEST_F(Trading, MakesADealOfTheOnlyAcceptAsSoonAsEverybodyHasSpoken) {
  bench.device.soc = lacking;
  const DealId negotiation = broadcast<RequestMessage>(next_reading())[0].negotiation;
  bench.device.soc = content;
  EXPECT_THAT(all_of<Transact>(bench.message(UnitId("E003"), DeclineMessage{negotiation})),
              IsEmpty());
  EXPECT_THAT(all_of<Transact>(bench.message(other, accept_of(other, negotiation))), IsEmpty());
  const auto created = all_of<Transact>(bench.message(UnitId("E004"), DeclineMessage{negotiation}));
  ASSERT_THAT(created, SizeIs(1));
  bool found = false;
  for (const auto& write : created[0].transaction.writes) {
    if (const auto* deal = std::get_if<Deal>(&write.value)) {
      found = true;
      EXPECT_EQ(deal->charge_unit, self);
      EXPECT_EQ(deal->discharge_unit, other);
      EXPECT_EQ(deal->amount_wh, 50);
      EXPECT_EQ(deal->phase, DealPhase::created);
      EXPECT_TRUE(deal->create_time);
    }
  }
  EXPECT_TRUE(found);
}

TEST_F(Trading, TakesAnAcceptOnlyFromItsOwnSender) {
  bench.device.soc = lacking;
  const DealId negotiation = broadcast<RequestMessage>(next_reading())[0].negotiation;
  bench.message(UnitId("E003"), accept_of(other, negotiation));
  bench.message(UnitId("E003"), DeclineMessage{negotiation});
  bench.message(UnitId("E004"), DeclineMessage{negotiation});
  const auto last = bench.message(other, DeclineMessage{negotiation});
  EXPECT_THAT(all_of<Transact>(last), IsEmpty());
  EXPECT_THAT(all_of<NeedUnmet>(last), SizeIs(1));
}

TEST_F(Trading, ANeedThatNobodyMeetsIsAskedAgainAfterGrowingPauses) {
  bench.device.soc = lacking;
  std::vector<Instant> asked;
  for (int i = 0; i < 120; ++i) {
    const auto requests = broadcast<RequestMessage>(next_reading());
    for (const auto& request : requests) {
      asked.push_back(bench.now());
      for (const char* unit : {"E002", "E003", "E004"}) {
        bench.message(UnitId(unit), DeclineMessage{request.negotiation});
      }
    }
  }
  ASSERT_GE(asked.size(), 4U);
  EXPECT_GE(asked[1] - asked[0], seconds(5));
  EXPECT_GE(asked[2] - asked[1], seconds(10));
  EXPECT_GE(asked[3] - asked[2], seconds(20));
}

TEST_F(Trading, DoesNotAskAgainForWhatADealWillBring) {
  bench.device.soc = Percent((2880.0 - 51.0) / 48.0);
  Deal deal = external(self, other);
  deal.id = DealId{1, 1};
  deal.amount_wh = 50;
  bench.put(StoreKey::of_deal(deal.id), deal);
  EXPECT_THAT(broadcast<RequestMessage>(next_reading()), IsEmpty());
}

TEST_F(Trading, AcceptsWhatItsScenarioGrants) {
  bench.device.soc = Percent(80);
  next_reading();
  const auto answers = sent<AcceptMessage>(bench.message(other, request_of(other)));
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(answers[0].first, other);
  EXPECT_EQ(answers[0].second.accept.type, Direction::discharge);
  EXPECT_EQ(answers[0].second.accept.amount_wh, 240);
}

TEST_F(Trading, DeclinesWhatItDoesNotGrantSoThatNobodyWaits) {
  next_reading();
  const auto effects = bench.message(other, request_of(other));
  EXPECT_THAT(sent<AcceptMessage>(effects), IsEmpty());
  EXPECT_THAT(sent<DeclineMessage>(effects), SizeIs(1));
}

TEST_F(Trading, DeclinesARequestOfAnotherPolicy) {
  bench.device.soc = Percent(80);
  next_reading();
  auto request = request_of(other);
  request.policy_version += 1;
  const auto effects = bench.message(other, request);
  EXPECT_THAT(sent<AcceptMessage>(effects), IsEmpty());
  EXPECT_THAT(sent<DeclineMessage>(effects), SizeIs(1));
}

TEST_F(Trading, WaitsOnlyForMembersOfItsOwnPolicy) {
  bench.members_join(bench.policy_version() + 1);
  bench.put(StoreKey::member(self), MemberRecord{self, 1, bench.policy_version(), Amperes(2.3)});
  bench.device.soc = lacking;
  EXPECT_THAT(all_of<NeedUnmet>(next_reading()), SizeIs(1)) << "nobody is asked";
}

TEST_F(Trading, HasNoCurrentLeftForAThirdDeal) {
  bench.device.soc = Percent(80);
  for (const std::uint64_t id : {1U, 2U}) {
    Deal deal = external(other, self);
    deal.id = DealId{1, id};
    bench.put(StoreKey::of_deal(deal.id), deal);
  }
  next_reading();
  EXPECT_THAT(sent<DeclineMessage>(bench.message(other, request_of(other))), SizeIs(1));
}

TEST_F(Trading, AGiverDoesNotTakeAtTheSameTime) {
  Deal deal = external(other, self);
  deal.id = DealId{1, 1};
  bench.put(StoreKey::of_deal(deal.id), deal);
  bench.device.soc = lacking;
  EXPECT_THAT(broadcast<RequestMessage>(next_reading()), IsEmpty());
}

TEST_F(Trading, OnlyAnAutonomousUnitAsksAndAnswers) {
  for (const OperationMode mode :
       {OperationMode::heteronomous, OperationMode::stop, OperationMode::manual}) {
    bench.put(StoreKey::mode(), ModeRecord{mode});
    bench.device.soc = lacking;
    EXPECT_THAT(broadcast<RequestMessage>(next_reading()), IsEmpty());
    bench.device.soc = Percent(80);
    next_reading();
    EXPECT_THAT(sent<AcceptMessage>(bench.message(other, request_of(other))), IsEmpty());
  }
  bench.put(StoreKey::mode(), ModeRecord{OperationMode::autonomous});
  EXPECT_THAT(sent<AcceptMessage>(bench.message(other, request_of(other))), SizeIs(1));
}

TEST_F(Trading, AUnitsOwnModeCountsUnlessTheCommunityStands) {
  bench.step(SetLocalMode{OperationMode::heteronomous});
  EXPECT_EQ(bench.core().effective_mode(), OperationMode::heteronomous);
  bench.put(StoreKey::mode(), ModeRecord{OperationMode::stop});
  EXPECT_EQ(bench.core().effective_mode(), OperationMode::stop);
  bench.put(StoreKey::mode(), ModeRecord{OperationMode::heteronomous});
  bench.step(SetLocalMode{OperationMode::autonomous});
  EXPECT_EQ(bench.core().effective_mode(), OperationMode::autonomous);
  bench.step(SetLocalMode{std::nullopt});
  EXPECT_EQ(bench.core().effective_mode(), OperationMode::heteronomous);
}

TEST_F(Trading, ALockedOutUnitDoesNotTrade) {
  bench.step(SetLockOut{true});
  bench.device.soc = lacking;
  EXPECT_THAT(broadcast<RequestMessage>(next_reading()), IsEmpty());
}

TEST_F(Trading, NobodyTradesWhileTheBusIsLatched) {
  bench.put(StoreKey::bus_latch(), BusLatch{Reason(Rule::bus_lost)});
  bench.device.soc = lacking;
  EXPECT_THAT(broadcast<RequestMessage>(next_reading()), IsEmpty());
  const auto effects = bench.step(ClearBusLatch{});
  ASSERT_THAT(all_of<Transact>(effects), SizeIs(1));
  EXPECT_EQ(all_of<Transact>(effects)[0].transaction.writes[0].key, StoreKey::bus_latch());
}

TEST_F(Trading, AReadingTooOldIsNoReasonToTrade) {
  bench.device.soc = Percent(80);
  next_reading();
  bench.device_answers = false;
  bench.skip(seconds(3));
  EXPECT_THAT(sent<DeclineMessage>(bench.message(other, request_of(other))), SizeIs(1));
}

TEST_F(Trading, TakesANewPolicyUpAsAWhole) {
  Policy policy = bench_policy();
  policy.deal_amount_min_wh = 10;
  policy.deal_amount_max_wh = 20;
  policy.deal_amount_unit_wh = 10;
  const auto effects = bench.step(PolicyReplaced{std::make_shared<const Policy>(policy)});
  const auto joined = all_of<Transact>(effects);
  ASSERT_THAT(joined, SizeIs(1));
  const auto& member = std::get<MemberRecord>(joined[0].transaction.writes[0].value);
  EXPECT_EQ(member.policy_version, version_of(policy));
  // Its former partners are of another policy now.
  bench.device.soc = Percent(80);
  next_reading();
  EXPECT_THAT(sent<DeclineMessage>(bench.message(other, request_of(other))), SizeIs(1));
  auto request = request_of(other);
  request.policy_version = version_of(policy);
  EXPECT_THAT(sent<AcceptMessage>(bench.message(other, request)), SizeIs(1));
}

TEST_F(Trading, TakesANewScenarioUpWithTheNextReading) {
  Scenario scenario = bench_scenario();
  scenario.slices[0].statuses[1].request.discharge = TradeRule{3600, 10.0, {}};
  bench.step(ScenarioReplaced{std::make_shared<const Scenario>(scenario)});
  bench.device.soc = Percent(80);
  const auto requests = broadcast<RequestMessage>(next_reading());
  ASSERT_THAT(requests, SizeIs(1));
  EXPECT_EQ(requests[0].request.type, Direction::discharge);
}

TEST_F(Trading, AnHourWithoutSliceIsSaidAndNotTraded) {
  bench.step(ScenarioReplaced{std::make_shared<const Scenario>()});
  bench.device.soc = lacking;
  const auto effects = next_reading();
  EXPECT_THAT(broadcast<RequestMessage>(effects), IsEmpty());
  EXPECT_TRUE(raised(effects, AlarmCode::scenario_without_slice));
}

TEST_F(Trading, LetsAnExternalDealIn) {
  const auto effects = create(external(UnitId("E003"), UnitId("E004")));
  EXPECT_EQ(refusal(effects), Rule::none);
  const auto created = all_of<Transact>(effects);
  ASSERT_THAT(created, SizeIs(1));
  for (const auto& write : created[0].transaction.writes) {
    if (const auto* deal = std::get_if<Deal>(&write.value)) {
      EXPECT_EQ(deal->origin, DealOrigin::external);
      EXPECT_EQ(deal->request_unit, UnitId("E003"));
      EXPECT_EQ(deal->accept_unit, UnitId("E004"));
      EXPECT_FALSE(deal->id.empty());
    }
  }
}

TEST_F(Trading, AHeteronomousCommunityStillTakesExternalDeals) {
  bench.put(StoreKey::mode(), ModeRecord{OperationMode::heteronomous});
  EXPECT_EQ(refusal(create(external(self, other))), Rule::none);
}

TEST_F(Trading, RefusesAnExternalDealWithTheReason) {
  EXPECT_EQ(refusal(create(external(self, UnitId("E999")))), Rule::unit_silent);
  EXPECT_EQ(refusal(create(external(self, self))), Rule::unit_silent);
  EXPECT_EQ(refusal(create(external(self, other, 0.0))), Rule::refused_malformed);
  EXPECT_EQ(refusal(create(external(self, other, -1.0))), Rule::refused_malformed);
  EXPECT_EQ(refusal(create(external(self, other, std::nan("")))), Rule::refused_malformed);
  EXPECT_EQ(refusal(create(external(self, other, 2.4))), Rule::refused_current);
  Deal empty = external(self, other);
  empty.amount_wh = 0;
  EXPECT_EQ(refusal(create(empty)), Rule::refused_malformed);
  for (const OperationMode mode : {OperationMode::stop, OperationMode::manual}) {
    bench.put(StoreKey::mode(), ModeRecord{mode});
    EXPECT_EQ(refusal(create(external(self, other))), Rule::mode_forbids);
  }
}

TEST_F(Trading, RefusesAnExternalDealAgainstTheDirectionOfAnother) {
  Deal deal = external(self, other);
  deal.id = DealId{1, 1};
  bench.put(StoreKey::of_deal(deal.id), deal);
  EXPECT_EQ(refusal(create(external(other, UnitId("E003")))), Rule::refused_direction);
  EXPECT_EQ(refusal(create(external(UnitId("E003"), other))), Rule::none);
}

TEST_F(Trading, AnExternalDealThatRacedWithAnotherIsStoredAgainOrRefusedWithTrueNumbers) {
  const auto created = all_of<Transact>(create(external(self, other, 1.5)));
  ASSERT_THAT(created, SizeIs(1));
  const auto again = all_of<Transact>(
      bench.step(TransactionAnswered{created[0].id, TransactionResult::refused, 0}));
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].transaction.writes.back().key, created[0].transaction.writes.back().key);
  Deal rival = external(self, UnitId("E003"), 1.0);
  rival.id = DealId{3, 3};
  bench.put(StoreKey::of_deal(rival.id), rival);
  const auto refused = all_of<DealRefused>(
      bench.step(TransactionAnswered{again[0].id, TransactionResult::refused, 0}));
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_EQ(refused[0].reason.rule, Rule::refused_current);
  EXPECT_EQ(refused[0].reason.numbers[0], 1.0);
  EXPECT_EQ(refused[0].reason.numbers[1], 1.5);
}

TEST_F(Trading, AnExternalDealIsNotTriedForEver) {
  auto effects = create(external(self, other));
  int tries = 0;
  while (!all_of<Transact>(effects).empty()) {
    ASSERT_LT(++tries, 20);
    effects = bench.step(
        TransactionAnswered{all_of<Transact>(effects)[0].id, TransactionResult::unknown, 0});
  }
  EXPECT_EQ(refusal(effects), Rule::refused_contention);
}

TEST_F(Trading, CancelsAStoredDealOnce) {
  Deal deal = external(self, other);
  deal.id = DealId{1, 1};
  deal.phase = DealPhase::running;
  bench.put(StoreKey::of_deal(deal.id), deal);
  const auto effects = bench.step(CancelDeal{deal.id});
  ASSERT_THAT(all_of<Transact>(effects), SizeIs(1));
  const Deal written = std::get<Deal>(all_of<Transact>(effects)[0].transaction.writes[0].value);
  EXPECT_TRUE(written.stop_requested);
  EXPECT_EQ(written.stop_reason.rule, Rule::cancelled);
  bench.put(StoreKey::of_deal(deal.id), written);
  EXPECT_THAT(all_of<Transact>(bench.step(CancelDeal{deal.id})), IsEmpty());
  EXPECT_THAT(all_of<Transact>(bench.step(CancelDeal{DealId{7, 7}})), IsEmpty());
}

TEST_F(Trading, KeepsTheFinalRecordOfItsDealOnce) {
  Deal deal = external(self, other);
  deal.id = DealId{1, 1};
  bench.put(StoreKey::of_deal(deal.id), deal);
  deal.phase = DealPhase::done;
  deal.outcome = DealOutcome::completed;
  const auto settled = all_of<PersistSettled>(bench.put(StoreKey::of_deal(deal.id), deal));
  ASSERT_THAT(settled, SizeIs(1));
  EXPECT_EQ(settled[0].deal->outcome, DealOutcome::completed);
  EXPECT_THAT(all_of<PersistSettled>(bench.put(StoreKey::of_deal(deal.id), deal)), IsEmpty());
  Deal foreign = external(UnitId("E003"), UnitId("E004"));
  foreign.id = DealId{1, 2};
  foreign.phase = DealPhase::done;
  EXPECT_THAT(all_of<PersistSettled>(bench.put(StoreKey::of_deal(foreign.id), foreign)), IsEmpty());
}

}  // namespace
}  // namespace musubi::node::testing
