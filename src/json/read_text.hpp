// Parses a text and hands the tree to a reader of trees.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "json/document.hpp"

namespace musubi::json {

/// `read(const Value&, Problems&)` returns an optional value. A value is passed on only when no
/// error was noted.
template <class T, class Read>
ReadResult<T> read_text(std::string_view text, std::string file, Read read,
                        const DocumentLimits& limits = {}) {
  auto document = parse_document(text, std::move(file), limits);
  ReadResult<T> result{{}, std::move(document.problems)};
  if (document.value) {
    result.value = read(*document.value, result.problems);
    if (result.problems.has_errors()) {
      result.value.reset();
    }
  }
  return result;
}

}  // namespace musubi::json
