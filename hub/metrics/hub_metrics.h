// HubMetrics: what a replica counts while it works, under the names that Argo CD's components have.
#pragma once

#include <functional>
#include <string>

#include "hub/metrics/instruments.h"

namespace spokelab::hub {

/// One for each life of a replica. Whoever counts has a pointer to it, which may be null. What can
/// be read off when somebody asks (applications, clusters, queues) is not counted here. Sources:
/// Argo CD controller/metrics, reposerver/metrics, applicationset/metrics; notifications-engine
/// pkg/controller/metrics.go.
struct HubMetrics {
  explicit HubMetrics(std::string who);

  std::string who;  ///< The replica: label `hostname`.

  // The application controller.
  metrics::Histogram reconciles;   ///< argocd_app_reconcile: namespace, dest_server
  metrics::Counter syncs;          ///< argocd_app_sync_total
  metrics::Counter sync_seconds;   ///< argocd_app_sync_duration_seconds_total
  metrics::Counter requests;       ///< argocd_app_k8s_request_total
  metrics::Counter kubectl;        ///< argocd_kubectl_exec_total: hostname, command
  metrics::Gauge kubectl_pending;  ///< argocd_kubectl_exec_pending: hostname, command
  // The repo-server.
  metrics::Counter git_requests;       ///< argocd_git_request_total: repo, request_type
  metrics::Histogram git_seconds;      ///< argocd_git_request_duration_seconds: the same
  metrics::Counter fetches_failed;     ///< argocd_git_fetch_fail_total: repo, revision
  metrics::Counter ls_remotes_failed;  ///< argocd_git_lsremote_fail_total: repo, revision
  // Redis, as all of them use it.
  metrics::Counter redis;  ///< argocd_redis_request_total: hostname, initiator, command, failed
  // The ApplicationSet controller.
  metrics::Histogram appset_reconciles;  ///< argocd_appset_reconcile: namespace, name
  // The notifications controller.
  metrics::Counter
      deliveries;  ///< argocd_notifications_deliveries_total: trigger, service, succeeded
  metrics::Counter evaluations;  ///< argocd_notifications_trigger_eval_total: name, triggered

  /// What the ApplicationSet controller says of its sets; empty while it does not run.
  std::function<void(metrics::Exposition&)> appsets;

  /// Adds everything that was counted.
  void collect(metrics::Exposition& page) const;
};

/// As labels have truth: "true", "false".
inline std::string truth_text(bool truth) { return truth ? "true" : "false"; }

}  // namespace spokelab::hub
