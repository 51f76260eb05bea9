// The strategies of CertificateSigningRequests.
#include "fakeapi/admit/certificate_requests.h"

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "fakeapi/auth.h"

namespace spokelab::fakeapi {

namespace {

std::vector<std::size_t> places_of(const Json& conditions, std::string_view type) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if (text_at(conditions[i], {"type"}) == type) places.push_back(i);
  }
  return places;
}

Json conditions_of(const Json& request) {
  const Json* list = find(request, {"status", "conditions"});
  return list != nullptr && list->is_array() ? *list : Json::array();
}

bool is_unset(const Json& condition, const char* field) {
  const Json* value = find(condition, {field});
  return value == nullptr || value->is_null();
}

void set_times(const Json& before, Json& conditions, const std::string& now) {
  for (Json& one : conditions) {
    if (!one.is_object()) continue;
    if (is_unset(one, "lastUpdateTime")) one["lastUpdateTime"] = now;
    if (!is_unset(one, "lastTransitionTime")) continue;
    const auto same = std::find_if(before.begin(), before.end(), [&one](const Json& other) {
      return text_at(other, {"type"}) == text_at(one, {"type"}) &&
             text_at(other, {"status"}) == text_at(one, {"status"}) &&
             !is_unset(other, "lastTransitionTime");
    });
    one["lastTransitionTime"] = same != before.end() ? text_at(*same, {"lastTransitionTime"}) : now;
  }
}

void put_conditions(Json& request, Json conditions) {
  if (!request["status"].is_object()) request["status"] = Json::object();
  if (conditions.empty())
    request["status"].erase("conditions");
  else
    request["status"]["conditions"] = std::move(conditions);
}

}  // namespace

void begin_certificate_request(Json& request, const UserInfo* who) {
  if (!request["spec"].is_object()) request["spec"] = Json::object();
  Json& spec = request["spec"];
  for (const char* field : {"username", "uid", "groups", "extra"}) spec.erase(field);
  if (who == nullptr) return;
  if (!who->name.empty()) spec["username"] = who->name;
  if (!who->uid.empty()) spec["uid"] = who->uid;
  if (!who->groups.empty()) spec["groups"] = who->groups;
  if (!who->extra.empty()) spec["extra"] = who->extra;
}

void keep_certificate_request(const Json& old, Json& request, std::string_view subresource,
                              const std::string& now) {
  const Json before = conditions_of(old);
  Json conditions = conditions_of(request);
  const Json* status = find(old, {"status"});
  request["spec"] = old["spec"];
  if (subresource == "status") {
    // Whether it is approved is not told here; to add or remove such a condition is refused later.
    for (const char* type : {"Approved", "Denied"}) {
      const auto was = places_of(before, type);
      const auto is = places_of(conditions, type);
      if (was.size() != is.size()) continue;
      for (std::size_t i = 0; i < is.size(); ++i) conditions[is[i]] = before[was[i]];
    }
  } else {
    request["status"] = status != nullptr ? *status : Json::object();
    if (subresource != "approval") return;
  }
  set_times(before, conditions, now);
  put_conditions(request, std::move(conditions));
}

}  // namespace spokelab::fakeapi
