// Reads the members of one JSON object into fields and notes what does not fit.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/unit_id.hpp"
#include "units/quantity.hpp"
#include "units/time.hpp"
#include "json/document.hpp"

namespace musubi::json {

/// Whether a missing key is an error. A key with the value null counts as missing.
enum class Need : std::uint8_t { required, optional };

/// What a key is that nobody asked for: to be told of in files of others, wrong in files of ours.
enum class UnknownKeys : std::uint8_t { warn, refuse };

/// Allowed numbers, both ends included, and their unit for the message.
struct Range {
  double min = std::numeric_limits<double>::lowest();
  double max = std::numeric_limits<double>::max();
  std::string_view unit = {};
};

/// Cursor on one object. Every member function reads one key: it leaves the field unchanged when
/// the key is absent, and notes an error when the value does not fit. finish() notes the keys
/// that nobody asked for, except comments (keys beginning with "#").
class ObjectReader {
 public:
  /// `value` may be nullptr (an absent object) or something else than an object (an error).
  /// `line` is where an absent object should have been.
  ObjectReader(const Value* value, std::string pointer, int line, Problems& problems,
               UnknownKeys unknown_keys = UnknownKeys::warn);

  [[nodiscard]] bool present() const { return object_ != nullptr; }
  [[nodiscard]] const Value* object() const { return object_; }
  [[nodiscard]] const std::string& pointer() const { return pointer_; }
  [[nodiscard]] int line() const { return line_; }
  Problems& problems() { return problems_; }

  /// The member for reading by hand; nullptr when absent or null. `allowed` is for the error of a
  /// missing required key.
  const Value* take(std::string_view key, Need need, std::string_view allowed);
  /// The member as an object to descend into, which may be absent.
  ObjectReader child(std::string_view key);

  void number(std::string_view key, double& field, Range range, Need need = Need::optional);
  void number(std::string_view key, std::optional<double>& field, Range range);
  /// A whole number. A fraction is cut off, as Java's Number does.
  void integer(std::string_view key, std::int64_t& field, Range range, Need need = Need::optional);
  void integer(std::string_view key, int& field, Range range, Need need = Need::optional);
  /// Whole milliseconds; the range is in milliseconds.
  void milliseconds(std::string_view key, Duration& field, Range range, Need need = Need::optional);
  void boolean(std::string_view key, bool& field, Need need = Need::optional);
  void text(std::string_view key, std::string& field, Need need = Need::optional);
  void unit_id(std::string_view key, UnitId& field, Need need = Need::optional);
  void unit_ids(std::string_view key, std::vector<UnitId>& field, Need need = Need::optional);
  void deal_id(std::string_view key, DealId& field, Need need = Need::optional);
  /// "yyyy/MM/dd-HH:mm:ss"; "--" counts as absent.
  void time(std::string_view key, std::optional<WallTime>& field, std::int32_t utc_offset_s);

  template <class Tag>
  void quantity(std::string_view key, Quantity<Tag>& field, Range range,
                Need need = Need::optional) {
    double raw = field.value();
    number(key, raw, range, need);
    field = Quantity<Tag>(raw);
  }
  template <class Tag>
  void quantity(std::string_view key, std::optional<Quantity<Tag>>& field, Range range) {
    std::optional<double> raw;
    number(key, raw, range);
    if (raw) {
      field = Quantity<Tag>(*raw);
    }
  }
  /// One of the texts of `choices`. Anything else is an error, or, where `fallback` names a text, a
  /// warning that this one is used.
  template <class Enum>
  void choice(std::string_view key, Enum& field,
              const std::vector<std::pair<std::string_view, Enum>>& choices,
              Need need = Need::optional, std::string_view fallback = {}) {
    std::vector<std::string_view> names;
    names.reserve(choices.size());
    for (const auto& choice : choices) {
      names.push_back(choice.first);
    }
    const std::size_t index = choice_index(key, names, need, fallback);
    if (index < choices.size()) {
      field = choices[index].second;
    }
  }

  /// A key that is known and has no effect here.
  void ignore(std::string_view key) { known_.push_back(key); }
  /// Notes that the value of `key` is not allowed.
  void refuse(std::string_view key, const Value& value, std::string allowed);
  /// Notes the keys that were not asked for.
  void finish();

 private:
  std::size_t choice_index(std::string_view key, const std::vector<std::string_view>& names,
                           Need need, std::string_view fallback);
  std::optional<double> checked_number(std::string_view key, const Range& range, Need need,
                                       bool whole);

  const Value* object_ = nullptr;
  std::string pointer_;
  int line_;
  Problems& problems_;
  UnknownKeys unknown_keys_;
  std::vector<std::string_view> known_;
};

/// "a number from 0 to 1000 (A)", "a whole number of at least 1".
std::string range_text(const Range& range, bool whole);

/// What was found, for a message; a password is never shown.
std::string describe_at(std::string_view pointer, const Value& value);

}  // namespace musubi::json
