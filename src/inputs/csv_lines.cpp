#include "inputs/csv_lines.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "json/document.hpp"

namespace musubi::inputs {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view without_quotes(std::string_view field) {
  const bool quoted = field.size() >= 2 && field.front() == '"' && field.back() == '"';
  return quoted ? trimmed(field.substr(1, field.size() - 2)) : field;
}

}  // namespace

CsvLines::CsvLines(std::istream& in, json::Problems& problems)
    : in_(in), problems_(problems), buffer_(CsvLimits::line_bytes + 1) {}

bool CsvLines::error(std::string_view column, std::string found, std::string allowed) {
  problems_.error(line_, column, std::move(found), std::move(allowed));
  return problems_.list().size() < CsvLimits::problems;
}

bool CsvLines::split(std::string_view text) {
  fields_.clear();
  std::size_t begin = 0;
  while (begin <= text.size()) {
    if (fields_.size() == CsvLimits::columns) {
      error("", fmt::format("more than {} fields", CsvLimits::columns),
            fmt::format("at most {}", CsvLimits::columns));
      return false;
    }
    const std::size_t end = std::min(text.find(',', begin), text.size());
    fields_.push_back(without_quotes(trimmed(text.substr(begin, end - begin))));
    begin = end + 1;
  }
  return true;
}

bool CsvLines::next() {
  while (in_.good()) {
    in_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    const auto count = static_cast<std::size_t>(in_.gcount());
    line_ += count > 0 ? 1 : 0;
    if (in_.fail() && !in_.eof()) {
      error("", fmt::format("a line of more than {} bytes", CsvLimits::line_bytes),
            fmt::format("at most {} bytes", CsvLimits::line_bytes));
      return false;
    }
    // Without the line end, which is counted where there is one.
    std::string_view text(buffer_.data(), in_.eof() ? count : count - 1);
    if (line_ == 1 && text.starts_with(byte_order_mark)) {
      text.remove_prefix(byte_order_mark.size());
    }
    text = trimmed(text);
    if (!text.empty()) {
      return split(text);
    }
  }
  return false;
}

std::string describe_field(std::string_view field) {
  return field.empty() ? "nothing" : json::describe(json::Value::text(field));
}

std::optional<double> power_of(CsvLines& lines, std::string_view field, std::string_view column,
                               double most, std::string_view dimension, bool& ok) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size() || !std::isfinite(value) ||
      value < 0.0 || value > most) {
    ok = lines.error(column, describe_field(field),
                     fmt::format("a number from 0 to {:.0f} ({})", most, dimension));
    return std::nullopt;
  }
  return value;
}

}  // namespace musubi::inputs
