// The names of a deal's enumerations in files.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "domain/deal.hpp"

namespace musubi::json {

template <class Enum>
using Names = std::vector<std::pair<std::string_view, Enum>>;

const Names<DealPhase>& deal_phase_names();
const Names<DealOutcome>& deal_outcome_names();
const Names<DealOrigin>& deal_origin_names();
const Names<MeteringPoint>& metering_point_names();
const Names<LossPayer>& loss_payer_names();
/// Without `none`.
const Names<TestFeature>& test_feature_names();
const Names<Rule>& rule_names();

/// The name of `value`; empty when it has none.
template <class Enum>
std::string_view name_in(const Names<Enum>& names, Enum value) {
  for (const auto& [name, e] : names) {
    if (e == value) {
      return name;
    }
  }
  return {};
}

}  // namespace musubi::json
