// CertificateAuthority: makes the real certificates that clusters and their users show.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/run_time.h"

namespace spokelab::harness {

/// A certificate and its private key, both PEM.
struct KeyPair {
  std::string cert_pem;
  std::string key_pem;
};

/// What a server's certificate says.
struct ServerCertificate {
  std::set<std::string> names;  ///< Subject alternative names: DNS names and IP addresses.
  WallTime not_before{};
  WallTime not_after{};
};

/// A CA of its own, with fresh EC P-256 keys: making one, or a certificate, takes well under a
/// millisecond. Keys never leave this process but as PEM asked for.
class CertificateAuthority {
 public:
  /// `name` becomes the CA's common name. Valid for ten years from a day before `now`.
  CertificateAuthority(std::string name, WallTime now);
  ~CertificateAuthority();
  CertificateAuthority(CertificateAuthority&&) noexcept;

  const std::string& cert_pem() const noexcept { return cert_pem_; }
  KeyPair issue_server(const ServerCertificate& wanted) const;
  /// A user's certificate: common name and organizations are what Kubernetes reads as user and
  /// groups. Valid for a year.
  KeyPair issue_client(const std::string& user, const std::vector<std::string>& groups,
                       WallTime now) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  std::string cert_pem_;
};

/// Bytes that nobody can guess, as `count` * 2 hex digits.
std::string random_hex(std::size_t count);

}  // namespace spokelab::harness
