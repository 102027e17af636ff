// JSON text as a tree that knows its lines, and back.
//
// Tolerant as the files of APIS need it: comments are skipped and a repeated key is taken from its
// last place. Strict in size, so that foreign input cannot exhaust memory or stack.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/problem.hpp"

namespace musubi::json {

struct Member;

/// A JSON value. Objects keep the order of their keys; numbers keep their spelling.
class Value {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, text, array, object };

  Value() = default;
  static Value boolean(bool b);
  static Value integer(std::int64_t n);
  /// As APIS prints a Java float: shortest spelling that gives the same 32-bit float.
  static Value java_float(double x);
  /// Shortest spelling that gives the same double.
  static Value real(double x);
  /// A number as it was spelled. `spelling` must be a JSON number.
  static Value number(double x, std::string spelling);
  static Value text(std::string_view s);
  static Value array();
  static Value object();

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is(Kind kind) const { return kind_ == kind; }
  [[nodiscard]] int line() const { return line_; }
  void set_line(int line) { line_ = line; }

  [[nodiscard]] bool as_boolean() const { return number_ != 0.0; }
  /// The number; 0 for other kinds.
  [[nodiscard]] double as_number() const { return number_; }
  /// The text, or the spelling of a number.
  [[nodiscard]] const std::string& as_text() const { return text_; }
  /// Elements of an array.
  [[nodiscard]] const std::vector<Value>& items() const { return items_; }
  /// Members of an object, in the order of their first appearance.
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  [[nodiscard]] std::vector<Member>& members() { return members_; }
  [[nodiscard]] std::vector<Value>& items() { return items_; }
  /// The member's value, or nullptr; nullptr when this is no object.
  [[nodiscard]] const Value* find(std::string_view key) const;

  /// Replaces or appends a member; returns this object, so that calls chain.
  Value& set(std::string_view key, Value value);
  /// Appends an element to an array.
  Value& push(Value value);
  /// Takes over the members of `other`; where both are objects, member by member (a deep merge).
  void merge(const Value& other);

 private:
  Kind kind_ = Kind::null;
  int line_ = 0;
  double number_ = 0.0;
  std::string text_;
  std::vector<Value> items_;
  std::vector<Member> members_;
};

struct Member {
  std::string key;
  int line = 0;
  Value value;
};

/// The largest text that is read. What exceeds a limit is an error that names it.
struct DocumentLimits {
  std::size_t bytes = 1024UL * 1024UL;
  std::size_t depth = 64;
  std::size_t values = 100'000;
};

/// Reads one JSON text. `file` only names it in findings. A repeated key that is no comment (a key
/// beginning with "#") is a warning.
ReadResult<Value> parse_document(std::string_view text, std::string file,
                                 const DocumentLimits& limits = {});

/// What `pointer` (RFC 6901) names; nullptr where there is nothing.
const Value* value_at(const Value& root, std::string_view pointer);

/// The line of what `pointer` names, or of the nearest thing around it that is there; 1 at least.
int line_of(const Value& root, std::string_view pointer);

/// The value as JSON text on one line. Text that is not UTF-8 gets replacement characters.
std::string to_text(const Value& value);

/// What a finding says was found: `"abc"`, `12.5`, `an object`. Long texts are cut.
std::string describe(const Value& value);

}  // namespace musubi::json
