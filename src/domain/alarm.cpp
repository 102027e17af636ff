#include "domain/alarm.hpp"

#include <array>

#include "base/rows.hpp"

namespace musubi {

namespace {

struct Row {
  AlarmCode code;
  AlarmKind kind;
};

constexpr auto hardware = AlarmCategory::hardware;
constexpr auto framework = AlarmCategory::framework;
constexpr auto logic = AlarmCategory::logic;
constexpr auto user = AlarmCategory::user;
constexpr auto local = AlarmExtent::local;
constexpr auto global = AlarmExtent::global;
constexpr bool by_itself = false;
constexpr bool waits_for_person = true;

constexpr auto rows = std::to_array<Row>({
    {AlarmCode::device_unreachable,
     {"device_unreachable", hardware, local, by_itself,
      "Check the power and the network of the converter's driver."}},
    {AlarmCode::device_refused_command,
     {"device_refused_command", hardware, local, by_itself,
      "Read the converter's own alarms and compare its limits with hwConfig.json."}},
    {AlarmCode::converter_alarm,
     {"converter_alarm", hardware, local, by_itself,
      "Read the converter's own alarm and follow its manual."}},
    {AlarmCode::battery_not_permitted,
     {"battery_not_permitted", hardware, local, by_itself,
      "Find out why the battery withdrew its permission to charge and discharge."}},
    {AlarmCode::mode_unknown,
     {"mode_unknown", hardware, local, by_itself,
      "Compare the driver's version with the converter's firmware."}},
    {AlarmCode::mode_inconsistent,
     {"mode_inconsistent", hardware, local, by_itself,
      "Compare the driver's version with the converter's firmware."}},
    {AlarmCode::mode_without_deal,
     {"mode_without_deal", hardware, local, by_itself,
      "Make sure that nothing but Musubi commands this converter."}},
    {AlarmCode::mode_against_deal,
     {"mode_against_deal", hardware, local, by_itself,
      "Make sure that nothing but Musubi commands this converter."}},
    {AlarmCode::deal_directions_differ,
     {"deal_directions_differ", logic, local, by_itself,
      "Cancel one of the unit's deals and find out who created it."}},
    {AlarmCode::temperature_out_of_range,
     {"temperature_out_of_range", hardware, local, by_itself,
      "Check cooling and heating at the converter."}},
    {AlarmCode::grid_voltage_out_of_range,
     {"grid_voltage_out_of_range", hardware, local, by_itself,
      "Measure the bus voltage at the converter."}},
    {AlarmCode::battery_voltage_out_of_range,
     {"battery_voltage_out_of_range", hardware, local, by_itself,
      "Measure the battery voltage at the converter."}},
    {AlarmCode::grid_current_out_of_range,
     {"grid_current_out_of_range", hardware, local, by_itself,
      "Measure the bus current at the converter."}},
    {AlarmCode::battery_current_out_of_range,
     {"battery_current_out_of_range", hardware, local, by_itself,
      "Measure the battery current at the converter."}},
    {AlarmCode::reading_incomplete,
     {"reading_incomplete", hardware, local, by_itself,
      "Find out why the driver leaves a meter out."}},
    {AlarmCode::waiting_current,
     {"waiting_current", hardware, local, by_itself,
      "Check the converter's switch and the offset of its current meter."}},
    {AlarmCode::reference_voltage_off,
     {"reference_voltage_off", hardware, local, by_itself,
      "Check the converter's voltage meter and look for a second voltage source."}},
    {AlarmCode::current_off,
     {"current_off", hardware, local, by_itself,
      "Check the converter's current meter and its current limit."}},
    {AlarmCode::short_circuit,
     {"short_circuit", hardware, local, by_itself,
      "Isolate the bus and look for a short circuit before anything is formed again."}},
    {AlarmCode::bus_voltage_trip,
     {"bus_voltage_trip", hardware, local, by_itself,
      "Look at the reference unit: the bus left its voltage band."}},
    {AlarmCode::lease_expired,
     {"lease_expired", framework, local, by_itself,
      "Check the network between this unit and the Grid Master."}},
    {AlarmCode::possibly_running,
     {"possibly_running", hardware, local, by_itself,
      "Go and see whether the converter runs; open its breaker if it does."}},
    {AlarmCode::policy_differs,
     {"policy_differs", user, local, by_itself, "Give this unit the community's policy.json."}},
    {AlarmCode::scenario_without_slice,
     {"scenario_without_slice", user, local, by_itself,
      "Add a slice for this hour to scenario.json if the unit is to trade now."}},
    {AlarmCode::duplicate_unit,
     {"duplicate_unit", user, local, by_itself,
      "Stop one of the two processes or give it a name of its own."}},
    {AlarmCode::store_unreachable,
     {"store_unreachable", framework, local, by_itself,
      "Check the network to the store and that most of its members run."}},
    {AlarmCode::journal_failed,
     {"journal_failed", framework, local, by_itself,
      "Check that the disk of this unit has space and is not failing."}},
    {AlarmCode::members_missing,
     {"members_missing", framework, global, by_itself,
      "Find out which units are silent; take those that left for good out of policy.json."}},
    {AlarmCode::leak_current,
     {"leak_current", hardware, global, by_itself,
      "Look for an earth fault or for a source or load that no deal knows."}},
    {AlarmCode::branch_overloaded,
     {"branch_overloaded", hardware, global, by_itself,
      "Compare the branch with its description in policy.json."}},
    {AlarmCode::foreign_voltage,
     {"foreign_voltage", hardware, global, by_itself, "Find the source that feeds the bus."}},
    {AlarmCode::orphan_running,
     {"orphan_running", hardware, global, by_itself,
      "Go to the silent unit and see whether its converter runs."}},
    {AlarmCode::ramp_up_timeout,
     {"ramp_up_timeout", hardware, global, by_itself,
      "Look for a load or a short circuit on the bus."}},
    {AlarmCode::authorization_failed,
     {"authorization_failed", hardware, global, by_itself,
      "Check that both units are wired to the same bus and that their meters agree."}},
    {AlarmCode::compensation_failed,
     {"compensation_failed", hardware, global, by_itself,
      "Compare the current meters of the deal's units."}},
    {AlarmCode::meter_mismatch,
     {"meter_mismatch", hardware, global, by_itself,
      "Compare the energy meters of the deal's units."}},
    {AlarmCode::bus_latched,
     {"bus_latched", hardware, global, waits_for_person,
      "Find out why the bus failed again and again, then clear the latch."}},
    {AlarmCode::hand_over_unfinished,
     {"hand_over_unfinished", hardware, global, by_itself,
      "Go to the unit that does not let go of the voltage and read its converter's alarms."}},
    {AlarmCode::two_references,
     {"two_references", logic, global, by_itself,
      "Make sure that nothing but Musubi commands the converters."}},
    {AlarmCode::deal_stop_failed,
     {"deal_stop_failed", hardware, local, by_itself,
      "Go and see whether the unit's converter still carries the deal."}},
    {AlarmCode::local_stop,
     {"local_stop", user, local, waits_for_person,
      "Release the stop at the unit when it is safe."}},
    {AlarmCode::lock_out,
     {"lock_out", user, local, waits_for_person,
      "Take the lock-out off when the work at the unit is done."}},
});
static_assert(has_row_for_each(rows, &Row::code, AlarmCode::lock_out));

constexpr auto category_names =
    std::to_array<std::string_view>({"HARDWARE", "FRAMEWORK", "LOGIC", "USER", "UNKNOWN"});
constexpr auto extent_names = std::to_array<std::string_view>({"LOCAL", "GLOBAL", "UNKNOWN"});
constexpr auto level_names = std::to_array<std::string_view>({"WARN", "ERROR", "FATAL", "UNKNOWN"});
static_assert(category_names.size() == static_cast<std::size_t>(AlarmCategory::unknown) + 1);
static_assert(extent_names.size() == static_cast<std::size_t>(AlarmExtent::unknown) + 1);
static_assert(level_names.size() == static_cast<std::size_t>(AlarmLevel::unknown) + 1);

}  // namespace

const AlarmKind& kind_of(AlarmCode code) {
  const auto index = static_cast<std::size_t>(code);
  return rows[index < rows.size() ? index : 0].kind;
}

std::string_view text_of(AlarmCategory category) {
  return category_names[static_cast<std::size_t>(category)];
}

std::string_view text_of(AlarmExtent extent) {
  return extent_names[static_cast<std::size_t>(extent)];
}

std::string_view text_of(AlarmLevel level) { return level_names[static_cast<std::size_t>(level)]; }

std::string triple(const Alarm& alarm) {
  const AlarmKind& kind = kind_of(alarm.code);
  std::string text(text_of(kind.category));
  text += ':';
  text += text_of(kind.extent);
  text += ':';
  text += text_of(alarm.level);
  return text;
}

}  // namespace musubi
