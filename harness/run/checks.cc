#include "harness/run/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "harness/judge/rules/writer.h"
#include "harness/judge/timings.h"
#include "harness/run/faults/active_fault.h"
#include "hub/app/compare/tracking.h"
#include "hub/app/health/health.h"
#include "hub/sync/hooks.h"
#include "hub/sync/order.h"

namespace spokelab::harness {

namespace {

bool is_spoke(const Place& place) { return place.kind == Place::Kind::cluster; }
bool is_of_hub(const Place& place) {
  return place.kind == Place::Kind::hub || place.kind == Place::Kind::replica ||
         place.kind == Place::Kind::owner;
}

/// The spokes that a fault strikes, if it strikes nothing else.
std::optional<std::set<std::string>> confines_of(const Fault& fault, Lab& lab) {
  std::set<std::string> spokes;
  for (const auto& place : fault.on) {
    if (place.kind != Place::Kind::cluster && place.kind != Place::Kind::region)
      return std::nullopt;
  }
  for (const auto& name : clusters_of(fault, lab)) spokes.insert(name);
  auto ends = fault.from;
  ends.insert(ends.end(), fault.to.begin(), fault.to.end());
  for (const auto& end : ends) {
    if (!is_spoke(end) && !is_of_hub(end)) return std::nullopt;
    if (is_spoke(end)) spokes.insert(end.name);
  }
  if (spokes.empty() || spokes.contains("hub")) return std::nullopt;
  return spokes;
}

/// The names of the events of steps that change what is wanted, and not just what is.
std::set<std::string> intents_of(const Scenario& scenario) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
    const auto& step = scenario.steps[i];
    const auto* edit = std::get_if<EditStep>(&step.action);
    const auto* removal = std::get_if<DeleteStep>(&step.action);
    const bool drift = (edit != nullptr && edit->cluster != "hub") ||
                       (removal != nullptr && removal->cluster != "hub") ||
                       std::holds_alternative<RestartStep>(step.action);
    if (!drift) names.insert(step.name.empty() ? fmt::format("step-{}", i + 1) : step.name);
  }
  return names;
}

/// How often an operation of the application may be tried again: as it says itself, else as its
/// application does, else as the hub is set.
std::optional<std::int64_t> retry_limit(Lab& lab, const std::string& app) {
  const auto object =
      lab.site("hub").api->get("applications.argoproj.io", lab.scenario().world.hub.ns, app);
  if (!object) return std::nullopt;
  const Json* retry = find(*object, {"status", "operationState", "operation", "retry"});
  if (retry == nullptr) retry = find(*object, {"spec", "syncPolicy", "retry"});
  const std::int64_t otherwise = lab.profile().retry_limit_default;
  return retry == nullptr ? otherwise : int_at(*retry, {"limit"}, otherwise);
}

InvariantFacts facts_of(Lab& lab, const std::map<std::string, std::uint64_t>& sources) {
  InvariantFacts facts;
  for (const auto& [name, fault] : lab.scenario().faults) {
    if (auto confines = confines_of(fault, lab)) facts.confined.emplace(name, std::move(*confines));
  }
  facts.intents = intents_of(lab.scenario());
  facts.sources_of = [&sources](const std::string& app) {
    const auto known = sources.find(app);
    return known == sources.end() ? std::string() : std::to_string(known->second);
  };
  facts.retries.heal_first = lab.profile().self_heal_backoff;
  facts.retries.heal_factor = lab.profile().self_heal_factor;
  facts.retries.heal_most = lab.profile().self_heal_backoff_max;
  facts.retries.limit_of = [&lab](const std::string& app) { return retry_limit(lab, app); };
  return facts;
}

/// Whether options such as "Prune=false,Replace=true" ask for replacing.
bool replaces(std::string_view options) {
  return options.find("Replace=true") != std::string_view::npos ||
         options.find("Force=true") != std::string_view::npos;
}

