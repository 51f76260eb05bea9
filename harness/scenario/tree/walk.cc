#include "harness/scenario/tree/walk.h"

#include <fmt/format.h>

namespace spokelab::harness {

namespace {

void walk(YamlNode& node, const SchemaNode& schema, const std::string& path,
          const VisitValue& visit) {
  if (schema.type() == Type::json) return;
  if (schema.type() == Type::list) {
    if (!node.is_sequence()) return walk(node, *schema.item, path, visit);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      walk(node.items[i], *schema.item, path_below(path, i), visit);
    }
    return;
  }
  if (node.is_mapping()) {
    for (auto& entry : node.entries) {
      const auto* child = row_of(schema, entry.key);
      if (child != nullptr) walk(entry.value, *child, path_below(path, entry.key), visit);
    }
    return;
  }
  if (node.is_scalar() && schema.field != nullptr) visit(node, schema, path);
}

}  // namespace

const SchemaNode* row_of(const SchemaNode& map, const std::string& key) {
  const auto* named = map.child(key);
  return named != nullptr ? named : map.any;
}

std::string path_below(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

std::string path_below(const std::string& path, std::size_t index) {
  return fmt::format("{}[{}]", path, index);
}

void walk_values(YamlNode& tree, const VisitValue& visit) { walk(tree, schema_root(), "", visit); }

}  // namespace spokelab::harness
