// The unit side of a node: what it obeys, when it stops by itself, what it says.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/node_test_bench.hpp"

namespace musubi::node::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const UnitId grid_master("E002");
const DealId deal{1, 2};

/// A command of a discharge by metered shares.
SetPointCommand sharing(NodeBench& bench, std::initializer_list<DealShare> shares) {
  double sum_a = 0.0;
  for (const auto& share : shares) {
    sum_a += share.current.value();
  }
  auto command = bench.command(discharge_at(sum_a), 5, milliseconds(60'000));
  command.shares.clear();
  for (const auto& share : shares) {
    command.shares.push_back(share);
  }
  return command;
}

DealShare share(double current_a, double ends_at_wh = 1e300, DealId id = deal) {
  DealShare s;
  s.deal = id;
  s.direction = Direction::discharge;
  s.current = Amperes(current_a);
  s.ends_at = WattHours(ends_at_wh);
  s.metered = true;
  return s;
}

class UnitSide : public ::testing::Test {
 protected:
  void SetUp() override {
    bench.device.bus = Volts(350);
    bench.start();
  }
  ConverterMode mode() const { return bench.device.mode; }

  NodeBench bench;
};

TEST_F(UnitSide, StartsADischargeAndReportsThatItHasSettled) {
  const auto effects = bench.obey(bench.command(discharge_at(1.0)));
  EXPECT_EQ(mode(), ConverterMode::discharge);
  EXPECT_EQ(bench.device.dig, Amperes(1.0));
  EXPECT_EQ(bench.device.dvg, Volts(380));
  EXPECT_EQ(bench.core().converter().progress(), ConverterProgress::settled);
  EXPECT_EQ(bench.core().highest_epoch(), 5U);
  EXPECT_THAT(all_of<WriteDevice>(effects), SizeIs(1));
}

TEST_F(UnitSide, RefusesAnEpochBelowTheHighestItKnows) {
  bench.obey(bench.command(SetPoint(), 6));
  const auto effects = bench.obey(bench.command(discharge_at(1.0), 5));
  EXPECT_THAT(all_of<WriteDevice>(effects), IsEmpty());
  EXPECT_EQ(mode(), ConverterMode::waiting);
  EXPECT_EQ(bench.core().highest_epoch(), 6U);
}

TEST_F(UnitSide, RefusesAReportRequestOfALowerEpoch) {
  bench.message(grid_master, ReportRequest{6});
  EXPECT_THAT(sent<ReportMessage>(bench.message(UnitId("E003"), ReportRequest{5})), IsEmpty());
}

TEST_F(UnitSide, RefusesAStampOfAnotherBoot) {
  auto command = bench.command(discharge_at(1.0));
  command.stamp.boot = 2;
  bench.obey(command);
  EXPECT_EQ(mode(), ConverterMode::waiting);
}

TEST_F(UnitSide, RefusesAStampAheadOfItsClock) {
  auto command = bench.command(discharge_at(1.0));
  command.stamp.at = bench.now() + milliseconds(1);
  bench.obey(command);
  EXPECT_EQ(mode(), ConverterMode::waiting);
}

TEST_F(UnitSide, RefusesACommandThatTookLongerThanItsValidity) {
  const auto command = bench.command(discharge_at(1.0));
  bench.run_for(milliseconds(3000));
  bench.obey(command);
  EXPECT_EQ(mode(), ConverterMode::waiting);
}

TEST_F(UnitSide, ADelayedCommandExtendsNothing) {
  const auto command = bench.command(discharge_at(1.0));
  bench.run_for(milliseconds(2000));
  bench.obey(command);
  EXPECT_EQ(mode(), ConverterMode::discharge);
  bench.run_for(milliseconds(1001));
  EXPECT_EQ(mode(), ConverterMode::waiting);
}

TEST_F(UnitSide, RefusesAnOldSequence) {
  const auto first = bench.command(discharge_at(1.0));
  const auto second = bench.command(discharge_at(2.0));
  bench.obey(second);
  bench.obey(first);
  bench.obey(second);
  EXPECT_EQ(bench.device.dig, Amperes(2.0));
}

TEST_F(UnitSide, ANewEpochBeginsItsSequenceAnew) {
  bench.command(SetPoint());
  bench.obey(bench.command(discharge_at(1.0), 5));
  auto command = bench.command(discharge_at(0.5), 6);
  command.sequence = 1;
  bench.obey(command);
  EXPECT_EQ(bench.device.dig, Amperes(0.5));
}

TEST_F(UnitSide, RefusesTheEpochOfTheStoreFromAnybodyButItsHolder) {
  bench.put(StoreKey::role(), RoleRecord{grid_master});
  const Epoch epoch = bench.revision();
  bench.obey(bench.command(discharge_at(1.0), epoch), UnitId("E003"));
  EXPECT_EQ(mode(), ConverterMode::waiting);
  bench.obey(bench.command(discharge_at(1.0), epoch), grid_master);
  EXPECT_EQ(mode(), ConverterMode::discharge);
}

TEST_F(UnitSide, HearsOnlyMembersOfThePolicy) {
  bench.obey(bench.command(discharge_at(1.0)), UnitId("E999"));
  EXPECT_EQ(mode(), ConverterMode::waiting);
}

TEST(UnitSideStart, ObeysNothingBeforeItKnowsTheEpoch) {
  NodeBench bench;
  bench.step(Started{1, 0, {}, {}});
  bench.obey(bench.command(discharge_at(1.0)));
  EXPECT_EQ(bench.device.mode, ConverterMode::waiting);
  EXPECT_THAT(sent<ReportMessage>(bench.message(grid_master, ReportRequest{5})), IsEmpty());
  bench.step(RoleAnswered{bench.now(), grid_master, 5});
  EXPECT_THAT(sent<ReportMessage>(bench.message(grid_master, ReportRequest{5})), SizeIs(1));
}

TEST(UnitSideStart, RemembersTheEpochOfItsJournal) {
  NodeBench bench;
  bench.start(0, 2, 9);
  bench.obey(bench.command(discharge_at(1.0), 8));
  EXPECT_EQ(bench.device.mode, ConverterMode::waiting);
}

TEST(UnitSideStart, ATurnedOnConverterIsSetToWaitingBeforeTheUnitJoins) {
  NodeBench bench;
  bench.device.mode = ConverterMode::voltage_reference;
  bench.device.dvg = Volts(350);
  const auto begin = bench.step(Started{1, 0, {}, {}});
  EXPECT_EQ(bench.device.mode, ConverterMode::waiting);
  EXPECT_THAT(all_of<Transact>(begin), IsEmpty());
  bench.step(RoleAnswered{bench.now(), UnitId(), 0});
  const auto joined = all_of<Transact>(bench.run_for(milliseconds(1500)));
  ASSERT_THAT(joined, SizeIs(1));
  EXPECT_EQ(joined[0].transaction.writes[0].key, StoreKey::member(UnitId("E001")));
}

TEST_F(UnitSide, MakesAnEpochDurableBeforeItAcknowledgesIt) {
  const auto effects = bench.message(grid_master, ReportRequest{5});
  std::size_t persisted = effects.size();
  std::size_t reported = effects.size();
  for (std::size_t i = 0; i < effects.size(); ++i) {
    if (std::holds_alternative<PersistEpoch>(effects[i])) {
      persisted = std::min(persisted, i);
    }
    if (std::holds_alternative<SendMessage>(effects[i])) {
      reported = std::min(reported, i);
    }
  }
  ASSERT_LT(reported, effects.size());
  EXPECT_LT(persisted, reported);
  EXPECT_EQ(sent<ReportMessage>(effects)[0].second.report.highest_epoch, 5U);
  EXPECT_THAT(all_of<PersistEpoch>(bench.message(grid_master, ReportRequest{5})), IsEmpty());
}

TEST_F(UnitSide, MakesAnEpochDurableBeforeItWritesForIt) {
  const auto effects = bench.obey(bench.command(discharge_at(1.0), 7));
  ASSERT_THAT(all_of<PersistEpoch>(effects), SizeIs(1));
  for (const auto& effect : effects) {
    if (std::holds_alternative<PersistEpoch>(effect)) {
      break;
    }
    EXPECT_FALSE(std::holds_alternative<WriteDevice>(effect));
  }
}

TEST_F(UnitSide, AnswersWithAReadingTakenAfterTheQuestion) {
  bench.device.soc = Percent(33);
  const auto reports = sent<ReportMessage>(bench.message(grid_master, ReportRequest{5}));
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].first, grid_master);
  EXPECT_EQ(reports[0].second.report.reading.soc, Percent(33));
  EXPECT_EQ(reports[0].second.report.stamp.at, bench.now());
}

