// Status of ApplicationSets, worded as Argo CD words it.
#include "hub/appset/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "base/duration.h"
#include "base/json.h"

namespace spokelab::hub {

namespace {

constexpr std::string_view kRolloutProgressing = "RolloutProgressing";

struct Condition {
  std::string type;
  bool holds;
  std::string reason;
  std::string message;
};

std::vector<Condition> conditions_of(const AppSetOutcome& outcome) {
  const std::string fine = "All applications have been generated successfully";
  const bool failed = !outcome.reason.empty();
  std::vector<Condition> all;
  all.push_back(failed ? Condition{"ErrorOccurred", true, outcome.reason, outcome.message}
                       : Condition{"ErrorOccurred", false, "ApplicationSetUpToDate", fine});
  all.push_back(outcome.parameters_generated
                    ? Condition{"ParametersGenerated", true, "ParametersGenerated",
                                "Successfully generated parameters for all Applications"}
                    : Condition{"ParametersGenerated", false, "ErrorOccurred", outcome.message});
  all.push_back(failed ? Condition{"ResourcesUpToDate", false, "ErrorOccurred", outcome.message}
                       : Condition{"ResourcesUpToDate", true, "ApplicationSetUpToDate", fine});
  return all;
}

Json with_time(const Condition& condition, const Json& before, const std::string& now) {
  Json entry = {{"type", condition.type},
                {"status", condition.holds ? "True" : "False"},
                {"reason", condition.reason},
                {"message", condition.message}};
  std::string since = now;
  if (const Json* listed = find(before, {"conditions"}); listed != nullptr && listed->is_array()) {
    for (const Json& old : *listed) {
      Json bare = old;
      if (!bare.is_object()) continue;
      bare.erase("lastTransitionTime");
      if (bare == entry) since = text_at(old, {"lastTransitionTime"}, now);
    }
  }
  entry["lastTransitionTime"] = since;
  return entry;
}

using Conditions = std::map<std::string, Json>;

Conditions by_type(const Json& status) {
  Conditions found;
  const Json* listed = find(status, {"conditions"});
  if (listed == nullptr || !listed->is_array()) return found;
  for (const Json& one : *listed) found[text_at(one, {"type"})] = one;
  return found;
}

Json sorted(Conditions conditions) {
  Json list = Json::array();
  for (auto& [type, condition] : conditions) list.push_back(std::move(condition));
  return list;
}

Condition rollout_condition(const RolloutNews& news) {
  if (news.progressing_step.empty()) {
    return Condition{std::string(kRolloutProgressing), false, "ApplicationSetRolloutComplete",
                     "ApplicationSet Rollout has completed"};
  }
  return Condition{std::string(kRolloutProgressing), true, "ApplicationSetModified",
                   "ApplicationSet is performing rollout of step " + news.progressing_step};
}

/// Conditions of types that are not ours stay.
Json conditions_after(const Json& before, const AppSetOutcome& outcome, const std::string& now) {
  Conditions conditions = by_type(before);
  if (!outcome.rollout) {
    conditions.erase(std::string(kRolloutProgressing));
  } else if (!outcome.rollout->unchanged) {
    conditions[std::string(kRolloutProgressing)] =
        with_time(rollout_condition(*outcome.rollout), before, now);
  }
  for (const Condition& condition : conditions_of(outcome)) {
    conditions[condition.type] = with_time(condition, before, now);
  }
  return sorted(std::move(conditions));
}

bool is_true(const Json& conditions, std::string_view type) {
  return std::any_of(conditions.begin(), conditions.end(), [type](const Json& one) {
    return text_at(one, {"type"}) == type && text_at(one, {"status"}) == "True";
  });
}

/// The health that conditions amount to: errors, then rollouts, then being up to date.
Json health_of(const Json& conditions) {
  static constexpr std::pair<std::string_view, std::string_view> kRules[] = {
      {"ErrorOccurred", "Degraded"},
      {kRolloutProgressing, "Progressing"},
      {"ResourcesUpToDate", "Healthy"}};
  for (const auto& [type, health] : kRules) {
    if (!is_true(conditions, type)) continue;
    for (const Json& one : conditions) {
      if (text_at(one, {"type"}) != type) continue;
      return Json{{"status", std::string(health)}, {"message", text_at(one, {"message"})}};
    }
  }
  return Json{{"status", "Unknown"}, {"message", ""}};
}

Json resources_of(const std::vector<JsonRef>& apps, std::size_t most) {
  std::map<std::string, Json> by_name;
  for (const JsonRef& app : apps) {
    Json entry = {{"group", "argoproj.io"},
                  {"version", "v1alpha1"},
                  {"kind", "Application"},
                  {"namespace", text_at(*app, {"metadata", "namespace"})},
                  {"name", text_at(*app, {"metadata", "name"})}};
    const std::string sync = text_at(*app, {"status", "sync", "status"});
    const std::string health = text_at(*app, {"status", "health", "status"});
    if (!sync.empty()) entry["status"] = sync;
    if (!health.empty()) entry["health"] = Json{{"status", health}};
    by_name[text_at(*app, {"metadata", "name"})] = std::move(entry);
  }
  Json listed = Json::array();
  for (auto& [name, entry] : by_name) {
    if (listed.size() == most) break;
    listed.push_back(std::move(entry));
  }
  return listed;
}

}  // namespace

Json status_after(const Json& before, const AppSetOutcome& outcome,
                  const std::vector<JsonRef>& apps, WallTime now, std::size_t resources_max) {
  Json status = before.is_object() ? before : Json::object();
  Json conditions = conditions_after(before, outcome, format_rfc3339(now));
  status["health"] = health_of(conditions);
  status["conditions"] = std::move(conditions);
  if (!outcome.rollout) {
    status.erase("applicationStatus");
  } else if (!outcome.rollout->unchanged) {
    status["applicationStatus"] = to_json(outcome.rollout->statuses);
  }
  status["resources"] = resources_of(apps, resources_max);
  status["resourcesCount"] = apps.size();
  return status;
}

Json status_with_rollout(const Json& before, const RolloutNews& news, WallTime now) {
  Json status = before.is_object() ? before : Json::object();
  Conditions conditions = by_type(before);
  conditions[std::string(kRolloutProgressing)] =
      with_time(rollout_condition(news), before, format_rfc3339(now));
  status["conditions"] = sorted(std::move(conditions));
  status["applicationStatus"] = to_json(news.statuses);
  return status;
}

}  // namespace spokelab::hub
