#include "support/files.hpp"

#include <atomic>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace musubi::test {

namespace fs = std::filesystem;

fs::path project(const fs::path& path) { return fs::path(MUSUBI_SOURCE_DIR) / path; }

fs::path reference(const fs::path& path) { return project("../shared/reference") / path; }

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string example(const std::string& name) {
  return content_of(project("config/examples") / name);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

Folder::Folder() {
  static std::atomic<int> made{0};
  path_ = fs::temp_directory_path() /
          ("musubi-test-" + std::to_string(::getpid()) + "-" + std::to_string(made++));
  fs::create_directories(path_);
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string Folder::file(const std::string& name) const { return (path_ / name).string(); }

std::string Folder::content(const std::string& name) const { return content_of(path_ / name); }

std::string Folder::write(const std::string& name, const std::string& text) const {
  const fs::path path = path_ / name;
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  EXPECT_TRUE(out.good()) << path;
  return path.string();
}

void Folder::change(const std::string& name, const std::string& from, const std::string& to) const {
  write(name, replaced(content(name), from, to));
}

std::string Folder::without_path(std::string text) const {
  const std::string prefix = path_.string() + "/";
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
    text.erase(at, prefix.size());
  }
  return text;
}

}  // namespace musubi::test
