#include "json/deal_names.hpp"

#include <cstdint>

namespace musubi::json {

const Names<DealPhase>& deal_phase_names() {
  static const Names<DealPhase> names{{"created", DealPhase::created},
                                      {"activated", DealPhase::activated},
                                      {"warmingUp", DealPhase::warming_up},
                                      {"running", DealPhase::running},
                                      {"stopping", DealPhase::stopping},
                                      {"stopped", DealPhase::stopped},
                                      {"done", DealPhase::done}};
  return names;
}

const Names<DealOutcome>& deal_outcome_names() {
  static const Names<DealOutcome> names{{"open", DealOutcome::open},
                                        {"completed", DealOutcome::completed},
                                        {"aborted", DealOutcome::aborted}};
  return names;
}

const Names<DealOrigin>& deal_origin_names() {
  static const Names<DealOrigin> names{{"negotiation", DealOrigin::negotiation},
                                       {"external", DealOrigin::external}};
  return names;
}

const Names<MeteringPoint>& metering_point_names() {
  static const Names<MeteringPoint> names{{"battery", MeteringPoint::battery},
                                          {"bus", MeteringPoint::bus}};
  return names;
}

const Names<LossPayer>& loss_payer_names() {
  static const Names<LossPayer> names{{"chargeUnit", LossPayer::charge_unit},
                                      {"dischargeUnit", LossPayer::discharge_unit},
                                      {"shared", LossPayer::shared}};
  return names;
}

const Names<TestFeature>& test_feature_names() {
  using enum TestFeature;
  static const Names<TestFeature> names{{"failBeforeActivate", fail_before_activate},
                                        {"failAfterActivate", fail_after_activate},
                                        {"failBeforeAuthorize", fail_before_authorize},
                                        {"failAfterAuthorize", fail_after_authorize},
                                        {"failBeforeWarmUp", fail_before_warm_up},
                                        {"failAfterWarmUp", fail_after_warm_up},
                                        {"failBeforeCompensate", fail_before_compensate},
                                        {"failAfterCompensate", fail_after_compensate},
                                        {"failBeforeStop", fail_before_stop},
                                        {"failAfterStop", fail_after_stop},
                                        {"failBeforeDeactivate", fail_before_deactivate},
                                        {"failAfterDeactivate", fail_after_deactivate}};
  return names;
}

const Names<Rule>& rule_names() {
  static const Names<Rule> names = [] {
    Names<Rule> all;
    for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(Rule::test_feature); ++i) {
      const auto rule = static_cast<Rule>(i);
      all.emplace_back(name_of(rule), rule);
    }
    return all;
  }();
  return names;
}

}  // namespace musubi::json
