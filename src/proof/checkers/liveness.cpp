#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

constexpr Duration allowance = milliseconds(30'000);

class Liveness : public Checker {
  static constexpr std::string_view statement =
      "From 30 s plus the bus's decay and ramp after everything has healed, with nothing latched "
      "for a person, every open deal flows or goes on to its next phase within that time.";

 public:
  explicit Liveness(const Facts& facts) : Checker(facts, "liveness", statement) {}

  void commit(const Commit& commit) override {
    for (const auto& write : commit.transaction.writes) {
      if (write.key.kind == StoreKind::deal) {
        moved_at_[write.key.deal] = facts().now();
      }
    }
  }

  void tick() override {
    if (!facts().healed_at() || facts().latched()) {
      return;
    }
    const Duration bound = allowance + facts().frame().decay + facts().frame().ramp;
    for (const auto& [id, deal] : facts().deals()) {
      if (deal.phase == DealPhase::done) {
        continue;
      }
      Instant& moved = moved_at_[id];
      moved = std::max(moved, *facts().healed_at());
      if (flows(deal)) {
        moved = facts().now();
      } else if (facts().now() - moved > bound) {
        report(fmt::format("deal {} ({} to {}, phase {}) has not moved for {:.0f} s", id.str(),
                           deal.discharge_unit.view(), deal.charge_unit.view(),
                           static_cast<int>(deal.phase), to_seconds(facts().now() - moved)));
        moved = facts().now();
      }
    }
  }

 private:
  [[nodiscard]] bool flows(const Deal& deal) const {
    const std::size_t charge = facts().index_of(deal.charge_unit);
    const std::size_t discharge = facts().index_of(deal.discharge_unit);
    return deal.phase == DealPhase::running && charge < facts().size() &&
           discharge < facts().size() && facts().is_running(charge) &&
           facts().is_running(discharge);
  }

  std::map<DealId, Instant> moved_at_;
};

}  // namespace

CheckerPtr make_liveness(const Facts& facts) { return std::make_unique<Liveness>(facts); }

}  // namespace musubi::proof
