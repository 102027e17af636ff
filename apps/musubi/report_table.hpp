// The result of a simulation as a table for people.
#pragma once

#include <iosfwd>

#include "sim/simulation.hpp"

namespace musubi::app {

void print_table(const sim::SimulationResult& result, std::ostream& out);

}  // namespace musubi::app