TEST_F(UnitSide, WaitsWhenItsLeaseEnds) {
  bench.obey(bench.command(discharge_at(1.0)));
  bench.run_for(milliseconds(2999));
  EXPECT_EQ(mode(), ConverterMode::discharge);
  const auto effects = bench.run_for(milliseconds(2));
  EXPECT_EQ(mode(), ConverterMode::waiting);
  EXPECT_TRUE(raised(effects, AlarmCode::lease_expired));
}

TEST_F(UnitSide, ALeaseThatEndedIsNoFault) {
  bench.obey(bench.command(discharge_at(1.0)));
  bench.run_for(milliseconds(3100));
  bench.obey(bench.command(discharge_at(1.0)));
  EXPECT_EQ(mode(), ConverterMode::discharge);
}

TEST_F(UnitSide, ARenewalThatCrossedItsStopDoesNotStartItAgain) {
  bench.obey(bench.command(discharge_at(1.0)));
  bench.run_for(milliseconds(2990));
  const auto renewal = bench.command(discharge_at(1.0));
  bench.run_for(milliseconds(20));
  ASSERT_EQ(mode(), ConverterMode::waiting);
  EXPECT_THAT(sent<ReportMessage>(bench.obey(renewal)), SizeIs(1));
  EXPECT_EQ(mode(), ConverterMode::waiting);
  bench.obey(bench.command(discharge_at(1.0)));
  EXPECT_EQ(mode(), ConverterMode::discharge);
}

