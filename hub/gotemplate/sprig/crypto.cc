// Sprig: hashes, passwords, ciphers, random bytes and identifiers.
#define OPENSSL_SUPPRESS_DEPRECATED  // the plain functions of sha.h; see digest()
#include <crypt.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <optional>

#include "base/base64.h"
#include "hub/gotemplate/sprig/cast.h"
#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate {

namespace {

using namespace sprig;

/// Not by EVP_Digest: its first use reads OpenSSL's configuration and lists all algorithms, which
/// costs as much as rendering a chart.
template <class Context, std::size_t kSize>
Value digest(Call& call, int (*begin)(Context*), int (*add)(Context*, const void*, std::size_t),
             int (*end)(unsigned char*, Context*)) {
  Context context;
  std::array<unsigned char, kSize> out;
  const std::string& text = call.text(0);
  if (begin(&context) != 1 || add(&context, text.data(), text.size()) != 1 ||
      end(out.data(), &context) != 1)
    return call.fail("digest failed");
  std::string hex;
  for (const unsigned char byte : out) hex += fmt::format("{:02x}", byte);
  return hex;
}

Value adler32(Call& call) {
  std::uint32_t a = 1, b = 0;
  for (const char c : call.text(0)) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return fmt::format("{}", (b << 16) | a);
}

std::string random_bytes(Call& call, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += static_cast<char>(call.runtime.rng().below(256));
  return out;
}

Value uuid(Call& call) {
  std::string bytes = random_bytes(call, 16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return out;
}

Value rand_bytes(Call& call) {
  if (call.whole(0) < 0 || call.whole(0) > 1'000'000) return call.fail("invalid length");
  return base64(random_bytes(call, static_cast<std::size_t>(call.whole(0))));
}

/// A bcrypt hash of cost 10, marked as Go marks it; nothing when the password is too long.
std::optional<std::string> bcrypt_hash(Call& call, const std::string& password) {
  if (password.size() > 72 || !call.runtime.spend(100'000)) return std::nullopt;
  constexpr std::string_view kAlphabet =
      "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string setting = "$2b$10$";
  for (int i = 0; i < 21; ++i) setting += kAlphabet[call.runtime.rng().below(64)];
  setting += kAlphabet[call.runtime.rng().below(4) * 16];  // the last one has two bits
  crypt_data data{};
  const char* made = crypt_rn(password.c_str(), setting.c_str(), &data, sizeof data);
  if (made == nullptr) return std::nullopt;
  std::string out(made);
  out[2] = 'a';
  return out;
}

Value bcrypt(Call& call, const std::string& password, std::string head) {
  auto hash = bcrypt_hash(call, password);
  if (!hash)
    return head + "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes";
  return head + *hash;
}

Value htpasswd(Call& call) {
  if (call.text(0).find(':') != std::string::npos) return "invalid username: " + call.text(0);
  return bcrypt(call, call.text(1), call.text(0) + ":");
}

using Patterns = std::vector<std::string_view>;

/// Spectre (Master Password) templates by type.
const Patterns* patterns_of(std::string_view type) {
  static const std::map<std::string_view, Patterns> patterns = {
      {"maximum", {"anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"}},
      {"long",
       {"CvcvnoCvcvCvcv", "CvcvCvcvnoCvcv", "CvcvCvcvCvcvno", "CvccnoCvcvCvcv", "CvccCvcvnoCvcv",
        "CvccCvcvCvcvno", "CvcvnoCvccCvcv", "CvcvCvccnoCvcv", "CvcvCvccCvcvno", "CvcvnoCvcvCvcc",
        "CvcvCvcvnoCvcc", "CvcvCvcvCvccno", "CvccnoCvccCvcv", "CvccCvccnoCvcv", "CvccCvccCvcvno",
        "CvcvnoCvccCvcc", "CvcvCvccnoCvcc", "CvcvCvccCvccno", "CvccnoCvcvCvcc", "CvccCvcvnoCvcc",
        "CvccCvcvCvccno"}},
      {"medium", {"CvcnoCvc", "CvcCvcno"}},
      {"short", {"Cvcn"}},
      {"basic", {"aaanaaan", "aannaaan", "aaannaaa"}},
      {"pin", {"nnnn"}}};
  const auto hit = patterns.find(type);
  return hit == patterns.end() ? nullptr : &hit->second;
}

std::string_view characters_of(char pattern) {
  switch (pattern) {
    case 'C':
      return "BCDFGHJKLMNPQRSTVWXYZ";
    case 'v':
      return "aeiou";
    case 'c':
      return "bcdfghjklmnpqrstvwxyz";
    case 'a':
      return "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    case 'n':
      return "0123456789";
    case 'o':
      return "@&%?,=[]_:-+*$#!'^~;()/.";
    default:
      return "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()";
  }
}

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFF);
  return out;
}

/// derivePassword counter type password user site: the Master Password algorithm.
Value derive_password(Call& call) {
  const Patterns* patterns = patterns_of(call.text(1));
  if (patterns == nullptr) return "cannot find password template " + call.text(1);
  if (!call.runtime.spend(200'000)) return {};
  const auto with_length = [](const std::string& text) {
    return big_endian(static_cast<std::uint32_t>(text.size())) + text;
  };
  const std::string seed = "com.lyndir.masterpassword";
  const std::string salt = seed + with_length(call.text(3));
  std::array<unsigned char, 64> key;
  if (EVP_PBE_scrypt(call.text(2).data(), call.text(2).size(),
                     reinterpret_cast<const unsigned char*>(salt.data()), salt.size(), 32768, 8, 2,
                     64 << 20, key.data(), key.size()) != 1) {
    return call.fail("failed to derive password");
  }
  const std::string text =
      seed + with_length(call.text(4)) + big_endian(static_cast<std::uint32_t>(call.whole(0)));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  const std::string_view pattern = (*patterns)[digest[0] % patterns->size()];
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view characters = characters_of(pattern[i]);
    out += characters[digest[i + 1] % characters.size()];
  }
  return out;
}

/// AES-256 in CBC mode; the password, cut or filled with zeros, is the key.
std::optional<std::string> aes(const std::string& password, std::string_view iv,
                               std::string_view input, bool encrypt) {
  std::array<unsigned char, 32> key{};
  std::memcpy(key.data(), password.data(), std::min(password.size(), key.size()));
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  EVP_CipherInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key.data(), bytes(iv), encrypt);
  EVP_CIPHER_CTX_set_padding(context.get(), encrypt ? 1 : 0);
  std::string out(input.size() + 32, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  int first = 0, last = 0;
  if (EVP_CipherUpdate(context.get(), to, &first, bytes(input), static_cast<int>(input.size())) !=
          1 ||
      EVP_CipherFinal_ex(context.get(), to + first, &last) != 1)
    return std::nullopt;
  out.resize(static_cast<std::size_t>(first + last));
  return out;
}

Value encrypt_aes(Call& call) {
  if (call.text(1).empty()) return "";
  const std::string iv = random_bytes(call, 16);
  const auto out = aes(call.text(0), iv, call.text(1), true);
  return out ? Value(base64(iv + *out)) : call.fail("encryption failed");
}

Value decrypt_aes(Call& call) {
  if (call.text(1).empty()) return "";
  std::size_t wrong_at = 0;
  const auto data = from_base64(call.text(1), &wrong_at);
  if (!data) return call.fail(fmt::format("illegal base64 data at input byte {}", wrong_at));
  if (data->size() < 32 || data->size() % 16 != 0)
    return call.fail("crypto/cipher: input not full blocks");
  const std::string_view whole(*data);
  auto out = aes(call.text(0), whole.substr(0, 16), whole.substr(16), false);
  const std::size_t padding = out ? static_cast<unsigned char>(out->back()) : 0;
  if (!out || padding > out->size())
    return call.fail("runtime error: slice bounds out of range [:-1]");
  out->resize(out->size() - padding);
  return std::move(*out);
}

}  // namespace

void add_sprig_crypto(FunctionTable& table) {
  table.add("bcrypt", "s", [](Call& c) { return bcrypt(c, c.text(0), ""); });
  table.add("htpasswd", "ss", htpasswd);
  table.add("derivePassword", "issss", derive_password);
  table.add("encryptAES", "ss", encrypt_aes);
  table.add("decryptAES", "ss", decrypt_aes);
  table.add("sha1sum", "s", [](Call& c) {
    return digest<SHA_CTX, SHA_DIGEST_LENGTH>(c, SHA1_Init, SHA1_Update, SHA1_Final);
  });
  table.add("sha256sum", "s", [](Call& c) {
    return digest<SHA256_CTX, SHA256_DIGEST_LENGTH>(c, SHA256_Init, SHA256_Update, SHA256_Final);
  });
  table.add("sha512sum", "s", [](Call& c) {
    return digest<SHA512_CTX, SHA512_DIGEST_LENGTH>(c, SHA512_Init, SHA512_Update, SHA512_Final);
  });
  table.add("adler32sum", "s", adler32);
  table.add("uuidv4", "", uuid);
  table.add("randBytes", "i", rand_bytes);
}

}  // namespace spokelab::hub::gotemplate
