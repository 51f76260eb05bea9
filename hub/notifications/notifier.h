// Notifier: asks the triggers about one object, and tells its subscribers.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "base/async.h"
#include "base/rng.h"
#include "hub/notifications/config/config.h"
#include "hub/notifications/ports.h"
#include "hub/notifications/state.h"

namespace spokelab::hub::notifications {

/// The object.
struct Subject {
  std::string name;      ///< Of the Application or cluster.
  std::string cluster;   ///< The cluster concerned; empty: unknown.
  std::string variable;  ///< What conditions and templates call it: "app" or "cluster".
  JsonRef object;
  std::string notified;  ///< The text of its annotation kNotifiedAnnotation.
};

class Notifier {
 public:
  Notifier(const Ports& ports, Rng rng) : ports_(ports), rng_(rng) {}

  /// One round (notifications-engine pkg/controller: processResourceWithAPI): for each trigger and
  /// condition, those who have not been told yet that it holds are told now, one after the other.
  /// Returns the annotation's text as it now ought to be. History: fact "alert.<object>.<trigger>"
  /// = delivered or failed, with the numbers `sent` (run time in nanoseconds) and `attempts`.
  Task<std::string> process(Subject subject, std::shared_ptr<const Config> config,
                            Destinations destinations);

 private:
  struct Round;
  struct Found {
    bool holds = false;
    std::string once_per;
  };

  Found ask(const Round& round, const std::string& trigger, const Condition& condition);
  Task<void> tell(Round& round, std::string trigger, const Condition& condition,
                  std::string once_per, Destination to);
  void complain(const std::string& trigger, const std::string& message);

  const Ports& ports_;
  Rng rng_;
  std::set<std::string> complaints_;
};

}  // namespace spokelab::hub::notifications
