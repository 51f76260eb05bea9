// The quick reader for the YAML subset that manifests are written in.
#include "base/yaml_fast.h"

#include <nlohmann/json.hpp>

namespace spokelab::yaml {

std::optional<Json> parse_fast(std::string_view) { return std::nullopt; }

}  // namespace spokelab::yaml
