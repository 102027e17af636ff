#include "proof/story.hpp"

#include <array>
#include <cmath>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "base/overloaded.hpp"
#include "domain/reason.hpp"
#include "proof/fault_text.hpp"

namespace musubi::proof {

namespace {

constexpr auto phase_names = std::to_array<std::string_view>(
    {"created", "activated", "warming up", "running", "stopping", "stopped", "done"});
constexpr auto mode_names = std::to_array<std::string_view>(
    {"waiting", "holding the voltage", "charging", "discharging", "unknown"});
constexpr auto level_names =
    std::to_array<std::string_view>({"warns", "alarms", "alarms (fatal)", "alarms (unknown)"});
constexpr double voltage_step_v = 20.0;

class Narrator : public Onlooker {
 public:
  Narrator(const Facts& facts, Story& story)
      : Onlooker(facts), story_(story), modes_(facts.size(), ConverterMode::waiting) {}

  void event(std::size_t unit, const node::Event& event) override {
    if (const auto* started = std::get_if<node::Started>(&event)) {
      tell(unit, fmt::format("starts, boot {}, epoch {} in its journal", started->boot,
                             started->highest_epoch));
    }
  }

  void effect(std::size_t unit, const node::Effect& effect) override {
    std::visit(
        Overloaded{
            [&](const node::WriteDevice& e) { wrote(unit, e.command); },
            [&](const node::AlarmRaised& e) {
              tell(unit, fmt::format("{} {} about {}: found {:.4g}, allowed {:.4g}",
                                     level_names[static_cast<std::size_t>(e.alarm.level)],
                                     kind_of(e.alarm.code).name, e.alarm.unit.view(), e.alarm.found,
                                     e.alarm.allowed));
            },
            [&](const node::AlarmCleared& e) {
              tell(unit, fmt::format("clears {} about {}", kind_of(e.code).name, e.unit.view()));
            },
            [&](const node::DealRefused& e) {
              tell(unit, fmt::format("refuses deal {}: {}", short_id(e.deal), explain(e.reason)));
            },
            [&](const auto&) {},
        },
        effect);
  }

  void commit(const Commit& commit) override {
    for (const auto& write : commit.transaction.writes) {
      const std::string by = "by " + name_of_unit(commit.from);
      if (const auto* role = std::get_if<RoleRecord>(&write.value)) {
        tell("store", fmt::format("{} is Grid Master in epoch {} ({})", role->holder.view(),
                                  commit.revision, by));
      } else if (const auto* set = std::get_if<ReferenceSet>(&write.value)) {
        std::string units;
        for (const UnitId unit : set->units) {
          units += ' ' + unit.str();
        }
        tell("store", fmt::format("reference set:{} ({})", units.empty() ? " nobody" : units, by));
      } else if (const auto* latch = std::get_if<BusLatch>(&write.value)) {
        tell("store", fmt::format("the bus is latched ({}): {}", by, explain(latch->reason)));
      } else if (const auto* deal = std::get_if<Deal>(&write.value)) {
        dealt(*deal, by);
      }
    }
  }

  void fault(const sim::Fault& fault, bool begins) override {
    tell("fault", (begins ? "" : "ends: ") + text_of(fault));
  }

  void tick() override {
    double highest_v = 0.0;
    for (std::size_t unit = 0; unit < facts().size(); ++unit) {
      const physics::Meter& meter = facts().truth().units[unit].meter;
      highest_v = std::max(highest_v, meter.vg.value());
      if (meter.mode != modes_[unit]) {
        modes_[unit] = meter.mode;
        tell(unit, fmt::format("converter is {}, {:.2f} A at {:.1f} V",
                               mode_names[static_cast<std::size_t>(meter.mode)], meter.ig.value(),
                               meter.vg.value()));
      }
    }
    if (std::fabs(highest_v - told_v_) >= voltage_step_v) {
      told_v_ = highest_v;
      tell("bus", fmt::format("{:.0f} V", highest_v));
    }
  }

 private:
  static std::string short_id(DealId id) {
    constexpr std::size_t letters = 8;
    return id.str().substr(0, letters);
  }
  void tell(std::string_view who, std::string what) {
    story_.lines.push_back({facts().now(), std::string(who), std::move(what)});
  }
  void tell(std::size_t unit, std::string what) { tell(name_of_unit(unit), std::move(what)); }

  void wrote(std::size_t unit, const DeviceCommand& c) {
    if (c.call == DeviceCall::set_mode) {
      tell(unit, fmt::format("sets its converter to {}: {}",
                             mode_names[static_cast<std::size_t>(c.mode)], explain(c.reason)));
    }
  }

  void dealt(const Deal& deal, const std::string& by) {
    const auto known = facts().deals().find(deal.id);
    const bool is_new = known == facts().deals().end();
    if (is_new) {
      tell("store", fmt::format("deal {}: {} gives {} Wh to {} at {:.2f} A ({})", short_id(deal.id),
                                deal.discharge_unit.view(), deal.amount_wh, deal.charge_unit.view(),
                                deal.current.value(), by));
    } else if (known->second.phase != deal.phase) {
      tell("store", fmt::format("deal {} is {}{} ({}): {}", short_id(deal.id),
                                phase_names[static_cast<std::size_t>(deal.phase)],
                                deal.outcome == DealOutcome::completed ? ", completed"
                                : deal.outcome == DealOutcome::aborted ? ", aborted"
                                                                       : "",
                                by, explain(deal.last_reason)));
    } else if (deal.stop_requested && !known->second.stop_requested) {
      tell("store", fmt::format("deal {} is to stop ({}): {}", short_id(deal.id), by,
                                explain(deal.stop_reason)));
    }
  }

  Story& story_;
  std::vector<ConverterMode> modes_;
  double told_v_ = 0.0;
};

}  // namespace

std::string text_of(const StoryLine& line) {
  return fmt::format("{:>10.3f}  {:<6} {}\n", to_seconds(line.at - Instant{}), line.who, line.what);
}

std::string json_of(const StoryLine& line) {
  std::string what;
  for (const char c : line.what) {
    if (c == '"' || c == '\\') {
      what += '\\';
    }
    what += c;
  }
  return fmt::format("{{\"at_s\":{:.6f},\"who\":\"{}\",\"what\":\"{}\"}}\n",
                     to_seconds(line.at - Instant{}), line.who, what);
}

std::unique_ptr<Onlooker> make_narrator(const Facts& facts, Story& story) {
  return std::make_unique<Narrator>(facts, story);
}

}  // namespace musubi::proof
