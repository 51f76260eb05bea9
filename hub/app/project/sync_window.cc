// Reading sync windows, matching applications with them, and deciding.
#include "hub/app/project/sync_window.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hub/gotemplate/time_format.h"

namespace spokelab::hub {
namespace {

std::vector<Pattern> read_patterns(FieldReader& reader, std::string_view key) {
  std::vector<Pattern> patterns;
  for (std::string& text : reader.texts(key)) patterns.emplace_back(std::move(text));
  return patterns;
}

bool any_matches(const std::vector<Pattern>& patterns, const std::string& text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const Pattern& pattern) { return pattern.matches(text); });
}

bool concerns(const SyncWindow& window, const std::string& app, const Destination& to) {
  const bool by_app = any_matches(window.applications, app);
  const bool by_namespace = any_matches(window.namespaces, to.ns);
  const bool by_cluster = (!to.name.empty() && any_matches(window.clusters, to.name)) ||
                          (!to.server.empty() && any_matches(window.clusters, to.server));
  if (!window.all_must_match) return by_app || by_namespace || by_cluster;
  const bool any =
      !window.applications.empty() || !window.namespaces.empty() || !window.clusters.empty();
  return any && (window.applications.empty() || by_app) &&
         (window.namespaces.empty() || by_namespace) && (window.clusters.empty() || by_cluster);
}

/// When the window opened last, or nullopt where it is closed; Argo CD's arithmetic: the zone's
/// offset of now is laid over the whole calendar.
struct Opening {
  bool open = false;
  std::optional<WallTime> ends;
};

Opening opening_at(const SyncWindow& window, WallTime now) {
  const Nanos offset = window.zone.offset_at(now);
  const WallTime local = now + offset;
  const auto start = window.starts->next(local - window.span);
  // A schedule that never comes true (30 February) counts as open: Go's zero time is before now.
  if (!start) return {true, std::nullopt};
  if (*start >= local) return {};
  return {true, *start - offset + window.span};
}

/// The next instant at which the window opens, closes, or its zone's clocks are changed.
std::optional<WallTime> next_change(const SyncWindow& window, WallTime now) {
  constexpr Nanos kRightAfter = std::chrono::milliseconds(1);  // at its very start it is not open
  std::optional<WallTime> soonest = window.zone.next_change(now);
  const auto consider = [&](std::optional<WallTime> at) {
    if (at && *at > now && (!soonest || *at < *soonest)) soonest = at;
  };
  consider(opening_at(window, now).ends);
  const Nanos offset = window.zone.offset_at(now);
  if (const auto start = window.starts->next(now + offset)) consider(*start - offset + kRightAfter);
  return soonest;
}

bool all_manual(const std::vector<const SyncWindow*>& windows) {
  return std::all_of(windows.begin(), windows.end(),
                     [](const SyncWindow* window) { return window->manual_sync; });
}

/// The windows that stand in the way at an instant; empty: none.
std::vector<const SyncWindow*> blocking(const std::vector<SyncWindow>& windows, WallTime now) {
  std::vector<const SyncWindow*> denies;
  std::vector<const SyncWindow*> closed;
  bool allowed = false;
  for (const SyncWindow& window : windows) {
    const bool active = is_active(window, now);
    if (window.denies && active) denies.push_back(&window);
    if (!window.denies && active) allowed = true;
    if (!window.denies && !active) closed.push_back(&window);
  }
  if (!denies.empty() || allowed) return denies;
  return closed;
}

bool may_run(const std::vector<SyncWindow>& windows, bool manual, WallTime now,
             std::optional<WallTime> began) {
  const std::vector<const SyncWindow*> in_the_way = blocking(windows, now);
  if (in_the_way.empty() || (manual && all_manual(in_the_way))) return true;
  const bool overrun = std::all_of(in_the_way.begin(), in_the_way.end(),
                                   [](const SyncWindow* window) { return window->overrun; });
  return overrun && began && *began < now && may_run(windows, manual, *began, std::nullopt);
}

}  // namespace

SyncWindow read_sync_window(FieldReader& reader) {
  SyncWindow window;
  window.denies = reader.text("kind") == "deny";
  window.schedule = reader.text("schedule");
  window.duration = reader.text("duration");
  window.applications = read_patterns(reader, "applications");
  window.namespaces = read_patterns(reader, "namespaces");
  window.clusters = read_patterns(reader, "clusters");
  window.manual_sync = reader.truth("manualSync");
  window.all_must_match = reader.truth("andOperator");
  window.overrun = reader.truth("syncOverrun");
  auto zone = TimeZone::load(reader.text("timeZone"));
  if (zone) window.zone = std::move(*zone);
  auto starts = CronSchedule::parse(window.schedule, CronSyntax::fields_only);
  const auto span = gotemplate::parse_go_duration(window.duration);
  if (!starts) {
    window.problem =
        fmt::format("cannot parse schedule '{}': {}", window.schedule, starts.error().message());
  } else if (!span) {
    window.problem =
        fmt::format("cannot parse duration '{}': {}", window.duration, span.error().message());
  } else {
    window.starts = std::move(*starts);
    window.span = Nanos(*span);
  }
  return window;
}

std::vector<SyncWindow> windows_for(const std::vector<SyncWindow>& windows, const std::string& app,
                                    const Destination& destination) {
  std::vector<SyncWindow> matching;
  for (const SyncWindow& window : windows) {
    if (concerns(window, app, destination)) matching.push_back(window);
  }
  return matching;
}

bool is_active(const SyncWindow& window, WallTime now) {
  return window.starts && opening_at(window, now).open;
}

SyncVerdict can_sync(const std::vector<SyncWindow>& windows, bool manual, WallTime now,
                     std::optional<WallTime> began) {
  SyncVerdict verdict;
  for (const SyncWindow& window : windows) {
    if (window.problem.empty()) continue;
    verdict.allowed = false;
    verdict.error = "invalid sync windows: " + window.problem;
    return verdict;
  }
  verdict.allowed = may_run(windows, manual, now, began);
  for (const SyncWindow& window : windows) {
    const auto change = next_change(window, now);
    if (change && (!verdict.until || *change < *verdict.until)) verdict.until = change;
  }
  return verdict;
}

}  // namespace spokelab::hub
