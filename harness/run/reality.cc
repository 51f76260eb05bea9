#include "harness/run/reality.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/duration.h"
#include "base/json.h"
#include "base/task_group.h"
#include "harness/judge/rules/covers.h"
#include "hub/app/compare/normalize.h"
#include "hub/app/compare/tracking.h"
#include "hub/app/manifest_source.h"
#include "hub/cluster/cluster_set.h"
#include "hub/cluster/secret.h"
#include "hub/sync/hooks.h"
#include "hub/sync/order.h"
#include "kube/resource.h"

namespace spokelab::harness {

namespace {

/// Every profile asks for new commits at least so often.
constexpr Nanos kSeesCommits = std::chrono::minutes(10);
constexpr const char* kSkipReconcile = "argocd.argoproj.io/skip-reconcile";
constexpr Nanos kDeletes = std::chrono::minutes(5);

/// An object that an application wants, or has.
struct Place {
  std::string group_resource;
  bool namespaced = true;
};

std::optional<Place> place_of(const Site& site, const kube::ObjectKey& key) {
  for (const auto& kind : site.api->kinds().all()) {
    const auto& type = kind->type();
    if (type.group == key.group && type.kind == key.kind)
      return Place{type.group_resource(), type.namespaced};
  }
  return std::nullopt;
}

std::string spoken(const kube::ObjectKey& key) {
  return key.ns.empty() ? fmt::format("{} {}", key.kind, key.name)
                        : fmt::format("{} {}/{}", key.kind, key.ns, key.name);
}

bool has_option(const Json& object, const char* annotation, std::string_view option) {
  return hub::SyncOptions::from_annotation(text_at(object, {"metadata", "annotations", annotation}))
      .has(option);
}

/// Rules that go by field managers cannot be followed here.
bool trusts_managers(const hub::NormalizeRules& rules, const kube::ObjectKey& key) {
  return std::any_of(rules.ignored.begin(), rules.ignored.end(), [&](const auto& rule) {
    return !rule.managed_fields_managers.empty() && hub::concerns(rule, key);
  });
}

Json canonical(const Json& object, const hub::NormalizeRules& rules) {
  Json out = hub::typed_round_trip(hub::normalize(object, rules));
  if (out.contains("metadata")) {
    Json kept = Json::object();
    for (const char* key : {"labels", "annotations"}) {
      if (out["metadata"].contains(key)) kept[key] = out["metadata"][key];
    }
    out["metadata"] = std::move(kept);
  }
  return out;
}

hub::RenderContext context_of(const hub::Application& app, const Site& site) {
  hub::RenderContext context;
  context.app_name = app.name;
  context.app_namespace = app.ns;
  context.project = app.spec.project;
  context.destination_namespace = app.spec.destination.ns;
  const auto& version = site.api->settings().version;
  context.kube_version = version.substr(0, version.find_first_of("-+"));
  std::set<std::string> versions;
  for (const auto& kind : site.api->kinds().all()) {
    versions.insert(kind->type().api_version());
    versions.insert(kind->type().api_version() + "/" + kind->type().kind);
  }
  context.api_versions.assign(versions.begin(), versions.end());
  return context;
}

struct Rendered {
  std::optional<hub::Manifests> manifests;
};

Task<void> render(hub::ManifestSource& source, JsonRef spec, std::vector<std::string> revisions,
                  hub::RenderContext context, Rendered& into) {
  auto made = co_await source.generate(spec, revisions, context, true);
  if (made) into.manifests = std::move(*made);
}

/// What the application wants at those revisions; nullopt where that takes time (a slow
/// repository), fails, or differs each time.
std::optional<hub::Manifests> manifests_of(Lab& lab, const hub::Profile& profile,
                                           const JsonRef& spec,
                                           const std::vector<std::string>& revisions,
                                           const hub::RenderContext& context) {
  hub::ManifestSource source(lab.world(), lab.stream("reality"), profile, lab.repos());
  TaskGroup group(lab.world().executor());
  Rendered rendered;
  group.spawn(render(source, spec, revisions, context, rendered));
  lab.world().run_until(lab.world().now());
  if (group.live() > 0) {
    group.cancel();
    lab.world().run_until(lab.world().now());
  }
  if (!rendered.manifests || !rendered.manifests->warnings.empty()) return std::nullopt;
  return std::move(rendered.manifests);
}

std::vector<std::string> revisions_of(const Json& object) {
  const Json* many = find(object, {"status", "sync", "revisions"});
  if (many != nullptr && many->is_array()) return many->get<std::vector<std::string>>();
  return {text_at(object, {"status", "sync", "revision"})};
}

bool same_at(const Json& a, const Json& b, std::string_view key) {
  const Json* left = find(a, {key});
  const Json* right = find(b, {key});
  if (left == nullptr || right == nullptr) return left == right;
  return *left == *right;
}

/// Whether the status speaks of the spec as it is.
bool speaks_of_spec(const Json& object) {
  const Json* compared = find(object, {"status", "sync", "comparedTo"});
  const Json* spec = find(object, {"spec"});
  if (compared == nullptr || spec == nullptr) return false;
  return same_at(*compared, *spec, "source") && same_at(*compared, *spec, "sources") &&
         same_at(*compared, *spec, "destination");
}

Site* site_of(Lab& lab, const hub::Destination& destination) {
  auto server = destination.server;
  while (server.ends_with("/")) server.pop_back();
  for (const auto& [name, site] : lab.sites()) {
    const bool own = name == "hub" &&
                     (destination.name == hub::kInClusterName || server == hub::kInClusterServer);
    if (own || (name != "hub" && (destination.name == name || server == site->server)))
      return site.get();
  }
  return nullptr;
}

hub::HubSettings settings_of(Lab& lab) {
  std::map<std::string, std::string> data;
  const auto map = lab.site("hub").api->get("configmaps", lab.scenario().world.hub.ns, "argocd-cm");
  const Json* found = map ? find(*map, {"data"}) : nullptr;
  if (found != nullptr) {
    for (const auto& [key, value] : found->items()) {
      if (value.is_string()) data[key] = value.get<std::string>();
    }
  }
  return hub::read_settings(data);
}

}  // namespace

void Reality::tell(std::string_view rule, const std::string& what) {
  if (!told_.insert(what).second) return;
  complain_(fmt::format("{}: at {} {}", rule, format_run_time(lab_.world().now()), what));
}

void Reality::look(Nanos quiet) {
  if (!lab_.sites().contains("hub")) return;
  look_at_owners();
  if (settings_moved_) return;
  settings_ = settings_of(lab_);
  for (const JsonRef& object :
       lab_.site("hub").api->list("applications.argoproj.io", lab_.scenario().world.hub.ns)) {
    look_at(*object, quiet);
  }
}

void Reality::look_at(const Json& object, Nanos quiet) {
  const auto app = hub::read_application(object);
  if (!app) return;
  if (app->deleting) return look_at_deletion(object);
  if (text_at(object, {"metadata", "annotations", kSkipReconcile}) == "true") return;
  Site* site = site_of(lab_, app->spec.destination);
  const bool synced = text_at(object, {"status", "sync", "status"}) == "Synced";
  if (site == nullptr || !synced || !speaks_of_spec(object)) return;
  hub::Profile honest = lab_.profile();
  honest.plants = {};
  const auto context = context_of(*app, *site);
  const auto spec = freeze(*find(object, {"spec"}));
  const auto claimed = revisions_of(object);
  const auto manifests = manifests_of(lab_, honest, spec, claimed, context);
  if (!manifests) return;
  ++looked_at_;
  look_at_objects(*app, object, *site, manifests->objects);
  if (quiet < kSeesCommits) return;
  const auto newest = manifests_of(lab_, honest, spec, {}, context);
  if (newest && newest->revisions != claimed) {
    tell("truthfulness",
         fmt::format("the hub called app.{} Synced to {}, and {} has been there for {} at least",
                     app->name, fmt::join(claimed, ", "), fmt::join(newest->revisions, ", "),
                     format_duration(kSeesCommits)));
  }
}

void Reality::look_at_objects(const hub::Application& app, const Json& object, Site& site,
                              const std::vector<JsonRef>& rendered) {
  hub::NormalizeRules rules = settings_.normalize();
  rules.ignored.insert(rules.ignored.end(), app.spec.ignore_differences.begin(),
                       app.spec.ignore_differences.end());
  const bool healthy = text_at(object, {"status", "health", "status"}) == "Healthy";
  std::map<kube::ObjectKey, JsonRef> wanted;  // of objects that repeat, the last counts
  for (const JsonRef& one : rendered) {
    kube::ObjectKey key = kube::key_of(*one);
    const auto place = place_of(site, key);
    if (!place || settings_.filter.excludes(key.group, key.kind, site.server)) continue;
    if (!place->namespaced) key.ns.clear();
    if (place->namespaced && key.ns.empty()) key.ns = app.spec.destination.ns;
    wanted.insert_or_assign(key, one);
  }
  for (const auto& [key, one] : wanted) {
    if (hub::is_hook(*one) || hub::is_ignored(*one)) continue;
    const auto live = site.api->get(place_of(site, key)->group_resource, key.ns, key.name);
    if (!live) {
      tell("truthfulness",
           fmt::format("the hub called app.{} Synced, and {} is not there", app.name, spoken(key)));
      continue;
    }
    if (hub::is_ignored(*live)) continue;
    if (!trusts_managers(rules, key)) {
      const auto differs = first_uncovered(canonical(*one, rules), canonical(*live, rules));
      if (!differs.empty()) {
        tell("truthfulness",
             fmt::format("the hub called app.{} Synced, and {} of {} is not as its manifest says",
                         app.name, differs, spoken(key)));
      }
    }
    const auto health = settings_.checks.health_of(*live, lab_.world().wall_now());
    const bool counts = text_at(*live, {"metadata", "annotations",
                                        "argocd.argoproj.io/ignore-healthcheck"}) != "true";
    if (healthy && health && counts && health->status > hub::HealthStatus::suspended) {
      tell("truthfulness", fmt::format("the hub called app.{} Healthy, and {} is {}{}{}", app.name,
                                       spoken(key), hub::name_of(health->status),
                                       health->message.empty() ? "" : ": ", health->message));
    }
  }
  const auto instance = hub::instance_name(app.ns, app.name, lab_.scenario().world.hub.ns);
  for (const auto& kind : site.api->kinds().all()) {
    if (!kind->preferred) continue;
    const auto& type = kind->type();
    if (settings_.filter.excludes(type.group, type.kind, site.server)) continue;
    for (const JsonRef& live : site.api->list(type.group_resource())) {
      const kube::ObjectKey key = kube::key_of(*live);
      const Json* owners = find(*live, {"metadata", "ownerReferences"});
      const bool owned = owners != nullptr && owners->is_array() && !owners->empty();
      if (owned || wanted.contains(key) || hub::is_hook(*live) || hub::is_ignored(*live) ||
          hub::tracked_app(*live, settings_.tracking) != instance ||
          !hub::references_itself(*live, settings_.tracking) ||
          has_option(*live, "argocd.argoproj.io/compare-options", "IgnoreExtraneous"))
        continue;
      tell("truthfulness", fmt::format("the hub called app.{} Synced, and {}, which it does not "
                                       "want, is still there",
                                       app.name, spoken(key)));
    }
  }
}

/// A deletion that could have come to its end long ago.
void Reality::look_at_deletion(const Json& object) {
  const auto since = parse_rfc3339(text_at(object, {"metadata", "deletionTimestamp"}));
  if (!since || lab_.world().wall_now() - *since < kDeletes) return;
  const Json* finalizers = find(object, {"metadata", "finalizers"});
  const bool by_hub = finalizers != nullptr && finalizers->is_array() &&
                      std::any_of(finalizers->begin(), finalizers->end(), [](const Json& one) {
                        return one.is_string() && one.get_ref<const std::string&>().starts_with(
                                                      "resources-finalizer.argocd.argoproj.io");
                      });
  const Json* conditions = find(object, {"status", "conditions"});
  const bool says_why = conditions != nullptr && conditions->is_array() &&
                        std::any_of(conditions->begin(), conditions->end(), [](const Json& one) {
                          return text_at(one, {"type"}) == "DeletionError";
                        });
  if (!by_hub || says_why) return;
  tell("stuck deletion", fmt::format("app.{} was still there, {} after somebody had deleted it",
                                     text_at(object, {"metadata", "name"}),
                                     format_duration(lab_.world().wall_now() - *since)));
}

/// Each replica knows the clusters that are registered, and no others.
void Reality::look_at_registry(const std::string& replica, const hub::ReplicaView& view) {
  std::map<std::string, std::string> real;  // server -> name
  for (const JsonRef& secret :
       lab_.site("hub").api->list("secrets", lab_.scenario().world.hub.ns)) {
    if (text_at(*secret, {"metadata", "labels", hub::kSecretTypeLabel}) != "cluster") continue;
    const auto info = hub::read_cluster_secret(*secret, lab_.profile());
    if (info) real.emplace(info->server, info->name);
  }
  std::set<std::string> known;
  for (const auto* info : view.registered()) {
    known.insert(info->server);
    if (info->secret_name.empty() || real.contains(info->server)) continue;
    tell("truthfulness",
         fmt::format("{} knew a cluster {}, which nobody has registered", replica, info->name));
  }
  for (const auto& [server, name] : real) {
    if (!known.contains(server))
      tell("truthfulness", fmt::format("{} did not know the cluster {}", replica, name));
  }
}

/// Who should serve a cluster is known for certain only where replicas take over from each other.
void Reality::look_at_owners() {
  std::map<std::string, std::vector<std::string>> owners;
  bool complete = true;
  std::map<std::string, std::string> registered;  // server -> name
  for (const auto& [name, process] : lab_.replicas()) {
    if (!process->running() || process->paused()) continue;
    const auto* view = lab_.view_of(name);
    if (view == nullptr) {
      complete = false;
      continue;
    }
    look_at_registry(name, *view);
    for (const auto* info : view->registered()) {
      const auto skipped = info->annotations.find(kSkipReconcile);
      if (skipped != info->annotations.end() && skipped->second == "true") continue;
      registered[info->server] = info->name;
      if (view->served(info->server) != nullptr) owners[info->server].push_back(name);
    }
  }
  if (!complete || !lab_.profile().takeover) return;
  for (const auto& [server, name] : registered) {
    const auto& of = owners[server];
    if (of.size() == 1) continue;
    tell("ownership",
         of.empty() ? fmt::format("no running replica looked after {}", name)
                    : fmt::format("{} looked after {} at once", fmt::join(of, " and "), name));
  }
}

}  // namespace spokelab::harness
