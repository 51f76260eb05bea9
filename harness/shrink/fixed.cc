#include "harness/shrink/fixed.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "harness/scenario/reading/validate.h"
#include "harness/scenario/text/write.h"
#include "harness/scenario/tree/removal.h"
#include "harness/scenario/tree/walk.h"

namespace spokelab::harness {

namespace fs = std::filesystem;

namespace {

void set_seed(YamlNode& tree, std::uint64_t seed) {
  YamlNode value;
  value.kind = YamlNode::Kind::scalar;
  value.text = fmt::format("{}", seed);
  if (auto* known = tree.find("seed"); known != nullptr) {
    value.at = known->value.at;
    known->value = std::move(value);
    return;
  }
  YamlEntry entry;
  entry.key = "seed";
  entry.value = std::move(value);
  const auto after = std::find_if(tree.entries.rbegin(), tree.entries.rend(), [](const auto& one) {
    return one.key == "because" || one.key == "scenario";
  });
  tree.entries.insert(after.base(), std::move(entry));
}

}  // namespace

std::string path_between(const std::string& from_directory, const std::string& to) {
  const auto from = fs::absolute(from_directory.empty() ? "." : from_directory).lexically_normal();
  const auto target = fs::absolute(to).lexically_normal();
  auto between = target.lexically_relative(from).generic_string();
  if (between.empty()) return target.generic_string();
  return between;
}

std::string fixed_scenario(const ScenarioCase& one, std::uint64_t seed, const std::string& target) {
  std::vector<Drawn> drawn;
  auto tree = with_lists(one.decided(seed_stream(seed), drawn));
  const auto directory = fs::path(target).parent_path().string();
  walk_values(tree, [&](YamlNode& node, const SchemaNode& schema, const std::string&) {
    if (schema.type() != Type::path || node.text.starts_with('/')) return;
    const auto full = resolve_path(one.sources(), node.at.file, node.text);
    node.text = path_between(directory, full);
  });
  set_seed(tree, seed);
  return write_scenario(tree, one.sources());
}

}  // namespace spokelab::harness
