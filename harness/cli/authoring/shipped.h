// The scenarios that come with the program.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace spokelab::harness {

struct ShippedScenario {
  std::string name;
  std::string because;
  std::string path;
  std::string folder;  ///< Below the root; empty: in the root itself.
};

/// Where they lie: a directory `scenarios` with a scenario.schema.json in it, or
/// `share/spokelab/scenarios`, looked for from the program's own directory upwards, then from the
/// working directory upwards. nullopt: nowhere.
std::optional<std::string> shipped_root();

/// All scenarios directly in a root and in its folders (modules and manifests are none), by name.
std::vector<ShippedScenario> shipped_scenarios(const std::string& root);

/// One of them, by its name. nullopt after a word to stderr, which says what is nearest.
std::optional<ShippedScenario> find_shipped(const std::vector<ShippedScenario>& all,
                                            const std::string& name);

/// The root, or nullopt after a word to stderr.
std::optional<std::string> wanted_root();

}  // namespace spokelab::harness
