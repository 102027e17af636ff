// Every checker by its maker. Each stands in a file of its own, with its sentence.
#pragma once

#include <memory>

#include "proof/checker.hpp"

namespace musubi::proof {

using CheckerPtr = std::unique_ptr<Checker>;

// control.md section 7, statement 1
CheckerPtr make_reference_rule(const Facts& facts);
// statement 2
CheckerPtr make_epoch_obedience(const Facts& facts);
CheckerPtr make_fence(const Facts& facts);
CheckerPtr make_store_fence(const Facts& facts);
CheckerPtr make_role_end(const Facts& facts);
CheckerPtr make_start(const Facts& facts);
// statement 3
CheckerPtr make_lease(const Facts& facts);
CheckerPtr make_stamp(const Facts& facts);
CheckerPtr make_current_end(const Facts& facts);
CheckerPtr make_gate(const Facts& facts);
CheckerPtr make_trip(const Facts& facts);
// statement 4
CheckerPtr make_energy(const Facts& facts);
CheckerPtr make_books(const Facts& facts);
// statement 5
CheckerPtr make_deal_life(const Facts& facts);
CheckerPtr make_same_record(const Facts& facts);
// statement 6
CheckerPtr make_liveness(const Facts& facts);
// statement 7
CheckerPtr make_dead_bus(const Facts& facts);
CheckerPtr make_latches(const Facts& facts);
// beyond the seven
CheckerPtr make_stop_order(const Facts& facts);
CheckerPtr make_plant_limits(const Facts& facts);
CheckerPtr make_deal_amount(const Facts& facts);
CheckerPtr make_alarm_bound(const Facts& facts);
CheckerPtr make_alarm_cause(const Facts& facts);

}  // namespace musubi::proof
