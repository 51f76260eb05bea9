// Which checks hold for which kind.
#include "fakeapi/admit/validate/validate.h"

#include <algorithm>
#include <iterator>

#include "fakeapi/admit/structural.h"
#include "fakeapi/admit/validate/rules.h"

namespace spokelab::fakeapi {

namespace {

using namespace validation;

using Check = void (*)(Causes&, const Json&, const Json*);

struct Row {
  std::string_view group_resource;
  Check check;
};

constexpr Row kChecks[] = {
    {"pods", check_pod},
    {"podtemplates", check_pod_template},
    {"deployments.apps", check_deployment},
    {"replicasets.apps", check_replica_set},
    {"replicationcontrollers", check_replication_controller},
    {"daemonsets.apps", check_daemon_set},
    {"statefulsets.apps", check_stateful_set},
    {"jobs.batch", check_job},
    {"cronjobs.batch", check_cron_job},
    {"services", check_service},
    {"ingresses.networking.k8s.io", check_ingress},
    {"networkpolicies.networking.k8s.io", check_network_policy},
    {"endpoints", check_endpoints},
    {"endpointslices.discovery.k8s.io", check_endpoint_slice},
    {"configmaps", check_config_map},
    {"secrets", check_secret},
    {"persistentvolumeclaims", check_claim},
    {"persistentvolumes", check_volume},
    {"resourcequotas", check_quota},
    {"nodes", check_node},
    {"events", check_event},
    {"storageclasses.storage.k8s.io", check_storage_class},
    {"horizontalpodautoscalers.autoscaling", check_autoscaler},
    {"poddisruptionbudgets.policy", check_budget},
    {"roles.rbac.authorization.k8s.io", check_role},
    {"clusterroles.rbac.authorization.k8s.io", check_cluster_role},
    {"rolebindings.rbac.authorization.k8s.io", check_role_binding},
    {"clusterrolebindings.rbac.authorization.k8s.io", check_cluster_role_binding},
    {"priorityclasses.scheduling.k8s.io", check_priority_class},
    {"leases.coordination.k8s.io", check_lease},
    {"limitranges", check_limit_range},
    {"namespaces", check_namespace},
    {"ingressclasses.networking.k8s.io", check_ingress_class},
    {"runtimeclasses.node.k8s.io", check_runtime_class},
    {"csidrivers.storage.k8s.io", check_csi_driver},
    {"csinodes.storage.k8s.io", check_csi_node},
    {"volumeattachments.storage.k8s.io", check_attachment},
    {"mutatingwebhookconfigurations.admissionregistration.k8s.io", check_webhooks},
    {"validatingwebhookconfigurations.admissionregistration.k8s.io", check_webhooks},
    {"validatingadmissionpolicies.admissionregistration.k8s.io", check_admission_policy},
    {"validatingadmissionpolicybindings.admissionregistration.k8s.io", check_admission_binding},
    {"apiservices.apiregistration.k8s.io", check_api_service},
    {"customresourcedefinitions.apiextensions.k8s.io", check_definition}};

std::string name_problem(const ServedKind& kind, const std::string& name) {
  const std::string resource = kind.type().group_resource();
  if (kind.type().group == "rbac.authorization.k8s.io") return kube::path_segment_problem(name);
  if (resource == "namespaces") {
    if (name.find('.') != std::string::npos) return "must not contain dots";
    return kube::dns_label_problem(name);
  }
  if (resource == "services") return kube::dns1035_label_problem(name);
  if (resource == "statefulsets.apps") return kube::dns_label_problem(name);
  return kube::dns_subdomain_problem(name);
}

void check_name(Causes& causes, const ServedKind& kind, const Json& object) {
  const std::string base = text_at(object, {"metadata", "generateName"});
  if (!base.empty()) {
    std::string whole = base;  // as if a letter followed
    if (whole.back() == '-') whole.back() = 'a';
    name_rule(causes, "metadata.generateName", base, name_problem(kind, whole));
  }
  const std::string name = text_at(object, {"metadata", "name"});
  name_rule(causes, "metadata.name", name, name_problem(kind, name));
}

}  // namespace

std::vector<kube::StatusCause> validate(const ServedKind& kind, const Json& object,
                                        const Json* old) {
  Causes causes;
  if (old == nullptr) check_name(causes, kind, object);
  check_metadata(causes, object, old);
  if (kind.custom) {
    if (kind.custom->schema == nullptr) return causes;
    auto more = validate_by_structure(*kind.custom->schema, object);
    causes.insert(causes.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
    return causes;
  }
  check_builtin_finalizers(causes, object);
  const auto& resource = kind.bucket->group_resource();
  const auto hit = std::find_if(std::begin(kChecks), std::end(kChecks),
                                [&](const Row& row) { return row.group_resource == resource; });
  if (hit != std::end(kChecks)) hit->check(causes, object, old);
  return causes;
}

}  // namespace spokelab::fakeapi
