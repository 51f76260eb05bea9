// ClusterSet: every cluster the hub knows, with the means to reach those this replica serves.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/run_time.h"
#include "hub/cluster/live_cache.h"
#include "kube/client.h"

namespace spokelab::hub {

inline constexpr std::string_view kInClusterName = "in-cluster";
inline constexpr std::string_view kInClusterServer = "https://kubernetes.default.svc";
/// "true" on a cluster Secret or an Application: it is left alone.
inline constexpr std::string_view kSkipReconcileAnnotation = "argocd.argoproj.io/skip-reconcile";

/// A cluster Secret (label argocd.argoproj.io/secret-type: cluster), read; docs: Argo CD
/// "Declarative setup".
struct ClusterInfo {
  std::string name;
  std::string server;  ///< The identity; without a trailing "/".
  std::string project;
  std::vector<std::string> namespaces;  ///< Empty: the whole cluster.
  bool cluster_resources = false;  ///< With `namespaces`: cluster-scoped kinds are managed as well.
  std::optional<int> shard;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::string secret_name;  ///< "" for the implicit in-cluster entry.
  std::string secret_uid;
  kube::ClientConfig access;  ///< From the Secret's `config`.

  /// Whether its Secret asks for it to be left alone.
  bool skips_reconcile() const;
};

enum class ConnectionStatus { unknown, successful, failed };
std::string_view name_of(ConnectionStatus status) noexcept;  ///< "Unknown", "Successful", "Failed".

struct ConnectionState {
  ConnectionStatus status = ConnectionStatus::unknown;
  std::string message;
  RunTime attempted_at{};
};

/// What a replica holds for a cluster it serves.
struct ServedCluster {
  ClusterInfo info;
  std::shared_ptr<kube::Client> client;  ///< Shared with requests under way when serving ends.
  std::unique_ptr<LiveCache> cache;
  ConnectionState connection;
  std::int64_t fencing_token = 0;  ///< Grows with every change of owner; see hub/engine/shards.h.
};

class ClusterSet {
 public:
  virtual ~ClusterSet() = default;
  /// All registered clusters, sorted by name; "in-cluster" included (unless switched off).
  virtual std::vector<const ClusterInfo*> all() const = 0;
  /// By destination.server or destination.name. Errors worded as Argo CD's (docs/reference
  /// "Destination problems"): `error getting cluster by server "S": rpc error: code = NotFound desc
  /// = cluster "S" not found`, `there are no clusters with this name: N`, `there are 2 clusters
  /// with the same name: [a b]`.
  virtual Result<const ClusterInfo*> resolve(const std::string& server,
                                             const std::string& name) const = 0;
  /// The served cluster with that server URL; nullptr when another replica serves it, or nobody.
  virtual ServedCluster* served(const std::string& server) = 0;
  /// True while this replica may still write to that cluster: it holds the Lease and has renewed it
  /// in time.
  virtual bool may_write(const std::string& server) const = 0;

  /// Calls: a registration appeared, changed or vanished; this replica began or stopped to serve a
  /// cluster; its connection status changed (`returned` when Failed turned Successful).
  struct Listener {
    std::function<void()> registrations_changed;
    std::function<void(const std::string& server)> serving_started;
    std::function<void(const std::string& server)> serving_stopped;
    std::function<void(const std::string& server, bool returned)> connection_changed;
  };
  virtual void listen(Listener listener) = 0;

  /// How many Applications each cluster has, whoever serves it: the weights of consistent hashing.
  virtual void count_applications(std::map<std::string, std::int64_t> by_server) = 0;
};

}  // namespace spokelab::hub
