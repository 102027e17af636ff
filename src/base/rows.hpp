// Tables with one row for each value of an enumeration.
#pragma once

#include <cstddef>

namespace musubi {

/// True when `rows` has one row for each value up to `last`, in order: then a value is its row's
/// place.
template <class Rows, class Row, class Enum>
constexpr bool has_row_for_each(const Rows& rows, Enum Row::*value, Enum last) {
  std::size_t place = 0;
  for (const Row& row : rows) {
    if (static_cast<std::size_t>(row.*value) != place++) {
      return false;
    }
  }
  return place == static_cast<std::size_t>(last) + 1;
}

}  // namespace musubi
