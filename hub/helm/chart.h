// A loaded Helm chart: metadata, values, parsed templates, subcharts. Shared between renderings.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/repo.h"

namespace spokelab::hub::helm {

/// A chart and its subcharts, immutable. Loaded by load_chart, rendered by render (render.h).
class Chart {
 public:
  struct Parts;
  explicit Chart(std::unique_ptr<Parts> parts);
  ~Chart();
  Chart(const Chart&) = delete;
  Chart& operator=(const Chart&) = delete;
  /// The name from Chart.yaml.
  const std::string& name() const;
  const std::string& version() const;
  /// For the renderer (chart/parts.h).
  const Parts& parts() const { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

/// Loads the chart in folder `path` ("" or "." for the root) of a file tree, without what its
/// .helmignore names, with the subcharts in its charts/ folder (folders and .tgz), and parses all
/// templates once. A template that does not parse is reported by the renderings that need it.
/// Errors: bad_input, worded as Helm words them ("Chart.yaml file is missing", "validation:
/// chart.metadata.name is required"); limit.
Result<std::shared_ptr<const Chart>> load_chart(const FileTree& files, std::string_view path);

/// As load_chart, after a `helm dependency build` when dependencies are missing, as Argo CD does:
/// those listed with `file://` come from their folders in `files`. Errors: also what that build
/// says.
Result<std::shared_ptr<const Chart>> load_chart_built(const FileTree& files,
                                                      const std::string& path);

/// Loads a packed chart (.tgz). Errors: as load_chart and unpack_chart (chart/archive.h).
Result<std::shared_ptr<const Chart>> load_chart_archive(std::string_view bytes);

}  // namespace spokelab::hub::helm
