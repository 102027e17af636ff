#include "proof/case_file.hpp"

#include <gtest/gtest.h>

#include "proof/profile.hpp"

namespace musubi::proof {
namespace {

std::string error_of(const std::string& line) {
  const auto read = read_case("A title\nhours 1\n" + line + "\n", "x.txt");
  return read ? "none" : read.error().message;
}

TEST(CaseFile, ATraceIsReadBackAsTheSameCase) {
  Case drawn = drawn_case(42, 5, std::chrono::hours(1), Profile::hostile);
  drawn.title = "Seed 42 breaks lease";
  const auto read = read_case(text_of(drawn), "trace.txt");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(*read, drawn);
}

TEST(CaseFile, AScenarioIsReadBackAsTheSameCase) {
  const auto read = read_case(
      "A title, with words  # and no comment\n"
      "seed 7\nunits 4\nhours 0.5\ndead_man yes\nramp 5.8\ngrid_master fixed E003\n"
      "10 deal E001 E002 20 at 1.5\n12 charge E001 72.5\n20 lock_out E003\n30 release E003\n"
      "35 policy E002 340\n40 lift_latch E001\n12.5 cut E001 E002 for 3  # one way\n"
      "when warming_up crash grid_master for 20\n"
      "when 2nd running after 1.5 clock_rate reference another value 0.01 for 10\n"
      "120 to 180.5 when stopped after 0.25 crash giver E004 for 3\n"
      "expect completed >= 1\nexpect no_violation\nexpect alarm orphan_running\n"
      "expect reference_changes\n",
      "x.txt");
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->title, "A title, with words  # and no comment");
  ASSERT_EQ(read->deeds.size(), 6U);
  EXPECT_EQ(read->grid_master_unit, UnitId("E003"));
  EXPECT_EQ(read->deeds[0].deed, Deed(ProposeDeal{UnitId("E001"), UnitId("E002"), 20, 1.5}));
  ASSERT_EQ(read->triggers.size(), 3U);
  EXPECT_EQ(text_of(read->triggers[2]),
            "120 to 180.5 when stopped after 0.25 crash giver E004 for 3");
  EXPECT_EQ(read->triggers[1].nth, 2);
  EXPECT_EQ(read->triggers[1].targets[0].part, Part::reference);
  ASSERT_EQ(read->expectations.size(), 4U);
  EXPECT_EQ(read->expectations[2].counter, "alarm orphan_running");
  const auto again = read_case(text_of(*read), "x.txt");
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(*again, *read);
}

TEST(CaseFile, ErrorsNameTheLine) {
  EXPECT_EQ(error_of("units 1"), "x.txt:3: found \"1\", allowed: a whole number from 2 to 64");
  EXPECT_EQ(error_of("5 crash E001"),
            "x.txt:3: crash: found no length, allowed: \"for SECONDS\" or \"for ever\"");
  EXPECT_EQ(error_of("when sleeping crash giver for 3").substr(0, 34),
            "x.txt:3: found \"sleeping\", allowed");
  EXPECT_EQ(error_of("9 to 8 when running crash giver for 3"),
            "x.txt:3: found \"8\", allowed: seconds from 9 on");
  EXPECT_EQ(error_of("grid_master fixed"),
            "x.txt:3: found \"grid_master fixed\", allowed: grid_master with_reference, anywhere, "
            "fixed UNIT or avoid_reference");
  EXPECT_EQ(error_of("5 policy E001 20").substr(0, 24), "x.txt:3: found \"20\", all");
  EXPECT_EQ(error_of("when running crash for 3"),
            "x.txt:3: crash: found 0 units, allowed: 1 to 1024");
  EXPECT_EQ(error_of("expect completed => 3"),
            "x.txt:3: found \"=> 3\", allowed: >=, <= or ==, and a number");
  EXPECT_EQ(error_of("5 crash E009 for 3"), "x.txt: found unit E009, allowed: E001 to E005");
  EXPECT_EQ(read_case("Only a title\n", "x.txt").error().message,
            "x.txt: found no length, allowed: a line \"hours NUMBER\"");
}

}  // namespace
}  // namespace musubi::proof
