#include <algorithm>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

class StoreFence : public Checker {
  static constexpr std::string_view statement = "What only a Grid Master writes (phases and ends "
                                                "of deals, reference set, latch) is committed "
                                                "only for the present holder of the role and on "
                                                "the condition of its epoch; under every fault.";

 public:
  explicit StoreFence(const Facts& facts) : Checker(facts, "store_fence", statement) {}

  void commit(const Commit& commit) override {
    const auto role =
        std::find_if(commit.transaction.conditions.begin(), commit.transaction.conditions.end(),
                     [](const StoreCondition& c) { return c.key.kind == StoreKind::role; });
    const bool conditional = role != commit.transaction.conditions.end();
    for (const auto& write : commit.transaction.writes) {
      const std::string_view what = what_of(write);
      if (what.empty()) {
        continue;
      }
      if (facts().role_holder() != facts().id(commit.from)) {
        report(fmt::format("{} writes {} while {} is Grid Master", name_of_unit(commit.from), what,
                           facts().role_holder().view()));
      } else if (!conditional || role->revision != facts().epoch()) {
        report(fmt::format("{} writes {} without the condition of its epoch",
                           name_of_unit(commit.from), what));
      }
    }
  }

 private:
  /// Names a write that is a Grid Master's alone; empty for others.
  [[nodiscard]] std::string_view what_of(const StoreWrite& write) const {
    switch (write.key.kind) {
    case StoreKind::reference_set:
      return "the reference set";
    case StoreKind::bus_latch:
      return std::holds_alternative<std::monostate>(write.value) ? "" : "the latch";
    case StoreKind::deal: {
      const auto known = facts().deals().find(write.key.deal);
      if (known == facts().deals().end()) {
        return "";  // creation
      }
      const auto* deal = std::get_if<Deal>(&write.value);
      if (deal == nullptr) {
        return "the end of a deal";
      }
      return deal->phase != known->second.phase ? "a deal's phase" : "";
    }
    case StoreKind::role:
    case StoreKind::member:
    case StoreKind::ledger:
    case StoreKind::mode:
      return "";
    }
    return "";
  }
};

}  // namespace

CheckerPtr make_store_fence(const Facts& facts) { return std::make_unique<StoreFence>(facts); }

}  // namespace musubi::proof
