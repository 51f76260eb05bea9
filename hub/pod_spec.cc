#include "hub/pod_spec.h"

#include "base/json.h"

namespace spokelab::hub {

const Json* pod_spec_of(const Json& object) {
  for (const Json* spec : {find(object, {"spec"}), find(object, {"spec", "template", "spec"}),
                           find(object, {"spec", "jobTemplate", "spec", "template", "spec"})}) {
    if (spec != nullptr && spec->is_object() && spec->contains("containers")) return spec;
  }
  return nullptr;
}

}  // namespace spokelab::hub
