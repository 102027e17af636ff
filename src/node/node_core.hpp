// One unit's whole control software: step(now, event) -> effects.
//
// It owns the process image (the newest reading, the view of the store, the command in force) and
// routes between the machines: scenario rules, negotiator, converter, energy meter, local checks,
// gate and Grid Master. It does no I/O, reads no clock and draws no randomness but from its own
// stream.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "base/prng.hpp"
#include "converter/converter.hpp"
#include "converter/energy_meter.hpp"
#include "domain/cluster_view.hpp"
#include "domain/timing.hpp"
#include "gridmaster/grid_master.hpp"
#include "negotiation/negotiator.hpp"
#include "node/effect.hpp"
#include "node/event.hpp"
#include "safety/local_checks.hpp"

namespace musubi::node {

/// The present, as the runtime hands it in.
struct Now {
  Instant instant{};
  WallTime wall;
};

/// What a node is made of.
struct Setup {
  UnitId unit;
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<const Scenario> scenario;
  HwConfig hw;
  ControlTiming timing;
  std::uint64_t seed = 0;
};

class NodeCore {
 public:
  explicit NodeCore(const Setup& setup);

  /// Takes one event. The effects are to be carried out in order; they stay valid until the next
  /// step.
  std::span<const Effect> step(Now now, const Event& event);

  [[nodiscard]] UnitId unit() const { return unit_; }
  [[nodiscard]] OperationMode effective_mode() const;
  [[nodiscard]] const ClusterView& view() const { return view_; }
  [[nodiscard]] const std::optional<Reading>& reading() const { return reading_; }
  [[nodiscard]] const converter::Converter& converter() const { return converter_; }
  [[nodiscard]] const gridmaster::GridMaster& grid_master() const { return grid_master_; }
  [[nodiscard]] const std::map<AlarmCode, Alarm>& alarms() const { return alarms_; }
  [[nodiscard]] Epoch highest_epoch() const { return highest_epoch_; }

 private:
  // node_core.cpp: routing
  void route(const Event& event);
  void on_message(const MessageArrived& event);
  void on_store(const StoreChanged& event);
  void on_woken();
  void run_grid_master(const gridmaster::Event& event);
  void schedule();
  enum class Owner : std::uint8_t { self, negotiator, grid_master, external_deal, person, leaving };
  struct Pending {
    Owner owner = Owner::self;
    std::uint64_t machine_id = 0;
    DealId deal;
    /// Made again where its outcome is not known, or where a record moved on meanwhile.
    std::optional<Transaction> again;
    std::shared_ptr<const Deal> proposal;
    int tries = 0;
  };
  /// Sends a transaction and remembers whose it is; `deal` where the owner is about one.
  Pending& transact(Transaction transaction, Owner owner, std::uint64_t machine_id = 0,
                    DealId deal = {});
  void on_transaction(const TransactionAnswered& event);

  // persistence.cpp: the own record, the journal, a person's word, the store's silence
  void join();
  void leave();
  void keep_membership();
  void store_was_asked() { store_asked_ = store_asked_.value_or(now_.instant); }
  void store_has_answered();
  void watch_store();
  void on_journal(const JournalAnswered& event);
  void save_again();
  void tell_kept(UnitId to, DealId id);
  void set_local(const LocalState& local);
  void show_local(const LocalState& local);
  void set_global_mode(OperationMode mode);
  void clear_bus_latch();
  void cancel(DealId id);
  /// The one word of a person that is the transaction's first write; kept until the store took it.
  void transact_for_person(Transaction word, int tries = 0);
  void person_answered(const Pending& pending, TransactionResult result);
  void speak_again(const Transaction& word);

  // unit_side.cpp: obeying, reading, reporting
  [[nodiscard]] bool is_obeyable(UnitId from, const SetPointCommand& command) const;
  void on_command(UnitId from, const SetPointCommand& command);
  void on_report_request(UnitId from, const ReportRequest& request);
  void on_reading(const std::optional<Reading>& reading);
  void on_written(const DeviceWritten& event);
  void run_converter(const converter::Event& event);
  void apply_shares();
  [[nodiscard]] SetPoint effective_target() const;
  /// The clock of the books: monotonic, never the wall's.
  [[nodiscard]] Instant books_now() const;
  void take_epoch(Epoch epoch);
  void ask_reading();
  void send_report(UnitId to);
  [[nodiscard]] UnitReport make_report() const;
  void check_reading(const Reading& reading);
  void raise(const Alarm& alarm);
  void clear(AlarmCode code);
  void sustain_alarms();
  /// Whether a member's record names the policy of this unit; of all members where that changes.
  void compare_policy(UnitId unit);
  void compare_policies();
  void check_members();
  void check_unheld_bus();
  [[nodiscard]] bool has_fault() const;
  /// A constant current would begin on a bus that is read outside the band announced for it: it
  /// would trip at once.
  [[nodiscard]] bool begins_off_band(const SetPoint& target) const;
  void suspect();

