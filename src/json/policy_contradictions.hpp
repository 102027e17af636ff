// What a policy may not say although each of its values may stand alone.
#pragma once

#include "domain/policy.hpp"
#include "json/document.hpp"

namespace musubi::json {

/// Notes contradictions of `policy`, which was read from `root`, and what is odd.
void check_contradictions(const Value& root, const Policy& policy, Problems& problems);

}  // namespace musubi::json
