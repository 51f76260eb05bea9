// Who is asking: bearer tokens, certificates, impersonation.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/http.h"
#include "base/json_fwd.h"
#include "base/rng.h"
#include "fakeapi/store.h"
#include "kube/kinds.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

struct UserInfo {
  std::string name;
  std::string uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;

  bool in_group(std::string_view group) const;
};

/// A token for a fixed user.
struct StaticToken {
  std::string token;
  std::string user;
  std::vector<std::string> groups;  ///< "system:authenticated" is added.
};

/// What a cluster signs its service accounts' tokens with, so that others can check them. Without
/// `sign` a drawn text stands in the signature's place: the server knows its tokens by heart
/// anyway.
struct TokenSigner {
  std::string algorithm = "RS256";
  std::string key_id = "spokelab";
  std::function<std::string(std::string_view)> sign;  ///< The signature's raw bytes.
  JsonRef key_set;                                    ///< JWKS for /openid/v1/jwks; null: none.
};

inline constexpr const char* kIssuer = "https://kubernetes.default.svc.cluster.local";

/// What a token is to be good for.
struct TokenWish {
  std::string ns{};
  std::string account{};
  std::string account_uid{};
  Nanos lifetime{0};                     ///< 0: for ever.
  std::string secret{};                  ///< A token of the old kind, that dies with this Secret.
  std::vector<std::string> audiences{};  ///< Empty: the API server's own.
  /// The Pod, Node or Secret whose end is also the token's; empty: none.
  std::string bound_kind{};
  std::string bound_name{};
  std::string bound_uid{};
};

/// Who stands behind a token, and for whom it is meant.
struct TokenHolder {
  UserInfo user;
  std::vector<std::string> audiences;
};

class Authenticator {
 public:
  static constexpr std::size_t kTokensMax = 1'000'000;

  Authenticator(const Clock& clock, Rng rng, Store& store, std::vector<StaticToken> users,
                TokenSigner signer = {});

  /// The user behind a request: by bearer token, else by client certificate, else anonymous.
  /// A token that is not valid (any more) is 401, never anonymous.
  kube::Answer<UserInfo> authenticate(const HttpRequest& request, const HttpPeer& peer) const;
  /// The holder of a token that is valid now, whatever its audiences.
  std::optional<TokenHolder> holder_of(std::string_view token) const;

  /// Issues a token for a service account, valid while the account of that uid lives and what it
  /// is bound to. "" once kTokensMax are out that have not expired.
  std::string issue(const TokenWish& wish);
  /// Every token issued to service accounts so far is void. New ones may be issued.
  void revoke_all();
  /// Tokens of one account are void.
  void revoke(std::string_view ns, std::string_view account);

 private:
  struct Issued {
    TokenWish wish;
    std::string id;  // jti
    RunTime until = kNever;
  };
  bool bond_holds(const TokenWish& wish) const;
  Json claims_of(const TokenWish& wish, const std::string& id) const;
  const Clock* clock_;
  Rng rng_;
  Store* store_;
  TokenSigner signer_;
  const Bucket* accounts_;
  const Bucket* secrets_;
  std::map<std::string, UserInfo, std::less<>> users_;
  std::map<std::string, Issued, std::less<>> issued_;
};

/// Who a request is made for: the user itself, or whoever its Impersonate- headers name. `may` is
/// asked for the verb impersonate on (group, resource, namespace, name). Errors: 403 as it words
/// them, 500 for headers that name no user.
kube::Answer<UserInfo> impersonated(const UserInfo& user, const Headers& headers,
                                    const std::function<std::optional<kube::Status>(
                                        const std::string& group, const std::string& resource,
                                        const std::string& ns, const std::string& name)>& may);

/// The user that a service account acts as.
UserInfo service_account_user(std::string_view ns, std::string_view name, std::string_view uid);

}  // namespace spokelab::fakeapi
