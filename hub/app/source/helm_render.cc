// Helm sources: charts parsed once, calls carried out by the engine in hub/helm.
#include "hub/app/source/helm_render.h"

#include <fmt/format.h>

#include <deque>
#include <map>

#include "base/json.h"
#include "hub/app/source/detect.h"
#include "hub/app/source/directory.h"
#include "hub/gotemplate/function.h"
#include "hub/gotemplate/runtime.h"
#include "hub/gotemplate/tree.h"
#include "hub/helm/chart.h"
#include "hub/helm/render.h"
#include "hub/helm/values.h"
#include "hub/helm/values/set.h"

namespace spokelab::hub {

namespace {

/// Argo CD hands the name over as --name-template: Helm evaluates it.
Result<std::string> release_name(const std::string& written) {
  std::string name = written;
  if (name.find("{{") != std::string::npos) {
    const auto& functions = gotemplate::sprig_functions();
    const auto trees =
        gotemplate::parse("name-template", std::make_shared<const std::string>(name), functions);
    if (!trees) return trees.error();
    gotemplate::TemplateSet set;
    for (const auto& tree : *trees) set.add(tree);
    gotemplate::Runtime runtime(set, gotemplate::RuntimeOptions{});
    auto rendered = runtime.execute(*trees->front(), gotemplate::Value::nil());
    if (!rendered) return rendered.error();
    name = std::move(*rendered);
  }
  return name;
}

/// All layers in Helm's order: value files, inline values, --set, --set-string, --set-file.
Result<Json> merged_values(const HelmCall& call) {
  Json values = Json::object();
  for (const ValuesLayer& layer : call.values) {
    if (layer.object != nullptr) {
      helm::merge_values(values, helm::as_values(*layer.object));
      continue;
    }
    const auto read = helm::read_values(layer.yaml);
    if (!read) return read.error().within(fmt::format("failed to parse {}", layer.shown));
    helm::merge_values(values, *read);
  }
  for (const auto& [name, value] : call.set) {
    const auto done = helm::set_value(values, fmt::format("{}={}", name, value));
    if (!done) return done.error();
  }
  for (const auto& [name, value] : call.set_string) {
    const auto done = helm::set_text(values, fmt::format("{}={}", name, value));
    if (!done) return done.error();
  }
  for (const auto& [name, file] : call.set_file) {
    const std::string& text = file.second;
    const auto content = [&text](const std::string&) -> Result<std::string> { return text; };
    const auto done = helm::set_file(values, fmt::format("{}={}", name, file.first), content);
    if (!done) return done.error();
  }
  return values;
}

}  // namespace

struct ChartCache::State {
  using Key = std::pair<std::string, std::string>;  // repository and commit, path
  Clock& clock;
  Rng rng;
  std::map<Key, std::shared_ptr<const helm::Chart>> charts;
  std::deque<Key> order;

  Result<std::shared_ptr<const helm::Chart>> chart(const Key& key, const FileTree& tree) {
    if (const auto known = charts.find(key); known != charts.end()) return known->second;
    auto loaded = helm::load_chart_built(tree, key.second);
    if (!loaded) return loaded.error();
    charts.emplace(key, *loaded);
    order.push_back(key);
    if (order.size() > kChartsMax) {
      charts.erase(order.front());
      order.pop_front();
    }
    return loaded;
  }
};

ChartCache::ChartCache(Clock& clock, Rng rng)
    : state_(std::make_unique<State>(State{clock, rng, {}, {}})) {}
ChartCache::~ChartCache() = default;

Result<SourceObjects> ChartCache::render(const std::string& key, const FileTree& tree,
                                         const std::string& path, const HelmCall& call) {
  const auto refused = [&call](const Error& why) {
    return Error(why.code(), helm_failure(call, why.message()).message());
  };
  const auto chart = state_->chart({key, path}, tree);
  if (!chart) {
    const bool build = chart.error().message().starts_with("error building helm chart");
    return build ? chart.error() : refused(chart.error());
  }
  auto name = release_name(call.release_name);
  if (!name) return refused(name.error());
  auto values = merged_values(call);
  if (!values) return refused(values.error());
  helm::RenderOptions options;
  options.release_name = std::move(*name);
  if (!call.ns.empty()) options.ns = call.ns;
  options.values = freeze(std::move(*values));
  options.include_crds = call.include_crds;
  if (!call.kube_version.empty()) options.capabilities.kube_version = call.kube_version;
  options.capabilities.api_versions = call.api_versions;
  options.rng = &state_->rng;
  options.now = state_->clock.wall_now();
  options.skip_schema = call.skip_schema;
  auto rendered = helm::render(**chart, options);
  if (!rendered) return refused(rendered.error());
  SourceObjects out;
  out.warnings = std::move(rendered->warnings);
  for (const helm::Manifest& manifest : rendered->manifests) {
    if (call.skip_tests && manifest.sort == helm::Manifest::Sort::test) continue;
    for (const JsonRef& object : manifest.objects) {
      auto added = add_manifest(object, out.objects);
      if (!added) return added.error().within("failed to unmarshal manifest");
    }
  }
  return out;
}

}  // namespace spokelab::hub
