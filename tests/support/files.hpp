// Files for tests: those of the project, and folders of their own.
#pragma once

#include <filesystem>
#include <string>

namespace musubi::test {

/// A file or folder of the project; `path` is relative to its root.
std::filesystem::path project(const std::filesystem::path& path);

/// Recorded runs and sample files of APIS, beside the project. Tests that need them skip where they
/// are absent.
std::filesystem::path reference(const std::filesystem::path& path);

/// The whole text of a file; a failure of the test when it cannot be read.
std::string content_of(const std::filesystem::path& path);

/// A file of config/examples.
std::string example(const std::string& name);

/// `text` with its first `from` replaced; a failure of the test when there is none.
std::string replaced(std::string text, const std::string& from, const std::string& to);

/// An empty folder of the running test, gone with its object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  Folder(Folder&&) = delete;
  Folder& operator=(Folder&&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string str() const { return path_.string(); }
  /// The path of a file in it, whether there or not.
  [[nodiscard]] std::string file(const std::string& name) const;
  [[nodiscard]] std::string content(const std::string& name) const;
  /// Writes a file, and the folders that it lies in; returns its path.
  std::string write(const std::string& name, const std::string& text) const;
  /// Replaces the first `from` in a file.
  void change(const std::string& name, const std::string& from, const std::string& to) const;
  /// `text` without this folder's path, so that messages compare.
  [[nodiscard]] std::string without_path(std::string text) const;

 private:
  std::filesystem::path path_;
};

}  // namespace musubi::test
