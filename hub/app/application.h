// Application: the spec of an argoproj.io/v1alpha1 Application, read once into types.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "base/run_time.h"

namespace spokelab::hub {

struct HelmParameter {
  std::string name;
  std::string value;
  bool force_string = false;
};

/// `helm:` of a source.
struct HelmOptions {
  std::string release_name;  ///< Empty: the Application's name.
  std::string version;       ///< "", "v3" or "v4"; another is refused when it is rendered.
  std::string ns;            ///< Empty: the destination's.
  std::string kube_version;  ///< Empty: the destination cluster's.
  std::vector<std::string> api_versions;  ///< Empty: the destination cluster's.
  std::vector<std::string> value_files;
  std::string values;     ///< YAML text.
  JsonRef values_object;  ///< When set, `values` is not looked at.
  std::vector<HelmParameter> parameters;
  std::vector<std::pair<std::string, std::string>> file_parameters;  ///< Name and path.
  bool ignore_missing_value_files = false;
  bool skip_crds = false;
  bool skip_tests = false;
  bool skip_schema_validation = false;
};

/// `directory:` of a source. `include` and `exclude` are globs, `{a,b}` allowed; empty: all / none.
struct DirectoryOptions {
  bool recurse = false;
  std::string include;
  std::string exclude;
};

struct ApplicationSource {
  std::string repo_url;
  std::string path;
  std::string target_revision;  ///< Empty: HEAD.
  std::string chart;            ///< Set: repo_url is a Helm repository.
  std::string ref;              ///< Name by which value files of other sources reach into this one.
  std::string name;
  std::optional<HelmOptions> helm;
  std::optional<DirectoryOptions> directory;
  bool kustomize = false;  ///< A `kustomize:` block is present.
  bool plugin = false;     ///< A `plugin:` block is present.
  JsonRef raw;             ///< The source as written: what comparedTo and history carry.
};

/// `destination:`; server and name exclude each other.
struct Destination {
  std::string server;
  std::string name;
  std::string ns;
  friend bool operator==(const Destination&, const Destination&) = default;
};

/// `syncPolicy.automated`.
struct Automation {
  bool enabled = true;  ///< `enabled: false` switches the block off.
  bool prune = false;
  bool self_heal = false;
  bool allow_empty = false;
};

/// `syncPolicy.retry`, with Argo CD's defaults for what is left out.
struct RetryPolicy {
  std::int64_t limit = 0;  ///< 0: none; negative: without end.
  bool refresh = false;    ///< Retries take the newest revision.
  Nanos duration = std::chrono::seconds(5);
  std::int64_t factor = 2;
  Nanos max_duration = std::chrono::minutes(3);  ///< 0: no ceiling.

  /// Pause before retry number `retries + 1`: min(max_duration, duration * factor^retries)
  /// (Argo CD types.go, NextRetryAt). Never overflows.
  Nanos wait_after(std::int64_t retries) const;
  bool exhausted(std::int64_t retries) const { return limit >= 0 && retries >= limit; }
};

/// "CreateNamespace=true" and the like; options are compared as written.
class SyncOptions {
 public:
  SyncOptions() = default;
  explicit SyncOptions(std::vector<std::string> options) : options_(std::move(options)) {}
  /// Reads an object's argocd.argoproj.io/sync-options annotation: comma list, spaces trimmed.
  static SyncOptions from_annotation(std::string_view text);
  bool has(std::string_view option) const;
  /// The value after "key="; empty when the key is not there. The first one wins.
  std::string_view value(std::string_view key) const;
  const std::vector<std::string>& all() const noexcept { return options_; }

 private:
  std::vector<std::string> options_;
};

struct SyncPolicy {
  std::optional<Automation> automated;
  SyncOptions options;
  std::optional<RetryPolicy> retry;  ///< Absent: automated syncs use Profile::retry_limit_default.
  JsonRef retry_as_written;          ///< With `retry`: what operations carry.
  bool manages_namespace = false;    ///< managedNamespaceMetadata is present.
  std::map<std::string, std::string> namespace_labels;
  std::map<std::string, std::string> namespace_annotations;

  /// True when the controller may start syncs of its own accord.
  bool automatic() const { return automated && automated->enabled; }
};

/// One entry of `ignoreDifferences`. Group and kind are globs; empty name or ns: any.
struct IgnoredDifference {
  std::string group;
  std::string kind;
  std::string name;
  std::string ns;
  std::vector<std::string> json_pointers;
  std::vector<std::string> jq_path_expressions;
  std::vector<std::string> managed_fields_managers;
};

struct ApplicationSpec {
  std::string project = "default";
  std::vector<ApplicationSource> sources;  ///< `sources`, or the one `source`.
  bool multi_source = false;               ///< Written as `sources`.
  bool hydrated = false;  ///< sourceHydrator: the source is the branch that it writes to.
  Destination destination;
  SyncPolicy sync_policy;
  std::vector<IgnoredDifference> ignore_differences;
  std::vector<std::pair<std::string, std::string>> info;
  std::int64_t revision_history_limit = 10;
};

/// The parts of the metadata that controllers decide on, and the spec.
struct Application {
  std::string name;
  std::string ns;
  std::string uid;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::vector<std::string> finalizers;
  bool deleting = false;  ///< metadata.deletionTimestamp is set.
  ApplicationSpec spec;
};

/// Reads an Application's spec. Errors: invalid, naming the field by its path, for values of a type
/// or form that the CRD or Argo CD refuses.
Result<ApplicationSpec> read_application_spec(const Json& spec);
/// Reads a whole Application; `spec` must be there.
Result<Application> read_application(const Json& object);
/// One source; `path` names it in errors.
Result<ApplicationSource> read_source(const Json& source, std::string_view path = "spec.source");

/// What Argo CD puts into InvalidSpecError conditions, in its words; empty: none. Project rules and
/// whether the destination resolves are not looked at (ClusterSet::resolve knows the latter).
std::vector<std::string> source_problems(const ApplicationSpec& spec);
std::vector<std::string> destination_problems(const ApplicationSpec& spec);

/// Whether the annotation argocd.argoproj.io/deletion-approved, a time, approves of what began at
/// `since`, or before.
bool approves_deletion(const Application& app, WallTime since);

/// A span as Argo CD reads them in retry blocks: Go's grammar, or a bare whole number of seconds.
/// Errors: invalid.
Result<Nanos> parse_retry_span(std::string_view text);

}  // namespace spokelab::hub
