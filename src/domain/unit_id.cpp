#include "domain/unit_id.hpp"

namespace musubi {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::size_t uuid_length = 36;

constexpr bool is_dash(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

std::string DealId::str() const {
  std::string text(uuid_length, '-');
  unsigned shift = 124;
  for (std::size_t i = 0; i < uuid_length; ++i) {
    if (is_dash(i)) {
      continue;
    }
    const std::uint64_t word = shift >= 64 ? high >> (shift - 64) : low >> shift;
    text[i] = hex_digits[word & 0xFU];
    shift -= 4;
  }
  return text;
}

std::optional<DealId> DealId::parse(std::string_view text) {
  if (text.size() != uuid_length) {
    return std::nullopt;
  }
  DealId id;
  for (std::size_t i = 0; i < uuid_length; ++i) {
    const char c = text[i];
    if (is_dash(i)) {
      if (c != '-') {
        return std::nullopt;
      }
      continue;
    }
    const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto digit = hex_digits.find(lower);
    if (digit == std::string_view::npos) {
      return std::nullopt;
    }
    id.high = (id.high << 4U) | (id.low >> 60U);
    id.low = (id.low << 4U) | digit;
  }
  return id;
}

}  // namespace musubi
