#include "circuit.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "support/files.hpp"

namespace musubi::spice {

Answer Circuit::operating_point(const std::vector<std::string>& vectors) const {
  return run("op", vectors);
}

Answer Circuit::transient(double step_s, double until_s,
                          const std::vector<std::string>& vectors) const {
  return run(fmt::format("tran {0} {1} 0 {0} uic", step_s, until_s), vectors);
}

Answer Circuit::run(const std::string& analysis, const std::vector<std::string>& vectors) const {
  const test::Folder folder;
  const std::string table = folder.file("table.txt");
  std::string wanted;
  for (const auto& vector : vectors) {
    wanted += " " + vector;
  }
  const std::string netlist = folder.write(
      "circuit.cir", "musubi\n" + elements_ +
                         ".options reltol=1e-7 abstol=1e-13 vntol=1e-9 method=gear\n"
                         ".control\nset wr_singlescale\nset numdgt=15\n" +
                         analysis + "\nwrdata " + table + wanted + "\nquit 0\n.endc\n.end\n");
  const std::string command =
      fmt::format("{} -b {} > {} 2>&1", MUSUBI_NGSPICE, netlist, folder.file("log.txt"));
  // The tests of this program run one after the other, in one thread.
  EXPECT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT(concurrency-mt-unsafe)
  Answer answer;
  std::ifstream rows(table);
  EXPECT_TRUE(rows.good()) << "no answer of " << command;
  for (std::string line; std::getline(rows, line);) {
    std::istringstream fields(line);
    double scale = 0.0;
    fields >> scale;
    std::vector<double> row;
    for (double value = 0.0; fields >> value;) {
      row.push_back(value);
    }
    EXPECT_EQ(row.size(), vectors.size()) << line;
    answer.time_s.push_back(scale);
    answer.rows.push_back(std::move(row));
  }
  return answer;
}

}  // namespace musubi::spice
