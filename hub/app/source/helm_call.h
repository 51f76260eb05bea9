// HelmCall: what Argo CD would hand to `helm template` for a source.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "base/repo.h"
#include "hub/app/application.h"
#include "hub/app/manifest_source.h"

namespace spokelab::hub {

/// A source with `ref`, as value files of other sources reach into it.
struct RefSource {
  std::string repo_url;
  std::string commit;
  std::shared_ptr<const FileTree> tree;
};

/// One layer of values: a file's text, or an object.
struct ValuesLayer {
  std::string shown;  ///< As the command line shows it.
  std::string yaml;
  JsonRef object;  ///< Set: instead of `yaml`.
};

/// Arguments in the order and with the precedence of Argo CD's call (util/helm/cmd.go).
struct HelmCall {
  std::string release_name;
  std::string ns;            ///< Empty: Helm's "default".
  std::string kube_version;  ///< "1.32.0".
  std::vector<std::string> api_versions;
  std::vector<ValuesLayer> values;
  std::map<std::string, std::string> set;
  std::map<std::string, std::string> set_string;
  std::map<std::string, std::pair<std::string, std::string>>
      set_file;  ///< Name -> path and content.
  bool include_crds = true;
  bool skip_tests = false;
  bool skip_schema = false;

  /// "helm template . --name-template web --namespace shop ...": what error texts show.
  std::string command_line() const;
};

/// Where a source lies, for value files and the build environment.
struct SourcePlace {
  const FileTree& tree;
  std::string path;  ///< Clean; "" for the root.
  std::string commit;
  const ApplicationSource& source;
  const std::map<std::string, RefSource>& refs;  ///< By "$name".
  bool multi_source = false;
};

/// Errors: worded as Argo CD's, a missing value file as Helm's inside `failed to execute helm
/// template command`.
Result<HelmCall> make_helm_call(const SourcePlace& place, const RenderContext& context);

/// The error that Argo CD shows when Helm says `Error: <message>`.
Error helm_failure(const HelmCall& call, const std::string& message);

/// Go's envsubst as Argo CD uses it: `$NAME`, `${NAME}`, `$$`; unknown names are empty.
std::string substitute_env(const std::string& text, const std::map<std::string, std::string>& env);

/// The ARGOCD_APP_* build environment of a source.
std::map<std::string, std::string> build_environment(const SourcePlace& place,
                                                     const RenderContext& context);

}  // namespace spokelab::hub
