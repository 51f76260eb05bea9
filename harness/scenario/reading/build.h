// From a checked tree without draws to typed values.
#pragma once

#include "harness/scenario/scenario.h"
#include "harness/scenario/yaml_tree.h"

namespace spokelab::harness {

/// `tree` must have passed the validator; paths are resolved against the files that `sources`
/// names.
Scenario build_scenario(const YamlNode& tree, const Sources& sources);

}  // namespace spokelab::harness
