#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

class CurrentEnd : public Checker {
  static constexpr std::string_view statement =
      "A Grid Master grants a current nothing beyond the end of lease that a unit which measures "
      "the voltage as its own has confirmed to it, less the stop bound; under every fault.";

 public:
  explicit CurrentEnd(const Facts& facts)
      : Checker(facts, "current_end", statement), confirmed_(facts.size()),
        boots_(facts.size(), 0) {}

  void event(std::size_t unit, const node::Event& event) override {
    if (const auto* started = std::get_if<node::Started>(&event)) {
      boots_[unit] = started->boot;
      confirmed_[unit].clear();
    } else if (const auto* message = std::get_if<node::MessageArrived>(&event)) {
      if (const auto* m = std::get_if<ReportMessage>(message->message.get())) {
        heard(unit, m->report);
      }
    }
  }

  void effect(std::size_t unit, const node::Effect& effect) override {
    if (const auto* send = std::get_if<node::SendMessage>(&effect)) {
      const auto* m = std::get_if<CommandMessage>(&send->message);
      if (m != nullptr && is_constant_current(m->command.target.mode)) {
        granted(unit, send->to, m->command);
      }
    }
  }

 private:
  /// The unit's clock as the world's.
  [[nodiscard]] Instant in_world(std::size_t unit, Instant own) const {
    return facts().now() + (own - facts().clock(unit));
  }

  void heard(std::size_t by, const UnitReport& report) {
    const std::size_t unit = facts().index_of(report.unit);
    if (unit < facts().size() && report.stamp.boot == boots_[unit] &&
        report.reading.mode == ConverterMode::voltage_reference &&
        report.set_point.mode == ConverterMode::voltage_reference) {
      Instant& end = confirmed_[by][report.unit];
      end = std::max(end, in_world(unit, report.stamp.at + report.lease_remaining));
    }
  }

  void granted(std::size_t from, UnitId to, const SetPointCommand& command) {
    const std::size_t receiver = facts().index_of(to);
    if (receiver >= facts().size() || command.stamp.boot != boots_[receiver]) {
      return;  // nobody obeys it
    }
    Instant confirmed{};
    for (const auto& [unit, end] : confirmed_[from]) {
      confirmed = std::max(confirmed, end);
    }
    const ControlTiming& timing = facts().frame().timing;
    const Instant end = in_world(receiver, command.stamp.at + command.validity);
    const Instant allowed =
        confirmed - timing.device_stop_bound + clock_slack + drift_in(timing.reference_lease);
    if (end > std::max(allowed, facts().now())) {
      report(
          fmt::format("{} grants {} a current for {:.2f} s beyond what a reference has confirmed",
                      name_of_unit(from), to.view(), to_seconds(end - allowed)));
    }
  }

  /// By unit: the latest end that each other has confirmed to it, of the world's clock.
  std::vector<std::map<UnitId, Instant>> confirmed_;
  std::vector<std::uint64_t> boots_;
};

}  // namespace

CheckerPtr make_current_end(const Facts& facts) { return std::make_unique<CurrentEnd>(facts); }

}  // namespace musubi::proof
