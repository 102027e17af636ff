// The encrypted entries of config.json: AES-128 in CBC mode with key and start vector derived from
// names that everybody knows. It hides values from a glance; it does not protect them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json/document.hpp"

namespace musubi::json {

/// "<community>-<cluster>-3.0.0", as APIS derives it.
std::string encryption_seed(std::string_view community_id, std::string_view cluster_id);

/// Base64 of the encrypted text.
std::string encrypt_text(std::string_view plain, std::string_view seed);

/// Nothing when the text is no Base64, has the wrong length or was encrypted with another seed. A
/// wrong seed goes unnoticed in about one of 256 cases: the method has no integrity check.
std::optional<std::string> decrypt_text(std::string_view base64, std::string_view seed);

/// Replaces every member "x.encrypted" by "x" with its decrypted value, at any depth. In objects
/// and arrays all texts are decrypted. What cannot be decrypted is an error.
void decrypt_entries(Value& root, std::string_view seed, Problems& problems);

/// True when some key ends in ".encrypted".
bool has_encrypted_entries(const Value& root);

}  // namespace musubi::json
