// Status of ApplicationSets, worded as Argo CD words it.
#include "hub/appset/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/duration.h"
#include "base/json.h"

namespace spokelab::hub {

namespace {

constexpr std::size_t kResourcesMax = 5'000;  // --max-resources-status-count

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

/// Conditions of other types stay, but for those of rollouts, which this engine does not do.
Json conditions_after(const Json& before, const AppSetOutcome& outcome, const std::string& now) {
  std::map<std::string, Json> by_type;
  if (const Json* listed = find(before, {"conditions"}); listed != nullptr && listed->is_array()) {
    for (const Json& old : *listed) by_type[text_at(old, {"type"})] = old;
  }
  by_type.erase("RolloutProgressing");
  for (const Condition& condition : conditions_of(outcome)) {
    by_type[condition.type] = with_time(condition, before, now);
  }
  Json sorted = Json::array();
  for (auto& [type, condition] : by_type) sorted.push_back(std::move(condition));
  return sorted;
}

Json resources_of(const std::vector<JsonRef>& apps) {
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
  Json sorted = Json::array();
  for (auto& [name, entry] : by_name) {
    if (sorted.size() == kResourcesMax) break;
    sorted.push_back(std::move(entry));
  }
  return sorted;
}

}  // namespace

Json status_after(const Json& before, const AppSetOutcome& outcome,
                  const std::vector<JsonRef>& apps, WallTime now) {
  Json status = before.is_object() ? before : Json::object();
  status["conditions"] = conditions_after(before, outcome, format_rfc3339(now));
  const bool failed = !outcome.reason.empty();
  status["health"] = Json{{"status", failed ? "Degraded" : "Healthy"},
                          {"message", conditions_of(outcome)[failed ? 0 : 2].message}};
  status["resources"] = resources_of(apps);
  status["resourcesCount"] = apps.size();
  return status;
}

}  // namespace spokelab::hub
