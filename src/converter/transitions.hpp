// Which mode changes a converter may be asked to make, and in which order the values are set
// (the hardware recommendations' table; reference 7.5).
#pragma once

#include <array>
#include <cstdint>

#include "domain/modes.hpp"

namespace musubi::converter {

/// How a mode change is carried out.
enum class Transition : std::uint8_t {
  none,            ///< same mode: only values change
  start,           ///< waiting to running: voltage and current first, then the mode, in one call
  stop_current,    ///< CC to waiting: current down in steps, then the mode
  stop_reference,  ///< CV to waiting: voltage down where asked, then the mode
  take_over,       ///< CC to CV: only as a step of a hand-over
  give_up,         ///< CV to CC: only as a step of a hand-over
  forbidden,       ///< never asked of a converter
};

struct TransitionRow {
  ConverterMode from;
  ConverterMode to;
  Transition transition;
};

/// Every pair of known modes. Charge and discharge never change into each other directly.
inline constexpr std::array<TransitionRow, 16> transitions{{
    {ConverterMode::waiting, ConverterMode::waiting, Transition::none},
    {ConverterMode::waiting, ConverterMode::voltage_reference, Transition::start},
    {ConverterMode::waiting, ConverterMode::charge, Transition::start},
    {ConverterMode::waiting, ConverterMode::discharge, Transition::start},
    {ConverterMode::voltage_reference, ConverterMode::waiting, Transition::stop_reference},
    {ConverterMode::voltage_reference, ConverterMode::voltage_reference, Transition::none},
    {ConverterMode::voltage_reference, ConverterMode::charge, Transition::give_up},
    {ConverterMode::voltage_reference, ConverterMode::discharge, Transition::give_up},
    {ConverterMode::charge, ConverterMode::waiting, Transition::stop_current},
    {ConverterMode::charge, ConverterMode::voltage_reference, Transition::take_over},
    {ConverterMode::charge, ConverterMode::charge, Transition::none},
    {ConverterMode::charge, ConverterMode::discharge, Transition::forbidden},
    {ConverterMode::discharge, ConverterMode::waiting, Transition::stop_current},
    {ConverterMode::discharge, ConverterMode::voltage_reference, Transition::take_over},
    {ConverterMode::discharge, ConverterMode::charge, Transition::forbidden},
    {ConverterMode::discharge, ConverterMode::discharge, Transition::none},
}};

/// The row of a pair; from `unknown` only waiting may follow.
constexpr Transition transition_of(ConverterMode from, ConverterMode to) {
  for (const auto& row : transitions) {
    if (row.from == from && row.to == to) {
      return row.transition;
    }
  }
  return to == ConverterMode::waiting ? Transition::stop_current : Transition::forbidden;
}

}  // namespace musubi::converter
