#include <map>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

constexpr std::string_view statement = "A deal never vanishes, comes back, changes its terms, "
                                       "starts twice or settles twice; its phase "
                                       "only goes on, but for a counted reset; under every fault.";

bool same_terms(const Deal& a, const Deal& b) {
  return a.charge_unit == b.charge_unit && a.discharge_unit == b.discharge_unit &&
         a.amount_wh == b.amount_wh && a.current == b.current && a.point_per_wh == b.point_per_wh &&
         a.metering_point == b.metering_point;
}

class DealLife : public Checker {
 public:
  explicit DealLife(const Facts& facts) : Checker(facts, "deal_life", statement) {}

  void commit(const Commit& commit) override {
    for (const auto& write : commit.transaction.writes) {
      if (write.key.kind != StoreKind::deal) {
        continue;
      }
      const auto known = facts().deals().find(write.key.deal);
      const Deal* before = known == facts().deals().end() ? nullptr : &known->second;
      if (const auto* after = std::get_if<Deal>(&write.value)) {
        written(before, *after);
      } else if (before != nullptr && before->phase != DealPhase::done) {
        report(fmt::format("deal {} vanishes before it is settled", write.key.deal.str()));
      }
    }
  }

 private:
  struct Life {
    int starts = 0;
    int ends = 0;
  };

  void written(const Deal* before, const Deal& after) {
    const std::string id = after.id.str();
    Life& life = lives_[after.id];
    if (before == nullptr) {
      if (after.phase != DealPhase::created || life.ends > 0 || life.starts > 0) {
        report(fmt::format("deal {} comes out of nothing in phase {}", id,
                           static_cast<int>(after.phase)));
      }
      return;
    }
    if (!same_terms(*before, after)) {
      report(fmt::format("deal {} changes its terms", id));
    }
    const bool reset = after.phase == DealPhase::created && after.resets == before->resets + 1;
    if (after.phase < before->phase && !reset) {
      report(fmt::format("deal {} goes back from phase {} to {}", id,
                         static_cast<int>(before->phase), static_cast<int>(after.phase)));
    }
    const bool starts = after.phase == DealPhase::running && before->phase != DealPhase::running;
    if (starts && ++life.starts > 1) {
      report(fmt::format("deal {} starts twice", id));
    }
    if (after.phase == DealPhase::done && ++life.ends > 1) {
      report(fmt::format("deal {} settles twice", id));
    }
    if (after.phase == DealPhase::done && after.outcome == DealOutcome::open) {
      report(fmt::format("deal {} is settled without an outcome", id));
    }
  }

  std::map<DealId, Life> lives_;
};

}  // namespace

CheckerPtr make_deal_life(const Facts& facts) { return std::make_unique<DealLife>(facts); }

}  // namespace musubi::proof
