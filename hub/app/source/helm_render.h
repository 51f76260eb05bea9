// Helm sources: a call carried out by the engine in hub/helm, charts parsed once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json_fwd.h"
#include "base/repo.h"
#include "base/rng.h"
#include "hub/app/source/helm_call.h"

namespace spokelab::hub {

/// What a source gives.
struct SourceObjects {
  std::vector<JsonRef> objects;
  std::vector<std::string> warnings;  ///< helm::Rendered::warnings.
};

/// Parsed charts by repository, commit and path; the oldest go first.
class ChartCache {
 public:
  static constexpr std::size_t kChartsMax = 512;
  /// `clock` gives templates their `now`; it must outlive the cache.
  ChartCache(Clock& clock, Rng rng);
  ~ChartCache();
  ChartCache(const ChartCache&) = delete;
  ChartCache& operator=(const ChartCache&) = delete;

  /// The objects that `call` gives for the chart at `path`. `key` names repository and commit.
  /// Errors: as Argo CD words a failed `helm template`.
  Result<SourceObjects> render(const std::string& key, const FileTree& tree,
                               const std::string& path, const HelmCall& call);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spokelab::hub
