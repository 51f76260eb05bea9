// Sprig: private keys and certificates.
#include <fmt/format.h>

#include "base/base64.h"
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/sprig/cast.h"
#include "hub/gotemplate/sprig/certificates.h"

namespace spokelab::hub::gotemplate {

namespace {

using namespace sprig;

// What keys cost of the budget, about a step for each microsecond.
constexpr std::int64_t kCertificateSteps = 100'000;  // with a key of RSA 2048
constexpr std::int64_t kSigningSteps = 5'000;
constexpr std::int64_t kRsa4096Steps = 700'000;
constexpr std::int64_t kDsaSteps = 400'000;

class CertificateObject final : public Object {
 public:
  explicit CertificateObject(Certificate certificate) : certificate_(std::move(certificate)) {}
  std::string type_name() const override { return "sprig.certificate"; }
  std::optional<Value> get(std::string_view name) const override {
    if (name == "Cert") return Value(certificate_.cert);
    if (name == "Key") return Value(certificate_.key);
    return std::nullopt;
  }
  std::string print() const override {
    return "{" + certificate_.cert + " " + certificate_.key + "}";
  }
  Value underlying() const override {
    return make_map({{"Cert", Value(certificate_.cert)}, {"Key", Value(certificate_.key)}});
  }
  const Certificate& certificate() const { return certificate_; }

 private:
  Certificate certificate_;
};

Value object_of(Certificate certificate) {
  return std::static_pointer_cast<const Object>(
      std::make_shared<const CertificateObject>(std::move(certificate)));
}

/// The texts of a list argument; fails for other items.
std::vector<std::string> texts_of(Call& call, std::size_t i, std::string_view complaint) {
  std::vector<std::string> out;
  if (!call[i].is(Kind::list)) return out;
  for (const Value& item : call[i].list().items) {
    if (!item.is(Kind::string)) {
      call.fail(fmt::format("{}: {} is not a string", complaint, print(item)));
      return {};
    }
    out.push_back(item.text());
  }
  return out;
}

/// cn, then days; with `names` IPs and DNS names stand between them.
Subject subject_of(Call& call, bool names) {
  Subject out;
  out.common_name = call.text(0);
  out.days = call.whole(names ? 3 : 1);
  if (!names) return out;
  out.ips = texts_of(call, 1, "error parsing ip");
  if (!call.runtime.failed())
    out.dns_names = texts_of(call, 2, "error processing alternate dns name");
  return out;
}

enum class Signer { none, authority, given };

/// `key_at`: the argument that holds the key; 0 for a new one.
Value certificate(Call& call, Signer signer, std::size_t key_at) {
  if (!call.runtime.spend(key_at == 0 ? kCertificateSteps : kSigningSteps)) return {};
  Subject subject = subject_of(call, signer != Signer::authority);
  subject.authority = signer == Signer::authority;
  if (call.runtime.failed()) return {};
  const Certificate* parent = nullptr;
  if (signer == Signer::given) {
    if (!call[4].is(Kind::object)) return call.fail("unable to decode certificate");
    parent = &static_cast<const CertificateObject&>(call[4].object()).certificate();
  }
  Rng& rng = call.runtime.rng();
  const std::string key = key_at == 0 ? new_certificate_key(rng) : call.text(key_at);
  auto made = new_certificate(rng, call.runtime.now(), subject, key, parent);
  return made ? object_of(std::move(*made)) : call.fail(made.error().message());
}

Value private_key(Call& call) {
  const std::string& sort = call.text(0);
  const std::int64_t steps = sort.empty() || sort == "rsa" ? kRsa4096Steps
                             : sort == "dsa"               ? kDsaSteps
                                                           : kSigningSteps;
  if (!call.runtime.spend(steps)) return {};
  const auto made = new_private_key(call.runtime.rng(), call.text(0));
  return made ? *made : made.error().message();
}

Value custom(Call& call) {
  const auto cert = from_base64(call.text(0));
  if (!cert) return call.fail("unable to decode base64 certificate");
  const auto key = from_base64(call.text(1));
  if (!key) return call.fail("unable to decode base64 private key");
  Certificate out{*cert, *key};
  if (auto good = check_certificate(out); !good) return call.fail(good.error().message());
  return object_of(std::move(out));
}

}  // namespace

void add_sprig_certificates(FunctionTable& table) {
  table.add("genPrivateKey", "s", private_key);
  table.add("buildCustomCert", "ss", custom);
  table.add("genCA", "si", [](Call& c) { return certificate(c, Signer::authority, 0); });
  table.add("genCAWithKey", "sis", [](Call& c) { return certificate(c, Signer::authority, 2); });
  table.add("genSelfSignedCert", "slli", [](Call& c) { return certificate(c, Signer::none, 0); });
  table.add("genSelfSignedCertWithKey", "sllis",
            [](Call& c) { return certificate(c, Signer::none, 4); });
  table.add("genSignedCert", "sllic", [](Call& c) { return certificate(c, Signer::given, 0); });
  table.add("genSignedCertWithKey", "sllics",
            [](Call& c) { return certificate(c, Signer::given, 5); });
}

}  // namespace spokelab::hub::gotemplate
