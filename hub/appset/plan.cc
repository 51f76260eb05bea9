// Plan: comparing generated with live Applications.
#include "hub/appset/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "hub/app/compare/jq_paths.h"
#include "hub/app/finalizers.h"
#include "hub/appset/rendering/render.h"
#include "kube/patch.h"

namespace spokelab::hub {

namespace {

const Json* controller_of(const Json& object) {
  const Json* owners = find(object, {"metadata", "ownerReferences"});
  if (owners == nullptr || !owners->is_array()) return nullptr;
  for (const Json& owner : *owners) {
    if (bool_at(owner, {"controller"})) return &owner;
  }
  return nullptr;
}

std::vector<std::string> pointer_steps(std::string_view pointer) {
  std::vector<std::string> steps;
  while (pointer.starts_with('/')) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    std::string step;
    for (std::size_t at = 0; at < end; ++at) {
      if (pointer[at] == '~' && at + 1 < end) {
        step += pointer[++at] == '1' ? '/' : '~';
      } else {
        step += pointer[at];
      }
    }
    steps.push_back(std::move(step));
    pointer.remove_prefix(end);
  }
  return steps;
}

bool index_in(const Json& list, const std::string& step, std::size_t& index) {
  if (step.empty() || step.size() > 9) return false;
  if (step.find_first_not_of("0123456789") != std::string::npos) return false;
  index = static_cast<std::size_t>(std::stoul(step));
  return index < list.size();
}

void forget(Json& document, const std::vector<std::string>& steps, std::size_t at) {
  const std::string& step = steps[at];
  const bool last = at + 1 == steps.size();
  std::size_t index = 0;
  if (document.is_object() && document.contains(step)) {
    if (last) {
      document.erase(step);
    } else {
      forget(document[step], steps, at + 1);
    }
  } else if (document.is_array() && index_in(document, step, index)) {
    if (last) {
      document.erase(index);
    } else {
      forget(document[index], steps, at + 1);
    }
  }
}

/// Takes the ignored fields out. Errors: bad_input for an expression that is not run.
Result<void> forget_ignored(Json& app, const ApplicationSet& set, const std::string& name) {
  for (const IgnoredAppDifference& ignored : set.ignored) {
    if (!ignored.name.empty() && ignored.name != name) continue;
    for (const std::string& pointer : ignored.json_pointers) {
      const auto steps = pointer_steps(pointer);
      if (!steps.empty()) forget(app, steps, 0);
    }
    for (const std::string& path : ignored.jq_paths) {
      const auto removed = remove_by_jq(app, path);
      if (!removed) return removed.error().within("failed to apply ignore differences");
    }
  }
  return {};
}

/// What no expression may take away: what the object is, and an operation it is to start.
struct Identity {
  explicit Identity(const Json& app) {
    for (const char* key : {"apiVersion", "kind", "operation"}) {
      if (app.contains(key)) top.emplace_back(key, app[key]);
    }
    for (const char* key : {"name", "namespace"}) {
      if (const Json* value = find(app, {"metadata", key})) metadata.emplace_back(key, *value);
    }
  }
  void restore(Json& app) const {
    for (const auto& [key, value] : top) app[key] = value;
    for (const auto& [key, value] : metadata) set_at(app, {"metadata", key}, value);
    if (!app.contains("spec")) app["spec"] = Json::object();
  }
  std::vector<std::pair<std::string, Json>> top;
  std::vector<std::pair<std::string, Json>> metadata;
};

void keep(Json& wanted, const Json& live, std::string_view map, const std::set<std::string>& keys) {
  for (const std::string& key : keys) {
    const Json* value = find(live, {"metadata", map, key});
    if (value != nullptr) wanted["metadata"][std::string(map)][key] = *value;
  }
}

bool is_or_is_under(std::string_view text, std::string_view name) {
  return text.starts_with(name) && (text.size() == name.size() || text[name.size()] == '/');
}

/// The live object as the set would have it.
Json mutated(const Json& live, const Json& generated, const ApplicationSet& set) {
  Json wanted = generated;
  keep(wanted, live, "annotations", set.kept_annotations);
  keep(wanted, live, "labels", set.kept_labels);
  Json finalizers = wanted["metadata"].value("finalizers", Json::array());
  if (const Json* present = find(live, {"metadata", "finalizers"})) {
    for (const Json& finalizer : *present) {
      const std::string text = finalizer.is_string() ? finalizer.get<std::string>() : "";
      const bool hook = is_or_is_under(text, "pre-delete-finalizer.argocd.argoproj.io") ||
                        is_or_is_under(text, "post-delete-finalizer.argocd.argoproj.io");
      const bool known =
          std::find(finalizers.begin(), finalizers.end(), finalizer) != finalizers.end();
      if (hook && !known) finalizers.push_back(finalizer);
    }
  }
  Json result = live;
  result["spec"] = wanted["spec"];
  if (wanted.contains("operation")) result["operation"] = wanted["operation"];
  for (const char* key : {"labels", "annotations"}) {
    if (wanted["metadata"].contains(key)) {
      result["metadata"][key] = wanted["metadata"][key];
    } else {
      result["metadata"].erase(key);
    }
  }
  result["metadata"]["finalizers"] = std::move(finalizers);
  Json owners = result["metadata"].value("ownerReferences", Json::array());
  const Json& ours = wanted["metadata"]["ownerReferences"][0];
  const auto same = std::find_if(owners.begin(), owners.end(), [&ours](const Json& owner) {
    return text_at(owner, {"kind"}) == "ApplicationSet" && owner.value("name", "") == ours["name"];
  });
  if (same == owners.end()) {
    owners.push_back(ours);
  } else {
    *same = ours;
  }
  result["metadata"]["ownerReferences"] = std::move(owners);
  return result;
}

void plan_one(const PlanInput& input, const Json& generated, const JsonRef& live, AppPlan& plan) {
  const std::string name = text_at(generated, {"metadata", "name"});
  if (live == nullptr) {
    plan.changes.push_back(AppChange{AppChange::Action::create, name, freeze(generated)});
    return;
  }
  if (input.settled != nullptr) {
    const auto hit = input.settled->find(name);
    if (hit != input.settled->end() && hit->second == live) return;
  }
  const Json* owner = controller_of(*live);
  if (owner != nullptr && !owned_by(*live, input.set)) {
    plan.errors[name] = fmt::format(
        "error while wrapping using MutateFn: Object {}/{} is already owned by another "
        "{} controller {}",
        input.set.ns, name, text_at(*owner, {"kind"}), text_at(*owner, {"name"}));
    return;
  }
  // Under create-only, too, Argo CD adopts an Application that nobody owns.
  if (!input.set.policy.update && owner != nullptr) return;
  Json before = *live;
  Json after = mutated(*live, generated, input.set);
  const Identity identity(after);
  const auto left = forget_ignored(before, input.set, name);
  const auto right = forget_ignored(after, input.set, name);
  if (!left || !right) {
    plan.errors[name] = (left ? right : left).error().message();
    return;
  }
  identity.restore(after);
  Identity(*live).restore(before);
  normalize_application(before);
  normalize_application(after);
  Json patch = kube::make_merge_patch(before, after);
  if (patch.empty()) {
    if (input.settled != nullptr) input.settled->insert_or_assign(name, live);
    return;
  }
  plan.changes.push_back(AppChange{AppChange::Action::update, name, freeze(std::move(patch))});
}

/// The patch that lets an Application go at once, or null when nothing has to be taken off.
JsonRef release_patch(const Json& app) {
  const Json* finalizers = find(app, {"metadata", "finalizers"});
  if (finalizers == nullptr || !finalizers->is_array()) return nullptr;
  Json rest = Json::array();
  for (const Json& finalizer : *finalizers) {
    if (finalizer != kResourcesFinalizer) rest.push_back(finalizer);
  }
  if (rest.size() == finalizers->size()) return nullptr;
  return freeze(Json{{"metadata", {{"finalizers", std::move(rest)}}}});
}

void plan_removals(const PlanInput& input, const std::map<std::string, JsonRef>& live,
                   const std::set<std::string>& present, AppPlan& plan) {
  std::vector<JsonRef> leaving;
  for (const auto& [name, app] : live) {
    if (!owned_by(*app, input.set)) continue;
    const Json* since = find(*app, {"metadata", "deletionTimestamp"});
    if (since != nullptr && !since->is_null()) continue;
    ++plan.current;
    if (!present.contains(name)) leaving.push_back(app);
  }
  if (!input.set.policy.remove || leaving.empty()) return;
  const int percent = input.set.deletion_budget_percent.value_or(input.budget_percent);
  if (leaving.size() > deletions_allowed(plan.current, percent)) {
    for (const JsonRef& app : leaving) plan.held.push_back(text_at(*app, {"metadata", "name"}));
    return;
  }
  for (const JsonRef& app : leaving) {
    const bool known = !input.destination_known || input.destination_known(*app);
    plan.removals.push_back(AppChange{AppChange::Action::remove,
                                      text_at(*app, {"metadata", "name"}),
                                      known ? nullptr : release_patch(*app)});
  }
}

}  // namespace

