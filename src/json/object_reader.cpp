#include "json/object_reader.hpp"

#include <algorithm>
#include <cmath>

#include "json/format.hpp"

namespace musubi::json {

namespace {

constexpr std::string_view unit_name_text = "a unit's name of 1 to 16 bytes";

/// A bound of a range: whole numbers without a point or an exponent.
std::string plain(double x) {
  constexpr double exact = 1e15;
  const bool whole = std::trunc(x) == x && std::fabs(x) < exact;
  return whole ? std::to_string(static_cast<std::int64_t>(x)) : shortest(x);
}

}  // namespace

std::string range_text(const Range& range, bool whole) {
  std::string text = whole ? "a whole number" : "a number";
  const bool low = range.min > std::numeric_limits<double>::lowest();
  const bool high = range.max < std::numeric_limits<double>::max();
  if (low && high) {
    text += " from " + plain(range.min) + " to " + plain(range.max);
  } else if (low) {
    text += " of at least " + plain(range.min);
  } else if (high) {
    text += " of at most " + plain(range.max);
  }
  if (!range.unit.empty()) {
    text += " (" + std::string(range.unit) + ")";
  }
  return text;
}

std::string describe_at(std::string_view pointer, const Value& value) {
  if (pointer.find("password") != std::string_view::npos) {
    return "a value that is not shown";
  }
  return describe(value);
}

ObjectReader::ObjectReader(const Value* value, std::string pointer, int line, Problems& problems,
                           UnknownKeys unknown_keys)
    : pointer_(std::move(pointer)), line_(line), problems_(problems), unknown_keys_(unknown_keys) {
  const bool is_root = pointer_.empty();
  if (value == nullptr || (value->is(Value::Kind::null) && !is_root)) {
    return;
  }
  line_ = value->line();
  if (value->is(Value::Kind::object)) {
    object_ = value;
  } else {
    problems_.error(line_, pointer_, describe_at(pointer_, *value), "an object");
  }
}

const Value* ObjectReader::take(std::string_view key, Need need, std::string_view allowed) {
  known_.push_back(key);
  const Value* value = object_ == nullptr ? nullptr : object_->find(key);
  if (value != nullptr && !value->is(Value::Kind::null)) {
    return value;
  }
  if (need == Need::required) {
    problems_.error(value == nullptr ? line_ : value->line(), pointer_to(pointer_, key),
                    value == nullptr ? "nothing" : "null", std::string(allowed));
  }
  return nullptr;
}

ObjectReader ObjectReader::child(std::string_view key) {
  known_.push_back(key);
  const Value* value = object_ == nullptr ? nullptr : object_->find(key);
  return {value, pointer_to(pointer_, key), line_, problems_, unknown_keys_};
}

void ObjectReader::refuse(std::string_view key, const Value& value, std::string allowed) {
  const std::string at = pointer_to(pointer_, key);
  problems_.error(value.line(), at, describe_at(at, value), std::move(allowed));
}

std::optional<double> ObjectReader::checked_number(std::string_view key, const Range& range,
                                                   Need need, bool whole) {
  const Value* value = take(key, need, range_text(range, whole));
  if (value == nullptr) {
    return std::nullopt;
  }
  const double x = whole ? std::trunc(value->as_number()) : value->as_number();
  if (!value->is(Value::Kind::number) || x < range.min || x > range.max) {
    refuse(key, *value, range_text(range, whole));
    return std::nullopt;
  }
  return x;
}

void ObjectReader::number(std::string_view key, double& field, Range range, Need need) {
  if (const auto x = checked_number(key, range, need, false)) {
    field = *x;
  }
}

void ObjectReader::number(std::string_view key, std::optional<double>& field, Range range) {
  if (const auto x = checked_number(key, range, Need::optional, false)) {
    field = *x;
  }
}

void ObjectReader::integer(std::string_view key, std::int64_t& field, Range range, Need need) {
  constexpr double exact = 9007199254740992.0;  // 2^53: a double still counts by ones
  range.min = std::max(range.min, -exact);
  range.max = std::min(range.max, exact);
  if (const auto x = checked_number(key, range, need, true)) {
    field = static_cast<std::int64_t>(*x);
  }
}

void ObjectReader::integer(std::string_view key, int& field, Range range, Need need) {
  range.min = std::max(range.min, static_cast<double>(std::numeric_limits<int>::min()));
  range.max = std::min(range.max, static_cast<double>(std::numeric_limits<int>::max()));
  if (const auto x = checked_number(key, range, need, true)) {
    field = static_cast<int>(*x);
  }
}

void ObjectReader::milliseconds(std::string_view key, Duration& field, Range range, Need need) {
  range.unit = "ms";
  std::int64_t ms = 0;
  const std::size_t before = problems_.list().size();
  integer(key, ms, range, need);
  const Value* value = object_ == nullptr ? nullptr : object_->find(key);
  if (value != nullptr && value->is(Value::Kind::number) && problems_.list().size() == before) {
    field = musubi::milliseconds(ms);
  }
}

void ObjectReader::boolean(std::string_view key, bool& field, Need need) {
  const Value* value = take(key, need, "true or false");
  if (value == nullptr) {
    return;
  }
  if (!value->is(Value::Kind::boolean)) {
    refuse(key, *value, "true or false");
    return;
  }
  field = value->as_boolean();
}

void ObjectReader::text(std::string_view key, std::string& field, Need need) {
  const Value* value = take(key, need, "a text that is not empty");
  if (value == nullptr) {
    return;
  }
  if (!value->is(Value::Kind::text) || (need == Need::required && value->as_text().empty())) {
    refuse(key, *value, need == Need::required ? "a text that is not empty" : "a text");
    return;
  }
  field = value->as_text();
}

void ObjectReader::unit_id(std::string_view key, UnitId& field, Need need) {
  const Value* value = take(key, need, unit_name_text);
  if (value == nullptr) {
    return;
  }
  const auto id = value->is(Value::Kind::text) ? UnitId::parse(value->as_text()) : std::nullopt;
  if (!id) {
    refuse(key, *value, std::string(unit_name_text));
    return;
  }
  field = *id;
}

void ObjectReader::unit_ids(std::string_view key, std::vector<UnitId>& field, Need need) {
  const std::string allowed = "an array of unit names";
  const Value* value = take(key, need, allowed);
  if (value == nullptr) {
    return;
  }
  if (!value->is(Value::Kind::array)) {
    refuse(key, *value, allowed);
    return;
  }
  field.clear();
  const std::string at = pointer_to(pointer_, key);
  std::size_t index = 0;
  std::vector<UnitId> seen;
  for (const auto& item : value->items()) {
    const auto id = item.is(Value::Kind::text) ? UnitId::parse(item.as_text()) : std::nullopt;
    const std::string place = pointer_to(at, std::to_string(index++));
    if (!id) {
      problems_.error(item.line(), place, describe(item), std::string(unit_name_text));
      continue;
    }
    const auto after = std::lower_bound(seen.begin(), seen.end(), *id);
    if (after != seen.end() && *after == *id) {
      problems_.warning(item.line(), place, describe(item) + " again", "each unit once");
      continue;
    }
    seen.insert(after, *id);
    field.push_back(*id);
  }
}

void ObjectReader::deal_id(std::string_view key, DealId& field, Need need) {
  const std::string allowed = "a UUID of 36 characters";
  const Value* value = take(key, need, allowed);
  if (value == nullptr) {
    return;
  }
  const auto id = value->is(Value::Kind::text) ? DealId::parse(value->as_text()) : std::nullopt;
  if (!id) {
    refuse(key, *value, allowed);
    return;
  }
  field = *id;
}

void ObjectReader::time(std::string_view key, std::optional<WallTime>& field,
                        std::int32_t utc_offset_s) {
  const Value* value = take(key, Need::optional, "");
  if (value == nullptr || (value->is(Value::Kind::text) && value->as_text() == "--")) {
    return;
  }
  field =
      value->is(Value::Kind::text) ? parse_apis_time(value->as_text(), utc_offset_s) : std::nullopt;
  if (!field) {
    refuse(key, *value, "a local time as yyyy/MM/dd-HH:mm:ss, or \"--\"");
  }
}

std::size_t ObjectReader::choice_index(std::string_view key,
                                       const std::vector<std::string_view>& names, Need need,
                                       std::string_view fallback) {
  std::string allowed = "one of ";
  const char* separator = "";
  for (const auto name : names) {
    allowed += separator + std::string("\"") + std::string(name) + "\"";
    separator = ", ";
  }
  const Value* value = take(key, need, allowed);
  if (value == nullptr) {
    return names.size();
  }
  const auto place = [&](std::string_view wanted) {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), wanted) - names.begin());
  };
  if (value->is(Value::Kind::text) && place(value->as_text()) < names.size()) {
    return place(value->as_text());
  }
  if (value->is(Value::Kind::text) && !fallback.empty()) {
    problems_.warning(value->line(), pointer_to(pointer_, key), describe(*value),
                      allowed + "; \"" + std::string(fallback) + "\" is used");
    return place(fallback);
  }
  refuse(key, *value, allowed);
  return names.size();
}

void ObjectReader::finish() {
  if (object_ == nullptr) {
    return;
  }
  for (const auto& member : object_->members()) {
    if (member.key.starts_with('#') ||
        std::find(known_.begin(), known_.end(), member.key) != known_.end()) {
      continue;
    }
    const auto near = nearest(member.key, known_);
    const std::string hint = near.empty() ? "" : "did you mean \"" + std::string(near) + "\"?";
    const std::string at = pointer_to(pointer_, member.key);
    if (unknown_keys_ == UnknownKeys::warn) {
      problems_.warning(member.line, at, "an unknown key",
                        "it is ignored" + (hint.empty() ? "" : "; " + hint));
    } else {
      problems_.error(member.line, at, "an unknown key",
                      hint.empty() ? "known keys; a comment begins with \"#\"" : hint);
    }
  }
}

}  // namespace musubi::json
