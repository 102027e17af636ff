#include "proof/checkers/all.hpp"

#include "proof/watch.hpp"

namespace musubi::proof {

std::vector<CheckerPtr> all_checkers(const Facts& facts) {
  std::vector<CheckerPtr> checkers;
  for (const auto make : {make_reference_rule, make_epoch_obedience,
                          make_fence,          make_store_fence,
                          make_role_end,       make_start,
                          make_lease,          make_stamp,
                          make_current_end,    make_gate,
                          make_trip,           make_energy,
                          make_books,          make_deal_life,
                          make_same_record,    make_liveness,
                          make_dead_bus,       make_latches,
                          make_stop_order,     make_plant_limits,
                          make_deal_amount,    make_alarm_bound,
                          make_alarm_cause}) {
    checkers.push_back(make(facts));
  }
  return checkers;
}

}  // namespace musubi::proof
