#include <map>
#include <set>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

using sim::FaultKind;

constexpr Duration ever = std::chrono::hours(24 * 366);

class SameRecord : public Checker {
  static constexpr std::string_view statement =
      "Both ends of a settled deal keep the record that the store has settled, and a deal leaves "
      "the store only once both can have it. Excused are ends whose disk was full.";

 public:
  explicit SameRecord(const Facts& facts)
      : Checker(facts, "same_record", statement), kept_(facts.size()) {}

  void commit(const Commit& commit) override {
    for (const auto& write : commit.transaction.writes) {
      const auto* deal = std::get_if<Deal>(&write.value);
      if (deal != nullptr && deal->phase == DealPhase::done) {
        settled_[deal->id] = *deal;
      }
    }
  }

  void event(std::size_t unit, const node::Event& event) override {
    const auto* answer = std::get_if<node::JournalAnswered>(&event);
    if (answer != nullptr && answer->saved && answer->record == node::JournalRecord::settled) {
      kept_[unit].insert(answer->deal);
    }
  }

  void effect(std::size_t unit, const node::Effect& effect) override {
    const auto* persist = std::get_if<node::PersistSettled>(&effect);
    if (persist == nullptr) {
      return;
    }
    const auto record = settled_.find(persist->deal->id);
    if (record == settled_.end() || !(record->second == *persist->deal)) {
      report(fmt::format("{} keeps a record of deal {} that is not the store's", name_of_unit(unit),
                         persist->deal->id.str()));
    }
  }

  void end() override {
    for (const auto& [id, deal] : settled_) {
      if (facts().deals().contains(id)) {
        continue;  // still on its way to the ends
      }
      for (const UnitId end : {deal.charge_unit, deal.discharge_unit}) {
        const std::size_t unit = facts().index_of(end);
        if (unit < facts().size() && !kept_[unit].contains(id) &&
            !facts().suffered(unit, {FaultKind::disk_full}, ever)) {
          report(fmt::format("{} has no record of settled deal {}", end.view(), id.str()));
        }
      }
    }
  }

 private:
  std::map<DealId, Deal> settled_;
  std::vector<std::set<DealId>> kept_;
};

}  // namespace

CheckerPtr make_same_record(const Facts& facts) { return std::make_unique<SameRecord>(facts); }

}  // namespace musubi::proof
