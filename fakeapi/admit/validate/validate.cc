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
  /// The checks of metadata that the kind's own strategy makes of an update, after those that hold
  /// for all: U of its change, M of the whole; small letters: without the names of finalizers that
  /// core/validation asks for. Upstream tells a cause as often as it finds it.
  std::string_view metadata;
};

constexpr Row kChecks[] = {
    {"pods", check_pod, "UM"},
    {"podtemplates", check_pod_template, "U"},
    {"deployments.apps", check_deployment, "U"},
    {"replicasets.apps", check_replica_set, "UM"},
    {"replicationcontrollers", check_replication_controller, "UM"},
    {"daemonsets.apps", check_daemon_set, "UM"},
    {"statefulsets.apps", check_stateful_set, "U"},
    {"jobs.batch", check_job, "UM"},
    {"cronjobs.batch", check_cron_job, "U"},
    {"services", check_service, "UM"},
    {"ingresses.networking.k8s.io", check_ingress, "UM"},
    {"networkpolicies.networking.k8s.io", check_network_policy, "UM"},
    {"endpoints", check_endpoints, "UM"},
    {"endpointslices.discovery.k8s.io", check_endpoint_slice, "M"},
    {"configmaps", check_config_map, "UM"},
    {"secrets", check_secret, "UM"},
    {"persistentvolumeclaims", check_claim, "UMM"},
    {"persistentvolumes", check_volume, "MM"},
    {"resourcequotas", check_quota, "U"},
    {"nodes", check_node, "UM"},
    {"events", check_event, ""},
    {"storageclasses.storage.k8s.io", check_storage_class, "UM"},
    {"horizontalpodautoscalers.autoscaling", check_autoscaler, "U"},
    {"poddisruptionbudgets.policy", check_budget, ""},
    {"roles.rbac.authorization.k8s.io", check_role, "MUM"},
    {"clusterroles.rbac.authorization.k8s.io", check_cluster_role, "MUM"},
    {"rolebindings.rbac.authorization.k8s.io", check_role_binding, "MUM"},
    {"clusterrolebindings.rbac.authorization.k8s.io", check_cluster_role_binding, "MUM"},
    {"priorityclasses.scheduling.k8s.io", check_priority_class, "U"},
    {"leases.coordination.k8s.io", check_lease, "u"},
    {"limitranges", check_limit_range, "M"},
    {"namespaces", check_namespace, "UM"},
    {"ingressclasses.networking.k8s.io", check_ingress_class, "UM"},
    {"runtimeclasses.node.k8s.io", check_runtime_class, "um"},
    {"csidrivers.storage.k8s.io", check_csi_driver, "U"},
    {"csinodes.storage.k8s.io", check_csi_node, "MM"},
    {"volumeattachments.storage.k8s.io", check_attachment, "MM"},
    {"mutatingwebhookconfigurations.admissionregistration.k8s.io", check_webhooks, "m"},
    {"validatingwebhookconfigurations.admissionregistration.k8s.io", check_webhooks, "m"},
    {"validatingadmissionpolicies.admissionregistration.k8s.io", check_admission_policy, "m"},
    {"validatingadmissionpolicybindings.admissionregistration.k8s.io", check_admission_binding,
     "m"},
    {"apiservices.apiregistration.k8s.io", check_api_service, "um"},
    {"customresourcedefinitions.apiextensions.k8s.io", check_definition, "u"},
    {"certificatesigningrequests.certificates.k8s.io", check_certificate_request, "MU"},
    {"flowschemas.flowcontrol.apiserver.k8s.io", check_flow_schema, "M"},
    {"prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", check_priority_level, "M"},
    {"controllerrevisions.apps", check_controller_revision, "UMM"},
    {"serviceaccounts", nullptr, "UM"},
    {"csistoragecapacities.storage.k8s.io", check_storage_capacity, "UM"}};

std::string name_problem(const ServedKind& kind, const std::string& name) {
  const std::string resource = kind.type().group_resource();
  if (resource == "certificatesigningrequests.certificates.k8s.io") return "";
  if (kind.type().group == "rbac.authorization.k8s.io") return kube::path_segment_problem(name);
  if (resource == "namespaces") return kube::dns_label_problem(name);
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
  if (name.empty())
    causes.push_back(kube::required_value("metadata.name", "name or generateName is required"));
  else
    name_rule(causes, "metadata.name", name, name_problem(kind, name));
}

}  // namespace

std::vector<kube::StatusCause> validate(const ServedKind& kind, const Json& object, const Json* old,
                                        std::string_view subresource) {
  Causes causes;
  const auto& resource = kind.bucket->group_resource();
  const auto row =
      kind.custom ? std::end(kChecks)
                  : std::find_if(std::begin(kChecks), std::end(kChecks),
                                 [&](const Row& one) { return one.group_resource == resource; });
  if (old == nullptr) {
    check_name(causes, kind, object);
    check_metadata(causes, object);
    if (!kind.custom) check_builtin_finalizers(causes, object);
  } else {
    const std::string_view own = kind.custom ? "u" : row != std::end(kChecks) ? row->metadata : "";
    check_metadata(causes, object);
    check_metadata_change(causes, object, *old);
    for (const char step : own) {
      if (step == 'U' || step == 'u')
        check_metadata_change(causes, object, *old);
      else
        check_metadata(causes, object);
      if (step == 'U' || step == 'M') check_builtin_finalizers(causes, object);
    }
  }
  if (kind.custom) {
    if (kind.custom->schema == nullptr) return causes;
    auto more = validate_by_structure(*kind.custom->schema, object);
    causes.insert(causes.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
    return causes;
  }
  if (old != nullptr && subresource == "status") check_status(causes, resource, object, *old);
  if (row == std::end(kChecks) || row->check == nullptr) return causes;
  // Two kinds of checks of an update: of the whole, as if it were new, and of the change.
  const bool whole_twice = std::count(row->metadata.begin(), row->metadata.end(), 'M') > 1;
  if (old != nullptr && whole_twice) row->check(causes, object, nullptr);
  row->check(causes, object, old);
  if (old != nullptr && row->check == check_certificate_request)
    check_certificate_request_change(causes, object, *old, subresource);
  return causes;
}

}  // namespace spokelab::fakeapi
