#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

class RoleEnd : public Checker {
  static constexpr std::string_view statement =
      "A Grid Master commands nothing but waiting that outlasts its role, which ends 5 s after it "
      "sent its last answered read of the role, or the transaction that took it; under every "
      "fault.";

 public:
  explicit RoleEnd(const Facts& facts)
      : Checker(facts, "role_end", statement), units_(facts.size()) {}

  void event(std::size_t unit, const node::Event& event) override {
    Unit& u = units_[unit];
    if (const auto* started = std::get_if<node::Started>(&event)) {
      u = {};
      u.boot = started->boot;
    } else if (const auto* read = std::get_if<node::RoleAnswered>(&event)) {
      if (read->holder == facts().id(unit)) {
        u.prove(read->epoch, read->sent_at);
      }
    } else if (const auto* answer = std::get_if<node::TransactionAnswered>(&event)) {
      const auto taking = u.takings.find(answer->id);
      if (taking != u.takings.end()) {
        if (answer->result == node::TransactionResult::committed) {
          u.prove(answer->revision, taking->second);
        }
        u.takings.erase(taking);
      }
    }
  }

  void effect(std::size_t unit, const node::Effect& effect) override {
    if (const auto* transact = std::get_if<node::Transact>(&effect)) {
      for (const auto& write : transact->transaction.writes) {
        if (write.key.kind == StoreKind::role) {
          units_[unit].takings[transact->id] = facts().clock(unit);
        }
      }
    } else if (const auto* send = std::get_if<node::SendMessage>(&effect)) {
      const auto* m = std::get_if<CommandMessage>(&send->message);
      if (m != nullptr && m->command.target.mode != ConverterMode::waiting) {
        commanded(unit, send->to, m->command);
      }
    }
  }

 private:
  struct Unit {
    std::uint64_t boot = 0;
    std::map<Epoch, Instant> proved;           ///< newest sending time, own clock
    std::map<std::uint64_t, Instant> takings;  ///< role transactions under way

    void prove(Epoch epoch, Instant sent_at) {
      Instant& newest = proved[epoch];
      newest = std::max(newest, sent_at);
    }
  };

  void commanded(std::size_t from, UnitId to, const SetPointCommand& command) {
    const std::size_t receiver = facts().index_of(to);
    if (receiver >= facts().size() || command.stamp.boot != units_[receiver].boot) {
      return;  // nobody obeys it
    }
    const auto proved = units_[from].proved.find(command.epoch);
    if (proved == units_[from].proved.end()) {
      report(fmt::format("{} commands in epoch {}, which was never proved to be its own",
                         name_of_unit(from), command.epoch));
      return;
    }
    const Duration role_lease = facts().frame().timing.role_lease;
    const Duration left = proved->second + role_lease - facts().clock(from);
    const Duration granted = command.stamp.at + command.validity - facts().clock(receiver);
    const Duration allowed = std::max(left, Duration::zero()) + clock_slack + drift_in(role_lease);
    if (granted > allowed) {
      report(fmt::format("{} grants {} {:.2f} s while its role has {:.2f} s left",
                         name_of_unit(from), to.view(), to_seconds(granted), to_seconds(left)));
    }
  }

  std::vector<Unit> units_;
};

}  // namespace

CheckerPtr make_role_end(const Facts& facts) { return std::make_unique<RoleEnd>(facts); }

}  // namespace musubi::proof
