// A community of one's own: --community FILE. Every key: docs/reference/community.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "physics/community.hpp"
#include "json/document.hpp"
#include "json/problem.hpp"

namespace musubi::inputs {

/// A file that a community file names, and where it does.
struct FileName {
  std::string name;  ///< as written; empty: none is named
  int line = 0;
  std::string pointer;
};

/// The files of APIS that apply to a unit, or to all.
struct FileNames {
  FileName config;
  FileName hw_config;
  FileName policy;
  FileName scenario;
};

/// What a community file says.
struct CommunityFile {
  physics::Community community;
  FileNames files;
  /// In the order of the units; what is named here comes before `files`.
  std::vector<FileNames> unit_files;
};

/// What a community may have.
struct CommunityLimits {
  static constexpr std::size_t lines = 4096;
  static constexpr std::size_t outages = 1000;
  static constexpr std::size_t slices = 24;
  /// Highest voltage of the bus that a battery must be able to feed at the converter's limit.
  static constexpr double bus_v = 400.0;
};

/// The file's text as a value; other files are only named. All problems at once.
json::ReadResult<CommunityFile> read_community(std::string_view text, std::string file);

}  // namespace musubi::inputs
