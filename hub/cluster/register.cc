// Registering clusters, step by step.
#include "hub/cluster/register.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/base64.h"
#include "base/json.h"
#include "hub/cluster/secret.h"

namespace spokelab::hub {

namespace {

constexpr Nanos kTokenPoll = std::chrono::milliseconds(500);
constexpr Nanos kTokenWait = std::chrono::seconds(30);
constexpr Nanos kVersionWait = std::chrono::seconds(32);

constexpr const char* kAccount = "argocd-manager";
constexpr const char* kRole = "argocd-manager-role";
constexpr const char* kBinding = "argocd-manager-role-binding";
constexpr const char* kTokenSecret = "argocd-manager-long-lived-token";
constexpr const char* kRbac = "rbac.authorization.k8s.io";

kube::ResourceType secrets() { return {"", "v1", "secrets", "Secret", true}; }
kube::ResourceType accounts() { return {"", "v1", "serviceaccounts", "ServiceAccount", true}; }
kube::ResourceType rbac(std::string plural, std::string kind, bool namespaced) {
  return {kRbac, "v1", std::move(plural), std::move(kind), namespaced};
}

Json object(const kube::ResourceType& type, const std::string& ns, const std::string& name) {
  Json out = {{"apiVersion", type.api_version()}, {"kind", type.kind}};
  out["metadata"]["name"] = name;
  if (type.namespaced) out["metadata"]["namespace"] = ns;
  return out;
}

Json everything(bool with_urls) {
  Json rules = Json::array();
  rules.push_back({{"apiGroups", {"*"}}, {"resources", {"*"}}, {"verbs", {"*"}}});
  if (with_urls) rules.push_back({{"nonResourceURLs", {"*"}}, {"verbs", {"*"}}});
  return rules;
}

/// Creates the object, or brings the fields of `wanted` into the one that is there.
Task<Result<JsonRef>> ensure(kube::Client& client, kube::ResourceType type, std::string ns,
                             JsonRef wanted) {
  const auto name = text_at(*wanted, {"metadata", "name"});
  const kube::WriteOptions options;
  auto found = co_await client.get(type, ns, name);
  if (!found && found.error().code() == Errc::not_found) {
    auto made = co_await client.create(type, ns, wanted, options);
    if (made || made.error().code() != Errc::already_exists) co_return made;
    found = co_await client.get(type, ns, name);
  }
  if (!found) co_return found;
  Json changed = **found;
  changed.merge_patch(*wanted);
  if (changed == **found) co_return found;
  const auto frozen = freeze(std::move(changed));
  auto updated = co_await client.update(type, ns, name, frozen, "", options);
  co_return updated;
}

Task<Result<void>> ensure_step(kube::Client& client, kube::ResourceType type, std::string ns,
                               JsonRef wanted) {
  auto done = co_await ensure(client, type, ns, wanted);
  if (done) co_return Result<void>();
  const auto name = text_at(*wanted, {"metadata", "name"});
  co_return done.error().within(fmt::format("failed to create {} \"{}\"", type.kind, name));
}

/// The role and its binding: one for the cluster (`ns` empty) or for a namespace.
Task<Result<void>> ensure_role(kube::Client& spoke, std::string ns, std::string system_ns) {
  const bool local = !ns.empty();
  const auto role_type =
      local ? rbac("roles", "Role", true) : rbac("clusterroles", "ClusterRole", false);
  const auto binding_type = local ? rbac("rolebindings", "RoleBinding", true)
                                  : rbac("clusterrolebindings", "ClusterRoleBinding", false);
  Json role = object(role_type, ns, kRole);
  role["rules"] = everything(!local);
  const auto frozen_role = freeze(std::move(role));
  auto done = co_await ensure_step(spoke, role_type, ns, frozen_role);
  if (!done) co_return done;
  Json binding = object(binding_type, ns, kBinding);
  binding["roleRef"] = {{"apiGroup", kRbac}, {"kind", role_type.kind}, {"name", kRole}};
  binding["subjects"] = Json::array();
  binding["subjects"].push_back(
      {{"kind", "ServiceAccount"}, {"name", kAccount}, {"namespace", system_ns}});
  const auto frozen_binding = freeze(std::move(binding));
  done = co_await ensure_step(spoke, binding_type, ns, frozen_binding);
  co_return done;
}

Task<Result<std::string>> await_token(Clock& clock, kube::Client& spoke, std::string ns) {
  const auto type = secrets();
  const std::string name = kTokenSecret;
  const auto deadline = clock.now() + kTokenWait;
  for (;;) {
    auto found = co_await spoke.get(type, ns, name);
    if (found) {
      auto token = from_base64(text_at(**found, {"data", "token"}));
      if (token && !token->empty()) co_return std::move(*token);
    }
    if (clock.now() + kTokenPoll > deadline) break;
    co_await sleep_for(clock, kTokenPoll);
  }
  co_return Error(Errc::timeout,
                  fmt::format("failed to get token from Secret \"{}\" of ServiceAccount \"{}\" in "
                              "namespace \"{}\": timed out waiting for the condition after 30s",
                              kTokenSecret, kAccount, ns));
}

/// Makes the service account with its rights, and returns its token.
Task<Result<std::string>> install_manager(Clock& clock, kube::Client& spoke,
                                          RegisterOptions options) {
  const auto ns = options.system_ns;
  const auto account = freeze(object(accounts(), ns, kAccount));
  const auto account_type = accounts();
  auto done = co_await ensure_step(spoke, account_type, ns, account);
  if (!done) co_return done.error();
  std::vector<std::string> scopes = options.namespaces;
  if (scopes.empty()) scopes.push_back("");
  for (const auto& scope : scopes) {
    done = co_await ensure_role(spoke, scope, ns);
    if (!done) co_return done.error();
  }
  Json token = object(secrets(), ns, kTokenSecret);
  token["type"] = "kubernetes.io/service-account-token";
  token["metadata"]["annotations"] = {{"kubernetes.io/service-account.name", kAccount}};
  const auto frozen = freeze(std::move(token));
  const auto secret_type = secrets();
  done = co_await ensure_step(spoke, secret_type, ns, frozen);
  if (!done) co_return done.error();
  auto answer = co_await await_token(clock, spoke, ns);
  co_return answer;
}

/// GET /version with the token that the hub is going to use.
Task<Result<void>> check_version(Clock& clock, kube::Client& spoke, std::string token) {
  HttpRequest request;
  request.target = "/version?timeout=32s";
  request.headers.set("Accept", "application/json");
  request.headers.set("Authorization", "Bearer " + token);
  const auto deadline = clock.now() + kVersionWait;
  auto answer = co_await spoke.send(std::move(request), deadline);
  if (!answer) co_return answer.error().within("error getting server version");
  if (answer->status >= 400)
    co_return kube::error_of(*answer, "get", "").within("error getting server version");
  co_return Result<void>();
}

JsonRef cluster_secret(const RegisterOptions& options, const std::string& server,
                       const std::string& token) {
  Json tls = {{"insecure", options.insecure}};
  if (!options.insecure && !options.ca_pem.empty()) tls["caData"] = base64(options.ca_pem);
  if (!options.server_name.empty()) tls["serverName"] = options.server_name;
  const Json config = {{"bearerToken", token}, {"tlsClientConfig", tls}};
  Json secret = object(secrets(), options.ns, cluster_secret_name(server));
  secret["type"] = "Opaque";
  auto& labels = secret["metadata"]["labels"];
  labels = options.labels;
  labels[std::string(kSecretTypeLabel)] = "cluster";
  auto& annotations = secret["metadata"]["annotations"];
  annotations = options.annotations;
  annotations[std::string(kManagedByAnnotation)] = "argocd.argoproj.io";
  auto& data = secret["data"];
  data["name"] = base64(options.name.empty() ? server : options.name);
  data["server"] = base64(server);
  data["config"] = base64(config.dump());
  if (!options.namespaces.empty()) {
    data["namespaces"] = base64(fmt::format("{}", fmt::join(options.namespaces, ",")));
    if (options.cluster_resources) data["clusterResources"] = base64("true");
  }
  if (!options.project.empty()) data["project"] = base64(options.project);
  if (options.shard) data["shard"] = base64(std::to_string(*options.shard));
  return freeze(std::move(secret));
}

}  // namespace

Task<Result<void>> register_cluster(Clock& clock, kube::Client& spoke_admin,
                                    kube::Client& hub_admin, RegisterOptions options) {
  const auto server = trim_server_url(options.server);
  const auto url = parse_server_url(server);
  if (!url) co_return url.error();
  auto token = options.bearer_token;
  if (token.empty()) {
    auto made = co_await install_manager(clock, spoke_admin, options);
    if (!made) co_return made.error();
    token = std::move(*made);
  }
  auto checked = co_await check_version(clock, spoke_admin, token);
  if (!checked) co_return checked;
  const auto wanted = cluster_secret(options, server, token);
  const auto type = secrets();
  if (!options.upsert) {
    const auto name = cluster_secret_name(server);
    auto found = co_await hub_admin.get(type, options.ns, name);
    if (found) {
      Json merged = **found;
      merged.merge_patch(*wanted);
      if (merged == **found) co_return Result<void>();
      co_return Error(Errc::already_exists,
                      "existing cluster spec is different; use upsert flag to force update");
    }
  }
  auto stored = co_await ensure_step(hub_admin, type, options.ns, wanted);
  co_return stored;
}

Task<Result<void>> unregister_cluster(kube::Client& hub_admin, kube::Client* spoke_admin,
                                      std::string ns, std::string server, std::string system_ns) {
  const auto name = cluster_secret_name(trim_server_url(server));
  const auto type = secrets();
  const kube::DeleteOptions options;
  auto removed = co_await hub_admin.remove(type, ns, name, options);
  if (!removed) co_return removed.error();
  if (spoke_admin == nullptr) co_return Result<void>();
  struct Doomed {
    kube::ResourceType type;
    std::string ns;
    std::string name;
  };
  std::vector<Doomed> doomed;
  doomed.push_back({rbac("clusterrolebindings", "ClusterRoleBinding", false), "", kBinding});
  doomed.push_back({rbac("clusterroles", "ClusterRole", false), "", kRole});
  doomed.push_back({accounts(), system_ns, kAccount});
  for (const auto& one : doomed) {
    auto gone = co_await spoke_admin->remove(one.type, one.ns, one.name, options);
    if (!gone && gone.error().code() != Errc::not_found) co_return gone.error();
  }
  co_return Result<void>();
}

}  // namespace spokelab::hub
