// Pseudo-random numbers that are the same on every compiler: own generator, own distributions.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace musubi {

/// One step of SplitMix64 (Steele, Lea, Flood 2014); also a good mixer of seeds.
constexpr std::uint64_t split_mix(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

/// xoshiro256** 1.0 (Blackman, Vigna 2018). One stream per purpose: a draw in one never shifts
/// another.
class Prng {
 public:
  constexpr explicit Prng(std::uint64_t seed) {
    for (auto& word : state_) {
      word = split_mix(seed);
    }
  }
  /// The stream named `purpose` of a seed, for instance Prng::stream(42, "pv/E001").
  static constexpr Prng stream(std::uint64_t seed, std::string_view purpose) {
    std::uint64_t mixed = seed;
    for (const char c : purpose) {
      mixed ^= static_cast<unsigned char>(c);
      split_mix(mixed);
      mixed *= 0x100000001B3ULL;
    }
    return Prng(mixed);
  }

  constexpr std::uint64_t next() {
    const std::uint64_t result = rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotl(state_[3], 45);
    return result;
  }
  /// Uniform in [0, 1).
  constexpr double uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }
  /// Uniform in [low, high).
  constexpr double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform in [0, n); n must be above 0. The bias is below n / 2^64.
  constexpr std::uint64_t below(std::uint64_t n) { return next() % n; }
  /// Standard normal by the polar method (Marsaglia, Bray 1964).
  double normal() {
    for (;;) {
      const double u = uniform(-1.0, 1.0);
      const double v = uniform(-1.0, 1.0);
      const double s = u * u + v * v;
      if (s > 0.0 && s < 1.0) {
        return u * std::sqrt(-2.0 * std::log(s) / s);
      }
    }
  }

 private:
  static constexpr std::uint64_t rotl(std::uint64_t x, unsigned k) {
    return (x << k) | (x >> (64U - k));
  }
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace musubi
