#include "inputs/times.hpp"

#include <string>

#include "json/format.hpp"

namespace musubi::inputs {

namespace {

constexpr std::string_view date_form = "2025-07-01T";
constexpr std::string_view minute_form = "2025-07-01T00:00";
constexpr std::string_view offset_form = "+09:00";
constexpr std::int64_t last_unix_ms = 7'258'118'400'000;  // 2200-01-01
constexpr std::int32_t quarter_s = 900;
constexpr std::int32_t longest_offset_s = 14 * 3600;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<std::int32_t> parse_offset(std::string_view text) {
  if (text == "Z") {
    return 0;
  }
  if (text.size() != offset_form.size() || (text[0] != '+' && text[0] != '-') || text[3] != ':' ||
      !is_digit(text[1]) || !is_digit(text[2]) || !is_digit(text[4]) || !is_digit(text[5])) {
    return std::nullopt;
  }
  const int hours = (text[1] - '0') * 10 + (text[2] - '0');
  const int minutes = (text[4] - '0') * 10 + (text[5] - '0');
  const std::int32_t offset_s = hours * 3600 + minutes * 60;
  if (minutes >= 60 || offset_s > longest_offset_s || offset_s % quarter_s != 0) {
    return std::nullopt;
  }
  return text[0] == '-' ? -offset_s : offset_s;
}

std::optional<WallTime> parse_time(std::string_view text,
                                   std::optional<std::int32_t> utc_offset_s) {
  constexpr std::size_t longest = 40;
  if (text.size() < minute_form.size() || text.size() > longest) {
    return std::nullopt;
  }
  std::string whole(text);
  if (whole[date_form.size() - 1] == ' ') {
    whole[date_form.size() - 1] = 'T';
  }
  if (whole.size() == minute_form.size() || whole[minute_form.size()] != ':') {
    whole.insert(minute_form.size(), ":00");
  }
  const bool has_offset = whole.find_first_of("Z+-", minute_form.size()) != std::string::npos;
  if (!has_offset && utc_offset_s) {
    whole += 'Z';
  }
  auto time = json::parse_iso_time(whole);
  if (!time) {
    return std::nullopt;
  }
  if (!has_offset) {
    time->unix_ms -= std::int64_t{1000} * *utc_offset_s;
    time->utc_offset_s = *utc_offset_s;
  }
  if (time->unix_ms < 0 || time->unix_ms >= last_unix_ms) {
    return std::nullopt;
  }
  return time;
}

}  // namespace musubi::inputs
