// Checks files and says what is wrong with them.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"
#include "json/problem.hpp"

namespace musubi::json {

/// What a file is.
enum class FileKind : std::uint8_t {
  node_config,
  hw_config,
  policy,
  scenario,
  unit_data,
  unit_data_map,
  deal,
  web_deals,
  offer,
  unknown,
};

/// By the keys that only one kind of file has.
FileKind detect_kind(const Value& root);

/// "config.json", "unit data" and so on, for messages.
std::string_view name_of(FileKind kind);

/// Everything that there is to say about one text. `kind` gets what it was taken for.
Problems check_text(std::string_view text, const std::string& file, FileKind& kind);

/// Reads each file. Warnings and a line "<file>: <kind>, ok" go to `out`, errors go to `err`.
/// Exit status: 0 when every file can be used, 2 otherwise.
int check_files(const std::vector<std::string>& paths, std::ostream& out, std::ostream& err);

}  // namespace musubi::json
