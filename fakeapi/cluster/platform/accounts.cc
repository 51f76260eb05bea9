// Credentials that the control plane hands out: token Secrets, and the CA of every namespace.
#include "base/base64.h"
#include "fakeapi/cluster/cluster.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:tokens-controller";
constexpr const char* kAccount = "kubernetes.io/service-account.name";
constexpr const char* kAccountUid = "kubernetes.io/service-account.uid";
constexpr const char* kRootCa = "kube-root-ca.crt";

}  // namespace

Result<void> reconcile_token_secret(Cluster& cluster, const Name& key) {
  const JsonRef secret = cluster.get("secrets", key);
  if (!secret || is_deleting(*secret)) return {};
  if (text_at(*secret, {"type"}) != "kubernetes.io/service-account-token") return {};
  const std::string account = annotation_of(*secret, kAccount);
  const JsonRef owner = cluster.api.get("serviceaccounts", key.ns, account);
  const std::string uid = annotation_of(*secret, kAccountUid);
  if (!owner || (!uid.empty() && uid != uid_of(*owner))) {
    auto removed = cluster.api.remove(kUser, "secrets", key.ns, key.name);
    if (!removed && removed.error().code() != Errc::not_found) return removed.error();
    return {};
  }
  const Json& data = object_at(*secret, {"data"});
  if (!uid.empty() && data.contains("token") && data.contains("ca.crt") &&
      data.contains("namespace"))
    return {};
  Json patch = Json::object();
  patch["metadata"]["annotations"][kAccountUid] = uid_of(*owner);
  if (!data.contains("token"))
    patch["data"]["token"] = base64(cluster.issue_token(key.ns, account));
  if (!data.contains("ca.crt")) patch["data"]["ca.crt"] = base64(cluster.settings.ca_pem);
  if (!data.contains("namespace")) patch["data"]["namespace"] = base64(key.ns);
  auto patched = cluster.api.merge_patch(kUser, "secrets", key.ns, key.name, patch);
  if (!patched) return patched.error();
  return {};
}

Result<void> reconcile_root_ca(Cluster& cluster, const Name& key) {
  const JsonRef ns = cluster.get("namespaces", key);
  if (!ns || is_deleting(*ns) || cluster.api.get("configmaps", key.name, kRootCa)) return {};
  Json map = Json::object();
  map["apiVersion"] = "v1";
  map["kind"] = "ConfigMap";
  map["metadata"] = {{"name", kRootCa}, {"namespace", key.name}};
  map["metadata"]["annotations"]["kubernetes.io/description"] =
      "Contains a CA bundle that can be used to verify the kube-apiserver when using internal "
      "endpoints such "
      "as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across "
      "distributions "
      "of Kubernetes clusters.";
  map["data"]["ca.crt"] = cluster.settings.ca_pem;
  auto created = cluster.api.create("system:serviceaccount:kube-system:root-ca-cert-publisher",
                                    std::move(map));
  if (!created && created.error().code() != Errc::already_exists) return created.error();
  return {};
}

}  // namespace spokelab::fakeapi
