// NotifiedState: what an object's subscribers have been told already.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/run_time.h"
#include "hub/notifications/config/subscriptions.h"

namespace spokelab::hub::notifications {

/// The annotation that the state is kept in.
inline constexpr std::string_view kNotifiedAnnotation = "notified.notifications.argoproj.io";
/// How many entries are kept; the oldest go first.
inline constexpr std::size_t kNotifiedMax = 100;

/// notifications-engine pkg/controller/state.go. An entry's key is
/// "[<oncePer>:]<trigger>:<condition>:<service>:<recipient>", its value the Unix time.
class NotifiedState {
 public:
  /// From the annotation's text; what does not read counts as nothing.
  static NotifiedState read(std::string_view text);
  /// The annotation's text, as Go's encoding/json writes it; "" when nothing is kept. Trims first.
  std::string write();

  /// Notes that the condition holds now and its subscriber is being told. False when he was before.
  bool begin(const std::string& trigger, const std::string& condition, const std::string& once_per,
             const Destination& to, WallTime now);
  /// Notes that the condition does not hold, or that telling failed. With `once_per` nothing
  /// changes: what was to be told once counts as told even when it failed, as in Argo CD.
  void end(const std::string& trigger, const std::string& condition, const std::string& once_per,
           const Destination& to);

  const std::map<std::string, std::int64_t>& entries() const noexcept { return entries_; }

 private:
  std::map<std::string, std::int64_t> entries_;
};

}  // namespace spokelab::hub::notifications
