// What an onlooker knows about a world: the store as it was committed, the faults as they were
// struck, the plant as it truly is. Nothing of it is a node's own bookkeeping.
#pragma once

#include <array>
#include <initializer_list>
#include <map>
#include <optional>
#include <vector>

#include "domain/hw_config.hpp"
#include "domain/policy.hpp"
#include "domain/store.hpp"
#include "domain/timing.hpp"
#include "node/effect.hpp"
#include "node/event.hpp"
#include "physics/plant.hpp"
#include "sim/faults.hpp"

namespace musubi::proof {

/// What stays the same through a run.
struct Frame {
  std::vector<UnitId> units;
  Policy policy;
  HwConfig hw;
  ControlTiming timing;
  Duration supervisor_stop = milliseconds(1000);
  /// From full voltage to a dead bus, and from there to full voltage.
  Duration decay = milliseconds(30'000);
  Duration ramp = milliseconds(15'000);
};

/// One unit as it truly is.
struct UnitTruth {
  physics::Meter meter;
  bool up = true;  ///< its process runs
  bool paused = false;
  Instant clock{};  ///< its own monotonic clock
};

/// Everything at one instant.
struct Truth {
  std::vector<UnitTruth> units;
  /// What the books of plant and bus miss. Looked at now and then only.
  std::optional<WattHours> worst_imbalance;
};

/// A transaction that the store has just carried out.
struct Commit {
  std::size_t from = 0;  ///< unit
  const Transaction& transaction;
  Revision revision = 0;
};

/// Kinds as a set.
using Kinds = std::initializer_list<sim::FaultKind>;

/// What a clock's rate makes of a tick (Facts::clock), and rounding.
constexpr Duration clock_slack = milliseconds(10);
/// By how much two clocks that run 1 % fast and slow come apart.
constexpr Duration drift_in(Duration span) { return span / 50; }

class Facts {
 public:
  explicit Facts(Frame frame);

  [[nodiscard]] const Frame& frame() const { return frame_; }
  [[nodiscard]] std::size_t size() const { return frame_.units.size(); }
  [[nodiscard]] UnitId id(std::size_t unit) const { return frame_.units[unit]; }
  /// The unit's index; size() for a stranger.
  [[nodiscard]] std::size_t index_of(UnitId unit) const;
  [[nodiscard]] Instant now() const { return now_; }

  // store
  [[nodiscard]] UnitId role_holder() const { return role_holder_; }
  [[nodiscard]] Epoch epoch() const { return epoch_; }
  [[nodiscard]] Instant role_taken_at() const { return role_taken_at_; }
  [[nodiscard]] const ReferenceSet& reference_set() const { return reference_set_; }
  [[nodiscard]] const std::map<DealId, Deal>& deals() const { return deals_; }
  [[nodiscard]] bool latched() const { return latched_; }
  /// Not done, with its master side on.
  [[nodiscard]] bool in_active_deal(std::size_t unit) const;

  // faults
  /// A fault of one of these kinds acts on the unit now or has done so within `before`.
  [[nodiscard]] bool suffered(std::size_t unit, Kinds kinds,
                              Duration before = Duration::zero()) const;
  /// The same on any unit.
  [[nodiscard]] bool suffered_anywhere(Kinds kinds, Duration before = Duration::zero()) const;
  /// Since when a fault of this kind acts on the unit without a gap.
  [[nodiscard]] std::optional<Instant> suffers_since(std::size_t unit, sim::FaultKind kind) const;
  /// The unit was struck by something that takes its time away: crash, board loss, pause.
  [[nodiscard]] bool was_away(std::size_t unit, Duration before) const;
  /// When World::heal() was called.
  [[nodiscard]] std::optional<Instant> healed_at() const { return healed_at_; }

  // plant
  [[nodiscard]] const Truth& truth() const { return truth_; }
  /// The unit's own monotonic clock now, off by as much as its rate makes of the time since the
  /// last look.
  [[nodiscard]] Instant clock(std::size_t unit) const { return now_ + clocks_[unit].ahead; }
  [[nodiscard]] bool is_running(std::size_t unit) const {
    return truth_.units[unit].meter.mode != ConverterMode::waiting;
  }

  // What the onlooker takes up.
  void at(Instant now) { now_ = now; }
  void commit(const Commit& commit);
  void fault(const sim::Fault& fault, bool begins);
  /// The unit's node has written to its converter: what waits for a write has happened.
  void wrote(std::size_t unit);
  void healed() { healed_at_ = now_; }
  void look(Truth truth);
  /// The unit's process begins; after the loss of its board its clock begins at zero.
  void started(std::size_t unit);

 private:
  static constexpr std::size_t kind_count =
      static_cast<std::size_t>(sim::FaultKind::torn_write) + 1;
  struct Suffering {
    int acting = 0;
    Instant since{};
    std::optional<Instant> last;  ///< when it last acted, while it does not act
  };
  [[nodiscard]] bool suffered_one(const Suffering& s, Duration before) const;
  void mark(std::size_t unit, const sim::Fault& fault, bool begins);

  Frame frame_;
  Instant now_{};
  UnitId role_holder_;
  Epoch epoch_ = 0;
  Instant role_taken_at_{};
  ReferenceSet reference_set_;
  std::map<DealId, Deal> deals_;
  bool latched_ = false;
  std::vector<std::array<Suffering, kind_count>> sufferings_;
  std::optional<Instant> healed_at_;
  Truth truth_;
  struct UnitClock {
    Duration ahead{};  ///< of the world's
    bool board_lost = false;
  };
  std::vector<UnitClock> clocks_;
};

}  // namespace musubi::proof
