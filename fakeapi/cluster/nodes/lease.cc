// Leases of nodes: each kubelet renews its own, and now and then posts its node's status.
#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "fakeapi/cluster/cluster.h"

namespace spokelab::fakeapi {

namespace {

constexpr Nanos kStatusPeriod = std::chrono::minutes(5);
constexpr const char* kTable = "leases.coordination.k8s.io";

Result<void> renew(Cluster& cluster, const std::string& user, const Name& key, const Json& node) {
  const std::string now = format_rfc3339_micro(cluster.clock.wall_now());
  if (cluster.get(kTable, key)) {
    Json patch = Json::object();
    patch["spec"]["renewTime"] = now;
    auto patched = cluster.api.merge_patch(user, kTable, key.ns, key.name, patch);
    if (!patched) return patched.error();
    return {};
  }
  Json lease = {
      {"apiVersion", "coordination.k8s.io/v1"},
      {"kind", "Lease"},
      {"metadata", {{"name", key.name}, {"namespace", key.ns}}},
      {"spec", {{"holderIdentity", key.name}, {"leaseDurationSeconds", 40}, {"renewTime", now}}}};
  Json owner = {{"apiVersion", "v1"}, {"kind", "Node"}, {"name", key.name}};
  owner["uid"] = uid_of(node);
  lease["metadata"]["ownerReferences"] = Json::array({std::move(owner)});
  auto created = cluster.api.create(user, std::move(lease));
  if (!created) return created.error();
  return {};
}

Result<void> post_status(Cluster& cluster, const std::string& user, const Json& node) {
  Json status = object_at(node, {"status"});
  if (!status.contains("conditions")) return {};
  for (Json& condition : status["conditions"]) condition["lastHeartbeatTime"] = cluster.now_text();
  auto written = cluster.write_status(user, node, std::move(status));
  if (!written) return written.error();
  return {};
}

}  // namespace

Result<void> reconcile_lease(Cluster& cluster, const Name& key) {
  const auto found = cluster.machines.find(key.name);
  if (!cluster.settings.leases || found == cluster.machines.end()) return {};
  Machine& machine = found->second;
  const RunTime now = cluster.clock.now();
  const Nanos beat = cluster.settings.heartbeat;
  const RunTime due = std::max(machine.renewed_at + beat, machine.back_at);
  if (machine.renewed_at != RunTime{} && now < due) {
    cluster.enqueue(ControllerId::lease, key, due - now);
    return {};
  }
  cluster.enqueue(ControllerId::lease, key, beat);
  const JsonRef node = cluster.api.get("nodes", "", key.name);
  if (!node || cluster.paused || machine.state != MachineState::up) return {};
  machine.renewed_at = now;
  const std::string user = "system:node:" + key.name;
  if (auto done = renew(cluster, user, key, *node); !done) return done;
  if (now - machine.posted_at < kStatusPeriod) return {};
  machine.posted_at = now;
  return post_status(cluster, user, *node);
}

}  // namespace spokelab::fakeapi
