// musubi simulate: a community in virtual time.
#pragma once

#include <iosfwd>
#include <string>

namespace musubi::app {

/// The options as they were typed.
struct SimulateOptions {
  std::string community = "demo4";  ///< a built-in name or a file
  std::string days = "1";
  std::string seed = "1";
  std::string start = "2025-07-01";
  std::string policy_file;
  std::string scenario_file;
  std::string hw_file;
  std::string pv_file;
  std::string load_file;
  std::string mode = "autonomous";
  std::string sharing = "on";
  std::string control = "study";
  std::string out_dir;
  bool json = false;
};

/// Runs and reports. The table or the JSON goes to `out`, notes, progress and errors to `err`; a
/// progress bar is drawn only where `err_is_terminal`. Exit status: 0 done, 1 the output could not
/// be written, 2 the options or files cannot be used.
int simulate(const SimulateOptions& options, std::ostream& out, std::ostream& err,
             bool err_is_terminal);

}  // namespace musubi::app
