#include "base/rows.hpp"

#include <gtest/gtest.h>

#include <array>

namespace musubi {
namespace {

enum class Colour { red, green, blue };
struct Row {
  Colour colour;
};
using Rows3 = std::array<Row, 3>;

TEST(Rows, AreCompleteAndInOrder) {
  EXPECT_TRUE(has_row_for_each(Rows3{{{Colour::red}, {Colour::green}, {Colour::blue}}},
                               &Row::colour, Colour::blue));
}

TEST(Rows, OutOfOrderAreFound) {
  EXPECT_FALSE(has_row_for_each(Rows3{{{Colour::red}, {Colour::blue}, {Colour::green}}},
                                &Row::colour, Colour::blue));
}

TEST(Rows, OneTooFewIsFound) {
  EXPECT_FALSE(has_row_for_each(std::array<Row, 2>{{{Colour::red}, {Colour::green}}}, &Row::colour,
                                Colour::blue));
}

TEST(Rows, OneTooManyIsFound) {
  EXPECT_FALSE(has_row_for_each(Rows3{{{Colour::red}, {Colour::green}, {Colour::blue}}},
                                &Row::colour, Colour::green));
}

}  // namespace
}  // namespace musubi
