#include "hub/api/application_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/json.h"
#include "hub/app/application.h"
#include "hub/app/project/project.h"
#include "hub/app/project/sync_window.h"

namespace spokelab::hub {

namespace {

constexpr std::string_view kRefresh = "argocd.argoproj.io/refresh";
constexpr int kConflictsMax = 10;

const kube::ResourceType& application_type() {
  static const kube::ResourceType kType{"argoproj.io", "v1alpha1", "applications", "Application",
                                        true};
  return kType;
}

const kube::ResourceType& project_type() {
  static const kube::ResourceType kType{"argoproj.io", "v1alpha1", "appprojects", "AppProject",
                                        true};
  return kType;
}

/// Why a sync may not be ordered; nullopt: it may.
std::optional<Error> refusal(const Application& app, const Json& object, const SyncOrder& order) {
  if (app.deleting) return Error(Errc::conflict, "application is deleting");
  const Json* running = find(object, {"operation"});
  if (running != nullptr && running->is_object())
    return Error(Errc::conflict, "another operation is already in progress");
  const auto& target = app.spec.sources.empty() ? "" : app.spec.sources.front().target_revision;
  const bool elsewhere = !order.revision.empty() && order.revision != target;
  if (elsewhere && app.spec.sync_policy.automatic()) {
    return Error(Errc::bad_input,
                 fmt::format("Cannot sync to {}: auto-sync currently set to {}", order.revision,
                             std::string(target).empty() ? "HEAD" : target));
  }
  return std::nullopt;
}

Json operation_for(const SyncOrder& order, const Json& object) {
  Json operation = Json::object();
  operation["initiatedBy"]["username"] = order.user;
  operation["sync"]["syncStrategy"]["hook"] = Json::object();
  if (order.prune) operation["sync"]["prune"] = true;
  if (!order.revision.empty()) operation["sync"]["revision"] = order.revision;
  const Json* options = find(object, {"spec", "syncPolicy", "syncOptions"});
  if (options != nullptr) operation["sync"]["syncOptions"] = *options;
  const Json* retry = find(object, {"spec", "syncPolicy", "retry"});
  operation["retry"] = retry != nullptr ? *retry : Json::object();
  return operation;
}

bool follows(const ApplicationSource& source, const std::string& url, const std::string& branch,
             bool head) {
  if (normalized_repo_url(source.repo_url) != normalized_repo_url(url)) return false;
  const auto& wanted = source.target_revision;
  if (wanted.empty() || wanted == "HEAD") return head;
  return wanted == branch || wanted == "refs/heads/" + branch;
}

}  // namespace

Task<Result<void>> order_sync(Clock& clock, kube::Client& hub, std::string ns, SyncOrder order) {
  const auto type = application_type();
  const std::string name = order.app;
  const std::string none;
  const kube::WriteOptions options;
  for (int conflicts = 0;; ++conflicts) {
    const auto stored = co_await hub.get(type, ns, name);
    if (!stored) co_return stored.error();
    const auto app = read_application(**stored);
    if (!app) co_return app.error();
    if (const auto refused = refusal(*app, **stored, order)) co_return *refused;
    const auto projects = project_type();
    const std::string project_name = app->spec.project;
    const auto found = co_await hub.get(projects, ns, project_name);
    if (!found) co_return found.error();
    const auto project = read_project(**found);
    if (!project) co_return project.error();
    const auto windows = windows_for(project->windows, name, app->spec.destination);
    if (!can_sync(windows, true, clock.wall_now(), std::nullopt).allowed)
      co_return Error(Errc::forbidden, "cannot sync: blocked by sync window");
    Json patch = Json::object();
    patch["metadata"]["resourceVersion"] = text_at(**stored, {"metadata", "resourceVersion"});
    patch["operation"] = operation_for(order, **stored);
    patch["status"]["operationState"] = nullptr;
    const JsonRef body = freeze(std::move(patch));
    const auto written =
        co_await hub.patch(type, ns, name, kube::PatchType::merge, body, none, options);
    if (written) co_return Result<void>();
    const bool again = written.error().code() == Errc::conflict && conflicts < kConflictsMax;
    if (!again) co_return written.error();
  }
}

Task<Result<void>> order_refresh(kube::Client& hub, std::string ns, std::string app, bool hard) {
  const auto type = application_type();
  const std::string none;
  const kube::WriteOptions options;
  Json patch = Json::object();
  patch["metadata"]["annotations"][std::string(kRefresh)] = hard ? "hard" : "normal";
  const JsonRef body = freeze(std::move(patch));
  const auto written =
      co_await hub.patch(type, ns, app, kube::PatchType::merge, body, none, options);
  if (!written) co_return written.error();
  co_return Result<void>();
}

Task<Result<std::vector<std::string>>> take_push(kube::Client& hub, std::string ns, std::string url,
                                                 std::string branch, bool head) {
  const auto type = application_type();
  const kube::ListOptions options;
  const auto list = co_await hub.list(type, ns, options);
  if (!list) co_return list.error();
  std::vector<std::string> refreshed;
  for (const auto& item : list->items) {
    const auto app = read_application(*item);
    if (!app) continue;
    const auto& sources = app->spec.sources;
    const bool concerned = std::any_of(sources.begin(), sources.end(), [&](const auto& source) {
      return follows(source, url, branch, head);
    });
    if (!concerned) continue;
    const std::string name = text_at(*item, {"metadata", "name"});
    const auto ordered = co_await order_refresh(hub, ns, name, false);
    if (ordered) refreshed.push_back(name);
  }
  co_return refreshed;
}

}  // namespace spokelab::hub
