#include "musubi/report_files.hpp"

#include <fstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "json/deal_json.hpp"
#include "json/document.hpp"
#include "json/format.hpp"

namespace musubi::app {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view csv_header =
    "time,pv_wh,curtailed_wh,grid_import_wh,load_wh,unserved_wh,sent_wh,received_wh,loss_wh,"
    "battery_begin_wh,battery_wh\n";

std::string csv_of(const std::vector<sim::HourRow>& rows) {
  std::string text(csv_header);
  for (const auto& r : rows) {
    fmt::format_to(std::back_inserter(text),
                   "{},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f}\n",
                   json::iso_time(r.time), r.pv_wh, r.curtailed_wh, r.grid_import_wh, r.load_wh,
                   r.unserved_wh, r.sent_wh, r.received_wh, r.loss_wh, r.battery_begin_wh,
                   r.battery_wh);
  }
  return text;
}

Result<bool> write_file(const fs::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) {
    return failure(fmt::format("{}: could not be written (is the disk full?)", path.string()));
  }
  return true;
}

json::Value number(double x) { return json::Value::real(x); }
json::Value count(std::uint64_t n) { return json::Value::integer(static_cast<std::int64_t>(n)); }

}  // namespace

std::string summary_json(const sim::Summary& s) {
  using json::Value;
  Value points = Value::object();
  Value units = Value::array();
  for (const auto& u : s.per_unit) {
    points.set(u.unit.view(), number(u.points));
    Value unit = Value::object();
    unit.set("unit", Value::text(u.unit.view()))
        .set("pv_kwh", number(u.pv_kwh))
        .set("load_kwh", number(u.load_kwh))
        .set("grid_import_kwh", number(u.grid_import_kwh))
        .set("sent_kwh", number(u.sent_kwh))
        .set("received_kwh", number(u.received_kwh))
        .set("first_soc_pct", number(u.first_soc_pct))
        .set("last_soc_pct", number(u.last_soc_pct))
        .set("unserved_kwh", number(u.unserved_kwh));
    if (s.cost) {
      unit.set("cost", number(u.cost));
    }
    if (s.co2_kg) {
      unit.set("co2_kg", number(u.co2_kg));
    }
    units.push(unit);
  }
  Value latency = Value::object();
  latency.set("count", count(s.deals_latency_count))
      .set("p50", number(s.deal_latency_p50_ms))
      .set("p99", number(s.deal_latency_p99_ms));
  Value v = Value::object();
  v.set("community", Value::text(s.community))
      .set("units", count(s.units))
      .set("days", number(s.days))
      .set("seed", Value::number(static_cast<double>(s.seed), std::to_string(s.seed)))
      .set("control", Value::text(s.control == ControlProfile::field ? "field" : "study"))
      .set("sharing", Value::text(s.sharing ? "on" : "off"))
      .set("mode", Value::text(json::text_of(s.mode)))
      .set("wall_s", number(s.wall_s))
      .set("realtime_factor", number(s.realtime_factor))
      .set("messages", count(s.messages))
      .set("commands", count(s.commands))
      .set("transactions", count(s.transactions))
      .set("alarms", count(s.alarms))
      .set("pv_kwh", number(s.pv_kwh))
      .set("load_kwh", number(s.load_kwh))
      .set("grid_import_kwh", number(s.grid_import_kwh))
      .set("curtailed_kwh", number(s.curtailed_kwh))
      .set("unserved_kwh", number(s.unserved_kwh))
      .set("sent_kwh", number(s.sent_kwh))
      .set("received_kwh", number(s.received_kwh))
      .set("line_loss_kwh", number(s.line_loss_kwh))
      .set("loss_kwh", number(s.loss_kwh))
      .set("battery_change_kwh", number(s.battery_change_kwh))
      .set("self_sufficiency_pct", number(s.self_sufficiency_pct))
      .set("deals_completed", count(s.deals_completed))
      .set("deals_aborted", count(s.deals_aborted))
      .set("deals_open", count(s.deals_open))
      .set("deal_latency_ms", latency)
      .set("unmatched_needs", count(s.unmatched_needs))
      .set("points", points)
      .set("energy_residual_wh", number(s.energy_residual_wh))
      .set("trace_hash", Value::text(fmt::format("{:016x}", s.trace_hash)))
      .set("per_unit", units);
  if (s.cost) {
    v.set("cost", number(*s.cost)).set("currency", Value::text(s.currency));
  }
  if (s.co2_kg) {
    v.set("co2_kg", number(*s.co2_kg));
  }
  return json::to_text(v);
}

ReportFolder::ReportFolder(fs::path folder, fs::path draft)
    : folder_(std::move(folder)), draft_(std::move(draft)) {}

ReportFolder::ReportFolder(ReportFolder&& other) noexcept
    : folder_(std::move(other.folder_)), draft_(std::exchange(other.draft_, fs::path())) {}

ReportFolder& ReportFolder::operator=(ReportFolder&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(draft_, other.draft_);
  return *this;
}

ReportFolder::~ReportFolder() {
  if (!draft_.empty()) {
    std::error_code ignored;
    fs::remove_all(draft_, ignored);
  }
}

Result<ReportFolder> ReportFolder::open(const fs::path& folder) {
  std::error_code error;
  fs::path target = fs::absolute(folder, error).lexically_normal();
  if (!target.has_filename()) {
    target = target.parent_path();
  }
  const auto refuse = [&](std::string_view found) {
    return failure(fmt::format("--out {}: found {}, allowed: a new or empty folder, or one of an "
                               "earlier run, where you may write",
                               folder.string(), found));
  };
  const auto status = fs::status(target, error);
  if (fs::exists(status)) {
    if (!fs::is_directory(status)) {
      return refuse("a file");
    }
    const bool is_empty = fs::is_empty(target, error);
    if (error) {
      return refuse(error.message());
    }
    if (!is_empty && !fs::exists(target / "summary.json", error)) {
      return refuse("a folder with other things in it");
    }
  }
  fs::create_directories(target.parent_path(), error);
  fs::path draft = target;
  draft += fmt::format(".draft-{}", ::getpid());
  fs::create_directories(draft / "hourly", error);
  if (error) {
    return refuse(error.message());
  }
  return ReportFolder(target, draft);
}

Result<bool> ReportFolder::write(const sim::SimulationResult& result) {
  const auto& units = result.summary.per_unit;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const auto path = draft_ / "hourly" / (units[i].unit.str() + ".csv");
    if (auto done = write_file(path, csv_of(result.hours[i])); !done) {
      return done;
    }
  }
  std::string deals;
  for (const auto& deal : result.deals) {
    deals += json::write_deal(*deal) + '\n';
  }
  if (auto done = write_file(draft_ / "deals.jsonl", deals); !done) {
    return done;
  }
  if (auto done = write_file(draft_ / "summary.json", summary_json(result.summary) + '\n'); !done) {
    return done;
  }
  std::error_code error;
  fs::remove_all(folder_, error);
  fs::rename(draft_, folder_, error);
  if (error) {
    return failure(
        fmt::format("{}: could not be put in place: {}", folder_.string(), error.message()));
  }
  draft_.clear();
  return true;
}

}  // namespace musubi::app
