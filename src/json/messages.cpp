#include "json/messages.hpp"

#include <initializer_list>

#include "json/format.hpp"
#include "json/object_reader.hpp"
#include "json/read_text.hpp"

namespace musubi::json {

namespace {

std::optional<Offer> read_offer_tree(const Value& root, std::int32_t utc_offset_s,
                                     Problems& problems) {
  Offer offer;
  ObjectReader reader(&root, "", 1, problems);
  if (!reader.present()) {
    return std::nullopt;
  }
  reader.unit_id("unitId", offer.unit, Need::required);
  reader.choice<Direction>("type", offer.type,
                           {{"charge", Direction::charge}, {"discharge", Direction::discharge}},
                           Need::required);
  reader.integer("amountWh", offer.amount_wh, {0, 1e9, "Wh"}, Need::required);
  reader.number("pointPerWh", offer.point_per_wh, {-1e6, 1e6, "points per Wh"});
  reader.unit_id("pairUnitId", offer.pair_unit);
  reader.quantity("efficientGridVoltageV", offer.efficient_grid_v, {-1e6, 1e6, "V"});
  reader.quantity("dealGridCurrentA", offer.deal_current, {0, 1000, "A"});
  std::optional<WallTime> time;
  reader.time("dateTime", time, utc_offset_s);
  offer.date_time = time.value_or(WallTime{});
  return offer;
}

/// The alternative whose text is `text`, or `unknown`.
template <class Enum>
Enum named(std::string_view text, std::initializer_list<Enum> all) {
  for (const Enum e : all) {
    if (text_of(e) == text) {
      return e;
    }
  }
  return Enum::unknown;
}

}  // namespace

std::string write_offer(const Offer& offer) {
  Value out = Value::object();
  out.set("type", Value::text(text_of(offer.type)));
  out.set("amountWh", Value::integer(offer.amount_wh));
  if (offer.point_per_wh) {
    out.set("pointPerWh", Value::java_float(*offer.point_per_wh));
  }
  if (!offer.pair_unit.empty()) {
    out.set("pairUnitId", Value::text(offer.pair_unit.view()));
  }
  if (offer.efficient_grid_v) {
    out.set("efficientGridVoltageV", Value::java_float(offer.efficient_grid_v->value()));
  }
  out.set("dateTime", Value::text(apis_time(offer.date_time)));
  out.set("dealGridCurrentA", Value::java_float(offer.deal_current.value()));
  out.set("unitId", Value::text(offer.unit.view()));
  return to_text(out);
}

ReadResult<Offer> read_offer(std::string_view text, std::string file, std::int32_t utc_offset_s) {
  return read_text<Offer>(text, std::move(file), [&](const Value& root, Problems& problems) {
    return read_offer_tree(root, utc_offset_s, problems);
  });
}

std::string write_error(const ErrorReport& report) {
  Value out = Value::object();
  out.set("unitId", Value::text(report.unit.view()));
  out.set("category", Value::text(text_of(report.category)));
  out.set("extent", Value::text(text_of(report.extent)));
  out.set("level", Value::text(text_of(report.level)));
  out.set("message", Value::text(report.message));
  if (!report.source_file.empty()) {
    Value place = Value::object();
    place.set("fileName", Value::text(report.source_file));
    place.set("lineNumber", Value::integer(report.source_line));
    place.set("className", Value::text(report.source_class));
    place.set("methodName", Value::text(report.source_function));
    out.set("stackTrace", std::move(place));
  }
  return to_text(out);
}

ReadResult<ErrorReport> read_error(std::string_view text, std::string file) {
  const auto read = [](const Value& root, Problems& problems) -> std::optional<ErrorReport> {
    ErrorReport report;
    ObjectReader reader(&root, "", 1, problems);
    if (!reader.present()) {
      return std::nullopt;
    }
    std::string category, extent, level;
    reader.unit_id("unitId", report.unit, Need::required);
    reader.text("category", category);
    reader.text("extent", extent);
    reader.text("level", level);
    reader.text("message", report.message);
    report.category = named(category, {AlarmCategory::hardware, AlarmCategory::framework,
                                       AlarmCategory::logic, AlarmCategory::user});
    report.extent = named(extent, {AlarmExtent::local, AlarmExtent::global});
    report.level = named(level, {AlarmLevel::warn, AlarmLevel::error, AlarmLevel::fatal});
    ObjectReader place = reader.child("stackTrace");
    place.text("fileName", report.source_file);
    place.integer("lineNumber", report.source_line, {});
    place.text("className", report.source_class);
    place.text("methodName", report.source_function);
    return report;
  };
  return read_text<ErrorReport>(text, std::move(file), read);
}

}  // namespace musubi::json
