// Authentication. The server knows the tokens it has issued by heart; a signature is for others.
#include "fakeapi/auth.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/base64.h"
#include "base/duration.h"
#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kAnonymous = "system:anonymous";
constexpr const char* kAuthenticated = "system:authenticated";
constexpr const char* kUnauthenticated = "system:unauthenticated";

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
          {"system:serviceaccounts", "system:serviceaccounts:" + space, kAuthenticated},
          {}};
}

Authenticator::Authenticator(const Clock& clock, Rng rng, Store& store,
                             std::vector<StaticToken> users, TokenSigner signer)
    : clock_(&clock),
      rng_(rng),
      store_(&store),
      signer_(std::move(signer)),
      accounts_(&store.bucket("serviceaccounts")),
      secrets_(&store.bucket("secrets")) {
  for (auto& user : users) {
    add_group(user.groups, kAuthenticated);
    users_[user.token] = UserInfo{user.user, "", std::move(user.groups), {}};
  }
}

kube::Answer<UserInfo> Authenticator::authenticate(const HttpRequest& request,
                                                   const HttpPeer& peer) const {
  if (!peer.client_cert_common_name.empty()) {
    UserInfo user{peer.client_cert_common_name, "", peer.client_cert_organizations, {}};
    add_group(user.groups, kAuthenticated);
    return user;
  }
  if (const auto* header = request.headers.find("Authorization")) {
    std::string_view text = *header;
    const bool bearer = text.size() > 7 && kube::lower(text.substr(0, 7)) == "bearer ";
    if (!bearer) return kube::unauthorized();
    text.remove_prefix(7);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    auto holder = holder_of(text);
    if (!holder) return kube::unauthorized();
    const auto& meant = holder->audiences;
    if (!meant.empty() && std::find(meant.begin(), meant.end(), kIssuer) == meant.end())
      return kube::unauthorized();
    return std::move(holder->user);
  }
  if (peer.client_cert_rejected) return kube::unauthorized();
  return UserInfo{kAnonymous, "", {kUnauthenticated}, {}};
}

bool Authenticator::bond_holds(const TokenWish& wish) const {
  if (wish.bound_kind.empty()) return true;
  const auto* bucket = store_->find_bucket(wish.bound_kind == "Pod"    ? "pods"
                                           : wish.bound_kind == "Node" ? "nodes"
                                                                       : "secrets");
  const auto object = bucket == nullptr
                          ? nullptr
                          : bucket->get(wish.bound_kind == "Node" ? "" : wish.ns, wish.bound_name);
  return object && text_at(*object, {"metadata", "uid"}) == wish.bound_uid;
}

std::optional<TokenHolder> Authenticator::holder_of(std::string_view token) const {
  if (const auto fixed = users_.find(token); fixed != users_.end())
    return TokenHolder{fixed->second, {}};
  const auto hit = issued_.find(token);
  if (hit == issued_.end()) return std::nullopt;
  const auto& [wish, id, until] = hit->second;
  if (clock_->now() >= until) return std::nullopt;
  const JsonRef account = accounts_->get(wish.ns, wish.account);
  if (!account || text_at(*account, {"metadata", "uid"}) != wish.account_uid) return std::nullopt;
  if (!wish.secret.empty() && !secrets_->get(wish.ns, wish.secret)) return std::nullopt;
  if (!bond_holds(wish)) return std::nullopt;
  TokenHolder holder{service_account_user(wish.ns, wish.account, wish.account_uid), {}};
  if (!wish.secret.empty()) return holder;
  holder.audiences = wish.audiences;
  if (holder.audiences.empty()) holder.audiences = {kIssuer};
  holder.user.extra["authentication.kubernetes.io/credential-id"] = {"JTI=" + id};
  if (wish.bound_kind == "Pod") {
    holder.user.extra["authentication.kubernetes.io/pod-name"] = {wish.bound_name};
    holder.user.extra["authentication.kubernetes.io/pod-uid"] = {wish.bound_uid};
  } else if (wish.bound_kind == "Node") {
    holder.user.extra["authentication.kubernetes.io/node-name"] = {wish.bound_name};
    holder.user.extra["authentication.kubernetes.io/node-uid"] = {wish.bound_uid};
  }
  return holder;
}

Json Authenticator::claims_of(const TokenWish& wish, const std::string& id) const {
  Json claims{{"iss", kIssuer}, {"sub", "system:serviceaccount:" + wish.ns + ":" + wish.account}};
  if (!wish.secret.empty()) {
    claims["iss"] = "kubernetes/serviceaccount";
    claims["kubernetes.io/serviceaccount/namespace"] = wish.ns;
    claims["kubernetes.io/serviceaccount/secret.name"] = wish.secret;
    claims["kubernetes.io/serviceaccount/service-account.name"] = wish.account;
    claims["kubernetes.io/serviceaccount/service-account.uid"] = wish.account_uid;
    return claims;
  }
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  const auto now = duration_cast<seconds>(clock_->wall_now().time_since_epoch()).count();
  claims["iat"] = now;
  claims["nbf"] = now;
  if (wish.lifetime > Nanos{0}) claims["exp"] = now + duration_cast<seconds>(wish.lifetime).count();
  claims["aud"] = wish.audiences.empty() ? std::vector<std::string>{kIssuer} : wish.audiences;
  claims["jti"] = id;
  Json& own = claims["kubernetes.io"];
  own = {{"namespace", wish.ns},
         {"serviceaccount", {{"name", wish.account}, {"uid", wish.account_uid}}}};
  if (!wish.bound_kind.empty())
    own[kube::lower(wish.bound_kind)] = {{"name", wish.bound_name}, {"uid", wish.bound_uid}};
  return claims;
}

