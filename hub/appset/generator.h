// Generators: what turns an ApplicationSet's `generators` into parameter sets. Pure: same input,
// same sets.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "base/repo.h"
#include "base/run_time.h"
#include "hub/appset/template.h"
#include "hub/cluster/cluster_set.h"

namespace spokelab::hub {

/// Repository trees for generators. A generator that needs one not yet known gets Errc::unsupported
/// and the wish is noted; the caller fetches what is wanted and generates again.
class GitTrees {
 public:
  using Key = std::pair<std::string, std::string>;  ///< URL and revision.
  using Tree = std::shared_ptr<const FileTree>;

  Result<Tree> get(const std::string& url, const std::string& revision);
  void put(Key key, Result<Tree> tree);
  const std::set<Key>& wanted() const noexcept { return wanted_; }

 private:
  std::map<Key, Result<Tree>> known_;
  std::set<Key> wanted_;
};

/// What generators may look at.
struct GeneratorScope {
  const TemplateDialect& dialect;
  const std::vector<const ClusterInfo*>& clusters;  ///< As ClusterSet::all() gives them.
  GitTrees& trees;
  int depth = 0;  ///< Nesting: 0 for entries of spec.generators.
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

/// All kinds, in the order in which an entry that sets several is worked through
/// (applicationset/generators, spec order).
const std::vector<GeneratorKind>& generator_kinds();

inline constexpr std::size_t kParamSetsMax = 100'000;

/// The parameter sets of one entry of `generators`, after its `selector`. Errors: worded as Argo
/// CD's; limit for more than kParamSetsMax sets; unsupported for a tree that is wanted (see
/// GitTrees) or a generator that needs a service this engine does not reach.
Result<ParamSets> generate(const Json& entry, const GeneratorScope& scope);

/// The shortest timer of an entry and its children; 0: none. `fallback` stands for the git
/// generator's default.
Nanos requeue_after(const Json& entry, Nanos fallback);

/// True when any entry, at any depth, is a `clusters` generator.
bool uses_clusters(const Json& generators);

/// `values` of a generator, each rendered over `params` alone, put into them: "values.k" in
/// fasttemplate mode, a map "values" in Go template mode. `what` goes into errors: "cluster".
Result<void> append_values(Json& params, const Json& generator, std::string_view what,
                           const TemplateDialect& dialect);

/// One function a generator.
Result<ParamSets> list_params(const Json& generator, const GeneratorScope& scope);
Result<ParamSets> cluster_params(const Json& generator, const GeneratorScope& scope);
Result<ParamSets> git_params(const Json& generator, const GeneratorScope& scope);
Result<ParamSets> matrix_params(const Json& generator, const GeneratorScope& scope);
Result<ParamSets> merge_params(const Json& generator, const GeneratorScope& scope);

}  // namespace spokelab::hub
