// config.json from any bytes: a value or errors.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/contract.hpp"
#include "json/config_files.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = musubi::json::read_node_config(text, "fuzz", "/tmp");
  musubi::expect(result.ok() != result.problems.has_errors(), "a value or an error");
  return 0;
}