std::size_t deletions_allowed(std::size_t current, int budget_percent) {
  constexpr std::size_t kBudgetFrom = 3;
  if (current < kBudgetFrom || budget_percent >= 100) return current;
  const std::size_t share = current * static_cast<std::size_t>(std::max(budget_percent, 0)) / 100;
  return budget_percent <= 0 ? 0 : std::max<std::size_t>(share, 1);
}

bool spec_differs(const ApplicationSet& set, const Json& live, const Json& generated) {
  const std::string name = text_at(live, {"metadata", "name"});
  Json before = live;
  Json after = live;
  const Json* spec = find(generated, {"spec"});
  after["spec"] = spec == nullptr ? Json::object() : *spec;
  if (!forget_ignored(before, set, name) || !forget_ignored(after, set, name)) return false;
  for (Json* app : {&before, &after}) {
    if (!app->is_object() || !app->contains("metadata")) return false;
    normalize_application(*app);
  }
  return before["spec"] != after["spec"];
}

bool owned_by(const Json& app, const ApplicationSet& set) {
  const Json* owner = controller_of(app);
  return owner != nullptr && text_at(*owner, {"kind"}) == "ApplicationSet" &&
         text_at(*owner, {"name"}) == set.name;
}

AppPlan plan_applications(const PlanInput& input) {
  AppPlan plan;
  std::map<std::string, JsonRef> live;
  for (const JsonRef& app : input.live) live.emplace(text_at(*app, {"metadata", "name"}), app);
  std::map<std::string, const Json*> wanted;
  std::set<std::string> present;
  for (const Json& app : input.generated) {
    const std::string name = text_at(app, {"metadata", "name"});
    present.insert(name);
    if (!input.withheld.contains(name)) wanted.emplace(name, &app);
  }
  for (const auto& [name, app] : wanted) {
    const auto hit = live.find(name);
    plan_one(input, *app, hit == live.end() ? nullptr : hit->second, plan);
  }
  plan_removals(input, live, present, plan);
  return plan;
}

}  // namespace spokelab::hub
