// NotificationConfig: what argocd-notifications-cm and argocd-notifications-secret say.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "hub/notifications/expr/program.h"
#include "kube/selector.h"

namespace spokelab::hub::notifications {

using Texts = std::map<std::string, std::string>;

/// One condition of a trigger (notifications-engine pkg/triggers).
struct Condition {
  std::string when;
  std::string once_per;  ///< Empty: none.
  std::string description;
  std::vector<std::string> send;  ///< Names of templates.
  std::string key;  ///< "[0].<hash of `when`>": how the state of notified objects names it.
  expr::Program when_program;
  expr::Program once_program;
};

/// A service as configured. `options` has its secrets put in.
struct Service {
  std::string name;  ///< As recipients name it: "slack", or "alerts" of "service.webhook.alerts".
  std::string type;
  Json options;
};

/// A template, parsed as far as to know that its texts are Go templates. `message` and the texts
/// within the other sections are rendered for each notification.
struct Template {
  std::string message;
  std::map<std::string, Json> sections;  ///< "webhook", "alertmanager", "slack", "email", ...
};

/// An entry of `subscriptions`: who is told without asking.
struct DefaultSubscription {
  std::vector<std::string> recipients;  ///< "slack:channel".
  std::vector<std::string> triggers;    ///< Empty: the default ones.
  kube::LabelSelector selector;
};

struct Config {
  std::map<std::string, std::vector<Condition>> triggers;
  std::map<std::string, Template> templates;
  std::map<std::string, Service> services;
  std::vector<DefaultSubscription> subscriptions;
  std::vector<std::string> default_triggers;
  std::map<std::string, std::vector<std::string>> service_default_triggers;
  Texts context;
  Texts secrets;
  /// What was read and has no effect: references to keys that the Secret has not, and keys of old
  /// releases.
  std::vector<std::string> problems;

  /// Whether the trigger speaks of clusters (`cluster.connection.status`): it is for clusters then,
  /// and not for Applications.
  bool is_about_clusters(std::string_view trigger) const;
};

/// Reads both objects' data (notifications-engine pkg/api/config.go, Argo CD
/// util/notification/settings). As there, one entry that does not read spoils the whole. Errors:
/// bad_input, limit.
Result<Config> read_config(const Texts& data, const Texts& secrets);

/// Whether notifications-engine knows a service of that type.
bool is_service_type(std::string_view type);

}  // namespace spokelab::hub::notifications
