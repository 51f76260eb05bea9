// What a cloud does for Services of type LoadBalancer and for Ingresses: it gives them an address.
#include "fakeapi/cluster/cluster.h"

namespace spokelab::fakeapi {

namespace {

constexpr std::string_view kUser = "system:serviceaccount:kube-system:service-controller";
constexpr const char* kFinalizer = "service.kubernetes.io/load-balancer-cleanup";

/// Adds or takes back the finalizer that keeps a Service until its load balancer is gone.
Result<void> set_finalizer(Cluster& cluster, const Json& service, bool wanted) {
  Json finalizers = Json::array();
  bool had = false;
  for (const Json& each : array_at(service, {"metadata", "finalizers"})) {
    if (each == kFinalizer)
      had = true;
    else
      finalizers.push_back(each);
  }
  if (had == wanted) return {};
  if (wanted) finalizers.push_back(kFinalizer);
  const Name key = name_of(service);
  Json patch = Json::object();
  patch["metadata"]["finalizers"] = finalizers.empty() ? Json() : std::move(finalizers);
  auto patched = cluster.api.merge_patch(kUser, "services", key.ns, key.name, patch);
  if (!patched) return patched.error();
  return {};
}

Result<void> write_ingress(Cluster& cluster, const Json& object, Json ingress) {
  Json status = object_at(object, {"status"});
  status["loadBalancer"] = Json::object();
  if (!ingress.empty()) status["loadBalancer"]["ingress"] = std::move(ingress);
  auto written = cluster.write_status(kUser, object, std::move(status));
  if (!written) return written.error();
  return {};
}

void tell(Cluster& cluster, const Json& service, std::string_view reason, std::string message) {
  cluster.events.tell({"service-controller", ""}, service,
                      {kNormal, reason, std::move(message), ""});
}

bool has_address(const Json& object) {
  return !array_at(object, {"status", "loadBalancer", "ingress"}).empty();
}

}  // namespace

Result<void> reconcile_load_balancer(Cluster& cluster, const Name& key) {
  const JsonRef service = cluster.get("services", key);
  if (!service) {
    cluster.forget_wait(ControllerId::load_balancer, key);
    return {};
  }
  // A class of its own is somebody else's load balancer.
  const bool wanted = text_at(*service, {"spec", "type"}) == "LoadBalancer" &&
                      !is_deleting(*service) &&
                      find(*service, {"spec", "loadBalancerClass"}) == nullptr;
  if (!wanted) {
    cluster.forget_wait(ControllerId::load_balancer, key);
    const bool had = !array_at(*service, {"metadata", "finalizers"}).empty();
    if (had && has_address(*service)) {
      tell(cluster, *service, "DeletingLoadBalancer", "Deleting load balancer");
      tell(cluster, *service, "DeletedLoadBalancer", "Deleted load balancer");
    }
    if (has_address(*service) && !is_deleting(*service)) {
      if (auto done = write_ingress(cluster, *service, Json::array()); !done) return done.error();
    }
    const JsonRef now = cluster.get("services", key);
    return now ? set_finalizer(cluster, *now, false) : Result<void>{};
  }
  if (auto done = set_finalizer(cluster, *service, true); !done) return done.error();
  if (has_address(*service)) return {};
  const bool waiting = cluster.is_waiting(ControllerId::load_balancer, key);
  if (!waiting) tell(cluster, *service, "EnsuringLoadBalancer", "Ensuring load balancer");
  if (!cluster.waited(ControllerId::load_balancer, key, cluster.settings.load_balancer)) return {};
  const JsonRef now = cluster.get("services", key);
  Json one = Json::object();
  one["hostname"] = key.name + "-" + cluster.settings.name + ".example.com";
  if (!now) return {};
  tell(cluster, *now, "EnsuredLoadBalancer", "Ensured load balancer");
  return write_ingress(cluster, *now, Json::array({std::move(one)}));
}

Result<void> reconcile_ingress(Cluster& cluster, const Name& key) {
  const JsonRef ingress = cluster.get("ingresses.networking.k8s.io", key);
  if (!ingress || is_deleting(*ingress)) {
    cluster.forget_wait(ControllerId::ingress, key);
    return {};
  }
  if (has_address(*ingress)) return {};
  if (!cluster.waited(ControllerId::ingress, key, cluster.settings.ingress)) return {};
  Json one = Json::object();
  one["hostname"] = "ingress-" + cluster.settings.name + ".example.com";
  return write_ingress(cluster, *ingress, Json::array({std::move(one)}));
}

}  // namespace spokelab::fakeapi
