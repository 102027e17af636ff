// One unit's program: its core while it runs, what waits for it while it stands still.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/node_runtime.hpp"
#include "sim/clock.hpp"
#include "sim/network.hpp"
#include "sim/recorder.hpp"
#include "sim/store_service.hpp"
#include "sim/unit_device.hpp"
#include "sim/unit_journal.hpp"

namespace musubi::sim {

/// Begins and ends; a new one continues from the journal. While it is paused, everything that comes
/// waits in order.
class UnitProcess final : ports::Cluster, ports::Scheduler, ports::Trace {
 public:
  /// What the process lives in. All outlive it.
  struct Surroundings {
    Timeline& timeline;
    const FaultTable& faults;
    Network& network;
    StoreService& store;
    Recorder& recorder;
    UnitDevice& device;
    JournalDisk& disk;
    const UnitClock& clock;
    const std::vector<UnitId>& ids;
    const std::map<UnitId, std::uint32_t>& by_id;
  };
  UnitProcess(const Surroundings& surroundings, std::uint32_t index, node::Setup setup)
      : in_(surroundings), index_(index), setup_(std::move(setup)) {}

  [[nodiscard]] bool is_up() const { return runtime_.has_value(); }
  [[nodiscard]] bool is_paused() const;
  /// The process is up.
  [[nodiscard]] const node::NodeCore& core() const { return runtime_->core(); }

  /// A new core; its first event comes at `first`.
  void start(Instant first);
  /// When the newest start's first event comes, or came. Nobody asks it for anything before that.
  [[nodiscard]] Instant first_event_at() const { return first_event_at_; }
  /// The core is gone, and everything that was on its way to it.
  void end();
  /// An event reaches the process.
  void take(node::Event event);
  /// The instant of a wish to be woken has come.
  void wake(Instant at);
  /// The driver has answered a write.
  void take_answer(std::uint32_t call);
  /// Goes on after a pause, unless it is still paused.
  void resume();
  /// The clock runs otherwise from now on.
  void clock_changed();
  /// Files that a later process reads again.
  void replace_files(const node::Event& event);

 private:
  struct Wakening {};
  struct DriverAnswer {
    std::uint32_t call = 0;
  };
  using Waiting = std::variant<node::Event, Wakening, DriverAnswer>;

  [[nodiscard]] bool waits() const;
  void handle(const Waiting& waiting);
  void deliver(const node::Event& event);
  void wake_if_due();

  // Cluster
  void send(UnitId from, UnitId to, std::shared_ptr<const Message> message) override;
  void broadcast(UnitId from, std::shared_ptr<const Message> message) override;
  void transact(UnitId from, std::uint64_t id, const Transaction& transaction) override;
  void read_role(UnitId from, Instant sent_at) override;
  void keep_alive(UnitId from) override;
  // Scheduler
  void wake_at(Instant at) override;
  // Trace
  void event(UnitId unit, Instant now, const node::Event& event) override;
  void effect(UnitId unit, Instant now, const node::Effect& effect) override;

  Surroundings in_;
  std::uint32_t index_;
  node::Setup setup_;
  std::optional<runtime::NodeRuntime> runtime_;
  Instant first_event_at_{};
  std::vector<Waiting> waiting_;
  Instant wanted_wake_ = Instant::max();     ///< in the unit's clock
  Instant scheduled_wake_ = Instant::max();  ///< in the world's
};

}  // namespace musubi::sim
