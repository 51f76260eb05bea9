// What a loaded chart consists of; for the files of hub/helm.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "hub/gotemplate/tree.h"
#include "hub/gotemplate/value.h"
#include "hub/helm/chart.h"

namespace spokelab::hub::helm {

using FileRef = std::shared_ptr<const std::string>;

/// A file under templates/.
struct TemplateFile {
  std::string path;  ///< "<chart>/templates/x.yaml", "<chart>/charts/<sub>/templates/x.yaml".
  std::vector<gotemplate::TreeRef> trees;
  std::optional<Error> error;
  bool partial = false;  ///< Its name begins with "_": parsed, not rendered.
};

/// An entry of Chart.yaml's dependencies.
struct Dependency {
  std::string name, version, condition, alias;
  std::vector<std::string> tags;
  Json import_values = Json::array();
  const std::string& key() const { return alias.empty() ? name : alias; }
};

struct Chart::Parts {
  Json metadata;
  std::string name;  ///< Or the alias.
  std::string version;
  bool library = false;
  Json values = Json::object();  ///< Numbers are floats, as Helm reads them.
  std::string full_path;         ///< "root/charts/sub".
  std::vector<TemplateFile> templates;
  std::vector<std::pair<std::string, FileRef>> crds;  ///< By full path.
  std::map<std::string, FileRef> files;               ///< What .Files sees.
  std::vector<Dependency> dependencies;
  /// Those Chart.yaml does not list first, then in its order, each alias by itself.
  std::vector<std::shared_ptr<const Chart>> subcharts;
  std::vector<const Dependency*> subchart_entries;  ///< Parallel; nullptr when not listed.
};

}  // namespace spokelab::hub::helm