bool replaces(const Json* options) {
  if (options == nullptr || !options->is_array()) return false;
  return std::any_of(options->begin(), options->end(), [](const Json& one) {
    return one.is_string() && replaces(std::string_view(one.get_ref<const std::string&>()));
  });
}

bool replaces_all(const Json& application) {
  for (const char* key : {"apply", "hook"}) {
    if (bool_at(application, {"operation", "sync", "syncStrategy", key, "force"})) return true;
  }
  return replaces(find(application, {"spec", "syncPolicy", "syncOptions"})) ||
         replaces(find(application, {"operation", "sync", "syncOptions"}));
}

/// As the history calls the object that has changed.
std::string subject_of(const std::string& cluster, const fakeapi::Change& change) {
  return fmt::format("object.{}.{}.{}.{}", cluster, change.group_resource,
                     text_at(change.object(), {"metadata", "namespace"}, "-"),
                     text_at(change.object(), {"metadata", "name"}));
}

/// Whether argocd-cm brings health checks.
bool has_own_checks(const Json& settings) {
  const auto* data = find(settings, {"data"});
  if (data == nullptr || !data->is_object()) return false;
  for (const auto& [key, value] : data->items()) {
    if (key.starts_with("resource.customizations")) return true;
  }
  return false;
}

bool same_at(const Json& a, const Json& b, std::string_view key) {
  const auto* left = find(a, {"spec", key});
  const auto* right = find(b, {"spec", key});
  if (left == nullptr || right == nullptr) return left == right;
  return *left == *right;
}

}  // namespace

Checks::Checks(Lab& lab)
    : lab_(lab),
      invariants_(facts_of(lab, sources_)),
      reality_(lab, [this](std::string text) { invariants_.complain(std::move(text)); }) {
  for (const auto& [name, site] : lab_.sites()) {
    site->api->subscribe(
        [this, cluster = name](const fakeapi::Change& change) { saw(cluster, change); });
  }
}

void Checks::saw(const std::string& cluster, const fakeapi::Change& change) {
  const auto& object = change.object();
  if (cluster == "hub" && change.group_resource == "applications.argoproj.io") {
    const bool same = change.before && change.after &&
                      same_at(*change.before, *change.after, "source") &&
                      same_at(*change.before, *change.after, "sources");
    if (!same) ++sources_[text_at(object, {"metadata", "name"})];
    if (replaces_all(object)) invariants_.deletes().give_up();
    return;
  }
  if (cluster == "hub" && change.group_resource == "configmaps" &&
      text_at(object, {"metadata", "name"}) == "argocd-cm") {
    if (change.after) own_health_checks_ = own_health_checks_ || has_own_checks(object);
    if (ready_) reality_.claims().settings_changed();
  }
  saw_managed(cluster, change);
  if (!change.after || change.before) return;  // hooks are made, not turned into some
  const auto* notes = find(object, {"metadata", "annotations"});
  if (notes == nullptr || !notes->is_object()) return;
  const bool hook = notes->contains("argocd.argoproj.io/hook") || notes->contains("helm.sh/hook");
  if (!hook && !replaces(text_at(*notes, {"argocd.argoproj.io/sync-options"}))) return;
  invariants_.deletes().may_come_and_go(subject_of(cluster, change));
}

/// Objects that take part in waves, with their health by the built-in checks. Where the settings
/// bring checks of their own, all count as well.
void Checks::saw_managed(const std::string& cluster, const fakeapi::Change& change) {
  const auto& object = change.object();
  const auto app = hub::tracked_app(object);
  if (app.empty() || !hub::references_itself(object)) return;
  // These come before whatever needs them, in any wave.
  const auto kind = text_at(object, {"kind"});
  if (kind == "Namespace" || kind == "CustomResourceDefinition") return;
  object_changed_ = lab_.world().now();
  const auto subject = subject_of(cluster, change);
  WaveOrder::Object seen{app, subject, hub::wave_of(object), hub::is_hook(object), true};
  if (!change.after) {
    invariants_.waves().gone(seen);
    return;
  }
  if (!own_health_checks_) {
    const auto health = hub::health_of(object);
    seen.well = !health || health->status == hub::HealthStatus::healthy;
  }
  invariants_.waves().seen(seen);
  managed_ = Managed{subject, seen, !change.before};
}

