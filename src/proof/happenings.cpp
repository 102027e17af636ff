#include "proof/happenings.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace musubi::proof {

namespace {

constexpr double formed_share = 0.97;

constexpr auto of_phase = std::to_array<Happening>(
    {Happening::created, Happening::activated, Happening::warming_up, Happening::running,
     Happening::stopping, Happening::stopped, Happening::done});
static_assert(of_phase.size() == static_cast<std::size_t>(DealPhase::done) + 1);

}  // namespace

Happenings::Happenings(const Facts& facts, Sink sink)
    : Onlooker(facts), sink_(std::move(sink)), holds_(facts.size(), false),
      droops_(facts.size(), false) {}

std::size_t Happenings::holding() const {
  return static_cast<std::size_t>(std::count(holds_.begin(), holds_.end(), true));
}

void Happenings::device(std::size_t unit, const DeviceCommand& command) {
  const std::size_t before = holding();
  const bool held = holds_[unit];
  const bool drooped = droops_[unit];
  if (command.call == DeviceCall::set_mode) {
    holds_[unit] = command.mode == ConverterMode::voltage_reference;
  }
  if (command.call != DeviceCall::set_current) {
    droops_[unit] = holds_[unit] && command.droop > 0.0;
  }
  if (holds_[unit] && !held) {
    forming_ = forming_ || before == 0;
    sink_(before == 0 ? Happening::bus_forming : Happening::hand_over_two_hold, nullptr);
  } else if (held && !holds_[unit] && before > 1) {
    sink_(Happening::hand_over_released, nullptr);
  } else if (holds_[unit] && droops_[unit] && !drooped) {
    sink_(Happening::hand_over_drooped, nullptr);
  }
}

void Happenings::commit(const Commit& commit) {
  for (const auto& write : commit.transaction.writes) {
    if (const auto* deal = std::get_if<Deal>(&write.value)) {
      const auto known = facts().deals().find(deal->id);
      if (known == facts().deals().end() || known->second.phase != deal->phase) {
        sink_(of_phase[static_cast<std::size_t>(deal->phase)], deal);
      }
    } else if (const auto* set = std::get_if<ReferenceSet>(&write.value)) {
      if (set->units.size() > 1 && facts().reference_set().units.size() == 1) {
        sink_(Happening::hand_over_entered, nullptr);
      }
    } else if (std::holds_alternative<RoleRecord>(write.value)) {
      sink_(Happening::role_taken, nullptr);
    }
  }
}

void Happenings::tick() {
  if (!forming_) {
    return;
  }
  const double formed_v = formed_share * facts().frame().policy.grid_voltage.value();
  for (const UnitTruth& unit : facts().truth().units) {
    if (unit.meter.mode == ConverterMode::voltage_reference && unit.meter.vg.value() > formed_v) {
      forming_ = false;
      sink_(Happening::bus_formed, nullptr);
      return;
    }
  }
}

}  // namespace musubi::proof
