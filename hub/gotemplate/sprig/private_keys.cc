// Private keys: numbers drawn from the stream, arithmetic and encoding by OpenSSL.
#include "hub/gotemplate/sprig/private_keys.h"

#include <openssl/asn1t.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <array>

#include "base/check.h"

namespace spokelab::hub::gotemplate::sprig {

namespace {

using Context = std::unique_ptr<BN_CTX, Freed<BN_CTX_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;

Number number() { return Number(BN_new()); }

std::string random_text(Rng& rng, std::size_t size) {
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(rng.below(256));
  return out;
}

/// A prime of exactly `bits` bits with its two highest bits set, so that the product of two has
/// twice as many; e - 1 shares no factor with 65537.
Number random_prime(Rng& rng, int bits, BN_CTX* context) {
  Number candidate = random_number(rng, bits);
  BN_set_bit(candidate.get(), bits - 1);
  BN_set_bit(candidate.get(), bits - 2);
  BN_set_bit(candidate.get(), 0);
  while (BN_mod_word(candidate.get(), 65537) == 1 ||
         BN_check_prime(candidate.get(), context, nullptr) != 1) {
    BN_add_word(candidate.get(), 2);
  }
  return candidate;
}

Key key_of(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  SPOKELAB_CHECK(EVP_PKEY_fromdata_init(context.get()) == 1);
  SPOKELAB_CHECK(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) == 1);
  return Key(key);
}

std::string text_in(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

Number random_number(Rng& rng, int bits) {
  const std::string bytes = random_text(rng, static_cast<std::size_t>((bits + 7) / 8));
  Number out(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                       static_cast<int>(bytes.size()), nullptr));
  BN_mask_bits(out.get(), bits);
  return out;
}

Key rsa_key(Rng& rng, int bits) {
  const Context context(BN_CTX_new());
  Number p = random_prime(rng, bits / 2, context.get());
  Number q = random_prime(rng, bits / 2, context.get());
  if (BN_cmp(p.get(), q.get()) < 0) std::swap(p, q);
  const Number n = number(), e = number(), p1 = number(), q1 = number(), phi = number();
  BN_set_word(e.get(), 65537);
  BN_mul(n.get(), p.get(), q.get(), context.get());
  BN_sub(p1.get(), p.get(), BN_value_one());
  BN_sub(q1.get(), q.get(), BN_value_one());
  BN_mul(phi.get(), p1.get(), q1.get(), context.get());
  const Number d(BN_mod_inverse(nullptr, e.get(), phi.get(), context.get()));
  const Number dp = number(), dq = number();
  BN_mod(dp.get(), d.get(), p1.get(), context.get());
  BN_mod(dq.get(), d.get(), q1.get(), context.get());
  const Number inverse(BN_mod_inverse(nullptr, q.get(), p.get(), context.get()));
  const Builder builder(OSSL_PARAM_BLD_new());
  const std::array<std::pair<const char*, const BIGNUM*>, 8> parts = {
      {{OSSL_PKEY_PARAM_RSA_N, n.get()},
       {OSSL_PKEY_PARAM_RSA_E, e.get()},
       {OSSL_PKEY_PARAM_RSA_D, d.get()},
       {OSSL_PKEY_PARAM_RSA_FACTOR1, p.get()},
       {OSSL_PKEY_PARAM_RSA_FACTOR2, q.get()},
       {OSSL_PKEY_PARAM_RSA_EXPONENT1, dp.get()},
       {OSSL_PKEY_PARAM_RSA_EXPONENT2, dq.get()},
       {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, inverse.get()}}};
  for (const auto& [name, value] : parts) OSSL_PARAM_BLD_push_BN(builder.get(), name, value);
  return key_of("RSA", builder.get());
}

Key ecdsa_key(Rng& rng) {
  const Context context(BN_CTX_new());
  const std::unique_ptr<EC_GROUP, Freed<EC_GROUP_free>> group(
      EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  Number secret = random_number(rng, 256);
  BN_mod(secret.get(), secret.get(), EC_GROUP_get0_order(group.get()), context.get());
  if (BN_is_zero(secret.get())) BN_one(secret.get());
  const std::unique_ptr<EC_POINT, Freed<EC_POINT_free>> point(EC_POINT_new(group.get()));
  EC_POINT_mul(group.get(), point.get(), secret.get(), nullptr, nullptr, context.get());
  std::array<unsigned char, 65> shown;
  EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, shown.data(),
                     shown.size(), context.get());
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, shown.data(),
                                   shown.size());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get());
  return key_of("EC", builder.get());
}

