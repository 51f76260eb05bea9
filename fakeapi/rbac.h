// Authorizer: RBAC, decided from the Roles and bindings in the store.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "fakeapi/auth.h"
#include "fakeapi/serve/request.h"
#include "fakeapi/store.h"

namespace spokelab::fakeapi {

/// What somebody wants to do: on a resource, or on a path that is none.
struct AccessRequest {
  std::string verb;
  std::string path;  ///< Set: not a resource.
  std::string group;
  std::string resource;  ///< "pods", "pods/log".
  std::string ns;
  std::string name;
};

class Authorizer {
 public:
  explicit Authorizer(Store& store);

  /// Group system:masters may do everything; all others what a rule bound to them allows.
  bool allowed(const UserInfo& user, const AccessRequest& access);
  /// The same, with the binding that allows it, worded as Kubernetes words it.
  struct Decision {
    bool allowed = false;
    std::string reason;
  };
  Decision decide(const UserInfo& user, const AccessRequest& access);
  /// The rules of a role that a binding in `ns` ("": cluster-wide) refers to; null: no such role.
  JsonRef role_of(const Json& role_ref, const std::string& ns) const;
  /// The rules that hold for a user in a namespace, cluster-wide ones included.
  std::vector<const Json*> rules_for(const UserInfo& user, std::string_view ns);
  /// Worded as Kubernetes': 'pods "x" is forbidden: User "u" cannot get resource ...'.
  static kube::Status refusal(const UserInfo& user, const AccessRequest& access);

 private:
  struct Grant {
    std::string ns;  ///< "": everywhere.
    JsonRef role;    ///< Keeps `rules` alive.
    const Json* rules;
    JsonRef binding;
  };
  const Grant* grant_for(const UserInfo& user, const AccessRequest& access);
  const std::vector<Grant>& grants_of(const UserInfo& user);
  Revision revision() const;
  const Bucket* roles_;
  const Bucket* cluster_roles_;
  const Bucket* bindings_;
  const Bucket* cluster_bindings_;
  Revision known_ = 0;  // the cache holds for this state of the four buckets
  std::map<std::string, std::vector<Grant>, std::less<>> cache_;
};

AccessRequest access_of(const RequestInfo& request);

}  // namespace spokelab::fakeapi
