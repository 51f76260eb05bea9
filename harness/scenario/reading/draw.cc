// Finds every draw in a tree and decides it.
#include "harness/scenario/reading/draw.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "harness/scenario/reading/scalar.h"
#include "harness/scenario/schema.h"

namespace spokelab::harness {

namespace {

using Visit = std::function<void(YamlNode&, const Draw&, const Field&, const std::string&)>;

/// Visits every draw in the order of the file.
void walk(YamlNode& node, const SchemaNode& schema, const std::string& path, const Visit& visit) {
  if (schema.type() == Type::list) {
    if (!node.is_sequence()) return walk(node, *schema.item, path, visit);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      walk(node.items[i], *schema.item, fmt::format("{}[{}]", path, i), visit);
    }
    return;
  }
  if (node.is_mapping()) {
    for (auto& entry : node.entries) {
      const auto* child = schema.any != nullptr && schema.child(entry.key) == nullptr
                              ? schema.any
                              : schema.child(entry.key);
      if (child == nullptr || schema.type() == Type::json) continue;
      walk(entry.value, *child, path.empty() ? entry.key : path + "." + entry.key, visit);
    }
    return;
  }
  if (!node.is_scalar() || schema.field == nullptr) return;
  std::optional<ScalarProblem> problem;
  if (const auto draw = draw_of(*schema.field, node, problem))
    visit(node, *draw, *schema.field, path);
}

}  // namespace

YamlNode decide_draws(YamlNode tree, const Pick& pick, std::vector<Drawn>& drawn) {
  walk(tree, schema_root(), "",
       [&](YamlNode& node, const Draw& draw, const Field& field, const std::string& path) {
         Drawn one{path, node.text, "", node.at};
         if (draw.range) {
           const auto most = range_steps(field.type, draw.options[0], draw.options[1]);
           SPOKELAB_CHECK(most >= 0);  // the validator refuses such ranges
           one.value =
               range_value(field.type, draw.options[0], draw.options[1], pick(path, true, most));
         } else {
           const auto most = static_cast<std::int64_t>(draw.options.size()) - 1;
           one.value = draw.options[static_cast<std::size_t>(pick(path, false, most))];
         }
         node.text = one.value;
         node.quoted = true;
         drawn.push_back(std::move(one));
       });
  return tree;
}

std::size_t widest_draw(const YamlNode& tree) {
  std::size_t widest = 0;
  YamlNode copy = tree;
  walk(copy, schema_root(), "", [&](YamlNode&, const Draw& draw, const Field&, const std::string&) {
    widest = std::max(widest, draw.options.size());
  });
  return widest;
}

}  // namespace spokelab::harness