std::string Authenticator::issue(const TokenWish& wish) {
  if (issued_.size() >= kTokensMax)
    std::erase_if(issued_, [&](const auto& one) { return clock_->now() >= one.second.until; });
  if (issued_.size() >= kTokensMax) return "";
  const auto high = rng_.next();
  const auto low = rng_.next();
  const auto id =
      fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                  high & 0xfff, (low >> 48 & 0x3fff) | 0x8000, low & 0xffff'ffff'ffff);
  const Json header{{"alg", signer_.algorithm}, {"kid", signer_.key_id}};
  std::string token = base64_url(header.dump()) + "." + base64_url(claims_of(wish, id).dump());
  if (signer_.sign) {
    token += "." + base64_url(signer_.sign(token));
  } else {
    static constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    token += ".";
    for (int i = 0; i < 86; ++i) token += kAlphabet[rng_.below(kAlphabet.size())];
  }
  Issued issued{wish, id, kNever};
  if (wish.lifetime > Nanos{0}) issued.until = clock_->now() + wish.lifetime;
  issued_.emplace(token, std::move(issued));
  return token;
}

void Authenticator::revoke_all() { issued_.clear(); }

void Authenticator::revoke(std::string_view ns, std::string_view account) {
  std::erase_if(issued_, [&](const auto& one) {
    return one.second.wish.ns == ns && one.second.wish.account == account;
  });
}

namespace {

std::string percent_decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16).ptr ==
                            text.data() + i + 3;
    plain += escape ? static_cast<char>(value) : text[i];
    if (escape) i += 2;
  }
  return plain;
}

/// "system:serviceaccount:NS:NAME" taken apart; empty strings for other users.
std::pair<std::string, std::string> account_in(const std::string& user) {
  constexpr std::string_view kPrefix = "system:serviceaccount:";
  if (!user.starts_with(kPrefix)) return {};
  const auto colon = user.find(':', kPrefix.size());
  if (colon == std::string::npos || user.find(':', colon + 1) != std::string::npos) return {};
  return {user.substr(kPrefix.size(), colon - kPrefix.size()), user.substr(colon + 1)};
}

}  // namespace

kube::Answer<UserInfo> impersonated(
    const UserInfo& user, const Headers& headers,
    const std::function<std::optional<kube::Status>(const std::string&, const std::string&,
                                                    const std::string&, const std::string&)>& may) {
  // As k8s.io/apiserver's endpoints/filters/impersonation.go.
  constexpr const char* kAuthentication = "authentication.k8s.io";
  constexpr std::string_view kExtraPrefix = "impersonate-extra-";
  UserInfo wanted;
  for (const auto& [name, value] : headers.all()) {
    if (name.empty() || (name[0] != 'I' && name[0] != 'i')) continue;  // nearly all of them
    const auto key = kube::lower(name);
    if (key == "impersonate-user") wanted.name = value;
    if (key == "impersonate-uid") wanted.uid = value;
    if (key == "impersonate-group") wanted.groups.push_back(value);
    if (key.starts_with(kExtraPrefix))
      wanted.extra[percent_decoded(key.substr(kExtraPrefix.size()))].push_back(value);
  }
  const bool nothing_else = wanted.uid.empty() && wanted.groups.empty() && wanted.extra.empty();
  if (wanted.name.empty() && nothing_else) return user;
  if (wanted.name.empty()) {
    return kube::internal_error(
        "requested impersonation of groups, a uid or extra fields without impersonating a user");
  }
  const auto [ns, account] = account_in(wanted.name);
  auto refused =
      account.empty() ? may("", "users", "", wanted.name) : may("", "serviceaccounts", ns, account);
  for (const auto& group : wanted.groups) {
    if (!refused) refused = may("", "groups", "", group);
  }
  for (const auto& [key, values] : wanted.extra) {
    for (const auto& value : values) {
      if (!refused) refused = may(kAuthentication, "userextras/" + key, "", value);
    }
  }
  if (!refused && !wanted.uid.empty()) refused = may(kAuthentication, "uids", "", wanted.uid);
  if (refused) return std::move(*refused);
  if (!account.empty() && wanted.groups.empty())
    wanted.groups = {"system:serviceaccounts", "system:serviceaccounts:" + ns};
  const bool anonymous = wanted.name == kAnonymous || wanted.in_group(kUnauthenticated);
  add_group(wanted.groups, anonymous ? kUnauthenticated : kAuthenticated);
  return wanted;
}

}  // namespace spokelab::fakeapi
