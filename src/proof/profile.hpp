// Schedules of faults and deeds, drawn from a seed. Half of the faults strike at an instant, half
// when a deal enters a phase, a hand-over makes a step or the like: phases are too short to be hit
// by time.
//
// The fault policy: what may combine, so that a failure is a fault of ours and not of a world that
// nothing could control.
//   - fewer than half of the units are away (crashed, lost, paused, cut off) at a time
//   - at most one board is lost for ever
//   - the store's majority lives; it is down for 20 s at most
//   - one partition at a time
//   - one unit's hardware (driver, converter, meters, battery) or the bus lies at a time, and 20 s
//     pass before the next: so never both meters of a pair of witnesses
//   - one disk is full at a time
// A fault that waits for a happening counts from the first instant at which it can strike until the
// last at which it can act.
#pragma once

#include "proof/case.hpp"

namespace musubi::proof {

/// The case of a seed: always the same. Units 2 to 64; length above zero.
Case drawn_case(std::uint64_t seed, int units, Duration length, Profile profile);

/// Every kind that a profile draws, in their order.
std::vector<sim::FaultKind> kinds_of(Profile profile);

/// Deals that are proposed and batteries that are set, so that deals flow all the time; and now and
/// then a lock-out, or a person who lifts the latch of the bus.
std::vector<ScheduledDeed> drawn_deeds(std::uint64_t seed, int units, Duration length);

/// True if `next`, which strikes after all of `schedule`, may join it under the fault policy.
bool may_join(const sim::FaultSchedule& schedule, const sim::ScheduledFault& next, int units);

}  // namespace musubi::proof
