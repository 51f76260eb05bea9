// walk_values: every single value of a tree beside its row of the table.
#pragma once

#include <functional>
#include <string>

#include "harness/scenario/schema.h"
#include "harness/scenario/yaml_tree.h"

namespace spokelab::harness {

/// A value, its row, and its path: "faults.prod-lost.at", "expect[2].within".
using VisitValue =
    std::function<void(YamlNode& node, const SchemaNode& schema, const std::string& path)>;

/// Visits every scalar that the table knows, in the order of the tree. What stands in free JSON
/// (patches) is not visited, and keys that nobody knows are passed over.
void walk_values(YamlNode& tree, const VisitValue& visit);

/// The row of an entry's value in a map of that row; nullptr for an unknown key.
const SchemaNode* row_of(const SchemaNode& map, const std::string& key);

/// The path of an entry or item below another path.
std::string path_below(const std::string& path, const std::string& key);
std::string path_below(const std::string& path, std::size_t index);

}  // namespace spokelab::harness
