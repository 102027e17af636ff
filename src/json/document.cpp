#include "json/document.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "json/format.hpp"

namespace musubi::json {

Value Value::boolean(bool b) {
  Value v;
  v.kind_ = Kind::boolean;
  v.number_ = b ? 1.0 : 0.0;
  return v;
}

Value Value::integer(std::int64_t n) { return number(static_cast<double>(n), std::to_string(n)); }

Value Value::java_float(double x) { return number(x, json::java_float(x)); }

Value Value::real(double x) { return number(x, shortest(x)); }

Value Value::number(double x, std::string spelling) {
  Value v;
  v.kind_ = Kind::number;
  v.number_ = x;
  v.text_ = std::move(spelling);
  return v;
}

Value Value::text(std::string_view s) {
  Value v;
  v.kind_ = Kind::text;
  v.text_ = s;
  return v;
}

Value Value::array() {
  Value v;
  v.kind_ = Kind::array;
  return v;
}

Value Value::object() {
  Value v;
  v.kind_ = Kind::object;
  return v;
}

const Value* Value::find(std::string_view key) const {
  for (const auto& member : members_) {
    if (member.key == key) {
      return &member.value;
    }
  }
  return nullptr;
}

Value& Value::set(std::string_view key, Value value) {
  for (auto& member : members_) {
    if (member.key == key) {
      member.value = std::move(value);
      return *this;
    }
  }
  members_.push_back({std::string(key), value.line(), std::move(value)});
  return *this;
}

Value& Value::push(Value value) {
  items_.push_back(std::move(value));
  return *this;
}

void Value::merge(const Value& other) {
  for (const auto& [key, line, theirs] : other.members_) {
    Member* mine = nullptr;
    for (auto& member : members_) {
      if (member.key == key) {
        mine = &member;
      }
    }
    if (mine == nullptr) {
      members_.push_back({key, line, theirs});
    } else if (mine->value.is(Kind::object) && theirs.is(Kind::object)) {
      mine->value.merge(theirs);
    } else {
      mine->value = theirs;
    }
  }
}

namespace {

/// Counts lines while the parser reads. The parser may have read one character beyond a number, so
/// the line is that of the last character handed out, line breaks belonging to the line they end.
struct LineCounter {
  int line = 1;
  int next_line = 1;
};

class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, LineCounter* counter) : at_(at), counter_(counter) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    counter_->line = counter_->next_line;
    if (*at_ == '\n') {
      ++counter_->next_line;
    }
    ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }

 private:
  const char* at_;
  LineCounter* counter_;
};

/// One part of the library's message: from "parse error" on, without its own exception number.
std::string reason_of(const std::string& what) {
  constexpr std::string_view mark = "syntax error ";
  const auto at = what.find(mark);
  std::string reason = at == std::string::npos ? what : what.substr(at + mark.size());
  const auto tail = reason.find("; last read:");
  if (tail != std::string::npos) {
    const auto expected = reason.find("; expected", tail);
    reason =
        reason.substr(0, tail) + (expected == std::string::npos ? "" : reason.substr(expected));
  }
  return reason;
}

/// The end of what the parser read last: it hands over what stood before on other lines, too.
std::string found_token(std::string_view token) {
  constexpr std::string_view line_break = "<U+000A>";
  const auto at = token.rfind(line_break);
  if (at != std::string_view::npos) {
    token.remove_prefix(at + line_break.size());
  }
  token.remove_prefix(std::min(token.find_first_not_of(" \t"), token.size()));
  return token.empty() ? "the end of a line or of the text" : describe(Value::text(token));
}

/// Builds the tree from parser events.
class TreeBuilder {
 public:
  TreeBuilder(const LineCounter& counter, const DocumentLimits& limits, Problems& problems)
      : counter_(counter), limits_(limits), problems_(problems) {}

