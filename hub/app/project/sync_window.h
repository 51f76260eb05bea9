// SyncWindow: spans of time in which a project's applications may, or may not, be synced.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/cron_schedule.h"
#include "base/time_zone.h"
#include "hub/app/application.h"
#include "hub/app/field_reader.h"
#include "hub/app/project/pattern.h"

namespace spokelab::hub {

/// One entry of an AppProject's `syncWindows`.
struct SyncWindow {
  bool denies = false;  ///< kind: deny; otherwise allow.
  std::string schedule;
  std::string duration;
  std::vector<Pattern> applications;
  std::vector<Pattern> namespaces;
  std::vector<Pattern> clusters;  ///< Names or server URLs.
  bool manual_sync = false;       ///< Syncs that a person starts are not held up.
  bool all_must_match = false;    ///< `andOperator`.
  bool overrun = false;  ///< `syncOverrun`: what began while it was allowed goes on to its end.

  std::optional<CronSchedule> starts;  ///< `schedule` read; absent when it does not read.
  Nanos span{0};                       ///< `duration` read.
  TimeZone zone;                       ///< `timeZone`; UTC for one that is unknown, as Argo CD.
  std::string problem;  ///< Why schedule or duration do not read, in Argo CD's words.
};

/// Reads one entry. A schedule or duration that does not read is no fault here: it blocks syncs.
SyncWindow read_sync_window(FieldReader& reader);

/// The windows that concern an application with this destination as written (Argo CD
/// SyncWindows.Matches).
std::vector<SyncWindow> windows_for(const std::vector<SyncWindow>& windows, const std::string& app,
                                    const Destination& destination);

/// True while the window is open: its last start lies less than its duration back.
bool is_active(const SyncWindow& window, WallTime now);

struct SyncVerdict {
  bool allowed = true;
  std::string error;  ///< "invalid sync windows: ..."; then nothing is allowed.
  /// When the answer may be another one; nullopt: never.
  std::optional<WallTime> until;
};

/// Whether windows (of windows_for) let a sync run. `manual`: started by a person. `began`: when
/// the operation started, for one that runs already. An open deny window wins; else an open allow
/// window, or there being no allow window at all, lets it run (Argo CD SyncWindows.CanSync).
SyncVerdict can_sync(const std::vector<SyncWindow>& windows, bool manual, WallTime now,
                     std::optional<WallTime> began = std::nullopt);

}  // namespace spokelab::hub
