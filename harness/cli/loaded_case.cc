#include "harness/cli/loaded_case.h"

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <sstream>

#include "hub/plant.h"
#include "hub/profile.h"

namespace spokelab::harness {

LoadOptions load_options() {
  LoadOptions options;
  options.check_hub_setting = [](std::string_view name, std::string_view value) -> std::string {
    const std::map<std::string, std::string> one{{std::string(name), std::string(value)}};
    const auto profile = hub::make_profile("argocd-3.5", one);
    return profile ? "" : profile.error().message();
  };
  return options;
}

LoadOptions load_options(const std::string& plant) {
  auto options = load_options();
  if (!plant.empty()) options.hub_settings["spokelab.plant"] = plant;
  return options;
}

bool known_plant(const std::string& plant) {
  const auto plants = hub::Plants::parse(plant);
  if (!plants) fmt::print(stderr, "spokelab: --plant: {}\n", plants.error().message());
  return plants.has_value();
}

namespace {

/// Reads the assets where nothing is wrong so far; one line in `beside` for each mistake in the
/// files that the scenario names.
LoadedFile with_assets(Loaded loaded, std::vector<std::string>& beside) {
  LoadedFile file;
  file.loaded = std::move(loaded);
  if (!file.loaded.ok() || file.loaded.cases.empty()) return file;
  for (const auto& one : file.loaded.cases) {
    const auto resolved = one.resolve(Rng(0));
    auto assets = Assets::read(resolved.scenario);
    if (!assets) {
      std::istringstream problems(assets.error().message());
      for (std::string line; std::getline(problems, line);) beside.push_back(line);
      file.assets.clear();
      return file;
    }
    file.assets.push_back(*assets);
  }
  return file;
}

/// The same, and prints what is wrong.
LoadedFile complete(const std::string& path, Loaded loaded, bool colour, bool warnings) {
  std::vector<std::string> beside;
  auto file = with_assets(std::move(loaded), beside);
  const auto& found = file.loaded.diagnostics;
  if (found.has_errors() || (warnings && !found.all().empty())) {
    fmt::print(stderr, "{}", render(file.loaded.diagnostics, *file.loaded.sources, colour));
  }
  for (const auto& line : beside) fmt::print(stderr, "error: {}\n", line);
  if (!beside.empty()) fmt::print(stderr, "  --> asked for by {}\n", path);
  return file;
}

}  // namespace

std::optional<std::size_t> choose_case(const LoadedFile& file, const std::string& path,
                                       const std::string& variant) {
  const auto& cases = file.loaded.cases;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].variant() == variant) return i;
  }
  if (variant.empty() && cases.size() == 1) return 0;
  if (variant.empty()) {
    fmt::print(stderr, "spokelab: {}: which of its variants? --variant takes one of\n", path);
  } else {
    fmt::print(stderr, "spokelab: {}: no variant '{}'; there are\n", path, variant);
  }
  for (const auto& one : cases) fmt::print(stderr, "  '{}'\n", one.variant());
  return std::nullopt;
}

LoadedFile load_file(const std::string& path, bool colour, bool warnings,
                     const std::string& plant) {
  return complete(path, load_scenario(path, load_options(plant)), colour, warnings);
}

LoadedFile load_file_quietly(const std::string& path, std::vector<std::string>& beside) {
  return with_assets(load_scenario(path, load_options()), beside);
}

LoadedFile load_text(const std::string& name, std::string text, bool colour,
                     const std::string& plant) {
  return complete(name, load_scenario_text(name, std::move(text), load_options(plant)), colour,
                  false);
}

}  // namespace spokelab::harness
