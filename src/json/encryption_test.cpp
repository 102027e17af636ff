#include "json/encryption.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace musubi::json {
namespace {

const std::string seed = encryption_seed("dev", "dev");

// Made with: openssl enc -aes-128-cbc -K <MD5 of the seed> -iv <MD5 of that key> -base64
constexpr std::string_view vector_account = "Cl+PeiaFtx6TsdL0XR/DTQ==";
constexpr std::string_view vector_password =
    "4lsdEmq0mKv+gRebTZUAJ78GChj5JxuThRfTx6wbskfWss1cMjUf0/6CgRMOlMS+";

TEST(Encryption, AgreesWithOpenssl) {
  EXPECT_EQ(seed, "dev-dev-3.0.0");
  EXPECT_EQ(encrypt_text("E001", seed), vector_account);
  EXPECT_EQ(decrypt_text(vector_account, seed), "E001");
  EXPECT_EQ(decrypt_text(vector_password, seed), "0123456789abcdef0123456789abcdef");
}

TEST(Encryption, RefusesWhatDoesNotDecrypt) {
  EXPECT_EQ(decrypt_text("", seed), std::nullopt);
  EXPECT_EQ(decrypt_text("!!!!", seed), std::nullopt);
  EXPECT_EQ(decrypt_text("AAAA", seed), std::nullopt);
  EXPECT_EQ(decrypt_text("abc", seed), std::nullopt);
  EXPECT_EQ(decrypt_text(vector_account, encryption_seed("other", "dev")), std::nullopt);
}

RC_GTEST_PROP(Encryption, RoundTrip, (const std::string& text)) {
  RC_ASSERT(decrypt_text(encrypt_text(text, seed), seed) == text);
}

TEST(Encryption, DecryptsEntriesAtAnyDepth) {
  const std::string secret(vector_account);
  auto document = parse_document(R"({"a":{"user":"plain","user.encrypted":")" + secret +
                                     R"("},"b.encrypted":{"x":")" + secret + R"(","n":1,"l":[")" +
                                     secret + R"("]},"c.encrypted_":"kept"})",
                                 "t.json");
  ASSERT_TRUE(document.ok());
  Problems problems("t.json");
  decrypt_entries(*document.value, seed, problems);
  EXPECT_FALSE(problems.has_errors());
  EXPECT_EQ(to_text(*document.value),
            R"({"a":{"user":"E001"},"c.encrypted_":"kept","b":{"x":"E001","n":1,"l":["E001"]}})");
}

TEST(Encryption, SaysWhatDoesNotDecryptWithoutShowingIt) {
  auto document = parse_document("{\n\"a\":{\"p.encrypted\":\n\"c2VjcmV0\"}}", "t.json");
  ASSERT_TRUE(document.ok());
  Problems problems("t.json");
  decrypt_entries(*document.value, seed, problems);
  EXPECT_EQ(problems.text(Severity::error),
            "t.json:3: /a/p.encrypted: found a text that does not decrypt, allowed: Base64 of a "
            "text encrypted with the seed communityId-clusterId-3.0.0");
}

}  // namespace
}  // namespace musubi::json
