#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

class StopOrder : public Checker {
  static constexpr std::string_view statement =
      "Currents end before what they rest on: a deal is stopped or settled only once its "
      "converters no longer carry a current for it, and the last unit that holds the voltage is "
      "told to let go only once no other carries one; but for units that have not been heard in "
      "the present epoch, or are silent past their bound, and that were told to wait 2 s before; "
      "under every fault. Who holds the voltage is what the one that tells can know: a converter "
      "that trips or forgets is known for two heartbeats as it was heard.";

 public:
  explicit StopOrder(const Facts& facts)
      : Checker(facts, "stop_order", statement), modes_(facts.size(), ConverterMode::waiting),
        lost_at_(facts.size()), tenures_(facts.size()) {}

  void event(std::size_t unit, const node::Event& event) override {
    if (std::holds_alternative<node::Started>(event)) {
      tenures_[unit].clear();
    } else if (const auto* message = std::get_if<node::MessageArrived>(&event)) {
      // One that does not know the present epoch is not heard: its leases end by themselves.
      const auto* m = std::get_if<ReportMessage>(message->message.get());
      if (m != nullptr && m->report.highest_epoch == facts().epoch()) {
        Known& known = tenures_[unit][m->report.unit];
        known.heard_at = facts().now();
        known.mode = m->report.reading.mode;
      }
    }
  }

  void device(std::size_t unit, const DeviceCommand& command) override {
    if (command.call == DeviceCall::set_mode) {
      modes_[unit] = command.mode;
    }
  }

  void fault(const sim::Fault& fault, bool /*begins*/) override {
    if (fault.kind == sim::FaultKind::converter_trips ||
        fault.kind == sim::FaultKind::driver_forgot) {
      for (const UnitId id : fault.units) {
        const std::size_t unit = facts().index_of(id);
        if (modes_[unit] == ConverterMode::voltage_reference) {
          lost_at_[unit] = facts().now();
        }
        modes_[unit] = ConverterMode::waiting;
      }
    }
  }

  void tick() override {
    for (std::size_t unit = 0; unit < facts().size(); ++unit) {
      if (!facts().is_running(unit)) {
        modes_[unit] = ConverterMode::waiting;  // by itself
      }
    }
  }

  void effect(std::size_t unit, const node::Effect& effect) override {
    const auto* send = std::get_if<node::SendMessage>(&effect);
    const auto* m = send == nullptr ? nullptr : std::get_if<CommandMessage>(&send->message);
    if (m == nullptr) {
      return;
    }
    const std::size_t to = facts().index_of(send->to);
    if (m->command.target.mode != ConverterMode::waiting || to >= facts().size()) {
      tenures_[unit][send->to].told_to_wait.reset();
      return;
    }
    auto& told = tenures_[unit][send->to].told_to_wait;
    told = told.value_or(facts().now());
    // One that is silent past its bound holds nothing any more for whoever knows no better.
    const Known& known = tenures_[unit][send->to];
    const bool holds = modes_[to] == ConverterMode::voltage_reference &&
                       known.mode == ConverterMode::voltage_reference && is_heard(known);
    if (holds && !others_hold(unit, to)) {
      lets_go(unit, to);
    }
  }

  void commit(const Commit& commit) override {
    for (const auto& write : commit.transaction.writes) {
      const auto* deal = std::get_if<Deal>(&write.value);
      const auto before = deal == nullptr ? facts().deals().end() : facts().deals().find(deal->id);
      if (before == facts().deals().end() || deal->phase == before->second.phase) {
        continue;
      }
      if (deal->phase == DealPhase::stopped) {
        ended(commit.from, *deal, slave_of(*deal));
      } else if (deal->phase == DealPhase::done) {
        ended(commit.from, *deal, deal->charge_unit);
        ended(commit.from, *deal, deal->discharge_unit);
      }
    }
  }

 private:
  /// What a unit has heard of another, and told it.
  struct Known {
    std::optional<Instant> heard_at;
    ConverterMode mode = ConverterMode::waiting;
    std::optional<Instant> told_to_wait;  ///< since when
  };

  /// Another than `reference` holds the voltage, as far as `from` can know.
  [[nodiscard]] bool others_hold(std::size_t from, std::size_t reference) {
    const Duration unnoticed = facts().frame().timing.heartbeat * 2;
    for (std::size_t unit = 0; unit < facts().size(); ++unit) {
      const bool just_lost =
          lost_at_[unit] && facts().now() - *lost_at_[unit] < unnoticed &&
          tenures_[from][facts().id(unit)].mode == ConverterMode::voltage_reference;
      if (unit != reference && (modes_[unit] == ConverterMode::voltage_reference || just_lost)) {
        return true;
      }
    }
    return false;
  }
  /// Its lease and stop bound are not over since it was heard.
  [[nodiscard]] bool is_heard(const Known& known) const {
    const ControlTiming& timing = facts().frame().timing;
    return known.heard_at &&
           facts().now() - *known.heard_at < timing.reference_lease + timing.device_stop_bound;
  }

  void lets_go(std::size_t from, std::size_t reference) {
    const Duration enough = facts().frame().timing.clean_stop_bound;
    for (std::size_t unit = 0; unit < facts().size(); ++unit) {
      const Known& known = tenures_[from][facts().id(unit)];
      const bool told = known.told_to_wait && facts().now() - *known.told_to_wait >= enough;
      if (is_constant_current(modes_[unit]) && is_constant_current(known.mode) && is_heard(known) &&
          !told) {
        report(fmt::format("{} lets go of the voltage of {} while {} carries a current",
                           name_of_unit(from), name_of_unit(reference), name_of_unit(unit)));
      }
    }
  }

  /// The end whose current rests on the other's side, where the voltage is held. None known: none.
  [[nodiscard]] UnitId slave_of(const Deal& deal) const {
    for (const auto& [id, other] : facts().deals()) {
      if (other.is_master && other.involves(other.reference_unit)) {
        return other.reference_unit == other.charge_unit ? deal.discharge_unit : deal.charge_unit;
      }
    }
    return {};
  }

  void ended(std::size_t from, const Deal& deal, UnitId id) {
    const std::size_t unit = facts().index_of(id);
    if (unit >= facts().size() || !is_constant_current(modes_[unit]) ||
        !is_heard(tenures_[from][id])) {
      return;
    }
    const auto& deals = facts().deals();
    const bool for_another = std::any_of(deals.begin(), deals.end(), [&](const auto& entry) {
      return entry.first != deal.id && entry.second.involves(id) &&
             entry.second.master_side_active();
    });
    if (!for_another) {
      report(fmt::format("deal {} is {} while {} carries its current", deal.id.str(),
                         deal.phase == DealPhase::done ? "settled" : "stopped", id.view()));
    }
  }

  std::vector<ConverterMode> modes_;             ///< true ones
  std::vector<std::optional<Instant>> lost_at_;  ///< the voltage, by a fault
  std::vector<std::map<UnitId, Known>> tenures_;
};

}  // namespace

CheckerPtr make_stop_order(const Facts& facts) { return std::make_unique<StopOrder>(facts); }

}  // namespace musubi::proof
