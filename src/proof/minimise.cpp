#include "proof/minimise.hpp"

#include <algorithm>

#include "proof/run.hpp"

namespace musubi::proof {

namespace {

using sim::FaultSchedule;

/// The `index`-th of `parts` pieces of the schedule, or all but that piece.
FaultSchedule piece(const FaultSchedule& all, std::size_t index, std::size_t parts, bool inside) {
  const std::size_t from = all.size() * index / parts;
  const std::size_t to = all.size() * (index + 1) / parts;
  FaultSchedule kept;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if ((i >= from && i < to) == inside) {
      kept.push_back(all[i]);
    }
  }
  return kept;
}

}  // namespace

Minimised minimise(const Case& failing, const std::function<bool(const Case&)>& fails,
                   std::size_t runs_max) {
  Minimised result{failing, 0};
  const auto still_fails = [&](const FaultSchedule& faults) {
    Case smaller = result.smallest;
    smaller.faults = faults;
    ++result.runs;
    if (!fails(smaller)) {
      return false;
    }
    result.smallest = std::move(smaller);
    return true;
  };
  if (!result.smallest.faults.empty() && still_fails({})) {
    return result;
  }
  std::size_t parts = 2;
  while (result.smallest.faults.size() > 1 && result.runs < runs_max) {
    const FaultSchedule all = result.smallest.faults;
    parts = std::min(parts, all.size());
    bool smaller = false;
    for (const bool inside : {true, false}) {
      for (std::size_t i = 0; i < parts && !smaller && result.runs < runs_max; ++i) {
        smaller = (parts > 2 || inside) && still_fails(piece(all, i, parts, inside));
        if (smaller) {
          parts = inside ? 2 : std::max<std::size_t>(2, parts - 1);
        }
      }
    }
    if (!smaller) {
      if (parts == all.size()) {
        break;
      }
      parts = std::min(parts * 2, all.size());
    }
  }
  return result;
}

Minimised minimise(const Case& failing, const Violation& violation, std::size_t runs_max) {
  const auto fails = [&](const Case& smaller) { return breaks(smaller, violation.checker); };
  constexpr Duration afterwards = milliseconds(5000);
  Case shorter = failing;
  shorter.length = violation.at - Instant{} + afterwards;
  std::size_t runs = 0;
  Case begin = failing;
  if (shorter.length < failing.length) {
    std::erase_if(shorter.faults, [&](const auto& f) { return f.at > violation.at; });
    ++runs;
    begin = fails(shorter) ? shorter : failing;
  }
  Minimised result = minimise(begin, fails, runs_max - std::min(runs_max, runs));
  result.runs += runs;
  return result;
}

bool breaks(const Case& setup, const std::string& checker) {
  const Outcome outcome = run(setup);
  return std::any_of(outcome.violations.begin(), outcome.violations.end(),
                     [&](const Violation& v) { return v.checker == checker; });
}

}  // namespace musubi::proof
