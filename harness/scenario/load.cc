// The way from a file to checked cases.
#include "harness/scenario/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/scenario/reading/build.h"
#include "harness/scenario/reading/draw.h"
#include "harness/scenario/reading/meaning.h"
#include "harness/scenario/reading/modules.h"
#include "harness/scenario/reading/validate.h"
#include "harness/scenario/tree/swarm.h"

namespace spokelab::harness {

namespace {

class DiskFiles final : public Files {
 public:
  Result<std::string> read(const std::string& path) const override {
    constexpr std::uintmax_t kBytesMax = 16 << 20;
    std::error_code problem;
    if (!std::filesystem::is_regular_file(path, problem)) {
      return Error(Errc::not_found, fmt::format("{} is no file", path));
    }
    if (std::filesystem::file_size(path, problem) > kBytesMax || problem) {
      return Error(Errc::limit, fmt::format("{} is larger than 16 MiB", path));
    }
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) return Error(Errc::not_found, fmt::format("{} cannot be read", path));
    return std::move(text).str();
  }
  bool is_file(const std::string& path) const override {
    std::error_code problem;
    return std::filesystem::is_regular_file(path, problem);
  }
  bool is_directory(const std::string& path) const override {
    std::error_code problem;
    return std::filesystem::is_directory(path, problem);
  }
};

/// Whether the file's first level makes it a scenario at all; says so when not.
bool is_scenario(const YamlNode& tree, Diagnostics& diagnostics) {
  if (!tree.is_mapping()) {
    diagnostics.error("SL2003", tree.at, "a scenario is a map", "begin with `scenario: NAME`");
    return false;
  }
  if (const auto* module = tree.find("module");
      module != nullptr && tree.find("scenario") == nullptr) {
    diagnostics.error("SL2015", module->key_at, "this is a module, not a scenario",
                      "take it into a scenario: `use: {file: ...}`");
    return false;
  }
  return true;
}

/// Keys that only a module has.
void refuse_module_keys(const YamlNode& tree, Diagnostics& diagnostics) {
  for (const auto& entry : tree.entries) {
    if (entry.key == "module" || entry.key == "parameters") {
      diagnostics.error(
          "SL2015", entry.key_at, fmt::format("`{}` belongs in a module", entry.key),
          entry.key == "parameters" ? "a scenario varies with `matrix`" : "remove it");
    }
  }
}

/// Writes settings of the hub into a tree, over those that are there. What they are put into must
/// be maps; the validator says so where it is not.
void set_hub_settings(YamlNode& tree, const std::map<std::string, std::string>& settings) {
  if (settings.empty()) return;
  auto* world = tree.find("world");
  auto* hub = world == nullptr ? nullptr : world->value.find("hub");
  if (hub == nullptr || !hub->value.is_mapping()) return;
  auto* all = hub->value.find("settings");
  if (all == nullptr) {
    YamlEntry entry;
    entry.key = "settings";
    entry.key_at = entry.value.at = hub->key_at;
    entry.value.kind = YamlNode::Kind::mapping;
    hub->value.entries.push_back(std::move(entry));
    all = &hub->value.entries.back();
  }
  if (!all->value.is_mapping()) return;
  for (const auto& [name, value] : settings) {
    auto* known = all->value.find(name);
    if (known == nullptr) {
      YamlEntry entry;
      entry.key = name;
      entry.key_at = all->key_at;
      all->value.entries.push_back(std::move(entry));
      known = &all->value.entries.back();
    }
    YamlNode text;
    text.kind = YamlNode::Kind::scalar;
    text.text = value;
    text.at = known->key_at;
    known->value = std::move(text);
  }
}

/// Checks the meaning of samples in which every choice of every draw, and both ends of every range,
/// occur.
void check_samples(const YamlNode& tree, const Sources& sources, Diagnostics& diagnostics) {
  const auto samples = std::max<std::size_t>(widest_draw(tree), 1);
  for (std::size_t i = 0; i < samples; ++i) {
    std::vector<Drawn> drawn;
    const auto pick = [i](const std::string&, bool range, std::int64_t most) {
      if (range) return i % 2 == 0 ? std::int64_t{0} : most;
      return std::min(static_cast<std::int64_t>(i), most);
    };
    check_meaning(build_scenario(decide_draws(tree, pick, drawn), sources), diagnostics);
  }
}

}  // namespace

