// Keys, certificates and passwords: what they hold, and that they come from the given stream.
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "hub/gotemplate/text.h"
#include "tests/hub/gotemplate/answers.h"

namespace spokelab::hub::gotemplate {
namespace {

using X509Ref = std::unique_ptr<X509, decltype(&X509_free)>;

X509Ref read_certificate(const std::string& pem) {
  BIO* in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509Ref out(PEM_read_bio_X509(in, nullptr, nullptr, nullptr), X509_free);
  BIO_free(in);
  return out;
}

RuntimeOptions options_of(const Rng& rng) {
  RuntimeOptions out;
  out.rng = &rng;
  out.now = WallTime(Nanos(1'700'000'000'000'000'000));
  return out;
}

std::string made(std::string_view text, std::uint64_t seed = 1) {
  const Rng rng(seed);
  return answer(text, sprig_functions(), options_of(rng));
}

TEST(SprigCertificates, ASignedCertificateNamesItsHostsAndIsTrustedByItsAuthority) {
  const std::string both = made(
      "{{ $ca := genCA \"my-ca\" 365 }}{{ $c := genSignedCert \"svc\" (list \"10.0.0.1\" \"::1\") "
      "(list \"svc.ns\" \"*.svc\") 30 $ca }}{{ $ca.Cert }}|{{ $c.Cert }}|{{ $c.Key }}");
  const std::size_t first = both.find('|'), second = both.find('|', first + 1);
  ASSERT_NE(second, std::string::npos) << both;
  const X509Ref authority = read_certificate(both.substr(0, first));
  const X509Ref certificate = read_certificate(both.substr(first + 1, second - first - 1));
  ASSERT_TRUE(authority && certificate);
  EXPECT_EQ(X509_verify(certificate.get(), X509_get0_pubkey(authority.get())), 1);
  EXPECT_EQ(X509_check_issued(authority.get(), certificate.get()), X509_V_OK);
  EXPECT_EQ(X509_check_ca(authority.get()), 1);
  EXPECT_EQ(X509_check_ca(certificate.get()), 0);
  EXPECT_EQ(X509_check_host(certificate.get(), "svc.ns", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "other", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "10.0.0.1", 0), 1);
  EXPECT_EQ(ASN1_TIME_cmp_time_t(X509_get0_notBefore(certificate.get()), 1'700'000'000), 0);
  EXPECT_EQ(
      ASN1_TIME_cmp_time_t(X509_get0_notAfter(certificate.get()), 1'700'000'000 + 30 * 86'400), 0);
  EXPECT_TRUE(both.substr(second + 1).starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
}

TEST(SprigCertificates, AreTheSameForTheSameSeedAndOtherForAnother) {
  constexpr std::string_view kText =
      "{{ (genSelfSignedCert \"a\" nil nil 1).Cert }}{{ randAlphaNum 8 }}{{ uuidv4 }}"
      "{{ genPrivateKey \"ecdsa\" }}{{ genPrivateKey \"ed25519\" }}{{ htpasswd \"u\" \"p\" }}"
      "{{ encryptAES \"k\" \"text\" }}{{ randBytes 5 }}{{ shuffle \"abcdefgh\" }}";
  EXPECT_EQ(made(kText), made(kText));
  EXPECT_NE(made(kText), made(kText, 2));
}

TEST(SprigCertificates, KeysHaveTheFormatOfTheirType) {
  EXPECT_TRUE(made("{{ genPrivateKey \"ecdsa\" }}").starts_with("-----BEGIN EC PRIVATE KEY-----"));
  EXPECT_TRUE(made("{{ genPrivateKey \"ed25519\" }}").starts_with("-----BEGIN PRIVATE KEY-----"));
  EXPECT_EQ(made("{{ genPrivateKey \"rot13\" }}"), "Unknown type rot13");
  EXPECT_TRUE(made("{{ (genCAWithKey \"a\" 1 (genPrivateKey \"ed25519\")).Cert }}")
                  .starts_with("-----BEGIN CERTIFICATE-----"));
}

TEST(SprigCertificates, MistakesAreNamed) {
  const auto ends = [](std::string_view text, std::string_view message) {
    const std::string got = made(text);
    EXPECT_TRUE(got.ends_with(message)) << got;
  };
  ends("{{ genSelfSignedCert \"a\" (list \"x\") nil 1 }}",
       "error calling genSelfSignedCert: error parsing ip: x");
  ends("{{ genSelfSignedCert \"a\" (list 1) nil 1 }}",
       "error calling genSelfSignedCert: error parsing ip: 1 is not a string");
  ends("{{ genSignedCert \"a\" nil nil 1 (dict) }}",
       "wrong type for value; expected sprig.certificate; got map[string]interface {}");
  ends("{{ genCAWithKey \"a\" 1 \"no key\" }}",
       "error calling genCAWithKey: parsing private key: no PEM data in input");
  ends("{{ buildCustomCert \"!\" \"!\" }}",
       "error calling buildCustomCert: unable to decode base64 certificate");
}

TEST(SprigPasswords, WhatIsEncryptedIsDecrypted) {
  EXPECT_EQ(made("{{ encryptAES \"pw\" \"some text\" | decryptAES \"pw\" }}"), "some text");
  EXPECT_TRUE(made("{{ bcrypt \"x\" }}").starts_with("$2a$10$"));
  EXPECT_EQ(made("{{ htpasswd \"a:b\" \"x\" }}"), "invalid username: a:b");
}

TEST(GoTemplateRuntime, TellsWhetherARenderingDependsOnChanceOrTime) {
  const auto uses = [](std::string_view text) {
    const auto trees =
        parse("t", std::make_shared<const std::string>(text), sprig_functions()).value();
    TemplateSet set;
    Runtime runtime(set, {});
    EXPECT_TRUE(runtime.execute(*trees.front(), case_data())) << text;
    return std::pair(runtime.drew_random(), runtime.read_clock());
  };
  EXPECT_EQ(uses("{{ .s | upper }}{{ date \"2006\" (int64 5) }}"), std::pair(false, false));
  EXPECT_EQ(uses("{{ randNumeric 3 }}"), std::pair(true, false));
  EXPECT_EQ(uses("{{ now | date \"2006\" }}"), std::pair(false, true));
  EXPECT_EQ(uses("{{ if .flag }}{{ uuidv4 }}{{ end }}"), std::pair(false, false));
}

}  // namespace
}  // namespace spokelab::hub::gotemplate
