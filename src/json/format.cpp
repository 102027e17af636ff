#include "json/format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace musubi::json {

namespace {

/// Days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
constexpr std::int64_t days_from_civil(std::int64_t y, int m, int d) {
  y -= m <= 2 ? 1 : 0;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t yoe = y - era * 400;
  const std::int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  const std::int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

struct Civil {
  std::int64_t year;
  int month, day, hour, minute, second, millisecond;
};

Civil civil_of(const WallTime& t) {
  std::int64_t ms = t.unix_ms + std::int64_t{t.utc_offset_s} * 1000;
  std::int64_t days = ms / 86'400'000;
  ms %= 86'400'000;
  if (ms < 0) {
    ms += 86'400'000;
    --days;
  }
  const std::int64_t z = days + 719468;
  const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const std::int64_t doe = z - era * 146097;
  const std::int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const std::int64_t mp = (5 * doy + 2) / 153;
  const int day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
  const int month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  const auto part = [&](std::int64_t unit, std::int64_t modulus) {
    return static_cast<int>(ms / unit % modulus);
  };
  return {yoe + era * 400 + (month <= 2 ? 1 : 0),
          month,
          day,
          part(3'600'000, 24),
          part(60'000, 60),
          part(1000, 60),
          part(1, 1000)};
}

bool is_date(int year, int month, int day) {
  constexpr std::array<int, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month >= 1 && month <= 12 && day >= 1 &&
         day <= lengths[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

/// The digits text[at, at + count) as a number; -1 when they are not all digits.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) {
    return -1;
  }
  int n = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') {
      return -1;
    }
    n = n * 10 + (c - '0');
  }
  return n;
}

/// Digits 'd' stand for a digit, everything else for itself.
bool has_shape(std::string_view text, std::string_view shape) {
  if (text.size() != shape.size()) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool fits = shape[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == shape[i];
    if (!fits) {
      return false;
    }
  }
  return true;
}

/// "YYYY?MM?DD?HH:MM:SS" at fixed places, as milliseconds of the local clock.
std::optional<std::int64_t> local_ms(std::string_view text) {
  const int year = digits(text, 0, 4);
  const int month = digits(text, 5, 2);
  const int day = digits(text, 8, 2);
  const int hour = digits(text, 11, 2);
  const int minute = digits(text, 14, 2);
  const int second = digits(text, 17, 2);
  if (year < 0 || !is_date(year, month, day) || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 59) {
    return std::nullopt;
  }
  const std::int64_t clock_s = std::int64_t{hour} * 3600 + std::int64_t{minute} * 60 + second;
  return (days_from_civil(year, month, day) * 86400 + clock_s) * 1000;
}

/// The number with zeros in front up to `width` characters.
std::string padded(std::int64_t n, std::size_t width) {
  const std::string text = std::to_string(n);
  return std::string(width > text.size() ? width - text.size() : 0, '0') + text;
}

std::string clock_text(const Civil& c) {
  return padded(c.hour, 2) + ":" + padded(c.minute, 2) + ":" + padded(c.second, 2);
}

/// Java's layout of the shortest digits: plain from 1e-3 to below 1e7, else one digit before the
/// point and an exponent.
template <class Float>
std::string java_layout(Float x) {
  std::array<char, 64> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, std::chars_format::scientific);
  (void)error;  // 64 bytes hold every float
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const bool negative = text.front() == '-';
  const auto e = text.find('e');
  std::string all_digits;
  for (const char c : text.substr(0, e)) {
    if (c >= '0' && c <= '9') {
      all_digits += c;
    }
  }
  int exponent = 0;
  const std::string_view tail = text.substr(e + 1);
  const std::size_t skip = tail.front() == '+' ? 1U : 0U;
  std::from_chars(tail.data() + skip, tail.data() + tail.size(), exponent);
  std::string out = negative ? "-" : "";
  if (x == Float{0}) {
    return out + "0.0";
  }
  if (exponent < -3 || exponent >= 7) {
    const std::string rest = all_digits.size() > 1 ? all_digits.substr(1) : "0";
    return out + all_digits.substr(0, 1) + "." + rest + "E" + std::to_string(exponent);
  }
  if (exponent < 0) {
    return out + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + all_digits;
  }
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (all_digits.size() < whole) {
    all_digits.append(whole - all_digits.size(), '0');
  }
  const std::string fraction = all_digits.substr(whole);
  return out + all_digits.substr(0, whole) + "." + (fraction.empty() ? "0" : fraction);
}

}  // namespace

std::string java_float(double x) {
  constexpr double largest = std::numeric_limits<float>::max();
  return std::isnan(x) ? "0.0" : java_layout(static_cast<float>(std::clamp(x, -largest, largest)));
}

std::string shortest(double x) {
  constexpr double largest = std::numeric_limits<double>::max();
  return std::isnan(x) ? "0.0" : java_layout(std::clamp(x, -largest, largest));
}

bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t i = 0;
  while (i < text.size()) {
    const unsigned first = byte(i);
    if (first < 0x80U) {
      ++i;
      continue;
    }
    const std::size_t length = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
    if (first < 0xC2U || first > 0xF4U || i + length > text.size()) {
      return false;
    }
    // The second byte's range excludes overlong forms, surrogates and what is above U+10FFFF.
    const unsigned low = first == 0xE0U ? 0xA0U : first == 0xF0U ? 0x90U : 0x80U;
    const unsigned high = first == 0xEDU ? 0x9FU : first == 0xF4U ? 0x8FU : 0xBFU;
    if (byte(i + 1) < low || byte(i + 1) > high) {
      return false;
    }
    for (std::size_t k = 2; k < length; ++k) {
      if ((byte(i + k) & 0xC0U) != 0x80U) {
        return false;
      }
    }
    i += length;
  }
  return true;
}

