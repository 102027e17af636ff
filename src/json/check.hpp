// Tells what a file is and what is wrong with it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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
  community,
  unknown,
};

/// By the keys that only one kind of file has.
FileKind detect_kind(const Value& root);

/// "config.json", "unit data" and so on, for messages.
std::string_view name_of(FileKind kind);

/// Everything that there is to say about one text on its own. `kind` gets what it was taken for.
/// Not for communities, whose reader stands above this layer.
Problems check_text(std::string_view text, const std::string& file, FileKind& kind);

}  // namespace musubi::json
