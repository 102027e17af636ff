#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>

#include "json/config_files.hpp"
#include "json/format.hpp"
#include "json/object_reader.hpp"
#include "json/read_text.hpp"

namespace musubi::json {

namespace {

constexpr double most_wh = 1e9;

void read_selection(ObjectReader selection, AcceptSelection& field) {
  selection.choice<AcceptSelection>(
      "strategy", field,
      {{"amount", AcceptSelection::amount}, {"pointAndAmount", AcceptSelection::point_and_amount}},
      Need::optional, "amount");
  selection.finish();
}

/// A range of one status and where it stands.
struct ChargeRange {
  std::int64_t low_wh;
  std::optional<std::int64_t> high_wh;
  std::string_view key;
  int line;
};

/// Every charge has exactly one status: ranges follow each other without gap or overlap.
void check_ranges(std::vector<ChargeRange> ranges, const std::string& at, Problems& problems) {
  std::stable_sort(ranges.begin(), ranges.end(),
                   [](const ChargeRange& a, const ChargeRange& b) { return a.low_wh < b.low_wh; });
  for (std::size_t i = 0; i + 1 < ranges.size(); ++i) {
    const ChargeRange& range = ranges[i];
    const ChargeRange& next = ranges[i + 1];
    if (range.high_wh && *range.high_wh == next.low_wh) {
      continue;
    }
    const bool gap = range.high_wh && *range.high_wh < next.low_wh;
    problems.error(next.line, pointer_to(at, next.key),
                   (gap ? "a gap after \"" : "an overlap with \"") + std::string(range.key) + "\"",
                   "ranges that follow each other: one begins where another ends");
  }
  if (ranges.empty()) {
    return;
  }
  if (ranges.front().low_wh > 0) {
    problems.warning(ranges.front().line, pointer_to(at, ranges.front().key),
                     "no status below " + std::to_string(ranges.front().low_wh) + " Wh",
                     "a lowest range like \"-2880\"; without, the unit does not trade there");
  }
  if (ranges.back().high_wh) {
    problems.warning(ranges.back().line, pointer_to(at, ranges.back().key),
                     "no status from " + std::to_string(*ranges.back().high_wh) + " Wh on",
                     "a highest range like \"4320-\"; without, the unit does not trade there");
  }
}

/// One end of "3600-4320": digits, or nothing for an open end. False when it is neither.
bool read_bound(std::string_view text, std::optional<std::int64_t>& bound) {
  if (text.empty()) {
    return true;
  }
  std::int64_t wh = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), wh);
  if (error != std::errc() || end != text.data() + text.size() || text.front() == '-' ||
      static_cast<double>(wh) > most_wh) {
    return false;
  }
  bound = wh;
  return true;
}

std::vector<BatteryStatus> read_statuses(ObjectReader& slice) {
  std::vector<BatteryStatus> statuses;
  const std::string allowed = R"(an object of "low-high": "name" entries)";
  const Value* value = slice.take("batteryStatus", Need::required, allowed);
  if (value == nullptr) {
    return statuses;
  }
  if (!value->is(Value::Kind::object)) {
    slice.refuse("batteryStatus", *value, allowed);
    return statuses;
  }
  const std::string at = pointer_to(slice.pointer(), "batteryStatus");
  std::vector<ChargeRange> ranges;
  const std::size_t findings = slice.problems().list().size();
  for (const auto& [key, line, name] : value->members()) {
    const std::string place = pointer_to(at, key);
    if (key.starts_with('#')) {
      continue;
    }
    BatteryStatus status;
    const auto dash = key.find('-');
    // APIS takes a bound that it cannot read as open; a slip of the pen then trades at any charge.
    if (dash == std::string::npos ||
        !read_bound(std::string_view(key).substr(0, dash), status.low_wh) ||
        !read_bound(std::string_view(key).substr(dash + 1), status.high_wh)) {
      slice.problems().error(line, place, describe(Value::text(key)),
                             "two whole numbers of at most 1000000000 (Wh) as \"low-high\", "
                             "either may be left out");
      continue;
    }
    if (status.low_wh && status.high_wh && *status.low_wh >= *status.high_wh) {
      slice.problems().error(line, place, describe(Value::text(key)),
                             "a range whose low end is below its high end");
      continue;
    }
    if (!name.is(Value::Kind::text)) {
      slice.problems().error(name.line(), place, describe(name), "the name of a status");
      continue;
    }
    if (statuses.size() == ScenarioLimits::statuses_per_slice) {
      slice.problems().error(line, place, "one status more",
                             "at most " + std::to_string(ScenarioLimits::statuses_per_slice));
      break;
    }
    status.name = name.as_text();
    ranges.push_back({status.low_wh.value_or(0), status.high_wh, key, line});
    statuses.push_back(std::move(status));
  }
  if (slice.problems().list().size() == findings) {
    check_ranges(std::move(ranges), at, slice.problems());
  }
  return statuses;
}

std::optional<TradeRule> read_rule(ObjectReader& parent, std::string_view key) {
  ObjectReader reader = parent.child(key);
  if (!reader.present()) {
    return std::nullopt;
  }
  TradeRule rule;
  reader.integer("limitWh", rule.limit_wh, {0, most_wh, "Wh"}, Need::required);
  reader.number("pointPerWh", rule.point_per_wh, {0, 1e6, "points per Wh"});
  reader.unit_id("pairUnitId", rule.pair_unit);
  reader.finish();
  return rule;
}

