// What the Grid Master knows about every unit, and what it last told each.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "domain/cluster_view.hpp"
#include "domain/report.hpp"
#include "domain/set_point.hpp"
#include "domain/timing.hpp"

namespace musubi::gridmaster {

/// A set-point that the present deal phases imply for a unit.
struct Want {
  SetPoint target;
  DealShares shares;
};

/// True if `want` lets more energy flow than `present` does, or moves the bus.
bool raises(const SetPoint& present, const SetPoint& want);

/// `next` tells no more of a running unit than that it goes on as `last` told: what it carries is
/// the same but for the noise of its meters, and nobody asked for it. A plan need not be made for
/// it at once.
bool is_routine(const UnitReport& last, const UnitReport& next);

/// One unit as the Grid Master of one epoch sees it.
struct UnitInfo {
  bool acknowledged = false;  ///< this epoch
  UnitReport report;
  Instant heard_at{};                       ///< arrival of the report, own clock
  Instant asked_at{};                       ///< last report request
  std::optional<Instant> waited_for_since;  ///< first of the questions in a row without an answer
  std::uint64_t request = 0;                ///< its number
  std::uint64_t want_sequence = 0;          ///< first command that carried the present want
  std::uint64_t sequence = 0;               ///< newest command sent
  Instant sent_at{};
  Instant changed_at{};  ///< when a new order was last sent
  std::optional<Want> sent;
  /// Sending times of recent commands, newest last: a confirmed lease counts from them.
  BoundedVector<std::pair<std::uint64_t, Instant>, 8> sendings;
  Instant state_since{};  ///< first of the reports in a row that show its present state
  std::optional<Instant> waits_since;  ///< first of the reports in a row that show it waiting
  Instant confirmed_end{};             ///< end of lease that the unit has surely confirmed
  Amperes trim{};                      ///< compensation under way, on the magnitude

  [[nodiscard]] bool is_running() const {
    return report.reading.mode != ConverterMode::waiting ||
           report.set_point.mode != ConverterMode::waiting ||
           report.progress == ConverterProgress::uncertain;
  }
  /// No command that was sent can still be obeyed but the one in force.
  [[nodiscard]] bool has_answered_all() const { return report.answers_sequence >= sequence; }
  /// The unit has taken the present want up and reached it. One that heard it and did not do it
  /// has not.
  [[nodiscard]] bool confirmed() const {
    return sent && acknowledged && report.answers_sequence >= want_sequence &&
           report.progress == ConverterProgress::settled &&
           report.set_point.mode == sent->target.mode;
  }
};

/// All units by name. Every pass goes through all of them and looks most of them up: names lie side
/// by side, what is known of a unit stays where it is.
class Fleet {
 public:
  struct Entry {
    UnitId unit;
    std::unique_ptr<UnitInfo> info;  ///< never null
  };

  void clear() { units_.clear(); }
  /// Begins an empty one where there is none. Stays valid until clear().
  UnitInfo& at(UnitId unit);
  [[nodiscard]] const UnitInfo* find(UnitId unit) const;
  /// By name.
  [[nodiscard]] const std::vector<Entry>& all() const { return units_; }

  /// Takes a report up; false where it is older than the one held or of another epoch.
  bool take(const UnitReport& report, Epoch epoch, Instant now);

  /// Heard within `max_silence`, in this epoch.
  [[nodiscard]] bool is_heard(UnitId unit, Instant now, Duration max_silence) const;
  /// The unit's newest report is at most `max_age` old, the reading in it included.
  [[nodiscard]] const Reading* fresh_reading(UnitId unit, Instant now, Duration max_age) const;
  /// Asked, and without an answer for so long that it counts as lost. Silence that nobody asked
  /// about tells nothing.
  [[nodiscard]] bool is_lost(UnitId unit, Instant now, const ControlTiming& timing) const;
  /// Silent for so long that every lease it may hold has ended and its stop bound has passed.
  [[nodiscard]] bool is_past_bound(UnitId unit, Instant now, Instant role_taken_at,
                                   const ControlTiming& timing) const {
    return is_past_bound(find(unit), now, role_taken_at, timing);
  }
  /// `info` is null for a unit that was never heard of.
  [[nodiscard]] static bool is_past_bound(const UnitInfo* info, Instant now, Instant role_taken_at,
                                          const ControlTiming& timing);
  /// The unit's own integral of a deal, carried on from its report to `now`.
  [[nodiscard]] std::optional<DealEnergy> energy(UnitId unit, DealId deal) const;

 private:
  [[nodiscard]] std::vector<Entry>::const_iterator place_of(UnitId unit) const;

  std::vector<Entry> units_;
};

}  // namespace musubi::gridmaster
