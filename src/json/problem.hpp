// What is wrong with a file: where, what was found, what is allowed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace musubi::json {

enum class Severity { error, warning };

/// One finding. `found` and `allowed` are phrases for a person.
struct Problem {
  Severity severity = Severity::error;
  int line = 0;         ///< 1 is the first; 0 where there is no line
  std::string pointer;  ///< JSON pointer (RFC 6901); empty: the whole document
  std::string found;
  std::string allowed;

  friend bool operator==(const Problem&, const Problem&) = default;
};

/// All findings of one file, in the order in which they were met.
class Problems {
 public:
  explicit Problems(std::string file = {}) : file_(std::move(file)) {}

  void add(Problem problem) { list_.push_back(std::move(problem)); }
  void error(int line, std::string_view pointer, std::string found, std::string allowed);
  void warning(int line, std::string_view pointer, std::string found, std::string allowed);
  /// Takes over the other's findings; they keep their lines and get this file's name.
  void append(const Problems& other);

  [[nodiscard]] bool has_errors() const;
  [[nodiscard]] const std::vector<Problem>& list() const { return list_; }
  [[nodiscard]] const std::string& file() const { return file_; }
  /// `policy.json:12: /mediator/deal/gridCurrentA: found "abc", allowed: a number ...`. A warning
  /// has the word "warning: " in front of the pointer.
  [[nodiscard]] std::string text_of(const Problem& problem) const;
  /// One line per finding of that severity, without a final line break.
  [[nodiscard]] std::string text(Severity severity) const;

 private:
  std::string file_;
  std::vector<Problem> list_;
};

/// A value, or why there is none. Warnings may stand beside a value.
template <class T>
struct ReadResult {
  std::optional<T> value;
  Problems problems;

  [[nodiscard]] bool ok() const { return value.has_value(); }
  explicit operator bool() const { return ok(); }
  const T& operator*() const { return *value; }
  const T* operator->() const { return &*value; }
  /// The value, or one Error with all error lines.
  [[nodiscard]] Result<T> to_result() const {
    if (value) {
      return *value;
    }
    return failure(problems.text(Severity::error));
  }
};

/// Appends a key or an index to a JSON pointer, escaping "~" and "/".
std::string pointer_to(std::string_view parent, std::string_view key);

/// The candidate that was probably meant: the fewest edits, at most a third of the length;
/// else the shortest that begins with the word, as "latitudeDeg" with "latitude". Empty when none
/// is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace musubi::json
