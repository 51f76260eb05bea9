// Rendering a chart, as `helm template` does.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "base/rng.h"
#include "base/run_time.h"
#include "hub/helm/chart.h"

namespace spokelab::hub::helm {

/// What .Capabilities tells of the destination cluster.
struct Capabilities {
  std::string kube_version = "1.34.0";  ///< "1.33.4", with or without "v".
  std::vector<std::string>
      api_versions;  ///< "apps/v1", "apps/v1/Deployment": added to Helm's own set.
};

struct RenderOptions {
  std::string release_name;  ///< At most 53 characters, a DNS subdomain.
  std::string ns = "default";
  /// User values, merged already: value files in order, then inline values, then parameters
  /// (values.h). Floats are numbers from YAML, integers those from --set. Null: none.
  JsonRef values;
  bool include_crds = false;
  bool is_upgrade = false;
  bool skip_schema = false;  ///< Values are not held against values.schema.json.
  Capabilities capabilities;
  const Rng* rng = nullptr;  ///< Random functions draw from a stream of it; null: a fixed seed.
  WallTime now{};            ///< What `now` gives.
  std::int64_t steps_max =
      5'000'000;  ///< Of one chart's templates; see gotemplate::RuntimeOptions.
};

/// One document that a template made, or a whole file of crds/.
struct Manifest {
  enum class Sort : std::uint8_t { crd, plain, hook, test };
  std::string template_name;     ///< "chart/templates/deployment.yaml"
  std::string text;              ///< As the template made it.
  std::vector<JsonRef> objects;  ///< With their hook annotations. None: nothing but comments.
  Sort sort = Sort::plain;
};

struct Rendered {
  /// In the order in which `helm template` prints them: CRDs, then by kind (Helm's InstallOrder),
  /// then hooks.
  std::vector<Manifest> manifests;
  /// What Helm would warn about, and what makes renderings differ from each other.
  std::vector<std::string> warnings;
};

/// A rendered file and its path; NOTES.txt is among them.
using RenderedFiles = std::vector<std::pair<std::string, std::string>>;

/// Renders and splits into objects. NOTES.txt and empty documents are left out. Errors: bad_input
/// in Helm's words ("execution error at (web/templates/x.yaml:3:4): ..."); limit. Source: helm
/// v3.19 pkg/action/install.go, pkg/engine, pkg/chartutil, pkg/releaseutil. `unreadable` is given
/// the files when one of them is no YAML.
Result<Rendered> render(const Chart& chart, const RenderOptions& options,
                        RenderedFiles* unreadable = nullptr);

/// The rendered files as text by path, before they are split.
Result<RenderedFiles> render_files(const Chart& chart, const RenderOptions& options);

/// What the commands print under an error that came from the templates.
inline constexpr std::string_view kDebugHint = "\n\nUse --debug flag to render out invalid YAML";

}  // namespace spokelab::hub::helm
