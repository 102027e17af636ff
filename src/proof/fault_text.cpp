#include "proof/fault_text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/rows.hpp"

namespace musubi::proof {

namespace {

using sim::FaultKind;

constexpr double seconds_max = 1e9;
constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr std::size_t decimals_max = 9;
constexpr std::size_t any_number = 1024;

/// What a kind's line holds besides its name.
struct Row {
  FaultKind kind;
  UnitCount units;
  ValueRange value;
};

constexpr ValueRange no_value{};
constexpr ValueRange share{0.0, 1.0, "a share"};
constexpr UnitCount some{1, any_number};
constexpr UnitCount none_or_some{0, any_number};
constexpr UnitCount none{0, 0};

constexpr auto rows = std::to_array<Row>({
    {FaultKind::lose_messages, none_or_some, share},
    {FaultKind::duplicate_messages, none_or_some, share},
    {FaultKind::slow_messages, none_or_some, {0.0, 60'000.0, "milliseconds"}},
    {FaultKind::cut, {2, 2}, no_value},
    {FaultKind::partition, some, no_value},
    {FaultKind::partition_in, some, no_value},
    {FaultKind::partition_out, some, no_value},
    {FaultKind::store_down, none, no_value},
    {FaultKind::store_no_answer, none_or_some, share},
    {FaultKind::store_lost, some, no_value},
    {FaultKind::watch_gap, some, no_value},
    {FaultKind::lease_slip, none_or_some, {0.1, 10.0, "a factor"}},
    {FaultKind::clock_rate, some, {-0.01, 0.01, "a share that the clock runs fast"}},
    {FaultKind::wall_step, some, {-1e6, 1e6, "seconds"}},
    {FaultKind::crash, some, no_value},
    {FaultKind::board_loss, some, no_value},
    {FaultKind::pause, some, no_value},
    {FaultKind::pause_in_write, some, no_value},
    {FaultKind::driver_hang, some, no_value},
    {FaultKind::driver_late, some, {0.0, 3600.0, "seconds"}},
    {FaultKind::driver_error, some, no_value},
    {FaultKind::driver_frozen, some, no_value},
    {FaultKind::driver_forgot, some, no_value},
    {FaultKind::converter_stuck, some, no_value},
    {FaultKind::converter_ignores, some, no_value},
    {FaultKind::converter_bias, some, {-5.0, 5.0, "amperes"}},
    {FaultKind::converter_trips, some, no_value},
    {FaultKind::foreign_voltage, none, {0.0, 1000.0, "volts"}},
    {FaultKind::meter_zero, some, no_value},
    {FaultKind::meter_frozen, some, no_value},
    {FaultKind::meter_bias, some, {-0.2, 0.2, "a share that the meters are off"}},
    {FaultKind::battery_denies, some, no_value},
    {FaultKind::battery_empty, some, no_value},
    {FaultKind::disk_full, some, no_value},
    {FaultKind::torn_write, some, no_value},
});
static_assert(has_row_for_each(rows, &Row::kind, FaultKind::torn_write));

/// Reads a word as a unit's name.
Result<UnitId> unit_of(std::string_view word) {
  const auto unit = UnitId::parse(word);
  if (!unit) {
    return failure(fmt::format("found \"{}\", allowed: a unit's name of 1 to {} bytes", word,
                               UnitId::max_length));
  }
  return *unit;
}

Result<Duration> length_of(std::string_view word) {
  if (word == "ever") {
    return Duration::max();
  }
  return seconds_of(word);
}

tl::unexpected<Error> passed_on(const Error& error) { return tl::unexpected<Error>(error); }

/// Takes the words after the kind.
Result<sim::Fault> fault_of_words(FaultKind kind, const std::vector<std::string_view>& words,
                                  std::size_t i) {
  sim::Fault fault;
  fault.kind = kind;
  bool has_value = false;
  bool has_length = false;
  for (; i < words.size(); ++i) {
    const bool last = i + 1 == words.size();
    if (words[i] == "value" && !last && !has_value) {
      const auto value = number_of(words[++i]);
      if (!value) {
        return passed_on(value.error());
      }
      fault.value = *value;
      has_value = true;
    } else if (words[i] == "for" && !last && !has_length) {
      const auto lasts = length_of(words[++i]);
      if (!lasts) {
        return passed_on(lasts.error());
      }
      fault.lasts = *lasts;
      has_length = true;
    } else if (has_value || has_length) {
      return failure(fmt::format(
          R"(found "{}", allowed: units, then "value NUMBER" and "for SECONDS", once each)",
          words[i]));
    } else {
      const auto unit = unit_of(words[i]);
      if (!unit) {
        return passed_on(unit.error());
      }
      fault.units.push_back(*unit);
    }
  }
  const ValueRange& range = value_range_of(kind);
  if (range.meaning.empty() == has_value) {
    return failure(range.meaning.empty()
                       ? fmt::format("{}: found a value, allowed: none", name_of(kind))
                       : fmt::format("{}: found no value, allowed: \"value NUMBER\", {}",
                                     name_of(kind), range.meaning));
  }
  if (has_value && (fault.value < range.low || fault.value > range.high)) {
    return failure(fmt::format("{}: found value {}, allowed: {} to {}, {}", name_of(kind),
                               fault.value, range.low, range.high, range.meaning));
  }
  if (is_at_once(kind) == has_length) {
    return failure(
        fmt::format("{}: found {} length, allowed: {}", name_of(kind), has_length ? "a" : "no",
                    has_length ? "none, it happens at once" : R"("for SECONDS" or "for ever")"));
  }
  const UnitCount count = unit_count_of(kind);
  if (fault.units.size() < count.least || fault.units.size() > count.most) {
    return failure(fmt::format("{}: found {} units, allowed: {} to {}", name_of(kind),
                               fault.units.size(), count.least, count.most));
  }
  return fault;
}

Result<sim::Fault> fault_from(const std::vector<std::string_view>& words, std::size_t first) {
  if (first >= words.size()) {
    return failure("found nothing, allowed: a kind of fault, for instance crash");
  }
  const auto kind = sim::fault_kind_named(words[first]);
  if (!kind) {
    return failure(
        fmt::format("found \"{}\", allowed: a kind of fault, for instance crash, cut or store_down",
                    words[first]));
  }
  return fault_of_words(*kind, words, first + 1);
}

}  // namespace

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  constexpr std::string_view blanks = " \t\r";
  std::size_t at = line.find_first_not_of(blanks);
  while (at != std::string_view::npos && line[at] != '#') {
    const std::size_t end = std::min(line.find_first_of(blanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(blanks, end);
  }
  return words;
}

const ValueRange& value_range_of(FaultKind kind) {
  return rows[static_cast<std::size_t>(kind)].value;
}

UnitCount unit_count_of(FaultKind kind) { return rows[static_cast<std::size_t>(kind)].units; }

std::string seconds_text(Duration d) {
  const std::int64_t whole = d.count() / ns_per_s;
  const std::int64_t rest = d.count() % ns_per_s;
  std::string text = fmt::format("{}.{:09}", whole, rest);
  while (text.back() == '0') {
    text.pop_back();
  }
  if (text.back() == '.') {
    text.pop_back();
  }
  return text;
}

Result<Duration> seconds_of(std::string_view text) {
  const auto bad = [&] {
    return failure(
        fmt::format("found \"{}\", allowed: seconds from 0 to {:.0f} with at most {} decimals",
                    text, seconds_max, decimals_max));
  };
  const std::size_t point = text.find('.');
  const std::string_view whole_text = text.substr(0, point);
  std::string rest_text(point == std::string_view::npos ? "0" : text.substr(point + 1));
  if (rest_text.empty() || rest_text.size() > decimals_max) {
    return bad();
  }
  rest_text.resize(decimals_max, '0');
  std::uint64_t whole = 0;
  std::uint64_t rest = 0;
  const auto [end, error] =
      std::from_chars(whole_text.data(), whole_text.data() + whole_text.size(), whole);
  const auto [rest_end, rest_error] =
      std::from_chars(rest_text.data(), rest_text.data() + rest_text.size(), rest);
  if (error != std::errc() || end != whole_text.data() + whole_text.size() ||
      rest_error != std::errc() || rest_end != rest_text.data() + rest_text.size() ||
      whole > static_cast<std::uint64_t>(seconds_max)) {
    return bad();
  }
  return Duration(static_cast<std::int64_t>(whole) * ns_per_s + static_cast<std::int64_t>(rest));
}

Result<double> number_of(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return failure(fmt::format("found \"{}\", allowed: a number", text));
  }
  return value;
}

std::string text_of(const sim::Fault& fault) {
  std::string text(name_of(fault.kind));
  for (const UnitId unit : fault.units) {
    text += ' ';
    text += unit.view();
  }
  if (!value_range_of(fault.kind).meaning.empty()) {
    text += fmt::format(" value {}", fault.value);
  }
  if (!is_at_once(fault.kind)) {
    text += fault.lasts == Duration::max() ? " for ever" : " for " + seconds_text(fault.lasts);
  }
  return text;
}

std::string text_of(const sim::ScheduledFault& fault) {
  return seconds_text(fault.at - Instant{}) + ' ' + text_of(fault.fault);
}

Result<sim::Fault> fault_of(std::string_view text) { return fault_from(words_of(text), 0); }

Result<sim::ScheduledFault> scheduled_fault_of(std::string_view line) {
  const auto words = words_of(line);
  const auto at = seconds_of(words.empty() ? std::string_view() : words.front());
  if (!at) {
    return tl::unexpected<Error>(at.error());
  }
  const auto fault = fault_from(words, 1);
  if (!fault) {
    return tl::unexpected<Error>(fault.error());
  }
  return sim::ScheduledFault{Instant{} + *at, *fault};
}

}  // namespace musubi::proof
