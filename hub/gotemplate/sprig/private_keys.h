// Private keys by OpenSSL, with their chance from a given stream.
#pragma once

#include <openssl/bn.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/rng.h"

namespace spokelab::hub::gotemplate::sprig {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

/// `bits` random bits, most significant first.
Number random_number(Rng& rng, int bits);
Key rsa_key(Rng& rng, int bits);
Key ecdsa_key(Rng& rng);
Key ed25519_key(Rng& rng);
/// The PEM of a DSA key with parameters of its own (L2048N256).
std::string dsa_key_pem(Rng& rng);
/// PKCS#1 for RSA, SEC 1 for EC, PKCS#8 for others: as Sprig writes them.
std::string to_pem(const EVP_PKEY& key);
/// Errors: bad_input "no PEM data in input" and the like.
Result<Key> key_from_pem(const std::string& pem);

}  // namespace spokelab::hub::gotemplate::sprig
