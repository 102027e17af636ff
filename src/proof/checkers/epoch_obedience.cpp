#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

class EpochObedience : public Checker {
  static constexpr std::string_view statement =
      "A unit acknowledges an epoch only once it is durable, never a lower one afterwards, and "
      "never obeys a command of a lower epoch; under every fault.";

 public:
  explicit EpochObedience(const Facts& facts)
      : Checker(facts, "epoch_obedience", statement), units_(facts.size()) {}

  void event(std::size_t unit, const node::Event& event) override {
    Unit& u = units_[unit];
    u.command_epoch.reset();
    if (std::holds_alternative<node::Started>(event)) {
      u.arrived.clear();
    } else if (const auto* answer = std::get_if<node::JournalAnswered>(&event)) {
      if (answer->saved) {
        u.durable = std::max(u.durable, answer->epoch);
      }
    } else if (const auto* message = std::get_if<node::MessageArrived>(&event)) {
      if (const auto* command = std::get_if<CommandMessage>(message->message.get())) {
        u.command_epoch = command->command.epoch;
        auto& newest = u.arrived[command->command.epoch];
        newest = std::max(newest, command->command.sequence);
      }
    }
  }

  void effect(std::size_t unit, const node::Effect& effect) override {
    Unit& u = units_[unit];
    if (const auto* send = std::get_if<node::SendMessage>(&effect)) {
      if (const auto* message = std::get_if<ReportMessage>(&send->message)) {
        reported(unit, message->report);
      }
    } else if (const auto* write = std::get_if<node::WriteDevice>(&effect)) {
      if (u.command_epoch && *u.command_epoch < u.acknowledged &&
          write->command.mode != ConverterMode::waiting) {
        report(fmt::format("{} carries out a command of epoch {} after it acknowledged {}",
                           name_of_unit(unit), *u.command_epoch, u.acknowledged));
      }
    }
  }

 private:
  struct Unit {
    Epoch acknowledged = 0;
    Epoch durable = 0;
    std::optional<Epoch> command_epoch;      ///< of the command that is being taken up
    std::map<Epoch, std::uint64_t> arrived;  ///< newest sequence of each epoch in this run
  };

  void reported(std::size_t unit, const UnitReport& r) {
    Unit& u = units_[unit];
    if (r.highest_epoch < u.acknowledged) {
      report(fmt::format("{} acknowledges epoch {} after it acknowledged {}", name_of_unit(unit),
                         r.highest_epoch, u.acknowledged));
    }
    if (r.highest_epoch > u.durable) {
      report(fmt::format("{} acknowledges epoch {} while its journal holds {}", name_of_unit(unit),
                         r.highest_epoch, u.durable));
    }
    u.acknowledged = std::max(u.acknowledged, r.highest_epoch);
    std::uint64_t newest = 0;
    for (auto it = u.arrived.lower_bound(r.highest_epoch); it != u.arrived.end(); ++it) {
      newest = std::max(newest, it->second);
    }
    if (r.answers_sequence > newest) {
      report(fmt::format("{} acknowledges epoch {} and answers command {}, but the newest of that "
                         "epoch is {}",
                         name_of_unit(unit), r.highest_epoch, r.answers_sequence, newest));
    }
    u.arrived.erase(u.arrived.begin(), u.arrived.lower_bound(r.highest_epoch));
  }

  std::vector<Unit> units_;
};

}  // namespace

CheckerPtr make_epoch_obedience(const Facts& facts) {
  return std::make_unique<EpochObedience>(facts);
}

}  // namespace musubi::proof
