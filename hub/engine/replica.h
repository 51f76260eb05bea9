// Replica: one hub process. Several share the clusters among them by Lease.
#pragma once

#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/history.h"
#include "base/http.h"
#include "base/repo.h"
#include "base/rng.h"
#include "hub/components.h"
#include "hub/engine/window.h"
#include "hub/profile.h"
#include "kube/client.h"

namespace spokelab::hub {

class KustomizeTool;

struct ReplicaConfig {
  std::string name = "hub-0";
  std::string ns = "argocd";
  kube::ClientConfig hub_access;  ///< The hub cluster's API server, with this replica's token.
  Profile profile;                ///< Over which the ConfigMaps of the hub are laid when it starts.
  int replicas =
      1;  ///< How many the hub has: static shards divide by it, unless Profile::replicas says else.
  Components* components = nullptr;    ///< Which of its parts are up; nullptr: all, always.
  Window* window = nullptr;            ///< Where it can be looked into; nullptr: nowhere.
  KustomizeTool* kustomize = nullptr;  ///< Builds overlays; nullptr: they are not available.
};

/// Runs a whole hub replica until cancelled: Lease for the ApplicationSet controller, Leases for
/// clusters, registry, connections, live caches, the application controller. Everything it must
/// remember lies in the hub's API server; a new process with the same name takes up where it finds
/// things. The ports must outlive the coroutine.
Task<void> run_replica(Clock& clock, HttpDialer& dialer, Repos& repos, History& history, Rng rng,
                       ReplicaConfig config);

}  // namespace spokelab::hub
