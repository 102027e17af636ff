#include "musubi/torture_command.hpp"

#include <gtest/gtest.h>
#include <sstream>

#include "base/deliberate_bug.hpp"
#include "support/files.hpp"

namespace musubi::app {
namespace {

struct Said {
  int status = 0;
  std::string out;
  std::string err;
};
Said torture(const TortureOptions& options) {
  std::ostringstream out;
  std::ostringstream err;
  const int status = app::torture(options, out, err);
  return {status, out.str(), err.str()};
}

TEST(Torture, BadOptionsAreRefusedWithWhatIsAllowed) {
  TortureOptions options;
  options.units = "1";
  EXPECT_EQ(torture(options).status, 2);
  EXPECT_EQ(torture(options).err,
            "musubi torture: --units: found \"1\", allowed: a whole number from 2 to 64\n");
  options = {};
  options.profile = "wild";
  EXPECT_EQ(torture(options).err,
            "musubi torture: --profile: found \"wild\", allowed: mild, rough or hostile\n");
  options = {};
  options.hours = "nan";
  EXPECT_EQ(torture(options).status, 2);
  options = {};
  options.seeds = "0";
  EXPECT_EQ(torture(options).status, 2);
  options = {};
  options.jobs = "0";
  EXPECT_EQ(torture(options).err,
            "musubi torture: --jobs: found \"0\", allowed: a whole number from 1 to 256\n");
  options = {};
  options.seconds = "-1";
  EXPECT_EQ(torture(options).status, 2);
  options = {};
  options.scenarios = {"/nowhere.txt"};
  EXPECT_EQ(torture(options).status, 2);
}

TEST(Torture, JobsAndProfilesTellTheSameInTheSameOrder) {
  TortureOptions options;
  options.hours = "0.05";
  options.seeds = "2";
  options.profile = "all";
  options.keep_going = true;
  options.minimise = false;
  const test::Folder folder;
  options.out_dir = folder.str();
  const auto lines = [&](const std::string& jobs) {
    options.jobs = jobs;
    const std::string out = torture(options).out;
    return out.substr(0, out.find(" cluster-days in"));
  };
  const std::string one = lines("1");
  EXPECT_EQ(lines("3"), one);
  EXPECT_NE(one.find("seed 1 rough"), std::string::npos);
  EXPECT_NE(one.find("seed 2 hostile"), std::string::npos);
  options.quiet = true;
  EXPECT_EQ(lines("2").find("clean"), std::string::npos);
}

TEST(Torture, ABugHasToBeKnownAndBuiltIn) {
  TortureOptions options;
  options.hours = "0.01";
  options.profile = "mild";
  options.minimise = false;
  const test::Folder folder;
  options.out_dir = folder.str();
  options.bug = "no_such_bug";
  const Said unknown = torture(options);
  EXPECT_EQ(unknown.status, 2);
  EXPECT_EQ(unknown.err.find("musubi torture: --bug: found \"no_such_bug\", allowed: none, "), 0U);
  EXPECT_NE(unknown.err.find(", lose_a_deal, "), std::string::npos);
  options.bug = "lose_a_deal";
  const Said known = torture(options);
  if (bugs::available) {
    EXPECT_NE(known.status, 2);
    options.bug = "none";
    EXPECT_EQ(torture(options).out.find("vanishes"), std::string::npos);
  } else {
    EXPECT_EQ(known.status, 2);
    EXPECT_EQ(known.err,
              "musubi torture: --bug: found \"lose_a_deal\", but this build has no deliberate "
              "bugs; the preset \"bugs\" builds them\n");
  }
}

TEST(Torture, TheSeedComesFirst) {
  TortureOptions options;
  options.hours = "0.02";
  options.seed = "77";
  options.profile = "mild";
  const Said said = torture(options);
  EXPECT_EQ(said.out.substr(0, 8), "seed 77 ");
}

TEST(Torture, AFailureLeavesATraceThatReplaysTheSame) {
  const test::Folder folder;
  const std::string scenario = folder.write(
      "wrong.txt", "Expects what cannot be\nseed 3\nhours 0.02\nexpect aborted >= 9\n");
  TortureOptions options;
  options.scenarios = {scenario};
  options.out_dir = folder.str();
  const Said said = torture(options);
  EXPECT_EQ(said.status, 1);
  EXPECT_NE(said.out.find("FAILED"), std::string::npos);
  EXPECT_NE(said.out.find("build musubi"), std::string::npos);
  ReplayOptions replayed;
  replayed.file = folder.file("trace-scenario-3.txt");
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(replay(replayed, out, err), 1);
  EXPECT_NE(out.str().find("aborted: found 0, expected at least 9"), std::string::npos);
}

TEST(Replay, TellsAStoryInLinesOrJson) {
  ReplayOptions options;
  options.hours = "0.02";
  options.profile = "mild";
  std::ostringstream lines;
  std::ostringstream err;
  replay(options, lines, err);
  EXPECT_NE(lines.str().find("is Grid Master in epoch"), std::string::npos);
  options.json = true;
  std::ostringstream json;
  replay(options, json, err);
  EXPECT_EQ(json.str().substr(0, 8), "{\"at_s\":");
  options.profile = "wild";
  EXPECT_EQ(replay(options, json, err), 2);
}

}  // namespace
}  // namespace musubi::app
