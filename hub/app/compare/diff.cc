// Three-way comparison of one object.
#include "hub/app/compare/diff.h"

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "hub/app/compare/managed_fields.h"
#include "hub/app/compare/normalize.h"
#include "kube/defaults.h"
#include "kube/patch.h"
#include "kube/schema.h"
#include "kube/strategic.h"
#include "kube/three_way.h"

namespace spokelab::hub {
namespace {

Json only_known(const Json& known, const Json& live);

/// `live` without the fields that `known` lacks; items beyond those of `known` stay, so that they
/// show.
Json only_known_fields(const Json& known, const Json& live) {
  Json kept = Json::object();
  for (const auto& [name, value] : known.items()) {
    const auto found = live.find(name);
    if (found != live.end()) kept[name] = only_known(value, *found);
  }
  return kept;
}

Json only_known(const Json& known, const Json& live) {
  if (known.is_object() && live.is_object()) return only_known_fields(known, live);
  if (!known.is_array() || !live.is_array()) return live;
  Json kept = Json::array();
  for (std::size_t i = 0; i < live.size(); ++i) {
    kept.push_back(i < known.size() ? only_known(known[i], live[i]) : live[i]);
  }
  return kept;
}

/// What was applied, without what Argo CD adds at each apply and kubectl writes for nothing
/// (GE/diff removeNamespaceAnnotation): neither its presence nor its absence is a change.
Json without_placeholders(Json original) {
  const auto metadata = original.find("metadata");
  if (metadata == original.end() || !metadata->is_object()) return original;
  metadata->erase("namespace");
  const auto annotations = metadata->find("annotations");
  if (annotations != metadata->end() && (annotations->is_null() || annotations->empty()))
    metadata->erase("annotations");
  return original;
}

/// Managers of whose changes the rules say that they are fine.
std::vector<std::string> trusted_managers(const Json& object,
                                          const std::vector<IgnoredDifference>& ignored) {
  std::vector<std::string> managers;
  for (const IgnoredDifference& rule : ignored) {
    if (rule.managed_fields_managers.empty() || !concerns(rule, kube::key_of(object))) continue;
    managers.insert(managers.end(), rule.managed_fields_managers.begin(),
                    rule.managed_fields_managers.end());
  }
  return managers;
}

Result<Difference> diff_objects(const Json& target, const Json& live, const NormalizeRules& rules) {
  const Json wanted = without_placeholders(normalize(target, rules));
  Json actual = normalize(live, rules);
  const Json recorded = kube::last_applied(live);
  const Json original =
      recorded.is_object() ? without_placeholders(normalize(recorded, rules)) : wanted;
  const kube::GroupVersion version = kube::split_api_version(text_at(target, {"apiVersion"}));
  const kube::SchemaType* type =
      kube::schema_of(version.group, version.version, text_at(target, {"kind"}));

  Difference result;
  Json predicted;
  if (type != nullptr) {
    auto patch = kube::three_way_strategic(original, wanted, actual, type);
    if (!patch) return patch.error();
    if (patch->empty()) return result;
    auto patched = kube::apply_strategic_patch(actual, *patch, type);
    if (!patched) return patched.error();
    // Lists that are replaced as a whole have lost what the server had added to their items.
    for (Json* object : {&*patched, &actual}) {
      kube::apply_defaults(version.group, version.version, text_at(target, {"kind"}), *object);
    }
    predicted = typed_round_trip(normalize(std::move(*patched), rules));
    actual = typed_round_trip(normalize(std::move(actual), rules));
  } else {
    actual = only_known_fields(original, actual);
    const Json patch = kube::three_way_merge(original, wanted, actual);
    if (patch.empty()) return result;
    predicted = actual;
    kube::apply_merge_patch(predicted, patch);
    predicted = normalize(std::move(predicted), rules);
  }
  if (predicted == actual) return result;
  result.modified = true;
  result.live = freeze(std::move(actual));
  result.predicted = freeze(std::move(predicted));
  return result;
}

}  // namespace

Result<Difference> diff(const Json& target, const Json& live, const NormalizeRules& rules) {
  if (trusted_managers(target, rules.ignored).empty()) return diff_objects(target, live, rules);
  const TrustedPair pair = without_trusted(target, live, rules);
  return diff_objects(pair.target, pair.live, rules);
}

TrustedPair without_trusted(const Json& target, const Json& live, const NormalizeRules& rules) {
  TrustedPair pair{target, live};
  remove_trusted(pair.live, pair.target, trusted_managers(target, rules.ignored));
  return pair;
}

}  // namespace spokelab::hub
