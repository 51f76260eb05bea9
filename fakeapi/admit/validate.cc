// Validation of built-in kinds, by a table of checks for each kind.
#include "fakeapi/admit/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "fakeapi/admit/structural.h"
#include "kube/names.h"
#include "kube/selector.h"

namespace spokelab::fakeapi {

namespace {

using kube::StatusCause;
using Causes = std::vector<StatusCause>;

std::string dotted(std::initializer_list<std::string_view> path) {
  std::string text;
  for (const auto part : path) text.append(text.empty() ? "" : ".").append(part);
  return text;
}

void require(Causes& causes, const Json& object, std::initializer_list<std::string_view> path,
             std::string_view why = "") {
  const Json* value = find(object, path);
  if (value == nullptr || value->is_null() || *value == "")
    causes.push_back(kube::required_value(dotted(path), why));
}

void not_negative(Causes& causes, const Json& object,
                  std::initializer_list<std::string_view> path) {
  const Json* value = find(object, path);
  if (value != nullptr && value->is_number_integer() && value->get<std::int64_t>() < 0) {
    causes.push_back(
        kube::invalid_value(dotted(path), *value, "must be greater than or equal to 0"));
  }
}

void one_of(Causes& causes, const Json& object, std::initializer_list<std::string_view> path,
            std::vector<std::string> allowed) {
  const Json* value = find(object, path);
  if (value == nullptr || !value->is_string()) return;
  if (std::find(allowed.begin(), allowed.end(), value->get<std::string>()) != allowed.end()) return;
  causes.push_back(kube::not_supported(dotted(path), *value, std::move(allowed)));
}

void immutable(Causes& causes, const Json& object, const Json* old,
               std::initializer_list<std::string_view> path,
               std::string_view why = "field is immutable") {
  if (old == nullptr) return;
  const Json* before = find(*old, path);
  const Json* after = find(object, path);
  const bool same = before == nullptr ? after == nullptr : after != nullptr && *before == *after;
  if (!same)
    causes.push_back(kube::invalid_value(dotted(path), after != nullptr ? *after : Json(), why));
}

void check_port(Causes& causes, const std::string& path, const Json& value) {
  if (!value.is_number_integer()) return;
  const auto port = value.get<std::int64_t>();
  if (port < 1 || port > 65535) {
    causes.push_back(kube::invalid_value(path, value, "must be between 1 and 65535, inclusive"));
  }
}

void check_containers(Causes& causes, const Json& spec, const std::string& at, const char* list) {
  const Json* containers = find(spec, {list});
  if (containers == nullptr || !containers->is_array() || containers->empty()) {
    if (std::string_view(list) == "containers")
      causes.push_back(kube::required_value(at + "." + list, ""));
    return;
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < containers->size(); ++i) {
    const Json& container = (*containers)[i];
    const std::string path = fmt::format("{}.{}[{}]", at, list, i);
    const std::string name = text_at(container, {"name"});
    if (name.empty()) {
      causes.push_back(kube::required_value(path + ".name", ""));
    } else if (const auto problem = kube::dns_label_problem(name); !problem.empty()) {
      causes.push_back(kube::invalid_value(path + ".name", name, problem));
    } else if (!names.insert(name).second) {
      causes.push_back(kube::duplicate_value(path + ".name", name));
    }
    if (text_at(container, {"image"}).empty())
      causes.push_back(kube::required_value(path + ".image", ""));
    const Json* ports = find(container, {"ports"});
    for (std::size_t j = 0; ports != nullptr && ports->is_array() && j < ports->size(); ++j) {
      const Json* port = find((*ports)[j], {"containerPort"});
      const std::string where = fmt::format("{}.ports[{}].containerPort", path, j);
      if (port == nullptr)
        causes.push_back(kube::required_value(where, ""));
      else
        check_port(causes, where, *port);
    }
  }
}

void check_pod_spec(Causes& causes, const Json* spec, const std::string& at) {
  if (spec == nullptr || !spec->is_object()) {
    causes.push_back(kube::required_value(at + ".containers", ""));
    return;
  }
  check_containers(causes, *spec, at, "initContainers");
  check_containers(causes, *spec, at, "containers");
  const Json* grace = find(*spec, {"terminationGracePeriodSeconds"});
  if (grace != nullptr && grace->is_number_integer() && grace->get<std::int64_t>() < 0) {
    causes.push_back(kube::invalid_value(at + ".terminationGracePeriodSeconds", *grace,
                                         "must be greater than or equal to 0"));
  }
}

void check_selector_and_template(Causes& causes, const Json& object,
                                 std::vector<std::string> policies) {
  const Json* selector = find(object, {"spec", "selector"});
  const Json* labels = find(object, {"spec", "template", "metadata", "labels"});
  static const Json none = Json::object();
  const auto parsed = kube::LabelSelector::from_json(selector != nullptr ? *selector : Json());
  if (selector == nullptr) {
    causes.push_back(kube::required_value("spec.selector", ""));
  } else if (!parsed) {
    causes.push_back(kube::invalid_value("spec.selector", *selector, parsed.error().message()));
  } else if (parsed->empty()) {
    causes.push_back(kube::invalid_value("spec.selector", *selector,
                                         "empty selector is invalid for deployment"));
  } else if (!parsed->matches(labels != nullptr ? *labels : none)) {
    causes.push_back(kube::invalid_value("spec.template.metadata.labels",
                                         labels != nullptr ? *labels : none,
                                         "`selector` does not match template `labels`"));
  }
  check_pod_spec(causes, find(object, {"spec", "template", "spec"}), "spec.template.spec");
  one_of(causes, object, {"spec", "template", "spec", "restartPolicy"}, std::move(policies));
}

bool is_zero(const Json* value) {
  return value != nullptr && (*value == 0 || *value == "0" || *value == "0%");
}

void check_percent(Causes& causes, const Json& object, std::initializer_list<std::string_view> path,
                   bool capped) {
  const Json* value = find(object, path);
  if (value == nullptr) return;
  if (value->is_number_integer()) return not_negative(causes, object, path);
  if (!value->is_string()) return;
  const auto& text = value->get_ref<const std::string&>();
  const bool digits =
      text.size() > 1 && text.size() <= 5 && text.back() == '%' &&
      std::all_of(text.begin(), text.end() - 1, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) {
    causes.push_back(
        kube::invalid_value(dotted(path), *value,
                            "a valid percent string must be a numeric string followed by an ending "
                            "'%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"));
  } else if (capped && std::stoi(text) > 100) {
    causes.push_back(kube::invalid_value(dotted(path), *value, "must not be greater than 100%"));
  }
}

void check_deployment(Causes& causes, const Json& object, const Json* old) {
  not_negative(causes, object, {"spec", "replicas"});
  not_negative(causes, object, {"spec", "minReadySeconds"});
  not_negative(causes, object, {"spec", "revisionHistoryLimit"});
  check_selector_and_template(causes, object, {"Always"});
  immutable(causes, object, old, {"spec", "selector"});
  one_of(causes, object, {"spec", "strategy", "type"}, {"Recreate", "RollingUpdate"});
  if (text_at(object, {"spec", "strategy", "type"}) == "Recreate" &&
      find(object, {"spec", "strategy", "rollingUpdate"}) != nullptr) {
    causes.push_back(kube::forbidden_value(
        "spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'"));
  }
  check_percent(causes, object, {"spec", "strategy", "rollingUpdate", "maxSurge"}, false);
  check_percent(causes, object, {"spec", "strategy", "rollingUpdate", "maxUnavailable"}, true);
  if (is_zero(find(object, {"spec", "strategy", "rollingUpdate", "maxSurge"})) &&
      is_zero(find(object, {"spec", "strategy", "rollingUpdate", "maxUnavailable"}))) {
    causes.push_back(
        kube::invalid_value("spec.strategy.rollingUpdate.maxUnavailable",
                            *find(object, {"spec", "strategy", "rollingUpdate", "maxUnavailable"}),
                            "may not be 0 when `maxSurge` is 0"));
  }
  const Json* deadline = find(object, {"spec", "progressDeadlineSeconds"});
  if (deadline != nullptr && deadline->is_number_integer() &&
      deadline->get<std::int64_t>() <= int_at(object, {"spec", "minReadySeconds"})) {
    causes.push_back(kube::invalid_value("spec.progressDeadlineSeconds", *deadline,
                                         "must be greater than minReadySeconds"));
  }
}

void check_replica_set(Causes& causes, const Json& object, const Json* old) {
  not_negative(causes, object, {"spec", "replicas"});
  check_selector_and_template(causes, object, {"Always"});
  immutable(causes, object, old, {"spec", "selector"});
}

void check_daemon_set(Causes& causes, const Json& object, const Json* old) {
  check_selector_and_template(causes, object, {"Always"});
  immutable(causes, object, old, {"spec", "selector"});
}

void check_stateful_set(Causes& causes, const Json& object, const Json* old) {
  not_negative(causes, object, {"spec", "replicas"});
  check_selector_and_template(causes, object, {"Always"});
  if (old == nullptr) return;
  static constexpr std::string_view kFree[] = {"minReadySeconds",
                                               "ordinals",
                                               "persistentVolumeClaimRetentionPolicy",
                                               "replicas",
                                               "revisionHistoryLimit",
                                               "template",
                                               "updateStrategy"};
  const auto rest = [](const Json& set) {
    Json spec = find(set, {"spec"}) != nullptr ? *find(set, {"spec"}) : Json::object();
    for (const auto name : kFree) spec.erase(std::string(name));
    return spec;
  };
  if (rest(object) != rest(*old)) {
    causes.push_back(kube::forbidden_value(
        "spec",
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
        "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and "
        "'minReadySeconds' are forbidden"));
  }
}

void check_job(Causes& causes, const Json& object, const Json* old) {
  not_negative(causes, object, {"spec", "parallelism"});
  not_negative(causes, object, {"spec", "completions"});
  not_negative(causes, object, {"spec", "backoffLimit"});
  check_pod_spec(causes, find(object, {"spec", "template", "spec"}), "spec.template.spec");
  const std::string policy =
      text_at(object, {"spec", "template", "spec", "restartPolicy"}, "Always");
  if (policy == "Always") {
    causes.push_back(kube::required_value("spec.template.spec.restartPolicy",
                                          "valid values: \"OnFailure\", \"Never\""));
  }
  immutable(causes, object, old, {"spec", "selector"});
  immutable(causes, object, old, {"spec", "template"});
  if (text_at(object, {"spec", "completionMode"}) != "Indexed")
    immutable(causes, object, old, {"spec", "completions"});
  immutable(causes, object, old, {"spec", "completionMode"});
}

void check_cron_job(Causes& causes, const Json& object, const Json*) {
  require(causes, object, {"spec", "schedule"});
  one_of(causes, object, {"spec", "concurrencyPolicy"}, {"Allow", "Forbid", "Replace"});
  check_pod_spec(causes, find(object, {"spec", "jobTemplate", "spec", "template", "spec"}),
                 "spec.jobTemplate.spec.template.spec");
}

void check_pod(Causes& causes, const Json& object, const Json* old) {
  check_pod_spec(causes, find(object, {"spec"}), "spec");
  one_of(causes, object, {"spec", "restartPolicy"}, {"Always", "OnFailure", "Never"});
  if (old == nullptr) return;
  const auto fixed = [](const Json& pod) {
    Json spec = find(pod, {"spec"}) != nullptr ? *find(pod, {"spec"}) : Json::object();
    for (const char* name :
         {"activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds",
          "schedulingGates", "nodeName", "ephemeralContainers"}) {
      spec.erase(name);
    }
    for (const char* list : {"containers", "initContainers"}) {
      if (!spec.contains(list) || !spec[list].is_array()) continue;
      for (Json& container : spec[list]) container.erase("image");
    }
    return spec;
  };
  if (fixed(object) != fixed(*old)) {
    causes.push_back(kube::forbidden_value(
        "spec",
        "pod updates may not change fields other than `spec.containers[*].image`,"
        "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
        "additions to "
        "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it "
        "was "
        "previously negative)"));
  }
}

void check_service(Causes& causes, const Json& object, const Json* old) {
  const std::string type = text_at(object, {"spec", "type"});
  one_of(causes, object, {"spec", "type"},
         {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"});
  const Json* ports = find(object, {"spec", "ports"});
  const bool some = ports != nullptr && ports->is_array() && !ports->empty();
  const bool headless = text_at(object, {"spec", "clusterIP"}) == "None";
  if (!some && type != "ExternalName" && !headless)
    causes.push_back(kube::required_value("spec.ports", ""));
  if (type == "ExternalName") require(causes, object, {"spec", "externalName"});
  std::set<std::string> names;
  std::set<std::string> pairs;
  for (std::size_t i = 0; some && i < ports->size(); ++i) {
    const Json& port = (*ports)[i];
    const std::string at = fmt::format("spec.ports[{}]", i);
    const Json* number = find(port, {"port"});
    if (number == nullptr)
      causes.push_back(kube::required_value(at + ".port", ""));
    else
      check_port(causes, at + ".port", *number);
    const std::string name = text_at(port, {"name"});
    if (name.empty() && ports->size() > 1) causes.push_back(kube::required_value(at + ".name", ""));
    if (!name.empty() && !names.insert(name).second)
      causes.push_back(kube::duplicate_value(at + ".name", name));
    const std::string pair =
        fmt::format("{}/{}", int_at(port, {"port"}), text_at(port, {"protocol"}));
    if (!pairs.insert(pair).second) causes.push_back(kube::duplicate_value(at, port));
  }
  if (old == nullptr || type == "ExternalName" || text_at(*old, {"spec", "type"}) == "ExternalName")
    return;
  if (!text_at(*old, {"spec", "clusterIP"}).empty() &&
      text_at(*old, {"spec", "clusterIP"}) != text_at(object, {"spec", "clusterIP"})) {
    causes.push_back(kube::invalid_value(
        "spec.clusterIPs[0]", text_at(object, {"spec", "clusterIP"}), "may not change once set"));
  }
}

void check_data(Causes& causes, const Json& object, const Json* old) {
  const Json* data = find(object, {"data"});
  if (data != nullptr && data->is_object()) {
    for (const auto& [key, value] : data->items()) {
      const bool fine = !key.empty() && key.size() <= 253 && key != "." &&
                        key.compare(0, 2, "..") != 0 &&
                        std::all_of(key.begin(), key.end(), [](unsigned char c) {
                          return std::isalnum(c) || c == '-' || c == '_' || c == '.';
                        });
      if (fine) continue;
      causes.push_back(kube::invalid_value(
          fmt::format("data[{}]", key), key,
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
          "'key.name',  or "
          "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"));
    }
    std::size_t size = 0;
    for (const auto& [key, value] : data->items())
      size += value.is_string() ? value.get_ref<const std::string&>().size() : 0;
    if (size > 1'400'000)
      causes.push_back({"FieldValueTooLong", "Too long: may not be more than 1048576 bytes", ""});
  }
  if (old != nullptr && bool_at(*old, {"immutable"})) {
    for (const char* field : {"data", "binaryData"}) {
      const Json* a = find(*old, {field});
      const Json* b = find(object, {field});
      if ((a == nullptr) != (b == nullptr) || (a != nullptr && *a != *b)) {
        causes.push_back(
            kube::forbidden_value(field, "field is immutable when `immutable` is set"));
      }
    }
    if (!bool_at(object, {"immutable"})) {
      causes.push_back(
          kube::forbidden_value("immutable", "field is immutable when `immutable` is set"));
    }
  }
}

void check_secret(Causes& causes, const Json& object, const Json* old) {
  check_data(causes, object, old);
  immutable(causes, object, old, {"type"});
}

void check_ingress(Causes& causes, const Json& object, const Json*) {
  const Json* rules = find(object, {"spec", "rules"});
  if (rules == nullptr && find(object, {"spec", "defaultBackend"}) == nullptr) {
    causes.push_back(kube::invalid_value("spec", Json::object(),
                                         "either `defaultBackend` or `rules` must be specified"));
    return;
  }
  for (std::size_t i = 0; rules != nullptr && rules->is_array() && i < rules->size(); ++i) {
    const Json* paths = find((*rules)[i], {"http", "paths"});
    for (std::size_t j = 0; paths != nullptr && paths->is_array() && j < paths->size(); ++j) {
      const std::string at = fmt::format("spec.rules[{}].http.paths[{}].pathType", i, j);
      const std::string type = text_at((*paths)[j], {"pathType"});
      if (type.empty())
        causes.push_back(kube::required_value(at, "pathType must be specified"));
      else if (type != "Exact" && type != "Prefix" && type != "ImplementationSpecific") {
        causes.push_back(
            kube::not_supported(at, type, {"Exact", "ImplementationSpecific", "Prefix"}));
      }
    }
  }
}

void check_autoscaler(Causes& causes, const Json& object, const Json*) {
  require(causes, object, {"spec", "scaleTargetRef", "kind"});
  require(causes, object, {"spec", "scaleTargetRef", "name"});
  const Json* most = find(object, {"spec", "maxReplicas"});
  const auto least = int_at(object, {"spec", "minReplicas"}, 1);
  if (least < 1) {
    causes.push_back(
        kube::invalid_value("spec.minReplicas", least, "must be greater than or equal to 1"));
  }
  const auto top = most != nullptr && most->is_number_integer() ? most->get<std::int64_t>() : 0;
  if (top < 1)
    causes.push_back(kube::invalid_value("spec.maxReplicas", top, "must be greater than 0"));
  else if (top < least) {
    causes.push_back(kube::invalid_value("spec.maxReplicas", top,
                                         "must be greater than or equal to `minReplicas`"));
  }
}

void check_binding(Causes& causes, const Json& object, const Json* old) {
  require(causes, object, {"roleRef", "name"});
  one_of(causes, object, {"roleRef", "kind"}, {"Role", "ClusterRole"});
  immutable(causes, object, old, {"roleRef"}, "cannot change roleRef");
}

void check_claim(Causes& causes, const Json& object, const Json* old) {
  const Json* modes = find(object, {"spec", "accessModes"});
  if (modes == nullptr || modes->empty()) {
    causes.push_back(
        kube::required_value("spec.accessModes", "at least 1 access mode is required"));
  }
  require(causes, object, {"spec", "resources", "requests", "storage"});
  if (old == nullptr) return;
  const auto fixed = [](const Json& claim) {
    Json spec = find(claim, {"spec"}) != nullptr ? *find(claim, {"spec"}) : Json::object();
    for (const char* name : {"resources", "volumeAttributesClassName", "volumeName"})
      spec.erase(name);
    return spec;
  };
  if (fixed(object) != fixed(*old)) {
    causes.push_back(
        kube::forbidden_value("spec",
                              "spec is immutable after creation except resources.requests and "
                              "volumeAttributesClassName for bound claims"));
  }
}

void check_budget(Causes& causes, const Json& object, const Json*) {
  if (find(object, {"spec", "minAvailable"}) != nullptr &&
      find(object, {"spec", "maxUnavailable"}) != nullptr) {
    causes.push_back(kube::invalid_value("spec", Json::object(),
                                         "minAvailable and maxUnavailable cannot be both set"));
  }
  check_percent(causes, object, {"spec", "minAvailable"}, true);
  check_percent(causes, object, {"spec", "maxUnavailable"}, true);
}

void check_definition(Causes& causes, const Json& object, const Json* old) {
  const std::string want =
      text_at(object, {"spec", "names", "plural"}) + "." + text_at(object, {"spec", "group"});
  if (text_at(object, {"metadata", "name"}) != want) {
    causes.push_back(kube::invalid_value("metadata.name", text_at(object, {"metadata", "name"}),
                                         "must be spec.names.plural+\".\"+spec.group"));
  }
  require(causes, object, {"spec", "group"});
  require(causes, object, {"spec", "names", "plural"});
  require(causes, object, {"spec", "names", "kind"});
  one_of(causes, object, {"spec", "scope"}, {"Cluster", "Namespaced"});
  require(causes, object, {"spec", "scope"});
  const Json* versions = find(object, {"spec", "versions"});
  int stored = 0;
  for (std::size_t i = 0; versions != nullptr && versions->is_array() && i < versions->size();
       ++i) {
    const Json& version = (*versions)[i];
    stored += bool_at(version, {"storage"});
    if (find(version, {"schema", "openAPIV3Schema"}) == nullptr) {
      causes.push_back(kube::required_value(
          fmt::format("spec.versions[{}].schema.openAPIV3Schema", i), "schemas are required"));
    }
  }
  if (stored != 1) {
    causes.push_back(
        kube::invalid_value("spec.versions", versions != nullptr ? *versions : Json(),
                            "must have exactly one version marked as storage version"));
  }
  immutable(causes, object, old, {"spec", "scope"});
  immutable(causes, object, old, {"spec", "group"});
  immutable(causes, object, old, {"spec", "names", "kind"});
}

using Check = void (*)(Causes&, const Json&, const Json*);
struct Row {
  std::string_view group_resource;
  Check check;
};
constexpr Row kChecks[] = {{"deployments.apps", check_deployment},
                           {"replicasets.apps", check_replica_set},
                           {"daemonsets.apps", check_daemon_set},
                           {"statefulsets.apps", check_stateful_set},
                           {"jobs.batch", check_job},
                           {"cronjobs.batch", check_cron_job},
                           {"pods", check_pod},
                           {"services", check_service},
                           {"configmaps", check_data},
                           {"secrets", check_secret},
                           {"ingresses.networking.k8s.io", check_ingress},
                           {"horizontalpodautoscalers.autoscaling", check_autoscaler},
                           {"rolebindings.rbac.authorization.k8s.io", check_binding},
                           {"clusterrolebindings.rbac.authorization.k8s.io", check_binding},
                           {"persistentvolumeclaims", check_claim},
                           {"poddisruptionbudgets.policy", check_budget},
                           {"customresourcedefinitions.apiextensions.k8s.io", check_definition}};

void check_map(Causes& causes, const Json& object, const char* field, bool values) {
  const Json* map = find(object, {"metadata", field});
  if (map == nullptr || !map->is_object()) return;
  std::size_t size = 0;
  for (const auto& [key, value] : map->items()) {
    const std::string path = std::string("metadata.") + field;
    if (const auto problem = kube::label_key_problem(key); !problem.empty()) {
      causes.push_back(kube::invalid_value(path, key, problem));
    }
    if (!value.is_string()) continue;
    const auto& text = value.get_ref<const std::string&>();
    size += key.size() + text.size();
    if (!values) continue;
    if (const auto problem = kube::label_value_problem(text); !problem.empty()) {
      causes.push_back(kube::invalid_value(path, text, problem));
    }
  }
  if (!values && size > 262'144) {
    causes.push_back({"FieldValueTooLong", "Too long: may not be more than 262144 bytes",
                      "metadata.annotations"});
  }
}

void check_finalizers(Causes& causes, const Json& object, const Json* old) {
  const Json* finalizers = find(object, {"metadata", "finalizers"});
  if (finalizers == nullptr || !finalizers->is_array()) return;
  Json added = Json::array();
  const Json* before = old != nullptr ? find(*old, {"metadata", "finalizers"}) : nullptr;
  for (const Json& one : *finalizers) {
    if (!one.is_string()) continue;
    if (const auto problem = kube::label_key_problem(one.get<std::string>()); !problem.empty()) {
      causes.push_back(kube::invalid_value("metadata.finalizers", one, problem));
    }
    const bool known =
        before != nullptr && std::find(before->begin(), before->end(), one) != before->end();
    if (!known) added.push_back(one);
  }
  if (old == nullptr || find(*old, {"metadata", "deletionTimestamp"}) == nullptr || added.empty())
    return;
  std::string list = added.dump();
  list = "{" + list.substr(1, list.size() - 2) + "}";
  causes.push_back(kube::forbidden_value(
      "metadata.finalizers", fmt::format("no new finalizers can be added if the object is being "
                                         "deleted, found new finalizers []string{}",
                                         list)));
}

void check_owners(Causes& causes, const Json& object) {
  const Json* owners = find(object, {"metadata", "ownerReferences"});
  if (owners == nullptr || !owners->is_array()) return;
  int controllers = 0;
  for (std::size_t i = 0; i < owners->size(); ++i) {
    const std::string at = "metadata.ownerReferences";
    for (const char* field : {"apiVersion", "kind", "name", "uid"}) {
      if (text_at((*owners)[i], {field}).empty()) {
        causes.push_back(kube::invalid_value(at + "." + field, "",
                                             std::string(field) == "apiVersion"
                                                 ? "version must not be empty"
                                                 : "must not be empty"));
      }
    }
    controllers += bool_at((*owners)[i], {"controller"});
  }
  if (controllers > 1) {
    causes.push_back(kube::invalid_value("metadata.ownerReferences", *owners,
                                         "Only one reference can have Controller set to true"));
  }
}

std::string name_problem(const ServedKind& kind, const std::string& name) {
  const std::string resource = kind.type().group_resource();
  if (kind.type().group == "rbac.authorization.k8s.io") return kube::path_segment_problem(name);
  if (resource == "namespaces") return kube::dns_label_problem(name);
  if (resource == "services") return kube::dns1035_label_problem(name);
  return kube::dns_subdomain_problem(name);
}

}  // namespace

std::vector<StatusCause> validate(const ServedKind& kind, const Json& object, const Json* old) {
  Causes causes;
  if (old == nullptr) {
    const std::string name = text_at(object, {"metadata", "name"});
    if (const auto problem = name_problem(kind, name); !problem.empty()) {
      causes.push_back(kube::invalid_value("metadata.name", name, problem));
    }
  }
  check_map(causes, object, "labels", true);
  check_map(causes, object, "annotations", false);
  check_finalizers(causes, object, old);
  check_owners(causes, object);
  if (kind.custom) {
    if (kind.custom->schema == nullptr) return causes;
    auto more = validate_by_structure(*kind.custom->schema, object);
    causes.insert(causes.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
    return causes;
  }
  const std::string resource = kind.type().group_resource();
  for (const Row& row : kChecks) {
    if (row.group_resource == resource) row.check(causes, object, old);
  }
  return causes;
}

}  // namespace spokelab::fakeapi
