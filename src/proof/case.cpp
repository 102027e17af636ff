#include "proof/case.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "physics/community.hpp"

namespace musubi::proof {

namespace {

constexpr auto profiles = std::to_array<std::string_view>({"mild", "rough", "hostile"});
constexpr auto happenings = std::to_array<std::string_view>(
    {"created", "activated", "warming_up", "running", "stopping", "stopped", "done",
     "hand_over_drooped", "hand_over_entered", "hand_over_two_hold", "hand_over_released",
     "role_taken", "bus_forming", "bus_formed", "healed"});
static_assert(happenings.size() == static_cast<std::size_t>(Happening::healed) + 1);

template <class T, std::size_t N>
std::optional<T> named(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto it = std::find(names.begin(), names.end(), name);
  return it == names.end() ? std::nullopt : std::optional(static_cast<T>(it - names.begin()));
}

}  // namespace

std::string_view name_of(Profile profile) { return profiles[static_cast<std::size_t>(profile)]; }
std::optional<Profile> profile_named(std::string_view name) {
  return named<Profile>(profiles, name);
}
std::string_view name_of(Happening happening) {
  return happenings[static_cast<std::size_t>(happening)];
}
std::optional<Happening> happening_named(std::string_view name) {
  return named<Happening>(happenings, name);
}

UnitId unit_numbered(int number) {
  return UnitId(physics::unit_name(static_cast<std::size_t>(number)));
}

}  // namespace musubi::proof
