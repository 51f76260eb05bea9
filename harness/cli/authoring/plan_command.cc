// spokelab plan: what a scenario is going to do, in words.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/json.h"
#include "harness/cli/commands.h"
#include "harness/cli/loaded_case.h"
#include "harness/cli/options.h"
#include "harness/plan/plan.h"

namespace spokelab::harness {

int plan_scenario(const CommonOptions& common, const PlanArguments& arguments) {
  bool found = true;
  scenario_files({arguments.file}, found);
  if (!found) return kBadScenario;
  const auto file = load_file(arguments.file, colours_wanted(common.colour, STDERR_FILENO));
  if (!file.ok()) return kBadScenario;
  // Of a matrix the first is told, and all are listed.
  std::size_t index = 0;
  if (!arguments.variant.empty()) {
    const auto chosen = choose_case(file, arguments.file, arguments.variant);
    if (!chosen) return kUsage;
    index = *chosen;
  }
  const auto& cases = file.loaded.cases;
  const auto one = arguments.swarm ? cases[index].as_swarm() : cases[index];
  const auto plan =
      plan_of(one, arguments.seed.value_or(one.seed().value_or(1)), cases, *file.assets[index]);
  if (arguments.output == "json") {
    fmt::print("{}\n", to_json(plan).dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    fmt::print("{}", to_text(plan));
  }
  return kPassed;
}

}  // namespace spokelab::harness
