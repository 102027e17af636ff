// The Grid Master: a reconciler over the deal phases.
//
// Each pass reads one snapshot (the store's records, the units' reports with their ages, the
// policy, the own role) and computes for every converter the set-point that the present phases
// imply, plus the phase changes that the measurements justify. It issues only the differences.
// Nothing that matters is kept here: a successor goes on from the stored phases and the measured
// converters.
//
// Files: checks.cpp watches bus and community; role.cpp keeps the role and fences; deals.cpp moves
// phases, compensation.cpp trims the currents, settlement.cpp ends deals; bus.cpp forms, proves and
// hands over the voltage; commands.cpp turns phases into set-points and sends them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "base/prng.hpp"
#include "domain/alarm.hpp"
#include "domain/cluster_view.hpp"
#include "domain/message.hpp"
#include "domain/timing.hpp"
#include "gridmaster/fleet.hpp"
#include "gridmaster/formulas.hpp"

namespace musubi::gridmaster {

/// What a pass is computed from besides its own state. References live for one step.
struct Context {
  UnitId self;
  std::uint64_t boot = 1;  ///< number of this run of the process
  const Policy& policy;
  PolicyVersion policy_version = 0;
  const ControlTiming& timing;
  const ClusterView& view;
  WallTime wall;
  double droop = 0.039;  ///< of the own hardware; used for every hand-over
};

struct ReportArrived {
  UnitReport report;
};
/// A unit's journal has the final record of a deal.
struct DealKeptBy {
  UnitId unit;
  DealId deal;
};
struct TransactionAnswered {
  std::uint64_t id = 0;
  bool committed = false;
  /// Of the store when it answered, also where it refused; 0: the outcome is not known.
  Revision revision = 0;
};
/// Answer to ReadRole: the holder and epoch that a linearizable read has shown.
struct RoleRead {
  Instant sent_at{};
  UnitId holder;
  Epoch epoch = 0;
};
/// Somebody has to be Grid Master: there is none, or the present one is suspected.
struct TakeRole {};
struct ViewChanged {};
struct Advance {};
using Event = std::variant<ReportArrived, DealKeptBy, TransactionAnswered, RoleRead, TakeRole,
                           ViewChanged, Advance>;

struct Send {
  UnitId to;
  Message message;
};
struct SendToAll {
  Message message;
};
struct Transact {
  std::uint64_t id = 0;
  Transaction transaction;
};
struct ReadRole {};
struct Raise {
  Alarm alarm;
};
struct Clear {
  AlarmCode code = AlarmCode::leak_current;
  UnitId unit;
};
using Effect = std::variant<Send, SendToAll, Transact, ReadRole, Raise, Clear>;

enum class Role : std::uint8_t { none, taking, holding };

class GridMaster {
 public:
  explicit GridMaster(Prng prng) : prng_(prng) {}

  void step(Instant now, const Event& event, const Context& context, std::vector<Effect>& out);

  [[nodiscard]] Role role() const { return role_; }
  [[nodiscard]] Epoch epoch() const { return epoch_; }
  [[nodiscard]] const Fleet& fleet() const { return fleet_; }
  /// When step() wants an Advance at the latest.
  [[nodiscard]] Instant wake_at() const { return wake_at_; }

 private:
  /// Constant currents of units, positive when charging.
  struct Sums {
    ExactRange possible;  ///< whatever of what they carry and of what they were told flows
    ExactRange expected;  ///< as they were told; the lease of a silent one may be about to end

    /// Of a unit that carries `present` and was told `next`. What was told less counts as done,
    /// what was told more does not. `sure`: its lease outlasts the next heartbeats; `goes_on`: it
    /// may end soon, but has not yet.
    static Sums of(Amperes present, Amperes next, bool sure, bool goes_on);
    Sums& operator+=(const Sums& other);
    Sums& operator-=(const Sums& other);
  };

  /// Everything one pass hands around.
  struct Pass {
    Instant now;
    const Context& context;
    std::vector<Effect>& out;
    std::vector<const Deal*> deals;   ///< not done, by creation
    std::vector<const Deal*> active;  ///< master side on
    const Deal* master = nullptr;
    UnitId reference;             ///< that should hold the voltage
    std::vector<UnitId> holding;  ///< that measure CV
    bool bus_ready = false;       ///< the voltage is held and proved: constant currents may flow
    bool bus_settled = false;     ///< ready, by one unit alone and undrooped: deals may begin
    bool raise_allowed = false;
    bool releasing = false;          ///< nothing goes on that needs the voltage: it is let go
    bool formation_refused = false;  ///< one answer for all deals that wait for the bus
    CurrentRange reference_range;
    std::map<UnitId, Want> wants;
    std::optional<Sums> carried;  ///< by all units, from when it is first asked for
  };

