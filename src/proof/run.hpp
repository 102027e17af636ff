// One case from beginning to end: the safety phase under faults, then everything heals and the
// community has to go on.
#pragma once

#include <cstdint>
#include <vector>

#include "proof/case.hpp"
#include "proof/checker.hpp"
#include "proof/story.hpp"
#include "proof/tally.hpp"
#include "sim/world.hpp"

namespace musubi::proof {

struct Outcome {
  std::vector<Violation> violations;  ///< earliest first
  std::vector<std::string> unmet;     ///< expectations that did not come true, as sentences
  Counters counters;
  PhaseTable table;
  Duration length{};             ///< of virtual time, convergence included
  std::uint64_t trace_hash = 0;  ///< 0 without a digest

  [[nodiscard]] bool is_good() const { return violations.empty() && unmet.empty(); }
};

/// Whether a run keeps the digest of its trace, for a tenth of its time.
enum class Digest : std::uint8_t { none, kept };

/// Runs a case. The same case gives the same outcome. `story`, where given, is told what happens.
Outcome run(const Case& setup, Story* story = nullptr, Digest digest = Digest::kept);

/// The community of a case: units without sun and load, so that only deals move energy.
sim::WorldSetup world_of(const Case& setup);

}  // namespace musubi::proof
