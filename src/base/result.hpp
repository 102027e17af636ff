// Results of operations that can fail for reasons the caller must handle.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace musubi {

/// Why an operation failed, as one sentence for a person: where, what was found, what is allowed.
struct Error {
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

/// A value or the reason why there is none. Only and_then, transform-like map and or_else are used,
/// so that std::expected can take its place.
template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

}  // namespace musubi
