// spokelab diff: two runs that were kept, side by side.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/json.h"
#include "harness/cli/commands.h"
#include "harness/cli/options.h"
#include "harness/cli/runs/run_files.h"
#include "reports/compare/compare.h"

namespace spokelab::harness {

int diff_runs(const CommonOptions& common, const DiffArguments& arguments) {
  std::error_code failed;
  const bool means_app = arguments.a == "app" || arguments.a == "apps";
  if (means_app && !std::filesystem::exists(arguments.a, failed)) {
    fmt::print(stderr,
               "spokelab: diff compares two runs; an Application with what Git wants: spokelab "
               "app-diff {}\n",
               arguments.b);
    return kUsage;
  }
  int code = kPassed;
  const auto a = load_kept_run(arguments.a, code);
  const auto b = load_kept_run(arguments.b, code);
  if (!a || !b) return code;
  const auto comparison = reports::compare(a->run, b->run, arguments.context);
  if (arguments.output == "json") {
    fmt::print("{}\n", reports::to_json(comparison, a->path, b->path).dump(2));
  } else {
    reports::TerminalOptions terminal;
    terminal.colour = colours_wanted(common.colour, STDOUT_FILENO);
    terminal.quiet = common.quiet;
    fmt::print("{}", reports::to_text(comparison, a->path, b->path, terminal));
  }
  return comparison.same() ? kPassed : kFailed;
}

}  // namespace spokelab::harness