  // role.cpp
  void take_role(Instant now, const Context& context, std::vector<Effect>& out);
  void begin_tenure(Instant now, Instant sent_at, Epoch epoch, std::vector<Effect>& out);
  void drop_role(std::vector<Effect>& out);
  void answered(Instant now, const TransactionAnswered& answer, const Context& context,
                std::vector<Effect>& out);
  void keep_role(Pass& pass, bool busy);
  [[nodiscard]] bool may_raise(const Pass& pass) const;
  void prefer_other_place(Pass& pass);
  void commit(Pass& pass, Transaction transaction, std::vector<DealId> deals);
  void release_answered(const ClusterView& view);
  void commit_deal(Pass& pass, Deal deal, Rule rule, std::array<double, 4> numbers = {});

  // grid_master.cpp
  /// True if the plan has to be made anew for it.
  bool take_report(Instant now, const UnitReport& report);
  void pass(Instant now, const Context& context, std::vector<Effect>& out);
  void survey(Pass& pass);
  [[nodiscard]] static Duration linger(const Pass& pass);
  void ask_report(Pass& pass, UnitId unit);
  void ask_now(Pass& pass, UnitId unit);
  /// True if the unit's newest reading was begun after `since`, whatever the network's delay; else
  /// it is asked for.
  [[nodiscard]] bool is_measured_since(Pass& pass, UnitId unit, Instant since);
  void keep_in_touch(Pass& pass);
  [[nodiscard]] bool is_usable(const Pass& pass, UnitId unit) const;

  // checks.cpp
  void check_bus(Pass& pass);
  void check_members(Pass& pass);
  void check_unheld_bus(Pass& pass);
  void check_meters(Pass& pass, const Deal& deal);
  /// Shows an alarm, or keeps it shown.
  void raise(Pass& pass, const Alarm& alarm);
  void clear_raised(Pass& pass, AlarmCode code, UnitId unit);
  /// Clears what has not been raised again for the policy's sustaining time.
  void clear_outlasted(Pass& pass);
  /// A warning at first, an error (and true) once readings that are all younger show it too, the
  /// sample gap later. `sampled_at`: of the oldest reading that went in.
  bool strike(Pass& pass, AlarmCode code, bool bad, Instant sampled_at, double found,
              double allowed);

  // deals.cpp
  bool fails_on_purpose(Pass& pass, const Deal& deal, TestFeature step);
  void end_what_must_end(Pass& pass);
  std::optional<Reason> must_stop(const Pass& pass, const Deal& deal) const;
  void advance_deals(Pass& pass);
  void try_activate(Pass& pass, const Deal& deal);
  void after_activation(Pass& pass, const Deal& deal);
  [[nodiscard]] bool widens_too_far(const Pass& pass, const Deal& deal) const;

  // compensation.cpp
  /// The deals whose slave side has settled and that may begin, and what else is under way.
  struct WarmUp {
    std::vector<const Deal*> ready;
    bool others_moving = false;
    Instant confirmed_at{};
  };
  /// The reference, or a unit that has lately confirmed the current that it was told.
  [[nodiscard]] bool surely_carries(const Pass& pass, UnitId unit) const;
  WarmUp collect_warm_up(Pass& pass, DealSide master);
  /// A trim is over with the warm-up that it was found in; what it came to is in the deal.
  void drop_stale_trims(const Pass& pass);
  /// Every unit of a deal but those that begin: anew since then. Else they are asked.
  [[nodiscard]] bool others_are_measured(Pass& pass, const WarmUp& warm, DealSide master,
                                         Instant since);
  void warm_up(Pass& pass);

  // settlement.cpp
  void after_stop(Pass& pass, const Deal& deal);
  [[nodiscard]] bool side_is_off(const Pass& pass, UnitId unit, const Deal& deal) const;
  bool pass_voltage_on(Pass& pass, const Deal& deal);
  void settle(Pass& pass, const Deal& deal);
  void remove_settled(Pass& pass);
  void fill_meters(const Pass& pass, Deal& deal) const;

  // bus.cpp
  void plan_bus(Pass& pass);
  void form_bus(Pass& pass);
  void hold_bus(Pass& pass);
  void choose_voltage(Pass& pass);
  void hand_over(Pass& pass, UnitId from);
  void release_bus(Pass& pass);
  void authorize(Pass& pass);
  void tidy_reference_set(Pass& pass);
  /// A dead bus may be formed now. Once refused, for the whole pass.
  [[nodiscard]] bool may_form(Pass& pass);
  [[nodiscard]] bool is_dead_for_all(Pass& pass);
  void begin_formation(Pass& pass);
  void form_again(Pass& pass);
  /// By the stored reference set and the one that is being written.
  [[nodiscard]] bool may_hold(const Pass& pass, UnitId unit) const;
  [[nodiscard]] bool may_hold_alone(const Pass& pass, UnitId unit) const;
  void want_reference(Pass& pass, UnitId unit, Volts voltage, double droop, bool hand_over,
                      Reason reason);

