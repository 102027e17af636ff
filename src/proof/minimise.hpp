// Makes a failing schedule smaller.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "proof/case.hpp"
#include "proof/checker.hpp"

namespace musubi::proof {

/// What minimising has come to.
struct Minimised {
  Case smallest;
  std::size_t runs = 0;
};

/// The smallest schedule that delta debugging (Zeller, Hildebrandt 2002) finds for which `fails`
/// still holds, in at most `runs_max` calls. `failing` itself fails.
Minimised minimise(const Case& failing, const std::function<bool(const Case&)>& fails,
                   std::size_t runs_max);

/// The same for a case that broke a checker's sentence: first without what came after, then with
/// fewer faults.
Minimised minimise(const Case& failing, const Violation& violation, std::size_t runs_max);

/// True if the case breaks the sentence of this checker.
bool breaks(const Case& setup, const std::string& checker);

}  // namespace musubi::proof
