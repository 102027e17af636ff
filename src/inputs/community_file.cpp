#include "inputs/community_file.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include <fmt/format.h>

#include "domain/timing.hpp"
#include "inputs/times.hpp"
#include "inputs/unit_reader.hpp"
#include "json/object_reader.hpp"
#include "json/read_text.hpp"

namespace musubi::inputs {

namespace {

using json::Need;
using json::ObjectReader;
using json::pointer_to;
using json::Problems;
using json::Value;

// Two units a kilometre apart on each of 1024 places fit.
constexpr json::Range ohm_range{0, 1000, "Ohm"};
constexpr double polar_circle_deg = 66.0;

void read_time_zone(ObjectReader& site, std::int32_t& utc_offset_s) {
  const std::string allowed = "an offset from UTC in quarters of an hour like \"+09:00\"";
  const Value* value = site.take("timeZone", Need::required, allowed);
  if (value == nullptr) {
    return;
  }
  const auto offset = value->is(Value::Kind::text) ? parse_offset(value->as_text()) : std::nullopt;
  if (offset) {
    utc_offset_s = *offset;
    return;
  }
  const bool is_name = value->is(Value::Kind::text) &&
                       std::any_of(value->as_text().begin(), value->as_text().end(),
                                   [](unsigned char c) { return std::isalpha(c) != 0; });
  site.refuse("timeZone", *value,
              is_name ? allowed + "; a run keeps one offset, also where the clock changes: take "
                                  "that of standard time"
                      : allowed);
}

void read_tariff(ObjectReader tariff, std::optional<physics::Tariff>& field) {
  if (!tariff.present()) {
    return;
  }
  constexpr json::Range price_range{-1e6, 1e6, "per kWh"};
  constexpr json::Range hour_range{0, 24, "h"};
  physics::Tariff read;
  tariff.text("currency", read.currency, Need::required);
  tariff.number("importPerKwh", read.import_per_kwh, price_range, Need::required);
  const Value* slices =
      take_array(tariff, "slices", Need::optional, CommunityLimits::slices, "slices");
  for (std::size_t i = 0; slices != nullptr && i < slices->items().size(); ++i) {
    const Value& item = slices->items()[i];
    ObjectReader reader(&item,
                        pointer_to(pointer_to(tariff.pointer(), "slices"), std::to_string(i)),
                        item.line(), tariff.problems(), json::UnknownKeys::refuse);
    physics::Tariff::Slice slice;
    reader.integer("fromHour", slice.from_hour, hour_range, Need::required);
    reader.integer("toHour", slice.to_hour, hour_range, Need::required);
    reader.number("importPerKwh", slice.import_per_kwh, price_range, Need::required);
    reader.finish();
    if (slice.from_hour == slice.to_hour) {
      reader.problems().error(reader.line(), reader.pointer(),
                              fmt::format("a slice from {0} to {0} h", slice.from_hour),
                              "two different hours; toHour before fromHour runs over midnight");
    }
    read.slices.push_back(slice);
  }
  tariff.finish();
  field = read;
}

/// Both lists as one, ascending and apart.
std::vector<physics::Outage> united(std::vector<physics::Outage> a,
                                    const std::vector<physics::Outage>& b) {
  a.insert(a.end(), b.begin(), b.end());
  std::stable_sort(a.begin(), a.end(), [](const auto& left, const auto& right) {
    return left.from_unix_ms < right.from_unix_ms;
  });
  std::vector<physics::Outage> all;
  for (const physics::Outage& outage : a) {
    if (!all.empty() && outage.from_unix_ms <= all.back().to_unix_ms) {
      all.back().to_unix_ms = std::max(all.back().to_unix_ms, outage.to_unix_ms);
    } else {
      all.push_back(outage);
    }
  }
  return all;
}

/// Where each unit is by its name.
using Places = std::map<std::string, std::size_t, std::less<>>;

Places read_units(ObjectReader& root, CommunityFile& file,
                  const std::vector<physics::Outage>& outages) {
  Places places;
  const Value* array = take_array(root, "units", Need::required, Limits::members, "units");
  if (array == nullptr) {
    return places;
  }
  const std::string at = pointer_to(root.pointer(), "units");
  std::map<std::string, int> first_line;
  for (std::size_t i = 0; i < array->items().size(); ++i) {
    const Value& item = array->items()[i];
    ObjectReader reader(&item, pointer_to(at, std::to_string(i)), item.line(), root.problems(),
                        json::UnknownKeys::refuse);
    FileNames names;
    physics::UnitParams unit = read_unit(reader, names, file.community.site.utc_offset_s);
    if (unit.utility) {
      unit.outages = united(std::move(unit.outages), outages);
    }
    if (!unit.name.empty()) {
      const auto [place, is_new] = first_line.try_emplace(unit.name, reader.line());
      if (!is_new) {
        const Value* id = item.find("id");
        root.problems().error(id->line(), pointer_to(reader.pointer(), "id"),
                              json::describe(*id) + " again",
                              fmt::format("each unit once (first on line {})", place->second));
      }
      places.try_emplace(unit.name, i);
    }
    file.community.units.push_back(std::move(unit));
    file.unit_files.push_back(std::move(names));
  }
  return places;
}

std::optional<std::size_t> read_end(ObjectReader& line, std::string_view key,
                                    const Places& places) {
  UnitId id;
  line.unit_id(key, id, Need::required);
  if (id.empty()) {
    return std::nullopt;
  }
  const auto place = places.find(id.view());
  if (place != places.end()) {
    return place->second;
  }
  std::vector<std::string_view> names;
  names.reserve(places.size());
  for (const auto& [name, index] : places) {
    names.push_back(name);
  }
  const auto near = json::nearest(id.view(), names);
  line.refuse(key, *line.object()->find(key),
              near.empty() ? "the id of one of the units"
                           : fmt::format("the id of one of the units; did you mean \"{}\"?", near));
  return std::nullopt;
}

/// Whether every line could be read: only then is it known what is connected.
bool read_lines(ObjectReader& root, const Places& places, std::vector<physics::Line>& lines) {
  const std::size_t errors_before = root.problems().list().size();
  const Value* array = take_array(root, "lines", Need::optional, CommunityLimits::lines, "lines");
  for (std::size_t i = 0; array != nullptr && i < array->items().size(); ++i) {
    const Value& item = array->items()[i];
    ObjectReader reader(&item, pointer_to(pointer_to(root.pointer(), "lines"), std::to_string(i)),
                        item.line(), root.problems(), json::UnknownKeys::refuse);
    physics::Line line;
    const auto from = read_end(reader, "from", places);
    const auto to = read_end(reader, "to", places);
    reader.quantity("resistanceOhm", line.resistance, ohm_range, Need::required);
    reader.finish();
    if (from && to && *from == *to) {
      reader.problems().error(reader.line(), reader.pointer(), "a line from a unit to itself",
                              "two different units");
    } else if (from && to) {
      line.from = *from;
      line.to = *to;
      lines.push_back(line);
    }
  }
  return root.problems().list().size() == errors_before;
}

/// Names the units that no line joins to the first.
void check_connected(const CommunityFile& file, ObjectReader& root) {
  const auto& units = file.community.units;
  std::vector<bool> reached(units.size(), false);
  reached[0] = true;
  bool grows = true;
  while (grows) {
    grows = false;
    for (const physics::Line& line : file.community.lines) {
      if (reached[line.from] != reached[line.to]) {
        reached[line.from] = true;
        reached[line.to] = true;
        grows = true;
      }
    }
  }
  std::string lost;
  std::size_t count = 0;
  constexpr std::size_t shown = 5;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (!reached[i] && ++count <= shown) {
      lost += (lost.empty() ? "" : ", ") + units[i].name;
    }
  }
  if (count > shown) {
    lost += fmt::format(" and {} more", count - shown);
  }
  if (count > 0) {
    const Value* lines = root.object()->find("lines");
    root.problems().error(lines == nullptr ? root.line() : lines->line(), "/lines",
                          fmt::format("no way from {} to {}", units[0].name, lost),
                          "lines that join all units to one network");
  }
}

void warn_about_energy(const CommunityFile& file, ObjectReader& root) {
  const auto& units = file.community.units;
  const bool utility =
      std::any_of(units.begin(), units.end(), [](const auto& u) { return u.utility; });
  const bool sun =
      std::any_of(units.begin(), units.end(), [](const auto& u) { return u.pv.peak_kw > 0.0; });
  if (!utility && file.community.tariff) {
    root.problems().warning(root.line(), "/tariff", "a tariff where no unit has a utility",
                            "it has no effect");
  }
  if (!utility && !sun) {
    root.problems().warning(root.line(), "/units", "no PV and no utility in any unit",
                            "a source of energy; without --pv every battery runs empty");
  }
}

std::optional<CommunityFile> read(const Value& root, Problems& problems) {
  CommunityFile file;
  physics::Community& community = file.community;
  ObjectReader reader(&root, "", 1, problems, json::UnknownKeys::refuse);
  if (!reader.present()) {
    return std::nullopt;
  }
  reader.ignore("$schema");
  reader.text("name", community.name, Need::required);
  ObjectReader site = reader.child("site");
  site.number("latitudeDeg", community.site.latitude_deg,
              {-polar_circle_deg, polar_circle_deg, "degrees north"}, Need::required);
  site.number("longitudeDeg", community.site.longitude_deg, {-180, 180, "degrees east"},
              Need::required);
  read_time_zone(site, community.site.utc_offset_s);
  site.finish();
  ObjectReader names = reader.child("files");
  read_file_name(names, "policy", file.files.policy);
  read_file_name(names, "scenario", file.files.scenario);
  read_file_name(names, "hwConfig", file.files.hw_config);
  names.finish();
  read_tariff(reader.child("tariff"), community.tariff);
  reader.number("gridCo2KgPerKwh", community.grid_co2_kg_per_kwh, {0, 100, "kg"});
  ObjectReader bus = reader.child("bus");
  bus.number("capacitanceF", community.bus.capacitance_f, {1e-6, 1, "F"});
  bus.quantity("bleedOhm", community.bus.bleed, {100, 1e9, "Ohm"});
  bus.finish();
  const auto outages = read_outages(reader, community.site.utc_offset_s);
  const Places places = read_units(reader, file, outages);
  const bool lines_known = read_lines(reader, places, community.lines);
  reader.finish();
  if (lines_known && !community.units.empty()) {
    check_connected(file, reader);
  }
  warn_about_energy(file, reader);
  return file;
}

}  // namespace

json::ReadResult<CommunityFile> read_community(std::string_view text, std::string file) {
  return json::read_text<CommunityFile>(text, std::move(file), read);
}

}  // namespace musubi::inputs
