// Registering clusters: what `argocd cluster add` and `argocd cluster rm` do, through both API
// servers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/error.h"
#include "kube/client.h"

namespace spokelab::hub {

/// The flags of `argocd cluster add` (cmd/argocd/commands/cluster.go), and what its kubeconfig
/// would tell.
struct RegisterOptions {
  std::string name;          ///< Empty: the server URL.
  std::string server;        ///< The spoke's API server as the hub reaches it: "https://prod:6443".
  std::string ca_pem;        ///< That the hub shall trust.
  std::string server_name;   ///< Expected in the certificate; empty: the URL's host.
  bool insecure = false;     ///< Skip certificate checks.
  std::string bearer_token;  ///< A token to use; empty: make the service account and take its own.
  std::string ns = "argocd";                       ///< Of the hub, for the cluster Secret.
  std::string system_ns = "kube-system";           ///< Of the spoke, for the service account.
  std::map<std::string, std::string> labels;       ///< Of the cluster Secret.
  std::map<std::string, std::string> annotations;  ///< Likewise.
  std::vector<std::string> namespaces;  ///< Restrict Argo CD to these; empty: the whole cluster.
  bool cluster_resources = false;
  std::string project;
  std::optional<int> shard;
  bool upsert =
      true;  ///< Overwrite a registration of the same server that differs; false: that is an error.
};

/// On the spoke: ServiceAccount argocd-manager, ClusterRole argocd-manager-role and its binding
/// (Roles and RoleBindings instead when restricted to namespaces), token Secret
/// argocd-manager-long-lived-token, whose token it awaits (every 500 ms, 30 s at most); then GET
/// /version with that token; then the cluster Secret on the hub. Doing it again changes nothing, so
/// it may be repeated after an error. Errors: those of the clients, with the step in front; timeout
/// when no token appears; already_exists without `upsert`.
Task<Result<void>> register_cluster(Clock& clock, kube::Client& spoke_admin,
                                    kube::Client& hub_admin, RegisterOptions options);

/// Deletes the cluster Secret on the hub, then, with a client for the spoke, the binding, the role
/// and the service account there. What is already gone is no error, except the cluster Secret
/// itself: not_found.
Task<Result<void>> unregister_cluster(kube::Client& hub_admin, kube::Client* spoke_admin,
                                      std::string ns, std::string server, std::string system_ns);

}  // namespace spokelab::hub
