// .Chart: the metadata as Helm's struct.
#include "hub/helm/objects.h"
#include "hub/helm/objects/struct_object.h"

namespace spokelab::hub::helm {

namespace {

using namespace gotemplate;

Value maintainer_object(const Maintainer& one) {
  StructMaker maker;
  maker.text("Name", "name", one.name);
  maker.text("Email", "email", one.email);
  maker.text("URL", "url", one.url);
  return maker.made("*chart.Maintainer");
}

Value dependency_object(const ListedDependency& entry) {
  const Dependency& written = *entry.written;
  std::vector<Value> imports;
  for (const Json& import : entry.import_values) imports.push_back(from_json(import));
  const bool any = !imports.empty();
  StructMaker maker;
  maker.put("Name", "name", Value(entry.name));
  maker.text("Version", "version", written.version);
  maker.put("Repository", "repository", Value(written.repository));
  maker.text("Condition", "condition", written.condition);
  maker.texts("Tags", "tags", written.tags);
  maker.truth("Enabled", "enabled", entry.enabled);
  maker.put("ImportValues", "import-values", make_list(std::move(imports)), any);
  maker.text("Alias", "alias", written.alias);
  return maker.made("*chart.Dependency");
}

/// Fields as helm v3.19 pkg/chart/metadata.go orders them: toJson shows them so.
Value metadata_object(const Instance& chart) {
  const Metadata& data = chart.parts->metadata;
  std::vector<Value> maintainers, dependencies;
  for (const Maintainer& one : data.maintainers) maintainers.push_back(maintainer_object(one));
  for (const auto& entry : chart.entries) dependencies.push_back(dependency_object(*entry));
  const bool some = !maintainers.empty(), any = !dependencies.empty();
  Map::Entries annotations;
  for (const auto& [key, value] : data.annotations) annotations[key] = Value(value);
  const bool annotated = !annotations.empty();

  StructMaker maker;
  maker.text("Name", "name", chart.name());
  maker.text("Home", "home", data.home);
  maker.texts("Sources", "sources", data.sources);
  maker.text("Version", "version", data.version);
  maker.text("Description", "description", data.description);
  maker.texts("Keywords", "keywords", data.keywords);
  maker.put("Maintainers", "maintainers", make_list(std::move(maintainers)), some);
  maker.text("Icon", "icon", data.icon);
  maker.text("APIVersion", "apiVersion", data.api_version);
  maker.text("Condition", "condition", data.condition);
  maker.text("Tags", "tags", data.tags);
  maker.text("AppVersion", "appVersion", data.app_version);
  maker.truth("Deprecated", "deprecated", data.deprecated);
  maker.put("Annotations", "annotations", make_map(std::move(annotations), Map::Of::string),
            annotated);
  maker.text("KubeVersion", "kubeVersion", data.kube_version);
  maker.put("Dependencies", "dependencies", make_list(std::move(dependencies)), any);
  maker.text("Type", "type", data.type);
  return maker.made("chart.Metadata");
}

}  // namespace

Value chart_object(const Instance& chart, bool root) {
  StructMaker maker;
  maker.embed("Metadata", metadata_object(chart));
  maker.put("IsRoot", "IsRoot", Value(root));
  return maker.made("struct { chart.Metadata; IsRoot bool }");
}

}  // namespace spokelab::hub::helm