void Checks::apply(const Event& event) {
  if (managed_ && event.kind == EventKind::fact && event.subject == managed_->subject) {
    if (event.value != "delete" && !replica_behind(event).empty())
      invariants_.waves().wrote(event.at, managed_->object, managed_->created);
    managed_.reset();
  }
  if (event.kind == EventKind::fault) {
    trouble_ = true;
    fault_begun_ = fault_begun_ || event.subject.starts_with("fault.");
    disturbed_ = event.at;
  }
  const bool pending = invariants_.deletes().pending();
  invariants_.apply(event);
  if (!pending && invariants_.deletes().pending()) disturbed_ = event.at;
}

void Checks::ready(bool calm) {
  ready_ = true;
  disturbed_ = lab_.world().now();
  if (!calm) return;
  invariants_.deletes().settled();
  invariants_.blast_radius().ready();
}

void Checks::look(std::optional<RunTime> well_since, bool fault_active) {
  const auto now = lab_.world().now();
  if (fault_active) disturbed_ = now;
  if (ready_ && well_since && !fault_active && invariants_.deletes().pending() &&
      now - std::max(*well_since, disturbed_) >= kSettledAfter)
    invariants_.deletes().settled();
  if (now - sampled_ >= BoundedLoad::kEvery) sample();
  if (!ready_ || !well_since || fault_active) return;
  const auto quiet = now - std::max(*well_since, disturbed_);
  if (quiet < kSettledAfter || now - object_changed_ < kSeenWithin ||
      (reality_looked_ && *reality_looked_ >= disturbed_))
    return;
  reality_looked_ = now;
  reality_.look(quiet);
}

void Checks::sample() {
  sampled_ = lab_.world().now();
  std::map<std::string, BoundedLoad::Counts> totals;
  for (const auto& [name, site] : lab_.sites())
    totals.emplace(name, BoundedLoad::Counts{lab_.hub_requests(name), lab_.hub_dials(name)});
  invariants_.load().sample(sampled_, totals, fault_begun_);
  if (ready_ && !trouble_) before_ = standing();
}

Standing Checks::standing() const {
  Standing out;
  std::set<std::string> moving;  // clusters that come or go by themselves
  for (const auto& step : lab_.scenario().steps) {
    if (const auto* one = std::get_if<RegisterStep>(&step.action)) moving.insert(one->cluster);
    if (const auto* one = std::get_if<UnregisterStep>(&step.action)) moving.insert(one->cluster);
  }
  const auto connections = lab_.network().connections();
  for (const auto& [name, site] : lab_.sites()) {
    if (moving.contains(name)) continue;
    // A cluster that nobody looked at may be looked at later: Argo CD does once it has
    // applications.
    const std::uint64_t watches = site->api->watches().open_count();
    if (watches > 0) out.counts["open watches at " + name] = watches;
    std::uint64_t open = 0;
    for (const auto& [replica, process] : lab_.replicas()) {
      const auto known = connections.find({replica, site->api_node});
      if (known != connections.end()) open += known->second;
    }
    out.counts["connections of the hub to " + name] = open;
  }
  out.counts["Leases on the hub"] = lab_.site("hub").api->list("leases.coordination.k8s.io").size();
  return out;
}

void Checks::finish() {
  // Replicas that have just been started know little yet.
  const auto quiet = lab_.world().now() - disturbed_;
  if (quiet >= kStableFor && lab_.world().now() - object_changed_ >= kSeenWithin)
    reality_.look(quiet);
  if (!before_) return;
  for (auto& one : leftovers(*before_, standing())) invariants_.complain(std::move(one));
}

}  // namespace spokelab::harness
