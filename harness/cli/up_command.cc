// spokelab up: serves a fleet until it is told to go down.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "base/json.h"
#include "base/yaml.h"
#include "harness/cli/commands.h"
#include "harness/cli/loaded_case.h"
#include "harness/cli/options.h"
#include "harness/fleet/control.h"
#include "harness/fleet/fleet.h"
#include "harness/fleet/state_directory.h"
#include "harness/look/look.h"

namespace spokelab::harness {

namespace {

using Stopwatch = std::chrono::steady_clock;

/// The story of a fleet that nothing happens to.
std::string plain_scenario(const std::vector<std::string>& clusters) {
  std::string text =
      "scenario: up\nbecause: a fleet to try things on\nlasts: 1000h\nworld:\n  hub: {region: "
      "local, replicas: 1}\n"
      "  clusters:\n";
  for (const auto& name : clusters)
    text += fmt::format("    {}: {{region: local}}\n", Json(name).dump());
  return text;
}

WallTime real_calendar() {
  return WallTime(
      std::chrono::duration_cast<Nanos>(std::chrono::system_clock::now().time_since_epoch()));
}

Json words(const Error& error) { return Json{{"error", error.message()}}; }

/// Does what another process of the user asks for.
Json obey(Fleet& fleet, const std::string& config, const Json& request) {
  const auto what = text_at(request, {"do"});
  if (what == "ping") return Json{{"pid", ::getpid()}, {"kubeconfig", config}};
  if (what == "status") {
    Json status = fleet.status();
    status["pid"] = ::getpid();
    return status;
  }
  if (what == "look") {
    fleet.pace().catch_up();
    return look(fleet.lab(), read_look_request(request));
  }
  if (what == "inject") {
    FaultOrder order;
    order.what = text_at(request, {"what"});
    order.on = text_at(request, {"on"});
    order.lasts = text_at(request, {"for"}, order.lasts);
    if (const Json* given = find(request, {"parameters"}); given != nullptr) {
      for (const auto& [key, value] : given->items())
        order.parameters.emplace_back(key, value.is_string() ? value.get<std::string>() : "");
    }
    const auto name = fleet.inject(order);
    return name ? Json{{"name", *name}} : words(name.error());
  }
  if (what == "heal") {
    const auto healed = fleet.heal(text_at(request, {"name"}));
    return healed ? Json{{"healed", *healed}} : words(healed.error());
  }
  if (what == "down") {
    fleet.pace().stop();
    return Json{{"pid", ::getpid()}};
  }
  return Json{{"error", fmt::format("unknown request \"{}\"", what)}};
}

class UpCommand {
 public:
  UpCommand(const CommonOptions& common, const UpArguments& arguments)
      : common_(common), arguments_(arguments), state_(state_path(arguments.state)) {}

  int run() {
    started_ = Stopwatch::now();
    if (const auto made = state_.make(); !made) return fail(made.error());
    if (const auto there = ask_control(state_.socket(), Json{{"do", "ping"}})) {
      fmt::print(stderr,
                 "spokelab: a fleet is up already (process {}): spokelab down ends it; another "
                 "--state directory holds another one\n",
                 there->value("pid", 0));
      return kEnvironment;
    }
    if (!load()) return kBadScenario;
    return arguments_.detach ? detach() : serve(STDOUT_FILENO);
  }

 private:
  static int fail(const Error& error) {
    fmt::print(stderr, "spokelab: {}\n", error.message());
    return kEnvironment;
  }

  bool load() {
    const bool colour = colours_wanted(common_.colour, STDERR_FILENO);
    const auto file = arguments_.file.empty()
                          ? load_text("up", plain_scenario(arguments_.clusters), colour)
                          : load_file(arguments_.file, colour, false);
    if (!file.ok()) return false;
    if (file.loaded.cases.size() > 1) {
      fmt::print(stderr, "spokelab: {} has {} variants, and a fleet can be but one of them\n",
                 arguments_.file, file.loaded.cases.size());
      return false;
    }
    const auto& one = file.loaded.cases.front();
    seed_ = one.seed().value_or(1);
    scenario_ = one.resolve(seed_stream(seed_)).scenario;
    assets_ = file.assets.front();
    return true;
  }

