#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

class ReferenceRule : public Checker {
  static constexpr std::string_view statement =
      "A unit is told to hold the voltage only while the store's reference set names it, and "
      "without droop only while the set names nobody else; under every fault.";

 public:
  explicit ReferenceRule(const Facts& facts)
      : Checker(facts, "reference_rule", statement), holds_(facts.size(), false) {}

  void effect(std::size_t unit, const node::Effect& effect) override {
    if (const auto* write = std::get_if<node::WriteDevice>(&effect)) {
      written(unit, write->command);
    } else if (const auto* send = std::get_if<node::SendMessage>(&effect)) {
      if (const auto* command = std::get_if<CommandMessage>(&send->message)) {
        sent(unit, send->to, command->command);
      }
    }
  }

 private:
  /// What a node tells its converter: also late renewals of a former Grid Master end here.
  void written(std::size_t unit, const DeviceCommand& command) {
    if (command.call == DeviceCall::set_mode) {
      holds_[unit] = command.mode == ConverterMode::voltage_reference;
    }
    if (holds_[unit] && command.call != DeviceCall::set_current) {
      judge(facts().id(unit), command.droop, "writes to its converter");
    }
  }
  /// What the present Grid Master asks for. A former one is none of the store's any more; its
  /// commands count where they are obeyed.
  void sent(std::size_t from, UnitId to, const SetPointCommand& command) {
    const bool present =
        facts().role_holder() == facts().id(from) && facts().epoch() == command.epoch;
    if (present && command.target.mode == ConverterMode::voltage_reference) {
      judge(to, command.target.droop, "is asked by the Grid Master");
    }
  }
  void judge(UnitId unit, double droop, std::string_view how) {
    const ReferenceSet& set = facts().reference_set();
    if (!set.contains(unit)) {
      report(fmt::format("{} {} to hold the voltage and is not in the reference set", unit.view(),
                         how));
    } else if (droop <= 0.0 && set.units.size() > 1) {
      report(fmt::format("{} {} to hold the voltage without droop; the reference set has {} units",
                         unit.view(), how, set.units.size()));
    }
  }

  std::vector<bool> holds_;  ///< the last mode written is CV
};

}  // namespace

CheckerPtr make_reference_rule(const Facts& facts) {
  return std::make_unique<ReferenceRule>(facts);
}

}  // namespace musubi::proof
