#include "harness/cli/loaded_case.h"

#include <fmt/format.h>

#include <cstdio>
#include <map>

#include "hub/profile.h"

namespace spokelab::harness {

LoadedFile load_file(const std::string& path, bool colour) {
  LoadedFile file;
  LoadOptions options;
  options.check_hub_setting = [](std::string_view name, std::string_view value) -> std::string {
    const std::map<std::string, std::string> one{{std::string(name), std::string(value)}};
    const auto profile = hub::make_profile("spokelab", one);
    return profile ? "" : profile.error().message();
  };
  file.loaded = load_scenario(path, options);
  if (!file.loaded.diagnostics.all().empty()) {
    fmt::print(stderr, "{}", render(file.loaded.diagnostics, *file.loaded.sources, colour));
  }
  if (!file.loaded.ok() || file.loaded.cases.empty()) return file;
  for (const auto& one : file.loaded.cases) {
    const auto resolved = one.resolve(Rng(0));
    auto assets = Assets::read(resolved.scenario);
    if (!assets) {
      fmt::print(stderr, "error: {}\n  --> {}\n", assets.error().message(), path);
      file.assets.clear();
      return file;
    }
    file.assets.push_back(*assets);
  }
  return file;
}

}  // namespace spokelab::harness
