// ConfigWatch: argocd-notifications-cm and argocd-notifications-secret as they are now.
#pragma once

#include <memory>
#include <string>

#include "base/async.h"
#include "base/clock.h"
#include "base/history.h"
#include "base/rng.h"
#include "hub/notifications/config/config.h"
#include "kube/client.h"
#include "kube/reflector.h"

namespace spokelab::hub::notifications {

/// Follows both objects in Argo CD's namespace. The history learns what they come to: state
/// "hub.notifications" = on, off (no ConfigMap), invalid (and why); and, as facts, what in them has
/// no effect. Nothing is told as long as there has never been a ConfigMap. The references must
/// outlive it.
class ConfigWatch {
 public:
  ConfigWatch(Clock& clock, Rng rng, kube::Client& hub, History& history, std::string ns,
              std::string who);
  /// Runs until cancelled.
  Task<void> run();
  /// Until there is (or is not) a ConfigMap, as far as is known.
  Task<void> wait_present(bool present);
  bool present() const noexcept { return config_map_ != nullptr; }
  /// nullptr when there is no ConfigMap, or it cannot be used, or the Secret is not known yet.
  const std::shared_ptr<const Config>& now() const noexcept { return config_; }

 private:
  Task<void> watch_secret();
  void take_map(const JsonRef& config_map);
  void take_secret(const JsonRef& secret);
  void read();
  void tell(EventKind kind, std::string value, std::string message);

  History& history_;
  std::string who_;
  JsonRef config_map_;
  JsonRef secret_;
  std::shared_ptr<const Config> config_;
  std::string told_;
  Signal changed_;
  kube::Reflector maps_;
  kube::Reflector secrets_;
};

}  // namespace spokelab::hub::notifications
