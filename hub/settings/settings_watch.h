// SettingsWatch: argocd-cm as it is now.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/clock.h"
#include "base/history.h"
#include "base/rng.h"
#include "hub/settings/settings.h"
#include "kube/client.h"
#include "kube/reflector.h"

namespace spokelab::hub {

/// Follows the ConfigMap argocd-cm in Argo CD's namespace. Without the ConfigMap the settings are
/// empty. Tells the history of entries that have no effect. The references must outlive it.
class SettingsWatch {
 public:
  SettingsWatch(Clock& clock, Rng rng, kube::Client& hub, History& history, std::string ns,
                std::string who);
  /// Runs until cancelled.
  Task<void> run();
  /// Until the settings were read for the first time: nothing may be compared before.
  Task<void> wait_ready();
  /// Never null; the same object as long as nothing changes.
  const std::shared_ptr<const HubSettings>& now() const noexcept { return settings_; }
  /// Calls after each change.
  void listen(std::function<void()> changed) { listeners_.push_back(std::move(changed)); }

 private:
  void take(const JsonRef& config_map);

  History& history_;
  std::string who_;
  std::shared_ptr<const HubSettings> settings_ = std::make_shared<HubSettings>();
  std::vector<std::function<void()>> listeners_;
  kube::Reflector reflector_;
};

}  // namespace spokelab::hub
