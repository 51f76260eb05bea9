// Certificate signing requests (pkg/apis/certificates/validation).
#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/base64.h"
#include "fakeapi/admit/validate/rules.h"

namespace spokelab::fakeapi::validation {

namespace {

constexpr std::int64_t kShortestSeconds = 600;

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* value) const { Free(value); }
};
using Bio = std::unique_ptr<BIO, Freed<BIO, BIO_free_all>>;
using Request = std::unique_ptr<X509_REQ, Freed<X509_REQ, X509_REQ_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using PublicKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;

/// One block of a PEM text.
struct PemBlock {
  std::string type;
  std::string headers;
  std::string bytes;
};

/// The next block; an empty type: there is none.
PemBlock next_block(BIO* in) {
  PemBlock block;
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(in, &name, &header, &data, &size) != 1) return block;
  block.type = name;
  block.headers = header;
  block.bytes.assign(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  return block;
}

Bio reader_of(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Why the text is no signing request; empty: it is one, and signed by the key that it names.
std::string request_problem(const std::string& text) {
  const Bio in = reader_of(text);
  const PemBlock block = next_block(in.get());
  if (block.type != "CERTIFICATE REQUEST") return "PEM block type must be CERTIFICATE REQUEST";
  const auto* at = reinterpret_cast<const unsigned char*>(block.bytes.data());
  const auto* end = at + block.bytes.size();
  const Request request(d2i_X509_REQ(nullptr, &at, static_cast<long>(block.bytes.size())));
  if (request == nullptr) return "asn1: structure error: this is no certificate request";
  if (at != end) return "asn1: syntax error: trailing data";
  const PublicKey key(X509_REQ_get_pubkey(request.get()));
  if (key == nullptr) return "x509: unsupported public key";
  if (X509_REQ_verify(request.get(), key.get()) != 1)
    return "x509: the signature does not match the public key";
  return "";
}

std::string certificate_problem(const std::string& text) {
  if (text.empty()) return "";
  const Bio in = reader_of(text);
  std::size_t blocks = 0;
  for (PemBlock block = next_block(in.get()); !block.type.empty(); block = next_block(in.get())) {
    if (block.type != "CERTIFICATE")
      return fmt::format("only CERTIFICATE PEM blocks are allowed, found {}",
                         Json(block.type).dump());
    if (!block.headers.empty()) return "no PEM block headers are permitted";
    if (block.bytes.empty()) return "found CERTIFICATE PEM block containing 0 certificates";
    const auto* at = reinterpret_cast<const unsigned char*>(block.bytes.data());
    const Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(block.bytes.size())));
    if (certificate == nullptr) return "x509: malformed certificate";
    ++blocks;
  }
  return blocks == 0 ? "must contain at least one CERTIFICATE PEM block" : "";
}

/// []byte{0x61, 0x62}
std::string go_bytes(const std::string* bytes) {
  if (bytes == nullptr) return "[]byte(nil)";
  std::string text;
  for (const char c : *bytes)
    text += fmt::format("{}0x{:x}", text.empty() ? "" : ", ", static_cast<unsigned char>(c));
  return "[]byte{" + text + "}";
}

void check_signer(Causes& causes, const std::string& signer) {
  const std::string at = "spec.signerName";
  if (signer.empty()) {
    causes.push_back(kube::required_value(at, ""));
    return;
  }
  if (signer == "kubernetes.io/legacy-unknown") {
    causes.push_back(kube::invalid_value(
        at, signer, "the legacy signerName is not allowed via this API version"));
    return;
  }
  const auto slash = signer.find('/');
  if (slash == std::string::npos || signer.find('/', slash + 1) != std::string::npos) {
    causes.push_back(kube::invalid_value(
        at, signer,
        "must be a fully qualified domain and path of the form 'example.com/signer-name'"));
    return;
  }
  const std::string domain = signer.substr(0, slash);
  if (domain.size() > 253) causes.push_back(too_long(at, 253));
  const auto each_label = [&](const std::string& text,
                              std::string (*problem_of)(std::string_view)) {
    for (std::size_t from = 0; from <= text.size();) {
      const auto end = std::min(text.find('.', from), text.size());
      const std::string label = text.substr(from, end - from);
      if (const std::string problem = problem_of(label); !problem.empty()) {
        causes.push_back(kube::invalid_value(
            at, text, fmt::format("validating label {}: {}", Json(label).dump(), problem)));
        return;
      }
      from = end + 1;
    }
  };
  each_label(domain, kube::dns_label_problem);
  if (domain.find('.') == std::string::npos)
    causes.push_back(kube::invalid_value(
        at, domain, "should be a domain with at least two segments separated by dots"));
  each_label(signer.substr(slash + 1), kube::dns_subdomain_problem);
}

