// What the application controller counts, and what it says of itself when it is asked.
#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "base/duration.h"
#include "hub/app/controller_state.h"
#include "hub/app/project/project.h"

namespace spokelab::hub {
namespace {

std::string project_name(const AppEntry& entry) {
  return entry.app ? entry.app->spec.project : "default";
}

/// "sync" while an operation is asked for, "delete" while it is being deleted.
std::string operation_name(const Json& object) {
  if (find(object, {"metadata", "deletionTimestamp"}) != nullptr) return "delete";
  const Json* sync = find(object, {"operation", "sync"});
  return sync != nullptr && sync->is_object() ? "sync" : "";
}

}  // namespace

void AppController::State::count_reconcile(const std::string& server, Nanos took) {
  if (ports.metrics != nullptr) ports.metrics->reconciles.observe({ports.ns, server}, took);
}

void AppController::State::count_sync(const AppEntry& entry, const OperationState& state,
                                      const SyncRequest& request) {
  if (ports.metrics == nullptr) return;
  const std::string& server = server_of(entry);
  const std::string project = project_name(entry);
  ports.metrics->syncs.add({entry.ns(), entry.own_name(), project, server,
                            std::string(name_of(state.progress.phase)),
                            truth_text(request.dry_run)});
  const auto started = parse_rfc3339(state.started_at);
  const auto finished = parse_rfc3339(state.finished_at);
  if (!started || !finished) return;
  const auto took = std::chrono::floor<std::chrono::seconds>(*finished - *started);
  ports.metrics->sync_seconds.add({entry.ns(), entry.own_name(), project, server},
                                  static_cast<double>(took.count()));
}

RequestTally AppController::State::tally_of(const AppEntry& entry, bool dry_run) const {
  return RequestTally{ports.metrics, entry.ns(), entry.own_name(), project_name(entry), dry_run};
}

/// What Argo CD shows only when its settings name it.
void AppController::State::collect_asked_for(const AppEntry& entry, const metrics::Labels& who,
                                             metrics::Exposition& page) const {
  const Profile& profile = ports.profile;
  if (!profile.metrics_app_labels.empty()) {
    page.family("argocd_app_labels", "Argo Application labels converted to Prometheus labels",
                metrics::Type::gauge);
    metrics::Labels labels = who;
    for (const std::string& label : profile.metrics_app_labels) {
      const auto found = entry.app->labels.find(label);
      labels.emplace_back(metrics::label_name(label),
                          found == entry.app->labels.end() ? "" : found->second);
    }
    page.sample("argocd_app_labels", std::move(labels), 1);
  }
  if (profile.metrics_app_conditions.empty()) return;
  page.family("argocd_app_condition", "Report application conditions.", metrics::Type::gauge);
  std::map<std::string, int> counts;
  const Json* conditions = find(*entry.object, {"status", "conditions"});
  if (conditions == nullptr || !conditions->is_array()) return;
  for (const Json& condition : *conditions) {
    const std::string type = text_at(condition, {"type"});
    const auto& wanted = profile.metrics_app_conditions;
    if (std::find(wanted.begin(), wanted.end(), type) != wanted.end()) ++counts[type];
  }
  for (const auto& [type, count] : counts) {
    metrics::Labels labels = who;
    labels.emplace_back("condition", type);
    page.sample("argocd_app_condition", std::move(labels), count);
  }
}

void AppController::State::collect(metrics::Exposition& page) const {
  using metrics::Type;
  page.family("argocd_app_info", "Information about application.", Type::gauge);
  page.family("argocd_app_orphaned_resources_count", "Number of orphaned resources per application",
              Type::gauge);
  for (const auto& [name, entry] : apps) {
    if (!entry->work || !entry->app) continue;
    const ApplicationSpec& spec = entry->app->spec;
    const Json& object = *entry->object;
    const metrics::Labels who{
        {"namespace", entry->ns()}, {"name", entry->own_name()}, {"project", spec.project}};
    metrics::Labels labels = who;
    const std::string repo =
        spec.sources.empty() ? "" : normalized_repo_url(spec.sources.front().repo_url);
    labels.emplace_back("autosync_enabled", truth_text(spec.sync_policy.automatic()));
    labels.emplace_back("repo", repo);
    labels.emplace_back("dest_server", server_of(*entry));
    labels.emplace_back("dest_namespace", spec.destination.ns);
    labels.emplace_back("sync_status", text_at(object, {"status", "sync", "status"}, "Unknown"));
    labels.emplace_back("health_status",
                        text_at(object, {"status", "health", "status"}, "Unknown"));
    labels.emplace_back("operation", operation_name(object));
    page.sample("argocd_app_info", labels, 1);
    collect_asked_for(*entry, who, page);
    if (entry->work->refreshed) {
      page.sample("argocd_app_orphaned_resources_count", who,
                  static_cast<double>(entry->work->orphans));
    }
  }
  page.family("workqueue_depth", "Current depth of workqueue", Type::gauge);
  page.family("workqueue_adds_total", "Total number of adds handled by workqueue", Type::counter);
  std::size_t waiting[2] = {0, 0};
  std::uint64_t adds[2] = {0, 0};
  for (const auto& [server, pair] : lanes) {
    const Lane* both[2] = {&pair->refreshes, &pair->operations};
    for (std::size_t i = 0; i < 2; ++i) {
      waiting[i] += both[i]->waiting();
      adds[i] += both[i]->adds();
    }
  }
  constexpr const char* kNames[2] = {"app_reconciliation_queue", "app_operation_processing_queue"};
  for (std::size_t i = 0; i < 2; ++i) {
    page.sample("workqueue_depth", {{"name", kNames[i]}}, static_cast<double>(waiting[i]));
    page.sample("workqueue_adds_total", {{"name", kNames[i]}}, static_cast<double>(adds[i]));
  }
}

}  // namespace spokelab::hub
