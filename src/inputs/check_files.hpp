// musubi check: what is wrong with files, each on its own and together.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace musubi::inputs {

/// Reads each file, and the files that a community names. Files given together apply together:
/// what contradicts each other in them is told too. Warnings and a line "<file>: <kind>, ok" go to
/// `out`, errors go to `err`. Exit status: 0 when every file can be used, 2 otherwise, or, where
/// `strict`, when there is a warning.
int check_files(const std::vector<std::string>& paths, bool strict, std::ostream& out,
                std::ostream& err);

}  // namespace musubi::inputs
