// The few built-in kinds with two versions; custom resources convert by their apiVersion alone.
#include "fakeapi/conversion.h"

#include <utility>

#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

void rename(Json& object, const char* from, const char* to) {
  const auto hit = object.find(from);
  if (hit == object.end()) return;
  Json value = std::move(*hit);
  object.erase(hit);
  object[to] = std::move(value);
}

constexpr std::pair<const char*, const char*> kEventFields[] = {
    {"involvedObject", "regarding"},
    {"message", "note"},
    {"reportingComponent", "reportingController"},
    {"source", "deprecatedSource"},
    {"firstTimestamp", "deprecatedFirstTimestamp"},
    {"lastTimestamp", "deprecatedLastTimestamp"},
    {"count", "deprecatedCount"}};

/// autoscaling/v1 knows one metric: the utilization of CPU.
void autoscaler_to_v2(Json& object) {
  Json* spec = const_cast<Json*>(find(object, {"spec"}));
  if (spec == nullptr || !spec->is_object()) return;
  const auto target = spec->find("targetCPUUtilizationPercentage");
  if (target == spec->end()) return;
  Json metric{
      {"type", "Resource"},
      {"resource",
       {{"name", "cpu"}, {"target", {{"type", "Utilization"}, {"averageUtilization", *target}}}}}};
  spec->erase(target);
  (*spec)["metrics"] = Json::array({std::move(metric)});
}

void autoscaler_to_v1(Json& object) {
  Json* spec = const_cast<Json*>(find(object, {"spec"}));
  if (spec == nullptr || !spec->is_object()) return;
  if (const Json* metrics = find(*spec, {"metrics"}); metrics != nullptr && metrics->is_array()) {
    for (const Json& metric : *metrics) {
      const Json* share = find(metric, {"resource", "target", "averageUtilization"});
      if (text_at(metric, {"resource", "name"}) == "cpu" && share != nullptr) {
        (*spec)["targetCPUUtilizationPercentage"] = *share;
        break;
      }
    }
  }
  spec->erase("metrics");
  spec->erase("behavior");
  if (Json* status = const_cast<Json*>(find(object, {"status"}));
      status != nullptr && status->is_object()) {
    status->erase("conditions");
    status->erase("currentMetrics");
  }
}

}  // namespace

void to_stored(const ServedKind& kind, Json& object) {
  object["apiVersion"] = kind.stored_as;
  const auto& type = kind.type();
  if (kind.stored_as == type.api_version()) return;
  if (type.group == "events.k8s.io") {
    for (const auto& [core, own] : kEventFields) rename(object, own, core);
  } else if (type.group == "autoscaling") {
    autoscaler_to_v2(object);
  }
}

JsonRef to_served(const ServedKind& kind, const JsonRef& stored) {
  const auto& type = kind.type();
  if (kind.stored_as == type.api_version()) return stored;
  Json object = *stored;
  object["apiVersion"] = type.api_version();
  if (type.group == "events.k8s.io") {
    for (const auto& [core, own] : kEventFields) rename(object, core, own);
  } else if (type.group == "autoscaling") {
    autoscaler_to_v1(object);
  }
  return freeze(std::move(object));
}

}  // namespace spokelab::fakeapi
