#include <algorithm>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

using sim::FaultKind;

constexpr Kinds away = {FaultKind::board_loss, FaultKind::pause, FaultKind::pause_in_write};
constexpr Kinds disobedience = {FaultKind::driver_hang,     FaultKind::driver_late,
                                FaultKind::driver_error,    FaultKind::driver_frozen,
                                FaultKind::converter_stuck, FaultKind::converter_ignores};
/// A call that is not answered ends after 0.7 s, a stop is tried again 1 s after that, and again
/// when the first one's 0.3 s of read-backs show that it was not carried out.
constexpr Duration retries = milliseconds(2000);
/// Ticks, delays and the rounding of clocks.
constexpr Duration slack = milliseconds(300);

class Lease : public Checker {
  static constexpr std::string_view statement = "A unit waits within 1 s after its command lease, "
                                                "counted from the stamp on its own clock, has "
                                                "ended, and within 1 s of its supervisor's stop "
                                                "after its process has ended. Excused while its "
                                                "process stands still or its board is lost, and "
                                                "until a stop that its driver or converter did "
                                                "not carry out has been tried once more.";

 public:
  explicit Lease(const Facts& facts) : Checker(facts, "lease", statement), units_(facts.size()) {}

  void event(std::size_t unit, const node::Event& event) override {
    Unit& u = units_[unit];
    if (const auto* started = std::get_if<node::Started>(&event)) {
      u.boot = started->boot;
      u.lease_end = Instant{};
      u.started_at = facts().now();
    } else if (const auto* message = std::get_if<node::MessageArrived>(&event)) {
      const auto* m = std::get_if<CommandMessage>(message->message.get());
      if (m != nullptr && m->command.stamp.boot == u.boot) {
        u.lease_end = std::max(u.lease_end, m->command.stamp.at + m->command.validity);
      }
    }
  }

  void tick() override {
    for (std::size_t unit = 0; unit < facts().size(); ++unit) {
      const UnitTruth& truth = facts().truth().units[unit];
      Unit& u = units_[unit];
      if (truth.up) {
        u.ended_at.reset();
      } else if (!u.ended_at) {
        u.ended_at = facts().now();
      }
      const Duration bound = facts().frame().timing.device_stop_bound + slack;
      if (!facts().is_running(unit) || facts().suffered(unit, away, bound) ||
          facts().suffered(unit, disobedience, retries + bound)) {
        u.told = false;
        continue;
      }
      judge(unit, truth);
    }
  }

 private:
  struct Unit {
    std::uint64_t boot = 0;
    Instant lease_end{};  ///< the latest that any command could give, own clock
    Instant started_at{};
    std::optional<Instant> ended_at;
    bool told = false;  ///< this excess has been reported
  };

  void judge(std::size_t unit, const UnitTruth& truth) {
    Unit& u = units_[unit];
    const Duration stop_bound = facts().frame().timing.device_stop_bound;
    if (u.ended_at) {
      const Duration since = facts().now() - *u.ended_at;
      if (!u.told && since > facts().frame().supervisor_stop + slack) {
        u.told = true;
        report(fmt::format("{} still runs {:.2f} s after its process has ended", name_of_unit(unit),
                           to_seconds(since)));
      }
      return;
    }
    const Duration over = truth.clock - u.lease_end;
    const bool just_started = facts().now() - u.started_at <= stop_bound + slack;
    if (over <= stop_bound + slack || just_started) {
      u.told = false;
    } else if (!u.told) {
      u.told = true;
      report(fmt::format("{} still runs {:.2f} s after its lease has ended", name_of_unit(unit),
                         u.lease_end == Instant{} ? to_seconds(facts().now() - u.started_at)
                                                  : to_seconds(over)));
    }
  }

  std::vector<Unit> units_;
};

}  // namespace

CheckerPtr make_lease(const Facts& facts) { return std::make_unique<Lease>(facts); }

}  // namespace musubi::proof
