// The plant's bus against ngspice: steady states within 1 mV and 10 uA, ramp and decay within 1 mV.
// The plant's capacitance and bleed act on the mean voltage, those of the circuits at each unit.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "base/prng.hpp"
#include "circuit.hpp"
#include "physics/community.hpp"
#include "physics/dc_bus.hpp"

namespace musubi::spice {
namespace {

using physics::DcBus;
using physics::Line;

constexpr double ns = 1e9;
constexpr double volt_tolerance = 1e-3;
constexpr double ampere_tolerance = 10e-6;

/// What a converter is set to.
struct Setting {
  ConverterMode mode = ConverterMode::waiting;
  double dvg = 350.0;
  double dig = 0.0;
  double drg = 0.0;
};

std::string node(std::size_t unit) { return fmt::format("n{}", unit); }

/// A network and its converters, in both worlds.
struct Case {
  std::vector<Line> lines;
  std::vector<Setting> settings;
  physics::BusParams params;
  physics::ConverterParams converter;

  [[nodiscard]] std::size_t units() const { return settings.size(); }

  [[nodiscard]] DcBus bus() const {
    return {units(), lines, params, std::vector<physics::ConverterParams>(units(), converter)};
  }

  /// Cables, capacitance and bleed; sources are the caller's.
  [[nodiscard]] Circuit cables(double first_v) const {
    Circuit circuit;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      circuit.add(fmt::format("RL{} {} {} {:.17g}", i, node(lines[i].from), node(lines[i].to),
                              lines[i].resistance.value()));
    }
    for (std::size_t u = 0; u < units(); ++u) {
      circuit.add(fmt::format("RB{} {} 0 {:.17g}", u, node(u), params.bleed.value()));
      circuit.add(
          fmt::format("C{} {} 0 {:.17g} ic={:.17g}", u, node(u), params.capacitance_f, first_v));
    }
    return circuit;
  }

