// The built-in kinds of a Kubernetes 1.32 API server, in the order in which discovery lists them.
#include "kube/kinds.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace spokelab::kube {

namespace {

struct Row {
  const char* group_version;
  const char* plural;
  const char* kind;
  bool namespaced;
  const char* short_names;
  const char* categories;
  const char* verbs;
  const char* subresources;
  Generation generation;
  bool delete_returns_object;
};

// Verbs "*": all eight. A subresource "name" shows the same kind with get, patch and update;
// "name:Kind" and "name:group/version.Kind" show another kind; "name:verb" has that one verb.
constexpr Row kRows[] = {
    {"v1", "bindings", "Binding", true, "", "", "create", "", Generation::none, false},
    {"v1", "componentstatuses", "ComponentStatus", false, "cs", "", "get,list", "",
     Generation::none, false},
    {"v1", "configmaps", "ConfigMap", true, "cm", "", "*", "", Generation::none, false},
    {"v1", "endpoints", "Endpoints", true, "ep", "", "*", "", Generation::none, false},
    {"v1", "events", "Event", true, "ev", "", "*", "", Generation::none, false},
    {"v1", "limitranges", "LimitRange", true, "limits", "", "*", "", Generation::none, false},
    {"v1", "namespaces", "Namespace", false, "ns", "", "create,delete,get,list,patch,update,watch",
     "finalize:update,status", Generation::none, false},
    {"v1", "nodes", "Node", false, "no", "", "*", "proxy:NodeProxyOptions,status", Generation::none,
     false},
    {"v1", "persistentvolumeclaims", "PersistentVolumeClaim", true, "pvc", "", "*", "status",
     Generation::none, true},
    {"v1", "persistentvolumes", "PersistentVolume", false, "pv", "", "*", "status",
     Generation::none, true},
    {"v1", "pods", "Pod", true, "po", "all", "*",
     "attach:PodAttachOptions,binding:Binding,ephemeralcontainers,eviction:policy/v1.Eviction,"
     "exec:PodExecOptions,log,portforward:PodPortForwardOptions,proxy:PodProxyOptions,status",
     Generation::none, true},
    {"v1", "podtemplates", "PodTemplate", true, "", "", "*", "", Generation::all_but_metadata,
     true},
    {"v1", "replicationcontrollers", "ReplicationController", true, "rc", "all", "*",
     "scale:autoscaling/v1.Scale,status", Generation::spec, false},
    {"v1", "resourcequotas", "ResourceQuota", true, "quota", "", "*", "status", Generation::none,
     true},
    {"v1", "secrets", "Secret", true, "", "", "*", "", Generation::none, false},
    {"v1", "serviceaccounts", "ServiceAccount", true, "sa", "", "*",
     "token:authentication.k8s.io/v1.TokenRequest", Generation::none, true},
    {"v1", "services", "Service", true, "svc", "all", "*", "proxy:ServiceProxyOptions,status",
     Generation::none, true},
    {"apiregistration.k8s.io/v1", "apiservices", "APIService", false, "", "api-extensions", "*",
     "status", Generation::none, false},
    {"apps/v1", "controllerrevisions", "ControllerRevision", true, "", "", "*", "",
     Generation::none, false},
    {"apps/v1", "daemonsets", "DaemonSet", true, "ds", "all", "*", "status", Generation::spec,
     false},
    {"apps/v1", "deployments", "Deployment", true, "deploy", "all", "*",
     "scale:autoscaling/v1.Scale,status", Generation::spec_or_annotations, false},
    {"apps/v1", "replicasets", "ReplicaSet", true, "rs", "all", "*",
     "scale:autoscaling/v1.Scale,status", Generation::spec, false},
    {"apps/v1", "statefulsets", "StatefulSet", true, "sts", "all", "*",
     "scale:autoscaling/v1.Scale,status", Generation::spec, false},
    {"events.k8s.io/v1", "events", "Event", true, "ev", "", "*", "", Generation::none, false},
    {"authentication.k8s.io/v1", "selfsubjectreviews", "SelfSubjectReview", false, "", "", "create",
     "", Generation::none, false},
    {"authentication.k8s.io/v1", "tokenreviews", "TokenReview", false, "", "", "create", "",
     Generation::none, false},
    {"authorization.k8s.io/v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", true, "",
     "", "create", "", Generation::none, false},
    {"authorization.k8s.io/v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false, "",
     "", "create", "", Generation::none, false},
    {"authorization.k8s.io/v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false, "", "",
     "create", "", Generation::none, false},
    {"authorization.k8s.io/v1", "subjectaccessreviews", "SubjectAccessReview", false, "", "",
     "create", "", Generation::none, false},
    {"autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true, "hpa", "all",
     "*", "status", Generation::none, false},
    {"autoscaling/v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true, "hpa", "all",
     "*", "status", Generation::none, false},
    {"batch/v1", "cronjobs", "CronJob", true, "cj", "all", "*", "status", Generation::spec, false},
    {"batch/v1", "jobs", "Job", true, "", "all", "*", "status", Generation::spec, false},
    {"certificates.k8s.io/v1", "certificatesigningrequests", "CertificateSigningRequest", false,
     "csr", "", "*", "approval,status", Generation::none, false},
    {"networking.k8s.io/v1", "ingressclasses", "IngressClass", false, "", "", "*", "",
     Generation::spec, false},
    {"networking.k8s.io/v1", "ingresses", "Ingress", true, "ing", "", "*", "status",
     Generation::spec, false},
    {"networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", true, "netpol", "", "*", "",
     Generation::spec, false},
    {"policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", true, "pdb", "", "*", "status",
     Generation::spec, false},
    {"rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", false, "", "",
     "*", "", Generation::none, false},
    {"rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", false, "", "", "*", "",
     Generation::none, false},
    {"rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding", true, "", "", "*", "",
     Generation::none, false},
    {"rbac.authorization.k8s.io/v1", "roles", "Role", true, "", "", "*", "", Generation::none,
     false},
    {"storage.k8s.io/v1", "csidrivers", "CSIDriver", false, "", "", "*", "", Generation::none,
     true},
    {"storage.k8s.io/v1", "csinodes", "CSINode", false, "", "", "*", "", Generation::none, true},
    {"storage.k8s.io/v1", "csistoragecapacities", "CSIStorageCapacity", true, "", "", "*", "",
     Generation::none, false},
    {"storage.k8s.io/v1", "storageclasses", "StorageClass", false, "sc", "", "*", "",
     Generation::none, true},
    {"storage.k8s.io/v1", "volumeattachments", "VolumeAttachment", false, "", "", "*", "status",
     Generation::none, true},
    {"admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations",
     "MutatingWebhookConfiguration", false, "", "api-extensions", "*", "", Generation::webhooks,
     false},
    {"admissionregistration.k8s.io/v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy",
     false, "", "api-extensions", "*", "status", Generation::spec, false},
    {"admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings",
     "ValidatingAdmissionPolicyBinding", false, "", "api-extensions", "*", "", Generation::spec,
     false},
    {"admissionregistration.k8s.io/v1", "validatingwebhookconfigurations",
     "ValidatingWebhookConfiguration", false, "", "api-extensions", "*", "", Generation::webhooks,
     false},
    {"apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition", false,
     "crd,crds", "api-extensions", "*", "status", Generation::spec, false},
    {"scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", false, "pc", "", "*", "",
     Generation::all_but_metadata, false},
    {"coordination.k8s.io/v1", "leases", "Lease", true, "", "", "*", "", Generation::none, false},
    {"node.k8s.io/v1", "runtimeclasses", "RuntimeClass", false, "", "", "*", "", Generation::none,
     false},
    {"discovery.k8s.io/v1", "endpointslices", "EndpointSlice", true, "", "", "*", "",
     Generation::all_but_metadata, false},
    {"flowcontrol.apiserver.k8s.io/v1", "flowschemas", "FlowSchema", false, "", "", "*", "status",
     Generation::spec, false},
    {"flowcontrol.apiserver.k8s.io/v1", "prioritylevelconfigurations", "PriorityLevelConfiguration",
     false, "", "", "*", "status", Generation::spec, false},
};

std::vector<std::string> split(std::string_view text, char separator = ',') {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::vector<std::string> subresource_verbs(std::string_view name) {
  if (name == "log") return {"get"};
  if (name == "eviction" || name == "binding" || name == "token") return {"create"};
  if (name == "exec" || name == "attach" || name == "portforward") return {"create", "get"};
  if (name == "proxy") return {"create", "delete", "get", "patch", "update"};
  return {"get", "patch", "update"};
}

Subresource read_subresource(const std::string& text, const ResourceType& parent) {
  const auto colon = text.find(':');
  Subresource sub{text.substr(0, colon), "", "", parent.kind, {}};
  sub.verbs = subresource_verbs(sub.name);
  if (colon == std::string::npos) return sub;
  const std::string shown = text.substr(colon + 1);
  if (shown == "update") {
    sub.verbs = {shown};
    return sub;
  }
  const auto slash = shown.find('/');
  const auto dot = shown.rfind('.');
  if (slash == std::string::npos) {
    sub.kind = shown;
    return sub;
  }
  sub.group = shown.substr(0, slash);
  sub.version = shown.substr(slash + 1, dot - slash - 1);
  sub.kind = shown.substr(dot + 1);
  return sub;
}

std::vector<KindInfo> read_rows() {
  std::vector<KindInfo> kinds;
  for (const Row& row : kRows) {
    auto [group, version] = split_api_version(row.group_version);
    KindInfo info;
    info.type = ResourceType{group, version, row.plural, row.kind, row.namespaced};
    info.singular = lower(row.kind);
    info.list_kind = info.type.kind + "List";
    info.short_names = split(row.short_names);
    info.categories = split(row.categories);
    info.verbs = std::string_view(row.verbs) == "*"
                     ? std::vector<std::string>{"create", "delete", "deletecollection", "get",
                                                "list",   "patch",  "update",           "watch"}
                     : split(row.verbs);
    for (const auto& text : split(row.subresources)) {
      info.subresources.push_back(read_subresource(text, info.type));
    }
    info.generation = row.generation;
    info.delete_returns_object = row.delete_returns_object;
    info.schema = schema_of(group, version, row.kind);
    kinds.push_back(std::move(info));
  }
  return kinds;
}

}  // namespace

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool KindInfo::can(std::string_view verb) const {
  return std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
}

const Subresource* KindInfo::subresource(std::string_view name) const {
  const auto hit = std::find_if(subresources.begin(), subresources.end(),
                                [&](const Subresource& sub) { return sub.name == name; });
  return hit == subresources.end() ? nullptr : &*hit;
}

const std::vector<KindInfo>& builtin_kinds() {
  static const std::vector<KindInfo> kinds = read_rows();
  return kinds;
}

bool is_builtin_kind(const SchemaType& type) {
  static const std::set<const SchemaType*> types = [] {
    std::set<const SchemaType*> all;
    for (const KindInfo& info : builtin_kinds()) all.insert(info.schema);
    return all;
  }();
  return types.contains(&type);
}

const KindInfo* builtin_kind(std::string_view group, std::string_view version,
                             std::string_view kind) {
  for (const KindInfo& info : builtin_kinds()) {
    if (info.type.kind == kind && info.type.group == group && info.type.version == version) {
      return &info;
    }
  }
  return nullptr;
}

}  // namespace spokelab::kube
