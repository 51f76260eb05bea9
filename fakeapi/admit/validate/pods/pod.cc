// Pods and what is made of pod templates.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "fakeapi/admit/validate/pods/pods.h"

namespace spokelab::fakeapi::validation {

namespace {}  // namespace

void check_tolerations(Causes& causes, const Json& spec, const std::string& at) {
  const Json& tolerations = list_at(spec, {"tolerations"});
  for (std::size_t i = 0; i < tolerations.size(); ++i) {
    const std::string here = fmt::format("{}.tolerations[{}]", at, i);
    const Json& one = tolerations[i];
    const std::string key = text_at(one, {"key"});
    const std::string op = text_at(one, {"operator"});
    if (!key.empty()) name_rule(causes, here + ".key", key, kube::label_key_problem(key));
    if (key.empty() && op != "Exists") {
      causes.push_back(kube::invalid_value(
          here + ".operator", op,
          "operator must be Exists when `key` is empty, which means \"match all values and all "
          "keys\""));
    }
    if (find(one, {"tolerationSeconds"}) != nullptr && text_at(one, {"effect"}) != "NoExecute")
      causes.push_back(
          kube::invalid_value(here + ".effect", text_at(one, {"effect"}),
                              "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    if (op == "Exists" && !text_at(one, {"value"}).empty())
      causes.push_back(kube::invalid_value(here + ".operator", text_at(one, {"value"}),
                                           "value must be empty when `operator` is 'Exists'"));
    else if (!op.empty())
      one_of(causes, one, {"operator"}, {"Equal", "Exists"}, here);
    if (op.empty() || op == "Equal") {
      const std::string value = text_at(one, {"value"});
      name_rule(causes, here + ".operator", value, kube::label_value_problem(value));
    }
    one_of(causes, one, {"effect"}, {"NoSchedule", "PreferNoSchedule", "NoExecute"}, here);
  }
}

void check_id(Causes& causes, const Json& owner, const char* field, const std::string& at) {
  const Json* id = find(owner, {field});
  if (id == nullptr || !id->is_number_integer() || (*id >= 0 && *id <= 2'147'483'647)) return;
  causes.push_back(
      kube::invalid_value(at + "." + field, *id, "must be between 0 and 2147483647, inclusive"));
}

void check_seccomp(Causes& causes, const Json& owner, const std::string& at) {
  const Json* profile = find(owner, {"seccompProfile"});
  if (profile == nullptr) return;
  const std::string type = text_at(*profile, {"type"});
  const bool named = find(*profile, {"localhostProfile"}) != nullptr;
  if (type.empty())
    causes.push_back(
        kube::required_value(at + ".type", "type is required when seccompProfile is set"));
  else
    one_of(causes, *profile, {"type"}, {"Localhost", "RuntimeDefault", "Unconfined"}, at);
  if (type == "Localhost" && !named)
    causes.push_back(kube::required_value(at + ".localhostProfile",
                                          "must be set when seccomp type is Localhost"));
  if (type != "Localhost" && named)
    causes.push_back(kube::invalid_value(at + ".localhostProfile",
                                         text_at(*profile, {"localhostProfile"}),
                                         "can only be set when seccomp type is Localhost"));
}

namespace {

bool is_sysctl(const std::string& name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.size() > 253) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool inner = i > 0 && i + 1 < name.size();
    if (plain(name[i]) || (inner && (name[i] == '-' || name[i] == '_'))) continue;
    if (!inner || (name[i] != '.' && name[i] != '/') || !plain(name[i - 1]) || !plain(name[i + 1]))
      return false;
  }
  return true;
}

void check_security(Causes& causes, const Json& spec, const std::string& at) {
  const Json& context = object_at(spec, {"securityContext"});
  for (const char* field : {"fsGroup", "runAsUser", "runAsGroup"})
    check_id(causes, context, field, at);
  const Json& groups = list_at(context, {"supplementalGroups"});
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].is_number_integer() && (groups[i] < 0 || groups[i] > 2'147'483'647))
      causes.push_back(kube::invalid_value(fmt::format("{}.supplementalGroups[{}]", at, i),
                                           groups[i],
                                           "must be between 0 and 2147483647, inclusive"));
  }
  if (bool_at(spec, {"shareProcessNamespace"}) && bool_at(spec, {"hostPID"}))
    causes.push_back(
        kube::invalid_value(at + ".shareProcessNamespace", true,
                            "ShareProcessNamespace and HostPID cannot both be enabled"));
  const Json& sysctls = list_at(context, {"sysctls"});
  std::set<std::string> named;
  for (std::size_t i = 0; i < sysctls.size(); ++i) {
    const std::string here = fmt::format("{}.sysctls[{}].name", at, i);
    const std::string name = text_at(sysctls[i], {"name"});
    if (!named.insert(name).second) causes.push_back(kube::duplicate_value(here, name));
    if (name.empty())
      causes.push_back(kube::required_value(here, ""));
    else if (!is_sysctl(name))
      causes.push_back(kube::invalid_value(
          here, name,
          "must have at most 253 characters and match regex "
          "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"));
  }
  one_of(causes, context, {"fsGroupChangePolicy"}, {"Always", "OnRootMismatch"}, at);
  check_seccomp(causes, context, at + ".seccompProfile");
}

void check_dns(Causes& causes, const Json& spec, const std::string& at) {
  constexpr std::size_t kServersMax = 3;
  const Json* config = find(spec, {"dnsConfig"});
  if (text_at(spec, {"dnsPolicy"}) == "None") {
    if (config == nullptr)
      return causes.push_back(
          kube::required_value(at, "must provide `dnsConfig` when `dnsPolicy` is None"));
    if (list_at(*config, {"nameservers"}).empty())
      return causes.push_back(kube::required_value(
          at + ".nameservers",
          "must provide at least one DNS nameserver when `dnsPolicy` is None"));
  }
  if (config == nullptr) return;
  const Json& servers = list_at(*config, {"nameservers"});
  if (servers.size() > kServersMax)
    causes.push_back(invalid_text(at + ".nameservers", go_texts(servers),
                                  "must not have more than 3 nameservers"));
  for (std::size_t i = 0; i < servers.size(); ++i) {
    if (servers[i].is_string() && !is_ip(servers[i].get_ref<const std::string&>()))
      causes.push_back(
          kube::invalid_value(fmt::format("{}.nameservers[{}]", at, i), servers[i], kNoIp));
  }
  const Json& searches = list_at(*config, {"searches"});
  for (std::size_t i = 0; i < searches.size(); ++i) {
    if (!searches[i].is_string()) continue;
    std::string name = searches[i].get<std::string>();
    if (name.ends_with('.')) name.pop_back();
    name_rule(causes, fmt::format("{}.searches[{}]", at, i), name,
              kube::dns_subdomain_problem(name));
  }
  const Json& options = list_at(*config, {"options"});
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (text_at(options[i], {"name"}).empty())
      causes.push_back(
          kube::required_value(fmt::format("{}.options[{}]", at, i), "must not be empty"));
  }
}

void check_gates(Causes& causes, const Json& spec, const std::string& at) {
  const Json& ready = list_at(spec, {"readinessGates"});
  for (std::size_t i = 0; i < ready.size(); ++i)
    check_label_key(causes, fmt::format("{}.readinessGates[{}].conditionType", at, i),
                    text_at(ready[i], {"conditionType"}));
  const Json& gates = list_at(spec, {"schedulingGates"});
  std::set<std::string> seen;
  for (std::size_t i = 0; i < gates.size(); ++i) {
    const std::string here = fmt::format("{}.schedulingGates[{}]", at, i);
    const std::string name = text_at(gates[i], {"name"});
    check_label_key(causes, here, name);
    if (!seen.insert(name).second) causes.push_back(kube::duplicate_value(here, name));
  }
}

/// On the host's network ports cannot differ. In templates one may be left out.
void check_host_network(Causes& causes, const Json& spec, const std::string& at, bool of_pod) {
  if (!bool_at(spec, {"hostNetwork"})) return;
  const Json& containers = list_at(spec, {"containers"});
  for (std::size_t i = 0; i < containers.size(); ++i) {
    const Json& ports = list_at(containers[i], {"ports"});
    for (std::size_t j = 0; j < ports.size(); ++j) {
      const auto host = int_at(ports[j], {"hostPort"});
      if ((of_pod || host != 0) && host != int_at(ports[j], {"containerPort"}))
        causes.push_back(
            kube::invalid_value(fmt::format("{}.containers[{}].ports[{}].hostPort", at, i, j), host,
                                "must match `containerPort` when `hostNetwork` is true"));
    }
  }
}

void check_names(Causes& causes, const Json& spec, const std::string& at) {
  for (const char* field : {"serviceAccountName", "nodeName"}) {
    const auto name = text_at(spec, {field});
    if (!name.empty()) name_rule(causes, at + "." + field, name, kube::dns_subdomain_problem(name));
  }
  if (const Json* seconds = find(spec, {"activeDeadlineSeconds"});
      seconds != nullptr && seconds->is_number_integer() &&
      (*seconds < 1 || *seconds > 2'147'483'647)) {
    causes.push_back(kube::invalid_value(at + ".activeDeadlineSeconds", *seconds,
                                         "must be between 1 and 2147483647, inclusive"));
  }
  for (const char* field : {"hostname", "subdomain"}) {
    const std::string name = text_at(spec, {field});
    if (!name.empty()) name_rule(causes, at + "." + field, name, kube::dns_label_problem(name));
  }
}

void check_host_aliases(Causes& causes, const Json& spec, const std::string& at) {
  const Json& aliases = list_at(spec, {"hostAliases"});
  for (std::size_t i = 0; i < aliases.size(); ++i) {
    const std::string here = fmt::format("{}.hostAliases[{}]", at, i);
    const std::string ip = text_at(aliases[i], {"ip"});
    if (!is_ip(ip)) causes.push_back(kube::invalid_value(here + ".ip", ip, kNoIp));
    const Json& names = list_at(aliases[i], {"hostnames"});
    for (std::size_t j = 0; j < names.size(); ++j) {
      if (!names[j].is_string()) continue;
      const auto& name = names[j].get_ref<const std::string&>();
      name_rule(causes, fmt::format("{}.hostnames[{}]", here, j), name,
                kube::dns_subdomain_problem(name));
    }
  }
}

/// What holds for pods and not for templates, which may hold worse from times before the rules.
void check_pod_only(Causes& causes, const Json& spec) {
  for (const char* list : {"containers", "initContainers"}) {
    const Json& containers = list_at(spec, {list});
    for (std::size_t i = 0; i < containers.size(); ++i) {
      const std::string image = text_at(containers[i], {"image"});
      if (!image.empty() && (image.front() == ' ' || image.back() == ' '))
        causes.push_back(kube::invalid_value(fmt::format("spec.{}[{}].image", list, i), image,
                                             "must not have leading or trailing whitespace"));
    }
  }
  if (!list_at(spec, {"ephemeralContainers"}).empty())
    causes.push_back(kube::forbidden_value("spec.ephemeralContainers", "cannot be set on create"));
  if (!list_at(spec, {"schedulingGates"}).empty() && !text_at(spec, {"nodeName"}).empty())
    causes.push_back(kube::forbidden_value(
        "spec.nodeName", "cannot be set until all schedulingGates have been cleared"));
}

}  // namespace

void check_pod_spec(Causes& causes, const Json* given, const std::string& at, bool of_pod) {
  static const Json none = Json::object();
  const Json& spec = given != nullptr && given->is_object() ? *given : none;
  const Volumes volumes = check_volumes(causes, spec, at);
  check_all_containers(causes, spec, at, volumes);
  check_host_network(causes, spec, at, of_pod);
  one_of(causes, spec, {"restartPolicy"}, {"Always", "OnFailure", "Never"}, at);
  one_of(causes, spec, {"dnsPolicy"},
         {"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"}, at);
  check_labels(causes, at + ".nodeSelector", find(spec, {"nodeSelector"}));
  check_security(causes, spec, at + ".securityContext");
  check_affinity(causes, spec, at);
  check_dns(causes, spec, at + ".dnsConfig");
  check_gates(causes, spec, at);
  check_spread(causes, spec, at);
  check_names(causes, spec, at);
  check_tolerations(causes, spec, at);
  check_host_aliases(causes, spec, at);
  for (const char* field : {"priorityClassName", "runtimeClassName"}) {
    const auto name = text_at(spec, {field});
    if (!name.empty()) name_rule(causes, at + "." + field, name, kube::dns_subdomain_problem(name));
  }
  one_of(causes, spec, {"preemptionPolicy"}, {"PreemptLowerPriority", "Never"}, at);
  const std::string os = text_at(spec, {"os", "name"});
  if (find(spec, {"os"}) != nullptr && os != "linux" && os != "windows")
    causes.push_back(os.empty() ? kube::required_value(at + ".os.name", "cannot be empty")
                                : kube::not_supported(at + ".os", os, {"linux", "windows"}));
}

void check_template_at(Causes& causes, const Json* pod_template, const std::string& at) {
  static const Json none = Json::object();
  const Json& whole = pod_template != nullptr ? *pod_template : none;
  check_labels(causes, at + ".labels", find(whole, {"metadata", "labels"}));
  check_annotations(causes, at + ".annotations", object_at(whole, {"metadata", "annotations"}));
  check_pod_spec(causes, find(whole, {"spec"}), at + ".spec");
  if (!list_at(whole, {"spec", "ephemeralContainers"}).empty())
    causes.push_back(kube::forbidden_value(at + ".spec.ephemeralContainers",
                                           "ephemeral containers not allowed in pod template"));
}

namespace {

/// What of a pod's spec never changes.
Json fixed_part(const Json& pod) {
  Json spec = object_at(pod, {"spec"});
  for (const char* name : {"activeDeadlineSeconds", "tolerations", "schedulingGates"})
    spec.erase(name);
  if (!list_at(pod, {"spec", "schedulingGates"}).empty()) {  // not placed yet
    spec.erase("nodeSelector");
    spec.erase("affinity");
  }
  for (const char* list : {"containers", "initContainers"}) {
    if (!spec.contains(list) || !spec[list].is_array()) continue;
    for (Json& container : spec[list]) container.erase("image");
  }
  return spec;
}

/// Containers stay as many as they are. True: something is told, and nothing else needs to be.
bool check_container_count(Causes& causes, const Json& object, const Json& old) {
  for (const char* list : {"containers", "initContainers"}) {
    const Json& now = list_at(object, {"spec", list});
    if (now.size() == list_at(old, {"spec", list}).size()) continue;
    const std::string at = std::string("spec.") + list;
    if (now.empty() && at == "spec.containers") causes.push_back(kube::required_value(at, ""));
    causes.push_back(kube::forbidden_value(at, "pod updates may not add or remove containers"));
    return true;
  }
  return false;
}

void check_deadline(Causes& causes, const Json& object, const Json& old) {
  const Json* now = find(object, {"spec", "activeDeadlineSeconds"});
  const Json* before = find(old, {"spec", "activeDeadlineSeconds"});
  const std::string at = "spec.activeDeadlineSeconds";
  if (now == nullptr && before != nullptr)
    causes.push_back(
        kube::invalid_value(at, "null", "must not update from a positive integer to nil value"));
  if (now == nullptr || !now->is_number_integer()) return;
  if (*now < 1 || *now > 2'147'483'647)
    causes.push_back(kube::invalid_value(at, *now, "must be between 1 and 2147483647, inclusive"));
  else if (before != nullptr && *before < *now)
    causes.push_back(kube::invalid_value(at, *now, "must be less than or equal to previous value"));
}

/// Tolerations may come, and last longer or shorter; none goes.
void check_kept_tolerations(Causes& causes, const Json& object, const Json& old) {
  const Json& now = list_at(object, {"spec", "tolerations"});
  for (Json before : list_at(old, {"spec", "tolerations"})) {
    before.erase("tolerationSeconds");
    const bool kept = std::any_of(now.begin(), now.end(), [&before](Json one) {
      one.erase("tolerationSeconds");
      return one == before;
    });
    if (kept) continue;
    causes.push_back(kube::forbidden_value("spec.tolerations",
                                           "existing toleration can not be modified except its "
                                           "tolerationSeconds"));
    return;
  }
}

}  // namespace

void check_pod(Causes& causes, const Json& object, const Json* old) {
  if (old == nullptr) {
    check_pod_spec(causes, find(object, {"spec"}), "spec", true);
    return check_pod_only(causes, object_at(object, {"spec"}));
  }
  const Json* before = find(*old, {"spec"});
  const Json* after = find(object, {"spec"});
  if (before != nullptr && after != nullptr && *before == *after) return;
  if (check_container_count(causes, object, *old)) return;
  for (const char* list : {"containers", "initContainers"}) {
    const Json& containers = list_at(object, {"spec", list});
    for (std::size_t i = 0; i < containers.size(); ++i) {
      if (text_at(containers[i], {"image"}).empty())
        causes.push_back(kube::required_value(fmt::format("spec.{}[{}].image", list, i), ""));
    }
  }
  check_deadline(causes, object, *old);
  check_kept_tolerations(causes, object, *old);
  Json now = fixed_part(object);
  const Json was = fixed_part(*old);
  if (!list_at(*old, {"spec", "schedulingGates"}).empty()) {
    now.erase("nodeSelector");
    now.erase("affinity");
  }
  if (int_at(was, {"terminationGracePeriodSeconds"}) < 0 &&
      int_at(now, {"terminationGracePeriodSeconds"}) == 1)
    now["terminationGracePeriodSeconds"] = was["terminationGracePeriodSeconds"];
  if (now == was) return;
  causes.push_back(kube::forbidden_value(
      "spec",
      "pod updates may not change fields other than `spec.containers[*].image`,"
      "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
      "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set "
      "to 1 if it was previously negative)"));
}

void check_pod_template(Causes& causes, const Json& object, const Json*) {
  check_template_at(causes, find(object, {"template"}), "template");
}

}  // namespace spokelab::fakeapi::validation
