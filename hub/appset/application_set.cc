// ApplicationSet: reading the spec, with Argo CD's defaults.
#include "hub/appset/application_set.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "hub/app/field_reader.h"

namespace spokelab::hub {

namespace {

constexpr std::string_view kPolicies[] = {"create-only", "create-update", "create-delete", "sync"};

const Json& part(const JsonRef& raw, std::string_view key) {
  static const Json nothing;
  const Json* found = find(*raw, {"spec", key});
  return found == nullptr ? nothing : *found;
}

void read_budget(FieldReader& metadata, ApplicationSet& set) {
  const auto annotations = metadata.text_map("annotations");
  const auto hit = annotations.find(std::string(kDeletionBudget));
  if (hit == annotations.end()) return;
  int percent = -1;
  const char* end = hit->second.data() + hit->second.size();
  const auto parsed = std::from_chars(hit->second.data(), end, percent);
  if (parsed.ec == std::errc{} && parsed.ptr == end && percent >= 0 && percent <= 100) {
    set.deletion_budget_percent = percent;
  } else {
    metadata.fail("annotations", std::string(kDeletionBudget) +
                                     ": a whole number from 0 to 100 is expected, without a sign "
                                     "or unit: \"" +
                                     hit->second + "\"");
  }
}

void read_spec(FieldReader& spec, ApplicationSet& set) {
  set.dialect.go = spec.truth("goTemplate");
  set.dialect.options = spec.texts("goTemplateOptions");
  set.template_patch = spec.text("templatePatch");
  spec.within("syncPolicy", [&set](FieldReader& policy) {
    set.preserve_resources = policy.truth("preserveResourcesOnDeletion");
    const std::string sync = policy.text("applicationsSync");
    if (!sync.empty() &&
        std::find(std::begin(kPolicies), std::end(kPolicies), sync) == std::end(kPolicies)) {
      policy.fail("applicationsSync",
                  "Unsupported value: \"" + sync +
                      "\": supported values: \"create-only\", \"create-update\", "
                      "\"create-delete\", \"sync\"");
    }
  });
  spec.within("preservedFields", [&set](FieldReader& kept) {
    for (auto& key : kept.texts("annotations")) set.kept_annotations.insert(std::move(key));
    for (auto& key : kept.texts("labels")) set.kept_labels.insert(std::move(key));
  });
  spec.each("ignoreApplicationDifferences", [&set](FieldReader& one) {
    set.ignored.push_back(IgnoredAppDifference{one.text("name"), one.texts("jsonPointers"),
                                               one.texts("jqPathExpressions")});
  });
  set.strategy = read_strategy(spec);
  if (spec.list("generators") == nullptr) spec.fail("generators", "Required value");
  if (spec.object("template") == nullptr) spec.fail("template", "Required value");
}

}  // namespace

const Json& ApplicationSet::generators() const { return part(raw, "generators"); }
const Json& ApplicationSet::app_template() const { return part(raw, "template"); }

AppSetPolicy policy_of(const Json& appset, const AppSetDefaults& defaults) {
  const std::string own = text_at(appset, {"spec", "syncPolicy", "applicationsSync"});
  const std::string& text = own.empty() || !defaults.allow_override ? defaults.policy : own;
  const bool all = text.empty() || text == "sync";
  return AppSetPolicy{all || text == "create-update", all || text == "create-delete"};
}

Result<ApplicationSet> read_application_set(JsonRef object, const AppSetDefaults& defaults) {
  std::optional<Error> fault;
  FieldReader reader(*object, "", fault);
  ApplicationSet set;
  set.kept_annotations = {"notified.notifications.argoproj.io", "argocd.argoproj.io/refresh",
                          "argocd.argoproj.io/hydrate"};
  set.kept_annotations.insert(defaults.preserved_annotations.begin(),
                              defaults.preserved_annotations.end());
  set.kept_labels = defaults.preserved_labels;
  set.policy = policy_of(*object, defaults);
  reader.within("metadata", [&set](FieldReader& metadata) {
    set.name = metadata.text("name");
    set.ns = metadata.text("namespace");
    set.uid = metadata.text("uid");
    set.finalizers = metadata.texts("finalizers");
    set.deleting = metadata.has("deletionTimestamp");
    read_budget(metadata, set);
  });
  if (!reader.has("spec")) reader.fail("spec", "Required value");
  reader.within("spec", [&set](FieldReader& spec) { read_spec(spec, set); });
  if (fault) return *fault;
  set.raw = std::move(object);
  return set;
}

}  // namespace spokelab::hub
