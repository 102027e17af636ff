// Contracts: programmer errors end the step loop; leases bring the hardware to its safe state.
#pragma once

#include <source_location>

namespace musubi {

/// Prints what broke and where, and aborts.
[[noreturn]] void contract_violation(const char* what, std::source_location where);

/// A condition that the code relies on. Always on.
constexpr void expect(bool holds, const char* what,
                      std::source_location where = std::source_location::current()) {
  if (!holds) {
    contract_violation(what, where);
  }
}

}  // namespace musubi
