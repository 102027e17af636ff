// What happened, as a time-line that people can read: who decided what and why, what the bus did.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "proof/checker.hpp"

namespace musubi::proof {

/// One line of a story.
struct StoryLine {
  Instant at{};
  std::string who;  ///< a unit, "store", "bus" or "fault"
  std::string what;
};
inline auto fields(const StoryLine& l) { return std::tie(l.at, l.who, l.what); }

struct Story {
  std::vector<StoryLine> lines;
};

/// "  12.500  E001   takes the role of Grid Master in epoch 7", and a new line.
std::string text_of(const StoryLine& line);

/// The same as one JSON object with "at_s", "who" and "what", and a new line.
std::string json_of(const StoryLine& line);

/// Tells `story` what it sees. The facts and the story outlive it.
std::unique_ptr<Onlooker> make_narrator(const Facts& facts, Story& story);

}  // namespace musubi::proof
