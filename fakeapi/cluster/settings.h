// ClusterSettings: how big a fake cluster is, and how long its parts take.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/run_time.h"

namespace spokelab::fakeapi {

/// A span drawn uniformly, both ends included.
struct DelayRange {
  Nanos low{0};
  Nanos high{0};
};

/// Makes a service account token for (namespace, account name); the server's own issuer.
using IssueToken = std::function<std::string(const std::string&, const std::string&)>;

struct ClusterSettings {
  std::string name;                ///< "prod": in node names, host names and histories.
  std::string region = "us-east";  ///< Label topology.kubernetes.io/region of every node.
  int nodes = 3;
  std::vector<std::string> zones = {"a", "b", "c"};  ///< Nodes take them in turn.
  int pods_per_node = 110;                           ///< Kubelet's default; more stay Pending.
  int pods_max = 20'000;  ///< In the whole cluster; beyond it controllers fail to create.
  std::string node_cpu = "8";
  std::string node_memory = "32Gi";
  std::string kubelet_version = "v1.32.0";
  std::string ca_pem;  ///< For kube-root-ca.crt and token Secrets.

  /// From a change to the reconcile it causes; changes in between are taken together.
  Nanos sync_delay = std::chrono::milliseconds(5);
  DelayRange endpoints{std::chrono::milliseconds(50), std::chrono::milliseconds(400)};
  DelayRange load_balancer{std::chrono::seconds(5), std::chrono::seconds(20)};
  DelayRange ingress{std::chrono::seconds(1), std::chrono::seconds(5)};
  DelayRange volume{std::chrono::milliseconds(500), std::chrono::seconds(3)};

  /// Whether Events are recorded, and Leases of nodes renewed: what people and tools look at, and a
  /// simulation in which nobody does may save.
  bool events = true;
  bool leases = true;

  Nanos heartbeat = std::chrono::seconds(10);  ///< A kubelet renews its Lease this often.
  Nanos node_monitor_period = std::chrono::seconds(5);
  Nanos node_monitor_grace =
      std::chrono::seconds(50);                ///< Silence before a node is NotReady (1.32).
  Nanos eviction = std::chrono::seconds(300);  ///< For pods without a toleration of their own.
  Nanos eviction_interval =
      std::chrono::seconds(10);  ///< Between two nodes of a zone: 0.1 nodes/s.
  Nanos autoscaler_period = std::chrono::seconds(15);
};

}  // namespace spokelab::fakeapi
