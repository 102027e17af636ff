// A file of powers from any bytes: series or errors.
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>

#include "base/contract.hpp"
#include "inputs/power_csv.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  musubi::inputs::PowerCsvOptions options;
  options.units = {"E001", "E002"};
  constexpr std::int64_t begin_s = 1'751'328'000;
  options.run = musubi::physics::TimeSpan{begin_s, begin_s + 7200};
  for (const bool known : {true, false}) {
    std::istringstream in(text);
    const auto result = musubi::inputs::read_power_csv(
        in, "fuzz", known ? options : musubi::inputs::PowerCsvOptions());
    musubi::expect(result.ok() != result.problems.has_errors(), "series or an error");
    if (result.ok()) {
      for (const auto& series : result->series) {
        musubi::expect(series == nullptr || series->at(begin_s) >= 0.0, "no negative power");
      }
    }
  }
  return 0;
}
