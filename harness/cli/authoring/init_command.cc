// spokelab init: a scenario to begin with, and all the files it names.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <vector>

#include "harness/cli/authoring/shipped.h"
#include "harness/cli/commands.h"
#include "harness/cli/loaded_case.h"
#include "harness/cli/options.h"
#include "harness/scenario/reading/validate.h"
#include "harness/scenario/text/fixes.h"
#include "harness/scenario/text/write.h"
#include "harness/scenario/tree/walk.h"
#include "harness/shrink/fixed.h"

namespace spokelab::harness {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSchema = "scenario.schema.json";

/// Copies one scenario: works out where everything goes, then writes it.
class Copying {
 public:
  Copying(const InitArguments& arguments, std::string root, ShippedScenario from)
      : arguments_(arguments), root_(fs::path(root).lexically_normal()), from_(std::move(from)) {}

  int run(bool quiet) {
    const fs::path target(arguments_.target);
    const bool is_file = target.extension() == ".yaml" || target.extension() == ".yml";
    directory_ = is_file ? target.parent_path() : target;
    scenario_ = is_file ? target : directory_ / fs::path(from_.path).filename();
    if (is_file) name_ = target.stem().string();
    const auto loaded = load_scenario(from_.path, load_options());
    if (!loaded.ok()) {
      fmt::print(stderr, "{}", render(loaded.diagnostics, *loaded.sources));
      return kBadScenario;
    }
    for (std::uint32_t file = 0; file < loaded.sources->size(); ++file)
      take_text(*loaded.sources, file);
    texts_[(directory_ / kSchema).string()] =
        read_whole_file((root_ / kSchema).string()).value_or("");
    if (const int code = refuse_overwriting(); code != kPassed) return code;
    for (const auto& [path, text] : texts_) {
      if (!write_file(path, text)) return kEnvironment;
    }
    const auto again = load_scenario(scenario_.string(), load_options());
    if (!again.ok()) {
      fmt::print(stderr, "{}", render(again.diagnostics, *again.sources));
      return kInternal;
    }
    if (quiet) return kPassed;
    fmt::print("{} and {} more files, from {}\n\n", scenario_.string(), texts_.size() - 1,
               from_.name);
    fmt::print("  spokelab plan {0}       what is going to happen\n  spokelab run {0}\n",
               scenario_.string());
    return kPassed;
  }

 private:
  /// Where a file or directory of ours goes: what lies beside the scenario keeps its place beside
  /// it, all else its place below our root.
  fs::path place_of(const fs::path& ours) const {
    const auto path = ours.lexically_normal();
    if (path == fs::path(from_.path).lexically_normal()) return scenario_;
    auto below = path.lexically_relative(fs::path(from_.path).parent_path().lexically_normal());
    if (below.empty() || *below.begin() == "..") below = path.lexically_relative(root_);
    return directory_ / below;
  }

  /// A scenario or module: its text with paths as they have to be at its new place, and everything
  /// that it names.
  void take_text(const Sources& sources, std::uint32_t file) {
    const auto place = place_of(sources.path(file));
    Diagnostics ignored;
    auto tree = parse_yaml_tree(sources, file, ignored);
    if (!tree) return;
    std::vector<TextEdit> edits;
    const auto edit = [&](Position at, std::string text) {
      const auto begin = offset_of(sources, at);
      edits.push_back({begin, end_of_value(sources, at), std::move(text)});
    };
    walk_values(*tree, [&](YamlNode& node, const SchemaNode& schema, const std::string& path) {
      if (file == 0 && path == "scenario" && !name_.empty()) return edit(node.at, name_);
      if (schema.type() != Type::path || node.text.starts_with('$')) return;
      const fs::path ours = resolve_path(sources, file, node.text);
      take_files(ours);
      const auto between = path_between(place.parent_path().string(), place_of(ours).string());
      if (between != node.text) edit(node.at, between);
    });
    auto text = apply_edits(sources.text(file), std::move(edits));
    const std::string_view mark = "# yaml-language-server: $schema=";
    if (text.starts_with(mark)) {
      const auto schema =
          path_between(place.parent_path().string(), (directory_ / kSchema).string());
      text = fmt::format("{}{}{}{}", mark, schema.starts_with("..") ? "" : "./", schema,
                         text.substr(text.find('\n')));
    }
    texts_[place.string()] = std::move(text);
  }

  void take_files(const fs::path& ours) {
    std::error_code failed;
    if (fs::is_directory(ours, failed)) {
      for (const auto& entry : fs::directory_iterator(ours, failed)) take_files(entry.path());
    } else if (fs::is_regular_file(ours, failed)) {
      // Modules are taken as texts.
      const auto place = place_of(ours).string();
      if (!texts_.contains(place)) texts_[place] = read_whole_file(ours.string()).value_or("");
    }
  }

  int refuse_overwriting() const {
    if (arguments_.force) return kPassed;
    bool any = false;
    for (const auto& [path, text] : texts_) {
      std::error_code failed;
      if (!fs::exists(path, failed)) continue;
      const auto there = read_whole_file(path);
      if (there && *there == text) continue;
      fmt::print(stderr, "spokelab: {} is there already\n", path);
      any = true;
    }
    if (any) fmt::print(stderr, "spokelab: nothing was written; --force overwrites\n");
    return any ? kEnvironment : kPassed;
  }

  const InitArguments& arguments_;
  fs::path root_;
  ShippedScenario from_;
  fs::path directory_;
  fs::path scenario_;
  std::string name_;  // the scenario's new name; empty: the old one
  std::map<std::string, std::string> texts_;
};

}  // namespace

int init_scenario(const CommonOptions& common, const InitArguments& arguments) {
  const auto root = wanted_root();
  if (!root) return kEnvironment;
  const auto from = find_shipped(shipped_scenarios(*root), arguments.from);
  if (!from) return kUsage;
  return Copying(arguments, *root, *from).run(common.quiet);
}

}  // namespace spokelab::harness
