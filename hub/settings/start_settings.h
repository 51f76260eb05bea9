// Start settings: what the processes of a hub read from ConfigMaps when they start.
#pragma once

#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/history.h"
#include "hub/profile.h"
#include "kube/client.h"

namespace spokelab::hub {

/// `given` with argocd-cmd-params-cm and the start-up part of argocd-cm laid over it, as they are
/// now: a pod's environment comes from them once, and a later change waits for its restart. Waits
/// until the hub's API server answers, since no pod starts without it; a ConfigMap that is not
/// there is empty. Tells the history of entries without effect.
Task<Profile> start_settings(Clock& clock, kube::Client& hub, History& history, std::string ns,
                             std::string who, Profile given);

}  // namespace spokelab::hub
