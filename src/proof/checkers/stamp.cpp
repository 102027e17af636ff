#include <algorithm>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

class Stamp : public Checker {
  static constexpr std::string_view statement =
      "A unit counts a command's validity from the stamp that it echoes, of its own present run "
      "and not ahead of its clock: beyond that it neither writes to its converter nor claims a "
      "lease; under every fault.";

 public:
  explicit Stamp(const Facts& facts) : Checker(facts, "stamp", statement), units_(facts.size()) {}

  void event(std::size_t unit, const node::Event& event) override {
    Unit& u = units_[unit];
    if (const auto* started = std::get_if<node::Started>(&event)) {
      u = {started->boot, Instant{}};
    } else if (const auto* message = std::get_if<node::MessageArrived>(&event)) {
      const auto* m = std::get_if<CommandMessage>(message->message.get());
      if (m == nullptr || m->command.stamp.boot != u.boot) {
        return;
      }
      if (m->command.stamp.at <= facts().clock(unit) + clock_slack) {
        u.lease_end = std::max(u.lease_end, m->command.stamp.at + m->command.validity);
      }
    }
  }

  void effect(std::size_t unit, const node::Effect& effect) override {
    const Instant end = units_[unit].lease_end + clock_slack;
    if (const auto* write = std::get_if<node::WriteDevice>(&effect)) {
      const DeviceCommand& c = write->command;
      const bool stops = c.call == DeviceCall::set_mode && c.mode == ConverterMode::waiting;
      const Instant clock = facts().clock(unit);
      if (!stops && clock > end) {
        report(fmt::format("{} is commanded {:.2f} s after its lease has ended", name_of_unit(unit),
                           to_seconds(clock - end)));
      }
    } else if (const auto* send = std::get_if<node::SendMessage>(&effect)) {
      const auto* m = std::get_if<ReportMessage>(&send->message);
      if (m != nullptr && m->report.set_point.mode != ConverterMode::waiting &&
          m->report.stamp.at + m->report.lease_remaining > end) {
        report(fmt::format("{} claims a lease that is {:.2f} s longer than it was given",
                           name_of_unit(unit),
                           to_seconds(m->report.stamp.at + m->report.lease_remaining - end)));
      }
    }
  }

 private:
  struct Unit {
    std::uint64_t boot = 0;
    Instant lease_end{};  ///< the latest that any command could give, own clock
  };
  std::vector<Unit> units_;
};

}  // namespace

CheckerPtr make_stamp(const Facts& facts) { return std::make_unique<Stamp>(facts); }

}  // namespace musubi::proof
