// look: what a hub shows of itself to somebody who asks, live or in a run that is played again.
#pragma once

#include <string>

#include "base/json_fwd.h"
#include "harness/run/lab.h"

namespace spokelab::harness {

/// What is asked for.
struct LookRequest {
  /// "clusters", "apps", "appsets" list; "app" is one application with its sync windows, "diff" its
  /// objects, wanted and live; "metrics" a page for Prometheus.
  std::string what;
  /// Of one, for metrics a replica; empty: all. An application may be written "NAMESPACE/NAME".
  std::string name;
  std::string selector;  ///< Labels, as kubectl's -l; empty: all.
};
Json to_json(const LookRequest& request);
LookRequest read_look_request(const Json& document);

/// The answer: {"now": calendar time, "time": time of the run, "items": [...]}, and of "app"
/// {"windows": ...}; or {"error": what is wrong, with the names that there are}. Objects are read
/// from the hub's store, the rest from the memory of its replicas; nothing travels over the
/// network and nothing is told to the history, so that whoever looks changes nothing.
/// - Applications carry the health of their resources, which Argo CD's API server adds, too.
/// - Clusters are as `argocd cluster list -o json` has them (without `config`), and "owner",
///   "lastSeen".
/// - Of "diff": {"group", "kind", "namespace", "name", "live", "target"}, both as they were
///   compared, null for what is not there or not wanted; only what differs. Values of Secrets are
///   hidden.
/// - Of "metrics": {"text": ...}; where it is not one replica's, each series has a label `pod`.
Json look(Lab& lab, const LookRequest& request);

}  // namespace spokelab::harness
