// spokelab render: a chart as `helm template` prints it, or what a scenario's hub would deploy.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/json.h"
#include "base/yaml.h"
#include "harness/cli/commands.h"
#include "harness/cli/loaded_case.h"
#include "harness/cli/options.h"
#include "harness/repo/chart_files.h"
#include "harness/run/rendering.h"
#include "hub/helm/kube_version.h"
#include "hub/helm/manifests.h"
#include "hub/helm/render.h"
#include "hub/helm/values.h"
#include "hub/helm/values/set.h"
#include "sim/world.h"

namespace spokelab::harness {

namespace {

namespace fs = std::filesystem;
namespace helm = hub::helm;

int failed(int code, const std::string& message) {
  fmt::print(stderr, "Error: {}\n", message);
  return code;
}

Result<std::string> read_file(const std::string& path) {
  if (path.find("://") != std::string::npos) {
    return Error(Errc::unsupported,
                 fmt::format("{}: files by URL are not available, there is no network", path));
  }
  if (path == "-") {
    std::string text;
    for (int c = std::getchar(); c != EOF; c = std::getchar()) text += static_cast<char>(c);
    return text;
  }
  std::error_code wrong;
  if (fs::is_directory(path, wrong))
    return Error(Errc::bad_input, fmt::format("read {}: is a directory", path));
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(Errc::not_found, fmt::format("open {}: no such file or directory", path));
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

/// All layers in Helm's order: files, --set-json, --set, --set-string, --set-file, --set-literal.
Result<Json> merged_values(const RenderArguments& arguments) {
  Json values = Json::object();
  for (const std::string& path : arguments.value_files) {
    const auto text = read_file(path);
    if (!text) return text.error();
    const auto read = helm::read_values(*text);
    if (!read) return read.error().within("failed to parse " + path);
    helm::merge_values(values, *read);
  }
  const auto each = [&](const std::vector<std::string>& expressions, auto set) -> Result<void> {
    for (const std::string& expression : expressions) {
      if (auto done = set(values, expression); !done) return done;
    }
    return {};
  };
  const auto from_file = [](Json& into, std::string_view expression) {
    return helm::set_file(into, expression, read_file);
  };
  if (auto done = each(arguments.set_json, helm::set_json); !done) return done.error();
  if (auto done = each(arguments.set, helm::set_value); !done) return done.error();
  if (auto done = each(arguments.set_string, helm::set_text); !done) return done.error();
  if (auto done = each(arguments.set_file, from_file); !done) return done.error();
  if (auto done = each(arguments.set_literal, helm::set_literal); !done) return done.error();
  return values;
}

Result<std::shared_ptr<const helm::Chart>> load_chart(const std::string& path) {
  if (fs::is_directory(path)) {
    const auto files = read_chart_directory(path);
    if (!files) return files.error();
    return helm::load_chart(*files, "");
  }
  const auto bytes = read_file(path);
  if (!bytes) return bytes.error();
  auto chart = helm::load_chart_archive(*bytes);
  if (!chart) return chart.error().within(path);
  return chart;
}

Json as_list(std::vector<JsonRef> objects) {
  Json items = Json::array();
  for (const JsonRef& object : objects) items.push_back(*object);
  return Json{{"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(items)}};
}

void print_json(const Json& document) {
  fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
}

class ChartRendering {
 public:
  ChartRendering(const CommonOptions& common, const RenderArguments& arguments)
      : common_(common), arguments_(arguments), rng_(arguments.seed.value_or(1)) {}

  int run() {
    auto values = merged_values(arguments_);
    if (!values) return failed(kBadScenario, values.error().message());
    const auto chart = load_chart(arguments_.target);
    if (!chart) return failed(kBadScenario, chart.error().message());
    helm::RenderOptions options;
    options.release_name = arguments_.release_name;
    options.ns = arguments_.ns;
    options.values = freeze(std::move(*values));
    options.include_crds = arguments_.include_crds;
    options.is_upgrade = arguments_.is_upgrade;
    options.skip_schema = arguments_.skip_schema;
    options.capabilities.kube_version = arguments_.kube_version;
    options.capabilities.api_versions = arguments_.api_versions;
    options.rng = &rng_;
    options.now = sim::World::kDefaultEpoch;
    helm::RenderedFiles unreadable;
    const auto rendered = helm::render(**chart, options, &unreadable);
    if (!rendered) {
      if (arguments_.debug) print_raw(unreadable);
      return failed(kFailed, rendered.error().message());
    }
    for (const std::string& warning : rendered->warnings) warn(warning);
    return print(*rendered);
  }

 private:
  void warn(const std::string& text) const {
    if (!common_.quiet) fmt::print(stderr, "WARNING: {}\n", text);
  }
  static void print_raw(const helm::RenderedFiles& files) {
    for (const auto& [path, text] : files) {
      if (text.find_first_not_of(" \t\r\n") != std::string::npos)
        fmt::print("---\n# Source: {}\n{}\n", path, text);
    }
  }

  int print(const helm::Rendered& rendered) const {
    helm::PrintOptions options;
    options.hooks = !arguments_.no_hooks;
    options.tests = !arguments_.skip_tests;
    options.show_only = arguments_.show_only;
    const auto text = helm::print_manifests(rendered.manifests, options);
    if (!text) return failed(kFailed, text.error().message());
    if (arguments_.output != "json") {
      fmt::print("{}", *text);
      return kPassed;
    }
    const auto documents = parse_yaml_documents(*text, YamlDuplicates::last_wins);
    if (!documents) return failed(kFailed, documents.error().message());
    std::vector<JsonRef> objects;
    for (const Json& document : *documents) objects.push_back(freeze(document));
    print_json(as_list(std::move(objects)));
    return kPassed;
  }

  const CommonOptions& common_;
  const RenderArguments& arguments_;
  Rng rng_;
};

class ScenarioRendering {
 public:
  ScenarioRendering(const CommonOptions& common, const RenderArguments& arguments)
      : common_(common), arguments_(arguments) {}

  int run() {
    const auto file = load_file(arguments_.target, colours_wanted(common_.colour, STDERR_FILENO));
    if (!file.ok()) return kBadScenario;
    const auto& cases = file.loaded.cases;
    const auto wanted = std::find_if(cases.begin(), cases.end(), [&](const ScenarioCase& one) {
      return arguments_.variant.empty() || one.variant() == arguments_.variant;
    });
    if (wanted == cases.end())
      return failed(kUsage,
                    fmt::format("{}: no variant '{}'", arguments_.target, arguments_.variant));
    const auto seed = arguments_.seed.value_or(wanted->seed().value_or(1));
    const auto resolved = wanted->resolve(seed_stream(seed));
    const auto& assets = *file.assets[static_cast<std::size_t>(wanted - cases.begin())];
    std::map<std::string, std::string> settings;
    for (const auto& [name, setting] : resolved.scenario.world.hub.settings)
      settings[name] = setting.text;
    auto profile = hub::make_profile(resolved.scenario.world.hub.profile, settings);
    if (!profile) return failed(kBadScenario, profile.error().message());
    const auto rendered = render_applications(resolved.scenario, assets, std::move(*profile), seed,
                                              arguments_.app, arguments_.cluster);
    return print(rendered);
  }

 private:
  int print(const RenderedScenario& rendered) const {
    int code = kPassed;
    for (const std::string& error : rendered.errors) code = failed(kFailed, error);
    for (const RenderedApplication& app : rendered.applications) {
      if (!app.error.empty())
        code = failed(kFailed, fmt::format("application {}: {}", app.name, app.error));
      for (const std::string& warning : app.warnings) {
        if (!common_.quiet) fmt::print(stderr, "WARNING: application {}: {}\n", app.name, warning);
      }
    }
    if (rendered.applications.empty() && rendered.errors.empty())
      return nothing(rendered.passed_over);
    if (arguments_.output == "json") {
      print_as_json(rendered);
    } else {
      for (const RenderedApplication& app : rendered.applications) print_as_yaml(app);
    }
    return code;
  }

  int nothing(const std::vector<std::string>& others) const {
    if (others.empty()) return failed(kFailed, "the hub of this scenario has no Applications");
    constexpr std::size_t kShown = 20;
    const std::size_t shown = std::min(others.size(), kShown);
    return failed(
        kUsage,
        fmt::format(
            "the hub of this scenario has no Application{}{}; it has: {}{}",
            arguments_.app.empty() ? "" : " " + arguments_.app,
            arguments_.cluster.empty() ? "" : " with the destination " + arguments_.cluster,
            fmt::join(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
            shown < others.size() ? fmt::format(" and {} more", others.size() - shown) : ""));
  }

  static void print_as_yaml(const RenderedApplication& app) {
    for (const JsonRef& object : app.objects) {
      fmt::print("---\n# Application: {}, cluster: {}\n{}", app.name, app.cluster,
                 to_yaml(*object));
    }
  }
  static void print_as_json(const RenderedScenario& rendered) {
    Json out = Json::array();
    for (const RenderedApplication& app : rendered.applications) {
      Json one{{"application", app.name}, {"cluster", app.cluster}};
      one["objects"] = as_list(app.objects)["items"];
      if (!app.error.empty()) one["error"] = app.error;
      out.push_back(std::move(one));
    }
    print_json(out);
  }

  const CommonOptions& common_;
  const RenderArguments& arguments_;
};

bool is_scenario(const std::string& path) {
  return path.ends_with(".yaml") || path.ends_with(".yml");
}

/// An option that only the other sort of target has, named; "" when none was given.
std::string misplaced(const RenderArguments& arguments, bool scenario) {
  const std::pair<bool, const char*> of_scenarios[] = {{!arguments.app.empty(), "--app"},
                                                       {!arguments.cluster.empty(), "--cluster"},
                                                       {!arguments.variant.empty(), "--variant"}};
  for (const auto& [given, name] : of_scenarios) {
    if (given && !scenario) return name;
  }
  const std::pair<bool, const char*> of_charts[] = {
      {!arguments.value_files.empty(), "--values"},
      {!arguments.set.empty(), "--set"},
      {!arguments.set_string.empty(), "--set-string"},
      {!arguments.set_json.empty(), "--set-json"},
      {!arguments.set_file.empty(), "--set-file"},
      {!arguments.set_literal.empty(), "--set-literal"},
      {!arguments.show_only.empty(), "--show-only"},
      {!arguments.api_versions.empty(), "--api-versions"},
      {arguments.kube_version != RenderArguments{}.kube_version, "--kube-version"},
      {arguments.release_name != RenderArguments{}.release_name, "--release-name"},
      {arguments.ns != RenderArguments{}.ns, "--namespace"},
      {arguments.include_crds, "--include-crds"},
      {arguments.skip_tests, "--skip-tests"},
      {arguments.no_hooks, "--no-hooks"},
      {arguments.is_upgrade, "--is-upgrade"},
      {arguments.skip_schema, "--skip-schema-validation"},
      {arguments.debug, "--debug"}};
  for (const auto& [given, name] : of_charts) {
    if (given && scenario) return name;
  }
  return "";
}

}  // namespace

int render_target(const CommonOptions& common, const RenderArguments& arguments) {
  std::error_code wrong;
  if (!fs::exists(arguments.target, wrong)) {
    return failed(kBadScenario, fmt::format("{}: no such file or directory", arguments.target));
  }
  const bool scenario = !fs::is_directory(arguments.target) && is_scenario(arguments.target);
  if (const std::string option = misplaced(arguments, scenario); !option.empty()) {
    return failed(kUsage, fmt::format("{} is for {}, and {} is a {}", option,
                                      scenario ? "charts" : "scenarios", arguments.target,
                                      scenario ? "scenario" : "chart"));
  }
  if (scenario) return ScenarioRendering(common, arguments).run();
  if (const auto version = helm::parse_kube_version(arguments.kube_version); !version) {
    return failed(kUsage, fmt::format("invalid kube version '{}': {}", arguments.kube_version,
                                      version.error().message()));
  }
  return ChartRendering(common, arguments).run();
}

}  // namespace spokelab::harness
