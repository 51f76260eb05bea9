// What an application's project permits: its spec, its objects, and the time of its syncs.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "hub/app/controller_state.h"
#include "hub/app/namespaces.h"
#include "hub/cluster/as_user.h"

namespace spokelab::hub {
namespace {

Condition invalid_spec(std::string message) {
  return Condition{"InvalidSpecError", std::move(message)};
}

}  // namespace

Result<std::shared_ptr<const AppProject>> AppController::State::project_of(const AppEntry& entry) {
  if (ports.projects == nullptr || !entry.app) return std::shared_ptr<const AppProject>();
  const std::string& name = entry.app->spec.project;
  const auto known = projects.find(name);
  if (known != projects.end()) return known->second;
  const auto written = ports.projects->get(name);
  if (!written) return written.error();
  AppProject project = **written;
  add_scoped_clusters(project, ports.clusters.all());
  const auto settings = ports.settings != nullptr ? ports.settings->now() : nullptr;
  if (settings) {
    const Json labels = ports.projects->labels(name);
    for (const GlobalProject& global : settings->global_projects) {
      if (global.project == name) continue;
      // The first that does not apply hides those after it (Argo CD GetGlobalProjects).
      if (!global.selector.matches(labels)) break;
      const auto other = ports.projects->get(global.project);
      if (!other) break;
      add_global(project, **other);
    }
  }
  auto effective = std::make_shared<const AppProject>(std::move(project));
  projects.emplace(name, effective);
  return effective;
}

Result<std::shared_ptr<kube::Client>> AppController::State::impersonated(const AppEntry& entry) {
  const auto settings = ports.settings != nullptr ? ports.settings->now() : nullptr;
  const auto none = std::shared_ptr<kube::Client>();
  if (!settings || !settings->impersonates || ports.dialer == nullptr) return none;
  ServedCluster* cluster = cluster_of(entry);
  const auto project = project_of(entry);
  if (!project) return project.error();
  if (!*project || cluster == nullptr) return none;
  const Destination& to = entry.app->spec.destination;
  const auto user = (*project)->service_account_for(cluster->info.server, to.ns, entry.app->ns);
  if (!user) return user.error().within("failed to derive service account to impersonate");
  if (user->empty()) {
    if (!settings->impersonation_enforced) return none;
    return Error(Errc::forbidden,
                 fmt::format("no matching service account found for destination server {} and "
                             "namespace {}",
                             cluster->info.server, to.ns));
  }
  return client_as(ports.clock, *ports.dialer, *cluster->client, *user);
}

/// Argo CD's applications notice a changed project at their own next reconcile only.
void AppController::State::project_changed(const std::string& name) {
  projects.clear();
  if (!ports.profile.isolate_clusters) return;
  const auto settings = ports.settings != nullptr ? ports.settings->now() : nullptr;
  const bool any = settings && !settings->global_projects.empty();
  for (auto& [app, entry] : apps) {
    if (!entry->work || !entry->app || (!any && entry->app->spec.project != name)) continue;
    request_refresh(*entry, CompareLevel::latest);
  }
}

std::vector<Condition> AppController::State::spec_conditions(const AppEntry& entry) {
  std::vector<Condition> conditions;
  if (!entry.app) return {invalid_spec(entry.problem)};
  const ApplicationSpec& spec = entry.app->spec;
  const auto project = project_of(entry);
  if (!project) {
    if (project.error().code() != Errc::not_found)
      return {Condition{"UnknownError", project.error().message()}};
    return {invalid_spec(
        fmt::format("Application referencing project {} which does not exist", spec.project))};
  }
  if (*project && entry.app->ns != ports.ns &&
      !matches_namespace((*project)->source_namespaces, entry.app->ns)) {
    return {Condition{"UnknownError",
                      fmt::format("application '{}' in namespace '{}' is not permitted to use "
                                  "project '{}'",
                                  entry.app->name, entry.app->ns, spec.project)}};
  }
  for (std::string& problem : source_problems(spec))
    conditions.push_back(invalid_spec(std::move(problem)));
  if (!conditions.empty()) return conditions;
  if (*project) {
    for (const ApplicationSource& source : spec.sources) {
      if ((*project)->permits_source(source.repo_url)) continue;
      conditions.push_back(invalid_spec(fmt::format(
          "application repo {} is not permitted in project '{}'", source.repo_url, spec.project)));
    }
  }
  const std::vector<std::string> unplaced = destination_problems(spec);
  if (!unplaced.empty()) {
    conditions.push_back(invalid_spec(unplaced.front()));
    return conditions;
  }
  const auto info = ports.clusters.resolve(entry.destination.first, entry.destination.second);
  if (!info) {
    conditions.push_back(invalid_spec(info.error().message()));
  } else if (*project && !(*project)->permits_destination(**info, spec.destination.ns)) {
    conditions.push_back(invalid_spec(
        fmt::format("application destination server '{}' and namespace '{}' do not match any of "
                    "the allowed destinations in project '{}'",
                    spec.destination.name.empty() ? (*info)->server : (*info)->name,
                    spec.destination.ns, spec.project)));
  }
  return conditions;
}

SyncVerdict AppController::State::sync_verdict(const AppEntry& entry, bool manual,
                                               const std::string& began) {
  const auto project = project_of(entry);
  if (!project || !*project || (*project)->windows.empty()) return {};
  const auto windows =
      windows_for((*project)->windows, entry.own_name(), entry.app->spec.destination);
  const auto started = parse_rfc3339(began);
  return can_sync(windows, manual, ports.clock.wall_now(),
                  started ? std::optional<WallTime>(*started) : std::nullopt);
}

void AppController::State::warn_of_orphans(const AppEntry& entry, const Loaded& loaded,
                                           std::vector<Condition>& conditions) {
  const auto project = project_of(entry);
  const ServedCluster* cluster = cluster_of(entry);
  entry.work->orphans = 0;
  if (!project || !*project || !(*project)->orphans || cluster == nullptr) return;
  std::set<kube::ObjectKey> managed;
  for (const ManagedResource& resource : loaded.comparison.resources) managed.insert(resource.key);
  const Tracking tracking = tracking_now();
  const OrphanSearch search{
      **project,
      cluster->info,
      entry.app->spec.destination.ns,
      std::move(managed),
      [cluster](const std::string& ns) { return cluster->cache->top_level(ns); },
      [cluster](const std::string& uid) { return cluster->cache->children_of(uid); },
      [this, &tracking](const Json& object) {
        return apps.contains(tracked_app(object, tracking));
      }};
  const std::size_t count = find_orphans(search).size();
  entry.work->orphans = count;
  if (count == 0 || !(*project)->orphans->warn) return;
  conditions.push_back(Condition{"OrphanedResourceWarning",
                                 fmt::format("Application has {} orphaned resources", count)});
}

/// An object of nobody's has changed: whoever looks for orphans there looks again.
void AppController::State::on_untracked_change(const std::string& server, const std::string& ns) {
  const bool wanted = std::any_of(projects.begin(), projects.end(), [](const auto& known) {
    return known.second->orphans.has_value();
  });
  const auto groups = groups_by_server.find(server);
  if (!wanted || ns.empty() || groups == groups_by_server.end()) return;
  for (const auto& destination : groups->second) {
    for (const std::string& name : destinations[destination].apps) {
      AppEntry& entry = *apps.at(name);
      if (!entry.work || !entry.app || entry.app->spec.destination.ns != ns) continue;
      const auto project = projects.find(entry.app->spec.project);
      if (project != projects.end() && project->second->orphans)
        request_refresh(entry, CompareLevel::recent);
    }
  }
}

Tracking AppController::State::tracking_now() const {
  return ports.settings != nullptr ? ports.settings->now()->tracking : Tracking();
}

}  // namespace spokelab::hub
