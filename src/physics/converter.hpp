// The bidirectional converter between a unit's battery and the bus: modes, set-points, own use.
#pragma once

#include <optional>
#include <tuple>

#include "base/fields.hpp"
#include "domain/modes.hpp"
#include "units/quantity.hpp"

namespace musubi::physics {

/// A command to a converter. What is empty stays as it is.
struct ConverterSetting {
  std::optional<ConverterMode> mode = std::nullopt;
  /// Grid voltage set-point; 0 or more.
  std::optional<Volts> dvg = std::nullopt;
  /// Grid current set-point, a magnitude: the current in CC, the limit in CV; 0 or more.
  std::optional<Amperes> dig = std::nullopt;
  /// Droop ratio; 0 or more. See `droop_resistance`.
  std::optional<double> drg = std::nullopt;
};
constexpr auto fields(const ConverterSetting& s) { return std::tie(s.mode, s.dvg, s.dig, s.drg); }

/// Which losses a converter has.
enum class LossModel {
  /// The reference emulator's flat losses, at any power: 4.5 W waiting, 71 W charging, 55 W
  /// discharging or CV.
  apis,
  /// 4.5 W waiting; running 20 W + 4.5 W/A + 1.6 W/A^2 of grid current: 95.5 % at its best (about
  /// 1.2 w at 350 V). Our assumption for a 2.5 w bidirectional converter; no measured curve.
  curve,
};

/// What distinguishes one converter from another.
struct ConverterParams {
  /// Largest grid current, hwConfig's gridCurrentCapacityA; above 0.
  Amperes icap{2.3};
  /// Speed of the voltage set-point in CV, up and down, in V/s; above 0. The reference emulator's
  /// bus takes 12 s to 350 V.
  double voltage_ramp_v_per_s = 350.0 / 12.0;
  /// Speed of the current set-point in CC, in A/s; 0 means at once.
  double current_ramp_a_per_s = 0.0;
  /// A charging converter does not pull the bus below this. Our assumption.
  Volts charge_floor{20.0};
};

/// Own use of a converter that carries `ig`; taken from the battery side, so wb = wg - loss.
[[nodiscard]] Watts converter_loss(LossModel model, ConverterMode mode, Amperes ig);

/// Droop as a resistance: v = dvg * (1 + drg * ig / icap). Charging (ig > 0) raises the voltage
/// that the source accepts, delivering lowers it.
[[nodiscard]] Ohms droop_resistance(Volts dvg, double drg, Amperes icap);

}  // namespace musubi::physics
