#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

constexpr std::string_view statement = "Software lifts neither the latch of the bus nor a unit's "
                                       "lock-out or stop: only the person does "
                                       "who may; under every fault.";

class Latches : public Checker {
 public:
  explicit Latches(const Facts& facts)
      : Checker(facts, "latches", statement), units_(facts.size()) {}

  void event(std::size_t unit, const node::Event& event) override {
    Unit& u = units_[unit];
    u.person_acts = std::holds_alternative<node::SetLockOut>(event) ||
                    std::holds_alternative<node::SetLocalMode>(event);
    if (std::holds_alternative<node::ClearBusLatch>(event)) {
      u.clears_latch = facts().latched();
    }
    if (const auto* lock = std::get_if<node::SetLockOut>(&event)) {
      u.wanted.locked_out = lock->locked;
    } else if (const auto* mode = std::get_if<node::SetLocalMode>(&event)) {
      u.wanted.mode = mode->mode;
    }
  }

  void effect(std::size_t unit, const node::Effect& effect) override {
    const Unit& u = units_[unit];
    if (const auto* persist = std::get_if<node::PersistLocal>(&effect)) {
      if (u.wanted.locked_out && !persist->local.locked_out) {
        report(fmt::format("{} lifts its own lock-out", name_of_unit(unit)));
      }
      if (u.wanted.mode == OperationMode::stop && persist->local.mode != OperationMode::stop) {
        report(fmt::format("{} lifts its own stop", name_of_unit(unit)));
      }
    } else if (const auto* cleared = std::get_if<node::AlarmCleared>(&effect)) {
      const bool of_person =
          cleared->code == AlarmCode::lock_out || cleared->code == AlarmCode::local_stop;
      if (of_person && !u.person_acts) {
        report(
            fmt::format("{} clears {} by itself", name_of_unit(unit), kind_of(cleared->code).name));
      }
    }
  }

  void commit(const Commit& commit) override {
    for (const auto& write : commit.transaction.writes) {
      if (write.key.kind != StoreKind::bus_latch || !facts().latched()) {
        continue;
      }
      if (std::holds_alternative<std::monostate>(write.value) &&
          !units_[commit.from].clears_latch) {
        report(fmt::format("{} lifts the latch of the bus", name_of_unit(commit.from)));
      }
      units_[commit.from].clears_latch = false;
    }
  }

 private:
  struct Unit {
    LocalState wanted;          ///< by its person
    bool person_acts = false;   ///< in the step under way
    bool clears_latch = false;  ///< a person has asked for it here
  };
  std::vector<Unit> units_;
};

}  // namespace

CheckerPtr make_latches(const Facts& facts) { return std::make_unique<Latches>(facts); }

}  // namespace musubi::proof
