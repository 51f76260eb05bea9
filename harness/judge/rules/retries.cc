#include "harness/judge/rules/retries.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "hub/app/operation_state.h"

namespace spokelab::harness {

Nanos BoundedRetries::heal_delay(std::int64_t heals) const {
  if (heals <= 0) return Nanos{0};
  Nanos delay = facts_.heal_first;
  for (std::int64_t i = 1; i < heals && delay < facts_.heal_most; ++i) delay *= facts_.heal_factor;
  return std::min(delay, facts_.heal_most);
}

void BoundedRetries::started(const std::string& name, App& app, RunTime at) {
  app.retries = 0;
  if (!std::exchange(app.heals_now, false)) {
    app.heals = 0;
    return;
  }
  const Nanos due = heal_delay(app.heals);
  ++app.heals;
  if (!app.finished || at - *app.finished + kSlack >= due) return;
  complain_(
      fmt::format("back-off: at {} self-heal {} in a row of app.{} began {} after the last "
                  "sync, and {} are to lie between",
                  format_run_time(at), app.heals, name, format_duration(at - *app.finished),
                  format_duration(due)));
}

void BoundedRetries::retried(const std::string& name, App& app, const Event& event) {
  if (event.message == hub::kRetryAfterReturn) {
    app.retries = 0;
    return;
  }
  ++app.retries;
  const auto limit = facts_.limit_of ? facts_.limit_of(name) : std::nullopt;
  // Once is enough.
  if (!limit || *limit < 0 || app.retries != *limit + 1) return;
  complain_(
      fmt::format("retries: at {} an operation of app.{} was tried again (retry {}), and its "
                  "limit is {}",
                  format_run_time(event.at), name, app.retries, *limit));
}

void BoundedRetries::apply(const Event& event) {
  if (event.kind != EventKind::fact || !event.subject.starts_with("app.")) return;
  const auto name = event.subject.substr(4);
  if (event.value == "deleted" || event.value == "removed") {
    apps_.erase(name);
  } else if (event.value == "self-heal") {
    apps_[name].heals_now = true;
  } else if (event.value == "sync-started") {
    started(name, apps_[name], event.at);
  } else if (event.value == "retry") {
    retried(name, apps_[name], event);
  } else if (event.value == "sync-finished") {
    apps_[name].finished = event.at;
  }
}

}  // namespace spokelab::harness
