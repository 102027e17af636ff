// What a unit tells the Grid Master about itself.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "domain/deal.hpp"
#include "domain/reading.hpp"
#include "domain/set_point.hpp"

namespace musubi {

/// A unit's own integral of one deal.
struct DealEnergy {
  DealId deal;
  DealMeter meter;
  Watts power{};             ///< of the deal at its metering point, now; magnitude
  bool share_ended = false;  ///< the unit dropped this share by itself: its amount is reached
};
constexpr auto fields(const DealEnergy& e) {
  return std::tie(e.deal, e.meter, e.power, e.share_ended);
}

/// Where the converter is on its way to the set-point.
enum class ConverterProgress : std::uint8_t {
  settled,    ///< at its set-point, confirmed by a reading
  moving,     ///< a device command or a checkpoint is under way
  failed,     ///< the set-point could not be reached; it went back to waiting
  uncertain,  ///< a device write has an unknown outcome: possibly running
};

/// Answer to a heartbeat request, an epoch announcement or a command.
struct UnitReport {
  UnitId unit;
  Epoch highest_epoch = 0;             ///< that this unit has acknowledged, persisted first
  std::uint64_t answers_sequence = 0;  ///< newest command taken up
  /// Newest report request that came before the reading in here was begun.
  std::uint64_t answers_request = 0;
  Stamp stamp;
  Duration lease_remaining{};  ///< of the command in force; zero while waiting
  PolicyVersion policy_version = 0;
  Reading reading;  ///< newest; taken_at is in the unit's own clock
  Duration reading_age{};
  Duration bus_dead_for{};  ///< how long the own meter has shown a dead bus without a gap
  SetPoint set_point;       ///< in force
  ConverterProgress progress = ConverterProgress::settled;
  bool has_fault = false;  ///< a local error is present or sustains: no deals with me
  bool locked_out = false;
  Amperes current_capacity{};
  BoundedVector<DealEnergy, Limits::deals_per_unit> energies;
};
inline auto fields(const UnitReport& r) {
  return std::tie(r.unit, r.highest_epoch, r.answers_sequence, r.answers_request, r.stamp,
                  r.lease_remaining, r.policy_version, r.reading, r.reading_age, r.bus_dead_for,
                  r.set_point, r.progress, r.has_fault, r.locked_out, r.current_capacity,
                  r.energies);
}

}  // namespace musubi
