// Child generators of matrix and merge.
#include "hub/appset/generators/children.h"

#include <utility>

#include "base/json.h"

namespace spokelab::hub {

const std::vector<Json>& children_of(const Json& generator) {
  static const std::vector<Json> none;
  const Json* children = find(generator, {"generators"});
  if (children == nullptr || !children->is_array()) return none;
  return children->get_ref<const Json::array_t&>();
}

Result<ParamSets> child_params(const Json& child, const GeneratorScope& scope) {
  GeneratorScope inner = scope;
  ++inner.depth;
  auto made = produce(child, inner);
  if (!made) {
    return made.error().within("child generator returned an error on parameter generation");
  }
  if (made->empty()) return Error(Errc::bad_input, "child generator generated no parameters");
  if (made->size() > 1) {
    return Error(Errc::bad_input, "found more than one generator in matrix.Generators");
  }
  return std::move(made->front().sets);
}

}  // namespace spokelab::hub