TEST_F(UnitSide, AStopIsCarriedThroughBeforeAnythingBegins) {
  bench.obey(bench.command(discharge_at(1.0)));
  bench.run_for(milliseconds(2900));
  bench.device_answers = false;
  const auto stop = all_of<WriteDevice>(bench.run_for(milliseconds(200)));
  ASSERT_THAT(stop, SizeIs(1));
  bench.obey(bench.command(discharge_at(1.0)));
  bench.device_answers = true;
  bench.device.write(stop[0].command);
  const auto after =
      bench.step(DeviceWritten{stop[0].id, WriteResult::done, bench.device.reading(bench.now())});
  EXPECT_THAT(all_of<WriteDevice>(after), IsEmpty());
  bench.skip(milliseconds(1));  // virtual: a stamp of the stop's very instant is refused
  bench.obey(bench.command(discharge_at(1.0)));
  EXPECT_EQ(mode(), ConverterMode::discharge);
}

TEST_F(UnitSide, ARenewalKeepsItRunningWithoutAnotherWrite) {
  bench.obey(bench.command(discharge_at(1.0)));
  for (int i = 0; i < 20; ++i) {
    bench.run_for(milliseconds(250));
    EXPECT_THAT(all_of<WriteDevice>(bench.obey(bench.command(discharge_at(1.0)))), IsEmpty());
  }
  EXPECT_EQ(mode(), ConverterMode::discharge);
}

