#include "base/fields.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "base/overloaded.hpp"
#include "base/result.hpp"

namespace musubi {

namespace fields_test {

enum class Colour : std::uint8_t { red, green };

struct Point {
  double x = 0.0;
  double y = 0.0;
};
constexpr auto fields(const Point& p) { return std::tie(p.x, p.y); }

struct Named {
  std::uint64_t number = 0;
  [[nodiscard]] std::uint64_t value_or_hash() const { return number; }
};

}  // namespace fields_test

namespace {

using fields_test::Colour;
using fields_test::Named;
using fields_test::Point;

template <class... Values>
std::uint64_t digest_of(const Values&... values) {
  Hasher hasher;
  (hasher.add(values), ...);
  return hasher.digest();
}

TEST(FieldsTest, EqualityFollowsFromTheList) {
  EXPECT_TRUE(operator==(Point{1, 2}, Point{1, 2}));
  EXPECT_FALSE(operator==(Point{1, 2}, Point{2, 2}));
  EXPECT_FALSE(operator==(Point{1, 2}, Point{1, 3}));
}

TEST(HasherTest, EachKindOfValueChangesTheDigest) {
  EXPECT_NE(digest_of(1.0), digest_of(2.0));
  EXPECT_NE(digest_of(0.0), digest_of(-0.0));
  EXPECT_NE(digest_of(1), digest_of(2));
  EXPECT_NE(digest_of(true), digest_of(false));
  EXPECT_NE(digest_of(Colour::red), digest_of(Colour::green));
  EXPECT_NE(digest_of(Point{1, 2}), digest_of(Point{2, 1}));
  EXPECT_NE(digest_of(milliseconds(1)), digest_of(milliseconds(2)));
  EXPECT_NE(digest_of(Instant(milliseconds(1))), digest_of(Instant(milliseconds(2))));
  EXPECT_NE(digest_of(Named{1}), digest_of(Named{2}));
  EXPECT_NE(digest_of(std::string("ab")), digest_of(std::string("ba")));
  EXPECT_NE(digest_of(Volts(1)), digest_of(Volts(2)));
  EXPECT_NE(digest_of(std::pair(1, 2)), digest_of(std::pair(2, 1)));
}

TEST(HasherTest, TheSameValuesGiveTheSameDigest) {
  EXPECT_EQ(digest_of(Point{1, 2}, std::string("a")), digest_of(Point{1, 2}, std::string("a")));
  EXPECT_EQ(digest_of(Volts(350)), digest_of(350.0));
}

TEST(HasherTest, OrderCounts) { EXPECT_NE(digest_of(1, 2), digest_of(2, 1)); }

TEST(HasherTest, TheBordersBetweenTextsCount) {
  EXPECT_NE(digest_of(std::string("ab"), std::string("c")),
            digest_of(std::string("a"), std::string("bc")));
  EXPECT_NE(digest_of(std::string()), digest_of());
}

TEST(HasherTest, TheBordersBetweenRangesCount) {
  const std::vector<int> one_two{1, 2};
  const std::vector<int> one{1};
  const std::vector<int> two{2};
  const std::vector<int> none;
  EXPECT_NE(digest_of(one_two, none), digest_of(one, two));
  EXPECT_NE(digest_of(none), digest_of());
  EXPECT_NE(digest_of(std::map<int, int>{{1, 2}}), digest_of(std::map<int, int>{{2, 1}}));
}

TEST(HasherTest, AnAbsentValueIsNoneOfThePresentOnes) {
  EXPECT_NE(digest_of(std::optional<int>()), digest_of(std::optional<int>(0)));
  EXPECT_NE(digest_of(std::optional<int>(1)), digest_of(std::optional<int>(2)));
}

TEST(HasherTest, TheAlternativeOfAVariantCounts) {
  using Either = std::variant<std::monostate, std::int32_t, std::uint32_t>;
  EXPECT_NE(digest_of(Either(std::int32_t{1})), digest_of(Either(std::uint32_t{1})));
  EXPECT_NE(digest_of(Either()), digest_of(Either(std::int32_t{0})));
  EXPECT_NE(digest_of(Either(std::int32_t{1})), digest_of(Either(std::int32_t{2})));
}

TEST(OverloadedTest, TheLambdaOfTheAlternativeIsCalled) {
  const auto name = Overloaded{[](int) { return std::string("int"); },
                               [](double) { return std::string("double"); }};
  using Either = std::variant<int, double>;
  EXPECT_EQ(std::visit(name, Either(1)), "int");
  EXPECT_EQ(std::visit(name, Either(1.0)), "double");
}

TEST(ResultTest, AFailureCarriesItsSentence) {
  const Result<int> good = 5;
  const Result<int> bad = failure("line 3: found 2, allowed 1");
  EXPECT_EQ(good.value(), 5);
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error(), Error{"line 3: found 2, allowed 1"});
}

RC_GTEST_PROP(HasherProperties, OneChangedWordChangesTheDigest,
              (std::vector<std::uint64_t> words, std::uint64_t change)) {
  RC_PRE(!words.empty() && change != 0);
  const auto index = *rc::gen::inRange<std::size_t>(0, words.size());
  const auto before = digest_of(words);
  words[index] ^= change;
  RC_ASSERT(digest_of(words) != before);
}

}  // namespace
}  // namespace musubi
