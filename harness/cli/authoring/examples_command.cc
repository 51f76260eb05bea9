// spokelab examples: the scenarios that come with the program.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "harness/cli/authoring/shipped.h"
#include "harness/cli/commands.h"
#include "harness/cli/options.h"
#include "reports/json.h"
#include "reports/text.h"

namespace spokelab::harness {

namespace {

constexpr std::size_t kWidth = 100;

/// One folder's scenarios. Where names are long, what they are about stands below them.
void print_folder(const std::vector<const ShippedScenario*>& all) {
  constexpr std::size_t kColumn = 24;
  std::size_t width = 0;
  for (const auto* one : all) width = std::max(width, one->name.size());
  const bool beside = width <= kColumn;
  const std::size_t indent = beside ? width + 4 : 6;
  for (const auto* one : all) {
    const auto rows = reports::wrap(reports::clean(one->because), kWidth - indent);
    if (!beside) fmt::print("  {}\n", one->name);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const bool named = beside && i == 0;
      fmt::print("{:<{}}{}\n", named ? "  " + one->name : "", indent, rows[i]);
    }
  }
}

void print_list(const std::vector<ShippedScenario>& all) {
  std::map<std::string, std::vector<const ShippedScenario*>> folders;
  for (const auto& one : all) folders[one.folder].push_back(&one);
  for (const auto& [folder, scenarios] : folders) {
    if (!folder.empty()) fmt::print("\n{}/\n", folder);
    print_folder(scenarios);
  }
}

void print_json(const std::vector<ShippedScenario>& all) {
  Json items = Json::array();
  for (const auto& one : all)
    items.push_back({{"name", one.name}, {"because", one.because}, {"file", one.path}});
  Json out{{"apiVersion", reports::kApiVersion}, {"kind", "ScenarioList"}};
  out["items"] = std::move(items);
  fmt::print("{}\n", out.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

int show_examples(const CommonOptions& common, const ExamplesArguments& arguments) {
  const auto root = wanted_root();
  if (!root) return kEnvironment;
  const auto all = shipped_scenarios(*root);
  if (arguments.name.empty()) {
    if (arguments.output == "json") {
      print_json(all);
    } else {
      print_list(all);
      if (!common.quiet) fmt::print(stderr, "\nspokelab init --from NAME DIR copies one\n");
    }
    return kPassed;
  }
  const auto one = find_shipped(all, arguments.name);
  if (!one) return kUsage;
  const auto text = read_whole_file(one->path);
  if (!text) return kEnvironment;
  fmt::print("{}", *text);
  return kPassed;
}

}  // namespace spokelab::harness
