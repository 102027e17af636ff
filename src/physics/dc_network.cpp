#include "physics/dc_network.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/contract.hpp"

namespace musubi::physics {
namespace {

constexpr double voltage_tolerance = 1e-9;
constexpr double current_tolerance = 1e-12;

std::size_t root_of(std::vector<std::size_t>& parent, std::size_t unit) {
  while (parent[unit] != unit) {
    parent[unit] = parent[parent[unit]];
    unit = parent[unit];
  }
  return unit;
}

// Joins units over lines of 0 Ohm and numbers the nodes that remain.
std::vector<std::size_t> nodes_of(std::size_t units, const std::vector<Line>& lines) {
  std::vector<std::size_t> parent(units);
  std::iota(parent.begin(), parent.end(), std::size_t{0});
  for (const Line& line : lines) {
    if (line.resistance.value() == 0.0) {
      const std::size_t a = root_of(parent, line.from);
      const std::size_t b = root_of(parent, line.to);
      parent[std::max(a, b)] = std::min(a, b);
    }
  }
  std::vector<std::size_t> node(units);
  std::size_t count = 0;
  for (std::size_t u = 0; u < units; ++u) {
    const std::size_t root = root_of(parent, u);
    node[u] = root == u ? count++ : node[root];
  }
  return node;
}

}  // namespace

DcNetwork::DcNetwork(std::size_t units, const std::vector<Line>& lines,
                     const std::vector<std::size_t>& guests)
    : terminals_(units + guests.size()), lines_(lines),
      impedance_ohm_(terminals_ * terminals_, 0.0) {
  expect(units > 0, "a network has units");
  for (const Line& line : lines) {
    expect(line.from < units && line.to < units && line.from != line.to, "line between two units");
    expect(line.resistance.value() >= 0.0, "line resistance not negative");
  }
  std::vector<std::size_t> node = nodes_of(units, lines);
  const auto count = static_cast<Eigen::Index>(*std::max_element(node.begin(), node.end())) + 1;
  for (const std::size_t guest : guests) {
    expect(guest < units, "guest at a unit");
  }
  if (count == 1) {
    return;
  }
  Eigen::MatrixXd laplacian = Eigen::MatrixXd::Zero(count, count);
  for (const Line& line : lines) {
    const auto a = static_cast<Eigen::Index>(node[line.from]);
    const auto b = static_cast<Eigen::Index>(node[line.to]);
    if (a == b) {
      continue;
    }
    const double siemens = 1.0 / line.resistance.value();
    laplacian(a, a) += siemens;
    laplacian(b, b) += siemens;
    laplacian(a, b) -= siemens;
    laplacian(b, a) -= siemens;
  }
  // Node 0 is grounded for the factorisation; projecting on both sides then makes the weighted mean
  // of the voltages, not node 0, the zero. No entry is larger than a path of cables: no
  // cancellation.
  const Eigen::Index rest = count - 1;
  const Eigen::FullPivLU<Eigen::MatrixXd> factor(laplacian.bottomRightCorner(rest, rest));
  expect(factor.isInvertible(), "every unit reachable over lines");
  Eigen::MatrixXd grounded = Eigen::MatrixXd::Zero(count, count);
  grounded.bottomRightCorner(rest, rest) = factor.inverse();
  Eigen::VectorXd weight = Eigen::VectorXd::Zero(count);
  for (const std::size_t n : node) {
    weight(static_cast<Eigen::Index>(n)) += 1.0 / static_cast<double>(units);
  }
  for (const std::size_t guest : guests) {
    node.push_back(node[guest]);
  }
  const Eigen::MatrixXd project =
      Eigen::MatrixXd::Identity(count, count) - Eigen::VectorXd::Ones(count) * weight.transpose();
  const Eigen::MatrixXd impedance = project * grounded * project.transpose();
  for (std::size_t a = 0; a < terminals_; ++a) {
    for (std::size_t b = 0; b < terminals_; ++b) {
      impedance_ohm_[a * terminals_ + b] =
          impedance(static_cast<Eigen::Index>(node[a]), static_cast<Eigen::Index>(node[b]));
    }
  }
}

void DcNetwork::offsets(const std::vector<double>& current_a, std::vector<double>& offset_v) const {
  offset_v.assign(terminals_, 0.0);
  for (std::size_t b = 0; b < terminals_; ++b) {
    if (current_a[b] == 0.0) {
      continue;
    }
    for (std::size_t a = 0; a < terminals_; ++a) {
      offset_v[a] -= impedance(a, b) * current_a[b];
    }
  }
}

Amperes DcNetwork::line_current(std::size_t index, const std::vector<double>& offset_v) const {
  expect(index < lines_.size(), "line index");
  const Line& line = lines_[index];
  if (line.resistance.value() == 0.0) {
    return Amperes(std::numeric_limits<double>::quiet_NaN());
  }
  return Volts(offset_v[line.from] - offset_v[line.to]) / line.resistance;
}

Watts DcNetwork::line_loss(const std::vector<double>& offset_v) const {
  double loss_w = 0.0;
  for (const Line& line : lines_) {
    if (line.resistance.value() > 0.0) {
      const double drop_v = offset_v[line.from] - offset_v[line.to];
      loss_w += drop_v * drop_v / line.resistance.value();
    }
  }
  return Watts(loss_w);
}

// Kirchhoff with the held terminals' currents and the mean voltage as unknowns.
void DcNetwork::solve_held(const std::vector<Terminal>& terminals, const ChargeBalance& balance,
                           BusSolution& solution) const {
  std::vector<std::size_t> held;
  double fixed_sum_a = 0.0;
  for (std::size_t u = 0; u < terminals_; ++u) {
    const Terminal& t = terminals[u];
    if (solution.state[u] == TerminalState::held) {
      held.push_back(u);
      solution.current_a[u] = 0.0;
    } else {
      solution.current_a[u] = solution.state[u] == TerminalState::low ? t.low_a : t.high_a;
      fixed_sum_a += solution.current_a[u];
    }
  }
  offsets(solution.current_a, solution.offset_v);
  const double surplus_a = balance.offset_a - fixed_sum_a;
  if (held.empty()) {
    solution.mean_v = surplus_a / balance.slope_a_per_v;
    return;
  }
  if (held.size() == 1) {
    const std::size_t k = held.front();
    const double r = impedance(k, k) + terminals[k].droop_ohm;
    solution.mean_v = (terminals[k].voltage_v - solution.offset_v[k] + r * surplus_a) /
                      (1.0 + r * balance.slope_a_per_v);
    solution.current_a[k] = surplus_a - balance.slope_a_per_v * solution.mean_v;
  } else {
    const auto n = static_cast<Eigen::Index>(held.size());
    Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(n + 1, n + 1);
    Eigen::VectorXd right(n + 1);
    for (Eigen::Index row = 0; row < n; ++row) {
      const std::size_t k = held[static_cast<std::size_t>(row)];
      matrix(row, 0) = 1.0;
      for (Eigen::Index column = 0; column < n; ++column) {
        matrix(row, column + 1) = -impedance(k, held[static_cast<std::size_t>(column)]);
      }
      matrix(row, row + 1) -= terminals[k].droop_ohm;
      right(row) = terminals[k].voltage_v - solution.offset_v[k];
    }
    matrix(n, 0) = balance.slope_a_per_v;
    matrix.row(n).tail(n).setOnes();
    right(n) = surplus_a;
    const Eigen::VectorXd unknown = matrix.partialPivLu().solve(right);
    solution.mean_v = unknown(0);
    for (Eigen::Index row = 0; row < n; ++row) {
      solution.current_a[held[static_cast<std::size_t>(row)]] = unknown(row + 1);
    }
  }
  offsets(solution.current_a, solution.offset_v);
}

bool DcNetwork::change_wrong_states(const std::vector<Terminal>& terminals,
                                    BusSolution& solution) const {
  bool changed = false;
  for (std::size_t u = 0; u < terminals_; ++u) {
    const Terminal& t = terminals[u];
    TerminalState& state = solution.state[u];
    if (state == TerminalState::held) {
      const double a = solution.current_a[u];
      state = a < t.low_a - current_tolerance    ? TerminalState::low
              : a > t.high_a + current_tolerance ? TerminalState::high
                                                 : state;
      changed = changed || state != TerminalState::held;
    } else if (wrong_by_v(terminals, solution, u) > voltage_tolerance) {
      state = TerminalState::held;
      changed = true;
    }
  }
  return changed;
}

double DcNetwork::wrong_by_v(const std::vector<Terminal>& terminals, const BusSolution& solution,
                             std::size_t unit) const {
  const Terminal& t = terminals[unit];
  if (t.low_a == t.high_a) {
    return 0.0;
  }
  const double above_v = solution.mean_v + solution.offset_v[unit] - t.voltage_v -
                         t.droop_ohm * solution.current_a[unit];
  return solution.state[unit] == TerminalState::low ? above_v : -above_v;
}

// The conditions of all terminals are those of the minimum of a convex quadratic function of the
// currents within their bounds, so the textbook active-set descent ends at the answer.
void DcNetwork::descend(const std::vector<Terminal>& terminals, const ChargeBalance& balance,
                        BusSolution& solution) const {
  std::vector<double> at_a(terminals_);
  for (std::size_t u = 0; u < terminals_; ++u) {
    at_a[u] = std::clamp(solution.current_a[u], terminals[u].low_a, terminals[u].high_a);
    if (at_a[u] != solution.current_a[u]) {
      solution.state[u] = at_a[u] == terminals[u].low_a ? TerminalState::low : TerminalState::high;
    }
  }
  const std::size_t rounds = 20 * (terminals_ + 1);
  for (std::size_t round = 0; round < rounds; ++round) {
    solve_held(terminals, balance, solution);
    double step = 1.0;
    std::size_t blocking = terminals_;
    for (std::size_t u = 0; u < terminals_; ++u) {
      const double move_a = solution.current_a[u] - at_a[u];
      const double bound_a = move_a < 0.0 ? terminals[u].low_a : terminals[u].high_a;
      const bool beyond = move_a < 0.0 ? solution.current_a[u] < bound_a - current_tolerance
                                       : solution.current_a[u] > bound_a + current_tolerance;
      if (beyond && (bound_a - at_a[u]) / move_a < step) {
        step = (bound_a - at_a[u]) / move_a;
        blocking = u;
      }
    }
    for (std::size_t u = 0; u < terminals_; ++u) {
      at_a[u] += step * (solution.current_a[u] - at_a[u]);
    }
    if (blocking < terminals_) {
      const bool falling = solution.current_a[blocking] < at_a[blocking];
      solution.state[blocking] = falling ? TerminalState::low : TerminalState::high;
      at_a[blocking] = falling ? terminals[blocking].low_a : terminals[blocking].high_a;
      continue;
    }
    std::size_t worst = terminals_;
    double worst_v = voltage_tolerance;
    for (std::size_t u = 0; u < terminals_; ++u) {
      if (solution.state[u] != TerminalState::held &&
          wrong_by_v(terminals, solution, u) > worst_v) {
        worst_v = wrong_by_v(terminals, solution, u);
        worst = u;
      }
    }
    if (worst == terminals_) {
      return;
    }
    solution.state[worst] = TerminalState::held;
  }
}

void DcNetwork::solve(const std::vector<Terminal>& terminals, const ChargeBalance& balance,
                      BusSolution& solution) const {
  expect(terminals.size() == terminals_, "one entry per terminal");
  solution.current_a.assign(terminals_, 0.0);
  solution.state.resize(terminals_, TerminalState::held);
  for (std::size_t u = 0; u < terminals_; ++u) {
    // A terminal without freedom is a fixed current.
    if (terminals[u].low_a == terminals[u].high_a) {
      solution.state[u] = TerminalState::low;
    }
  }
  // Changing all wrong states at once nearly always settles in two or three rounds, and is exact
  // when it settles. It may also cycle; the slower descent cannot.
  constexpr int quick_rounds = 6;
  for (int round = 0; round < quick_rounds; ++round) {
    solve_held(terminals, balance, solution);
    if (!change_wrong_states(terminals, solution)) {
      return;
    }
  }
  descend(terminals, balance, solution);
}

}  // namespace musubi::physics
