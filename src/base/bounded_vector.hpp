// A vector that never grows beyond its limit and never allocates.
#pragma once

#include <array>
#include <cstddef>

#include "base/contract.hpp"

namespace musubi {

/// At most N elements, in place. push_back of one too many is refused, not undefined.
template <class T, std::size_t N>
class BoundedVector {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr bool full() const { return size_ == N; }
  [[nodiscard]] static constexpr std::size_t capacity() { return N; }

  /// False, and nothing changes, when full.
  constexpr bool push_back(const T& value) {
    if (full()) {
      return false;
    }
    items_[size_++] = value;
    return true;
  }
  constexpr void clear() { size_ = 0; }
  /// Removes the element at `index`; order is kept.
  constexpr void erase_at(std::size_t index) {
    expect(index < size_, "BoundedVector index");
    for (std::size_t i = index + 1; i < size_; ++i) {
      items_[i - 1] = items_[i];
    }
    --size_;
  }

  constexpr T& operator[](std::size_t i) {
    expect(i < size_, "BoundedVector index");
    return items_[i];
  }
  constexpr const T& operator[](std::size_t i) const {
    expect(i < size_, "BoundedVector index");
    return items_[i];
  }
  constexpr iterator begin() { return items_.data(); }
  constexpr iterator end() { return items_.data() + size_; }
  constexpr const_iterator begin() const { return items_.data(); }
  constexpr const_iterator end() const { return items_.data() + size_; }

  friend constexpr bool operator==(const BoundedVector& a, const BoundedVector& b) {
    if (a.size_ != b.size_) {
      return false;
    }
    for (std::size_t i = 0; i < a.size_; ++i) {
      if (!(a.items_[i] == b.items_[i])) {
        return false;
      }
    }
    return true;
  }

 private:
  std::array<T, N> items_{};
  std::size_t size_ = 0;
};

}  // namespace musubi
