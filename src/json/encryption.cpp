#include "json/encryption.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <openssl/evp.h>
#include <vector>

#include "base/contract.hpp"
#include "json/format.hpp"

namespace musubi::json {

namespace {

constexpr std::string_view suffix = ".encrypted";
constexpr std::size_t block = 16;
using Digest = std::array<unsigned char, block>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Digest md5(const void* data, std::size_t size) {
  Digest digest{};
  const int done = EVP_Digest(data, size, digest.data(), nullptr, EVP_md5(), nullptr);
  expect(done == 1, "MD5 is available");
  return digest;
}

std::vector<unsigned char> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// Standard alphabet with padding; nothing for anything else.
std::optional<std::vector<unsigned char>> from_base64(std::string_view text) {
  const auto in = bytes_of(text);
  if (in.empty() || in.size() % 4 != 0) {
    return std::nullopt;
  }
  std::vector<unsigned char> out(in.size() / 4 * 3);
  const int length = EVP_DecodeBlock(out.data(), in.data(), static_cast<int>(in.size()));
  if (length < 0) {
    return std::nullopt;
  }
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') {
    ++padding;
  }
  out.resize(static_cast<std::size_t>(length) - padding);
  return out;
}

/// Encrypts (1) or decrypts (0); nothing when the padding is wrong.
std::optional<std::vector<unsigned char>> run(const std::vector<unsigned char>& in,
                                              std::string_view seed, int encrypt) {
  const Digest key = md5(seed.data(), seed.size());
  const Digest start = md5(key.data(), key.size());
  const Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  expect(cipher != nullptr, "memory for a cipher");
  std::vector<unsigned char> out(in.size() + block);
  int length = 0;
  int tail = 0;
  const bool done = EVP_CipherInit_ex(cipher.get(), EVP_aes_128_cbc(), nullptr, key.data(),
                                      start.data(), encrypt) == 1 &&
                    EVP_CipherUpdate(cipher.get(), out.data(), &length, in.data(),
                                     static_cast<int>(in.size())) == 1 &&
                    EVP_CipherFinal_ex(cipher.get(), out.data() + length, &tail) == 1;
  if (!done) {
    return std::nullopt;
  }
  out.resize(static_cast<std::size_t>(length) + static_cast<std::size_t>(tail));
  return out;
}

void decrypt_value(Value& value, std::string_view seed, const std::string& pointer,
                   Problems& problems) {
  if (value.is(Value::Kind::text)) {
    const auto plain = decrypt_text(value.as_text(), seed);
    if (!plain || !is_utf8(*plain)) {
      problems.error(value.line(), pointer, "a text that does not decrypt",
                     "Base64 of a text encrypted with the seed communityId-clusterId-3.0.0");
      return;
    }
    const int line = value.line();
    value = Value::text(*plain);
    value.set_line(line);
    return;
  }
  for (auto& member : value.members()) {
    decrypt_value(member.value, seed, pointer_to(pointer, member.key), problems);
  }
  std::size_t index = 0;
  for (auto& item : value.items()) {
    decrypt_value(item, seed, pointer_to(pointer, std::to_string(index++)), problems);
  }
}

void decrypt_below(Value& value, std::string_view seed, const std::string& pointer,
                   Problems& problems) {
  std::vector<Member> decrypted;
  std::vector<Member> kept;
  for (auto& member : value.members()) {
    const std::string at = pointer_to(pointer, member.key);
    if (member.key.size() > suffix.size() && member.key.ends_with(suffix)) {
      decrypt_value(member.value, seed, at, problems);
      member.key.resize(member.key.size() - suffix.size());
      decrypted.push_back(std::move(member));
    } else {
      decrypt_below(member.value, seed, at, problems);
      kept.push_back(std::move(member));
    }
  }
  value.members() = std::move(kept);
  for (auto& member : decrypted) {
    value.set(member.key, std::move(member.value));
  }
  std::size_t index = 0;
  for (auto& item : value.items()) {
    decrypt_below(item, seed, pointer_to(pointer, std::to_string(index++)), problems);
  }
}

}  // namespace

std::string encryption_seed(std::string_view community_id, std::string_view cluster_id) {
  return std::string(community_id) + "-" + std::string(cluster_id) + "-3.0.0";
}

std::string encrypt_text(std::string_view plain, std::string_view seed) {
  const auto secret = run(bytes_of(plain), seed, 1);
  expect(secret.has_value(), "AES is available");
  std::vector<unsigned char> text((secret->size() + 2) / 3 * 4 + 1);
  const int length = EVP_EncodeBlock(text.data(), secret->data(), static_cast<int>(secret->size()));
  return {text.begin(), text.begin() + length};
}

std::optional<std::string> decrypt_text(std::string_view base64, std::string_view seed) {
  const auto secret = from_base64(base64);
  if (!secret || secret->empty() || secret->size() % block != 0) {
    return std::nullopt;
  }
  const auto plain = run(*secret, seed, 0);
  if (!plain) {
    return std::nullopt;
  }
  return std::string(plain->begin(), plain->end());
}

void decrypt_entries(Value& root, std::string_view seed, Problems& problems) {
  decrypt_below(root, seed, "", problems);
}

bool has_encrypted_entries(const Value& root) {
  for (const auto& member : root.members()) {
    if ((member.key.size() > suffix.size() && member.key.ends_with(suffix)) ||
        has_encrypted_entries(member.value)) {
      return true;
    }
  }
  for (const auto& item : root.items()) {
    if (has_encrypted_entries(item)) {
      return true;
    }
  }
  return false;
}

}  // namespace musubi::json
