// Rendering: templates of argocd-notifications-cm into a notification.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "base/rng.h"
#include "base/run_time.h"
#include "hub/notifications/config/config.h"
#include "hub/notifications/config/subscriptions.h"
#include "hub/notifications/message/notification.h"

namespace spokelab::hub::notifications {

/// What a template may look at beside the object.
struct RenderInputs {
  std::map<std::string, JsonRef> objects;  ///< "app", or "cluster".
  Destination destination;                 ///< .serviceType and .recipient.
  WallTime now{};
  const Rng* rng = nullptr;  ///< For Sprig's functions of chance.
};

/// The texts of `templates`, one laid over the other (notifications-engine pkg/templates: Go
/// templates with Sprig, without env and expandenv). Errors: bad_input in text/template's words,
/// "template 'x' is not supported"; limit.
Result<Notification> render(const Config& config, const std::vector<std::string>& templates,
                            const RenderInputs& inputs);

/// Whether every text of a template parses. Errors: bad_input.
Result<void> check_template(const std::string& name, const Template& checked);

}  // namespace spokelab::hub::notifications
