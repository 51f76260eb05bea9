// What the controller writes about an Application: its status in the hub, and the run's history.
#include <algorithm>
#include <iterator>
#include <utility>

#include "base/duration.h"
#include "hub/app/controller_state.h"
#include "hub/app/summary.h"
#include "kube/patch.h"

namespace spokelab::hub {
namespace {

/// Conditions that a refresh decides anew; others stay.
constexpr std::string_view kRefreshConditions[] = {"InvalidSpecError",
                                                   "ComparisonError",
                                                   "UnknownError",
                                                   "SyncError",
                                                   "SharedResourceWarning",
                                                   "RepeatedResourceWarning",
                                                   "ExcludedResourceWarning",
                                                   "OrphanedResourceWarning",
                                                   "StaleEvidenceWarning",
                                                   "StaleSourceWarning",
                                                   "UnsupportedFeatureWarning"};

bool decided_by_refresh(std::string_view type) {
  return std::find(std::begin(kRefreshConditions), std::end(kRefreshConditions), type) !=
         std::end(kRefreshConditions);
}

/// The new list: sorted, with the old lastTransitionTime where type and message are the same.
Json merge_conditions(const Json& before, std::vector<Condition> now, const std::string& at,
                      bool keeps_sync_error) {
  std::sort(now.begin(), now.end());
  now.erase(std::unique(now.begin(), now.end()), now.end());
  std::vector<Json> list;
  for (const Json& old : before) {
    const std::string type = text_at(old, {"type"});
    if (!decided_by_refresh(type) || (keeps_sync_error && type == "SyncError")) list.push_back(old);
  }
  for (const Condition& condition : now) {
    Json entry = {
        {"type", condition.type}, {"message", condition.message}, {"lastTransitionTime", at}};
    for (const Json& old : before) {
      if (text_at(old, {"type"}) == condition.type &&
          text_at(old, {"message"}) == condition.message)
        entry = old;
    }
    list.push_back(std::move(entry));
  }
  std::sort(list.begin(), list.end(), [](const Json& a, const Json& b) {
    const std::string left = text_at(a, {"type"});
    const std::string right = text_at(b, {"type"});
    return left != right ? left < right : text_at(a, {"message"}) < text_at(b, {"message"});
  });
  Json merged = Json::array();
  for (Json& entry : list) merged.push_back(std::move(entry));
  return merged;
}

Json compared_to(const ApplicationSpec& spec, const Json& raw_spec) {
  Json compared = sources_json(spec);
  if (spec.multi_source) compared["source"] = {{"repoURL", ""}};
  const Json* destination = find(raw_spec, {"destination"});
  if (destination != nullptr) compared["destination"] = *destination;
  const Json* ignored = find(raw_spec, {"ignoreDifferences"});
  if (ignored != nullptr) compared["ignoreDifferences"] = *ignored;
  return compared;
}

std::vector<std::string> unresolved(const ApplicationSpec& spec) {
  std::vector<std::string> revisions;
  for (const ApplicationSource& source : spec.sources) revisions.push_back(source.target_revision);
  return revisions;
}

}  // namespace

/// What the managed objects own, as far down as owners go.
std::vector<JsonRef> AppController::State::owned_by(const AppEntry& entry,
                                                    const std::vector<JsonRef>& managed) const {
  constexpr std::size_t kDeepest = 10;
  std::vector<JsonRef> owned;
  const ServedCluster* cluster = cluster_of(entry);
  if (cluster == nullptr) return owned;
  std::vector<JsonRef> level = managed;
  for (std::size_t depth = 0; depth < kDeepest && !level.empty(); ++depth) {
    std::vector<JsonRef> below;
    for (const JsonRef& node : level) {
      const std::string uid = text_at(*node, {"metadata", "uid"});
      if (uid.empty()) continue;
      std::vector<JsonRef> children = cluster->cache->children_of(uid);
      std::move(children.begin(), children.end(), std::back_inserter(below));
    }
    owned.insert(owned.end(), below.begin(), below.end());
    level = std::move(below);
  }
  return owned;
}

Task<void> AppController::State::write_refresh_status(AppRef entry, StatusNews news) {
  const std::string at = format_rfc3339(ports.clock.wall_now());
  const Json* found = find(*entry->object, {"status"});
  const Json before = found != nullptr && found->is_object() ? *found : Json::object();
  Json status = before;
  Json& sync = status["sync"];
  if (!sync.is_object()) sync = Json::object();
  sync["status"] = name_of(news.sync);
  if (entry->app) {
    const ApplicationSpec& spec = entry->app->spec;
    sync["comparedTo"] = compared_to(spec, *entry->spec);
    const auto revisions = news.loaded != nullptr ? news.loaded->revisions : unresolved(spec);
    sync.erase(spec.multi_source ? "revision" : "revisions");
    if (spec.multi_source) {
      sync["revisions"] = revisions;
    } else {
      sync["revision"] = revisions.empty() ? "" : revisions.front();
      if (text_at(sync, {"revision"}).empty()) sync.erase("revision");
    }
  }
  if (!news.keeps_resources) {
    if (text_at(before, {"health", "status"}) != name_of(news.health.status)) {
      status["health"] = {{"status", name_of(news.health.status)}, {"lastTransitionTime", at}};
      // Argo CD has the field, and leaves it empty.
      if (ports.profile.status_shows_evidence && !news.health.message.empty())
        status["health"]["message"] = news.health.message;
    }
    status["resources"] =
        news.loaded != nullptr ? to_json(news.loaded->comparison.resources) : Json::array();
  }
  if (news.loaded != nullptr) {
    if (news.loaded->live_only) {
      status.erase("sourceType");
      status.erase("sourceTypes");
    } else if (entry->app && entry->app->spec.multi_source) {
      status["sourceTypes"] = news.loaded->source_types;
    } else if (!news.loaded->source_types.empty()) {
      status["sourceType"] = news.loaded->source_types.front();
    }
    std::vector<JsonRef> managed;
    for (const ManagedResource& resource : news.loaded->comparison.resources) {
      if (resource.live) managed.push_back(resource.live);
    }
    status["summary"] = summary_of(*entry->object, managed, owned_by(*entry, managed));
    status["controllerNamespace"] = ports.ns;
    status["resourceHealthSource"] = "appTree";
  }
  const Json* old_conditions = find(before, {"conditions"});
  const Json none = Json::array();
  Json conditions = merge_conditions(
      old_conditions != nullptr && old_conditions->is_array() ? *old_conditions : none,
      news.conditions, at, news.keeps_sync_error);
  if (old_conditions != nullptr || !conditions.empty())
    status["conditions"] = std::move(conditions);
  const bool changed = status != before;
  // Our own engine stays silent where nothing has changed; Argo CD moves reconciledAt each time.
  const bool moves = news.counts_as_reconciled && (changed || !ports.profile.status_shows_evidence);
  if (moves) status["reconciledAt"] = at;
  if (changed || moves) {
    const Json patch = kube::make_merge_patch(before, status);
    if (!co_await write_status(entry, patch)) {
      refresh_soon(*entry);
      co_return;
    }
  }
  // Also when nothing had to be written: an earlier write may have been taken without an answer.
  if (entry->work) tell_status(*entry, news);
}

void AppController::State::tell_status(AppEntry& entry, const StatusNews& news) {
  AppWork& work = *entry.work;
  const bool resolved = news.loaded != nullptr && !news.loaded->live_only;
  const std::string revision =
      resolved && !news.loaded->revisions.empty() ? news.loaded->revisions.front() : "";
  if (!revision.empty()) tell(entry, "revision", work.told_revision, revision, "");
  std::string why;
  for (const Condition& condition : news.conditions)
    why += (why.empty() ? "" : "; ") + condition.type + ": " + condition.message;
  tell(entry, "sync", work.told_sync, std::string(name_of(news.sync)), why);
  if (!news.keeps_resources) {
    tell(entry, "health", work.told_health, std::string(name_of(news.health.status)),
         news.health.message);
  }
}

std::string AppController::State::subject_of(const AppEntry& entry, std::string_view what) {
  return "app." + entry.name + "." + std::string(what);
}

/// Argo CD's CRD keeps the status in the object itself; a CRD with a status subresource needs the
/// other door.
Task<bool> AppController::State::write_status(AppRef entry, Json status_patch) {
  Json patch = Json::object();
  patch["status"] = std::move(status_patch);
  if (status_is_subresource) {
    const auto answer = co_await patch_app(entry, patch, "status");
    if (answer) co_return true;
    if (answer.error().code() != Errc::not_found) co_return false;
  }
  const auto answer = co_await patch_app(entry, patch, "");
  if (!answer) co_return false;
  // Not found may also have been one bad answer among good ones. A server with a status subresource
  // takes the patch and leaves the status as it was.
  const Json* status = find(**answer, {"status"});
  Json wanted = status != nullptr ? *status : Json::object();
  kube::apply_merge_patch(wanted, patch["status"]);
  const bool taken = status != nullptr && wanted == *status;
  if (taken) status_is_subresource = false;
  co_return taken;
}

Task<bool> AppController::State::write_app(AppRef entry, Json patch) {
  const auto answer = co_await patch_app(entry, patch, "");
  co_return answer.has_value();
}

Task<Result<JsonRef>> AppController::State::patch_app(AppRef entry, Json patch,
                                                      std::string subresource) {
  if (!owns(*entry))
    co_return Error(Errc::forbidden, "this replica no longer serves the application");
  const JsonRef body = freeze(std::move(patch));
  kube::WriteOptions options;
  options.field_manager = "argocd-controller";
  const std::string ns = entry->ns();
  const std::string name = entry->own_name();
  auto answer = co_await ports.hub.patch(app_type, ns, name, kube::PatchType::merge, body,
                                         subresource, options);
  // The watch may have been faster, or the application may be gone by now.
  if (answer && find_app(entry->name) == entry && !newer(*entry->object, **answer))
    take_answer(*entry, *answer);
  co_return answer;
}

void AppController::State::tell(AppEntry& entry, std::string_view what, std::string& told,
                                std::string value, std::string message) {
  if (told == value) return;
  told = value;
  Event event;
  event.kind = EventKind::state;
  event.who = ports.who;
  event.subject = subject_of(entry, what);
  event.value = std::move(value);
  event.cluster = cluster_name(entry);
  event.message = std::move(message);
  ports.history.add(std::move(event));
}

void AppController::State::tell_fact(AppEntry& entry, std::string value, std::string message) {
  Event event;
  event.kind = EventKind::fact;
  event.who = ports.who;
  event.subject = "app." + entry.name;
  event.value = std::move(value);
  event.cluster = cluster_name(entry);
  event.message = std::move(message);
  ports.history.add(std::move(event));
}

}  // namespace spokelab::hub
