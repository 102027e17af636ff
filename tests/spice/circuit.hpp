// A circuit as ngspice reads it, and what ngspice says about it.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace musubi::spice {

/// Times and the values of the vectors that were asked for, row by row. An operating point has one
/// row at time 0.
struct Answer {
  std::vector<double> time_s;
  std::vector<std::vector<double>> rows;
};

/// Collects elements. Node "0" is ground.
class Circuit {
 public:
  /// One line of a netlist, as "R1 n0 n1 0.045".
  void add(const std::string& element) { elements_ += element + "\n"; }

  /// Steady state. `vectors` as ngspice names them: "v(n1)", "i(v0)".
  [[nodiscard]] Answer operating_point(const std::vector<std::string>& vectors) const;
  /// From the initial conditions of the capacitors, in steps of at most `step_s`.
  [[nodiscard]] Answer transient(double step_s, double until_s,
                                 const std::vector<std::string>& vectors) const;

 private:
  [[nodiscard]] Answer run(const std::string& analysis,
                           const std::vector<std::string>& vectors) const;

  std::string elements_;
};

}  // namespace musubi::spice
