// The clocks of one unit: monotonic and wall, each off as faults want it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "units/time.hpp"

namespace musubi::sim {

/// While nothing is wrong the monotonic clock shows the world's instant. Whole nanoseconds, so that
/// every compiler shows the same.
class UnitClock {
 public:
  /// `start` is the world's first instant, `wall` its civil time.
  UnitClock(Instant start, WallTime wall) : start_(start), changed_(start), wall_start_(wall) {}

  /// What it shows at an instant of the world that is not before the last change.
  [[nodiscard]] Instant monotonic(Instant world) const { return zero_ + elapsed(world); }
  [[nodiscard]] WallTime wall(Instant world) const {
    return wall_start_.plus(elapsed(world) + wall_shift_);
  }
  /// The first instant of the world, not before the last change, at which monotonic() shows
  /// `local` or more.
  [[nodiscard]] Instant world_of(Instant local) const {
    const Duration wanted = local - zero_ - elapsed_at_change_;
    if (fast_ppb_ == 0 || wanted > longest) {
      return fast_ppb_ == 0 ? changed_ + wanted : Instant::max();
    }
    const double rate = 1.0 + static_cast<double>(fast_ppb_) * 1e-9;
    Instant world = std::max(changed_, changed_ + seconds(to_seconds(wanted) / rate));
    while (monotonic(world) < local) {
      world += Duration(1);
    }
    while (world > changed_ && monotonic(world - Duration(1)) >= local) {
      world -= Duration(1);
    }
    return world;
  }

  /// From now on it runs `fast_ppb` billionths fast.
  void set_rate(Instant world, std::int64_t fast_ppb) {
    elapsed_at_change_ = elapsed(world);
    changed_ = world;
    fast_ppb_ = fast_ppb;
  }
  void step_wall(Duration by) { wall_shift_ += by; }
  void set_wall_right(Instant world) { wall_shift_ = (world - start_) - elapsed(world); }
  /// The board starts: the monotonic clock begins at zero.
  void boot(Instant world) { zero_ = Instant{} - elapsed(world); }

 private:
  static constexpr std::int64_t billion = 1'000'000'000;
  static constexpr Duration longest = std::chrono::hours(24 * 365 * 100);

  /// Since the world's first instant, as this clock counts.
  [[nodiscard]] Duration elapsed(Instant world) const {
    const Duration d = world - changed_;
    if (fast_ppb_ == 0) {
      return elapsed_at_change_ + d;
    }
    const std::int64_t gained =
        d.count() / billion * fast_ppb_ + d.count() % billion * fast_ppb_ / billion;
    return elapsed_at_change_ + d + Duration(gained);
  }

  Instant start_;
  Instant changed_;
  Duration elapsed_at_change_{};
  std::int64_t fast_ppb_ = 0;
  Instant zero_ = start_;
  WallTime wall_start_;
  Duration wall_shift_{};
};

}  // namespace musubi::sim
