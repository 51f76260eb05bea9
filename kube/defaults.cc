// The table of defaults, and the few that need a look at other fields.
#include "kube/defaults.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/json.h"
#include "kube/kinds.h"

namespace spokelab::kube {

namespace {

// Each row: block, path, value as JSON (or "@Block": its rows hold there), condition. In a path
// "[]" stands for every item of a list; "?" ends a name that must be there already, "~" one whose 0
// counts as absent, "&" one that is a pointer to text in Go, so that "" is a value; other objects
// are made. Conditions: "path" present, "!path" absent, "path=a|b" has one of these values. Order
// matters where one row reads what another one sets.
struct Row {
  const char* block;
  const char* path;
  const char* value;
  const char* condition;
};

constexpr Row kRows[] = {
    {"HTTPGet", "path", "\"/\"", ""},
    {"HTTPGet", "scheme", "\"HTTP\"", ""},
    {"Probe", "timeoutSeconds", "1", ""},
    {"Probe", "periodSeconds", "10", ""},
    {"Probe", "successThreshold", "1", ""},
    {"Probe", "failureThreshold", "3", ""},
    {"Probe", "httpGet?", "@HTTPGet", ""},
    {"Probe", "grpc?.service", "\"\"", ""},
    {"Container", "terminationMessagePath", "\"/dev/termination-log\"", ""},
    {"Container", "terminationMessagePolicy", "\"File\"", ""},
    {"Container", "ports?[].protocol", "\"TCP\"", ""},
    {"Container", "env?[].valueFrom?.fieldRef?.apiVersion", "\"v1\"", ""},
    {"Container", "env?[].valueFrom?.resourceFieldRef?.divisor", "\"0\"", ""},
    {"Container", "livenessProbe?", "@Probe", ""},
    {"Container", "readinessProbe?", "@Probe", ""},
    {"Container", "startupProbe?", "@Probe", ""},
    {"Container", "lifecycle?.postStart?.httpGet?", "@HTTPGet", ""},
    {"Container", "lifecycle?.preStop?.httpGet?", "@HTTPGet", ""},
    {"Volume", "secret?.defaultMode", "420", ""},
    {"Volume", "configMap?.defaultMode", "420", ""},
    {"Volume", "downwardAPI?.defaultMode", "420", ""},
    {"Volume", "projected?.defaultMode", "420", ""},
    {"Volume", "downwardAPI?.items?[].fieldRef?.apiVersion", "\"v1\"", ""},
    {"Volume", "projected?.sources?[].downwardAPI?.items?[].fieldRef?.apiVersion", "\"v1\"", ""},
    {"Volume", "downwardAPI?.items?[].resourceFieldRef?.divisor", "\"0\"", ""},
    {"Volume", "projected?.sources?[].downwardAPI?.items?[].resourceFieldRef?.divisor", "\"0\"",
     ""},
    {"Volume", "projected?.sources?[].serviceAccountToken?.expirationSeconds", "3600", ""},
    {"Volume", "hostPath?.type", "\"\"", ""},
    {"Volume", "iscsi?.iscsiInterface", "\"default\"", ""},
    {"Volume", "rbd?.pool", "\"rbd\"", ""},
    {"Volume", "rbd?.user", "\"admin\"", ""},
    {"Volume", "rbd?.keyring", "\"/etc/ceph/keyring\"", ""},
    {"Volume", "azureDisk?.cachingMode", "\"ReadWrite\"", ""},
    {"Volume", "azureDisk?.fsType", "\"ext4\"", ""},
    {"Volume", "azureDisk?.readOnly", "false", ""},
    {"Volume", "azureDisk?.kind", "\"Shared\"", ""},
    {"Volume", "scaleIO?.storageMode", "\"ThinProvisioned\"", ""},
    {"Volume", "scaleIO?.fsType", "\"xfs\"", ""},
    {"Volume", "ephemeral?.volumeClaimTemplate?.spec.volumeMode", "\"Filesystem\"", ""},
    {"PodSpec", "restartPolicy", "\"Always\"", ""},
    {"PodSpec", "dnsPolicy", "\"ClusterFirst\"", ""},
    {"PodSpec", "terminationGracePeriodSeconds", "30", ""},
    {"PodSpec", "securityContext", "{}", ""},
    {"PodSpec", "schedulerName", "\"default-scheduler\"", ""},
    {"PodSpec", "containers?[]", "@Container", ""},
    {"PodSpec", "initContainers?[]", "@Container", ""},
    {"PodSpec", "ephemeralContainers?[]", "@Container", ""},
    {"PodSpec", "volumes?[]", "@Volume", ""},
    {"Pod", "spec?", "@PodSpec", ""},
    {"Pod", "spec?.enableServiceLinks", "true", ""},
    {"PodTemplate", "template?.spec", "@PodSpec", ""},
    {"ReplicationController", "spec?.replicas", "1", ""},
    {"ReplicationController", "spec?.template?.spec", "@PodSpec", ""},
    {"ReplicaSet", "spec?.replicas", "1", ""},
    {"ReplicaSet", "spec?.template?.spec", "@PodSpec", ""},
    {"Deployment", "spec?.replicas", "1", ""},
    {"Deployment", "spec?.strategy.type", "\"RollingUpdate\"", ""},
    {"Deployment", "spec?.strategy.rollingUpdate.maxUnavailable", "\"25%\"",
     "spec.strategy.type=RollingUpdate"},
    {"Deployment", "spec?.strategy.rollingUpdate.maxSurge", "\"25%\"",
     "spec.strategy.type=RollingUpdate"},
    {"Deployment", "spec?.revisionHistoryLimit", "10", ""},
    {"Deployment", "spec?.progressDeadlineSeconds", "600", ""},
    {"Deployment", "spec?.template?.spec", "@PodSpec", ""},
    {"StatefulSet", "spec?.replicas", "1", ""},
    {"StatefulSet", "spec?.podManagementPolicy", "\"OrderedReady\"", ""},
    {"StatefulSet", "spec?.updateStrategy.rollingUpdate.partition", "0",
     "!spec.updateStrategy.type"},
    {"StatefulSet", "spec?.updateStrategy.type", "\"RollingUpdate\"", ""},
    {"StatefulSet", "spec?.updateStrategy.rollingUpdate?.partition", "0", ""},
    {"StatefulSet", "spec?.revisionHistoryLimit", "10", ""},
    {"StatefulSet", "spec?.persistentVolumeClaimRetentionPolicy.whenDeleted", "\"Retain\"", ""},
    {"StatefulSet", "spec?.persistentVolumeClaimRetentionPolicy.whenScaled", "\"Retain\"", ""},
    {"StatefulSet", "spec?.volumeClaimTemplates?[].apiVersion", "\"v1\"", ""},
    {"StatefulSet", "spec?.volumeClaimTemplates?[].kind", "\"PersistentVolumeClaim\"", ""},
    {"StatefulSet", "spec?.volumeClaimTemplates?[].spec.volumeMode", "\"Filesystem\"", ""},
    {"StatefulSet", "spec?.volumeClaimTemplates?[].status.phase", "\"Pending\"", ""},
    {"StatefulSet", "spec?.template?.spec", "@PodSpec", ""},
    {"DaemonSet", "spec?.updateStrategy.type", "\"RollingUpdate\"", ""},
    {"DaemonSet", "spec?.updateStrategy.rollingUpdate.maxUnavailable", "1",
     "spec.updateStrategy.type=RollingUpdate"},
    {"DaemonSet", "spec?.updateStrategy.rollingUpdate.maxSurge", "0",
     "spec.updateStrategy.type=RollingUpdate"},
    {"DaemonSet", "spec?.revisionHistoryLimit", "10", ""},
    {"DaemonSet", "spec?.template?.spec", "@PodSpec", ""},
    {"Job", "spec?.backoffLimit", "2147483647", "spec.backoffLimitPerIndex"},
    {"Job", "spec?.backoffLimit", "6", ""},
    {"Job", "spec?.completionMode&", "\"NonIndexed\"", ""},
    {"Job", "spec?.suspend", "false", ""},
    {"Job", "spec?.podReplacementPolicy&", "\"Failed\"", "spec.podFailurePolicy"},
    {"Job", "spec?.podReplacementPolicy&", "\"TerminatingOrFailed\"", ""},
    {"Job", "spec?.manualSelector", "false", ""},
    {"Job", "spec?.podFailurePolicy?.rules?[].onPodConditions?[].status", "\"True\"", ""},
    {"Job", "spec?.template?.spec", "@PodSpec", ""},
    {"CronJob", "spec?.concurrencyPolicy", "\"Allow\"", ""},
    {"CronJob", "spec?.suspend", "false", ""},
    {"CronJob", "spec?.successfulJobsHistoryLimit", "3", ""},
    {"CronJob", "spec?.failedJobsHistoryLimit", "1", ""},
    {"CronJob", "spec?.jobTemplate?.spec?.template?.spec", "@PodSpec", ""},
    {"Service", "spec?.type", "\"ClusterIP\"", ""},
    {"Service", "spec?.sessionAffinity", "\"None\"", ""},
    {"Service", "spec?.sessionAffinityConfig.clientIP.timeoutSeconds", "10800",
     "spec.sessionAffinity=ClientIP"},
    {"Service", "spec?.ports?[].protocol", "\"TCP\"", ""},
    {"Service", "spec?.internalTrafficPolicy", "\"Cluster\"",
     "spec.type=ClusterIP|NodePort|LoadBalancer"},
    {"Service", "spec?.externalTrafficPolicy", "\"Cluster\"", "spec.type=NodePort|LoadBalancer"},
    {"Service", "spec?.allocateLoadBalancerNodePorts", "true", "spec.type=LoadBalancer"},
    {"LoadBalancerIngress", "ipMode", "\"VIP\"", "ip"},
    {"Service", "status?.loadBalancer?.ingress?[]", "@LoadBalancerIngress",
     "spec.type=LoadBalancer"},
    {"Endpoints", "subsets?[].ports?[].protocol", "\"TCP\"", ""},
    {"EndpointSlice", "ports?[].name", "\"\"", ""},
    {"EndpointSlice", "ports?[].protocol&", "\"TCP\"", ""},
    {"Secret", "type", "\"Opaque\"", ""},
    {"PersistentVolumeClaim", "spec?.volumeMode&", "\"Filesystem\"", ""},
    {"PersistentVolumeClaim", "status.phase", "\"Pending\"", ""},
    {"PersistentVolume", "spec?.persistentVolumeReclaimPolicy", "\"Retain\"", ""},
    {"PersistentVolume", "spec?.volumeMode&", "\"Filesystem\"", ""},
    {"PersistentVolume", "spec?", "@Volume", ""},
    {"PersistentVolume", "status.phase", "\"Pending\"", ""},
    {"Namespace", "status.phase", "\"Active\"", ""},
    {"IngressClass", "spec?.parameters?.scope&", "\"Cluster\"", ""},
    {"NetworkPolicy", "spec?.ingress?[].ports?[].protocol&", "\"TCP\"", ""},
    {"NetworkPolicy", "spec?.egress?[].ports?[].protocol&", "\"TCP\"", ""},
    {"NetworkPolicy", "spec?.policyTypes", "[\"Ingress\",\"Egress\"]", "spec.egress"},
    {"NetworkPolicy", "spec?.policyTypes", "[\"Ingress\"]", ""},
    {"HorizontalPodAutoscaler/v2", "spec?.minReplicas", "1", ""},
    {"HorizontalPodAutoscaler/v2", "spec?.metrics",
     R"([{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":80}}}])",
     ""},
    {"HorizontalPodAutoscaler/v2", "spec?.behavior?.scaleUp.stabilizationWindowSeconds", "0", ""},
    {"HorizontalPodAutoscaler/v2", "spec?.behavior?.scaleUp.selectPolicy", "\"Max\"", ""},
    {"HorizontalPodAutoscaler/v2", "spec?.behavior?.scaleUp.policies",
     R"([{"type":"Pods","value":4,"periodSeconds":15},{"type":"Percent","value":100,"periodSeconds":15}])",
     ""},
    {"HorizontalPodAutoscaler/v2", "spec?.behavior?.scaleDown.selectPolicy", "\"Max\"", ""},
    {"HorizontalPodAutoscaler/v2", "spec?.behavior?.scaleDown.policies",
     R"([{"type":"Percent","value":100,"periodSeconds":15}])", ""},
    {"HorizontalPodAutoscaler/v1", "spec?.minReplicas", "1", ""},
    {"HorizontalPodAutoscaler/v1", "spec?.targetCPUUtilizationPercentage", "80", ""},
    {"RoleBinding", "roleRef?.apiGroup", "\"rbac.authorization.k8s.io\"", ""},
    {"RoleBinding", "subjects?[]", "@Subject", ""},
    {"ClusterRoleBinding", "roleRef?.apiGroup", "\"rbac.authorization.k8s.io\"", ""},
    {"ClusterRoleBinding", "subjects?[]", "@Subject", ""},
    {"Subject", "apiGroup", "\"rbac.authorization.k8s.io\"", "kind=User|Group"},
    {"Role", "rules", "null", ""},
    {"ClusterRole", "rules", "null", ""},
    {"CustomResourceDefinition", "spec?.conversion.strategy", "\"None\"", ""},
    {"CustomResourceDefinition", "spec?.conversion.webhook?.clientConfig?.service?.port", "443",
     ""},
    {"StorageClass", "reclaimPolicy&", "\"Delete\"", ""},
    {"StorageClass", "volumeBindingMode&", "\"Immediate\"", ""},
    {"CSIDriver", "spec?.attachRequired", "true", ""},
    {"CSIDriver", "spec?.podInfoOnMount", "false", ""},
    {"CSIDriver", "spec?.storageCapacity", "false", ""},
    {"CSIDriver", "spec?.fsGroupPolicy&", "\"ReadWriteOnceWithFSType\"", ""},
    {"CSIDriver", "spec?.volumeLifecycleModes", "[\"Persistent\"]", ""},
    {"CSIDriver", "spec?.requiresRepublish", "false", ""},
    {"CSIDriver", "spec?.seLinuxMount", "false", ""},
    {"APIService", "spec?.service?.port", "443", ""},
    {"FlowSchema", "spec?.matchingPrecedence~", "1000", ""},
    {"PriorityLevelConfiguration", "spec?.limited?.nominalConcurrencyShares", "30", ""},
    {"PriorityLevelConfiguration", "spec?.limited?.lendablePercent", "0", ""},
    {"PriorityLevelConfiguration", "spec?.limited?.limitResponse?.queuing?.queues~", "64", ""},
    {"PriorityLevelConfiguration", "spec?.limited?.limitResponse?.queuing?.handSize~", "8", ""},
    {"PriorityLevelConfiguration", "spec?.limited?.limitResponse?.queuing?.queueLengthLimit~", "50",
     ""},
    {"PriorityLevelConfiguration", "spec?.exempt?.nominalConcurrencyShares", "0", ""},
    {"PriorityLevelConfiguration", "spec?.exempt?.lendablePercent", "0", ""},
    {"PriorityClass", "preemptionPolicy&", "\"PreemptLowerPriority\"", ""},
    {"Webhook", "failurePolicy&", "\"Fail\"", ""},
    {"Webhook", "matchPolicy&", "\"Equivalent\"", ""},
    {"Webhook", "namespaceSelector", "{}", ""},
    {"Webhook", "objectSelector", "{}", ""},
    {"Webhook", "timeoutSeconds", "10", ""},
    {"Webhook", "rules?[].scope&", "\"*\"", ""},
    {"Webhook", "clientConfig?.service?.port", "443", ""},
    {"ValidatingWebhookConfiguration", "webhooks?[]", "@Webhook", ""},
    {"MutatingWebhookConfiguration", "webhooks?[]", "@Webhook", ""},
    {"MutatingWebhookConfiguration", "webhooks?[].reinvocationPolicy&", "\"Never\"", ""},
    {"ValidatingAdmissionPolicy", "spec?.failurePolicy&", "\"Fail\"", ""},
    {"ValidatingAdmissionPolicy", "spec?.matchConstraints?.matchPolicy&", "\"Equivalent\"", ""},
    {"ValidatingAdmissionPolicy", "spec?.matchConstraints?.namespaceSelector", "{}", ""},
    {"ValidatingAdmissionPolicy", "spec?.matchConstraints?.objectSelector", "{}", ""},
    {"ValidatingAdmissionPolicy", "spec?.matchConstraints?.resourceRules?[].scope&", "\"*\"", ""},
};

