// Generators: what turns an ApplicationSet's `generators` into parameter sets. Pure: same input,
// same sets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "base/run_time.h"
#include "hub/appset/generators/facts.h"
#include "hub/appset/rendering/template.h"
#include "hub/cluster/cluster_set.h"

namespace spokelab::hub {

/// How the ApplicationSet controller was started, as far as generators ask.
struct GeneratorSettings {
  bool scm_providers = true;                       ///< --enable-scm-providers.
  std::vector<std::string> allowed_scm_providers;  ///< --allowed-scm-providers; empty: all.
  bool new_git_globbing = false;                   ///< --enable-new-git-file-globbing.
};

/// What generators may look at.
struct GeneratorScope {
  const TemplateDialect& dialect;
  const std::vector<const ClusterInfo*>& clusters;  ///< As ClusterSet::all() gives them.
  Facts& facts;
  const GeneratorSettings& settings;
  std::string set;      ///< The ApplicationSet's name.
  std::string ns;       ///< Its namespace, which is Argo CD's.
  std::string project;  ///< As its template has it.
  int depth = 0;        ///< Nesting: 0 for entries of spec.generators.
};

/// Parameter sets: JSON objects. In fasttemplate mode their keys are flat ("metadata.labels.env"),
/// in Go template mode nested.
using ParamSets = std::vector<Json>;

/// One sort of generator.
struct GeneratorKind {
  std::string_view key;  ///< The field in an entry: "clusters".
  Result<ParamSets> (*produce)(const Json& generator, const GeneratorScope& scope);
  Nanos requeue{0};       ///< Default of requeueAfterSeconds; 0: no timer.
  bool combines = false;  ///< Has children in `generators`.
};

/// All kinds, in the order in which an entry that sets several is worked through (the order of the
/// fields of Argo CD's type).
const std::vector<GeneratorKind>& generator_kinds();

inline constexpr std::size_t kParamSetsMax = 100'000;

/// What one generator of an entry made.
struct Produced {
  const GeneratorKind* kind;
  ParamSets sets;
};

/// Each generator of one entry of `generators`, after the entry's `selector`; an entry that sets
/// several has several. Errors: worded as Argo CD's, the first of all; limit for more than
/// kParamSetsMax sets; unsupported for a fact that is wanted (see Facts) or a generator that needs
/// a service this engine does not reach.
Result<std::vector<Produced>> produce(const Json& entry, const GeneratorScope& scope);

/// The same, joined.
Result<ParamSets> generate(const Json& entry, const GeneratorScope& scope);

/// The shortest timer of an entry and its children; 0: none. `fallback` stands for the default of
/// git and clusterDecisionResource generators.
Nanos requeue_after(const Json& entry, Nanos fallback);

/// True when any entry, at any depth, is a `clusters` generator.
bool uses_clusters(const Json& generators);

/// Fields of entries that are no generator, in entries that have none, sorted: what an
/// ApplicationSet asks for in vain.
std::vector<std::string> unrecognized_generators(const Json& generators);

/// `values` of a generator, each rendered over `params` alone, put into them: "values.k" in
/// fasttemplate mode, a map "values" in Go template mode. Errors begin with `failed to replace
/// templated string`.
Result<void> append_values(Json& params, const Json& generator, const TemplateDialect& dialect);

/// One function a generator.
Result<ParamSets> list_params(const Json& generator, const GeneratorScope& scope);
Result<ParamSets> cluster_params(const Json& generator, const GeneratorScope& scope);
Result<ParamSets> git_params(const Json& generator, const GeneratorScope& scope);
Result<ParamSets> scm_provider_params(const Json& generator, const GeneratorScope& scope);
Result<ParamSets> cluster_decision_params(const Json& generator, const GeneratorScope& scope);
Result<ParamSets> pull_request_params(const Json& generator, const GeneratorScope& scope);
Result<ParamSets> matrix_params(const Json& generator, const GeneratorScope& scope);
Result<ParamSets> merge_params(const Json& generator, const GeneratorScope& scope);
Result<ParamSets> plugin_params(const Json& generator, const GeneratorScope& scope);

}  // namespace spokelab::hub
