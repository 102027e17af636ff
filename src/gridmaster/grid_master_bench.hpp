// Shared by tests: one Grid Master, a store, and units that obey as real ones do.
#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/overloaded.hpp"
#include "gridmaster/grid_master.hpp"

namespace musubi::gridmaster::testing {

inline Instant at_s(double s) { return Instant{} + seconds(s); }

/// A unit: obeys the newest epoch while its lease lasts, and answers what it is asked.
struct BenchUnit {
  UnitId id;
  bool alive = true;    ///< hears, obeys and answers
  bool obeys = true;    ///< false: hears and answers, does not move
  bool lets_go = true;  ///< false: moves, but never to waiting, not even at its lease's end
  std::uint64_t boot = 1;
  Epoch highest = 0;
  std::uint64_t sequence = 0;
  std::uint64_t request = 0;
  SetPoint target;
  DealShares shares;
  Instant lease_end{};
  double off_a = 0.0;    ///< error of its current
  double meter_a = 0.0;  ///< error of its ammeter
  Percent soc{50.0};
  bool has_fault = false;
  bool locked_out = false;
  PolicyVersion policy_version = 0;
  ConverterProgress progress = ConverterProgress::settled;
  std::map<DealId, DealEnergy> energies;

  [[nodiscard]] bool ended(DealId deal) const {
    const auto it = energies.find(deal);
    return it != energies.end() && it->second.share_ended;
  }
  [[nodiscard]] Amperes current() const {
    if (!is_constant_current(target.mode)) {
      return Amperes(0.0);
    }
    Amperes sum = target.current;
    for (const auto& share : shares) {
      sum -= ended(share.deal) ? share.current : Amperes(0.0);
    }
    if (sum <= Amperes(1e-9)) {
      return Amperes(0.0);
    }
    const double sign = target.mode == ConverterMode::charge ? 1.0 : -1.0;
    return sum * sign + Amperes(off_a);
  }
};

/// A command, as it left.
struct Sent {
  Instant at{};
  UnitId to;
  SetPointCommand command;
};

inline UnitId unit(int number) { return UnitId("E00" + std::to_string(number)); }
inline DealId deal_id(std::uint64_t number) { return DealId{7, number}; }

class Bench {
 public:
  explicit Bench(int units = 4, int self = 1) : self_(unit(self)) {
    policy.operation_mode = OperationMode::autonomous;
    policy.grid_master_preference = GridMasterPreference::anywhere;
    for (int i = 1; i <= units; ++i) {
      policy.members.push_back(unit(i));
    }
    for (int i = 1; i <= units; ++i) {
      BenchUnit u;
      u.id = unit(i);
      u.policy_version = version_of(policy);
      units_[u.id] = u;
      put(StoreKey::member(u.id), MemberRecord{u.id, 1, u.policy_version, Amperes(2.3)});
    }
  }

  // the Grid Master
  void step(const Event& event) {
    if (stop_after && *stop_after <= 0) {
      return;
    }
    std::vector<Effect> effects;
    const Context context{.self = self_,
                          .boot = boot,
                          .policy = policy,
                          .policy_version = version_of(policy),
                          .timing = timing,
                          .view = view,
                          .wall = wall(),
                          .droop = 0.039};
    gm->step(now, event, context, effects);
    for (auto& effect : effects) {
      queue_.push_back(std::move(effect));
    }
    if (busy_) {
      return;
    }
    busy_ = true;
    while (!queue_.empty()) {
      const Effect effect = std::move(queue_.front());
      queue_.pop_front();
      carry_out(effect);
    }
    busy_ = false;
  }
  void take_role() { step(TakeRole{}); }
  /// A new process takes the role over, knowing only the store.
  void replace_grid_master() {
    gm.emplace(Prng(99));
    take_role();
  }
  /// Time passes in steps of 10 ms.
  void run_for(Duration d) {
    const Instant until = now + d;
    while (now < until) {
      now += milliseconds(10);
      advance_units(milliseconds(10));
      if (gm->wake_at() <= now) {
        step(Advance{});
      }
      if ((now - Instant{}).count() % timing.heartbeat.count() == 0) {
        heartbeats();
      }
    }
  }
  bool run_until(Duration limit, const std::function<bool()>& holds) {
    const Instant until = now + limit;
    while (!holds()) {
      if (now >= until) {
        return false;
      }
      run_for(milliseconds(10));
    }
    return true;
  }

