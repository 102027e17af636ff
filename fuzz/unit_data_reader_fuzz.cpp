// Unit data from any bytes: a value or errors; what is written is read back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/contract.hpp"
#include "json/unit_data.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  using namespace musubi;
  constexpr std::int32_t offset = 9 * 3600;
  const auto first = json::read_unit_data(text, "fuzz", offset);
  expect(first.ok() != first.problems.has_errors(), "a value or an error");
  if (first.ok()) {
    const auto written = json::write_unit_data(*first);
    const auto second = json::read_unit_data(written, "written", offset);
    expect(second.ok(), "what was written is read");
    expect(json::write_unit_data(*second) == written, "and written again the same");
  }
  return 0;
}
