// X.509 certificates as Sprig makes them.
#include "hub/gotemplate/sprig/certificates.h"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "hub/gotemplate/sprig/private_keys.h"

namespace spokelab::hub::gotemplate::sprig {

namespace {

using X509Ref = std::unique_ptr<X509, Freed<X509_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;

constexpr std::int64_t kDaysMax = 36'500'000;

std::string pem_of(X509* certificate) {
  const Bio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

Result<X509Ref> certificate_from_pem(const std::string& pem) {
  if (pem.find("-----BEGIN ") == std::string::npos)
    return Error(Errc::bad_input, "unable to decode certificate");
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  X509Ref out(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  if (!out) {
    return Error(Errc::bad_input,
                 "error parsing certificate: decodedCert.Bytes: x509: malformed certificate");
  }
  return out;
}

void add_extension(X509* certificate, X509V3_CTX* context, int id, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, context, id, value.c_str());
  if (extension == nullptr) return;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// Subject alternative names, built one by one so that a name cannot smuggle in another.
Result<void> add_names(X509* certificate, const Subject& subject) {
  const std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>> names(sk_GENERAL_NAME_new_null());
  for (const std::string& name : subject.dns_names) {
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, name.data(), static_cast<int>(name.size()));
    GENERAL_NAME* general = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(general, GEN_DNS, text);
    sk_GENERAL_NAME_push(names.get(), general);
  }
  for (const std::string& ip : subject.ips) {
    ASN1_OCTET_STRING* bytes = a2i_IPADDRESS(ip.c_str());
    if (bytes == nullptr) return Error(Errc::bad_input, "error parsing ip: " + ip);
    GENERAL_NAME* general = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(general, GEN_IPADD, bytes);
    sk_GENERAL_NAME_push(names.get(), general);
  }
  if (sk_GENERAL_NAME_num(names.get()) > 0)
    X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0);
  return {};
}

void set_validity(X509* certificate, WallTime now, std::int64_t days) {
  const auto seconds = static_cast<time_t>(now.time_since_epoch().count() / 1'000'000'000);
  ASN1_TIME_set(X509_getm_notBefore(certificate), seconds);
  ASN1_TIME_adj(X509_getm_notAfter(certificate), seconds, static_cast<int>(days), 0);
}

}  // namespace

std::string new_certificate_key(Rng& rng) { return to_pem(*rsa_key(rng, 2048)); }

Result<std::string> new_private_key(Rng& rng, std::string_view type) {
  if (type.empty() || type == "rsa") return to_pem(*rsa_key(rng, 4096));
  if (type == "dsa") return dsa_key_pem(rng);
  if (type == "ecdsa") return to_pem(*ecdsa_key(rng));
  if (type == "ed25519") return to_pem(*ed25519_key(rng));
  return Error(Errc::bad_input, fmt::format("Unknown type {}", type));
}

Result<Certificate> new_certificate(Rng& rng, WallTime now, const Subject& subject,
                                    const std::string& key, const Certificate* signer) {
  if (subject.days > kDaysMax || subject.days < -kDaysMax)
    return Error(Errc::limit, fmt::format("a certificate for more than {} days", kDaysMax));
  const auto own_key = key_from_pem(key);
  if (!own_key) return own_key.error().within("parsing private key");
  X509Ref issuer;
  Result<Key> signer_key = Key();
  if (signer != nullptr) {
    auto parsed = certificate_from_pem(signer->cert);
    if (!parsed) return parsed.error();
    issuer = std::move(*parsed);
    signer_key = key_from_pem(signer->key);
    if (!signer_key) return signer_key.error().within("error parsing private key");
  }
  const X509Ref made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  const Number serial = random_number(rng, 128);
  BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(made.get()));
  set_validity(made.get(), now, subject.days);
  X509_NAME* name = X509_get_subject_name(made.get());
  if (!subject.common_name.empty()) {
    X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(subject.common_name.data()),
                               static_cast<int>(subject.common_name.size()), -1, 0);
  }
  X509_set_issuer_name(made.get(), issuer ? X509_get_subject_name(issuer.get()) : name);
  X509_set_pubkey(made.get(), own_key->get());
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer ? issuer.get() : made.get(), made.get(), nullptr, nullptr, 0);
  add_extension(made.get(), &context, NID_key_usage,
                subject.authority ? "critical,digitalSignature,keyEncipherment,keyCertSign"
                                  : "critical,digitalSignature,keyEncipherment");
  add_extension(made.get(), &context, NID_ext_key_usage, "serverAuth,clientAuth");
  add_extension(made.get(), &context, NID_basic_constraints,
                subject.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (subject.authority) add_extension(made.get(), &context, NID_subject_key_identifier, "hash");
  if (issuer) add_extension(made.get(), &context, NID_authority_key_identifier, "keyid");
  if (auto done = add_names(made.get(), subject); !done) return done.error();
  EVP_PKEY* signing = issuer ? signer_key->get() : own_key->get();
  const bool no_digest = EVP_PKEY_get_base_id(signing) == EVP_PKEY_ED25519;
  if (X509_sign(made.get(), signing, no_digest ? nullptr : EVP_sha256()) == 0)
    return Error(Errc::bad_input, "error creating certificate: signing failed");
  return Certificate{pem_of(made.get()), to_pem(**own_key)};
}

Result<void> check_certificate(const Certificate& certificate) {
  if (auto parsed = certificate_from_pem(certificate.cert); !parsed) return parsed.error();
  if (auto key = key_from_pem(certificate.key); !key)
    return key.error().within("error parsing private key");
  return {};
}

}  // namespace spokelab::hub::gotemplate::sprig
