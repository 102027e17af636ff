// musubi torture and musubi replay: the proof of the control core, and the story of one run of it.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace musubi::app {

/// The options as they were typed.
struct TortureOptions {
  std::string seeds;  ///< empty: 1, or as many as fit into `seconds`
  std::string seed = "1";
  std::string units = "5";
  std::string hours = "2";
  std::string profile = "rough";  ///< or "all": every seed with each
  std::string jobs = "1";         ///< runs at the same time
  std::string seconds;            ///< nothing begins after so many; empty: no limit
  std::vector<std::string> scenarios;
  std::string checker;       ///< the only one that counts; empty: all do
  std::string bug = "none";  ///< the deliberate bug that is on (base/deliberate_bug.hpp)
  std::string out_dir = ".";
  bool keep_going = false;
  bool minimise = true;
  bool quiet = false;  ///< says failures only, and once a minute how far it is
};

/// Runs seeds `seed`, `seed` + 1 and so on, or the scenarios. One job says the seed before each
/// run, several say it afterwards, in the order of the seeds. A failure prints seed, build and the
/// smallest schedule that was found, and leaves a trace file in out_dir. Exit status: 0 clean, 1 a
/// failure, 2 the options or files cannot be used, also where a bug is asked for in a build without
/// them.
int torture(const TortureOptions& options, std::ostream& out, std::ostream& err);

struct ReplayOptions {
  std::string file;
  std::string seed = "1";
  std::string units = "5";
  std::string hours = "2";
  std::string profile = "rough";
  std::string bug = "none";  ///< as TortureOptions::bug
  bool json = false;
};

/// Tells the story of a file or of a seed to `out`: lines for people, or one JSON object per line.
/// Exit status: 0 clean, 1 a failure, 2 the options or files cannot be used.
int replay(const ReplayOptions& options, std::ostream& out, std::ostream& err);

}  // namespace musubi::app