const Files& disk_files() {
  static const DiskFiles files;
  return files;
}

Rng seed_stream(std::uint64_t seed) { return Rng(seed).stream("scenario"); }

ScenarioCase::ScenarioCase(std::string name, std::string variant, std::string verdict,
                           std::optional<std::uint64_t> seed, YamlNode tree,
                           std::shared_ptr<const Sources> sources)
    : name_(std::move(name)),
      variant_(std::move(variant)),
      verdict_(std::move(verdict)),
      seed_(seed),
      tree_(std::move(tree)),
      sources_(std::move(sources)) {}

std::string ScenarioCase::title() const {
  return variant_.empty() ? name_ : fmt::format("{} [{}]", name_, variant_);
}

ScenarioCase ScenarioCase::as_swarm() const {
  auto out = *this;
  out.swarm_ = true;
  return out;
}

YamlNode ScenarioCase::decided(const Rng& rng, std::vector<Drawn>& drawn) const {
  const auto draws = rng.stream("scenario.draws");
  const auto pick = [&](const std::string& path, bool, std::int64_t most) {
    auto stream = draws.stream(path);
    return stream.between(std::int64_t{0}, most);
  };
  return decide_draws(swarm_ ? draw_swarm(tree_, rng, drawn) : tree_, pick, drawn);
}

Resolved ScenarioCase::resolve(const Rng& rng) const {
  Resolved out;
  const auto tree = decided(rng, out.drawn);
  out.scenario = build_scenario(tree, *sources_);
  out.scenario.variant = variant_;
  out.scenario.verdict = verdict_;
  return out;
}

Loaded load_scenario_text(const std::string& path, std::string text, const LoadOptions& options) {
  const Files& files = options.files == nullptr ? disk_files() : *options.files;
  Loaded out;
  const auto sources = std::make_shared<Sources>();
  out.sources = sources;
  const auto file = sources->add(path, std::move(text));
  const auto tree = parse_yaml_tree(*sources, file, out.diagnostics);
  if (!tree || !is_scenario(*tree, out.diagnostics)) return out;
  refuse_module_keys(*tree, out.diagnostics);
  auto assemblies = assemble(*tree, *sources, options, files, out.diagnostics);
  for (auto& assembly : assemblies) {
    set_hub_settings(assembly.tree, options.hub_settings);
    const auto names = known_names(assembly.tree);
    Diagnostics found;
    const ValidationContext own{*sources, files, names, options, found};
    validate(assembly.tree, schema_root(), "", own);
    for (const auto& one : found.all()) out.diagnostics.add(one);
    if (found.has_errors() || out.diagnostics.has_errors()) continue;
    check_samples(assembly.tree, *sources, out.diagnostics);
    if (out.diagnostics.has_errors()) continue;
    const auto* seed = assembly.tree.value("seed");
    std::optional<std::uint64_t> fixed;
    if (seed != nullptr) fixed = parse_whole(seed->text).value();
    out.cases.emplace_back(assembly.tree.value("scenario")->text, assembly.variant,
                           assembly.verdict, fixed, assembly.tree, sources);
  }
  if (out.diagnostics.has_errors()) out.cases.clear();
  out.diagnostics.sort();
  return out;
}

Loaded load_scenario(const std::string& path, const LoadOptions& options) {
  const Files& files = options.files == nullptr ? disk_files() : *options.files;
  auto text = files.read(path);
  if (text) return load_scenario_text(path, std::move(*text), options);
  Loaded out;
  const auto sources = std::make_shared<Sources>();
  sources->add(path, "");
  out.sources = sources;
  out.diagnostics.error("SL1007", Position{}, text.error().message());
  return out;
}

}  // namespace spokelab::harness
