#include "harness/run/object_probe.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"
#include "base/json.h"
#include "kube/kinds.h"

namespace spokelab::harness {

namespace {

constexpr const char* kHubApi = "hub.api";
constexpr std::size_t kFieldAt = 5;  // object . CLUSTER . KIND . NS . NAME . FIELD

/// The value at a path of keys and list indexes; "" when absent.
std::string value_at(const Json& object, const std::vector<std::string>& segments,
                     std::size_t from) {
  const Json* at = &object;
  for (std::size_t i = from; i < segments.size(); ++i) {
    if (at->is_object() && at->contains(segments[i])) {
      at = &(*at)[segments[i]];
    } else if (at->is_array() && !segments[i].empty() && segments[i].size() < 6 &&
               std::all_of(segments[i].begin(), segments[i].end(),
                           [](char c) { return c >= '0' && c <= '9'; }) &&
               std::stoul(segments[i]) < at->size()) {
      at = &(*at)[std::stoul(segments[i])];
    } else {
      return "";
    }
  }
  if (at->is_string()) return at->get<std::string>();
  return at->is_null() ? "" : at->dump();
}

std::string images_of(const Json& application) {
  const auto* images = find(application, {"status", "summary", "images"});
  if (images == nullptr || !images->is_array()) return "";
  std::vector<std::string> names;
  for (const auto& image : *images)
    names.push_back(image.is_string() ? image.get<std::string>() : image.dump());
  std::sort(names.begin(), names.end());
  return fmt::format("{}", fmt::join(names, ","));
}

}  // namespace

ObjectProbe::ObjectProbe(Lab& lab, const std::vector<Expectation>& expectations) : lab_(lab) {
  for (const auto& one : expectations) want(*one.condition);
  for (const auto& [name, fault] : lab_.scenario().faults) {
    if (fault.start.when) want(*fault.start.when);
  }
  for (const auto& step : lab_.scenario().steps) {
    if (step.start.when) want(*step.start.when);
  }
  for (const auto& [name, site] : lab_.sites()) {
    site->api->subscribe(
        [this, alive = std::weak_ptr<bool>(alive_), cluster = name](const fakeapi::Change& change) {
          if (!alive.expired()) saw(cluster, change);
        });
  }
}

ObjectProbe::~ObjectProbe() = default;

void ObjectProbe::want(const Expression& expression) {
  for (const auto& name : expression.names()) {
    if (name.segments.size() > kFieldAt && name.segments[0] == "object")
      wanted_.push_back({name.segments});
  }
}

void ObjectProbe::tell(const std::string& who, const std::string& subject, const std::string& value,
                       const std::string& cluster) {
  auto& last = told_[subject];
  if (last == value) return;
  last = value;
  Event event;
  event.kind = EventKind::state;
  event.who = who;
  event.subject = subject;
  event.value = value;
  event.cluster = cluster;
  lab_.history().add(std::move(event));
}

void ObjectProbe::saw(const std::string& cluster, const fakeapi::Change& change) {
  const auto& object = change.object();
  const auto ns = text_at(object, {"metadata", "namespace"});
  if (cluster == "hub" && ns == lab_.scenario().world.hub.ns) {
    if (change.group_resource == "applications.argoproj.io") saw_application(change);
    if (change.group_resource == "secrets") saw_registration(change);
  }
  if (change.group_resource == "deployments.apps") {
    const auto replicas =
        change.after ? std::to_string(int_at(object, {"spec", "replicas"}, 1)) : std::string();
    tell(cluster + ".api",
         fmt::format("deployment.{}.{}.{}.replicas", cluster, ns,
                     text_at(object, {"metadata", "name"})),
         replicas, cluster);
  }
  if (!wanted_.empty()) saw_wanted(cluster, change);
}

void ObjectProbe::saw_application(const fakeapi::Change& change) {
  const auto& app = change.object();
  const auto stem = "app." + text_at(app, {"metadata", "name"});
  auto server = text_at(app, {"spec", "destination", "server"});
  while (server.ends_with("/")) server.pop_back();
  auto cluster = text_at(app, {"spec", "destination", "name"});
  for (const auto& [name, site] : lab_.sites()) {
    if (site->server == server) cluster = name == "hub" ? "in-cluster" : name;
  }
  tell(kHubApi, stem + ".exists", change.after ? "true" : "false", cluster);
  tell(kHubApi, stem + ".cluster", change.after ? cluster : "", cluster);
  tell(kHubApi, stem + ".images", change.after ? images_of(app) : "", cluster);
}

void ObjectProbe::saw_registration(const fakeapi::Change& change) {
  const auto name_if = [](const JsonRef& secret) -> std::string {
    if (!secret) return "";
    if (text_at(*secret, {"metadata", "labels", "argocd.argoproj.io/secret-type"}) != "cluster")
      return "";
    return from_base64(text_at(*secret, {"data", "name"})).value_or("");
  };
  const auto before = name_if(change.before);
  const auto after = name_if(change.after);
  if (!before.empty() && before != after)
    tell(kHubApi, "cluster." + before + ".registered", "false", before);
  if (!after.empty()) tell(kHubApi, "cluster." + after + ".registered", "true", after);
}

void ObjectProbe::saw_wanted(const std::string& cluster, const fakeapi::Change& change) {
  const auto& object = change.object();
  const auto ns = text_at(object, {"metadata", "namespace"});
  const auto name = text_at(object, {"metadata", "name"});
  for (const auto& wanted : wanted_) {
    const auto& segments = wanted.segments;
    if (!matches(segments[1], cluster) || !matches(segments[3], ns.empty() ? "_" : ns) ||
        !matches(segments[4], name)) {
      continue;
    }
    const auto* type = lab_.type_of(cluster, segments[2]);
    if (type == nullptr || type->group_resource() != change.group_resource) continue;
    auto subject = segments;
    subject[1] = cluster;
    subject[3] = ns.empty() ? "_" : ns;
    subject[4] = name;
    if (segments[kFieldAt] == "exists" && segments.size() == kFieldAt + 1) {
      tell(cluster + ".api", join_name(subject), change.after ? "true" : "false", cluster);
    } else {
      tell(cluster + ".api", join_name(subject),
           change.after ? value_at(object, segments, kFieldAt) : "", cluster);
    }
  }
}

}  // namespace spokelab::harness
