#include "json/policy_contradictions.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "domain/timing.hpp"
#include "json/format.hpp"

namespace musubi::json {

namespace {

/// Notes findings at places of one policy.
class Checker {
 public:
  Checker(const Value& root, const Policy& policy, Problems& problems)
      : root_(root), policy_(policy), problems_(problems) {}

  void check() {
    check_voltages();
    check_deals();
    check_units();
    check_branches();
    check_leases();
  }

 private:
  void error(std::string_view pointer, std::string found, std::string allowed) {
    problems_.error(line_of(root_, pointer), pointer, std::move(found), std::move(allowed));
  }
  [[nodiscard]] std::string found_at(std::string_view pointer) const {
    const Value* value = value_at(root_, pointer);
    return value == nullptr ? "nothing" : describe(*value);
  }

  void check_voltages() {
    if (policy_.grid_voltage_min > policy_.grid_voltage ||
        policy_.grid_voltage > policy_.grid_voltage_max) {
      error("/operationGridVoltageV", found_at("/operationGridVoltageV"),
            "a voltage inside operationGridVoltageVRange");
    }
  }

  void check_deals() {
    constexpr std::string_view deal = "/mediator/deal";
    if (policy_.deal_amount_min_wh > policy_.deal_amount_max_wh) {
      const std::string at = pointer_to(deal, "amountMinWh");
      error(at, found_at(at), "at most amountMaxWh, " + std::to_string(policy_.deal_amount_max_wh));
    }
    if (!policy_.topology_enabled && policy_.deal_current > policy_.sum_of_deal_current_max) {
      const std::string at = pointer_to(deal, "gridCurrentA");
      error(at, found_at(at),
            "at most safety.sumOfDealGridCurrentMaxA, " +
                shortest(policy_.sum_of_deal_current_max.value()));
    }
    constexpr std::string_view lower =
        "/gridMaster/deal/forceStopCondition/dischargeUnitLowerLimitRsoc";
    if (policy_.discharge_unit_lower_limit_soc >= policy_.charge_unit_upper_limit_soc) {
      error(lower, found_at(lower),
            "less than chargeUnitUpperLimitRsoc, " +
                shortest(policy_.charge_unit_upper_limit_soc.value()));
    }
  }

  void check_member(const std::string& pointer, UnitId unit) {
    if (policy_.is_member(unit)) {
      return;
    }
    std::vector<std::string> texts;
    texts.reserve(policy_.members.size());
    for (const UnitId member : policy_.members) {
      texts.push_back(member.str());
    }
    const auto near = nearest(unit.view(), {texts.begin(), texts.end()});
    error(pointer, describe(Value::text(unit.view())),
          "a unit of memberUnitIds" +
              (near.empty() ? "" : "; did you mean \"" + std::string(near) + "\"?"));
  }

  void check_list(const std::string& pointer, const std::vector<UnitId>& units) {
    for (std::size_t i = 0; i < units.size(); ++i) {
      check_member(pointer_to(pointer, std::to_string(i)), units[i]);
    }
  }

  void check_units() {
    check_list("/largeCapacityUnitIds", policy_.large_capacity_units);
    const std::string fixed = "/gridMaster/gridMasterSelection/fixedUnitId";
    const bool is_fixed = policy_.grid_master_preference == GridMasterPreference::fixed;
    if (is_fixed) {
      check_member(fixed, policy_.grid_master_fixed_unit);
    } else if (!policy_.grid_master_fixed_unit.empty()) {
      problems_.warning(line_of(root_, fixed), fixed, found_at(fixed),
                        "a unit with the strategy \"fixed\"; with another it is not used");
    }
  }

  void check_branches() {
    const std::string at = "/safety/gridTopologyBasedEvaluation";
    std::vector<std::string> seen;
    for (std::size_t i = 0; i < policy_.branches.size(); ++i) {
      const Branch& branch = policy_.branches[i];
      if (std::find(seen.begin(), seen.end(), branch.id) != seen.end()) {
        error(at + "/branchIds/" + std::to_string(i), describe(Value::text(branch.id)) + " again",
              "each line once");
        continue;
      }
      seen.push_back(branch.id);
      const std::string sides = pointer_to(at + "/branchAssociation", branch.id);
      check_list(sides + "/forwardUnitIds", branch.forward);
      check_list(sides + "/backwardUnitIds", branch.backward);
      for (const UnitId unit : branch.forward) {
        const auto& other = branch.backward;
        if (std::find(other.begin(), other.end(), unit) != other.end()) {
          error(sides, describe(Value::text(unit.view())) + " on both sides",
                "each unit on one side of a line");
        }
      }
    }
  }

  /// The study profile stretches all leases to this period; field times do not depend on it.
  void check_leases() {
    constexpr std::string_view period = "/controller/dataAcquisitionPeriodMsec";
    const std::int64_t found_ms = to_milliseconds(policy_.data_acquisition_period);
    if (ControlTiming::study(policy_.data_acquisition_period).is_consistent()) {
      return;
    }
    std::int64_t least_ms = found_ms;
    while (!ControlTiming::study(milliseconds(least_ms)).is_consistent()) {
      ++least_ms;
    }
    error(period, found_at(period),
          "at least " + std::to_string(least_ms) +
              " ms: with less, leases of the study profile end before a converter can be stopped");
  }

  const Value& root_;
  const Policy& policy_;
  Problems& problems_;
};

}  // namespace

void check_contradictions(const Value& root, const Policy& policy, Problems& problems) {
  Checker(root, policy, problems).check();
}

}  // namespace musubi::json
