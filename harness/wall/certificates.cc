// X.509 by OpenSSL.
#include "harness/wall/certificates.h"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <utility>

#include "base/check.h"

namespace spokelab::harness {

namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Memory = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

Key new_key() {
  Key key(EVP_EC_gen("P-256"));
  SPOKELAB_CHECK(key != nullptr);
  return key;
}

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string pem_of(X509* certificate) {
  Memory memory(BIO_new(BIO_s_mem()));
  SPOKELAB_CHECK(PEM_write_bio_X509(memory.get(), certificate) == 1);
  return text_of(memory.get());
}

std::string pem_of(EVP_PKEY* key) {
  Memory memory(BIO_new(BIO_s_mem()));
  SPOKELAB_CHECK(
      PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(memory.get());
}

void set_time(ASN1_TIME* field, WallTime time) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  ASN1_TIME_set(field, static_cast<time_t>(seconds));
}

void add_name(X509_NAME* name, const char* field, const std::string& value) {
  X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(value.data()),
                             static_cast<int>(value.size()), -1, 0);
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  SPOKELAB_CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate new_certificate(EVP_PKEY* key, WallTime not_before, WallTime not_after) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  unsigned char serial[16];
  SPOKELAB_CHECK(RAND_bytes(serial, sizeof serial) == 1);
  serial[0] &= 0x7f;  // positive
  std::unique_ptr<BIGNUM, Deleter<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get()));
  set_time(X509_getm_notBefore(certificate.get()), not_before);
  set_time(X509_getm_notAfter(certificate.get()), not_after);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

std::string alternative_names(const std::set<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    boost::system::error_code no_address;
    boost::asio::ip::make_address(name, no_address);
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", no_address ? "DNS" : "IP", name);
  }
  return text;
}

}  // namespace

struct CertificateAuthority::Keys {
  Key key;
  Certificate certificate;
};

CertificateAuthority::CertificateAuthority(std::string name, WallTime now)
    : keys_(std::make_unique<Keys>()) {
  keys_->key = new_key();
  keys_->certificate = new_certificate(keys_->key.get(), now - std::chrono::hours(24),
                                       now + std::chrono::hours(24 * 365 * 10));
  X509* self = keys_->certificate.get();
  add_name(X509_get_subject_name(self), "CN", name);
  X509_set_issuer_name(self, X509_get_subject_name(self));
  add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(self, self, NID_key_usage, "critical,digitalSignature,keyEncipherment,keyCertSign");
  add_extension(self, self, NID_subject_key_identifier, "hash");
  X509_sign(self, keys_->key.get(), EVP_sha256());
  cert_pem_ = pem_of(self);
}

CertificateAuthority::~CertificateAuthority() = default;
CertificateAuthority::CertificateAuthority(CertificateAuthority&&) noexcept = default;

KeyPair CertificateAuthority::issue_server(const ServerCertificate& wanted) const {
  const Key key = new_key();
  const auto made = new_certificate(key.get(), wanted.not_before, wanted.not_after);
  X509* issuer = keys_->certificate.get();
  add_name(X509_get_subject_name(made.get()), "CN", "kube-apiserver");
  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer));
  add_extension(made.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(made.get(), issuer, NID_key_usage, "critical,digitalSignature,keyEncipherment");
  add_extension(made.get(), issuer, NID_ext_key_usage, "serverAuth");
  add_extension(made.get(), issuer, NID_authority_key_identifier, "keyid");
  if (!wanted.names.empty())
    add_extension(made.get(), issuer, NID_subject_alt_name, alternative_names(wanted.names));
  X509_sign(made.get(), keys_->key.get(), EVP_sha256());
  return {pem_of(made.get()), pem_of(key.get())};
}

KeyPair CertificateAuthority::issue_client(const std::string& user,
                                           const std::vector<std::string>& groups,
                                           WallTime now) const {
  const Key key = new_key();
  const auto made =
      new_certificate(key.get(), now - std::chrono::hours(24), now + std::chrono::hours(24 * 365));
  X509* issuer = keys_->certificate.get();
  for (const auto& group : groups) add_name(X509_get_subject_name(made.get()), "O", group);
  add_name(X509_get_subject_name(made.get()), "CN", user);
  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer));
  add_extension(made.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(made.get(), issuer, NID_key_usage, "critical,digitalSignature,keyEncipherment");
  add_extension(made.get(), issuer, NID_ext_key_usage, "clientAuth");
  add_extension(made.get(), issuer, NID_authority_key_identifier, "keyid");
  X509_sign(made.get(), keys_->key.get(), EVP_sha256());
  return {pem_of(made.get()), pem_of(key.get())};
}

std::string random_hex(std::size_t count) {
  std::string bytes(count, '\0');
  SPOKELAB_CHECK(
      RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1);
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace spokelab::harness
