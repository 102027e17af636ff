// A value type lists its fields once; equality and the trace hash follow from the list.
//
//   struct Point { double x; double y; };
//   constexpr auto fields(const Point& p) { return std::tie(p.x, p.y); }
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>

#include "units/quantity.hpp"
#include "units/time.hpp"

namespace musubi {

template <class T>
concept HasFields = requires(const T& t) { fields(t); };

/// Order-sensitive 64-bit digest of a stream of values: one changed field changes it. Not for
/// adversaries.
class Hasher {
 public:
  constexpr void mix(std::uint64_t word) {
    state_ = (state_ ^ word) * 0x9FB21C651E98DF25ULL;
    state_ ^= state_ >> 32U;
  }
  [[nodiscard]] constexpr std::uint64_t digest() const { return state_; }

  template <class T>
  void add(const T& value) {
    if constexpr (std::is_same_v<T, double>) {
      mix(std::bit_cast<std::uint64_t>(value));
    } else if constexpr (std::is_enum_v<T>) {
      mix(static_cast<std::uint64_t>(value));
    } else if constexpr (std::is_integral_v<T>) {
      mix(static_cast<std::uint64_t>(value));
    } else if constexpr (HasFields<T>) {
      std::apply([this](const auto&... field) { (this->add(field), ...); }, fields(value));
    } else if constexpr (std::is_same_v<T, Duration>) {
      mix(static_cast<std::uint64_t>(value.count()));
    } else if constexpr (std::is_same_v<T, Instant>) {
      mix(static_cast<std::uint64_t>(value.time_since_epoch().count()));
    } else if constexpr (requires { value.value_or_hash(); }) {
      mix(value.value_or_hash());
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
      const std::string_view text = value;
      mix(text.size());
      for (const char c : text) {
        mix(static_cast<unsigned char>(c));
      }
    } else {
      add_composite(value);
    }
  }

 private:
  template <class Tag>
  void add_composite(const Quantity<Tag>& q) {
    add(q.value());
  }
  void add_composite(const std::monostate& /*nothing*/) { mix(0); }
  template <class T>
  void add_composite(const std::optional<T>& value) {
    if (value) {
      add(*value);
    } else {
      mix(absent);
    }
  }
  template <class... Ts>
  void add_composite(const std::variant<Ts...>& value) {
    mix(value.index());
    std::visit([this](const auto& alternative) { this->add(alternative); }, value);
  }
  template <class Range>
    requires requires(const Range& r) { r.begin() != r.end(); }
  void add_composite(const Range& range) {
    std::uint64_t count = 0;
    for (const auto& item : range) {
      add(item);
      ++count;
    }
    mix(count);
  }
  template <class A, class B>
  void add_composite(const std::pair<A, B>& p) {
    add(p.first);
    add(p.second);
  }

  /// Any word that values do not have: a not-a-number that no arithmetic gives.
  static constexpr std::uint64_t absent = 0x7FF7A5C3'0BAD0000ULL;
  std::uint64_t state_ = 0xCBF29CE484222325ULL;
};

template <HasFields T>
constexpr bool operator==(const T& a, const T& b) {
  return fields(a) == fields(b);
}

}  // namespace musubi
