// fixed_scenario: one run of a scenario as a file that needs no chance, no matrix and no modules.
#pragma once

#include <cstdint>
#include <string>

#include "harness/scenario/load.h"

namespace spokelab::harness {

/// The text of a scenario that plays what `one` plays with that seed: one combination of the
/// matrix, modules taken in, drawn values (those of a swarm too) written out, the seed in it.
/// `target` is where it is going to lie; paths in it become relative to that file's directory.
std::string fixed_scenario(const ScenarioCase& one, std::uint64_t seed, const std::string& target);

/// A path from one directory to another file or directory, both relative to the working directory
/// or absolute.
std::string path_between(const std::string& from_directory, const std::string& to);

}  // namespace spokelab::harness
