#include <cmath>
#include <map>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

/// Two clocks may run 1 % apart.
constexpr double clock_margin = 0.98;
constexpr double same_current_a = 1e-3;
constexpr double same_voltage_v = 1e-2;

/// More energy, or another voltage, than the unit last said it has.
bool lets_more_flow(const SetPoint& present, const SetPoint& asked) {
  if (asked.mode == ConverterMode::waiting) {
    return false;
  }
  if (asked.mode != present.mode) {
    return true;
  }
  if (asked.mode == ConverterMode::voltage_reference) {
    return std::fabs((asked.voltage - present.voltage).value()) > same_voltage_v;
  }
  return (asked.current - present.current).value() > same_current_a;
}

class Fence : public Checker {
  static constexpr std::string_view statement =
      "A Grid Master lets more energy flow at a unit only after that unit has acknowledged its "
      "epoch, and only once every member of the reference set has done so or the fence bound has "
      "passed; under every fault.";

 public:
  explicit Fence(const Facts& facts) : Checker(facts, "fence", statement), tenures_(facts.size()) {}

  void event(std::size_t unit, const node::Event& event) override {
    if (const auto* message = std::get_if<node::MessageArrived>(&event)) {
      if (const auto* m = std::get_if<ReportMessage>(message->message.get())) {
        Tenure& tenure = tenures_[unit];
        Known& known = tenure.units[m->report.unit];
        known.epoch = std::max(known.epoch, m->report.highest_epoch);
        known.set_point = m->report.set_point;
      }
    }
  }

  void effect(std::size_t unit, const node::Effect& effect) override {
    if (const auto* send = std::get_if<node::SendMessage>(&effect)) {
      if (const auto* m = std::get_if<CommandMessage>(&send->message)) {
        asked(unit, send->to, m->command);
      }
    }
  }

  void commit(const Commit& commit) override {
    for (const auto& write : commit.transaction.writes) {
      if (write.key.kind == StoreKind::role) {
        taken_at_[commit.revision] = facts().now();
      }
    }
  }

 private:
  struct Known {
    Epoch epoch = 0;
    SetPoint set_point;
  };
  /// What a unit has heard of the others.
  struct Tenure {
    std::map<UnitId, Known> units;
  };

  void asked(std::size_t from, UnitId to, const SetPointCommand& command) {
    Tenure& tenure = tenures_[from];
    const Known& receiver = tenure.units[to];
    if (!lets_more_flow(receiver.set_point, command.target)) {
      return;
    }
    if (receiver.epoch < command.epoch) {
      report(fmt::format("{} lets more flow at {}, which has acknowledged epoch {} of {}",
                         name_of_unit(from), to.view(), receiver.epoch, command.epoch));
    }
    const auto taken = taken_at_.find(command.epoch);
    if (taken == taken_at_.end()) {
      report(fmt::format("{} commands in epoch {}, which the store never gave", name_of_unit(from),
                         command.epoch));
      return;
    }
    const auto bound = seconds(to_seconds(facts().frame().timing.fence_bound) * clock_margin);
    if (facts().epoch() != command.epoch || facts().now() - taken->second >= bound) {
      return;  // a former Grid Master's commands are refused by whom the present one has fenced
    }
    for (const UnitId member : facts().reference_set().units) {
      if (tenure.units[member].epoch < command.epoch) {
        report(fmt::format("{} lets more flow at {} while {}, in the reference set, has not "
                           "acknowledged epoch {}",
                           name_of_unit(from), to.view(), member.view(), command.epoch));
      }
    }
  }

  std::vector<Tenure> tenures_;
  std::map<Epoch, Instant> taken_at_;
};

}  // namespace

CheckerPtr make_fence(const Facts& facts) { return std::make_unique<Fence>(facts); }

}  // namespace musubi::proof
