// Draws: replaces LOW..HIGH and any[...] in a checked tree by concrete values.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/scenario/load.h"
#include "harness/scenario/yaml_tree.h"

namespace spokelab::harness {

/// Answers with a number in [0, most] for the draw at that path.
using Pick = std::function<std::int64_t(const std::string& path, bool range, std::int64_t most)>;

/// The tree with every draw decided by `pick`; what was drawn is appended to `drawn`.
YamlNode decide_draws(YamlNode tree, const Pick& pick, std::vector<Drawn>& drawn);

/// The largest number of choices in any draw of the tree; 0 without draws.
std::size_t widest_draw(const YamlNode& tree);

}  // namespace spokelab::harness
