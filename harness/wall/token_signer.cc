#include "harness/wall/token_signer.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <memory>
#include <string>

#include "base/base64.h"
#include "base/check.h"
#include "base/json.h"
#include "harness/wall/certificates.h"

namespace spokelab::harness {

namespace {

constexpr std::size_t kNumberBytes = 32;  // of each coordinate and each half of a signature

std::string fixed_size(const BIGNUM* number) {
  std::string bytes(kNumberBytes, '\0');
  SPOKELAB_CHECK(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
                              static_cast<int>(kNumberBytes)) > 0);
  return bytes;
}

std::string coordinate(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  SPOKELAB_CHECK(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  std::string bytes = fixed_size(number);
  BN_free(number);
  return bytes;
}

/// RFC 7518, 3.4: the two numbers side by side, where OpenSSL gives DER.
std::string sign_es256(EVP_PKEY* key, std::string_view text) {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                  EVP_MD_CTX_free);
  SPOKELAB_CHECK(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1);
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  SPOKELAB_CHECK(EVP_DigestSign(context.get(), nullptr, &size, data, text.size()) == 1);
  std::string der(size, '\0');
  SPOKELAB_CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size,
                                data, text.size()) == 1);
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)), ECDSA_SIG_free);
  SPOKELAB_CHECK(signature != nullptr);
  return fixed_size(ECDSA_SIG_get0_r(signature.get())) +
         fixed_size(ECDSA_SIG_get0_s(signature.get()));
}

}  // namespace

fakeapi::TokenSigner make_token_signer() {
  const std::shared_ptr<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  SPOKELAB_CHECK(key != nullptr);
  fakeapi::TokenSigner signer;
  signer.algorithm = "ES256";
  signer.key_id = random_hex(16);
  signer.sign = [key](std::string_view text) { return sign_es256(key.get(), text); };
  const Json jwk{{"use", "sig"},
                 {"kty", "EC"},
                 {"kid", signer.key_id},
                 {"crv", "P-256"},
                 {"alg", "ES256"},
                 {"x", base64_url(coordinate(key.get(), OSSL_PKEY_PARAM_EC_PUB_X))},
                 {"y", base64_url(coordinate(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y))}};
  signer.key_set = freeze(Json{{"keys", Json::array({jwk})}});
  return signer;
}

}  // namespace spokelab::harness
