// Chart.yaml as types.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace spokelab::hub::helm {

/// An entry of Chart.yaml's `dependencies`.
struct Dependency {
  std::string name, version, repository, condition, alias;
  std::vector<std::string> tags;
  bool enabled = false;                ///< As written; Helm overwrites it.
  Json import_values = Json::array();  ///< Texts, or maps with `child` and `parent`.
  /// The name its values and templates go by.
  const std::string& key() const { return alias.empty() ? name : alias; }
};

struct Maintainer {
  std::string name, email, url;
};

/// Chart.yaml. Scalars where texts belong have become texts ("appVersion: 1.16" is "1.16").
struct Metadata {
  std::string name, home, version, description, icon, api_version, condition, tags, app_version,
      kube_version, type;
  std::vector<std::string> sources, keywords;
  std::vector<Maintainer> maintainers;
  std::map<std::string, std::string> annotations;
  std::vector<Dependency> dependencies;
  bool deprecated = false;
  bool has_dependencies = false;  ///< The field is there, be it empty.

  bool library() const;  ///< Compared without case, as Helm's renderer does.
};

/// Fills in the fields that `document` has (Chart.yaml, or requirements.yaml on top of it). Errors:
/// bad_input `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ...`.
Result<void> read_metadata(const Json& document, Metadata& into);

/// Cleans texts of what cannot be printed, and checks. Errors: bad_input `validation:
/// chart.metadata.name is required` and the like. Source: helm pkg/chart/metadata.go.
Result<void> check_metadata(Metadata& metadata);

}  // namespace spokelab::hub::helm