  // The interface that nlohmann's parser calls. False stops it.
  bool null() { return add(Value()); }
  bool boolean(bool b) { return add(Value::boolean(b)); }
  bool number_integer(std::int64_t n) { return add(Value::integer(n)); }
  bool number_unsigned(std::uint64_t n) {
    return add(Value::number(static_cast<double>(n), std::to_string(n)));
  }
  bool number_float(double x, const std::string& spelling) {
    return add(Value::number(x, spelling));
  }
  bool string(std::string& s) { return add(Value::text(s)); }
  bool binary(std::vector<std::uint8_t>& /*bytes*/) { return false; }
  bool start_object(std::size_t /*size*/) { return open(Value::object()); }
  bool start_array(std::size_t /*size*/) { return open(Value::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    open_.back().key = name;
    open_.back().key_line = counter_.line;
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& token,
                   const nlohmann::detail::exception& e) {
    problems_.error(counter_.line, pointer(), found_token(token),
                    "well-formed JSON in UTF-8 (" + reason_of(e.what()) + ")");
    return false;
  }

  Value& root() { return root_; }

 private:
  struct Level {
    Value value;
    std::string key;
    int key_line = 0;
    std::map<std::string, std::size_t> places;  ///< of the keys of an object
  };

  [[nodiscard]] std::string pointer() const {
    std::string path;
    for (const auto& level : open_) {
      if (level.value.is(Value::Kind::array)) {
        path = pointer_to(path, std::to_string(level.value.items().size()));
      } else if (level.key_line > 0) {
        path = pointer_to(path, level.key);
      }
    }
    return path;
  }
  bool counts() {
    if (++values_ <= limits_.values) {
      return true;
    }
    problems_.error(counter_.line, pointer(),
                    "more than " + std::to_string(limits_.values) + " values",
                    "at most " + std::to_string(limits_.values));
    return false;
  }
  bool open(Value value) {
    if (open_.size() >= limits_.depth) {
      problems_.error(counter_.line, pointer(),
                      "objects and arrays nested more than " + std::to_string(limits_.depth) +
                          " deep",
                      "at most " + std::to_string(limits_.depth) + " levels");
      return false;
    }
    value.set_line(counter_.line);
    if (!counts()) {
      return false;
    }
    open_.push_back({std::move(value), {}, 0, {}});
    return true;
  }
  bool close() {
    Value value = std::move(open_.back().value);
    open_.pop_back();
    place(std::move(value));
    return true;
  }
  bool add(Value value) {
    value.set_line(counter_.line);
    if (!counts()) {
      return false;
    }
    place(std::move(value));
    return true;
  }
  void place(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Level& level = open_.back();
    if (level.value.is(Value::Kind::array)) {
      level.value.push(std::move(value));
      return;
    }
    auto& members = level.value.members();
    const auto [at, is_new] = level.places.try_emplace(level.key, members.size());
    if (is_new) {
      members.push_back({level.key, level.key_line, std::move(value)});
    } else {
      if (!level.key.starts_with('#')) {
        problems_.warning(level.key_line, pointer(), "the key again",
                          "each key once (first on line " +
                              std::to_string(members[at->second].line) + "); the last counts");
      }
      members[at->second] = {level.key, level.key_line, std::move(value)};
    }
    level.key_line = 0;
  }

  const LineCounter& counter_;
  const DocumentLimits& limits_;
  Problems& problems_;
  std::vector<Level> open_;
  Value root_;
  std::size_t values_ = 0;
};

void append_text(const Value& value, std::string& out) {
  const auto quoted = [](const std::string& s) {
    return nlohmann::json(s).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  switch (value.kind()) {
  case Value::Kind::null:
    out += "null";
    return;
  case Value::Kind::boolean:
    out += value.as_boolean() ? "true" : "false";
    return;
  case Value::Kind::number:
    out += value.as_text();
    return;
  case Value::Kind::text:
    out += quoted(value.as_text());
    return;
  case Value::Kind::array: {
    out += '[';
    const char* separator = "";
    for (const auto& item : value.items()) {
      out += separator;
      append_text(item, out);
      separator = ",";
    }
    out += ']';
    return;
  }
  case Value::Kind::object: {
    out += '{';
    const char* separator = "";
    for (const auto& member : value.members()) {
      out += separator + quoted(member.key) + ":";
      append_text(member.value, out);
      separator = ",";
    }
    out += '}';
    return;
  }
  }
}

}  // namespace

ReadResult<Value> parse_document(std::string_view text, std::string file,
                                 const DocumentLimits& limits) {
  ReadResult<Value> result{{}, Problems(std::move(file))};
  if (text.size() > limits.bytes) {
    result.problems.error(0, "", "more than " + std::to_string(limits.bytes) + " bytes",
                          "at most " + std::to_string(limits.bytes) + " bytes");
    return result;
  }
  LineCounter counter;
  TreeBuilder builder(counter, limits, result.problems);
  const bool done =
      nlohmann::json::sax_parse(CountingIterator(text.data(), &counter),
                                CountingIterator(text.data() + text.size(), &counter), &builder,
                                nlohmann::json::input_format_t::json, true, true);
  if (done) {
    result.value = std::move(builder.root());
  }
  return result;
}

namespace {

/// The child of an object or array that one step of a pointer names.
const Value* child_of(const Value& parent, std::string_view escaped) {
  std::string key;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] == '~' && i + 1 < escaped.size()) {
      key += escaped[++i] == '1' ? '/' : '~';
    } else {
      key += escaped[i];
    }
  }
  if (parent.is(Value::Kind::array)) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    return error == std::errc() && end == key.data() + key.size() && index < parent.items().size()
               ? &parent.items()[index]
               : nullptr;
  }
  return parent.find(key);
}

/// Follows `pointer` as far as it leads. `line` is that of the last thing there.
const Value* follow(const Value& root, std::string_view pointer, int& line) {
  const Value* at = &root;
  line = std::max(1, root.line());
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t slash = std::min(pointer.find('/'), pointer.size());
    at = child_of(*at, pointer.substr(0, slash));
    if (at == nullptr) {
      return nullptr;
    }
    line = at->line();
    pointer.remove_prefix(slash);
  }
  return at;
}

}  // namespace

const Value* value_at(const Value& root, std::string_view pointer) {
  int line = 0;
  return follow(root, pointer, line);
}

int line_of(const Value& root, std::string_view pointer) {
  int line = 0;
  (void)follow(root, pointer, line);
  return line;
}

std::string to_text(const Value& value) {
  std::string out;
  append_text(value, out);
  return out;
}

std::string describe(const Value& value) {
  constexpr std::size_t longest = 60;
  switch (value.kind()) {
  case Value::Kind::array:
    return "an array";
  case Value::Kind::object:
    return "an object";
  case Value::Kind::text: {
    std::string shown = value.as_text().substr(0, longest);
    if (shown.size() < value.as_text().size()) {
      while (!shown.empty() && (static_cast<unsigned char>(shown.back()) & 0x80U) != 0) {
        shown.pop_back();  // no cut inside a character
      }
      shown += "...";
    }
    return to_text(Value::text(shown));
  }
  case Value::Kind::null:
  case Value::Kind::boolean:
  case Value::Kind::number:
    return to_text(value);
  }
  return "nothing";
}

}  // namespace musubi::json
