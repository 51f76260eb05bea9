#include "harness/run/synced_claims.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/duration.h"
#include "base/json.h"
#include "harness/judge/rules/covers.h"
#include "harness/run/fresh_manifests.h"
#include "hub/app/compare/normalize.h"
#include "hub/app/compare/tracking.h"
#include "hub/cluster/cluster_set.h"
#include "hub/cluster/secret.h"
#include "hub/sync/hooks.h"
#include "kube/resource.h"

namespace spokelab::harness {

namespace {

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

/// In the form in which objects are compared; what a manifest leaves to an autoscaler has no
/// default.
Json canonical(const Json& object, const hub::NormalizeRules& rules) {
  Json out = hub::typed_round_trip(hub::normalize(object, rules));
  if (find(object, {"spec", "replicas"}) == nullptr && find(out, {"spec", "replicas"}) != nullptr)
    out["spec"].erase("replicas");
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

/// The revisions that were deployed before the one that is claimed; empty where there was none, or
/// where the application has had other sources since.
std::vector<std::string> revisions_before(const Json& object,
                                          const std::vector<std::string>& claimed) {
  const Json* history = find(object, {"status", "history"});
  const Json* spec = find(object, {"spec"});
  if (history == nullptr || !history->is_array() || spec == nullptr) return {};
  for (auto entry = history->rbegin(); entry != history->rend(); ++entry) {
    if (!same_at(*entry, *spec, "source") || !same_at(*entry, *spec, "sources")) return {};
    const Json* many = find(*entry, {"revisions"});
    auto revisions = many != nullptr && many->is_array()
                         ? many->get<std::vector<std::string>>()
                         : std::vector<std::string>{text_at(*entry, {"revision"})};
    if (revisions != claimed) return revisions;
  }
  return {};
}

/// Within this time every new commit is seen; nullopt: nobody looks for them.
std::optional<Nanos> sees_commits_within(const hub::Profile& profile) {
  if (profile.refresh_every == Nanos(0)) return std::nullopt;
  return profile.repo_poll_every + profile.refresh_every + profile.refresh_jitter +
         std::chrono::minutes(5);
}

/// By its place in the cluster; of objects that repeat, the last counts.
using Wanted = std::map<kube::ObjectKey, JsonRef>;

Wanted wanted_at(const Site& site, const hub::HubSettings& settings, const std::string& ns,
                 const std::vector<JsonRef>& rendered) {
  Wanted wanted;
  for (const JsonRef& one : rendered) {
    kube::ObjectKey key = kube::key_of(*one);
    const auto place = place_of(site, key);
    if (!place || settings.filter.excludes(key.group, key.kind, site.server)) continue;
    if (!place->namespaced) key.ns.clear();
    if (place->namespaced && key.ns.empty()) key.ns = ns;
    wanted.insert_or_assign(key, one);
  }
  return wanted;
}

}  // namespace

void SyncedClaims::look(Nanos quiet) {
  if (settings_moved_) return;
  settings_ = settings_of(lab_);
  FreshManifests fresh(lab_);
  for (const JsonRef& object :
       lab_.site("hub").api->list("applications.argoproj.io", lab_.scenario().world.hub.ns)) {
    look_at(*object, fresh, quiet);
  }
}

void SyncedClaims::look_at(const Json& object, FreshManifests& fresh, Nanos quiet) {
  const auto app = hub::read_application(object);
  if (!app || app->deleting ||
      text_at(object, {"metadata", "annotations", hub::kSkipReconcileAnnotation}) == "true")
    return;
  Site* site = site_of(lab_, app->spec.destination);
  const bool synced = text_at(object, {"status", "sync", "status"}) == "Synced";
  if (site == nullptr || !synced || !speaks_of_spec(object)) return;
  const auto spec = freeze(*find(object, {"spec"}));
  const auto claimed = revisions_of(object);
  const auto manifests = fresh.at(spec, claimed, context_of(*app, *site));
  if (!manifests) return;
  ++looked_at_;
  look_at_objects(*app, object, *site, manifests->objects);
  const auto before = revisions_before(object, claimed);
  if (!before.empty()) {
    const auto deployed = fresh.at(spec, before, context_of(*app, *site));
    if (deployed) look_for_left_over(*app, *site, deployed->objects, manifests->objects);
  }
  const auto limit = sees_commits_within(lab_.profile());
  if (!limit || quiet < *limit) return;
  const auto newest = fresh.newest(app->spec);
  if (newest && *newest != claimed) {
    complain_(fmt::format(
        "the hub called app.{} Synced to {}, and {} has been there for {} at least", app->name,
        fmt::join(claimed, ", "), fmt::join(*newest, ", "), format_duration(*limit)));
  }
}

hub::NormalizeRules SyncedClaims::rules_of(const hub::Application& app) const {
  hub::NormalizeRules rules = settings_.normalize();
  rules.ignored.insert(rules.ignored.end(), app.spec.ignore_differences.begin(),
                       app.spec.ignore_differences.end());
  return rules;
}

void SyncedClaims::look_at_objects(const hub::Application& app, const Json& object, Site& site,
                                   const std::vector<JsonRef>& rendered) {
  const auto rules = rules_of(app);
  const bool healthy = text_at(object, {"status", "health", "status"}) == "Healthy";
  const auto wanted = wanted_at(site, settings_, app.spec.destination.ns, rendered);
  for (const auto& [key, one] : wanted) {
    if (hub::is_hook(*one) || hub::is_ignored(*one)) continue;
    const auto live = site.api->get(place_of(site, key)->group_resource, key.ns, key.name);
    if (!live) {
      complain_(
          fmt::format("the hub called app.{} Synced, and {} is not there", app.name, spoken(key)));
      continue;
    }
    if (hub::is_ignored(*live)) continue;
    // What is stored in another version has other fields.
    const bool same_version = text_at(*live, {"apiVersion"}) == text_at(*one, {"apiVersion"});
    if (same_version && !trusts_managers(rules, key)) {
      const auto differs = first_uncovered(canonical(*one, rules), canonical(*live, rules));
      if (!differs.empty())
        complain_(
            fmt::format("the hub called app.{} Synced, and {} of {} is not as its manifest says",
                        app.name, differs, spoken(key)));
    }
    const auto health = settings_.checks.health_of(*live, lab_.world().wall_now());
    const bool counts = text_at(*live, {"metadata", "annotations",
                                        "argocd.argoproj.io/ignore-healthcheck"}) != "true";
    if (healthy && health && counts && health->status > hub::HealthStatus::suspended)
      complain_(fmt::format("the hub called app.{} Healthy, and {} is {}{}{}", app.name,
                            spoken(key), hub::name_of(health->status),
                            health->message.empty() ? "" : ": ", health->message));
  }
  look_for_strangers(app, site,
                     [&wanted](const kube::ObjectKey& key) { return wanted.contains(key); });
}

/// Fields that the manifests held once.
void SyncedClaims::look_for_left_over(const hub::Application& app, Site& site,
                                      const std::vector<JsonRef>& before,
                                      const std::vector<JsonRef>& rendered) {
  const auto rules = rules_of(app);
  const auto& ns = app.spec.destination.ns;
  const auto wanted = wanted_at(site, settings_, ns, rendered);
  for (const auto& [key, was] : wanted_at(site, settings_, ns, before)) {
    const auto now = wanted.find(key);
    if (now == wanted.end() || hub::is_hook(*was) || hub::is_ignored(*now->second)) continue;
    const auto live = site.api->get(place_of(site, key)->group_resource, key.ns, key.name);
    if (!live || trusts_managers(rules, key) ||
        text_at(*live, {"apiVersion"}) != text_at(*was, {"apiVersion"}))
      continue;
    auto first = canonical(*was, rules);
    // An autoscaler may have set what the manifests leave to it now.
    if (first.contains("spec") && first["spec"].is_object()) first["spec"].erase("replicas");
    const auto left =
        first_left_over(first, canonical(*now->second, rules), canonical(*live, rules));
    if (!left.empty())
      complain_(
          fmt::format("the hub called app.{} Synced, and {} of {}, which its manifest has no more, "
                      "is still there",
                      app.name, left, spoken(key)));
  }
}

/// What is marked as the application's, and not wanted.
void SyncedClaims::look_for_strangers(
    const hub::Application& app, Site& site,
    const std::function<bool(const kube::ObjectKey&)>& is_wanted) {
  const auto instance = hub::instance_name(app.ns, app.name, lab_.scenario().world.hub.ns);
  for (const auto& kind : site.api->kinds().all()) {
    const auto& type = kind->type();
    if (!kind->preferred || settings_.filter.excludes(type.group, type.kind, site.server)) continue;
    for (const JsonRef& live : site.api->list(type.group_resource())) {
      const kube::ObjectKey key = kube::key_of(*live);
      const Json* owners = find(*live, {"metadata", "ownerReferences"});
      const bool owned = owners != nullptr && owners->is_array() && !owners->empty();
      if (owned || is_wanted(key) || hub::is_hook(*live) || hub::is_ignored(*live) ||
          hub::tracked_app(*live, settings_.tracking) != instance ||
          !hub::references_itself(*live, settings_.tracking) ||
          has_option(*live, "argocd.argoproj.io/compare-options", "IgnoreExtraneous"))
        continue;
      complain_(fmt::format(
          "the hub called app.{} Synced, and {}, which it does not want, is still there", app.name,
          spoken(key)));
    }
  }
}

}  // namespace spokelab::harness