  // the store
  void put(const StoreKey& key, StoreValue value) {
    apply({{}, {{key, std::move(value)}}});
    step(ViewChanged{});
  }
  void create(std::uint64_t number, int charge, int discharge, double current_a = 1.0,
              std::int64_t amount_wh = 50, TestFeature feature = TestFeature::none) {
    Deal deal;
    deal.test_feature = feature;
    deal.id = deal_id(number);
    deal.charge_unit = unit(charge);
    deal.discharge_unit = unit(discharge);
    deal.request_unit = deal.charge_unit;
    deal.accept_unit = deal.discharge_unit;
    deal.current = Amperes(current_a);
    deal.amount_wh = amount_wh;
    deal.create_time = wall();
    apply(creation_of(view, deal));
    step(ViewChanged{});
  }
  /// Creates a deal and lets it get to running.
  bool start(std::uint64_t number, int charge, int discharge, double current_a = 1.0,
             std::int64_t amount_wh = 50) {
    create(number, charge, discharge, current_a, amount_wh);
    return run_until_phase(number, DealPhase::running);
  }
  void change(std::uint64_t number, const std::function<void(Deal&)>& edit) {
    Deal deal = *view.find_deal(deal_id(number));
    edit(deal);
    put(StoreKey::of_deal(deal.id), deal);
  }
  /// A unit of the deal cancels it.
  void stop_deal(std::uint64_t number) {
    change(number, [](Deal& d) {
      d.stop_requested = true;
      d.stop_reason = Reason(Rule::cancelled);
    });
  }
  [[nodiscard]] const Deal& deal(std::uint64_t number) const {
    const auto it = last_seen_.find(deal_id(number));
    return it == last_seen_.end() ? none_ : it->second;
  }
  [[nodiscard]] DealPhase phase(std::uint64_t number) const { return deal(number).phase; }
  bool run_until_phase(std::uint64_t number, DealPhase phase,
                       Duration limit = milliseconds(60'000)) {
    return run_until(limit, [&] { return deal(number).phase == phase; });
  }

  // the units
  /// The policy of the whole community, as `edit` leaves it.
  void change_policy(const std::function<void(Policy&)>& edit) {
    edit(policy);
    for (auto& [id, u] : units_) {
      u.policy_version = version_of(policy);
    }
  }
  BenchUnit& at(int number) { return units_[unit(number)]; }
  [[nodiscard]] ConverterMode mode(int number) { return at(number).target.mode; }
  [[nodiscard]] std::vector<int> holding() const {
    std::vector<int> found;
    int number = 1;
    for (const auto& [id, u] : units_) {
      if (u.target.mode == ConverterMode::voltage_reference) {
        found.push_back(number);
      }
      ++number;
    }
    return found;
  }
  [[nodiscard]] Volts bus_voltage() const {
    for (const auto& [id, u] : units_) {
      if (u.target.mode == ConverterMode::voltage_reference) {
        return u.target.voltage;
      }
    }
    return dead_voltage;
  }
  [[nodiscard]] Reading reading_of(const BenchUnit& u) const {
    Reading r;
    r.taken_at = now;
    r.mode = u.target.mode;
    r.grid_v = foreign.contains(u.id) ? foreign.at(u.id) : bus_voltage();
    Amperes current = u.current();
    if (u.target.mode == ConverterMode::voltage_reference) {
      const auto references = static_cast<double>(holding().size());
      current = Amperes(leak_a);
      for (const auto& [id, other] : units_) {
        current -= other.current();
      }
      current = current / references;
    }
    r.grid_a = current + Amperes(u.meter_a);
    r.battery_w = *r.grid_v * *r.grid_a;
    r.soc = u.soc;
    return r;
  }
  [[nodiscard]] UnitReport report_of(const BenchUnit& u) const {
    UnitReport r;
    r.unit = u.id;
    r.highest_epoch = u.highest;
    r.answers_sequence = u.sequence;
    r.answers_request = u.request;
    r.stamp = {u.boot, now};
    r.lease_remaining =
        u.target.mode == ConverterMode::waiting ? Duration::zero() : u.lease_end - now;
    r.policy_version = u.policy_version;
    r.reading = reading_of(u);
    r.bus_dead_for = *r.reading.grid_v < Volts(35) ? now - dead_since_ : Duration::zero();
    r.set_point = u.target;
    r.progress = u.progress;
    r.has_fault = u.has_fault;
    r.locked_out = u.locked_out;
    r.current_capacity = Amperes(2.3);
    for (const auto& [id, energy] : u.energies) {
      r.energies.push_back(energy);
    }
    return r;
  }
  void report(int number) { step(ReportArrived{report_of(at(number))}); }

  [[nodiscard]] WallTime wall() const {
    return WallTime{1'577'804'400'000, 9 * 3600}.plus(now - Instant{});
  }
  [[nodiscard]] bool alarmed(AlarmCode code, AlarmLevel level = AlarmLevel::warn) const {
    return std::any_of(alarms.begin(), alarms.end(),
                       [&](const Alarm& a) { return a.code == code && a.level >= level; });
  }
  /// Commands to `number` since the list was cleared.
  [[nodiscard]] std::vector<SetPointCommand> sent_to(int number) const {
    std::vector<SetPointCommand> found;
    for (const auto& s : sent) {
      if (s.to == unit(number)) {
        found.push_back(s.command);
      }
    }
    return found;
  }
  /// Which of the commands sent is the first that lets `number` wait.
  [[nodiscard]] std::size_t first_stop(int number) const {
    const auto it = std::find_if(sent.begin(), sent.end(), [&](const Sent& s) {
      return s.to == unit(number) && s.command.target.mode == ConverterMode::waiting;
    });
    return static_cast<std::size_t>(it - sent.begin());
  }
  [[nodiscard]] bool anything_raised() const {
    return std::any_of(sent.begin(), sent.end(), [](const Sent& s) {
      return s.command.target.mode != ConverterMode::waiting;
    });
  }
  [[nodiscard]] Epoch store_epoch() const { return store_revision(StoreKey::role()); }
  [[nodiscard]] std::vector<UnitId> reference_set() const { return view.reference_set().units; }

  Policy policy;
  ControlTiming timing = ControlTiming::field();
  ClusterView view;
  std::uint64_t boot = 1;  ///< of the Grid Master's process
  std::optional<GridMaster> gm = GridMaster(Prng(1));
  Instant now = at_s(1000);
  std::vector<Sent> sent;
  std::vector<Alarm> alarms;                     ///< every one that was raised
  std::set<std::pair<AlarmCode, UnitId>> shown;  ///< and not cleared
  std::vector<Transaction> transactions;
  std::vector<Deal> settled;
  bool store_answers = true;              ///< transactions and role reads
  std::optional<UnitId> role_read_shows;  ///< another holder than the store's
  /// The Grid Master's process dies after so many more commands that change something or writes.
  std::optional<int> stop_after;
  std::string broken_rules;         ///< the first moment at which the bus had two masters
  double leak_a = 0.0;              ///< what the bus itself takes
  Volts dead_voltage{};             ///< of a bus that nobody holds
  std::map<UnitId, Volts> foreign;  ///< what a unit's meter shows instead

 private:
  void carry_out(const Effect& effect) {
    if (stop_after && *stop_after <= 0) {
      return;
    }
    if (stop_after && matters(effect)) {
      --*stop_after;
    }
    watch();
    std::visit(
        Overloaded{
            [&](const Send& e) { hear(units_[e.to], e.message); },
            [&](const SendToAll& e) {
              for (auto& [id, u] : units_) {
                hear(u, e.message);
              }
            },
            [&](const Transact& e) {
              transactions.push_back(e.transaction);
              if (!store_answers) {
                return;
              }
              const bool committed = apply(e.transaction);
              if (committed) {
                step(ViewChanged{});
              }
              step(TransactionAnswered{e.id, committed, revision_});
            },
            [&](const ReadRole&) {
              if (store_answers) {
                step(RoleRead{now, role_read_shows.value_or(view.role_holder()), store_epoch()});
              }
            },
            [&](const Raise& e) {
              alarms.push_back(e.alarm);
              shown.insert({e.alarm.code, e.alarm.unit});
            },
            [&](const Clear& e) {
              shown.erase({e.code, e.unit});
            },
        },
        effect);
  }

  bool matters(const Effect& effect) {
    if (const auto* send = std::get_if<Send>(&effect)) {
      const auto* c = std::get_if<CommandMessage>(&send->message);
      return c != nullptr && !same_order(units_[send->to].target, c->command.target);
    }
    return std::holds_alternative<Transact>(effect);
  }
  void watch() {
    const auto references = holding();
    for (const int number : references) {
      const double droop = at(number).target.droop;
      if (references.size() > 2 || (references.size() == 2 && droop == 0.0) ||
          !view.reference_set().contains(unit(number))) {
        if (broken_rules.empty()) {
          broken_rules = unit(number).str() + " at " + std::to_string(to_seconds(now - Instant{}));
        }
      }
    }
  }

  bool apply(const Transaction& transaction) {
    for (const auto& condition : transaction.conditions) {
      if (store_revision(condition.key) != condition.revision) {
        return false;
      }
    }
    ++revision_;
    for (const auto& write : transaction.writes) {
      view.apply(StoreRecord{write.key, revision_, write.value});
      if (const auto* d = std::get_if<Deal>(&write.value)) {
        last_seen_[d->id] = *d;
        if (d->phase == DealPhase::done) {
          settled.push_back(*d);
        }
      }
    }
    return true;
  }
  [[nodiscard]] Revision store_revision(const StoreKey& key) const { return view.revision_of(key); }

  void hear(BenchUnit& u, const Message& message) {
    if (!u.alive) {
      return;
    }
    if (const auto* request = std::get_if<ReportRequest>(&message)) {
      if (request->epoch < u.highest) {
        return;
      }
      take_epoch(u, request->epoch);
      u.request = std::max(u.request, request->number);
      step(ReportArrived{report_of(u)});
    } else if (const auto* settled_deal = std::get_if<DealSettled>(&message)) {
      step(DealKeptBy{u.id, settled_deal->deal});
    } else if (const auto* c = std::get_if<CommandMessage>(&message)) {
      sent.push_back({now, u.id, c->command});
      obey(u, c->command);
    }
  }
  static void take_epoch(BenchUnit& u, Epoch epoch) {
    if (epoch > u.highest) {
      u.highest = epoch;
      u.sequence = 0;
      u.request = 0;
    }
  }
  void obey(BenchUnit& u, const SetPointCommand& c) {
    if (c.epoch < u.highest || c.stamp.boot != u.boot || now >= c.stamp.at + c.validity) {
      return;
    }
    take_epoch(u, c.epoch);
    if (c.sequence <= u.sequence) {
      return;
    }
    u.sequence = c.sequence;
    const bool raise = c.target.mode != ConverterMode::waiting;
    if (!u.obeys || (!raise && !u.lets_go) ||
        (raise && (u.has_fault || u.locked_out || u.policy_version != c.policy_version))) {
      step(ReportArrived{report_of(u)});
      return;
    }
    const bool was_dead = bus_voltage() < Volts(35);
    const bool is_new = !same_order(u.target, c.target) || u.shares.size() != c.shares.size() ||
                        !std::equal(u.shares.begin(), u.shares.end(), c.shares.begin(),
                                    [](const DealShare& a, const DealShare& b) {
                                      return a.deal == b.deal && a.metered == b.metered;
                                    });
    u.target = c.target;
    u.shares = c.shares;
    u.lease_end = c.stamp.at + c.validity;
    for (const auto& share : u.shares) {
      u.energies[share.deal].deal = share.deal;
    }
    if (!was_dead && bus_voltage() < Volts(35)) {
      dead_since_ = now;
    }
    if (is_new) {
      step(ReportArrived{report_of(u)});
    }
  }

  void advance_units(Duration d) {
    const bool was_dead = bus_voltage() < Volts(35);
    for (auto& [id, u] : units_) {
      if (u.target.mode != ConverterMode::waiting && now >= u.lease_end && u.lets_go) {
        u.target = SetPoint{};
        u.shares.clear();
      }
    }
    for (auto& [id, u] : units_) {
      const Reading r = reading_of(u);
      double sum_a = 0.0;
      for (const auto& share : u.shares) {
        sum_a += u.ended(share.deal) ? 0.0 : share.current.value();
      }
      for (const auto& share : u.shares) {
        DealEnergy& energy = u.energies[share.deal];
        const double part =
            sum_a > 0.0 && !energy.share_ended ? share.current.value() / sum_a : 0.0;
        energy.power = Watts(std::fabs(r.battery_w->value()) * part);
        if (share.metered && !energy.share_ended) {
          energy.meter.battery_energy += energy.power * d;
          energy.meter.bus_energy += energy.power * d;
          energy.share_ended = energy.meter.battery_energy >= share.ends_at;
        }
      }
    }
    if (!was_dead && bus_voltage() < Volts(35)) {
      dead_since_ = now;
    }
  }
  void heartbeats() {
    for (auto& [id, u] : units_) {
      if (u.alive && u.target.mode != ConverterMode::waiting) {
        step(ReportArrived{report_of(u)});
      }
    }
  }

  UnitId self_;
  std::map<UnitId, BenchUnit> units_;
  Revision revision_ = 0;
  Instant dead_since_ = at_s(900);
  std::map<DealId, Deal> last_seen_;
  Deal none_;
  std::deque<Effect> queue_;
  bool busy_ = false;
};

}  // namespace musubi::gridmaster::testing
