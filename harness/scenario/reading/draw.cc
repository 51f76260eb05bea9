// Finds every draw in a tree and decides it.
#include "harness/scenario/reading/draw.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "harness/scenario/reading/scalar.h"
#include "harness/scenario/schema.h"
#include "harness/scenario/tree/walk.h"

namespace spokelab::harness {

namespace {

using Visit = std::function<void(YamlNode&, const Draw&, const Field&, const std::string&)>;

/// Visits every draw in the order of the file.
void walk(YamlNode& tree, const Visit& visit) {
  walk_values(tree, [&](YamlNode& node, const SchemaNode& schema, const std::string& path) {
    std::optional<ScalarProblem> problem;
    if (const auto draw = draw_of(*schema.field, node, problem))
      visit(node, *draw, *schema.field, path);
  });
}

}  // namespace

YamlNode decide_draws(YamlNode tree, const Pick& pick, std::vector<Drawn>& drawn) {
  walk(tree, [&](YamlNode& node, const Draw& draw, const Field& field, const std::string& path) {
    Drawn one{path, node.text, "", node.at};
    if (draw.range) {
      const auto most = range_steps(field.type, draw.options[0], draw.options[1]);
      SPOKELAB_CHECK(most >= 0);  // the validator refuses such ranges
      one.value = range_value(field.type, draw.options[0], draw.options[1], pick(path, true, most));
    } else {
      const auto most = static_cast<std::int64_t>(draw.options.size()) - 1;
      one.value = draw.options[static_cast<std::size_t>(pick(path, false, most))];
    }
    node.text = one.value;
    node.quoted = false;
    drawn.push_back(std::move(one));
  });
  return tree;
}

std::size_t widest_draw(const YamlNode& tree) {
  std::size_t widest = 0;
  YamlNode copy = tree;
  walk(copy, [&](YamlNode&, const Draw& draw, const Field&, const std::string&) {
    widest = std::max(widest, draw.options.size());
  });
  return widest;
}

}  // namespace spokelab::harness
