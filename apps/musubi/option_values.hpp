// Values of options as they were typed.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace musubi::app {

/// The whole text as a number; nothing for anything else.
template <class T>
std::optional<T> number(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

/// The value of --seed.
Result<std::uint64_t> seed_of(const std::string& text);

/// A file's text, at most 1 MB. The error names the file.
Result<std::string> content_of(const std::string& path);

}  // namespace musubi::app