std::string apis_time(const WallTime& t) {
  const Civil c = civil_of(t);
  return padded(c.year, 4) + "/" + padded(c.month, 2) + "/" + padded(c.day, 2) + "-" +
         clock_text(c);
}

std::optional<WallTime> parse_apis_time(std::string_view text, std::int32_t utc_offset_s) {
  if (!has_shape(text, "dddd/dd/dd-dd:dd:dd")) {
    return std::nullopt;
  }
  const auto local = local_ms(text);
  if (!local) {
    return std::nullopt;
  }
  return WallTime{*local - std::int64_t{utc_offset_s} * 1000, utc_offset_s};
}

std::string iso_time(const WallTime& t) {
  const Civil c = civil_of(t);
  const int offset = std::abs(t.utc_offset_s) / 60;
  return padded(c.year, 4) + "-" + padded(c.month, 2) + "-" + padded(c.day, 2) + "T" +
         clock_text(c) + "." + padded(c.millisecond, 3) + (t.utc_offset_s < 0 ? "-" : "+") +
         padded(offset / 60, 2) + ":" + padded(offset % 60, 2);
}

std::optional<WallTime> parse_iso_time(std::string_view text) {
  constexpr std::size_t seconds_end = 19;
  if (!has_shape(text.substr(0, seconds_end), "dddd-dd-ddTdd:dd:dd")) {
    return std::nullopt;
  }
  const auto local = local_ms(text);
  std::string_view rest = text.substr(seconds_end);
  int ms = 0;
  if (rest.starts_with('.')) {
    std::size_t count = 0;
    while (count + 1 < rest.size() && rest[count + 1] >= '0' && rest[count + 1] <= '9') {
      ++count;
    }
    if (count == 0 || count > 9) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i < 3; ++i) {
      ms = ms * 10 + (i < count ? rest[i + 1] - '0' : 0);
    }
    rest.remove_prefix(count + 1);
  }
  std::int32_t offset = 0;
  if (rest != "Z") {
    if (!has_shape(rest.substr(std::min<std::size_t>(1, rest.size())), "dd:dd") ||
        (rest[0] != '+' && rest[0] != '-')) {
      return std::nullopt;
    }
    const int hours = digits(rest, 1, 2);
    const int minutes = digits(rest, 4, 2);
    if (hours > 18 || minutes > 59) {
      return std::nullopt;
    }
    offset = (hours * 3600 + minutes * 60) * (rest[0] == '-' ? -1 : 1);
  }
  if (!local) {
    return std::nullopt;
  }
  return WallTime{*local + ms - std::int64_t{offset} * 1000, offset};
}

std::optional<std::int32_t> parse_time_of_day(std::string_view text) {
  if (!has_shape(text, "dd:dd:dd")) {
    return std::nullopt;
  }
  const int hour = digits(text, 0, 2);
  const int minute = digits(text, 3, 2);
  const int second = digits(text, 6, 2);
  const int total = hour * 3600 + minute * 60 + second;
  if (minute > 59 || second > 59 || total > 86400) {
    return std::nullopt;
  }
  return total;
}

std::string_view code_of(ConverterMode mode) {
  switch (mode) {
  case ConverterMode::waiting:
    return "0x0000";
  case ConverterMode::voltage_reference:
    return "0x0014";
  case ConverterMode::charge:
    return "0x0041";
  case ConverterMode::discharge:
    return "0x0002";
  case ConverterMode::unknown:
    break;
  }
  return "";
}

ConverterMode mode_of_code(std::string_view code) {
  for (const auto mode : {ConverterMode::waiting, ConverterMode::voltage_reference,
                          ConverterMode::charge, ConverterMode::discharge}) {
    if (code == code_of(mode)) {
      return mode;
    }
  }
  return ConverterMode::unknown;
}

std::string_view operation_text_of(ConverterMode mode) {
  switch (mode) {
  case ConverterMode::waiting:
    return "Waiting";
  case ConverterMode::voltage_reference:
    return "Grid Autonomy";
  case ConverterMode::charge:
  case ConverterMode::discharge:
    return "Heteronomy CV";
  case ConverterMode::unknown:
    break;
  }
  return "";
}

std::string_view text_of(AlarmState state) {
  switch (state) {
  case AlarmState::none:
    return "No alarm";
  case AlarmState::light:
    return "Light alarm";
  case AlarmState::heavy:
    break;
  }
  return "Heavy alarm";
}

std::optional<AlarmState> alarm_state_of(std::string_view text) {
  for (const auto state : {AlarmState::none, AlarmState::light, AlarmState::heavy}) {
    if (text == text_of(state)) {
      return state;
    }
  }
  return std::nullopt;
}

std::string_view text_of(OperationMode mode) {
  switch (mode) {
  case OperationMode::autonomous:
    return "autonomous";
  case OperationMode::heteronomous:
    return "heteronomous";
  case OperationMode::stop:
    return "stop";
  case OperationMode::manual:
    break;
  }
  return "manual";
}

std::optional<OperationMode> operation_mode_of(std::string_view text) {
  for (const auto mode : {OperationMode::autonomous, OperationMode::heteronomous,
                          OperationMode::stop, OperationMode::manual}) {
    if (text == text_of(mode)) {
      return mode;
    }
  }
  return std::nullopt;
}

std::string_view text_of(Direction direction) {
  return direction == Direction::charge ? "charge" : "discharge";
}

std::optional<Direction> direction_of(std::string_view text) {
  if (text == "charge") {
    return Direction::charge;
  }
  if (text == "discharge") {
    return Direction::discharge;
  }
  return std::nullopt;
}

}  // namespace musubi::json
