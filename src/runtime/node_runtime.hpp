// Feeds one node core and carries its effects out through the ports: the same loop in every world.
#pragma once

#include <vector>

#include "node/node_core.hpp"
#include "ports/cluster.hpp"
#include "ports/device.hpp"
#include "ports/journal.hpp"
#include "ports/scheduler.hpp"
#include "ports/trace.hpp"

namespace musubi::runtime {

/// The ports of one node. All outlive the runtime.
struct Ports {
  ports::Cluster& cluster;
  ports::Device& device;
  ports::Journal& journal;
  ports::Scheduler& scheduler;
  ports::Trace& trace;
};

class NodeRuntime {
 public:
  NodeRuntime(const node::Setup& setup, const Ports& ports) : core_(setup), ports_(ports) {}

  /// One step: the event is traced, the core decides, the effects are carried out in order. What
  /// the journal answers follows as events of its own.
  void deliver(node::Now now, const node::Event& event);

  [[nodiscard]] const node::NodeCore& core() const { return core_; }

 private:
  void carry_out(const node::Effect& effect);

  node::NodeCore core_;
  Ports ports_;
  std::vector<node::JournalAnswered> answers_;
};

}  // namespace musubi::runtime
