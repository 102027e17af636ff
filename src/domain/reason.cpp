#include "domain/reason.hpp"

#include <charconv>
#include <cmath>
#include <string_view>

#include "base/rows.hpp"
#include "domain/alarm.hpp"
#include "domain/modes.hpp"

namespace musubi {

namespace {

/// In a sentence, {0} to {3} is a number; {0:mode}, {0:operation}, {0:direction} and {0:alarm} is
/// the word that the number stands for.
struct Row {
  Rule rule;
  const char* name;
  const char* sentence;
  /// Where set: the sentence when all numbers from `needed` on are zero, that is, not given.
  const char* sentence_without = nullptr;
  std::size_t needed = 0;
};

constexpr auto rows = std::to_array<Row>({
    {Rule::none, "none", "No reason is recorded."},
    {Rule::first_deal_forms_bus, "first_deal_forms_bus",
     "The first deal forms the bus: it is to be brought to {0} V."},
    {Rule::authorization_step, "authorization_step",
     "Step {1} of the proof that this converter leads the bus: {0} V."},
    {Rule::authorization_return, "authorization_return",
     "The proof is over: the bus goes back to {0} V (step {1})."},
    {Rule::deal_side_off, "deal_side_off", "No deal asks for this converter: it goes off."},
    {Rule::current_of_deals, "current_of_deals",
     "The deals ask for {0} A: {1} deal(s), the last one adds {2} A."},
    {Rule::compensation, "compensation",
     "Compensated to {0} A ({1} A against the deals' sum), so that the reference carries its own "
     "deals only."},
    {Rule::hand_over_droop, "hand_over_droop",
     "Hand-over: the present reference holds {0} V with a droop of {1}."},
    {Rule::take_over_drooped, "take_over_drooped",
     "Take-over: the new reference holds {0} V with a droop of {1}."},
    {Rule::hand_over_release, "hand_over_release",
     "Hand-over: the old reference lets the voltage go; the new one holds it."},
    {Rule::reference_holds, "reference_holds", "The reference holds {0} V for the deals."},
    {Rule::take_over_done, "take_over_done", "The only reference holds {0} V."},
    {Rule::large_unit_takes_over, "large_unit_takes_over",
     "A unit of large capacity takes the voltage over; it carried {0} A."},
    {Rule::voltage_optimization, "voltage_optimization",
     "The bus goes to {0} V, where the dealing converters lose least."},
    {Rule::last_deal_lowers_bus, "last_deal_lowers_bus",
     "The last deal is over: the reference lowers the bus and lets go."},
    {Rule::lease_renewal, "lease_renewal", "The present set-point is kept for one more lease."},
    {Rule::lease_expired, "lease_expired",
     "The lease of the last command ended {0} s ago without a new one."},
    {Rule::local_trip_voltage, "local_trip_voltage",
     "The unit tripped: the bus is at {1} V, the band that was announced ends at {2} V."},
    {Rule::local_trip_alarm, "local_trip_alarm",
     "The unit tripped on its own alarm {0:alarm}: found {1}, allowed {2}."},
    {Rule::local_fault, "local_fault",
     "The converter left its mode by itself: it is in {0:mode}, asked for was {1:mode}."},
    {Rule::bus_stop, "bus_stop", "The bus is stopped: {0} converters hold its voltage.",
     "The bus is stopped."},
    {Rule::bus_lost, "bus_lost",
     "The bus is lost for good: it was formed {0} times in too short a time.",
     "The bus does not hold its voltage, so no current flows."},
    {Rule::running_without_command, "running_without_command",
     "The converter was in {0:mode} though no command in force asks for it."},
    {Rule::share_complete, "share_complete",
     "The deal's amount is reached: {0} Wh of {1} Wh; {2} A remain."},
    {Rule::deal_created, "deal_created",
     "Agreed: {0} Wh asked, {1} Wh offered, {2} Wh dealt at {3} points per Wh."},
    {Rule::activation_possible, "activation_possible",
     "Activated: the reference's current stays between {0} A and {1} A."},
    {Rule::bus_reached_voltage, "bus_reached_voltage",
     "The bus reached its voltage: {0} V measured, {1} V set."},
    {Rule::authorization_failed, "authorization_failed",
     "A second meter does not follow the reference's voltage; start number {0} is over.",
     "A second meter does not follow the reference's voltage."},
    {Rule::slave_side_confirmed, "slave_side_confirmed",
     "The master side is confirmed; the slave side comes on with {0} A."},
    {Rule::currents_compensated, "currents_compensated",
     "The currents are compensated: the reference measures {0} A, its deals ask for {1} A, within "
     "{2} A."},
    {Rule::amount_reached, "amount_reached",
     "The amount is reached: {0} Wh of {1} Wh are metered."},
    {Rule::slave_side_stopped, "slave_side_stopped", "The slave side is off."},
    {Rule::settled, "settled",
     "Settled: the charging unit metered {0} Wh, the discharging unit {1} Wh."},
    {Rule::refused_direction, "refused_direction",
     "Refused: the deal has the unit {0:direction} while its other deals have it {1:direction}."},
    {Rule::refused_current, "refused_current",
     "Refused: {0} A are taken and {1} A asked for, the converter carries {2} A."},
    {Rule::refused_total_current, "refused_total_current",
     "Refused: all deals would carry {0} A ({1} A of this one), {2} A are allowed."},
    {Rule::refused_deal_count, "refused_deal_count",
     "Refused: {0} deals are open, {1} are allowed."},
    {Rule::refused_malformed, "refused_malformed", "Refused: {0} A for {1} Wh is no deal."},
    {Rule::refused_contention, "refused_contention",
     "The store did not take the deal in {0} tries: its units' deals kept changing, or no answer "
     "came."},
    {Rule::refused_branch, "refused_branch",
     "Refused: branch number {2} would carry {0} A, it may carry {1} A."},
    {Rule::refused_reset_limit, "refused_reset_limit",
     "Given up: the deal was started over {0} times, the limit is {1}."},
    {Rule::expired_before_activation, "expired_before_activation",
     "Given up: the deal could not be activated within {0} s."},
    {Rule::deal_stalled, "deal_stalled",
     "The deal ran for {0} s, four times what its {1} Wh need at its current: it hardly flows."},
    {Rule::soc_below_lower_limit, "soc_below_lower_limit",
     "The discharging battery is at {0} %, below its limit of {1} %."},
    {Rule::soc_above_upper_limit, "soc_above_upper_limit",
     "The charging battery is at {0} %, above its limit of {1} %."},
    {Rule::cancelled, "cancelled", "Somebody cancelled the deal."},
    {Rule::mode_forbids, "mode_forbids", "The operation mode {0:operation} allows no deals."},
    {Rule::unit_failed, "unit_failed", "A unit of the deal reports a fault or is locked out."},
    {Rule::unit_silent, "unit_silent", "A unit of the deal has been silent for {0} s.",
     "A unit of the deal is not present."},
    {Rule::unit_quarantined, "unit_quarantined",
     "A unit of the deal follows another policy than the community."},
    {Rule::ramp_up_timeout, "ramp_up_timeout",
     "The bus did not reach its voltage in time; start number {0} is over.",
     "The bus did not reach its voltage in time."},
    {Rule::hand_over_timeout, "hand_over_timeout", "The voltage was not taken over within {0} s."},
    {Rule::compensation_failed, "compensation_failed",
     "The reference's current stays {0} A off, {1} A are allowed.",
     "The reference's current stays {0} A off.", 1},
    {Rule::checkpoint_failed, "checkpoint_failed",
     "The converter did not reach its set-point: {0} V and {1} A measured, {2} V and {3} A asked "
     "for."},
    {Rule::refused_transition, "refused_transition",
     "A converter does not change from {0:mode} to {1:mode} directly."},
    {Rule::device_refused, "device_refused", "The device or the safety gate refused {0:mode}."},
    {Rule::leak, "leak",
     "The currents of the dealing units sum to {0} A, {1} A are allowed: current is lost."},
    {Rule::branch_overload, "branch_overload", "A branch carries {0} A, it may carry {1} A."},
    {Rule::test_feature, "test_feature", "The deal failed on purpose: test feature {0}."},
});
static_assert(has_row_for_each(rows, &Row::rule, Rule::test_feature));

const Row& row_of(Rule rule) {
  const auto index = static_cast<std::size_t>(rule);
  return rows[index < rows.size() ? index : 0];
}

/// Up to three decimals, as few as say the number.
std::string shown(double number) {
  if (!std::isfinite(number)) {
    return "no number";
  }
  constexpr int decimals = 3;
  constexpr std::size_t longest = 330;  // of a double in fixed notation
  std::array<char, longest> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number,
                                 std::chars_format::fixed, decimals);
  std::string result(text.data(), end.ptr);
  result.erase(result.find_last_not_of('0') + 1);
  if (result.back() == '.') {
    result.pop_back();
  }
  return result == "-0" ? "0" : result;
}

/// The word at a number's place; nothing where the number names none.
template <std::size_t Size>
std::string word(const std::array<const char*, Size>& words, double number) {
  const bool names_one = number >= 0.0 && number < static_cast<double>(Size);
  return names_one ? words[static_cast<std::size_t>(number)] : "unknown";
}

std::string filled(std::string_view kind, double number) {
  if (kind == "mode") {
    return word(std::array{"waiting", "voltage reference", "charge", "discharge", "unknown"},
                number);
  }
  if (kind == "operation") {
    return word(std::array{"autonomous", "heteronomous", "stop", "manual"}, number);
  }
  if (kind == "direction") {
    return number > 0 ? "charge" : "discharge";
  }
  if (kind == "alarm") {
    const bool is_code = number >= 0.0 && number <= static_cast<double>(AlarmCode::lock_out);
    return is_code ? kind_of(static_cast<AlarmCode>(number)).name : "unknown";
  }
  return shown(number);
}

const char* sentence_of(const Row& row, const std::array<double, 4>& numbers) {
  if (row.sentence_without == nullptr) {
    return row.sentence;
  }
  for (std::size_t i = row.needed; i < numbers.size(); ++i) {
    if (numbers[i] != 0.0) {
      return row.sentence;
    }
  }
  return row.sentence_without;
}

}  // namespace

const char* name_of(Rule rule) { return row_of(rule).name; }

std::string explain(const Reason& reason) {
  std::string_view left = sentence_of(row_of(reason.rule), reason.numbers);
  std::string text;
  for (auto open = left.find('{'); open != std::string_view::npos; open = left.find('{')) {
    const auto close = left.find('}', open);
    text += left.substr(0, open);
    const auto index = static_cast<std::size_t>(left[open + 1] - '0');
    const std::string_view kind =
        left[open + 2] == ':' ? left.substr(open + 3, close - open - 3) : std::string_view{};
    text += filled(kind, reason.numbers[index]);
    left.remove_prefix(close + 1);
  }
  text += left;
  return text;
}

}  // namespace musubi
