// What the Grid Master sends to the converters of a deal, for how long, and in which order.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gridmaster/deal_fixtures.hpp"

namespace musubi::gridmaster::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(RunningDeal, HasOneReferenceAndOneCurrent) {
  EXPECT_THAT(bench.holding(), ElementsAre(2));
  EXPECT_EQ(bench.at(2).target.droop, 0.0);
  EXPECT_EQ(bench.at(2).target.voltage, Volts(350));
  EXPECT_EQ(bench.mode(3), ConverterMode::discharge);
  EXPECT_EQ(bench.at(3).target.current, Amperes(1.0));
  EXPECT_THAT(bench.reference_set(), ElementsAre(unit(2)));
  EXPECT_TRUE(bench.deal(1).is_master);
  EXPECT_EQ(bench.deal(1).reference_unit, unit(2));
  EXPECT_THAT(bench.alarms, IsEmpty());
}

TEST_F(RunningDeal, ItsCommandsCarryTheEpochAndGrowingSequences) {
  std::uint64_t last = 0;
  for (const auto& s : bench.sent) {
    EXPECT_EQ(s.command.epoch, bench.gm->epoch());
    EXPECT_GT(s.command.sequence, last);
    last = s.command.sequence;
    EXPECT_EQ(s.command.policy_version, version_of(bench.policy));
  }
}

TEST_F(RunningDeal, ItsCommandsEchoTheNewestStampOfTheReceiver) {
  bench.sent.clear();
  bench.run_for(seconds(2));
  ASSERT_FALSE(bench.sent.empty());
  for (const auto& s : bench.sent) {
    EXPECT_EQ(s.command.stamp.boot, 1U);
    EXPECT_GE(s.command.stamp.at, s.at - milliseconds(250));
    EXPECT_LE(s.command.stamp.at, s.at);
  }
}

TEST_F(RunningDeal, NoLeaseIsLongerThanTheRulesAllow) {
  for (const auto& s : bench.sent) {
    EXPECT_LE(s.command.validity, s.command.target.mode == ConverterMode::voltage_reference
                                      ? bench.timing.reference_lease
                                      : bench.timing.current_lease);
  }
}

TEST_F(RunningDeal, NoLeaseOutlivesTheRole) {
  bench.store_answers = false;
  const Instant last_read = bench.now;
  bench.sent.clear();
  bench.run_for(seconds(6));
  ASSERT_FALSE(bench.sent.empty());
  for (const auto& s : bench.sent) {
    if (s.command.target.mode != ConverterMode::waiting) {
      EXPECT_LE(s.command.stamp.at + s.command.validity, last_read + bench.timing.role_lease);
    }
  }
}

TEST_F(RunningDeal, NoCurrentOutlivesTheReferencesConfirmedEndLessItsStopBound) {
  // The reference no longer answers, all others do.
  const Instant silent_from = bench.now;
  bench.at(2).alive = false;
  bench.sent.clear();
  bench.run_for(seconds(4));
  const Instant reference_end = bench.at(2).lease_end;
  for (const auto& s : bench.sent) {
    if (is_constant_current(s.command.target.mode)) {
      EXPECT_LE(s.command.stamp.at + s.command.validity,
                reference_end - bench.timing.device_stop_bound);
    }
  }
  EXPECT_LE(reference_end, silent_from + bench.timing.reference_lease);
  EXPECT_EQ(bench.mode(3), ConverterMode::waiting);
}

TEST_F(RunningDeal, ADealsCommandsAnnounceTheBandOfTheBus) {
  const SetPoint& target = bench.at(3).target;
  EXPECT_LT(target.band_low, Volts(346));
  EXPECT_GT(target.band_high, Volts(354));
}

TEST_F(RunningDeal, EndsWithBothConvertersWaitingAndOneRecord) {
  bench.change(1, [](Deal& d) { d.amount_wh = 1; });
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::done));
  EXPECT_THAT(bench.holding(), IsEmpty());
  EXPECT_EQ(bench.mode(3), ConverterMode::waiting);
  ASSERT_THAT(bench.settled, SizeIs(1));
  EXPECT_EQ(bench.settled[0].outcome, DealOutcome::completed);
  EXPECT_NEAR(bench.settled[0].charge_meter.battery_energy.value(), 1.0, 0.1);
  EXPECT_THAT(bench.reference_set(), IsEmpty());
  EXPECT_EQ(bench.view.open_deals(unit(2)), 0U);
  EXPECT_EQ(bench.view.open_deals(unit(3)), 0U);
  bench.run_for(seconds(11));
  EXPECT_TRUE(bench.view.deals().empty());
}

TEST_F(RunningDeal, ACurrentOnItsRampForetellsNoEnd) {
  bench.run_for(seconds(1));
  ASSERT_NEAR(bench.at(3).shares.begin()->ends_at.value(), 50.0, 0.1);
  bench.sent.clear();
  bench.at(3).energies[deal_id(1)].power = Watts(30);
  bench.report(3);
  for (const auto& command : bench.sent_to(3)) {
    EXPECT_GT(command.shares.begin()->ends_at, WattHours(49));
  }
  bench.run_for(seconds(1));
  EXPECT_NEAR(bench.at(3).shares.begin()->ends_at.value(), 50.0, 0.1);
}

TEST_F(RunningDeal, CurrentsGoOffBeforeTheVoltage) {
  bench.sent.clear();
  bench.change(1, [](Deal& d) { d.amount_wh = 1; });
  ASSERT_TRUE(bench.run_until_phase(1, DealPhase::done));
  EXPECT_LT(bench.first_stop(3), bench.first_stop(2));
}

TEST(Currents, TheEndOfADealWhoseOtherEndDeclinesWaitsWithIt) {
  Bench bench(5);
  bench.take_role();
  ASSERT_TRUE(bench.start(1, 2, 3));
  ASSERT_TRUE(bench.start(2, 4, 5));
  bench.at(4).target = SetPoint{};
  bench.at(4).obeys = false;
  bench.report(4);
  bench.run_for(seconds(2));
  EXPECT_EQ(bench.mode(5), ConverterMode::waiting);
  EXPECT_EQ(bench.mode(3), ConverterMode::discharge);
  bench.at(4).obeys = true;
  bench.run_for(seconds(3));
  EXPECT_EQ(bench.mode(4), ConverterMode::charge);
  EXPECT_EQ(bench.mode(5), ConverterMode::discharge);
}

}  // namespace
}  // namespace musubi::gridmaster::testing
