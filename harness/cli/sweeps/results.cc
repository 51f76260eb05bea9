#include "harness/cli/sweeps/results.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <set>

#include "harness/cli/options.h"

namespace spokelab::harness {

int code_of(const reports::Sweep& sweep) {
  int code = kPassed;
  if (sweep.inconclusive > 0 || sweep.runs() == 0) code = graver(code, kInconclusive);
  if (sweep.failed > 0) code = graver(code, kFailed);
  if (sweep.crashed > 0) code = graver(code, kInternal);
  return code;
}

void print_sweeps(const CommonOptions& common, std::span<const reports::Sweep> sweeps,
                  const std::string& output) {
  if (output == "json") {
    fmt::print("{}", reports::to_json(sweeps));
    return;
  }
  reports::TerminalOptions terminal;
  terminal.colour = colours_wanted(common.colour, STDOUT_FILENO);
  terminal.quiet = common.quiet;
  for (const auto& sweep : sweeps) fmt::print("{}", reports::to_text(sweep, terminal));
}

bool write_sweeps(const std::string& directory, std::span<const reports::Sweep> sweeps,
                  const std::string& suffix) {
  std::set<std::string> scenarios;
  for (const auto& sweep : sweeps) scenarios.insert(sweep.scenario);
  for (const auto& sweep : sweeps) {
    std::string name = "sweep";
    if (scenarios.size() > 1) name += "." + sweep.scenario;
    if (sweeps.size() > scenarios.size() && !sweep.variant.empty()) name += "." + sweep.variant;
    name += suffix;
    for (auto& c : name) {
      if (c == '/' || c == ' ') c = '_';
    }
    const auto base = (std::filesystem::path(directory) / name).string();
    if (!write_file(base + ".json", reports::to_json(sweep))) return false;
    if (!write_file(base + ".html", reports::to_html(sweep))) return false;
  }
  return true;
}

}  // namespace spokelab::harness
