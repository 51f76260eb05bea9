// Taking things out of a scenario's tree, together with whatever only makes sense beside them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "harness/scenario/yaml_tree.h"

namespace spokelab::harness {

/// The tree with `steps` and `expect` as lists, also where a single one stands for a list.
YamlNode with_lists(YamlNode tree);

/// The tree without what stands at these paths ("faults.prod-lost", "expect[2]"; see path_below).
YamlNode without(const YamlNode& tree, const std::set<std::string>& paths);

/// Takes faults out, and all that names them: their limits, expectations that count from or until
/// their events or ask for their state, steps and other faults that wait for them; and so on for
/// named steps that go with them. Paths of what went are appended to `gone`, faults first.
YamlNode without_faults(YamlNode tree, const std::set<std::string>& faults,
                        std::vector<std::string>& gone);

/// The faults and named steps that a fault, step or expectation names: in `after` and `until`, and
/// as values in its conditions.
std::set<std::string> names_in(const YamlNode& node);

}  // namespace spokelab::harness
