// Progress: transitions of Applications in a rollout.
#include "hub/appset/rollout/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/duration.h"
#include "base/json.h"

namespace spokelab::hub {

namespace {

constexpr std::string_view kWaiting = "Waiting";
constexpr std::string_view kPending = "Pending";
constexpr std::string_view kProgressing = "Progressing";
constexpr std::string_view kHealthy = "Healthy";
constexpr std::string_view kUser = "applicationset-controller";

std::vector<std::string> texts_of(const Json* list) {
  std::vector<std::string> texts;
  if (list == nullptr || !list->is_array()) return texts;
  for (const Json& item : *list) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

std::vector<std::string> revisions_of(const Json& app) {
  auto revisions = texts_of(find(app, {"status", "sync", "revisions"}));
  if (!revisions.empty()) return revisions;
  const std::string revision = text_at(app, {"status", "sync", "revision"});
  if (!revision.empty()) revisions.push_back(revision);
  return revisions;
}

enum class Order { unknown, before, same, after };

/// How `time` lies to `reference`, in whole seconds.
Order order_of(const std::string& time, const std::string& reference) {
  const auto a = parse_rfc3339(time);
  const auto b = parse_rfc3339(reference);
  if (!a || !b) return Order::unknown;
  return *a < *b ? Order::before : *a == *b ? Order::same : Order::after;
}

bool has_error(const Json& app) {
  const Json* conditions = find(app, {"status", "conditions"});
  if (conditions == nullptr || !conditions->is_array()) return false;
  return std::any_of(conditions->begin(), conditions->end(), [](const Json& one) {
    const std::string type = text_at(one, {"type"});
    return type == "InvalidSpecError" || type == "UnknownError";
  });
}

/// One Application's turn.
class Turn {
 public:
  Turn(const RolloutInput& input, const Json& app, std::string now)
      : input_(input), app_(app), now_(std::move(now)) {}

  RolloutStatus run(const RolloutStatus* before, const Json* wanted, std::string step) {
    const auto revisions = revisions_of(app_);
    if (before == nullptr) {
      status_.application = text_at(app_, {"metadata", "name"});
      status_.target_revisions = revisions;
      move(kWaiting, "No Application status found, defaulting status to Waiting");
    } else {
      status_ = *before;
    }
    const RolloutStatus current = status_;
    status_.step = std::move(step);
    const bool new_revision = current.target_revisions != revisions;
    const bool new_spec = wanted != nullptr && input_.spec_differs(app_, *wanted);
    if (new_revision || new_spec) {
      status_.target_revisions = revisions;
      move(kWaiting, new_revision && new_spec
                         ? "Application has pending changes (revision and spec differ), setting "
                           "status to Waiting"
                     : new_revision
                         ? "Application has pending changes, setting status to Waiting"
                         : "Application has pending changes (spec differs), setting status to "
                           "Waiting");
    }
    if (status_.status == kWaiting) {
      skip_what_is_synced();
    } else if (current.status == kPending) {
      leave_pending(current);
    } else if (current.status == kProgressing && is_synced() && is_healthy()) {
      move(kHealthy,
           "Application resource became Healthy, updating status from Progressing to Healthy");
    }
    return std::move(status_);
  }

 private:
  void move(std::string_view status, std::string_view message) {
    status_.status = status;
    status_.message = message;
    status_.last_transition = now_;
  }
  bool is_synced() const { return text_at(app_, {"status", "sync", "status"}) == "Synced"; }
  bool is_healthy() const { return text_at(app_, {"status", "health", "status"}) == "Healthy"; }

  /// A new revision need not change anything.
  void skip_what_is_synced() {
    if (!is_synced()) return;
    if (is_healthy()) {
      move(kHealthy, "Application resource has synced, updating status to Healthy");
    } else {
      move(kProgressing, "Application resource has synced, updating status to Progressing");
    }
  }

  void leave_pending(const RolloutStatus& current) {
    const std::string started = text_at(app_, {"status", "operationState", "startedAt"});
    const Order operation = order_of(started, current.last_transition);
    const std::string user =
        text_at(app_, {"status", "operationState", "operation", "initiatedBy", "username"});
    const bool ours = input_.trusts_own_operation && user == kUser &&
                      (operation == Order::same || operation == Order::after);
    const std::string reconciled = text_at(app_, {"status", "reconciledAt"});
    const bool looked_at =
        reconciled.empty() || order_of(reconciled, current.last_transition) == Order::after;
    if (!ours && !looked_at) return;
    if (ours || operation == Order::after) {
      const std::string phase = text_at(app_, {"status", "operationState", "phase"});
      const bool failed = phase == "Failed" || phase == "Error";
      move(kProgressing, phase == "Succeeded"
                             ? "Application resource completed a sync successfully, updating "
                               "status from Pending to Progressing"
                         : failed ? "Application resource completed a sync, updating status from "
                                    "Pending to Progressing"
                                  : "Application resource became Progressing, updating status from "
                                    "Pending to Progressing");
    } else if (has_error(app_)) {
      move(kProgressing,
           "Application resource has error and cannot sync, updating status to Progressing");
    }
  }

  const RolloutInput& input_;
  const Json& app_;
  std::string now_;
  RolloutStatus status_;
};

const RolloutStatus* status_of(const std::vector<RolloutStatus>& statuses, const std::string& app) {
  const auto hit = std::find_if(statuses.begin(), statuses.end(),
                                [&](const RolloutStatus& one) { return one.application == app; });
  return hit == statuses.end() ? nullptr : &*hit;
}

/// A step is open when all Applications of those before it exist and are Healthy.
std::set<std::string> unlocked_by(const StepPlan& steps,
                                  const std::vector<RolloutStatus>& statuses) {
  std::set<std::string> open;
  for (const auto& members : steps.members) {
    open.insert(members.begin(), members.end());
    const bool done = std::all_of(members.begin(), members.end(), [&](const std::string& app) {
      const RolloutStatus* status = status_of(statuses, app);
      return status != nullptr && status->status == kHealthy;
    });
    if (!done) break;
  }
  return open;
}

/// What an Application follows (repository and revision, as its sources name them), and the commit
/// it was last compared with.
std::map<std::pair<std::string, std::string>, std::string> commits_of(const Json& app) {
  std::map<std::pair<std::string, std::string>, std::string> commits;
  const auto revisions = revisions_of(app);
  const auto add = [&](const Json& source, std::size_t at) {
    commits[{text_at(source, {"repoURL"}), text_at(source, {"targetRevision"})}] =
        at < revisions.size() ? revisions[at] : "";
  };
  const Json* sources = find(app, {"spec", "sources"});
  if (sources != nullptr && sources->is_array() && !sources->empty()) {
    for (std::size_t at = 0; at < sources->size(); ++at) add((*sources)[at], at);
  } else if (const Json* source = find(app, {"spec", "source"})) {
    add(*source, 0);
  }
  return commits;
}

/// Locks again what would overtake an Application of an earlier step.
void hold_what_would_overtake(const RolloutInput& input, const StepPlan& steps,
                              std::set<std::string>& unlocked) {
  std::map<std::string, std::map<std::pair<std::string, std::string>, std::string>> commits;
  for (const JsonRef& app : input.owned) {
    commits.emplace(text_at(*app, {"metadata", "name"}), commits_of(*app));
  }
  // Step by step: the commits that those before have seen of each branch.
  std::map<std::pair<std::string, std::string>, std::set<std::string>> seen;
  for (const auto& members : steps.members) {
    for (const std::string& app : members) {
      for (const auto& [branch, commit] : commits[app]) {
        const auto earlier = seen.find(branch);
        if (earlier == seen.end()) continue;
        const bool same = earlier->second.size() == 1 && earlier->second.contains(commit);
        if (!same) unlocked.erase(app);
      }
    }
    for (const std::string& app : members) {
      for (const auto& [branch, commit] : commits[app]) seen[branch].insert(commit);
    }
  }
}

/// From Waiting to Pending. Applications in no step count to the first one's total, as in Argo CD.
void start_what_may(const RolloutInput& input, const std::set<std::string>& unlocked,
                    const StepPlan& steps, std::vector<RolloutStatus>& statuses,
                    const std::string& now) {
  const auto index_of = [&steps](const RolloutStatus& status) {
    const auto hit = steps.step_of.find(status.application);
    return hit == steps.step_of.end() ? std::size_t{0} : hit->second;
  };
  std::vector<std::int64_t> total(input.strategy.steps.size());
  std::vector<std::int64_t> updating(input.strategy.steps.size());
  for (const RolloutStatus& status : statuses) {
    const std::size_t step = index_of(status);
    ++total[step];
    if (status.status == kPending || status.status == kProgressing) ++updating[step];
  }
  for (RolloutStatus& status : statuses) {
    const std::size_t step = index_of(status);
    const auto& limit = input.strategy.steps[step].max_update;
    const bool room = !limit || updating[step] < limit->allowed(total[step]);
    if (status.status != kWaiting || !unlocked.contains(status.application) || !room) continue;
    status.status = kPending;
    status.message =
        "Application moved to Pending status, watching for the Application resource to start "
        "Progressing";
    status.last_transition = now;
    ++updating[step];
  }
}

std::string first_unfinished(std::size_t steps, const std::vector<RolloutStatus>& statuses) {
  for (std::size_t step = 1; step <= steps; ++step) {
    const std::string text = std::to_string(step);
    const bool busy = std::any_of(statuses.begin(), statuses.end(), [&](const RolloutStatus& one) {
      return one.step == text && one.status != kHealthy;
    });
    if (busy) return text;
  }
  return "";
}

Json operation_for(const Json& app, bool prune) {
  Json sync = Json::object();
  if (const Json* options = find(app, {"spec", "syncPolicy", "syncOptions"});
      options != nullptr && options->is_array()) {
    sync["syncOptions"] = *options;
  }
  if (prune) sync["prune"] = true;
  Json retry = {{"limit", 5}};
  if (const Json* own = find(app, {"spec", "syncPolicy", "retry"});
      own != nullptr && own->is_object()) {
    retry = *own;
  }
  return Json{{"initiatedBy", {{"username", std::string(kUser)}, {"automated", true}}},
              {"info", Json::array({Json{{"name", "Reason"},
                                         {"value",
                                          "ApplicationSet RollingSync triggered a sync of this "
                                          "Application resource"}}})},
              {"sync", std::move(sync)},
              {"retry", std::move(retry)}};
}

}  // namespace

std::vector<RolloutStatus> read_rollout_statuses(const Json& appset_status) {
  std::vector<RolloutStatus> statuses;
  const Json* listed = find(appset_status, {"applicationStatus"});
  if (listed == nullptr || !listed->is_array()) return statuses;
  for (const Json& one : *listed) {
    statuses.push_back(RolloutStatus{text_at(one, {"application"}), text_at(one, {"status"}),
                                     text_at(one, {"step"}), text_at(one, {"message"}),
                                     text_at(one, {"lastTransitionTime"}),
                                     texts_of(find(one, {"targetRevisions"}))});
  }
  return statuses;
}

Json to_json(const std::vector<RolloutStatus>& statuses) {
  Json list = Json::array();
  for (const RolloutStatus& one : statuses) {
    list.push_back(Json{{"application", one.application},
                        {"lastTransitionTime", one.last_transition},
                        {"message", one.message},
                        {"status", one.status},
                        {"step", one.step},
                        {"targetRevisions", one.target_revisions}});
  }
  return list;
}

bool Rollout::syncs(const std::string& app) const {
  const RolloutStatus* status = status_of(statuses, app);
  return status != nullptr && status->status == kPending && unlocked.contains(app);
}

Rollout advance_rollout(const RolloutInput& input) {
  Rollout rollout;
  const std::string now = format_rfc3339(input.now);
  rollout.steps = plan_steps(input.strategy, input.wanted);
  std::map<std::string, const Json*> wanted;
  for (const Json* app : input.wanted) wanted.emplace(text_at(*app, {"metadata", "name"}), app);
  if (input.strategy.rolls()) {
    for (const JsonRef& app : input.owned) {
      const std::string name = text_at(*app, {"metadata", "name"});
      const auto hit = wanted.find(name);
      Turn turn(input, *app, now);
      rollout.statuses.push_back(turn.run(status_of(input.before, name),
                                          hit == wanted.end() ? nullptr : hit->second,
                                          rollout.steps.step_text(name)));
    }
    rollout.unlocked = unlocked_by(rollout.steps, rollout.statuses);
    if (input.waits_for_same_commit) {
      hold_what_would_overtake(input, rollout.steps, rollout.unlocked);
    }
    start_what_may(input, rollout.unlocked, rollout.steps, rollout.statuses, now);
  }
  rollout.progressing_step = first_unfinished(input.strategy.steps.size(), rollout.statuses);
  return rollout;
}

void disable_automation(Json& app) {
  const Json* automated = find(app, {"spec", "syncPolicy", "automated"});
  if (automated == nullptr || !automated->is_object()) return;
  set_at(app, {"spec", "syncPolicy", "automated", "enabled"}, false);
}

void apply_rollout(Json& app, const Rollout& rollout) {
  const Json* automated = find(app, {"spec", "syncPolicy", "automated"});
  const bool prune = automated != nullptr && bool_at(*automated, {"enabled"}, true) &&
                     bool_at(*automated, {"prune"});
  disable_automation(app);
  if (rollout.syncs(text_at(app, {"metadata", "name"}))) {
    Json operation = operation_for(app, prune);
    app["operation"] = std::move(operation);
  }
}

std::string next_to_delete(const RolloutStrategy& strategy, const std::vector<JsonRef>& owned) {
  std::vector<const Json*> apps;
  for (const JsonRef& app : owned) apps.push_back(app.get());
  const StepPlan steps = plan_steps(strategy, apps);
  std::string last;
  std::size_t last_step = 0;
  for (const auto& [app, step] : steps.step_of) {  // by name
    if (!last.empty() && step <= last_step) continue;
    last = app;
    last_step = step;
  }
  return last;
}

}  // namespace spokelab::hub
