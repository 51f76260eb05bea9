// Child generators of matrix and merge.
#include "hub/appset/generators/children.h"

#include <algorithm>

#include "base/json.h"

namespace spokelab::hub {

const std::vector<Json>& children_of(const Json& generator) {
  static const std::vector<Json> none;
  const Json* children = find(generator, {"generators"});
  if (children == nullptr || !children->is_array()) return none;
  return children->get_ref<const Json::array_t&>();
}

Result<ParamSets> child_params(const Json& child, const GeneratorScope& scope) {
  const GeneratorScope inner{scope.dialect, scope.clusters, scope.trees, scope.depth + 1};
  const auto& kinds = generator_kinds();
  const auto known = std::count_if(kinds.begin(), kinds.end(), [&](const GeneratorKind& kind) {
    if (kind.combines && inner.depth > 1) return false;
    const Json* found = find(child, {kind.key});
    return found != nullptr && !found->is_null();
  });
  if (known == 0) return Error(Errc::bad_input, "child generator generated no parameters");
  if (known > 1)
    return Error(Errc::bad_input, "found more than one generator in matrix.Generators");
  auto sets = generate(child, inner);
  if (!sets) {
    return sets.error().within("child generator returned an error on parameter generation");
  }
  return sets;
}

}  // namespace spokelab::hub