Key ed25519_key(Rng& rng) {
  const std::string seed = random_text(rng, 32);
  return Key(EVP_PKEY_new_raw_private_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(seed.data()), seed.size()));
}

namespace {

/// DSA's private key as OpenSSL writes it: version, p, q, g, y, x.
std::string der_integers(const std::vector<const BIGNUM*>& numbers) {
  std::string body;
  const auto append = [&body](const BIGNUM* value) {
    const std::unique_ptr<ASN1_INTEGER, Freed<ASN1_INTEGER_free>> integer(
        BN_to_ASN1_INTEGER(value, nullptr));
    unsigned char* der = nullptr;
    const int size = i2d_ASN1_INTEGER(integer.get(), &der);
    body.append(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
  };
  for (const BIGNUM* value : numbers) append(value);
  std::string out(1, '\x30');
  out += '\x82';  // always longer than 255 bytes here
  out += static_cast<char>(body.size() >> 8);
  out += static_cast<char>(body.size() & 0xFF);
  return out + body;
}

}  // namespace

std::string dsa_key_pem(Rng& rng) {
  const Context context(BN_CTX_new());
  Number q = random_number(rng, 256);
  BN_set_bit(q.get(), 255);
  BN_set_bit(q.get(), 0);
  while (BN_check_prime(q.get(), context.get(), nullptr) != 1) BN_add_word(q.get(), 2);
  // p = 1 modulo 2q.
  const Number step = number(), rest = number();
  BN_lshift1(step.get(), q.get());
  Number p = random_number(rng, 2048);
  BN_set_bit(p.get(), 2047);
  BN_mod(rest.get(), p.get(), step.get(), context.get());
  BN_sub(p.get(), p.get(), rest.get());
  BN_add_word(p.get(), 1);
  while (BN_check_prime(p.get(), context.get(), nullptr) != 1) BN_add(p.get(), p.get(), step.get());
  const Number exponent = number(), g = number(), y = number(), two = number(), zero = number();
  BN_set_word(two.get(), 2);
  BN_zero(zero.get());
  BN_sub(exponent.get(), p.get(), BN_value_one());
  BN_div(exponent.get(), nullptr, exponent.get(), q.get(), context.get());
  BN_mod_exp(g.get(), two.get(), exponent.get(), p.get(), context.get());
  const Number x = random_number(rng, 255);
  BN_mod_exp(y.get(), g.get(), x.get(), p.get(), context.get());
  const std::string der = der_integers({zero.get(), p.get(), q.get(), g.get(), y.get(), x.get()});
  const Bio out(BIO_new(BIO_s_mem()));
  PEM_write_bio(out.get(), "DSA PRIVATE KEY", "",
                reinterpret_cast<const unsigned char*>(der.data()), static_cast<long>(der.size()));
  return text_in(out.get());
}

std::string to_pem(const EVP_PKEY& key) {
  const Bio out(BIO_new(BIO_s_mem()));
  const int type = EVP_PKEY_get_base_id(&key);
  const bool traditional = type == EVP_PKEY_RSA || type == EVP_PKEY_EC || type == EVP_PKEY_DSA;
  if (traditional)
    PEM_write_bio_PrivateKey_traditional(out.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
  else
    PEM_write_bio_PKCS8PrivateKey(out.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_in(out.get());
}

Result<Key> key_from_pem(const std::string& pem) {
  if (pem.find("-----BEGIN ") == std::string::npos)
    return Error(Errc::bad_input, "no PEM data in input");
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // An encrypted key must not make OpenSSL ask for a passphrase.
  const auto no_passphrase = +[](char*, int, int, void*) { return -1; };
  Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
  if (!key) return Error(Errc::bad_input, "decoding PEM as a private key failed");
  return key;
}

}  // namespace spokelab::hub::gotemplate::sprig
