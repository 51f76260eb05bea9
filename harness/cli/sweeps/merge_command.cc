// spokelab merge: shards of a sweep, and runs that were kept, become one result.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "harness/cli/commands.h"
#include "harness/cli/options.h"
#include "harness/cli/sweeps/results.h"
#include "reports/json.h"
#include "reports/sweeps/sweep.h"

namespace spokelab::harness {

namespace {

namespace fs = std::filesystem;

/// Results and run files as given; of a directory all that lie in it, sorted.
std::vector<std::string> files_of(const std::vector<std::string>& arguments, bool& ok) {
  std::vector<std::string> out;
  for (const auto& argument : arguments) {
    std::error_code failed;
    if (!fs::is_directory(argument, failed)) {
      out.push_back(argument);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(argument)) {
      const auto name = entry.path().filename().string();
      const bool result = name.starts_with("sweep") && name.ends_with(".json");
      if (result || name.ends_with(".slrun")) found.push_back(entry.path().string());
    }
    std::sort(found.begin(), found.end());
    if (found.empty()) {
      fmt::print(stderr, "spokelab: {}: neither sweep*.json nor *.slrun in this directory\n",
                 argument);
      ok = false;
    }
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

/// The sweeps that a file holds; a run is a sweep of one seed. nullopt after a word to stderr.
std::optional<std::vector<reports::Sweep>> read_sweeps(const std::string& path, int& code) {
  const auto text = read_whole_file(path);
  if (!text) {
    code = graver(code, kEnvironment);
    return std::nullopt;
  }
  if (path.ends_with(".slrun")) {
    const auto run = reports::load_run(*text);
    if (run) {
      reports::Sweep one;
      one.add(*run);
      one.sort();
      return std::vector<reports::Sweep>{std::move(one)};
    }
    fmt::print(stderr, "spokelab: {}: {}\n", path, run.error().message());
  } else {
    auto sweeps = reports::load_sweeps(*text);
    if (sweeps) return std::move(*sweeps);
    fmt::print(stderr, "spokelab: {}: {}\n", path, sweeps.error().message());
  }
  code = graver(code, kBadScenario);
  return std::nullopt;
}

/// What has been joined under one scenario and variant, and from where.
struct Group {
  reports::Sweep sweep;
  std::vector<std::pair<std::string, reports::SeedSet>> parts;
};

}  // namespace

int merge_sweeps(const CommonOptions& common, const MergeArguments& arguments) {
  int code = kPassed;
  bool ok = true;
  const auto files = files_of(arguments.files, ok);
  if (!ok) code = kEnvironment;
  std::map<std::pair<std::string, std::string>, Group> groups;
  for (const auto& path : files) {
    auto sweeps = read_sweeps(path, code);
    if (!sweeps) continue;
    for (auto& sweep : *sweeps) {
      auto& group = groups[{sweep.scenario, sweep.variant}];
      if (group.parts.empty()) {
        group.parts.emplace_back(path, sweep.played);
        group.sweep = std::move(sweep);
        continue;
      }
      if (const auto conflict = group.sweep.conflict(sweep); !conflict.empty()) {
        // The file that it collides with, where seeds are at fault; else the first.
        auto other = std::find_if(group.parts.begin(), group.parts.end(), [&](const auto& part) {
          return !part.second.both(sweep.played).empty();
        });
        if (other == group.parts.end()) other = group.parts.begin();
        fmt::print(stderr, "spokelab: {} and {} cannot be joined: {}\n", other->first, path,
                   conflict);
        code = graver(code, kBadScenario);
        continue;
      }
      group.parts.emplace_back(path, sweep.played);
      group.sweep.merge(std::move(sweep));
    }
  }
  if (code != kPassed) return code;
  std::vector<reports::Sweep> merged;
  for (auto& [key, group] : groups) {
    group.sweep.sort();
    // Seeds that one shard left were perhaps played by another.
    if (group.sweep.not_played().empty()) group.sweep.cut_short.clear();
    code = graver(code, code_of(group.sweep));
    merged.push_back(std::move(group.sweep));
  }
  print_sweeps(common, merged, arguments.output);
  if (!arguments.out.empty() && !write_sweeps(arguments.out, merged, ""))
    code = graver(code, kEnvironment);
  return code;
}

}  // namespace spokelab::harness
