// Requests, accepts and errors in the form in which APIS programs exchange them.
#pragma once

#include <string>
#include <string_view>

#include "domain/alarm.hpp"
#include "domain/offer.hpp"
#include "json/document.hpp"
#include "json/problem.hpp"

namespace musubi::json {

/// A request or an accept as one line of JSON (reference 3.2, 3.4). Currents, prices and voltages
/// are 32-bit floats there; times are local whole seconds.
std::string write_offer(const Offer& offer);

/// Reads a request or an accept. `utc_offset_s` is the local offset that the text does not hold.
ReadResult<Offer> read_offer(std::string_view text, std::string file, std::int32_t utc_offset_s);

/// An error as APIS programs publish it (reference 10.1).
struct ErrorReport {
  UnitId unit;  ///< whom it is about
  AlarmCategory category = AlarmCategory::unknown;
  AlarmExtent extent = AlarmExtent::unknown;
  AlarmLevel level = AlarmLevel::unknown;
  std::string message;
  std::string source_file;  ///< where it was raised; empty: not said
  int source_line = 0;
  std::string source_class;
  std::string source_function;

  friend bool operator==(const ErrorReport&, const ErrorReport&) = default;
};

std::string write_error(const ErrorReport& report);
/// Names of category, extent and level that are not known become `unknown`.
ReadResult<ErrorReport> read_error(std::string_view text, std::string file);

}  // namespace musubi::json
