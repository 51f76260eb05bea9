// ManifestSource: the objects an Application wants, from its Git source at a revision.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json_fwd.h"
#include "base/repo.h"
#include "base/rng.h"
#include "hub/components.h"
#include "hub/metrics/hub_metrics.h"
#include "hub/profile.h"

namespace spokelab::hub {

class KustomizeTool;

/// What the destination and the application add to a rendering.
struct RenderContext {
  std::string app_name;
  std::string app_namespace;
  std::string project;
  std::string destination_namespace;
  std::string kube_version = "v1.32.0";
  std::vector<std::string> api_versions;
  std::vector<std::string> kustomize_options;  ///< `kustomize.buildOptions` of argocd-cm.
};

struct Manifests {
  std::vector<std::string> revisions;     ///< Resolved commit per source.
  std::vector<JsonRef> objects;           ///< In the order the source gives them.
  std::vector<std::string> source_types;  ///< "Helm" or "Directory", per source.
  std::vector<std::string>
      warnings;  ///< Of charts: what Helm warns of, and what differs at each rendering.
};

/// Resolves, reads and renders as Argo CD's repo-server does, and fails as its callers find it
/// failing; caches resolved revisions (Profile::repo_poll_every) and parsed charts, and rendered
/// manifests by (revision, source, context).
class ManifestSource {
 public:
  /// `components` says whether repo-server and Redis are there; nullptr: always. `metrics` counts
  /// what both are asked; nullptr: nobody does. `kustomize` builds overlays; nullptr: they are told
  /// as not available. All must outlive this.
  ManifestSource(Clock& clock, Rng rng, const Profile& profile, Repos& repos,
                 Components* components = nullptr, HubMetrics* metrics = nullptr,
                 KustomizeTool* kustomize = nullptr);
  ~ManifestSource();
  /// Commit id of one source's targetRevision. `force`: do not use a remembered answer.
  Task<Result<std::string>> resolve(JsonRef source, bool force);
  /// Manifests of an Application's spec (`source` or `sources` with $ref). Errors carry the texts
  /// Argo CD puts behind "Failed to load target state: failed to generate manifest for source 1 of
  /// 1: ...". `revisions` empty: resolve targetRevision.
  Task<Result<Manifests>> generate(JsonRef app_spec, std::vector<std::string> revisions,
                                   RenderContext context, bool force);
  /// Resolves every revision anew when it is next asked for: others may have seen newer ones
  /// meanwhile.
  void forget_revisions();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spokelab::hub
