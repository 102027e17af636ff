#include "inputs/power_csv.hpp"

#include <algorithm>

#include "inputs/csv_lines.hpp"
#include "inputs/power_forms.hpp"

namespace musubi::inputs {

namespace {

constexpr std::size_t hours = 24;
constexpr std::size_t reference_load_columns = 53;
constexpr std::string_view timestamped_allowed = "a header \"time,<unit>,<unit>,...\"";

bool is_number(std::string_view field) {
  return !field.empty() && field.find_first_not_of("0123456789.eE+-") == std::string_view::npos;
}

/// What is allowed in the first line.
std::string allowed_first_line(const std::optional<PowerKind>& kind) {
  std::string allowed(timestamped_allowed);
  if (kind != PowerKind::load) {
    allowed += ", or 365 lines of 24 numbers (the solar file of APIS)";
  }
  if (kind != PowerKind::pv) {
    allowed += ", or 48 half-hourly columns from the sixth on (the load file of APIS)";
  }
  return allowed;
}

std::string found_first_line(const std::vector<std::string_view>& fields) {
  const std::string_view first = fields.front();
  if (fields.size() == 1 && first.find(';') != std::string_view::npos) {
    return R"(fields separated by ";" instead of ",")";
  }
  if (fields.size() == 1 && first.find('\t') != std::string_view::npos) {
    return R"(fields separated by tabs instead of ",")";
  }
  return std::to_string(fields.size()) + (fields.size() == 1 ? " field, " : " fields, the first ") +
         describe_field(first);
}

}  // namespace

json::ReadResult<PowerCsv> read_power_csv(std::istream& in, const std::string& file,
                                          const PowerCsvOptions& options) {
  json::ReadResult<PowerCsv> result{{}, json::Problems(file)};
  CsvLines lines(in, result.problems);
  if (!lines.next()) {
    if (!result.problems.has_errors()) {
      result.problems.error(1, "", "nothing", allowed_first_line(options.kind));
    }
    return result;
  }
  const auto& fields = lines.fields();
  PowerCsv csv;
  if (fields.front() == "time") {
    csv = read_timestamped(lines, options);
  } else if (fields.size() == hours && options.kind != PowerKind::load &&
             std::all_of(fields.begin(), fields.end(), is_number)) {
    csv = read_reference_pv(lines, options);
  } else if (fields.size() >= reference_load_columns && options.kind != PowerKind::pv) {
    csv = read_reference_load(lines, options);
  } else {
    lines.error("", found_first_line(fields), allowed_first_line(options.kind));
  }
  if (!result.problems.has_errors()) {
    result.value = std::move(csv);
  }
  return result;
}

}  // namespace musubi::inputs
