// The example files, whole or with a change, for tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace musubi::inputs {

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in.good()) << path;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// A file of config/examples.
inline std::string example(const std::string& name) {
  return content_of(std::filesystem::path(MUSUBI_SOURCE_DIR) / "config" / "examples" / name);
}

/// The text with the first `from` replaced; it is there.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

}  // namespace musubi::inputs
