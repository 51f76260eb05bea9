#include "hub/metrics/hub_metrics.h"

#include <utility>

namespace spokelab::hub {

HubMetrics::HubMetrics(std::string replica)
    : who(std::move(replica)),
      reconciles({"argocd_app_reconcile",
                  "Application reconciliation performance in seconds.",
                  {"namespace", "dest_server"}},
                 {0.25, 0.5, 1, 2, 4, 8, 16}),
      syncs({"argocd_app_sync_total",
             "Number of application syncs.",
             {"namespace", "name", "project", "dest_server", "phase", "dry_run"}}),
      sync_seconds({"argocd_app_sync_duration_seconds_total",
                    "Application sync performance in seconds total.",
                    {"namespace", "name", "project", "dest_server"}}),
      requests({"argocd_app_k8s_request_total",
                "Number of kubernetes requests executed during application reconciliation.",
                {"namespace", "name", "project", "server", "response_code", "verb", "resource_kind",
                 "resource_namespace", "dry_run"}}),
      kubectl(
          {"argocd_kubectl_exec_total", "Number of kubectl executions", {"hostname", "command"}}),
      kubectl_pending({"argocd_kubectl_exec_pending",
                       "Number of pending kubectl executions",
                       {"hostname", "command"}}),
      git_requests({"argocd_git_request_total",
                    "Number of git requests performed by repo server",
                    {"repo", "request_type"}}),
      git_seconds({"argocd_git_request_duration_seconds",
                   "Git requests duration seconds.",
                   {"repo", "request_type"}},
                  {0.1, 0.25, 0.5, 1, 2, 4, 10, 20}),
      fetches_failed({"argocd_git_fetch_fail_total",
                      "Number of git fetch requests failures by repo server",
                      {"repo", "revision"}}),
      ls_remotes_failed({"argocd_git_lsremote_fail_total",
                         "Number of git ls-remote requests failures by repo server",
                         {"repo", "revision"}}),
      redis({"argocd_redis_request_total",
             "Number of redis requests executed during application reconciliation.",
             {"hostname", "initiator", "command", "failed"}}),
      appset_reconciles({"argocd_appset_reconcile",
                         "Application reconciliation performance in seconds.",
                         {"namespace", "name"}},
                        metrics::default_bounds()),
      deliveries({"argocd_notifications_deliveries_total",
                  "Number of delivered notifications.",
                  {"trigger", "service", "succeeded"}}),
      evaluations({"argocd_notifications_trigger_eval_total",
                   "Number of trigger evaluations.",
                   {"name", "triggered"}}) {}

void HubMetrics::collect(metrics::Exposition& page) const {
  reconciles.collect(page);
  syncs.collect(page);
  sync_seconds.collect(page);
  requests.collect(page);
  kubectl.collect(page);
  kubectl_pending.collect(page);
  git_requests.collect(page);
  git_seconds.collect(page);
  fetches_failed.collect(page);
  ls_remotes_failed.collect(page);
  redis.collect(page);
  appset_reconciles.collect(page);
  deliveries.collect(page);
  evaluations.collect(page);
  if (appsets) appsets(page);
}

}  // namespace spokelab::hub