  /// The parent tells what the child has to say until it serves.
  int detach() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail(Error(Errc::refused, "no pipe to be had"));
    std::fflush(nullptr);
    const auto child = ::fork();
    if (child < 0) return fail(Error(Errc::refused, "no process to be had"));
    if (child == 0) {
      ::close(ends[0]);
      ::setsid();
      const int log = ::open(state_.log().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
      const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      ::dup2(nothing, STDIN_FILENO);
      ::dup2(log >= 0 ? log : nothing, STDOUT_FILENO);
      ::dup2(ends[1], STDERR_FILENO);  // what goes wrong before it serves, its user must see
      const int code = serve(ends[1]);
      std::fflush(nullptr);
      ::_exit(code);
    }
    ::close(ends[1]);
    char buffer[4096];
    for (ssize_t size = 0; (size = ::read(ends[0], buffer, sizeof buffer)) > 0;)
      std::fwrite(buffer, 1, static_cast<std::size_t>(size), stdout);
    ::close(ends[0]);
    if (ask_control(state_.socket(), Json{{"do", "ping"}})) return kPassed;
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : kInternal;
  }

  int serve(int tell) {
    FleetOptions options;
    options.speed = arguments_.speed;
    options.port_base = arguments_.port_base;
    options.tls = !arguments_.insecure_http;
    options.hub = arguments_.hub;
    options.seed = seed_;
    options.epoch = real_calendar();
    auto fleet = Fleet::start(scenario_, *assets_, options);
    if (!fleet) return fail(fleet.error());
    auto& pace = (*fleet)->pace();
    const auto config = arguments_.kubeconfig.empty() ? state_.kubeconfig() : arguments_.kubeconfig;
    if (const auto done = write_private_file(config, to_yaml((*fleet)->kubeconfig())); !done)
      return fail(done.error());
    const auto absolute = std::filesystem::absolute(config).lexically_normal().string();
    ControlServer control(pace.io(),
                          [&](const Json& request) { return obey(**fleet, absolute, request); });
    if (const auto open = control.open(state_.socket()); !open) return fail(open.error());
    ::signal(SIGPIPE, SIG_IGN);
    boost::asio::signal_set signals(pace.io(), SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code stopped, int) {
      if (!stopped) pace.stop();
    });
    if (!common_.quiet) greet(**fleet, config, tell);
    if (arguments_.detach) {
      ::dup2(STDOUT_FILENO, STDERR_FILENO);
      ::close(tell);  // the parent goes
    }
    pace.run();
    signals.cancel();
    (*fleet)->stop();
    ::unlink(config.c_str());
    control.close();  // last: `down` waits for it
    return kPassed;
  }

  void greet(const Fleet& fleet, const std::string& config, int tell) const {
    const auto ready =
        std::chrono::duration_cast<std::chrono::milliseconds>(Stopwatch::now() - started_);
    const auto members = fleet.members();
    std::size_t width = 7;
    for (const auto& member : members) width = std::max(width, member.name.size());
    for (const auto& page : fleet.metrics()) width = std::max(width, page.name.size());
    std::string text = fmt::format("{} API server{} ready in {} ms\n\n", members.size(),
                                   members.size() == 1 ? "" : "s", ready.count());
    text += fmt::format("  {:<{}}  SERVER\n", "CONTEXT", width);
    for (const auto& member : members)
      text += fmt::format("  {:<{}}  {}\n", member.name, width, member.server);
    for (const auto& page : fleet.metrics())
      text += fmt::format("  {:<{}}  {}\n", page.name, width, page.server);
    const bool own = !arguments_.state.empty();
    const std::string state = own ? fmt::format(" --state {}", state_.path()) : "";
    text += fmt::format("\n  export KUBECONFIG={}\n", config);
    text += fmt::format("  kubectl --context {} get nodes\n", members.back().name);
    text += fmt::format("  spokelab inject refused {} --for 2m{}   then watch a client suffer\n",
                        members.back().name, state);
    text += fmt::format("  {}\n", arguments_.detach ? "spokelab down" + state : "Ctrl-C ends it");
    std::size_t done = 0;
    while (done < text.size()) {
      const auto size = ::write(tell, text.data() + done, text.size() - done);
      if (size <= 0) return;
      done += static_cast<std::size_t>(size);
    }
  }

  const CommonOptions& common_;
  const UpArguments& arguments_;
  StateDirectory state_;
  Stopwatch::time_point started_;
  Scenario scenario_;
  std::uint64_t seed_ = 1;
  std::shared_ptr<const Assets> assets_;
};

}  // namespace

std::string state_path(const std::string& chosen) {
  if (!chosen.empty()) return std::filesystem::absolute(chosen).lexically_normal().string();
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/')
    return std::string(state) + "/spokelab";
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0')
    return std::filesystem::absolute("spokelab-out/up").string();
  return std::string(home) + "/.local/state/spokelab";
}

int serve_fleet(const CommonOptions& common, const UpArguments& arguments) {
  UpCommand command(common, arguments);
  return command.run();
}

}  // namespace spokelab::harness
