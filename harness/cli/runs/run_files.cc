#include "harness/cli/runs/run_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "harness/cli/options.h"
#include "reports/json.h"

namespace spokelab::harness {

namespace fs = std::filesystem;

std::vector<std::string> kept_runs_below(const std::string& directory) {
  constexpr std::size_t kToldMax = 20;
  std::vector<std::string> found;
  std::error_code failed;
  fs::recursive_directory_iterator at(directory, fs::directory_options::skip_permission_denied,
                                      failed);
  while (!failed && at != fs::recursive_directory_iterator()) {
    if (at.depth() > 0) at.disable_recursion_pending();
    if (at->path().extension() == ".slrun") found.push_back(at->path().string());
    at.increment(failed);
  }
  std::sort(found.begin(), found.end());
  found.resize(std::min(found.size(), kToldMax));
  return found;
}

std::optional<KeptRun> load_kept_run(const std::string& argument, int& code) {
  std::string path = argument;
  std::error_code failed;
  if (!fs::exists(path, failed)) {
    const auto parent = fs::path(argument).parent_path().string();
    fmt::print(stderr, "spokelab: {}: no such run\n", argument);
    const auto near = kept_runs_below(parent.empty() ? "spokelab-out" : parent);
    if (!near.empty()) fmt::print(stderr, "  there are:\n");
    for (const auto& one : near) fmt::print(stderr, "  {}\n", one);
    code = kEnvironment;
    return std::nullopt;
  }
  if (fs::is_directory(path, failed)) {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.path().extension() == ".slrun") found.push_back(entry.path().string());
    }
    std::sort(found.begin(), found.end());
    if (found.size() != 1) {
      fmt::print(stderr, "spokelab: {}: {}\n", argument,
                 found.empty() ? "no run file (*.slrun) in this directory"
                               : "several run files in this directory: name one");
      for (const auto& one : found) fmt::print(stderr, "  {}\n", one);
      code = kEnvironment;
      return std::nullopt;
    }
    path = found.front();
  }
  const auto text = read_whole_file(path);
  if (!text) {
    code = kEnvironment;
    return std::nullopt;
  }
  auto run = reports::load_run(*text);
  if (!run) {
    fmt::print(stderr, "spokelab: {}: {}\n", path, run.error().message());
    code = kBadScenario;
    return std::nullopt;
  }
  return KeptRun{path, std::move(*run)};
}

std::optional<KeptCase> case_of(const reports::Run& run, bool colour) {
  KeptCase out;
  out.file = load_text(run.file, run.source, colour, run.plant);
  if (!out.file.ok()) {
    fmt::print(stderr,
               "spokelab: the scenario of this run cannot be played any more; what it names is "
               "looked for beside {}\n",
               run.file);
    return std::nullopt;
  }
  const auto index = choose_case(out.file, run.file, run.variant);
  if (!index) return std::nullopt;
  out.index = *index;
  out.swarm = run.swarm;
  return out;
}

}  // namespace spokelab::harness