  // trading.cpp: asking, answering, deals from outside
  void consider_request();
  void answer_request(const RequestMessage& message);
  void run_negotiator(const negotiation::Event& event);
  [[nodiscard]] bool may_trade() const;
  [[nodiscard]] Offer base_offer() const;
  void create_external(const Deal& proposal, int tries = 0);
  DealId fresh_id();

  UnitId unit_;
  std::shared_ptr<const Policy> policy_;
  PolicyVersion policy_version_;
  std::set<UnitId> of_other_policy_;  ///< members whose record names another one
  std::shared_ptr<const Scenario> scenario_;
  HwConfig hw_;
  ControlTiming timing_;
  Prng prng_;
  Now now_;
  std::vector<Effect> effects_;

  ClusterView view_;
  std::uint64_t boot_ = 0;
  bool started_ = false;
  Revision joined_revision_ = 0;  ///< of the own record as this process wrote it
  bool left_ = false;
  bool joined_ = false;       ///< the converter was read and found waiting, the epoch is known
  bool epoch_known_ = false;  ///< a linearizable read has shown it; nothing is obeyed before
  bool shutting_down_ = false;
  Instant shut_down_at_{};
  Epoch highest_epoch_ = 0;
  Epoch durable_epoch_ = 0;  ///< in the journal: the one that reports acknowledge
  LocalState local_;
  [[nodiscard]] bool locally_stopped() const { return local_.mode == OperationMode::stop; }
  bool local_unsaved_ = false;
  std::map<DealId, std::shared_ptr<const Deal>> unsaved_settled_;

  // device
  std::optional<Reading> reading_;
  bool reading_asked_ = false;
  Instant reading_asked_at_{};
  Instant written_at_{};                ///< newest device write
  std::uint64_t requested_ = 0;         ///< newest report request
  std::uint64_t answered_request_ = 0;  ///< that the newest reading answers
  Instant requested_at_{};
  std::optional<Instant> wake_asked_;  ///< the wish that the scheduler holds
  Instant next_reading_{};
  std::optional<Instant> bus_dead_since_;
  std::optional<Instant> uncertain_since_;
  std::optional<Instant> unheld_since_;  ///< the bus is live and nobody should hold it
  converter::Converter converter_;
  converter::EnergyMeter meter_;
  std::optional<SetPointCommand> command_;
  std::uint64_t last_sequence_ = 0;
  bool report_due_ = false;
  bool settled_once_ = true;
  bool failed_ = false;
  std::set<UnitId> report_to_;  ///< who waits for a report with the next reading
  safety::LocalChecks checks_;
  std::map<AlarmCode, Alarm> alarms_;
  std::map<AlarmCode, Instant> alarm_seen_;
  Instant next_persist_{};
  bool energies_kept_ = false;  ///< the journal holds integrals
  Instant next_keep_alive_{};

  // role
  gridmaster::GridMaster grid_master_;
  Instant heard_grid_master_{};
  Instant stopped_at_{};  ///< its last stop, or when that was confirmed: older reports deceive
  Instant next_suspicion_{};
  std::map<DealId, Instant> unseen_deals_;  ///< own deals that no Grid Master has claimed yet

  // trading
  negotiation::Negotiator negotiator_;
  std::optional<Instant> need_since_;
  bool need_tried_ = false;
  Instant next_request_{};
  std::int64_t request_backoff_ = 1;

  Instant store_answered_{};            ///< last answer or change
  std::optional<Instant> store_asked_;  ///< oldest question since then

  // transactions under way: whose they are
  std::map<std::uint64_t, Pending> pending_;
  std::map<StoreKey, Transaction> words_;  ///< of persons, refused; wait for the view
  std::uint64_t next_transaction_ = 1;
};

}  // namespace musubi::node
