// Taking ignored fields from the live object.
#include "hub/app/compare/respect.h"

#include <string>
#include <tuple>
#include <utility>

#include "base/json.h"
#include "hub/app/compare/jq_paths.h"
#include "hub/app/compare/managed_fields.h"
#include "hub/app/compare/normalize.h"
#include "kube/patch.h"
#include "kube/schema.h"
#include "kube/strategic.h"
#include "kube/three_way.h"

namespace spokelab::hub {

JsonRef with_ignored_from_live(const JsonRef& target, const Json& live,
                               const std::vector<IgnoredDifference>& ignored) {
  const kube::ObjectKey key = kube::key_of(*target);
  Json wanted = *target;
  Json rest = live;
  for (const IgnoredDifference& rule : ignored) {
    if (!concerns(rule, key)) continue;
    remove_trusted(rest, wanted, rule.managed_fields_managers);
    for (Json* object : {&wanted, &rest}) {
      for (const std::string& pointer : rule.json_pointers) {
        if (!pointer.starts_with("/status")) remove_at_pointer(*object, pointer);
      }
      for (const std::string& expression : rule.jq_path_expressions)
        std::ignore = remove_by_jq(*object, expression);
    }
  }
  if (rest == live && wanted == *target) return target;
  const kube::GroupVersion version = kube::split_api_version(text_at(*target, {"apiVersion"}));
  const kube::SchemaType* type =
      kube::schema_of(version.group, version.version, text_at(*target, {"kind"}));
  if (type != nullptr) {
    const auto patch = kube::three_way_strategic(rest, live, rest, type);
    auto patched = patch ? kube::apply_strategic_patch(wanted, *patch, type) : patch;
    if (patched) return freeze(std::move(*patched));
  }
  kube::apply_merge_patch(wanted, kube::make_merge_patch(rest, live));
  return freeze(std::move(wanted));
}

}  // namespace spokelab::hub
