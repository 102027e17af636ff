#include "json/problem.hpp"

#include <algorithm>
#include <cstddef>

namespace musubi::json {

namespace {

/// Levenshtein distance. Words are short: keys of files.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U);
      row[j] = std::min({above + 1, row[j - 1] + 1, change});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

void Problems::error(int line, std::string_view pointer, std::string found, std::string allowed) {
  add({Severity::error, line, std::string(pointer), std::move(found), std::move(allowed)});
}

void Problems::warning(int line, std::string_view pointer, std::string found, std::string allowed) {
  add({Severity::warning, line, std::string(pointer), std::move(found), std::move(allowed)});
}

void Problems::append(const Problems& other) {
  list_.insert(list_.end(), other.list_.begin(), other.list_.end());
}

bool Problems::has_errors() const {
  return std::any_of(list_.begin(), list_.end(),
                     [](const Problem& p) { return p.severity == Severity::error; });
}

std::string Problems::text_of(const Problem& problem) const {
  std::string text = file_;
  if (problem.line > 0) {
    text += ":" + std::to_string(problem.line);
  }
  text += ": ";
  if (problem.severity == Severity::warning) {
    text += "warning: ";
  }
  if (!problem.pointer.empty()) {
    text += problem.pointer + ": ";
  }
  return text + "found " + problem.found + ", allowed: " + problem.allowed;
}

std::string Problems::text(Severity severity) const {
  std::string text;
  for (const auto& problem : list_) {
    if (problem.severity == severity) {
      text += (text.empty() ? "" : "\n") + text_of(problem);
    }
  }
  return text;
}

std::string pointer_to(std::string_view parent, std::string_view key) {
  std::string pointer(parent);
  pointer += '/';
  for (const char c : key) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else if (static_cast<unsigned char>(c) < 0x20U) {
      pointer += '?';  // one finding stays one line
    } else {
      pointer += c;
    }
  }
  return pointer;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t longest_word = 64;
  constexpr std::size_t shortest_beginning = 4;
  std::string_view best;
  std::size_t best_distance = word.size() / 3 + 1;
  if (word.size() > longest_word) {
    return best;
  }
  for (const auto candidate : candidates) {
    const std::size_t d = distance(word, candidate);
    if (d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  if (!best.empty() || word.size() < shortest_beginning) {
    return best;
  }
  for (const auto candidate : candidates) {
    if (candidate.starts_with(word) && (best.empty() || candidate.size() < best.size())) {
      best = candidate;
    }
  }
  return best;
}

}  // namespace musubi::json
