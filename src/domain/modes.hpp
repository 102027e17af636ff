// The enumerations of the field: converter modes, operation modes, directions, alarm states.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

namespace musubi {

/// What a converter does, as its own status says. Codes and texts of APIS: see to_code().
enum class ConverterMode : std::uint8_t {
  waiting,            ///< switching stopped, 0x0000, "Waiting"
  voltage_reference,  ///< CV: holds the bus voltage, 0x0014, "Grid Autonomy"
  charge,             ///< CC: takes a constant current from the bus, 0x0041, "Heteronomy CV"
  discharge,          ///< CC: gives a constant current to the bus, 0x0002, "Heteronomy CV"
  unknown,            ///< a status code that is none of these
};

/// True for the two constant-current modes.
constexpr bool is_constant_current(ConverterMode m) {
  return m == ConverterMode::charge || m == ConverterMode::discharge;
}

/// The converter's own alarm text: "No alarm", "Light alarm", "Heavy alarm".
enum class AlarmState : std::uint8_t { none, light, heavy };

/// Which way a unit moves energy. Charge takes from the bus.
enum class Direction : std::uint8_t { charge, discharge };

constexpr Direction opposite(Direction d) {
  return d == Direction::charge ? Direction::discharge : Direction::charge;
}
/// +1 for charge, -1 for discharge: the sign rule of grid current and battery power.
constexpr double sign_of(Direction d) { return d == Direction::charge ? 1.0 : -1.0; }
constexpr ConverterMode current_mode(Direction d) {
  return d == Direction::charge ? ConverterMode::charge : ConverterMode::discharge;
}

/// What the community or a unit may do.
enum class OperationMode : std::uint8_t {
  autonomous,    ///< requests, accepts, executes deals
  heteronomous,  ///< executes deals that others create, asks and accepts nothing itself
  stop,          ///< no deals
  manual,        ///< no deals; a person sets the converter
};

/// Effective mode of a unit: a community in stop or manual overrules the unit, otherwise the unit's
/// own mode, where it has one, overrules the community (reference 11.1).
constexpr OperationMode effective_mode(OperationMode global, bool has_local, OperationMode local) {
  const bool global_overrules = global == OperationMode::stop || global == OperationMode::manual;
  return !has_local || global_overrules ? global : local;
}

/// What a person has set at one unit. It survives a restart of the program.
struct LocalState {
  bool locked_out = false;
  std::optional<OperationMode> mode;  ///< none: the community's mode counts
};
constexpr auto fields(const LocalState& s) { return std::tie(s.locked_out, s.mode); }

}  // namespace musubi