struct Step {
  std::string name;
  bool must = false;     // is there already
  bool each = false;     // goes on with every item
  bool zero = false;     // 0 counts as absent
  bool pointer = false;  // an empty text is a value
};

struct Rule {
  std::vector<Step> path;
  Json value;
  std::string block;  // set: its rules hold at the path
  bool negated = false;
  std::vector<std::string> condition;
  std::vector<std::string> wanted;
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool strip_end(std::string& text, std::string_view suffix) {
  if (text.size() < suffix.size() ||
      text.compare(text.size() - suffix.size(), suffix.size(), suffix) != 0) {
    return false;
  }
  text.resize(text.size() - suffix.size());
  return true;
}

Rule read_row(const Row& row) {
  Rule rule;
  for (std::string& name : split(row.path, '.')) {
    Step step;
    step.each = strip_end(name, "[]");
    step.must = strip_end(name, "?");
    step.zero = strip_end(name, "~");
    step.pointer = strip_end(name, "&");
    step.name = name;
    rule.path.push_back(std::move(step));
  }
  if (row.value[0] == '@') {
    rule.block = row.value + 1;
  } else {
    rule.value = Json::parse(row.value);
  }
  std::string_view condition = row.condition;
  if (!condition.empty() && condition[0] == '!') {
    rule.negated = true;
    condition.remove_prefix(1);
  }
  const auto equals = std::min(condition.find('='), condition.size());
  rule.condition = split(condition.substr(0, equals), '.');
  rule.wanted = split(condition.substr(std::min(equals + 1, condition.size())), '|');
  return rule;
}

using Blocks = std::map<std::string, std::vector<Rule>, std::less<>>;

const Blocks& blocks() {
  static const Blocks table = [] {
    Blocks result;
    for (const Row& row : kRows) result[row.block].push_back(read_row(row));
    return result;
  }();
  return table;
}

bool holds(const Rule& rule, const Json& object) {
  if (rule.condition.empty()) return true;
  const Json* at = &object;
  for (const auto& name : rule.condition) {
    at = find(*at, {name});
    if (at == nullptr) break;
  }
  if (rule.negated) return at == nullptr;
  if (at == nullptr) return false;
  if (rule.wanted.empty()) return true;
  if (!at->is_string()) return false;
  for (const auto& value : rule.wanted) {
    if (*at == value) return true;
  }
  return false;
}

void apply_block(const std::string& name, Json& object);

void follow(const Rule& rule, std::size_t depth, Json& at) {
  if (depth == rule.path.size()) {
    if (!rule.block.empty() && at.is_object()) apply_block(rule.block, at);
    return;
  }
  if (!at.is_object()) return;
  const Step& step = rule.path[depth];
  const auto hit = at.find(step.name);
  const bool last = depth + 1 == rule.path.size();
  if (hit == at.end()) {
    if (step.must) return;
    if (last && rule.block.empty())
      at[step.name] = rule.value;
    else
      follow(rule, depth + 1, at[step.name] = Json::object());
    return;
  }
  if (last && rule.block.empty() && !step.each) {
    // An empty text counts as absent, as in Go, where it is no pointer.
    if ((*hit == "" && !step.pointer) || hit->is_null() || (step.zero && *hit == 0))
      *hit = rule.value;
    return;
  }
  if (!step.each) return follow(rule, depth + 1, *hit);
  if (!hit->is_array()) return;
  for (Json& item : *hit) follow(rule, depth + 1, item);
}

constexpr std::size_t kImageNameMax = 255;

/// Always for ":latest" or no tag, IfNotPresent for another tag or a digest.
void default_pull_policy(Json& container) {
  if (container.contains("imagePullPolicy")) return;
  const std::string image = text_at(container, {"image"});
  // A name that is none has no tag, in whose absence "latest" would be meant.
  const bool is_name =
      !image.empty() && image.size() <= kImageNameMax &&
      std::all_of(image.begin(), image.end(), [](unsigned char c) {
        return std::isalnum(c) ||
               std::string_view("._-/:@+").find(static_cast<char>(c)) != std::string_view::npos;
      });
  if (!is_name) {
    container["imagePullPolicy"] = "IfNotPresent";
    return;
  }
  const auto digest = image.find('@');
  const std::string name = image.substr(0, digest);
  const auto slash = name.rfind('/');
  const auto colon = name.rfind(':');
  const bool tagged = colon != std::string::npos && (slash == std::string::npos || colon > slash);
  const std::string tag = tagged ? name.substr(colon + 1) : "";
  const bool always = tag == "latest" || (tag.empty() && digest == std::string::npos);
  container["imagePullPolicy"] = always ? "Always" : "IfNotPresent";
}

bool has_volume_source(const Json& volume) {
  for (const auto& [key, value] : volume.items()) {
    if (key != "name" && !value.is_null()) return true;
  }
  return false;
}

/// Deprecated "serviceAccount" mirrors "serviceAccountName", in both directions.
void mirror_service_account(Json& spec) {
  const std::string name = text_at(spec, {"serviceAccountName"});
  const std::string old = text_at(spec, {"serviceAccount"});
  if (!name.empty())
    spec["serviceAccount"] = name;
  else if (!old.empty())
    spec["serviceAccountName"] = old;
}

void default_service_ports(Json& service) {
  const Json* external = find(service, {"spec", "externalIPs"});
  if (text_at(service, {"spec", "type"}) == "ClusterIP" && external != nullptr &&
      !external->empty() && !service["spec"].contains("externalTrafficPolicy"))
    service["spec"]["externalTrafficPolicy"] = "Cluster";
  const Json* ports = find(service, {"spec", "ports"});
  if (ports == nullptr || !ports->is_array()) return;
  for (Json& port : *const_cast<Json*>(ports)) {
    if (!port.is_object() || !port.contains("port")) continue;
    const auto target = port.find("targetPort");
    if (target == port.end() || *target == 0 || *target == "")
      set_at(port, {"targetPort"}, port["port"]);
  }
  if (text_at(service, {"spec", "sessionAffinity"}) == "None")
    service["spec"].erase("sessionAffinityConfig");
}

void default_pod_requests(Json& pod) {
  for (const char* list : {"containers", "initContainers"}) {
    const Json* containers = find(pod, {"spec", list});
    if (containers == nullptr || !containers->is_array()) continue;
    for (Json& container : *const_cast<Json*>(containers)) {
      if (const Json* limits = find(container, {"resources", "limits"});
          limits && limits->is_object()) {
        const Json copy = *limits;
        for (const auto& [name, amount] : copy.items()) {
          auto& requests = container["resources"]["requests"];
          if (!requests.contains(name)) requests[name] = amount;
        }
      }
      const Json* ports = find(container, {"ports"});
      if (!bool_at(pod, {"spec", "hostNetwork"}) || ports == nullptr || !ports->is_array())
        continue;
      for (Json& port : *const_cast<Json*>(ports)) {
        if (port.is_object() && port.contains("containerPort") && !port.contains("hostPort")) {
          set_at(port, {"hostPort"}, port["containerPort"]);
        }
      }
    }
  }
}

void copy_template_labels(Json& object, std::initializer_list<std::string_view> to) {
  const Json* labels = find(object, {"spec", "template", "metadata", "labels"});
  const Json* have = find(object, to);
  if (labels == nullptr || !labels->is_object() || labels->empty()) return;
  if (have == nullptr || have->empty()) set_at(object, to, Json(*labels));
}

void default_limit_range(Json& range) {
  const Json* limits = find(range, {"spec", "limits"});
  if (limits == nullptr || !limits->is_array()) return;
  for (Json& item : *const_cast<Json*>(limits)) {
    if (text_at(item, {"type"}) != "Container") continue;
    const auto fill = [&item](const char* into, const char* from) {
      const Json* source = find(item, {from});
      if (source == nullptr || !source->is_object()) return;
      const Json copy = *source;
      for (const auto& [name, amount] : copy.items()) {
        if (!item[into].contains(name)) item[into][name] = amount;
      }
    };
    fill("default", "max");
    fill("defaultRequest", "default");
    fill("defaultRequest", "min");
  }
}

void default_node(Json& node) {
  const Json* capacity = find(node, {"status", "capacity"});
  if (capacity != nullptr && find(node, {"status", "allocatable"}) == nullptr)
    set_at(node, {"status", "allocatable"}, Json(*capacity));
  const std::string range = text_at(node, {"spec", "podCIDR"});
  if (!range.empty() && find(node, {"spec", "podCIDRs"}) == nullptr)
    set_at(node, {"spec", "podCIDRs"}, Json::array({range}));
}

/// Defaults that read several fields at once.
void special(const std::string& block, Json& object) {
  if (block == "Container") return default_pull_policy(object);
  if (block == "PodSpec") return mirror_service_account(object);
  if (block == "Volume") {
    // The spec of a persistent volume names its source, too, yet has no default one.
    if (object.contains("name") && !has_volume_source(object)) object["emptyDir"] = Json::object();
  } else if (block == "Service") {
    default_service_ports(object);
  } else if (block == "Pod") {
    default_pod_requests(object);
  } else if (block == "Job") {
    Json* spec = const_cast<Json*>(find(object, {"spec"}));
    if (spec == nullptr || !spec->is_object()) return;
    if (!spec->contains("completions") && !spec->contains("parallelism"))
      (*spec)["completions"] = 1;
    if (!spec->contains("parallelism")) (*spec)["parallelism"] = 1;
    copy_template_labels(object, {"metadata", "labels"});
  } else if (block == "ReplicationController") {
    copy_template_labels(object, {"spec", "selector"});
    copy_template_labels(object, {"metadata", "labels"});
  } else if (block == "Namespace") {
    const std::string name = text_at(object, {"metadata", "name"});
    if (!name.empty()) set_at(object, {"metadata", "labels", "kubernetes.io/metadata.name"}, name);
  } else if (block == "DaemonSet") {
    constexpr const char* kGeneration = "deprecated.daemonset.template.generation";
    if (find(object, {"metadata", "annotations", kGeneration}) == nullptr)
      set_at(object, {"metadata", "annotations", kGeneration}, "0");
  } else if (block == "Node") {
    default_node(object);
  } else if (block == "LimitRange") {
    default_limit_range(object);
  } else if (block == "CustomResourceDefinition") {
    Json* names = const_cast<Json*>(find(object, {"spec", "names"}));
    if (names == nullptr || !names->is_object()) return;
    const std::string kind = text_at(*names, {"kind"});
    if (!names->contains("singular")) (*names)["singular"] = lower(kind);
    if (!names->contains("listKind") && !kind.empty()) (*names)["listKind"] = kind + "List";
  }
}

void apply_block(const std::string& name, Json& object) {
  const auto hit = blocks().find(name);
  if (hit != blocks().end()) {
    for (const Rule& rule : hit->second) {
      if (holds(rule, object)) follow(rule, 0, object);
    }
  }
  special(name, object);
}

}  // namespace

void apply_defaults(std::string_view group, std::string_view version, std::string_view kind,
                    Json& object) {
  if (!object.is_object() || builtin_kind(group, version, kind) == nullptr) return;
  std::string block(kind);
  if (kind == "HorizontalPodAutoscaler") block.append("/").append(version);
  apply_block(block, object);
}

}  // namespace spokelab::kube
