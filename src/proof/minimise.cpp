#include "proof/minimise.hpp"

#include <algorithm>

#include "proof/run.hpp"

namespace musubi::proof {

namespace {

/// Faults at instants and faults that wait for a happening, as one list.
std::size_t count_of(const Case& c) { return c.faults.size() + c.triggers.size(); }

/// The case with the `index`-th of `parts` pieces of that list, or with all but that piece.
Case piece(const Case& all, std::size_t index, std::size_t parts, bool inside) {
  const std::size_t from = count_of(all) * index / parts;
  const std::size_t to = count_of(all) * (index + 1) / parts;
  Case kept = all;
  kept.faults.clear();
  kept.triggers.clear();
  for (std::size_t i = 0; i < count_of(all); ++i) {
    if ((i >= from && i < to) != inside) {
      continue;
    }
    if (i < all.faults.size()) {
      kept.faults.push_back(all.faults[i]);
    } else {
      kept.triggers.push_back(all.triggers[i - all.faults.size()]);
    }
  }
  return kept;
}

/// The case ends at `end`, and nothing strikes from then on.
Case shortened(const Case& all, Instant end) {
  Case shorter = all;
  shorter.length = end - Instant{};
  std::erase_if(shorter.faults, [&](const auto& f) { return f.at >= end; });
  std::erase_if(shorter.triggers, [&](const auto& t) { return t.from + t.after >= end; });
  for (Trigger& trigger : shorter.triggers) {
    trigger.until = std::min(trigger.until, end - trigger.after);
  }
  return shorter;
}

}  // namespace

Minimised minimise(const Case& failing, const std::function<bool(const Case&)>& fails,
                   std::size_t runs_max) {
  Minimised result{failing, 0};
  const auto still_fails = [&](Case smaller) {
    ++result.runs;
    if (!fails(smaller)) {
      return false;
    }
    result.smallest = std::move(smaller);
    return true;
  };
  if (count_of(result.smallest) > 0 && still_fails(piece(failing, 0, 1, false))) {
    return result;
  }
  std::size_t parts = 2;
  while (count_of(result.smallest) > 1 && result.runs < runs_max) {
    const Case all = result.smallest;
    parts = std::min(parts, count_of(all));
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
      if (parts == count_of(all)) {
        break;
      }
      parts = std::min(parts * 2, count_of(all));
    }
  }
  return result;
}

Minimised minimise(const Case& failing, const Violation& violation, std::size_t runs_max) {
  const auto fails = [&](const Case& smaller) { return breaks(smaller, violation.checker); };
  constexpr Duration afterwards = milliseconds(5000);
  std::size_t runs = 0;
  Case begin = failing;
  if (violation.at + afterwards < Instant{} + failing.length) {
    const Case shorter = shortened(failing, violation.at + afterwards);
    ++runs;
    begin = fails(shorter) ? shorter : failing;
  }
  Minimised result = minimise(begin, fails, runs_max - std::min(runs_max, runs));
  result.runs += runs;
  return result;
}

bool breaks(const Case& setup, const std::string& checker) {
  const Outcome outcome = run(setup, nullptr, Digest::none);
  return std::any_of(outcome.violations.begin(), outcome.violations.end(),
                     [&](const Violation& v) { return v.checker == checker; });
}

}  // namespace musubi::proof
