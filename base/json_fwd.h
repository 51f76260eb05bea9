// Names of the JSON types, cheap to include. Objects keep their keys sorted, so a dump is
// canonical.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>

namespace spokelab {

template <class Key, class Value, class Less, class Unused>
class JsonObject;  // base/json_object.h

using Json = nlohmann::basic_json<JsonObject>;

/// A JSON document that nobody may change any more: parsed once, shared by all who read it.
using JsonRef = std::shared_ptr<const Json>;

}  // namespace spokelab
