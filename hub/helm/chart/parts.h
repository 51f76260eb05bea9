// What a loaded chart consists of; for the files of hub/helm.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json_fwd.h"
#include "hub/gotemplate/tree.h"
#include "hub/helm/chart.h"
#include "hub/helm/chart/metadata.h"
#include "hub/helm/schema/schema.h"

namespace spokelab::hub::helm {

using FileRef = std::shared_ptr<const std::string>;

/// A file under templates/.
struct TemplateFile {
  std::string path;  ///< "<chart>/templates/x.yaml", "<chart>/charts/<sub>/templates/x.yaml".
  FileRef text;
  std::vector<gotemplate::TreeRef> trees;
  std::optional<Error> error;
  bool partial = false;  ///< Its name begins with "_": parsed, not rendered.
};

struct Chart::Parts {
  Metadata metadata;                     ///< Its name is the alias where there is one.
  std::string own_name;                  ///< As Chart.yaml says.
  Json values = Json::object();          ///< Numbers are floats, as Helm reads them.
  std::optional<Result<Schema>> schema;  ///< Of values.schema.json.
  std::string full_path;                 ///< "root/charts/sub".
  std::string source;  ///< Where it lies below the root: "/x/y" in charts/x/charts/y.
  std::vector<TemplateFile> templates;
  std::vector<std::pair<std::string, FileRef>> crds;  ///< By path: "crds/x.yaml".
  std::map<std::string, FileRef> files;               ///< What .Files sees.
  /// Those Chart.yaml does not list first, then in its order, each alias by itself.
  std::vector<std::shared_ptr<const Chart>> subcharts;
  std::vector<std::string> missing;  ///< Listed, and not in charts/ at all.
};

}  // namespace spokelab::hub::helm
