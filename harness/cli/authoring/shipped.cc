#include "harness/cli/authoring/shipped.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "harness/scenario/diagnostic.h"
#include "harness/scenario/yaml_tree.h"

namespace spokelab::harness {

namespace fs = std::filesystem;

namespace {

std::optional<std::string> root_above(fs::path from) {
  std::error_code failed;
  for (;;) {
    for (const auto* below : {"scenarios", "share/spokelab/scenarios"}) {
      const auto root = from / below;
      if (fs::is_regular_file(root / "scenario.schema.json", failed))
        return root.lexically_normal().string();
    }
    if (!from.has_parent_path() || from.parent_path() == from) return std::nullopt;
    from = from.parent_path();
  }
}

void add_scenarios_in(const fs::path& directory, const std::string& folder,
                      std::vector<ShippedScenario>& out) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory, failed)) {
    if (!entry.is_regular_file() || entry.path().extension() != ".yaml") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    Sources sources;
    const auto file = sources.add(entry.path().string(), {std::istreambuf_iterator<char>(in),
                                                          std::istreambuf_iterator<char>()});
    Diagnostics ignored;
    const auto tree = parse_yaml_tree(sources, file, ignored);
    const auto* name = tree ? tree->value("scenario") : nullptr;
    if (name == nullptr || !name->is_scalar()) continue;
    const auto* because = tree->value("because");
    out.push_back(
        {name->text, because == nullptr ? "" : because->text, entry.path().string(), folder});
  }
}

}  // namespace

std::optional<std::string> shipped_root() {
  std::error_code failed;
  const auto program = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) {
    if (auto root = root_above(program.parent_path())) return root;
  }
  const auto here = fs::current_path(failed);
  return failed ? std::nullopt : root_above(here);
}

std::vector<ShippedScenario> shipped_scenarios(const std::string& root) {
  std::vector<ShippedScenario> out;
  add_scenarios_in(root, "", out);
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(root, failed)) {
    if (entry.is_directory()) add_scenarios_in(entry.path(), entry.path().filename().string(), out);
  }
  std::sort(out.begin(), out.end(),
            [](const ShippedScenario& a, const ShippedScenario& b) { return a.name < b.name; });
  return out;
}

std::optional<ShippedScenario> find_shipped(const std::vector<ShippedScenario>& all,
                                            const std::string& name) {
  std::vector<std::string> names;
  for (const auto& one : all) {
    if (one.name == name) return one;
    names.push_back(one.name);
  }
  const auto near = nearest(name, names);
  fmt::print(
      stderr, "spokelab: no scenario '{}' comes with spokelab{}\n", name,
      near.empty() ? "; spokelab examples lists them" : fmt::format("; did you mean '{}'?", near));
  return std::nullopt;
}

std::optional<std::string> wanted_root() {
  auto root = shipped_root();
  if (!root) {
    fmt::print(
        stderr,
        "spokelab: the scenarios that come with spokelab are not there: a directory "
        "`scenarios` above the program or the working directory, or share/spokelab/scenarios\n");
  }
  return root;
}

}  // namespace spokelab::harness
