// Lines and fields of a CSV file, one line in memory at a time.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/problem.hpp"

namespace musubi::inputs {

/// Bounds for foreign input.
struct CsvLimits {
  static constexpr std::size_t line_bytes = 256UL * 1024UL;
  static constexpr std::size_t columns = 4096;
  /// Findings after which reading ends.
  static constexpr std::size_t problems = 20;
};

/// Cursor on the lines that hold something. Line ends may be LF or CRLF; a byte order mark and
/// blanks around fields are skipped; fields may stand in double quotes.
class CsvLines {
 public:
  CsvLines(std::istream& in, json::Problems& problems);

  /// Goes to the next line that is not blank. False at the end, and, with the error noted, at a
  /// line that is too long or has too many fields.
  bool next();
  [[nodiscard]] int line() const { return line_; }
  /// Valid until the next line.
  [[nodiscard]] const std::vector<std::string_view>& fields() const { return fields_; }

  /// Notes an error on this line. False once there are too many to go on.
  bool error(std::string_view column, std::string found, std::string allowed);

 private:
  bool split(std::string_view text);

  std::istream& in_;
  json::Problems& problems_;
  std::vector<char> buffer_;
  std::vector<std::string_view> fields_;
  int line_ = 0;
};

/// What a field holds, for a message.
std::string describe_field(std::string_view field);

/// A power or energy: a finite number that is not negative and at most `most`, in `dimension`.
/// Notes what else it is; `ok` becomes false once there are too many findings.
std::optional<double> power_of(CsvLines& lines, std::string_view field, std::string_view column,
                               double most, std::string_view dimension, bool& ok);

}  // namespace musubi::inputs
