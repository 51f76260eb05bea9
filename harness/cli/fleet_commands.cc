// spokelab down, env, inject, heal, status: what is asked of a fleet that is up.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <thread>

#include "base/json.h"
#include "harness/cli/commands.h"
#include "harness/cli/options.h"
#include "harness/fleet/control.h"
#include "harness/fleet/state_directory.h"

namespace spokelab::harness {

namespace {

/// The fleet's answer; prints why there is none.
std::optional<Json> asked(const FleetArguments& fleet, const Json& request) {
  const StateDirectory state(state_path(fleet.state));
  const auto answer = ask_control(state.socket(), request);
  if (!answer) {
    fmt::print(stderr, "spokelab: no fleet is up: spokelab up starts one ({})\n",
               answer.error().message());
    return std::nullopt;
  }
  if (const auto error = text_at(*answer, {"error"}); !error.empty()) {
    fmt::print(stderr, "{}{}", error.starts_with("error") ? "" : "spokelab: ", error);
    if (!error.ends_with("\n")) fmt::print(stderr, "\n");
    return std::nullopt;
  }
  return *answer;
}

}  // namespace

int end_fleet(const CommonOptions& common, const FleetArguments& arguments) {
  const StateDirectory state(state_path(arguments.state));
  const auto answer = ask_control(state.socket(), Json{{"do", "down"}});
  if (!answer) {
    if (!common.quiet) fmt::print("no fleet is up\n");
    return kPassed;
  }
  // Its socket goes when everything else has gone.
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::filesystem::exists(state.socket())) {
    if (std::chrono::steady_clock::now() > patience) {
      fmt::print(stderr, "spokelab: process {} does not end\n", answer->value("pid", 0));
      return kEnvironment;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (!common.quiet) fmt::print("down\n");
  return kPassed;
}

int print_environment(const FleetArguments& arguments) {
  const StateDirectory state(state_path(arguments.state));
  const auto answer = asked(arguments, Json{{"do", "ping"}});
  if (!answer) return kEnvironment;
  fmt::print("export KUBECONFIG='{}'\n", text_at(*answer, {"kubeconfig"}, state.kubeconfig()));
  return kPassed;
}

int inject_fault(const CommonOptions& common, const InjectArguments& arguments) {
  Json parameters = Json::object();
  for (const auto& given : arguments.parameters) {
    const auto equals = given.find('=');
    if (equals == std::string::npos || equals == 0) {
      fmt::print(stderr, "spokelab: \"{}\" is no parameter: write NAME=VALUE, as in share=30%\n",
                 given);
      return kUsage;
    }
    parameters[given.substr(0, equals)] = given.substr(equals + 1);
  }
  Json request{{"do", "inject"},
               {"what", arguments.what},
               {"on", arguments.on},
               {"parameters", std::move(parameters)}};
  if (!arguments.lasts.empty()) request["for"] = arguments.lasts;
  const auto answer = asked(arguments.fleet, request);
  if (!answer) return kEnvironment;
  if (!common.quiet) fmt::print("{}\n", text_at(*answer, {"name"}));
  return kPassed;
}

int heal_faults(const CommonOptions& common, const HealArguments& arguments) {
  if (arguments.name.empty() != arguments.all) {
    fmt::print(stderr, "spokelab: which? Name a fault (spokelab status lists them), or --all\n");
    return kUsage;
  }
  const auto answer = asked(arguments.fleet, Json{{"do", "heal"}, {"name", arguments.name}});
  if (!answer) return kEnvironment;
  if (common.quiet) return kPassed;
  for (const auto& name : (*answer)["healed"]) fmt::print("{} healed\n", name.get<std::string>());
  if ((*answer)["healed"].empty()) fmt::print("nothing to heal\n");
  return kPassed;
}

int print_status(const FleetArguments& arguments, const std::string& output) {
  const auto status = asked(arguments, Json{{"do", "status"}});
  if (!status) return kEnvironment;
  if (output == "json") {
    fmt::print("{}\n", status->dump(2));
    return kPassed;
  }
  fmt::print("process {}, time {}, speed {}\n\n", status->value("pid", 0),
             text_at(*status, {"time"}), status->value("speed", 1.0));
  fmt::print("  {:<12} {:<24} {:<5} {:>8} {:>8} {:>9} {:>9}\n", "CLUSTER", "SERVER", "UP",
             "CLIENTS", "WATCHES", "REQUESTS", "OBJECTS");
  bool cut_off = false;
  for (const auto& one : (*status)["clusters"]) {
    const bool up = one.value("up", false);
    const bool cut = up && text_at(one, {"port"}) == "closed";
    cut_off = cut_off || cut;
    fmt::print("  {:<12} {:<24} {:<5} {:>8} {:>8} {:>9} {:>9}\n", text_at(one, {"name"}),
               text_at(one, {"server"}),
               cut  ? "cut"
               : up ? "yes"
                    : "no",
               one.value("connections", 0), one.value("watches", 0), one.value("requests", 0),
               one.value("objects", 0));
  }
  for (const auto& page : status->value("metrics", Json::array()))
    fmt::print("  {:<12} {}\n", text_at(page, {"replica"}), text_at(page, {"url"}));
  const Json& faults = (*status)["faults"];
  fmt::print("\n{}\n", faults.empty() ? "no fault is in force" : "faults in force:");
  for (const auto& one : faults) {
    const auto hits = one.value("hits", 0);
    fmt::print("  {:<12} {} {}, {} left, {} {}\n", text_at(one, {"name"}), text_at(one, {"what"}),
               text_at(one, {"scope"}), text_at(one, {"left"}), hits, hits == 1 ? "hit" : "hits");
  }
  if (cut_off)
    fmt::print(
        "\nThe port of a cluster that is cut is closed: the system refuses connections there, "
        "and tells\nnobody how many. That the port was closed counts as one hit.\n");
  return kPassed;
}

}  // namespace spokelab::harness
