// AppController: keeps the Applications of the clusters this replica serves in step with Git.
#pragma once

#include <memory>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/history.h"
#include "base/http.h"
#include "base/rng.h"
#include "hub/app/compare/compare.h"
#include "hub/app/manifest_source.h"
#include "hub/app/project/project_watch.h"
#include "hub/cluster/cluster_set.h"
#include "hub/metrics/hub_metrics.h"
#include "hub/profile.h"
#include "hub/settings/settings_watch.h"
#include "kube/client.h"

namespace spokelab::hub {

/// What a controller works with. All of it must outlive the controller.
struct ControllerPorts {
  Clock& clock;
  History& history;
  kube::Client& hub;  ///< The hub cluster's own API server: Applications, ApplicationSets, Secrets
                      ///< live there.
  ClusterSet& clusters;
  ManifestSource& manifests;
  Repos& repos;
  const Profile& profile;
  std::string ns;                     ///< Argo CD's namespace, "argocd".
  std::string who;                    ///< This replica, "hub-0": the history's `who`.
  SettingsWatch* settings = nullptr;  ///< nullptr: no settings but the built-in ones.
  ProjectWatch* projects = nullptr;   ///< nullptr: no project restricts anything.
  HubMetrics* metrics = nullptr;      ///< nullptr: nothing is counted.
  HttpDialer* dialer = nullptr;  ///< For connections in others' names; nullptr: there are none.
};

class AppController {
 public:
  AppController(ControllerPorts ports, Rng rng);
  ~AppController();
  /// Runs until cancelled.
  Task<void> run();
  /// What the last comparison of an application saw; nullptr while this replica does not look after
  /// it. Valid until anything runs.
  const CompareMemo* compared(const std::string& app) const;
  /// Adds what can be said of applications and queues now (Argo CD controller/metrics).
  void collect(metrics::Exposition& page) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spokelab::hub