TEST_F(UnitSide, AnswersAnOrderToWaitThoughItWaitsAlready) {
  bench.obey(bench.command(discharge_at(1.0)));
  bench.run_for(milliseconds(3100));
  bench.put(StoreKey::role(), RoleRecord{grid_master});
  const auto command = bench.command(SetPoint{});
  const auto reports = sent<ReportMessage>(bench.obey(command));
  ASSERT_THAT(reports, SizeIs(1));
  EXPECT_EQ(reports[0].second.report.answers_sequence, command.sequence);
}

TEST_F(UnitSide, ReportsEveryHeartbeatWhileItRuns) {
  bench.put(StoreKey::role(), RoleRecord{grid_master});
  const Epoch epoch = bench.revision();
  bench.obey(bench.command(discharge_at(1.0), epoch));
  const auto reports = sent<ReportMessage>(bench.run_for(milliseconds(1010)));
  EXPECT_THAT(reports, SizeIs(4));
  EXPECT_GT(reports.back().second.report.lease_remaining, milliseconds(1900));
}

TEST_F(UnitSide, StopsWhenItsDeviceCannotBeReadForTooLong) {
  bench.obey(bench.command(discharge_at(1.0), 5, milliseconds(20'000)));
  bench.device.answers_reads = false;
  const auto effects = bench.run_for(milliseconds(1200));
  EXPECT_TRUE(raised(effects, AlarmCode::device_unreachable));
  const auto writes = all_of<WriteDevice>(effects);
  ASSERT_FALSE(writes.empty());
  EXPECT_EQ(writes[0].command.mode, ConverterMode::waiting);
}

TEST_F(UnitSide, TripsWhenTheBusLeavesItsBandInTwoSamples) {
  bench.obey(bench.command(discharge_at(1.0), 5, milliseconds(20'000)));
  bench.device.bus = Volts(300);
  bench.run_for(milliseconds(260));
  EXPECT_EQ(mode(), ConverterMode::discharge) << "one sample is a warning";
  const auto effects = bench.run_for(milliseconds(260));
  EXPECT_EQ(mode(), ConverterMode::waiting);
  EXPECT_TRUE(raised(effects, AlarmCode::bus_voltage_trip));
}

TEST_F(UnitSide, DoesNotTripOnOneStraySample) {
  bench.obey(bench.command(discharge_at(1.0), 5, milliseconds(20'000)));
  for (int i = 0; i < 10; ++i) {
    bench.device.bus = Volts(i % 2 == 0 ? 300 : 350);
    bench.run_for(milliseconds(250));
  }
  EXPECT_EQ(mode(), ConverterMode::discharge);
}

TEST_F(UnitSide, EndsAShareByItselfAtItsEnd) {
  bench.obey(sharing(bench, {share(1.0, 1.0)}));  // 1 Wh at 350 W: 10.3 s
  bench.run_for(seconds(10.2));
  EXPECT_EQ(mode(), ConverterMode::discharge);
  bench.run_for(seconds(0.2));
  EXPECT_EQ(mode(), ConverterMode::waiting);
  const auto report = sent<ReportMessage>(bench.message(grid_master, ReportRequest{5}))[0].second;
  ASSERT_EQ(report.report.energies.size(), 1U);
  EXPECT_TRUE(report.report.energies[0].share_ended);
  EXPECT_NEAR(report.report.energies[0].meter.battery_energy.value(), 1.0, 1e-4);
}

TEST_F(UnitSide, EndsOneOfTwoSharesAndGoesOnWithTheOther) {
  bench.obey(sharing(bench, {share(1.0, 1.0), share(1.0, 1e300, DealId{1, 3})}));
  bench.run_for(seconds(10.5));
  EXPECT_EQ(mode(), ConverterMode::discharge);
  EXPECT_EQ(bench.device.dig, Amperes(1.0));
}

TEST_F(UnitSide, ARepeatedCommandDoesNotBringAnEndedShareBack) {
  bench.obey(sharing(bench, {share(1.0, 1.0)}));
  bench.run_for(seconds(10.5));
  bench.obey(sharing(bench, {share(1.0, 1.0)}));
  EXPECT_EQ(mode(), ConverterMode::waiting);
}

TEST_F(UnitSide, KeepsItsEnergiesOverARestart) {
  NodeBench again;
  DealEnergy energy;
  energy.deal = deal;
  energy.meter.battery_energy = WattHours(12.5);
  again.step(Started{2, 5, {energy}, {}});
  again.step(RoleAnswered{again.now(), UnitId(), 5});
  const auto report = sent<ReportMessage>(again.message(grid_master, ReportRequest{5}))[0].second;
  ASSERT_EQ(report.report.energies.size(), 1U);
  EXPECT_EQ(report.report.energies[0].meter.battery_energy, WattHours(12.5));
}

TEST_F(UnitSide, PersistsItsEnergiesEveryFiveSeconds) {
  bench.obey(sharing(bench, {share(1.0)}));
  EXPECT_THAT(all_of<PersistEnergies>(bench.run_for(seconds(20.1))), SizeIs(4));
}

TEST_F(UnitSide, ALockOutStopsAtOnceAndNoCommandLiftsIt) {
  bench.obey(bench.command(discharge_at(1.0)));
  bench.step(SetLockOut{true});
  EXPECT_EQ(mode(), ConverterMode::waiting);
  bench.obey(bench.command(discharge_at(1.0), 9));
  bench.step(SetGlobalMode{OperationMode::autonomous});
  bench.put(StoreKey::mode(), ModeRecord{OperationMode::autonomous});
  bench.run_for(seconds(100));
  bench.obey(bench.command(discharge_at(1.0), 9));
  EXPECT_EQ(mode(), ConverterMode::waiting);
  EXPECT_TRUE(bench.core().alarms().contains(AlarmCode::lock_out));
  bench.step(SetLockOut{false});
  bench.obey(bench.command(discharge_at(1.0), 9));
  EXPECT_EQ(mode(), ConverterMode::discharge);
}

TEST_F(UnitSide, ALocalStopObeysNoRaise) {
  bench.step(SetLocalMode{OperationMode::stop});
  bench.obey(bench.command(discharge_at(1.0)));
  EXPECT_EQ(mode(), ConverterMode::waiting);
  bench.step(SetLocalMode{std::nullopt});
  bench.obey(bench.command(discharge_at(1.0)));
  EXPECT_EQ(mode(), ConverterMode::discharge);
}

TEST_F(UnitSide, ACommandOfAnotherPolicyMayOnlyReduce) {
  bench.obey(bench.command(discharge_at(1.0)));
  auto raise = bench.command(discharge_at(2.0));
  raise.policy_version += 1;
  const auto effects = bench.obey(raise);
  EXPECT_EQ(bench.device.dig, Amperes(1.0));
  EXPECT_TRUE(raised(effects, AlarmCode::policy_differs));
  auto stop = bench.command(SetPoint());
  stop.policy_version += 1;
  bench.obey(stop);
  EXPECT_EQ(mode(), ConverterMode::waiting);
}

TEST_F(UnitSide, AFaultyUnitObeysNoRaiseUntilTheFaultIsOver) {
  bench.obey(bench.command(discharge_at(1.0), 5, milliseconds(60'000)));
  bench.device.bus = Volts(500);
  bench.run_for(milliseconds(600));
  EXPECT_EQ(mode(), ConverterMode::waiting);
  bench.device.bus = Volts(350);
  const auto refused = bench.obey(bench.command(discharge_at(1.0)));
  EXPECT_EQ(mode(), ConverterMode::waiting);
  ASSERT_FALSE(sent<ReportMessage>(refused).empty());
  EXPECT_TRUE(sent<ReportMessage>(refused).back().second.report.has_fault);
  bench.run_for(bench_policy().error_sustaining + milliseconds(1100));
  bench.obey(bench.command(discharge_at(1.0)));
  EXPECT_EQ(mode(), ConverterMode::discharge);
}

TEST_F(UnitSide, ATripOnTheBusesVoltageStopsItAndIsNoFaultOfTheUnit) {
  bench.obey(bench.command(discharge_at(1.0), 5, milliseconds(60'000)));
  bench.device.bus = Volts(300);
  bench.run_for(milliseconds(600));
  EXPECT_EQ(mode(), ConverterMode::waiting);
  const auto refused = bench.obey(bench.command(discharge_at(1.0)));
  EXPECT_EQ(mode(), ConverterMode::waiting) << "it would trip at once";
  EXPECT_FALSE(sent<ReportMessage>(refused).back().second.report.has_fault);
  bench.device.bus = Volts(350);
  bench.run_for(milliseconds(1100));
  bench.obey(bench.command(discharge_at(1.0)));
  EXPECT_EQ(mode(), ConverterMode::discharge);
}

TEST_F(UnitSide, ADeviceThatRefusesASetPointIsAFaultAndIsNotTriedForEver) {
  bench.device.write_result = WriteResult::refused;
  const auto effects = bench.obey(bench.command(discharge_at(1.0)));
  EXPECT_TRUE(raised(effects, AlarmCode::device_refused_command));
  const auto report = sent<ReportMessage>(bench.message(grid_master, ReportRequest{5})).back();
  EXPECT_TRUE(report.second.report.has_fault);
  EXPECT_THAT(all_of<WriteDevice>(bench.obey(bench.command(discharge_at(1.0)))), IsEmpty());
}

TEST_F(UnitSide, AWriteWithoutKnownOutcomeIsReportedUncertainUntilItIsReadBack) {
  bench.device.write_result = WriteResult::unknown;
  bench.device_answers = false;
  const auto write = all_of<WriteDevice>(bench.obey(bench.command(discharge_at(1.0))));
  ASSERT_THAT(write, SizeIs(1));
  bench.step(DeviceWritten{write[0].id, WriteResult::unknown, std::nullopt});
  EXPECT_EQ(bench.core().converter().progress(), ConverterProgress::uncertain);
  EXPECT_TRUE(bench.core().converter().may_be_running());
}

TEST_F(UnitSide, RefusesACurrentBeyondItsHardware) {
  const auto effects = bench.obey(bench.command(discharge_at(2.5)));
  EXPECT_TRUE(raised(effects, AlarmCode::device_refused_command));
  for (const auto& write : all_of<WriteDevice>(effects)) {
    EXPECT_LE(write.command.current, Amperes(2.3));
  }
  EXPECT_EQ(mode(), ConverterMode::waiting);
}

TEST_F(UnitSide, SaysForHowLongItHasSeenADeadBus) {
  bench.device.bus = Volts(0);
  bench.run_for(seconds(3.1));
  const auto dead = sent<ReportMessage>(bench.message(grid_master, ReportRequest{5})).back();
  EXPECT_GE(dead.second.report.bus_dead_for, milliseconds(2000));
  bench.device.bus = Volts(50);
  const auto live = sent<ReportMessage>(bench.message(grid_master, ReportRequest{5})).back();
  EXPECT_EQ(live.second.report.bus_dead_for, Duration::zero());
}

TEST_F(UnitSide, ShuttingDownEndsItsDealsAndObeysNoRaise) {
  Deal own;
  own.id = deal;
  own.charge_unit = UnitId("E002");
  own.discharge_unit = UnitId("E001");
  own.phase = DealPhase::running;
  bench.put(StoreKey::of_deal(deal), own);
  const auto effects = bench.step(ShutDown{});
  const auto cancelled = all_of<Transact>(effects);
  ASSERT_THAT(cancelled, SizeIs(1));
  EXPECT_TRUE(std::get<Deal>(cancelled[0].transaction.writes[0].value).stop_requested);
  bench.obey(bench.command(discharge_at(1.0)));
  EXPECT_EQ(mode(), ConverterMode::waiting);
}

TEST_F(UnitSide, ReadsItsConverterEverySecondWhileItWaits) {
  EXPECT_THAT(all_of<ReadDevice>(bench.run_for(seconds(10.05))), SizeIs(10));
}

}  // namespace
}  // namespace musubi::node::testing
