#include "base/contract.hpp"

#include <cstdio>
#include <cstdlib>

namespace musubi {

void contract_violation(const char* what, std::source_location where) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): nothing that allocates may run here
  std::fprintf(stderr, "%s:%u: contract broken: %s\n", where.file_name(), where.line(), what);
  std::abort();
}

}  // namespace musubi