void check_usages(Causes& causes, const Json& object) {
  static const std::vector<std::string> kUsages = {"any",
                                                   "cert sign",
                                                   "client auth",
                                                   "code signing",
                                                   "content commitment",
                                                   "crl sign",
                                                   "data encipherment",
                                                   "decipher only",
                                                   "digital signature",
                                                   "email protection",
                                                   "encipher only",
                                                   "ipsec end system",
                                                   "ipsec tunnel",
                                                   "ipsec user",
                                                   "key agreement",
                                                   "key encipherment",
                                                   "microsoft sgc",
                                                   "netscape sgc",
                                                   "ocsp signing",
                                                   "s/mime",
                                                   "server auth",
                                                   "signing",
                                                   "timestamping"};
  const Json& usages = list_at(object, {"spec", "usages"});
  if (usages.empty()) causes.push_back(kube::required_value("spec.usages", ""));
  for (std::size_t i = 0; i < usages.size(); ++i) {
    const std::string usage = usages[i].is_string() ? usages[i].get<std::string>() : "";
    if (std::find(kUsages.begin(), kUsages.end(), usage) == kUsages.end())
      causes.push_back(kube::not_supported(fmt::format("spec.usages[{}]", i), usage, kUsages));
  }
  for (std::size_t i = 0; i < usages.size(); ++i) {
    const auto here = usages.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(usages.begin(), here, usages[i]) != here)
      causes.push_back(kube::duplicate_value(fmt::format("spec.usages[{}]", i), usages[i]));
  }
}

void check_request_conditions(Causes& causes, const Json& object) {
  const Json& conditions = list_at(object, {"status", "conditions"});
  bool approved = false;
  bool denied = false;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const std::string at = fmt::format("status.conditions[{}]", i);
    const std::string type = text_at(conditions[i], {"type"});
    const std::string status = text_at(conditions[i], {"status"});
    if (type.empty()) causes.push_back(kube::required_value(at + ".type", ""));
    const bool only_true = type == "Approved" || type == "Denied" || type == "Failed";
    if (status.empty())
      causes.push_back(kube::required_value(at + ".status", ""));
    else if (only_true)
      one_of(causes, conditions[i], {"status"}, {"True"}, at);
    else
      one_of(causes, conditions[i], {"status"}, {"False", "True", "Unknown"}, at);
    approved = approved || type == "Approved";
    denied = denied || type == "Denied";
    if (approved && denied && (type == "Approved" || type == "Denied"))
      causes.push_back(kube::invalid_value(
          at + ".type", type, "Approved and Denied conditions are mutually exclusive"));
    for (std::size_t j = 0; j < i; ++j) {
      if (text_at(conditions[j], {"type"}) != type) continue;
      causes.push_back(kube::duplicate_value(at + ".type", type));
      break;
    }
  }
}

std::size_t count_conditions(const Json& object, std::string_view type) {
  const Json& conditions = list_at(object, {"status", "conditions"});
  return static_cast<std::size_t>(
      std::count_if(conditions.begin(), conditions.end(),
                    [type](const Json& one) { return text_at(one, {"type"}) == type; }));
}

std::string certificate_of(const Json& object) {
  return from_base64(text_at(object, {"status", "certificate"})).value_or("");
}

}  // namespace

void check_certificate_request(Causes& causes, const Json& object, const Json* old) {
  const Json* written = find(object, {"spec", "request"});
  std::string request;
  const bool given = written != nullptr && written->is_string();
  if (given) request = from_base64(written->get_ref<const std::string&>()).value_or("");
  if (const std::string problem = request_problem(request); !problem.empty())
    causes.push_back(invalid_text("spec.request", go_bytes(given ? &request : nullptr), problem));
  check_usages(causes, object);
  check_signer(causes, text_at(object, {"spec", "signerName"}));
  const Json* seconds = find(object, {"spec", "expirationSeconds"});
  if (seconds != nullptr && seconds->is_number() && *seconds < kShortestSeconds)
    causes.push_back(
        kube::invalid_value("spec.expirationSeconds", *seconds,
                            "may not specify a duration less than 600 seconds (10 minutes)"));
  check_request_conditions(causes, object);
  const std::string certificate = certificate_of(object);
  if (old != nullptr && certificate == certificate_of(*old)) return;
  if (const std::string problem = certificate_problem(certificate); !problem.empty())
    causes.push_back(invalid_text("status.certificate", "\"<certificate data>\"", problem));
}

void check_certificate_request_change(Causes& causes, const Json& object, const Json& old,
                                      std::string_view subresource) {
  for (const char* type : {"Approved", "Denied", "Failed"}) {
    if (count_conditions(object, type) < count_conditions(old, type))
      causes.push_back(kube::forbidden_value(
          "status.conditions",
          fmt::format("updates may not remove a condition of type \"{}\"", type)));
  }
  if (subresource != "approval") {
    for (const char* type : {"Approved", "Denied"}) {
      if (count_conditions(object, type) > count_conditions(old, type))
        causes.push_back(kube::forbidden_value(
            "status.conditions",
            fmt::format("updates may not add a condition of type \"{}\"", type)));
    }
  }
  const std::string before = certificate_of(old);
  if (certificate_of(object) == before) return;
  if (subresource != "status")
    causes.push_back(
        kube::forbidden_value("status.certificate", "updates may not set certificate content"));
  else if (!before.empty())
    causes.push_back(kube::forbidden_value("status.certificate",
                                           "updates may not modify existing certificate content"));
}

}  // namespace spokelab::fakeapi::validation
