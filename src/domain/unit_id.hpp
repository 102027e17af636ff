// Names of units and deals as small values.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace musubi {

/// Name of a unit, for instance "E001": 1 to 16 bytes, kept in place so that messages never
/// allocate. Ordered as text. The empty id means "nobody".
class UnitId {
 public:
  static constexpr std::size_t max_length = 16;

  constexpr UnitId() = default;
  /// For literals; a longer name breaks a contract. Outside input goes through parse().
  constexpr explicit UnitId(std::string_view name) { assign(name); }
  /// Nothing when the name is empty, longer than max_length or holds a control character.
  static constexpr std::optional<UnitId> parse(std::string_view name) {
    if (name.empty() || name.size() > max_length) {
      return std::nullopt;
    }
    for (const char c : name) {
      if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) {
        return std::nullopt;
      }
    }
    return UnitId(name);
  }

  [[nodiscard]] constexpr bool empty() const { return name_[0] == '\0'; }
  [[nodiscard]] std::string str() const { return std::string(view()); }
  [[nodiscard]] constexpr std::string_view view() const {
    std::size_t length = 0;
    while (length < max_length && name_[length] != '\0') {
      ++length;
    }
    return {name_.data(), length};
  }
  /// For hashes and tie-breaks: the same on every machine.
  [[nodiscard]] constexpr std::uint64_t value_or_hash() const {
    std::uint64_t h = word(0) * 0x9E3779B97F4A7C15ULL;
    h ^= h >> 32U;
    h = (h ^ word(1)) * 0x9FB21C651E98DF25ULL;
    return h ^ (h >> 32U);
  }

  friend constexpr bool operator==(const UnitId& a, const UnitId& b) {
    return a.word(0) == b.word(0) && a.word(1) == b.word(1);
  }
  friend constexpr std::strong_ordering operator<=>(const UnitId& a, const UnitId& b) {
    return a.word(0) != b.word(0) ? a.word(0) <=> b.word(0) : a.word(1) <=> b.word(1);
  }

 private:
  /// Eight letters as a number that orders like the text. Maps by unit are everywhere: comparing
  /// letter by letter would be a sixth of a simulation.
  [[nodiscard]] constexpr std::uint64_t word(std::size_t index) const {
    using Words = std::array<std::uint64_t, max_length / sizeof(std::uint64_t)>;
    const std::uint64_t raw = std::bit_cast<Words>(name_)[index];
    return std::endian::native == std::endian::little ? __builtin_bswap64(raw) : raw;
  }
  constexpr void assign(std::string_view name) {
    const std::size_t length = std::min(name.size(), max_length);
    for (std::size_t i = 0; i < length; ++i) {
      name_[i] = name[i];
    }
  }
  std::array<char, max_length> name_{};
};

/// Name of a deal: 128 bits, written as a UUID. All zero means "none".
struct DealId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  [[nodiscard]] constexpr bool empty() const { return high == 0 && low == 0; }
  friend constexpr auto operator<=>(const DealId&, const DealId&) = default;
  [[nodiscard]] constexpr std::uint64_t value_or_hash() const {
    return high ^ (low * 0x9E3779B97F4A7C15ULL);
  }
  /// "2a6a1d21-dceb-4ddf-9ed1-e553dfb075ee".
  [[nodiscard]] std::string str() const;
  /// Reads what str() writes, either case; nothing for anything else.
  static std::optional<DealId> parse(std::string_view text);
};

}  // namespace musubi
