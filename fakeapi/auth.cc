// Authentication. Tokens look like JWTs, but the server knows them by heart: nothing is signed.
#include "fakeapi/auth.h"

#include <algorithm>

#include "base/base64.h"
#include "base/duration.h"
#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

void add_group(std::vector<std::string>& groups, std::string group) {
  if (std::find(groups.begin(), groups.end(), group) == groups.end())
    groups.push_back(std::move(group));
}

}  // namespace

bool UserInfo::in_group(std::string_view group) const {
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

UserInfo service_account_user(std::string_view ns, std::string_view name, std::string_view uid) {
  const std::string space(ns);
  return {"system:serviceaccount:" + space + ":" + std::string(name),
          std::string(uid),
          {"system:serviceaccounts", "system:serviceaccounts:" + space, "system:authenticated"}};
}

Authenticator::Authenticator(const Clock& clock, Rng rng, Store& store,
                             std::vector<StaticToken> users)
    : clock_(&clock),
      rng_(rng),
      accounts_(&store.bucket("serviceaccounts")),
      secrets_(&store.bucket("secrets")) {
  for (auto& user : users) {
    add_group(user.groups, "system:authenticated");
    users_[user.token] = UserInfo{user.user, "", std::move(user.groups)};
  }
}

kube::Answer<UserInfo> Authenticator::authenticate(const HttpRequest& request,
                                                   const HttpPeer& peer) const {
  if (const auto* header = request.headers.find("Authorization")) {
    std::string_view text = *header;
    const bool bearer = text.size() > 7 && kube::lower(text.substr(0, 7)) == "bearer ";
    if (!bearer) return kube::unauthorized();
    text.remove_prefix(7);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    auto user = user_of(text);
    if (!user) return kube::unauthorized();
    return std::move(*user);
  }
  if (!peer.client_cert_common_name.empty()) {
    UserInfo user{peer.client_cert_common_name, "", peer.client_cert_organizations};
    add_group(user.groups, "system:authenticated");
    return user;
  }
  return UserInfo{"system:anonymous", "", {"system:unauthenticated"}};
}

std::optional<UserInfo> Authenticator::user_of(std::string_view token) const {
  if (const auto fixed = users_.find(token); fixed != users_.end()) return fixed->second;
  const auto hit = issued_.find(token);
  if (hit == issued_.end()) return std::nullopt;
  const Issued& issued = hit->second;
  if (clock_->now() >= issued.until) return std::nullopt;
  const JsonRef account = accounts_->get(issued.ns, issued.account);
  if (!account || text_at(*account, {"metadata", "uid"}) != issued.account_uid) return std::nullopt;
  if (!issued.secret.empty() && !secrets_->get(issued.ns, issued.secret)) return std::nullopt;
  return service_account_user(issued.ns, issued.account, issued.account_uid);
}

std::string Authenticator::issue(std::string_view ns, std::string_view account,
                                 std::string_view account_uid, Nanos lifetime,
                                 std::string_view secret) {
  if (issued_.size() >= kTokensMax) return "";
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  Json claims{{"iss", "https://kubernetes.default.svc.cluster.local"},
              {"sub", "system:serviceaccount:" + std::string(ns) + ":" + std::string(account)}};
  if (secret.empty()) {
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(clock_->wall_now().time_since_epoch())
            .count();
    claims["iat"] = now;
    claims["nbf"] = now;
    if (lifetime > Nanos{0}) {
      claims["exp"] = now + std::chrono::duration_cast<std::chrono::seconds>(lifetime).count();
    }
    claims["aud"] = Json::array({"https://kubernetes.default.svc.cluster.local"});
    claims["kubernetes.io"] = {{"namespace", ns},
                               {"serviceaccount", {{"name", account}, {"uid", account_uid}}}};
  } else {
    claims["kubernetes.io/serviceaccount/namespace"] = ns;
    claims["kubernetes.io/serviceaccount/secret.name"] = secret;
    claims["kubernetes.io/serviceaccount/service-account.name"] = account;
    claims["kubernetes.io/serviceaccount/service-account.uid"] = account_uid;
  }
  std::string token =
      base64_url(R"({"alg":"RS256","kid":"spokelab"})") + "." + base64_url(claims.dump()) + ".";
  for (int i = 0; i < 86; ++i) token += kAlphabet[rng_.below(kAlphabet.size())];
  Issued issued{std::string(ns), std::string(account), std::string(account_uid),
                std::string(secret), kNever};
  if (lifetime > Nanos{0}) issued.until = clock_->now() + lifetime;
  issued_.emplace(token, std::move(issued));
  return token;
}

void Authenticator::revoke_all() { issued_.clear(); }

void Authenticator::revoke(std::string_view ns, std::string_view account) {
  std::erase_if(issued_, [&](const auto& one) {
    return one.second.ns == ns && one.second.account == account;
  });
}

}  // namespace spokelab::fakeapi
