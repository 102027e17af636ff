#include "json/document.hpp"

#include <gtest/gtest.h>

namespace musubi::json {
namespace {

Value parsed(std::string_view text) {
  auto result = parse_document(text, "t.json");
  EXPECT_TRUE(result.ok()) << result.problems.text(Severity::error);
  return result.value.value_or(Value());
}

std::string error_of(std::string_view text, const DocumentLimits& limits = {}) {
  const auto result = parse_document(text, "t.json", limits);
  EXPECT_FALSE(result.ok());
  return result.problems.text(Severity::error);
}

TEST(Document, KnowsTheLineOfEveryKeyAndValue) {
  const Value root =
      parsed("{\n \"a\" : 1\n,\n \"b\":\n  [ 12\n , -3.5\n\n,true ],\n\"c\" : \"x\"\n}\n");
  EXPECT_EQ(root.line(), 1);
  EXPECT_EQ(root.members()[0].line, 2);
  EXPECT_EQ(root.find("a")->line(), 2);
  EXPECT_EQ(root.members()[1].line, 4);
  EXPECT_EQ(root.find("b")->line(), 5);
  EXPECT_EQ(root.find("b")->items()[0].line(), 5);
  EXPECT_EQ(root.find("b")->items()[1].line(), 6);
  EXPECT_EQ(root.find("b")->items()[2].line(), 8);
  EXPECT_EQ(root.find("c")->line(), 9);
}

TEST(Document, CountsLinesThroughComments) {
  const Value root = parsed("// one\n/* two\n three */ {\n // four\n \"a\": 5 // x\n}");
  EXPECT_EQ(root.line(), 3);
  EXPECT_EQ(root.find("a")->line(), 5);
}

TEST(Document, CountsWindowsLineEnds) {
  const Value root = parsed("{\r\n\"a\": 1,\r\n\"b\": 2\r\n}");
  EXPECT_EQ(root.find("a")->line(), 2);
  EXPECT_EQ(root.find("b")->line(), 3);
}

TEST(Document, LastOfARepeatedKeyCountsInTheFirstOnesPlace) {
  const auto result = parse_document("{\"#\":1,\"a\":1,\"b\":2,\n\"a\":3,\"#\":4}", "t.json");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(to_text(*result), R"({"#":4,"a":3,"b":2})");
  EXPECT_EQ(result->find("a")->line(), 2);
  EXPECT_EQ(result.problems.text(Severity::warning),
            "t.json:2: warning: /a: found the key again, allowed: each key once (first on line 1); "
            "the last counts");
}

TEST(Document, KeepsOrderAndSpelling) {
  const std::string text = R"({"z":1.50,"a":[-0.0,1E5,null,true,false,"\u0001\"é"]})";
  EXPECT_EQ(to_text(parsed(text)), text);
}

TEST(Document, SyntaxErrorNamesLineAndPointer) {
  EXPECT_EQ(error_of("{\n\"a\": {\n\"b\": [1,\n oops]}}"),
            "t.json:4: /a/b/1: found \"o\", allowed: well-formed JSON in UTF-8 (while parsing "
            "value - invalid literal)");
}

TEST(Document, RefusesWhatIsNotJson) {
  for (const std::string_view text :
       {"", "{", "{\"a\":}", "[1,]", "{} x", "\"\xff\"", "{\"a\":\"\xc3\x28\"}", "1e999", "nul"}) {
    EXPECT_NE(error_of(text).find("t.json:1: "), std::string::npos) << text;
  }
}

TEST(Document, RefusesWhatExceedsALimit) {
  EXPECT_EQ(error_of("[1,2,3]", {4, 64, 100}),
            "t.json: found more than 4 bytes, allowed: at most 4 bytes");
  EXPECT_EQ(error_of("[\n[[1]]]", {100, 2, 100}),
            "t.json:2: /0/0: found objects and arrays nested more than 2 deep, allowed: at most 2 "
            "levels");
  EXPECT_EQ(error_of("[1,2,\n3]", {100, 64, 3}),
            "t.json:2: /2: found more than 3 values, allowed: at most 3");
  EXPECT_EQ(error_of(std::string(1U << 20U, '[')).find("t.json:1: /0/0"), 0U);
}

TEST(Document, MergesDeeply) {
  Value a = parsed(R"({"x":{"p":1,"q":2},"y":1})");
  a.merge(parsed(R"({"x":{"q":3,"r":4},"y":{"s":5},"z":6})"));
  EXPECT_EQ(to_text(a), R"({"x":{"p":1,"q":3,"r":4},"y":{"s":5},"z":6})");
}

TEST(Document, DescribesValuesForPeople) {
  EXPECT_EQ(describe(parsed("\"abc\"")), "\"abc\"");
  EXPECT_EQ(describe(parsed("12.50")), "12.50");
  EXPECT_EQ(describe(parsed("{}")), "an object");
  EXPECT_EQ(describe(Value::text(std::string(100, 'x'))), "\"" + std::string(60, 'x') + "...\"");
}

TEST(Problem, EscapesPointers) {
  EXPECT_EQ(pointer_to("/a", "b/c~d"), "/a/b~1c~0d");
  EXPECT_EQ(pointer_to("", "a\nb"), "/a?b");
}

TEST(Problem, FindsTheNearestName) {
  EXPECT_EQ(nearest("mediater", {"controller", "mediator"}), "mediator");
  EXPECT_EQ(nearest("somethingElse", {"controller", "mediator"}), "");
}

}  // namespace
}  // namespace musubi::json
