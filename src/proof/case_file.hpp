// Cases as files: traces that a failure leaves behind, and scenarios that people write.
//
//   The Grid Master dies while a deal warms up          (the first line is the title)
//   seed 7
//   units 4
//   hours 0.5
//   profile rough                    deeds are drawn from the seed; none: only those listed
//   dead_man yes                     every converter waits by itself after a silence
//   ramp 5.8                         V/s
//   grid_master fixed E002           where it prefers to live; or with_reference, anywhere,
//                                    avoid_reference
//   10 deal E001 E002 20 at 1.0      the giver, the taker, Wh, A
//   12 charge E001 72                a state of charge in %
//   20 lock_out E003                 and: release E003, lift_latch E001
//   30 policy E003 340               a policy that names another grid voltage; 350: the old one
//   12.500 cut E001 E002 for 3       a fault, as in fault_text.hpp
//   when warming_up crash grid_master for 20
//   when 2nd running after 1.5 partition reference another for 10
//   120 to 180 when stopped crash giver for 3        only if it happens between these seconds
//   expect completed >= 1            and: no_violation, alarm orphan_running, reference_changes
//
// '#' begins a comment.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "proof/case.hpp"

namespace musubi::proof {

/// The case of a file's text. `name` is the file's, for errors: they say the line, what was found
/// and what is allowed.
Result<Case> read_case(std::string_view text, std::string_view name);

/// A file that read_case() reads back as the same case.
std::string text_of(const Case& shown);

/// One line, without its end.
std::string text_of(const Trigger& trigger);

/// This program's version and compiler.
std::string build_text();

}  // namespace musubi::proof
