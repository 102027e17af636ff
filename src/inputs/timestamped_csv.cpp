#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "domain/unit_id.hpp"
#include "inputs/power_forms.hpp"
#include "inputs/times.hpp"
#include "json/format.hpp"

namespace musubi::inputs {

namespace {

constexpr std::size_t nobody = static_cast<std::size_t>(-1);
constexpr double ms_per_hour = 3'600'000.0;
constexpr std::int64_t longest_step_ms = 86'400'000;
constexpr std::int64_t shortest_step_ms = 1000;
constexpr std::string_view time_allowed = "a time with its offset like 2025-07-01T00:00:00+09:00";

/// Without the fraction of a second, where that is 0.
std::string time_text(WallTime time) {
  std::string text = json::iso_time(time);
  constexpr std::string_view no_fraction = ".000";
  const auto at = text.find(no_fraction);
  if (at != std::string::npos) {
    text.erase(at, no_fraction.size());
  }
  return text;
}

std::string span_text(std::int64_t ms) {
  constexpr std::int64_t second = 1000;
  constexpr std::int64_t minute = 60 * second;
  constexpr std::int64_t hour = 60 * minute;
  if (ms % hour == 0) {
    return fmt::format("{} h", ms / hour);
  }
  if (ms % minute == 0) {
    return fmt::format("{} min", ms / minute);
  }
  return fmt::format("{:g} s", static_cast<double>(ms) / static_cast<double>(second));
}

/// One column of powers or energies.
struct Column {
  std::string place;          ///< for messages
  std::size_t unit = nobody;  ///< in the community; nobody where that is not known
  std::string dimension;      ///< as the header has it
  double factor = 1.0;        ///< to W or Wh
  bool is_energy = false;     ///< of the step
  std::optional<physics::PowerSeriesBuilder> builder;
};

class TimestampedReader {
 public:
  TimestampedReader(CsvLines& lines, const PowerCsvOptions& options)
      : lines_(lines), options_(options) {}

  PowerCsv read() {
    csv_.series.resize(options_.units.size());
    if (!read_header()) {
      return csv_;
    }
    while (lines_.next()) {
      if (!take_row()) {
        return csv_;
      }
    }
    finish();
    return csv_;
  }

 private:
  bool read_header();
  bool read_column(std::string_view field, Column& column);
  bool take_row();
  bool take_time(const WallTime& time);
  void begin_series();
  void add_row(const std::vector<double>& row);
  void finish();

