#include <cmath>

#include <fmt/format.h>

#include "proof/checkers/all.hpp"

namespace musubi::proof {

namespace {

constexpr double rounding_wh = 1e-3;

class Energy : public Checker {
  static constexpr std::string_view statement =
      "The plant neither gains nor loses energy beyond rounding, at any unit and on the bus; "
      "under every fault.";

 public:
  explicit Energy(const Facts& facts) : Checker(facts, "energy", statement) {}

  void tick() override {
    const auto& imbalance = facts().truth().worst_imbalance;
    if (imbalance && !(std::fabs(imbalance->value()) <= rounding_wh)) {
      report(fmt::format("the plant's books miss {} Wh, allowed: {}", imbalance->value(),
                         rounding_wh));
    }
  }
};

}  // namespace

CheckerPtr make_energy(const Facts& facts) { return std::make_unique<Energy>(facts); }

}  // namespace musubi::proof
