#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "domain/settlement.hpp"
#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

using sim::FaultKind;

constexpr Kinds excuses = {
    FaultKind::crash,           FaultKind::board_loss,        FaultKind::pause,
    FaultKind::pause_in_write,  FaultKind::driver_hang,       FaultKind::driver_late,
    FaultKind::driver_error,    FaultKind::driver_frozen,     FaultKind::driver_forgot,
    FaultKind::converter_stuck, FaultKind::converter_ignores, FaultKind::converter_trips,
    FaultKind::foreign_voltage};
/// Currents or meters that are off: compensation brings the others off as well.
constexpr Kinds off_measure = {FaultKind::converter_bias, FaultKind::meter_zero,
                               FaultKind::meter_frozen, FaultKind::meter_bias};
constexpr double share = 0.002;
constexpr double least_wh = 0.1;
constexpr double meter_class = 0.02;
constexpr double rounding_wh = 0.5;
/// With messages or the store lost, one end's lease may end and come back while the other goes on.
constexpr Kinds lost_words = {FaultKind::lose_messages, FaultKind::slow_messages,
                              FaultKind::cut,           FaultKind::partition,
                              FaultKind::partition_in,  FaultKind::partition_out,
                              FaultKind::store_down,    FaultKind::store_no_answer,
                              FaultKind::store_lost,    FaultKind::watch_gap};

class DealAmount : public Checker {
  static constexpr std::string_view statement =
      "A completed deal is billed its amount within 0.2 % or 0.1 Wh, and no more arrives than was "
      "sent, but for what flows while messages or the store are lost (of the amount: within one "
      "lease). Excused where a part is estimated or an end's process, driver, converter or meters "
      "were struck, or a current or a meter was off while it or a deal beside it was trimmed.";

 public:
  explicit DealAmount(const Facts& facts) : Checker(facts, "deal_amount", statement) {}

  void fault(const sim::Fault& fault, bool begins) override {
    if (std::find(lost_words.begin(), lost_words.end(), fault.kind) == lost_words.end()) {
      return;
    }
    count_alone();
    acting_ += begins ? 1 : -1;
  }

  void commit(const Commit& commit) override {
    count_alone();
    for (const auto& write : commit.transaction.writes) {
      const auto* deal = std::get_if<Deal>(&write.value);
      if (deal == nullptr) {
        continue;
      }
      if (!created_.contains(deal->id)) {
        created_[deal->id] = Created{facts().now(), begin_of_trims(), alone_, false};
      }
      if (deal->phase == DealPhase::done && deal->outcome == DealOutcome::completed) {
        judge(*deal);
      }
      created_[deal->id].is_over = deal->phase == DealPhase::done;
    }
  }

 private:
  struct Created {
    Instant at{};
    Instant trimmed_from{};
    Duration alone{};
    bool is_over = false;
  };

  /// Since when there have been deals without a break: each one's currents are trimmed beside those
  /// of the others.
  [[nodiscard]] Instant begin_of_trims() const {
    Instant from = facts().now();
    for (const auto& [id, other] : created_) {
      if (!other.is_over) {
        from = std::min(from, other.trimmed_from);
      }
    }
    return from;
  }

  /// Adds up for how long an end may have gone on without the other.
  void count_alone() {
    const Instant now = facts().now();
    if (acting_ > 0) {
      alone_ += now - counted_to_;
    }
    counted_to_ = now;
  }

  void judge(const Deal& deal) {
    const Created& created = created_[deal.id];
    const Duration life = facts().now() - created.at;
    if (facts().suffered_anywhere(off_measure, facts().now() - created.trimmed_from)) {
      return;
    }
    for (const UnitId end : {deal.charge_unit, deal.discharge_unit}) {
      const std::size_t unit = facts().index_of(end);
      if (unit >= facts().size() || facts().suffered(unit, excuses, life) ||
          deal.meter_of(end).estimated) {
        return;
      }
    }
    constexpr double seconds_per_hour = 3600.0;
    const double bus_w = facts().frame().policy.grid_voltage.value() * deal.current.value();
    const auto moved_wh = [&](Duration d) { return bus_w * to_seconds(d) / seconds_per_hour; };
    const Duration alone = alone_ - created.alone;
    const auto amount_wh = static_cast<double>(deal.amount_wh);
    const double billed_wh = billed_energy(deal).value();
    const double allowed_wh = std::max(share * amount_wh, least_wh) +
                              moved_wh(std::min(alone, facts().frame().timing.current_lease));
    if (std::fabs(billed_wh - amount_wh) > allowed_wh) {
      report(fmt::format("deal {} of {} Wh is billed {:.3f} Wh, allowed: {:.3f} apart",
                         deal.id.str(), deal.amount_wh, billed_wh, allowed_wh));
    }
    const double arrived_wh = deal.charge_meter.bus_energy.value();
    const double sent_wh = deal.discharge_meter.bus_energy.value();
    if (arrived_wh > sent_wh * (1.0 + meter_class) + rounding_wh + moved_wh(alone)) {
      report(fmt::format("deal {}: {:.3f} Wh arrived, {:.3f} Wh were sent", deal.id.str(),
                         arrived_wh, sent_wh));
    }
  }

  std::map<DealId, Created> created_;
  Duration alone_{};
  Instant counted_to_{};
  int acting_ = 0;
};

}  // namespace

CheckerPtr make_deal_amount(const Facts& facts) { return std::make_unique<DealAmount>(facts); }

}  // namespace musubi::proof
