// A community file from any bytes: a value that a plant can be made of, or errors.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/contract.hpp"
#include "inputs/community_file.hpp"
#include "physics/plant.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = musubi::inputs::read_community(text, "fuzz");
  musubi::expect(result.ok() != result.problems.has_errors(), "a value or an error");
  constexpr std::size_t few = 8;
  if (result.ok() && result->community.units.size() <= few) {
    // What the reader takes, the plant takes: an hour of it.
    constexpr musubi::WallTime start{1'751'295'600'000, 9 * 3600};
    musubi::physics::Plant plant(result->community, 1, start, {});
    const musubi::Instant end{musubi::seconds(3600)};
    for (std::size_t i = 0; i < plant.size(); ++i) {
      (void)plant.read(i, end);
    }
  }
  return 0;
}
