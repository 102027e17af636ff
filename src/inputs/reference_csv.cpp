#include <charconv>
#include <set>

#include <fmt/format.h>

#include "inputs/power_forms.hpp"

namespace musubi::inputs {

namespace {

constexpr std::size_t days = 365;
constexpr std::size_t hours = 24;
constexpr std::size_t half_hours = 48;
constexpr std::size_t first_load_field = 5;
constexpr double w_per_kw = 1000.0;

std::string column_text(std::size_t index) { return fmt::format("column {}", index + 1); }

/// The values of one line from `first` on; false once there are too many findings.
bool add_row(CsvLines& lines, std::size_t first, std::size_t count, double factor,
             std::vector<float>& power_w) {
  bool ok = true;
  for (std::size_t i = first; i < first + count && ok; ++i) {
    const auto value = power_of(lines, lines.fields()[i], column_text(i), most_power_w / factor,
                                factor == 1.0 ? "W" : "kW", ok);
    power_w.push_back(static_cast<float>(value.value_or(0.0) * factor));
  }
  return ok;
}

std::shared_ptr<const physics::PowerSeries>
series_of(const std::vector<float>& power_w, std::size_t per_day, const PowerCsvOptions& options) {
  if (!options.run || power_w.size() != days * per_day) {
    return nullptr;
  }
  return std::make_shared<const physics::PowerSeries>(
      physics::repeated_year(power_w, per_day, options.utc_offset_s, *options.run));
}

/// The reader of the load form: customers below each other.
class LoadReader {
 public:
  LoadReader(CsvLines& lines, const PowerCsvOptions& options) : lines_(lines), options_(options) {
    csv_.series.resize(options.units.size());
  }
  PowerCsv read() {
    // The header is free text.
    while (lines_.next()) {
      if (!take_row()) {
        return csv_;
      }
    }
    finish_customer();
    if (done_.empty()) {
      lines_.error("", "no customer", "365 lines for each customer");
    }
    csv_.form = fmt::format("load file of APIS, {} customers", done_.size());
    return csv_;
  }

 private:
  bool take_row() {
    const auto& fields = lines_.fields();
    if (fields.size() < first_load_field + half_hours) {
      return lines_.error("", fmt::format("{} fields", fields.size()),
                          fmt::format("at least {}: 48 half-hours from the sixth on",
                                      first_load_field + half_hours));
    }
    std::size_t customer = 0;
    const std::string_view text = fields.front();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), customer);
    if (error != std::errc() || end != text.data() + text.size() || customer < 1) {
      return lines_.error(column_text(0), describe_field(text),
                          "the customer's number: 1 is the first unit");
    }
    if (customer != customer_ && !begin_customer(customer)) {
      return false;
    }
    if (power_w_.size() == days * half_hours) {
      return lines_.error(column_text(0), fmt::format("customer {} again", customer),
                          "365 lines one below the other for each customer");
    }
    return add_row(lines_, first_load_field, half_hours, w_per_kw, power_w_);
  }

  bool begin_customer(std::size_t customer) {
    if (!finish_customer()) {
      return false;
    }
    customer_ = customer;
    power_w_.clear();
    if (done_.contains(customer)) {
      return lines_.error(column_text(0), fmt::format("customer {} again", customer),
                          "the lines of each customer one below the other");
    }
    return true;
  }

  bool finish_customer() {
    if (customer_ == 0) {
      return true;
    }
    done_.insert(customer_);
    if (power_w_.size() != days * half_hours) {
      return lines_.error(column_text(0),
                          fmt::format("{} lines for customer {} before this line or the end",
                                      power_w_.size() / half_hours, customer_),
                          "365 lines for each customer");
    }
    if (customer_ <= csv_.series.size()) {
      csv_.series[customer_ - 1] = series_of(power_w_, half_hours, options_);
    }
    return true;
  }

  CsvLines& lines_;
  const PowerCsvOptions& options_;
  PowerCsv csv_;
  std::size_t customer_ = 0;
  std::set<std::size_t> done_;
  std::vector<float> power_w_;
};

}  // namespace

PowerCsv read_reference_pv(CsvLines& lines, const PowerCsvOptions& options) {
  PowerCsv csv;
  csv.form = "solar file of APIS";
  std::vector<float> power_w;
  std::size_t rows = 0;
  bool more = true;
  while (more) {
    if (++rows > days) {
      lines.error("", "a line more", "365 lines, one for each day of a year");
      return csv;
    }
    const std::size_t count = lines.fields().size();
    if (count != hours) {
      if (!lines.error("", fmt::format("{} fields", count), "24 numbers, one for each hour")) {
        return csv;
      }
    } else if (!add_row(lines, 0, hours, 1.0, power_w)) {
      return csv;
    }
    more = lines.next();
  }
  if (rows != days) {
    lines.error("", fmt::format("the end after {} lines", rows),
                "365 lines, one for each day of a year");
  }
  csv.series.assign(options.units.size(), series_of(power_w, hours, options));
  return csv;
}

PowerCsv read_reference_load(CsvLines& lines, const PowerCsvOptions& options) {
  return LoadReader(lines, options).read();
}

}  // namespace musubi::inputs
