// Rendering a chart, as `helm template` does.
#pragma once

#include <cstdint>
#include <string>
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
  Capabilities capabilities;
  const Rng* rng = nullptr;  ///< Random functions draw from a stream of it; null: a fixed seed.
  WallTime now{};            ///< What `now` gives.
  std::int64_t steps_max =
      5'000'000;  ///< Of one chart's templates; see gotemplate::RuntimeOptions.
};

/// One object of the output.
struct Manifest {
  std::string template_name;  ///< "chart/templates/deployment.yaml"
  JsonRef object;             ///< Hook annotations are left in it.
};

/// Renders and splits into objects, in the order in which `helm template` prints them: CRDs, then
/// by kind (Helm's InstallOrder), then hooks. NOTES.txt and empty documents are left out. Errors:
/// bad_input in Helm's words ("execution error at (web/templates/x.yaml:3:4): ..."); limit. Source:
/// helm v3.19 pkg/engine, pkg/chartutil, pkg/releaseutil.
Result<std::vector<Manifest>> render(const Chart& chart, const RenderOptions& options);

/// The rendered files as text by path, before they are split; NOTES.txt included.
Result<std::vector<std::pair<std::string, std::string>>> render_files(const Chart& chart,
                                                                      const RenderOptions& options);

}  // namespace spokelab::hub::helm