  CsvLines& lines_;
  const PowerCsvOptions& options_;
  PowerCsv csv_;
  std::vector<Column> columns_;
  std::vector<double> row_;
  std::vector<double> first_row_;
  std::optional<WallTime> first_;
  WallTime last_;
  int first_line_ = 0;
  std::int64_t step_ms_ = 0;
};

/// "E001", "E001 [kW]": the unit and what its numbers are.
bool TimestampedReader::read_column(std::string_view field, Column& column) {
  std::string_view name = field;
  std::string_view dimension = "W";
  const auto bracket = field.rfind('[');
  if (bracket != std::string_view::npos && field.ends_with(']')) {
    dimension = field.substr(bracket + 1, field.size() - bracket - 2);
    name = field.substr(0, bracket);
    name = name.substr(0, name.find_last_not_of(' ') + 1);
  }
  column.dimension = dimension;
  column.is_energy = dimension.ends_with('h');
  column.factor = dimension.starts_with('k') ? 1000.0 : 1.0;
  if (dimension != "W" && dimension != "kW" && dimension != "Wh" && dimension != "kWh") {
    return lines_.error(column.place, describe_field(field),
                        "[W], [kW], [Wh] or [kWh] after the unit's name; W without");
  }
  const auto id = UnitId::parse(name);
  if (!id) {
    return lines_.error(column.place, describe_field(field), "a unit's name of 1 to 16 bytes");
  }
  column.place = "column " + id->str();
  for (const Column& other : columns_) {
    if (other.place == column.place) {
      return lines_.error(column.place, "the unit again", "each unit once");
    }
  }
  if (options_.units.empty()) {
    return true;
  }
  const auto& units = options_.units;
  const auto place = std::find(units.begin(), units.end(), name);
  if (place == units.end()) {
    const std::vector<std::string_view> names(units.begin(), units.end());
    const auto near = json::nearest(name, names);
    return lines_.error(column.place, "a unit that the community does not have",
                        near.empty()
                            ? fmt::format("its units, {} to {}", units.front(), units.back())
                            : fmt::format("its units; did you mean \"{}\"?", near));
  }
  column.unit = static_cast<std::size_t>(place - units.begin());
  return true;
}

bool TimestampedReader::read_header() {
  const auto& fields = lines_.fields();
  if (fields.size() < 2) {
    lines_.error("", "no unit", "\"time\" and then the names of units");
    return false;
  }
  for (std::size_t i = 1; i < fields.size(); ++i) {
    Column column;
    column.place = fmt::format("column {}", i + 1);
    if (!read_column(fields[i], column)) {
      return false;
    }
    columns_.push_back(std::move(column));
  }
  row_.resize(columns_.size());
  return true;
}

bool TimestampedReader::take_row() {
  const auto& fields = lines_.fields();
  if (fields.size() != columns_.size() + 1) {
    return lines_.error("", fmt::format("{} fields", fields.size()),
                        fmt::format("{} as in the header", columns_.size() + 1));
  }
  const auto time = parse_time(fields[0]);
  if (!time) {
    const bool lacks_offset = parse_time(fields[0], 0).has_value();
    return lines_.error("column time", describe_field(fields[0]),
                        std::string(time_allowed) +
                            (lacks_offset ? "; here the offset is missing" : ""));
  }
  bool ok = true;
  for (std::size_t i = 0; i < columns_.size() && ok; ++i) {
    const double most = most_power_w / columns_[i].factor;
    const auto value =
        power_of(lines_, fields[i + 1], columns_[i].place, most, columns_[i].dimension, ok);
    row_[i] = value.value_or(0.0) * columns_[i].factor;
  }
  if (!ok || !take_time(*time)) {
    return false;
  }
  if (step_ms_ > 0) {
    add_row(row_);
  } else {
    first_row_ = row_;
  }
  return true;
}

/// Each row begins one step after the row before; the first two rows say how long that is.
bool TimestampedReader::take_time(const WallTime& time) {
  if (!first_) {
    first_ = time;
    last_ = time;
    first_line_ = lines_.line();
    return true;
  }
  const std::int64_t span_ms = time.unix_ms - last_.unix_ms;
  if (step_ms_ == 0) {
    if (span_ms < shortest_step_ms || span_ms > longest_step_ms) {
      lines_.error("column time", time_text(time),
                   "1 s to 24 h after the line before; the first two lines give the step");
      return false;
    }
    step_ms_ = span_ms;
    begin_series();
  } else if (span_ms != step_ms_) {
    const WallTime due{last_.unix_ms + step_ms_, time.utc_offset_s};
    std::string kind = ": the step changes";
    if (span_ms == 0) {
      kind = ": the time again";
    } else if (span_ms < 0) {
      kind = ": back in time";
    } else if (span_ms % step_ms_ == 0) {
      const std::int64_t missing = span_ms / step_ms_ - 1;
      kind = fmt::format(": {} line{} missing", missing, missing == 1 ? " is" : "s are");
    }
    const bool more = lines_.error("column time", time_text(time) + kind,
                                   fmt::format("{}, one step of {} after the line before",
                                               time_text(due), span_text(step_ms_)));
    last_ = time;
    return more;
  }
  last_ = time;
  return true;
}

void TimestampedReader::begin_series() {
  for (Column& column : columns_) {
    if (column.unit != nobody && options_.run) {
      column.builder.emplace(first_->unix_ms, step_ms_, *options_.run);
    }
  }
  add_row(first_row_);
}

void TimestampedReader::add_row(const std::vector<double>& row) {
  const double step_h = static_cast<double>(step_ms_) / ms_per_hour;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].builder) {
      columns_[i].builder->add(columns_[i].is_energy ? row[i] / step_h : row[i]);
    }
  }
}

void TimestampedReader::finish() {
  if (step_ms_ == 0) {
    lines_.error("", first_ ? "one line of data" : "no line of data",
                 "at least two: they give the step");
    return;
  }
  csv_.form = fmt::format("timestamped, {} column{}, {}", columns_.size(),
                          columns_.size() == 1 ? "" : "s", span_text(step_ms_));
  if (!options_.run) {
    return;
  }
  const std::int64_t end_ms = last_.unix_ms + step_ms_;
  const auto on_clock = [&](std::int64_t unix_s) {
    return time_text({unix_s * 1000, options_.utc_offset_s});
  };
  if (first_->unix_ms > options_.run->from_unix_s * 1000) {
    lines_.error(
        "column time", fmt::format("a first time (line {}) of {}", first_line_, time_text(*first_)),
        fmt::format("the begin of the run, {}, or earlier", on_clock(options_.run->from_unix_s)));
  }
  if (end_ms < options_.run->to_unix_s * 1000) {
    lines_.error(
        "column time",
        fmt::format("an end of the data at {}", time_text({end_ms, last_.utc_offset_s})),
        fmt::format("the end of the run, {}, or later", on_clock(options_.run->to_unix_s)));
    return;
  }
  for (Column& column : columns_) {
    if (column.builder) {
      csv_.series[column.unit] =
          std::make_shared<const physics::PowerSeries>(column.builder->build());
    }
  }
}

}  // namespace

PowerCsv read_timestamped(CsvLines& lines, const PowerCsvOptions& options) {
  return TimestampedReader(lines, options).read();
}

}  // namespace musubi::inputs
