// The present of the virtual world and what is to come.
#pragma once

#include "sim/event_queue.hpp"
#include "units/time.hpp"

namespace musubi::sim {

/// Shared by all parts of one world. `now` never goes back.
struct Timeline {
  Instant now{};
  EventQueue queue;
};

}  // namespace musubi::sim
