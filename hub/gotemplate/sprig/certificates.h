// Private keys and X.509 certificates, made from a random stream instead of the machine's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/rng.h"
#include "base/run_time.h"

namespace spokelab::hub::gotemplate::sprig {

/// PEM texts, as Sprig's certificate object holds them.
struct Certificate {
  std::string cert;
  std::string key;
};

/// What a certificate says.
struct Subject {
  std::string common_name;
  std::vector<std::string> ips;
  std::vector<std::string> dns_names;
  std::int64_t days = 0;
  bool authority = false;
};

/// A new key as PEM: "rsa" or "" (4096 bits), "dsa", "ecdsa" (P-256), "ed25519". The same stream
/// gives the same key. Errors: bad_input "Unknown type x".
Result<std::string> new_private_key(Rng& rng, std::string_view type);
/// An RSA key of 2048 bits, as certificates have.
std::string new_certificate_key(Rng& rng);
/// A certificate for the PEM key `key`, valid from `now`, signed with `signer`, or with itself when
/// that is null. Errors: bad_input in Sprig's words.
Result<Certificate> new_certificate(Rng& rng, WallTime now, const Subject& subject,
                                    const std::string& key, const Certificate* signer);
/// Checks two PEM texts. Errors: bad_input in Sprig's words.
Result<void> check_certificate(const Certificate& certificate);

}  // namespace spokelab::hub::gotemplate::sprig
