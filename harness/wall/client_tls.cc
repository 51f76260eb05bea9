#include "harness/wall/client_tls.h"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <ctime>

#include "base/duration.h"

namespace spokelab::harness {

namespace {

namespace ssl = boost::asio::ssl;

const std::string& expected_name(const HttpEndpoint& endpoint) {
  return endpoint.server_name.empty() ? endpoint.host : endpoint.server_name;
}

bool is_address(const std::string& name) {
  boost::system::error_code bad;
  boost::asio::ip::make_address(name, bad);
  return !bad;
}

WallTime time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return WallTime(std::chrono::seconds(timegm(&parts)));
}

std::string names_in(X509* certificate) {
  std::string text;
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    std::string one;
    if (name->type == GEN_DNS) {
      one.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                 static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    } else if (name->type == GEN_IPADD && ASN1_STRING_length(name->d.iPAddress) == 4) {
      const auto* byte = ASN1_STRING_get0_data(name->d.iPAddress);
      one = fmt::format("{}.{}.{}.{}", byte[0], byte[1], byte[2], byte[3]);
    } else if (name->type == GEN_IPADD && ASN1_STRING_length(name->d.iPAddress) == 16) {
      boost::asio::ip::address_v6::bytes_type bytes;
      std::copy_n(ASN1_STRING_get0_data(name->d.iPAddress), 16, bytes.begin());
      one = boost::asio::ip::address_v6(bytes).to_string();
    }
    if (!one.empty()) text += (text.empty() ? "" : ", ") + one;
  }
  GENERAL_NAMES_free(names);
  return text;
}

}  // namespace

Result<std::shared_ptr<ssl::context>> client_context(const HttpEndpoint& endpoint) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                       ssl::context::no_tlsv1_1);
  SSL_CTX_set_verify(context->native_handle(), SSL_VERIFY_PEER,
                     [](int, X509_STORE_CTX*) { return 1; });
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context->native_handle(), kHttp11, sizeof kHttp11 - 1);
  boost::system::error_code bad;
  if (!endpoint.ca_pem.empty()) {
    context->add_certificate_authority(boost::asio::buffer(endpoint.ca_pem), bad);
    if (bad)
      return Error(Errc::tls,
                   "unable to load root certificates: unable to parse bytes as PEM block");
  }
  if (!endpoint.client_cert_pem.empty()) {
    context->use_certificate_chain(boost::asio::buffer(endpoint.client_cert_pem), bad);
    if (!bad)
      context->use_private_key(boost::asio::buffer(endpoint.client_key_pem), ssl::context::pem,
                               bad);
    if (bad)
      return Error(Errc::tls, "tls: failed to find any PEM data in certificate or key input");
  }
  return context;
}

void prepare(TlsStream& stream, const HttpEndpoint& endpoint, WallTime now) {
  const auto& name = expected_name(endpoint);
  SSL* raw = stream.native_handle();
  if (!is_address(name)) SSL_set_tlsext_host_name(raw, name.c_str());
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  X509_VERIFY_PARAM_set_time(SSL_get0_param(raw), static_cast<time_t>(seconds));
}

std::optional<std::string> certificate_problem(TlsStream& stream, const HttpEndpoint& endpoint,
                                               WallTime now) {
  if (endpoint.insecure) return std::nullopt;
  SSL* raw = stream.native_handle();
  X509* shown = SSL_get0_peer_certificate(raw);
  if (shown == nullptr) return "tls: failed to verify certificate: x509: no certificate";
  const auto from = time_of(X509_get0_notBefore(shown));
  const auto to = time_of(X509_get0_notAfter(shown));
  if (now < from || now > to) {
    return fmt::format(
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: "
        "current time {} is {} {}",
        format_rfc3339(now), now < from ? "before" : "after",
        format_rfc3339(now < from ? from : to));
  }
  const auto& name = expected_name(endpoint);
  const bool fits = is_address(name)
                        ? X509_check_ip_asc(shown, name.c_str(), 0) == 1
                        : X509_check_host(shown, name.data(), name.size(), 0, nullptr) == 1;
  if (!fits) {
    return fmt::format(
        "tls: failed to verify certificate: x509: certificate is valid for {}, not {}",
        names_in(shown), name);
  }
  if (SSL_get_verify_result(raw) != X509_V_OK)
    return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
  return std::nullopt;
}

}  // namespace spokelab::harness
