#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

class Start : public Checker {
  static constexpr std::string_view statement =
      "A starting unit joins only once it has read its converter waiting, and answers no Grid "
      "Master and lets its converter run only once the store has told it the epoch; under every "
      "fault.";

 public:
  explicit Start(const Facts& facts) : Checker(facts, "start", statement), units_(facts.size()) {}

  void event(std::size_t unit, const node::Event& event) override {
    Unit& u = units_[unit];
    if (std::holds_alternative<node::Started>(event)) {
      u = {};
    } else if (std::holds_alternative<node::RoleAnswered>(event)) {
      u.knows_epoch = true;
    } else if (const auto* read = std::get_if<node::DeviceRead>(&event)) {
      read_by(u, read->reading);
    } else if (const auto* written = std::get_if<node::DeviceWritten>(&event)) {
      read_by(u, written->reading);
    }
  }

  void effect(std::size_t unit, const node::Effect& effect) override {
    Unit& u = units_[unit];
    if (const auto* transact = std::get_if<node::Transact>(&effect)) {
      for (const auto& write : transact->transaction.writes) {
        if (write.key == StoreKey::member(facts().id(unit)) && !u.joined) {
          u.joined = true;
          if (!u.waits) {
            report(fmt::format("{} joins before it has read its converter waiting",
                               name_of_unit(unit)));
          }
        }
      }
    } else if (const auto* send = std::get_if<node::SendMessage>(&effect)) {
      const auto* m = std::get_if<ReportMessage>(&send->message);
      const bool answers =
          m != nullptr && (m->report.answers_request > 0 || m->report.answers_sequence > 0);
      if (answers && !u.knows_epoch) {
        report(fmt::format("{} answers {} before the store has told it the epoch",
                           name_of_unit(unit), send->to.view()));
      }
    } else if (const auto* write = std::get_if<node::WriteDevice>(&effect)) {
      const DeviceCommand& c = write->command;
      const bool stops = c.call == DeviceCall::set_mode && c.mode == ConverterMode::waiting;
      if (!stops && !u.knows_epoch) {
        report(fmt::format("{} lets its converter run before the store has told it the epoch",
                           name_of_unit(unit)));
      }
    }
  }

 private:
  /// Since the process began.
  struct Unit {
    bool waits = false;  ///< by the newest reading
    bool knows_epoch = false;
    bool joined = false;
  };

  static void read_by(Unit& u, const std::optional<Reading>& reading) {
    if (reading) {
      u.waits = reading->mode == ConverterMode::waiting;
    }
  }

  std::vector<Unit> units_;
};

}  // namespace

CheckerPtr make_start(const Facts& facts) { return std::make_unique<Start>(facts); }

}  // namespace musubi::proof
