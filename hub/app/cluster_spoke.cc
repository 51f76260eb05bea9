// Writes to a served cluster, under this replica's right to write, and reads that know of them.
#include "hub/app/cluster_spoke.h"

#include <fmt/format.h>

#include <utility>

#include "base/json.h"
#include "hub/out_of_reach.h"
#include "hub/sync/apply.h"
#include "kube/status.h"

namespace spokelab::hub {
namespace {

constexpr Nanos kDiscoveryTimeout = std::chrono::seconds(32);  // client-go discovery.defaultTimeout

kube::WriteOptions written_by_us(bool force) {
  kube::WriteOptions options;
  options.field_manager = kFieldManager;
  options.force = force;
  return options;
}

/// As client-go says it: a group that is not served at all, and a kind that its group does not
/// have.
Error no_such_group(const std::string& group_version) {
  return Error(Errc::not_found,
               fmt::format("failed to discover server resources for group version {}: the server "
                           "could not find the requested resource",
                           group_version));
}
Error no_such_kind(const std::string& group, const std::string& kind) {
  return Error(Errc::not_found,
               fmt::format("{}{}{} \"\" not found", kind, group.empty() ? "" : ".", group));
}

/// A subject's plural has no "/": "deployments/status" is a subresource.
const Json* listed(const Json& resources, const std::string& kind) {
  const Json* list = find(resources, {"resources"});
  if (list == nullptr || !list->is_array()) return nullptr;
  for (const Json& entry : *list) {
    if (text_at(entry, {"kind"}) == kind && text_at(entry, {"name"}).find('/') == std::string::npos)
      return &entry;
  }
  return nullptr;
}

std::string resource_version(const Json& object) {
  return text_at(object, {"metadata", "resourceVersion"});
}

}  // namespace

bool newer(const Json& a, const Json& b) {
  const std::string left = resource_version(a);
  const std::string right = resource_version(b);
  return left.size() != right.size() ? left.size() > right.size() : left > right;
}

void WrittenObjects::wrote(JsonRef object) {
  if (!object || resource_version(*object).empty()) return;
  kube::ObjectKey key = kube::key_of(*object);
  written_.insert_or_assign(std::move(key), Written{std::move(object), clock_->now(), false});
}

void WrittenObjects::removed(const kube::ObjectKey& key, JsonRef last) {
  if (!last) return forget(key);
  written_.insert_or_assign(key, Written{std::move(last), clock_->now(), true});
}

JsonRef WrittenObjects::latest(const kube::ObjectKey& key, JsonRef mirrored) const {
  const auto found = written_.find(key);
  if (found == written_.end()) return mirrored;
  const bool seen = found->second.gone ? !mirrored || newer(*mirrored, *found->second.object)
                                       : mirrored && !newer(*found->second.object, *mirrored);
  if (seen || clock_->now() - found->second.at > kBelieved) {
    written_.erase(found);
    return mirrored;
  }
  return found->second.gone ? nullptr : found->second.object;
}

Result<std::shared_ptr<kube::Client>> ClusterSpoke::writer() const {
  ServedCluster* cluster = clusters_.served(server_);
  if (cluster == nullptr || !clusters_.may_write(server_)) {
    return Error(Errc::forbidden,
                 fmt::format("this replica no longer serves cluster \"{}\"", server_));
  }
  return as_user_ ? as_user_ : cluster->client;
}

/// As Argo CD counts the requests of a sync: those that were answered.
void ClusterSpoke::count(const char* verb, const kube::ResourceType& type, const std::string& ns,
                         const Result<JsonRef>& answer) {
  if (tally_.metrics == nullptr) return;
  int status = std::string_view(verb) == "Create" ? 201 : 200;
  if (!answer) {
    if (out_of_reach(answer.error().code())) return;
    status = kube::status_of(answer.error()).code;
  }
  tally_.metrics->requests.add({tally_.ns, tally_.name, tally_.project, server_,
                                std::to_string(status), verb, type.plural, ns,
                                truth_text(tally_.dry_run)});
}

void ClusterSpoke::running(std::string_view command, int by) {
  if (tally_.metrics == nullptr) return;
  const metrics::Values values{tally_.metrics->who, std::string(command)};
  if (by > 0) tally_.metrics->kubectl.add(values);
  tally_.metrics->kubectl_pending.add(values, by);
}

Result<JsonRef> ClusterSpoke::noted(Result<JsonRef> answer) {
  if (answer) written_.wrote(*answer);
  return answer;
}

Task<Result<kube::ResourceType>> ClusterSpoke::type_of(std::string group, std::string version,
                                                       std::string kind) {
  ServedCluster* cluster = clusters_.served(server_);
  if (cluster != nullptr && !ask_server_) {
    const kube::ResourceType* type = cluster->cache->type_of(group, kind);
    if (type != nullptr && type->version == version) co_return *type;
  }
  const auto discovered = co_await discover(group, version, kind);
  co_return discovered;
}

Task<Result<kube::ResourceType>> ClusterSpoke::discover(std::string group, std::string version,
                                                        std::string kind) {
  const std::string group_version = group.empty() ? version : group + "/" + version;
  const auto known = discovered_.find(group_version);
  JsonRef resources = known == discovered_.end() ? nullptr : known->second;
  if (!resources) {
    const auto client = writer();
    if (!client) co_return client.error();
    HttpRequest request;
    request.target = (group.empty() ? "/api/" : "/apis/") + group_version;
    const RunTime deadline = clock_.now() + kDiscoveryTimeout;
    const auto answer = co_await (*client)->send(request, deadline);
    const std::string context =
        fmt::format("failed to discover server resources for group version {}", group_version);
    if (!answer) co_return answer.error().within(context);
    if (answer->status == 404) co_return no_such_group(group_version);
    resources = answer->body.json();
    if (!resources) {
      auto parsed = parse_json(answer->body.bytes());
      resources = freeze(parsed ? std::move(*parsed) : Json::object());
    }
    if (answer->status >= 400) co_return kube::error_of(answer->status, *resources).within(context);
    discovered_[group_version] = resources;
  }
  const Json* entry = listed(*resources, kind);
  if (entry == nullptr) {
    discovered_.erase(group_version);  // a definition may follow
    co_return no_such_kind(group, kind);
  }
  kube::ResourceType type{group, version, text_at(*entry, {"name"}), kind,
                          bool_at(*entry, {"namespaced"})};
  co_return type;
}

JsonRef ClusterSpoke::live(const kube::ObjectKey& key) const {
  ServedCluster* cluster = clusters_.served(server_);
  return written_.latest(key, cluster != nullptr ? cluster->cache->get(key) : nullptr);
}

Task<Result<JsonRef>> ClusterSpoke::get(kube::ResourceType type, std::string ns, std::string name) {
  const auto client = writer();
  if (!client) co_return client.error();
  auto answer = co_await (*client)->get(type, ns, name);
  count("Get", type, ns, answer);
  co_return answer;
}

Task<Result<JsonRef>> ClusterSpoke::create(kube::ResourceType type, std::string ns,
                                           JsonRef object) {
  const auto client = writer();
  if (!client) co_return client.error();
  const kube::WriteOptions options = written_by_us(false);
  auto answer = co_await (*client)->create(type, ns, object, options);
  count("Create", type, ns, answer);
  co_return noted(std::move(answer));
}

Task<Result<JsonRef>> ClusterSpoke::update(kube::ResourceType type, std::string ns,
                                           std::string name, JsonRef object) {
  const auto client = writer();
  if (!client) co_return client.error();
  const kube::WriteOptions options = written_by_us(false);
  auto answer = co_await (*client)->update(type, ns, name, object, "", options);
  count("Update", type, ns, answer);
  co_return noted(std::move(answer));
}

Task<Result<JsonRef>> ClusterSpoke::patch(kube::ResourceType type, std::string ns, std::string name,
                                          kube::PatchType kind, JsonRef patch, bool force) {
  const auto client = writer();
  if (!client) co_return client.error();
  const kube::WriteOptions options = written_by_us(force);
  auto answer = co_await (*client)->patch(type, ns, name, kind, patch, "", options);
  count("Patch", type, ns, answer);
  co_return noted(std::move(answer));
}

Task<Result<JsonRef>> ClusterSpoke::patch_as(std::string manager, kube::ResourceType type,
                                             std::string ns, std::string name, kube::PatchType kind,
                                             JsonRef patch) {
  const auto client = writer();
  if (!client) co_return client.error();
  kube::WriteOptions options = written_by_us(false);
  options.field_manager = std::move(manager);
  auto answer = co_await (*client)->patch(type, ns, name, kind, patch, "", options);
  count("Patch", type, ns, answer);
  co_return noted(std::move(answer));
}

Task<Result<JsonRef>> ClusterSpoke::remove(kube::ResourceType type, std::string ns,
                                           std::string name, kube::DeleteOptions options) {
  const auto client = writer();
  if (!client) co_return client.error();
  auto answer = co_await (*client)->remove(type, ns, name, options);
  count("Delete", type, ns, answer);
  const bool leaving = answer && *answer && find(**answer, {"metadata", "deletionTimestamp"});
  const kube::ObjectKey key{type.group, type.kind, ns, name};
  const ServedCluster* cluster = clusters_.served(server_);
  if (answer && !leaving) {
    written_.removed(key, cluster != nullptr ? cluster->cache->get(key) : nullptr);
  } else if (answer) {
    written_.forget(key);
  }
  co_return answer;
}

}  // namespace spokelab::hub
