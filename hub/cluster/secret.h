// Cluster Secrets: how Argo CD writes a cluster's registration down (util/db/cluster.go).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "hub/cluster/cluster_set.h"
#include "hub/profile.h"
#include "kube/client.h"

namespace spokelab::hub {

inline constexpr std::string_view kSecretTypeLabel = "argocd.argoproj.io/secret-type";
inline constexpr std::string_view kManagedByAnnotation = "managed-by";
inline constexpr std::string_view kRefreshAnnotation = "argocd.argoproj.io/refresh";

/// "https://host:6443/path" taken apart; brackets of an IPv6 address are dropped.
struct ServerUrl {
  std::string host;
  std::uint16_t port = 443;
  bool tls = true;
  std::string path;  ///< "" or "/k8s/clusters/c1".
};
/// Errors: bad_input.
Result<ServerUrl> parse_server_url(const std::string& url);

/// The URL as it identifies a cluster: without a trailing "/".
std::string trim_server_url(std::string url);

/// "cluster-<host>-<FNV-1a 32 of the URL>": the name Argo CD gives a Secret it makes.
std::string cluster_secret_name(const std::string& server);

/// FNV-1a, 32 bits, as Go's hash/fnv.
std::uint32_t fnv32a(std::string_view text);

/// Reads a Secret. Errors: bad_input for one that is malformed, unsupported for ways to
/// authenticate that need a program beside the hub (exec, AWS) or a proxy.
Result<ClusterInfo> read_cluster_secret(const Json& secret, const Profile& profile);

/// A client's timeouts as the profile has them.
void apply_profile(kube::ClientConfig& access, const Profile& profile);

}  // namespace spokelab::hub
