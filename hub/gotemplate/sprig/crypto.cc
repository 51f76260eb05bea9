// Sprig: hashes, random bytes and identifiers.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "base/base64.h"
#include "hub/gotemplate/sprig/cast.h"
#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate {

namespace {

using namespace sprig;

Value digest(Call& call, const EVP_MD* kind) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out;
  unsigned size = 0;
  const std::string& text = call.text(0);
  if (EVP_Digest(text.data(), text.size(), out.data(), &size, kind, nullptr) != 1)
    return call.fail("digest failed");
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", out[i]);
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

}  // namespace

void add_sprig_crypto(FunctionTable& table) {
  table.add("sha1sum", "s", [](Call& c) { return digest(c, EVP_sha1()); });
  table.add("sha256sum", "s", [](Call& c) { return digest(c, EVP_sha256()); });
  table.add("sha512sum", "s", [](Call& c) { return digest(c, EVP_sha512()); });
  table.add("adler32sum", "s", adler32);
  table.add("uuidv4", "", uuid);
  table.add("randBytes", "i", rand_bytes);
}

}  // namespace spokelab::hub::gotemplate
