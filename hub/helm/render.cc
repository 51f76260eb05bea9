// Rendering a chart: checks, values, templates, manifests.
#include "hub/helm/render.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/json.h"
#include "base/yaml.h"
#include "hub/gotemplate/semver.h"
#include "hub/helm/engine.h"
#include "hub/helm/kube_version.h"
#include "hub/helm/manifests.h"
#include "hub/helm/schema/chart_schemas.h"
#include "hub/helm/values/coalesce.h"

namespace spokelab::hub::helm {

namespace {

constexpr std::string_view kNotes = "NOTES.txt";
constexpr std::size_t kReleaseNameMax = 53;
constexpr const char* kReleaseName =
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/// A chart made ready for one rendering.
struct Prepared {
  InstanceTree charts;
  Json values;
  const Instance& chart() const { return *charts.root; }
};

Error wrong(std::string message) { return Error(Errc::bad_input, std::move(message)); }

Result<void> check_installable(const Chart::Parts& parts) {
  if (parts.metadata.type == "library") return wrong("library charts are not installable");
  if (parts.missing.empty()) return {};
  return wrong(fmt::format(
      "An error occurred while checking for chart dependencies. You may need to run `helm "
      "dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in "
      "charts/ directory: {}",
      fmt::join(parts.missing, ", ")));
}

Result<void> check_release_name(const std::string& name) {
  static const re2::RE2 pattern(kReleaseName);
  if (name.empty()) return wrong("release name \"\": no name provided");
  if (name.size() <= kReleaseNameMax && re2::RE2::FullMatch(name, pattern)) return {};
  return wrong(
      fmt::format("release name \"{}\": invalid release name, must "
                  "match regex {} and the length must not be longer than {}",
                  name, kReleaseName, kReleaseNameMax));
}

Result<void> check_kube_version(const Metadata& metadata, const Capabilities& capabilities) {
  const std::string& range = metadata.kube_version;
  if (range.empty()) return {};
  const auto version = parse_kube_version(capabilities.kube_version);
  if (!version) return version.error();
  const auto wanted = gotemplate::Constraint::parse(range);
  const auto have = gotemplate::parse_version(version->version);
  if (wanted && have && wanted->allows(*have)) return {};
  return wrong(
      fmt::format("chart requires kubeVersion: {} which is incompatible with Kubernetes {}", range,
                  version->version));
}

Result<Prepared> prepare(const Chart& chart, const RenderOptions& options,
                         std::vector<std::string>& warnings) {
  const Chart::Parts& parts = chart.parts();
  if (auto good = check_installable(parts); !good) return good.error();
  if (parts.metadata.deprecated) warnings.emplace_back("This chart is deprecated");
  if (auto good = check_release_name(options.release_name); !good) return good.error();
  const bool given = options.values && options.values->is_object();
  Json values = given ? *options.values : Json::object();
  auto charts = enable_dependencies(chart, values, warnings);
  if (!charts) return charts.error();
  const Instance& root = *charts->root;
  if (auto done = coalesce(root, values, Nulls::coalesce); !done) return done.error();
  if (!options.skip_schema) {
    if (auto good = check_schemas(root, values, warnings); !good) return good.error();
  }
  return Prepared{std::move(*charts), std::move(values)};
}

Result<RenderedFiles> run(const Prepared& prepared, const RenderOptions& options,
                          std::vector<std::string>& warnings) {
  auto good = check_kube_version(prepared.chart().parts->metadata, options.capabilities);
  if (!good) return good.error();
  return run_templates(prepared.chart(), prepared.values, options, warnings);
}

Error hinted(const Error& error) {
  return Error(error.code(), error.message() + std::string(kDebugHint));
}

Result<void> add_crds(const Instance& chart, std::vector<Manifest>& out) {
  const std::string prefix = chart.full_path() + "/";
  for (const auto& [name, text] : chart.parts->crds) {
    const std::string path = prefix + name;
    auto documents = parse_yaml_documents(*text, YamlDuplicates::last_wins);
    if (!documents) return documents.error().within(fmt::format("YAML parse error on {}", path));
    Manifest manifest{path, *text, {}, Manifest::Sort::crd};
    for (Json& document : *documents) manifest.objects.push_back(freeze(std::move(document)));
    out.push_back(std::move(manifest));
  }
  for (const auto& sub : chart.subcharts) {
    if (auto done = add_crds(*sub, out); !done) return done;
  }
  return {};
}

}  // namespace

Result<RenderedFiles> render_files(const Chart& chart, const RenderOptions& options) {
  std::vector<std::string> warnings;
  const auto prepared = prepare(chart, options, warnings);
  if (!prepared) return prepared.error();
  return run(*prepared, options, warnings);
}

Result<Rendered> render(const Chart& chart, const RenderOptions& options,
                        RenderedFiles* unreadable) {
  Rendered out;
  const auto prepared = prepare(chart, options, out.warnings);
  if (!prepared) return prepared.error();
  auto files = run(*prepared, options, out.warnings);
  if (!files) return hinted(files.error());
  std::erase_if(*files, [](const auto& file) { return file.first.ends_with(kNotes); });
  auto manifests = split_manifests(*files, out.warnings);
  if (!manifests) {
    if (unreadable != nullptr) *unreadable = std::move(*files);
    return hinted(manifests.error());
  }
  if (options.include_crds) {
    if (auto done = add_crds(prepared->chart(), out.manifests); !done) return done.error();
  }
  std::move(manifests->begin(), manifests->end(), std::back_inserter(out.manifests));
  return out;
}

}  // namespace spokelab::hub::helm
