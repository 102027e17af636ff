#include "musubi/option_values.hpp"

#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace musubi::app {

namespace {

constexpr std::uintmax_t file_bytes_max = 1U << 20U;

}  // namespace

Result<std::uint64_t> seed_of(const std::string& text) {
  const auto seed = number<std::uint64_t>(text);
  if (!seed) {
    return failure(fmt::format(
        "--seed: found \"{}\", allowed: a whole number from 0 to 18446744073709551615", text));
  }
  return *seed;
}

Result<std::string> content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return failure(fmt::format("{}: cannot be read: allowed: a readable file", path));
  }
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().size() > file_bytes_max) {
    return failure(fmt::format("{}: found {} bytes, allowed: at most {}", path, text.str().size(),
                               file_bytes_max));
  }
  return text.str();
}

}  // namespace musubi::app