  /// With a source for every converter that runs within its limits.
  [[nodiscard]] Circuit settled() const {
    Circuit circuit = cables(0.0);
    for (std::size_t u = 0; u < units(); ++u) {
      const Setting& s = settings[u];
      if (s.mode == ConverterMode::voltage_reference) {
        const double droop = physics::droop_resistance(Volts(s.dvg), s.drg, converter.icap).value();
        // A resistance of nearly 0 would cost SPICE its digits.
        const std::string terminal = droop > 0.0 ? fmt::format("e{}", u) : node(u);
        circuit.add(fmt::format("V{} {} 0 {:.17g}", u, terminal, s.dvg));
        if (droop > 0.0) {
          circuit.add(fmt::format("RD{} {} {} {:.17g}", u, terminal, node(u), droop));
        }
      } else if (s.mode == ConverterMode::charge) {
        circuit.add(fmt::format("I{} {} 0 {:.17g}", u, node(u), s.dig));
      } else if (s.mode == ConverterMode::discharge) {
        circuit.add(fmt::format("I{} 0 {} {:.17g}", u, node(u), s.dig));
      }
    }
    return circuit;
  }
};

/// Runs the bus to `s` seconds.
void run(DcBus& bus, std::int64_t& now_ns, double s) {
  const auto to_ns = static_cast<std::int64_t>(s * ns);
  while (bus.piece_end_ns() <= to_ns) {
    bus.close(bus.piece_end_ns());
    bus.plan();
    bus.begin();
  }
  now_ns = to_ns;
}

/// A dead bus whose unit 0 has just been told to hold 350 V.
DcBus starting_bus(const Case& c) {
  DcBus bus = c.bus();
  bus.close(0);
  bus.set(0, ConverterMode::voltage_reference, Volts(350.0), Amperes(2.3), 0.0);
  bus.plan();
  bus.begin();
  return bus;
}

void compare_steady_state(const Case& c) {
  DcBus bus = c.bus();
  std::int64_t now_ns = 0;
  const auto apply = [&](bool references) {
    bus.close(now_ns);
    for (std::size_t u = 0; u < c.units(); ++u) {
      const Setting& s = c.settings[u];
      if ((s.mode == ConverterMode::voltage_reference) == references) {
        bus.set(u, s.mode, Volts(s.dvg), Amperes(s.dig), s.drg);
      }
    }
    bus.plan();
    bus.begin();
  };
  apply(true);
  run(bus, now_ns, 20.0);
  apply(false);
  // Ten time constants after the last change.
  run(bus, now_ns, 120.0);

  std::vector<std::string> vectors;
  std::vector<std::size_t> references;
  for (std::size_t u = 0; u < c.units(); ++u) {
    vectors.push_back(fmt::format("v({})", node(u)));
  }
  for (std::size_t u = 0; u < c.units(); ++u) {
    if (c.settings[u].mode == ConverterMode::voltage_reference) {
      references.push_back(u);
      vectors.push_back(fmt::format("i(v{})", u));
    }
  }
  const Answer answer = c.settled().operating_point(vectors);
  ASSERT_EQ(answer.rows.size(), 1U);
  const std::vector<double>& row = answer.rows.front();
  for (std::size_t u = 0; u < c.units(); ++u) {
    EXPECT_NEAR(bus.voltage_v(u, now_ns), row[u], volt_tolerance) << "unit " << u;
  }
  for (std::size_t i = 0; i < references.size(); ++i) {
    // SPICE counts the current into a source; so do we: what is taken from the bus.
    EXPECT_NEAR(bus.current_a(references[i]), row[c.units() + i], ampere_tolerance)
        << "reference " << references[i];
  }
  for (std::size_t i = 0; i < c.lines.size(); ++i) {
    const double drop_v = row[c.lines[i].from] - row[c.lines[i].to];
    EXPECT_NEAR(bus.line_current(i).value(), drop_v / c.lines[i].resistance.value(),
                ampere_tolerance)
        << "line " << i;
  }
}

/// Charging and discharging units with currents that nearly cancel, and one reference.
Case drawn_case(std::vector<Line> lines, std::size_t units, std::size_t reference) {
  Case c;
  c.lines = std::move(lines);
  c.settings.resize(units);
  Prng prng = Prng::stream(7, fmt::format("spice/{}", units));
  for (std::size_t u = 0; u < units; ++u) {
    if (u % 3 == 2) {
      continue;  // waiting
    }
    const bool charges = u % 2 == 0;
    c.settings[u].mode = charges ? ConverterMode::charge : ConverterMode::discharge;
    c.settings[u].dvg = 380.0;
    c.settings[u].dig = prng.uniform(0.2, 2.0);
  }
  c.settings[reference] = {ConverterMode::voltage_reference, 350.0, 100.0, 0.0};
  c.converter.icap = Amperes(100.0);
  return c;
}

TEST(SpiceSteadyState, RingOf4) {
  compare_steady_state(drawn_case(
      {{0, 1, Ohms(0.045)}, {1, 2, Ohms(0.030)}, {2, 3, Ohms(0.060)}, {3, 0, Ohms(0.090)}}, 4, 0));
}

TEST(SpiceSteadyState, Oist19) { compare_steady_state(drawn_case(physics::oist19().lines, 19, 4)); }

TEST(SpiceSteadyState, GridOf100) {
  std::vector<Line> lines;
  for (std::size_t row = 0; row < 10; ++row) {
    for (std::size_t column = 0; column < 10; ++column) {
      const std::size_t u = row * 10 + column;
      if (column < 9) {
        lines.push_back({u, u + 1, Ohms(0.045)});
      }
      if (row < 9) {
        lines.push_back({u, u + 10, Ohms(0.060)});
      }
    }
  }
  compare_steady_state(drawn_case(lines, 100, 44));
}

TEST(SpiceSteadyState, TwoReferencesWithDroopShare) {
  Case c = drawn_case(physics::oist19().lines, 19, 4);
  c.settings[4] = {ConverterMode::voltage_reference, 350.0, 100.0, 0.05};
  c.settings[12] = {ConverterMode::voltage_reference, 351.0, 100.0, 0.08};
  compare_steady_state(c);
}

TEST(SpiceTransient, RampOfTheReference) {
  const Case c = drawn_case(physics::demo4().lines, 4, 0);
  DcBus bus = starting_bus(c);
  std::int64_t now_ns = 0;
  Circuit circuit = c.cables(0.0);
  circuit.add("V0 n0 0 PWL(0 0 12 350 20 350)");
  const Answer answer = circuit.transient(0.01, 14.0, {"v(n0)", "v(n3)", "i(v0)"});
  // Pieces of 0.1 s end at the ramp's voltage; their constant current is that of their middle, half
  // a piece's 2.9 V behind in the bleed of four units.
  constexpr double ramp_ampere_tolerance = 20e-6;
  std::size_t row = 0;
  for (double s = 0.7; s < 13.9; s += 0.5) {
    run(bus, now_ns, s);
    while (row + 1 < answer.time_s.size() && answer.time_s[row + 1] <= s) {
      ++row;
    }
    const double part = (s - answer.time_s[row]) / (answer.time_s[row + 1] - answer.time_s[row]);
    const auto spice = [&](std::size_t column) {
      return answer.rows[row][column] +
             part * (answer.rows[row + 1][column] - answer.rows[row][column]);
    };
    EXPECT_NEAR(bus.voltage_v(0, now_ns), spice(0), volt_tolerance) << s << " s";
    EXPECT_NEAR(bus.voltage_v(3, now_ns), spice(1), volt_tolerance) << s << " s";
    EXPECT_NEAR(bus.current_a(0), spice(2), ramp_ampere_tolerance) << s << " s";
  }
}

TEST(SpiceTransient, DecayThroughTheBleed) {
  const Case c = drawn_case(physics::demo4().lines, 4, 0);
  DcBus bus = starting_bus(c);
  std::int64_t now_ns = 0;
  run(bus, now_ns, 20.0);
  bus.close(now_ns);
  bus.set(0, ConverterMode::waiting, Volts(350.0), Amperes(0.0), 0.0);
  bus.plan();
  bus.begin();
  const double first_v = bus.voltage_v(0, now_ns);
  const Answer answer = c.cables(first_v).transient(0.005, 30.0, {"v(n0)", "v(n3)"});
  const std::int64_t begin_ns = now_ns;
  for (std::size_t row = 1; row < answer.rows.size(); row += 200) {
    run(bus, now_ns, 20.0 + answer.time_s[row]);
    EXPECT_NEAR(bus.voltage_v(0, begin_ns + static_cast<std::int64_t>(answer.time_s[row] * ns)),
                answer.rows[row][0], volt_tolerance)
        << answer.time_s[row] << " s";
    EXPECT_NEAR(bus.voltage_v(3, now_ns), answer.rows[row][1], volt_tolerance)
        << answer.time_s[row] << " s";
  }
}

}  // namespace
}  // namespace musubi::spice
