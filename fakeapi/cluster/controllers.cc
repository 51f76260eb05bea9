// Controllers: the table of control loops, and which change leads to which of them.
#include "fakeapi/cluster/controllers.h"

#include <algorithm>

#include "base/check.h"
#include "fakeapi/cluster/cluster.h"
#include "fakeapi/cluster/nodes/container_run.h"
#include "fakeapi/cluster/nodes/pod_run.h"

namespace spokelab::fakeapi {

const std::vector<ControllerRow>& controller_rows() {
  using Id = ControllerId;
  static const std::vector<ControllerRow> rows = {
      {Id::deployment, "deployment", "deployments.apps", "Deployment", reconcile_deployment},
      {Id::replica_set, "replica set", "replicasets.apps", "ReplicaSet", reconcile_replica_set},
      {Id::replication_controller, "replication controller", "replicationcontrollers",
       "ReplicationController", reconcile_replication_controller},
      {Id::stateful_set, "stateful set", "statefulsets.apps", "StatefulSet",
       reconcile_stateful_set},
      {Id::daemon_set, "daemon set", "daemonsets.apps", "DaemonSet", reconcile_daemon_set},
      {Id::job, "job", "jobs.batch", "Job", reconcile_job},
      {Id::cron_job, "cron job", "cronjobs.batch", "CronJob", reconcile_cron_job},
      {Id::autoscaler, "autoscaler", "horizontalpodautoscalers.autoscaling", "",
       reconcile_autoscaler},
      {Id::disruption_budget, "disruption budget", "poddisruptionbudgets.policy", "",
       reconcile_disruption_budget},
      {Id::scheduler, "scheduler", "pods", "", reconcile_scheduler},
      {Id::node, "node", "nodes", "", reconcile_node},
      {Id::lease, "lease", "", "", reconcile_lease},
      {Id::kubelet, "kubelet", "pods", "", reconcile_kubelet},
      {Id::endpoints, "endpoints", "services", "Service", reconcile_endpoints},
      {Id::load_balancer, "load balancer", "services", "", reconcile_load_balancer},
      {Id::ingress, "ingress", "ingresses.networking.k8s.io", "", reconcile_ingress},
      {Id::volume_claim, "volume claim", "persistentvolumeclaims", "", reconcile_volume_claim},
      {Id::volume, "volume", "persistentvolumes", "", reconcile_volume},
      {Id::quota, "quota", "resourcequotas", "", reconcile_quota},
      {Id::token_secret, "token secret", "secrets", "", reconcile_token_secret},
      {Id::root_ca, "root CA", "namespaces", "", reconcile_root_ca},
  };
  return rows;
}

const ControllerRow& row_of(ControllerId id) {
  const ControllerRow& row = controller_rows()[static_cast<std::size_t>(id)];
  SPOKELAB_CHECK(row.id == id);
  return row;
}

namespace {

constexpr const char* kLeases = "kube-node-lease";

/// The API server's own Service has no selector: the server itself says where it is.
Result<void> announce_api_server(Cluster& cluster) {
  const Name key{"default", "kubernetes"};
  if (!cluster.get("services", key) || cluster.get("endpoints", key)) return {};
  const Json port = {{"name", "https"}, {"port", 6443}, {"protocol", "TCP"}};
  const char* address = "10.0.0.1";
  Json endpoints = {{"apiVersion", "v1"}, {"kind", "Endpoints"}};
  endpoints["metadata"] = {{"name", key.name}, {"namespace", key.ns}};
  endpoints["metadata"]["labels"]["endpointslice.kubernetes.io/skip-mirror"] = "true";
  endpoints["subsets"] = Json::array(
      {Json{{"addresses", Json::array({Json{{"ip", address}}})}, {"ports", Json::array({port})}}});
  Json slice = {{"apiVersion", "discovery.k8s.io/v1"}, {"kind", "EndpointSlice"}};
  slice["metadata"] = endpoints["metadata"];
  slice["metadata"]["labels"] = {{"kubernetes.io/service-name", key.name}};
  slice["addressType"] = "IPv4";
  slice["endpoints"] =
      Json::array({Json{{"addresses", Json::array({address})}, {"conditions", {{"ready", true}}}}});
  slice["ports"] = Json::array({port});
  for (Json* object : {&endpoints, &slice}) {
    auto created = cluster.api.create("system:apiserver", std::move(*object));
    if (!created) return created.error();
  }
  return {};
}

void tell_power(Cluster& cluster, const std::string& node, const char* value) {
  Event event;
  event.kind = EventKind::truth;
  event.who = cluster.settings.name + ".nodes";
  event.subject = cluster.subject("node", {"", node});
  event.value = value;
  event.cluster = cluster.settings.name;
  cluster.history.add(std::move(event));
}

}  // namespace

Controllers::Controllers(LocalApi& api, Clock& clock, History& history, Rng rng,
                         ClusterSettings settings, IssueToken issue_token)
    : cluster_(std::make_unique<Cluster>(api, clock, history, rng, std::move(settings),
                                         std::move(issue_token))) {}

Controllers::~Controllers() { *alive_ = false; }

Result<void> Controllers::start() {
  Cluster& cluster = *cluster_;
  learn_what_is_there();
  cluster.api.subscribe([this, alive = alive_](const Change& change) {
    if (*alive) on_change(change);
  });
  for (int number = 0; number < cluster.settings.nodes; ++number) {
    if (auto done = register_node(number); !done) return done.error();
  }
  if (cluster.api.list("storageclasses.storage.k8s.io").empty()) {
    Json storage = Json::object();
    storage["apiVersion"] = "storage.k8s.io/v1";
    storage["kind"] = "StorageClass";
    storage["metadata"]["name"] = "standard";
    storage["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] = "true";
    storage["provisioner"] = "csi.example.com";
    storage["reclaimPolicy"] = "Delete";
    storage["volumeBindingMode"] = "Immediate";
    auto created = cluster.api.create("system:admin", std::move(storage));
    if (!created) return created.error();
  }
  if (auto done = announce_api_server(cluster); !done) return done.error();
  for (const auto& [name, machine] : cluster.machines) {
    if (cluster.settings.leases) cluster.enqueue(ControllerId::lease, {kLeases, name});
  }
  look_at_everything();
  return {};
}

Result<void> Controllers::register_node(int number) {
  Cluster& cluster = *cluster_;
  const ClusterSettings& settings = cluster.settings;
  const std::string name = settings.name + "-node-" + std::to_string(number + 1);
  Machine& machine = cluster.machines[name];
  machine.number = number;
  const std::string zone =
      settings.zones.empty()
          ? ""
          : settings.zones[static_cast<std::size_t>(number) % settings.zones.size()];
  machine.zone = zone.size() == 1 ? settings.region + zone : zone;
  machine.address =
      "10.0." + std::to_string(number / 250 % 256) + "." + std::to_string(number % 250 + 2);
  Rng phases = cluster.rng.stream("heartbeat/" + name);
  machine.heartbeat_phase = phases.between(Nanos{0}, settings.heartbeat - Nanos{1});
  if (cluster.api.get("nodes", "", name)) return {};
  Json node = Json::object();
  node["apiVersion"] = "v1";
  node["kind"] = "Node";
  node["metadata"]["name"] = name;
  node["metadata"]["labels"] = {{"kubernetes.io/hostname", name},
                                {"kubernetes.io/os", "linux"},
                                {"kubernetes.io/arch", "amd64"},
                                {"beta.kubernetes.io/os", "linux"},
                                {"beta.kubernetes.io/arch", "amd64"},
                                {"topology.kubernetes.io/region", settings.region},
                                {"topology.kubernetes.io/zone", machine.zone}};
  node["metadata"]["annotations"] = {
      {"node.alpha.kubernetes.io/ttl", "0"},
      {"volumes.kubernetes.io/controller-managed-attach-detach", "true"}};
  // Each node has 1024 addresses of 10.64.0.0/10 for its pods.
  const std::string range = "10." + std::to_string(64 + number * 1024 / 65536 % 64) + "." +
                            std::to_string(number * 1024 / 256 % 256) + ".0/22";
  node["spec"]["podCIDR"] = range;
  node["spec"]["podCIDRs"] = Json::array({range});
  node["spec"]["providerID"] = "fake:///" + name;
  auto created = cluster.api.create("system:node:" + name, std::move(node));
  if (!created) return created.error();
  Json status = object_at(**created, {"status"});
  status["addresses"] = Json::array({Json{{"type", "InternalIP"}, {"address", machine.address}},
                                     Json{{"type", "Hostname"}, {"address", name}}});
  const Json capacity = {
      {"cpu", settings.node_cpu},     {"memory", settings.node_memory},
      {"ephemeral-storage", "100Gi"}, {"hugepages-1Gi", "0"},
      {"hugepages-2Mi", "0"},         {"pods", std::to_string(settings.pods_per_node)}};
  status["capacity"] = capacity;
  status["allocatable"] = capacity;
  status["daemonEndpoints"]["kubeletEndpoint"]["Port"] = 10250;
  status["nodeInfo"] = {{"kubeletVersion", settings.kubelet_version},
                        {"kubeProxyVersion", settings.kubelet_version},
                        {"operatingSystem", "linux"},
                        {"architecture", "amd64"},
                        {"osImage", "fake"},
                        {"kernelVersion", "6.1.0"},
                        {"containerRuntimeVersion", "containerd://1.7.0"},
                        {"machineID", name},
                        {"systemUUID", name},
                        {"bootID", name}};
  auto written = cluster.write_status("system:node:" + name, **created, std::move(status));
  if (!written) return written.error();
  const EventSource kubelet{"kubelet", name};
  cluster.events.tell(kubelet, **created, {kNormal, "Starting", "Starting kubelet.", ""});
  cluster.events.tell({"node-controller", ""}, **created,
                      {kNormal, "RegisteredNode",
                       "Node " + name + " event: Registered Node " + name + " in Controller", ""});
  return {};
}

void Controllers::pause() {
  if (cluster_->paused) return;
  cluster_->paused = true;
  cluster_->control.hold();
}

void Controllers::resume() {
  if (!cluster_->paused) return;
  cluster_->paused = false;
  cluster_->up_since = cluster_->clock.now();
  look_at_everything();
  cluster_->control.release();
}

bool Controllers::paused() const noexcept { return cluster_->paused; }

bool Controllers::set_node(std::string_view node, int state) {
  Cluster& cluster = *cluster_;
  const auto found = cluster.machines.find(std::string(node));
  if (found == cluster.machines.end()) return false;
  Machine& machine = found->second;
  const auto wanted = static_cast<MachineState>(state);
  if (machine.state == wanted) return true;
  const RunTime now = cluster.clock.now();
  const MachineState was = machine.state;
  const Nanos beat = cluster.settings.heartbeat;
  if (was == MachineState::up) {
    const Nanos since = now.time_since_epoch() - machine.heartbeat_phase;
    machine.last_heartbeat =
        since < Nanos{0} ? RunTime{} : RunTime{machine.heartbeat_phase + since / beat * beat};
    if (now < machine.back_at)
      machine.last_heartbeat = std::min(machine.last_heartbeat, machine.back_at - beat);
  }
  machine.state = wanted;
  tell_power(cluster, found->first,
             wanted == MachineState::up     ? "up"
             : wanted == MachineState::lost ? "lost"
                                            : "frozen");
  const auto answering = [&](const Name& pod) { return answer_of(cluster, pod); };
  if (wanted == MachineState::up) {
    const Nanos since = now.time_since_epoch() - machine.heartbeat_phase;
    const Nanos into = (since % beat + beat) % beat;
    machine.back_at = now + (beat - into);
  }
  for (auto& [pod, run] : cluster.runs) {
    if (run->node != found->first) continue;
    if (was == MachineState::lost) reboot(cluster, *run);
    cluster.ready.check(pod, answering);
  }
  if (wanted == MachineState::up) {
    // Reports, and pods that were bound or deleted meanwhile, wait for the kubelet's first contact.
    for (const Name& pod : cluster.index.pods_on(found->first)) {
      cluster.kubelets.drop({ControllerId::kubelet, pod});
      cluster.enqueue(ControllerId::kubelet, pod, machine.back_at - now);
    }
  }
  if (wanted == MachineState::up && cluster.settings.leases)
    cluster.enqueue(ControllerId::lease, {kLeases, found->first}, machine.back_at - now);
  cluster.enqueue(ControllerId::node, {"", found->first});
  return true;
}

bool Controllers::lose_node(std::string_view node) {
  return set_node(node, static_cast<int>(MachineState::lost));
}
bool Controllers::freeze_node(std::string_view node) {
  return set_node(node, static_cast<int>(MachineState::frozen));
}
bool Controllers::restore_node(std::string_view node) {
  return set_node(node, static_cast<int>(MachineState::up));
}

std::vector<std::string> Controllers::nodes() const {
  std::vector<std::string> names;
  for (const auto& [name, machine] : cluster_->machines) names.push_back(name);
  return names;
}

std::uint64_t Controllers::strikes(const std::string& rule) const {
  return cluster_->life.strikes(rule);
}

Result<void> Controllers::add_rule(LifeCycleRule rule) {
  return cluster_->life.add(std::move(rule));
}
bool Controllers::remove_rule(std::string_view name) { return cluster_->life.remove(name); }

int Controllers::crash_pods(const PodSelector& selector, int exit_code) {
  Cluster& cluster = *cluster_;
  int hit = 0;
  for (auto& [key, run] : cluster.runs) {
    const auto machine = cluster.machines.find(run->node);
    if (run->ended || run->terminating || !selects_pod(selector, *run->pod)) continue;
    if (machine == cluster.machines.end() || machine->second.state == MachineState::lost) continue;
    bool any = false;
    for (ContainerRun& container : run->containers) {
      if (container.state != ContainerState::running) continue;
      end_container(cluster, *run, container, exit_code);
      any = true;
    }
    if (!any) continue;
    ++hit;
    cluster.ready.check(key, [&](const Name& pod) { return answer_of(cluster, pod); });
    cluster.enqueue(ControllerId::kubelet, key);
  }
  return hit;
}

int Controllers::break_readiness(const PodSelector& selector, bool broken) {
  Cluster& cluster = *cluster_;
  int hit = 0;
  for (auto& [key, run] : cluster.runs) {
    if (run->ended || run->readiness_broken == broken || !selects_pod(selector, *run->pod))
      continue;
    const Json& containers = array_at(*run->pod, {"spec", "containers"});
    if (std::none_of(containers.begin(), containers.end(),
                     [](const Json& each) { return each.contains("readinessProbe"); })) {
      continue;
    }
    run->readiness_broken = broken;
    reset_readiness(cluster, *run);
    ++hit;
    cluster.ready.check(key, [&](const Name& pod) { return answer_of(cluster, pod); });
    cluster.enqueue(ControllerId::kubelet, key);
  }
  return hit;
}

void Controllers::set_load(const std::string& ns, const std::string& autoscaler,
                           std::int64_t percent_of_one) {
  cluster_->autoscalers[{ns, autoscaler}].demand_percent =
      std::clamp<std::int64_t>(percent_of_one, 0, 100'000'000);
  cluster_->enqueue(ControllerId::autoscaler, {ns, autoscaler});
}

int Controllers::ready_pods(const std::string& ns, const std::string& service) const {
  return cluster_->ready.of({ns, service}).listed;
}
ReadyEndpoints Controllers::endpoints(const std::string& ns, const std::string& service) const {
  return cluster_->ready.of({ns, service});
}
void Controllers::on_ready_change(OnReadyChange watcher) {
  cluster_->ready.subscribe(std::move(watcher));
}
std::size_t Controllers::pending_work() const noexcept {
  return cluster_->control.size() + cluster_->kubelets.size();
}

}  // namespace spokelab::fakeapi