  // commands.cpp
  void want_currents(Pass& pass);
  /// It has heard that it is to carry a current and still waits: it has tripped on the bus, or its
  /// meter shows none. The other end of its deals waits with it.
  [[nodiscard]] bool declines(const Pass& pass, UnitId unit) const;
  void hold_back(Pass& pass);
  void set_share_ends(Pass& pass);
  /// Tells both ends of a deal by how much on their own meters it is over, in so long.
  void tell_end(Pass& pass, const Deal& deal, Duration in, DealSide master);
  void complete_wants(Pass& pass);
  void send_wants(Pass& pass);
  void send_if_due(Pass& pass, UnitId unit, Want want);
  /// The reference was last measured at the end of its current and off its voltage.
  [[nodiscard]] bool is_overrun(const Pass& pass, const MemberRecord& reference) const;
  [[nodiscard]] Sums carried_by(const Pass& pass, const UnitInfo& info) const;
  [[nodiscard]] Sums carried_by_all(const Pass& pass) const;
  [[nodiscard]] Sums carried_by_others(Pass& pass, const UnitInfo& info) const;
  /// Takes a constant current down to what the reference can stand in for when others do not flow:
  /// their leases may have ended, their orders may not have arrived.
  void keep_bearable(Pass& pass, UnitId unit, SetPoint& target) const;
  void send(Pass& pass, UnitId unit, const Want& want, bool is_new);
  [[nodiscard]] Duration validity_for(const Pass& pass, const UnitInfo& info,
                                      const SetPoint& target) const;

  Prng prng_;
  Role role_ = Role::none;
  Epoch epoch_ = 0;
  Instant taking_sent_at_{};
  Instant taken_at_{};
  Instant role_until_{};
  Instant role_read_sent_at_{};
  bool role_read_outstanding_ = false;
  Instant wake_at_ = Instant::max();
  std::uint64_t next_transaction_ = 1;
  std::uint64_t taking_transaction_ = 0;
  std::uint64_t next_sequence_ = 1;
  /// A transaction under way, with the deals that it writes; an empty id stands for the reference
  /// set.
  struct Pending {
    std::vector<DealId> deals;
    Transaction transaction;
    /// Answered: over as soon as the view is as new as this.
    Revision shown_from = 0;
  };
  std::map<std::uint64_t, Pending> pending_;
  std::set<DealId> busy_deals_;
  bool reference_set_busy_ = false;
  std::optional<ReferenceSet> next_reference_set_;  ///< being written
  Fleet fleet_;

  // the bus, as this tenure has come to know it
  bool authorized_ = false;
  std::vector<Volts> authorization_plan_;
  std::size_t authorization_index_ = 0;
  int witness_tries_ = 0;
  bool formation_due_ = false;  ///< decided and counted, not commanded yet
  Instant forming_since_{};
  std::optional<Instant> re_formed_at_;
  Volts voltage_now_{};
  Volts voltage_goal_{};
  std::vector<DealId> optimized_for_;
  int compensation_tries_ = 0;
  Instant compensation_changed_at_{};
  std::map<AlarmCode, Instant> strikes_;
  /// A settled deal that still has to reach its units' journals.
  struct Settled {
    Instant seen{};
    Instant asked{};
    std::set<UnitId> kept;
  };
  std::map<DealId, Settled> settled_;
  /// Since when a created deal is in this tenure's care; both units were told so.
  std::map<DealId, Instant> seen_;
  bool bus_stop_ = false;
  Reason bus_stop_reason_;
  Instant bus_stop_since_{};
  Instant bus_stop_until_{};  ///< no deal begins before
  std::optional<Instant> last_stopped_at_;
  bool release_begun_ = false;
  struct Raised {
    AlarmLevel level = AlarmLevel::warn;
    Instant seen{};  ///< last time that its cause was
  };
  std::map<std::pair<AlarmCode, UnitId>, Raised> raised_;
  std::map<DealId, Instant> stopping_since_;
  std::map<DealId, Instant> running_since_;  ///< as this tenure saw it
  std::optional<Instant> unheld_since_;
  std::optional<Instant> hand_over_since_;
};

}  // namespace musubi::gridmaster
