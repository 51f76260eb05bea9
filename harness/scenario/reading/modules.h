// Variations and modules: `matrix`, `$name`, `use`. They work on trees, before anything is typed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/scenario/load.h"
#include "harness/scenario/yaml_tree.h"

namespace spokelab::harness {

inline constexpr std::size_t kMatrixCasesMax = 1000;
inline constexpr std::size_t kModuleDepthMax = 5;
/// Values in all combinations and modules together.
inline constexpr std::size_t kAssembledNodesMax = 1'000'000;

/// One combination of the matrix, with all modules taken in; `use` and `matrix` are gone from the
/// tree.
struct Assembly {
  std::string variant;             ///< "spokes=50,how=refused"
  std::string verdict = "passed";  ///< What the scenario says that this combination ends with.
  YamlNode tree;
};

/// Expands a scenario's tree. Module files are added to `sources`. What is wrong goes to
/// `diagnostics`.
std::vector<Assembly> assemble(const YamlNode& tree, Sources& sources, const LoadOptions& options,
                               const Files& files, Diagnostics& diagnostics);

}  // namespace spokelab::harness