/// "request" or "accept": rules by the name of a status.
void read_rules(ObjectReader& slice, std::string_view section, std::vector<BatteryStatus>& statuses,
                StatusRules BatteryStatus::*field) {
  ObjectReader rules = slice.child(section);
  if (!rules.present()) {
    return;
  }
  std::vector<std::string_view> names;
  names.reserve(statuses.size());
  for (const auto& status : statuses) {
    names.push_back(status.name);
  }
  for (const auto& [key, line, value] : rules.object()->members()) {
    if (key.starts_with('#')) {
      continue;
    }
    if (std::find(names.begin(), names.end(), key) == names.end()) {
      const auto near = nearest(key, names);
      rules.problems().error(line, pointer_to(rules.pointer(), key),
                             "a status that batteryStatus does not define",
                             near.empty() ? "a name out of batteryStatus"
                                          : "a name out of batteryStatus; did you mean \"" +
                                                std::string(near) + "\"?");
      continue;
    }
    ObjectReader reader(&value, pointer_to(rules.pointer(), key), line, rules.problems());
    StatusRules read;
    read.charge = read_rule(reader, "charge");
    read.discharge = read_rule(reader, "discharge");
    reader.finish();
    for (auto& status : statuses) {
      if (status.name == key) {
        status.*field = read;
      }
    }
  }
}

/// "HH:mm:ss-HH:mm:ss". False, with the error noted, when it is something else.
bool read_times(const std::string& key, int line, TimeSlice& slice, Problems& problems) {
  const auto dash = key.find('-');
  const auto from = parse_time_of_day(std::string_view(key).substr(0, dash));
  const auto to = parse_time_of_day(std::string_view(key).substr(dash + 1));
  if (!from || !to || *from == *to || *from == 86400) {
    problems.error(line, pointer_to("", key), describe(Value::text(key)),
                   "two different times as HH:mm:ss-HH:mm:ss, the first before 24:00:00");
    return false;
  }
  slice.from_s = *from;
  slice.to_s = *to;
  return true;
}

std::string clock_text(std::int32_t s) {
  const auto two = [](std::int32_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return two(s / 3600) + ":" + two(s / 60 % 60) + ":" + two(s % 60);
}

/// Warns of times of day without a slice, and with two.
void check_day(const std::vector<TimeSlice>& slices, int line, Problems& problems) {
  // +1 where a slice begins, -1 where one ends.
  std::map<std::int32_t, int> edges{{0, 0}, {86400, 0}};
  const auto add = [&edges](std::int32_t from_s, std::int32_t to_s) {
    ++edges[from_s];
    --edges[to_s];
  };
  for (const TimeSlice& slice : slices) {
    if (slice.from_s < slice.to_s) {
      add(slice.from_s, slice.to_s);
    } else {
      add(slice.from_s, 86400);
      add(0, slice.to_s);
    }
  }
  int count = 0;
  for (auto edge = edges.begin(); std::next(edge) != edges.end(); ++edge) {
    count += edge->second;
    if (count == 1) {
      continue;
    }
    const std::string span =
        " from " + clock_text(edge->first) + " to " + clock_text(std::next(edge)->first);
    problems.warning(line, "", (count == 0 ? "no slice" : "more than one slice") + span,
                     count == 0 ? "slices for the whole day; without, the unit does not trade then"
                                : "one slice at a time; the first in the file counts");
  }
}

}  // namespace

std::optional<Scenario> read_scenario(const Value& root, Problems& problems) {
  Scenario scenario;
  ObjectReader reader(&root, "", 1, problems);
  if (!reader.present()) {
    return std::nullopt;
  }
  reader.milliseconds("refreshingPeriodMsec", scenario.refreshing_period, {1, 86'400'000});
  AcceptSelection selection = AcceptSelection::amount;
  read_selection(reader.child("acceptSelection"), selection);
  const std::vector<std::string_view> settings{"refreshingPeriodMsec", "acceptSelection"};
  for (const auto& [key, line, value] : root.members()) {
    if (key.starts_with('#') || key.find('-') == std::string::npos) {
      const auto near = nearest(key, settings);
      if (!near.empty() && near != key) {
        problems.warning(line, pointer_to("", key), "an unknown key",
                         "it is ignored; did you mean \"" + std::string(near) + "\"?");
      }
      continue;
    }
    TimeSlice slice;
    slice.accept_selection = selection;
    if (!read_times(key, line, slice, problems)) {
      continue;
    }
    if (scenario.slices.size() == ScenarioLimits::slices) {
      problems.error(line, pointer_to("", key), "one slice more",
                     "at most " + std::to_string(ScenarioLimits::slices));
      break;
    }
    ObjectReader content(&value, pointer_to("", key), line, problems);
    read_selection(content.child("acceptSelection"), slice.accept_selection);
    slice.statuses = read_statuses(content);
    read_rules(content, "request", slice.statuses, &BatteryStatus::request);
    read_rules(content, "accept", slice.statuses, &BatteryStatus::accept);
    content.finish();
    scenario.slices.push_back(std::move(slice));
  }
  if (!problems.has_errors()) {
    check_day(scenario.slices, reader.line(), problems);
  }
  return scenario;
}

ReadResult<Scenario> read_scenario(std::string_view text, std::string file) {
  return read_text<Scenario>(text, std::move(file), [](const Value& root, Problems& problems) {
    return read_scenario(root, problems);
  });
}

}  // namespace musubi::json
