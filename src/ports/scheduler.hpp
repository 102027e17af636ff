// Port: time.
#pragma once

#include "units/time.hpp"

namespace musubi::ports {

/// Contract. One wish per node; a new one replaces the old. node::Woken comes at that instant or
/// later, never earlier; equal instants keep the order in which they were asked for.
class Scheduler {
 public:
  Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  Scheduler(Scheduler&&) = delete;
  Scheduler& operator=(Scheduler&&) = delete;
  virtual ~Scheduler() = default;

  virtual void wake_at(Instant at) = 0;
};

}  // namespace musubi::ports
