// Port: everything that happens and is done, in order.
#pragma once

#include "domain/unit_id.hpp"
#include "node/effect.hpp"
#include "node/event.hpp"
#include "units/time.hpp"

namespace musubi::ports {

/// Contract. Sees each event before the node does and each effect before it is carried out. It
/// changes nothing.
class Trace {
 public:
  Trace() = default;
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;
  Trace(Trace&&) = delete;
  Trace& operator=(Trace&&) = delete;
  virtual ~Trace() = default;

  virtual void event(UnitId unit, Instant now, const node::Event& event) = 0;
  virtual void effect(UnitId unit, Instant now, const node::Effect& effect) = 0;
};

}  // namespace musubi::ports
