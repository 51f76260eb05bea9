// Who is asking: bearer tokens, certificates, impersonation.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/http.h"
#include "base/rng.h"
#include "fakeapi/store.h"
#include "kube/kinds.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

struct UserInfo {
  std::string name;
  std::string uid;
  std::vector<std::string> groups;

  bool in_group(std::string_view group) const;
};

/// A token for a fixed user.
struct StaticToken {
  std::string token;
  std::string user;
  std::vector<std::string> groups;  ///< "system:authenticated" is added.
};

class Authenticator {
 public:
  static constexpr std::size_t kTokensMax = 1'000'000;

  Authenticator(const Clock& clock, Rng rng, Store& store, std::vector<StaticToken> users);

  /// The user behind a request: by bearer token, else by client certificate, else anonymous.
  /// A token that is not valid (any more) is 401, never anonymous.
  kube::Answer<UserInfo> authenticate(const HttpRequest& request, const HttpPeer& peer) const;
  /// The user of a token, or nullopt.
  std::optional<UserInfo> user_of(std::string_view token) const;

  /// Issues a token for a service account, valid while the account of that uid lives, for
  /// `lifetime` (0: for ever) and, if `secret` is given, while that Secret exists. "" once
  /// kTokensMax are out.
  std::string issue(std::string_view ns, std::string_view account, std::string_view account_uid,
                    Nanos lifetime, std::string_view secret = "");
  /// Every token issued to service accounts so far is void. New ones may be issued.
  void revoke_all();
  /// Tokens of one account are void.
  void revoke(std::string_view ns, std::string_view account);

 private:
  struct Issued {
    std::string ns;
    std::string account;
    std::string account_uid;
    std::string secret;
    RunTime until = kNever;
  };
  const Clock* clock_;
  Rng rng_;
  const Bucket* accounts_;
  const Bucket* secrets_;
  std::map<std::string, UserInfo, std::less<>> users_;
  std::map<std::string, Issued, std::less<>> issued_;
};

/// The user that a service account acts as.
UserInfo service_account_user(std::string_view ns, std::string_view name, std::string_view uid);

}  // namespace spokelab::fakeapi
