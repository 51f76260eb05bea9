// Config maps, secrets, namespaces, quotas, limit ranges, nodes, events.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "base/base64.h"
#include "fakeapi/admit/validate/rules.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi::validation {

namespace {

constexpr std::size_t kDataBytesMax = 1'048'576;

}  // namespace

std::string config_key_problem(const std::string& key) {
  if (key == "." || key == "..") return "must not be '" + key + "'";
  if (key.size() > 253) return "must be no more than 253 characters";
  if (key.starts_with("..")) return "must not start with '..'";
  const bool plain = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.';
  });
  return plain
             ? ""
             : "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
               "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "
               "'[-._a-zA-Z0-9]+')";
}

namespace {

/// Bytes that base64 text stands for.
std::size_t decoded_size(const std::string& text) {
  std::size_t padding = 0;
  while (padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  return text.size() / 4 * 3 - padding;
}

std::size_t check_keys(Causes& causes, const Json& object, const char* field, bool encoded) {
  const Json& data = object_at(object, {field});
  const Json& other = object_at(object, {encoded ? "data" : "binaryData"});
  std::size_t size = 0;
  for (auto it = data.begin(); it != data.end(); ++it) {
    const std::string at = fmt::format("{}[{}]", field, it.key());
    name_rule(causes, at, it.key(), config_key_problem(it.key()));
    if (!encoded && other.contains(it.key()))
      causes.push_back(kube::invalid_value(at, it.key(), "duplicate of key present in binaryData"));
    if (!it->is_string()) continue;
    const auto& text = it->get_ref<const std::string&>();
    size += encoded ? decoded_size(text) : text.size();
  }
  return size;
}

void check_frozen(Causes& causes, const Json& object, const Json* old,
                  std::initializer_list<const char*> fields) {
  if (old == nullptr || !bool_at(*old, {"immutable"})) return;
  const char* why = "field is immutable when `immutable` is set";
  if (!bool_at(object, {"immutable"})) causes.push_back(kube::forbidden_value("immutable", why));
  for (const char* field : fields) {
    if (object_at(*old, {field}) != object_at(object, {field}))
      causes.push_back(kube::forbidden_value(field, why));
  }
}

void check_docker_config(Causes& causes, const Json& secret, const char* key) {
  const std::string at = fmt::format("data[{}]", key);
  const Json* value = find(secret, {"data", key});
  if (value == nullptr) return causes.push_back(kube::required_value(at, ""));
  const auto bytes = from_base64(value->is_string() ? value->get<std::string>() : "");
  if (bytes && Json::accept(*bytes)) return;
  const char first = bytes && !bytes->empty() ? (*bytes)[0] : ' ';
  causes.push_back(kube::invalid_value(
      at, "<secret contents redacted>",
      fmt::format("invalid character '{}' looking for beginning of value", first)));
}

void need_keys(Causes& causes, const Json& secret, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (find(secret, {"data", key}) == nullptr)
      causes.push_back(kube::required_value(fmt::format("data[{}]", key), ""));
  }
}

/// Which resources a quota's selector may name, and how.
void check_scope_selector(Causes& causes, const Json& object) {
  const std::string at = "spec.scopeSelector.matchExpressions";
  for (const Json& one : list_at(object, {"spec", "scopeSelector", "matchExpressions"})) {
    const std::string scope = text_at(one, {"scopeName"});
    const std::string how = text_at(one, {"operator"});
    const Json& values = list_at(one, {"values"});
    const bool plain = scope == "BestEffort" || scope == "NotBestEffort" ||
                       scope == "Terminating" || scope == "NotTerminating" ||
                       scope == "CrossNamespacePodAffinity";
    if (!plain && scope != "PriorityClass")
      causes.push_back(kube::invalid_value(at + ".scopeName", scope, "unsupported scope"));
    if (plain && how != "Exists")
      causes.push_back(kube::invalid_value(
          at + ".operator", how,
          "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, "
          "ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, "
          "ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"));
    if (how == "In" || how == "NotIn") {
      if (values.empty())
        causes.push_back(kube::required_value(at + ".values",
                                              "must be at least one value when `operator` is 'In' "
                                              "or 'NotIn' for scope selector"));
    } else if (how == "Exists" || how == "DoesNotExist") {
      if (!values.empty())
        causes.push_back(invalid_text(at + ".values", go_texts(values),
                                      "must be no value when `operator` is 'Exist' or "
                                      "'DoesNotExist' for scope selector"));
    } else {
      causes.push_back(kube::invalid_value(at + ".operator", how, "not a valid selector operator"));
    }
  }
}

/// Who reports an event, and what of: asked of those that have a time of their own.
void check_reporter(Causes& causes, const Json& object, const char* controller) {
  const std::string who = text_at(object, {controller});
  if (who.empty()) causes.push_back(kube::required_value(controller, ""));
  check_label_key(causes, controller, who);
  constexpr std::size_t kMost = 128;
  for (const char* field : {"reportingInstance", "action", "reason"}) {
    const std::string text = text_at(object, {field});
    if (text.empty()) causes.push_back(kube::required_value(field, ""));
    if (text.size() > kMost)
      causes.push_back(kube::invalid_value(field, "", "can have at most 128 characters"));
  }
  constexpr std::size_t kNoteMax = 1024;
  if (text_at(object, {"message"}).size() > kNoteMax || text_at(object, {"note"}).size() > kNoteMax)
    causes.push_back(kube::invalid_value("message", "", "can have at most 1024 characters"));
}

}  // namespace

void check_config_map(Causes& causes, const Json& object, const Json* old) {
  const std::size_t plain = check_keys(causes, object, "data", false);
  const std::size_t binary = check_keys(causes, object, "binaryData", true);
  if (plain + binary > kDataBytesMax) causes.push_back(too_long("[]", kDataBytesMax));
  check_frozen(causes, object, old, {"data", "binaryData"});
}

void check_secret(Causes& causes, const Json& object, const Json* old) {
  if (old != nullptr) {
    immutable(causes, object, old, {"type"});
    check_frozen(causes, object, old, {"data"});
  }
  const Json& data = object_at(object, {"data"});
  std::size_t size = 0;
  for (auto it = data.begin(); it != data.end(); ++it) {
    name_rule(causes, fmt::format("data[{}]", it.key()), it.key(), config_key_problem(it.key()));
    if (it->is_string()) size += decoded_size(it->get_ref<const std::string&>());
  }
  if (size > kDataBytesMax) causes.push_back(too_long("data", kDataBytesMax));
  const std::string type = text_at(object, {"type"});
  if (type == "kubernetes.io/tls") need_keys(causes, object, {"tls.crt", "tls.key"});
  if (type == "kubernetes.io/ssh-auth" && text_at(object, {"data", "ssh-privatekey"}).empty())
    causes.push_back(kube::required_value("data[ssh-privatekey]", ""));
  if (type == "kubernetes.io/basic-auth" && !data.contains("username") &&
      !data.contains("password"))
    need_keys(causes, object, {"username", "password"});
  if (type == "kubernetes.io/dockerconfigjson")
    check_docker_config(causes, object, ".dockerconfigjson");
  if (type == "kubernetes.io/dockercfg") check_docker_config(causes, object, ".dockercfg");
  if (type == "kubernetes.io/service-account-token" &&
      text_at(object, {"metadata", "annotations", "kubernetes.io/service-account.name"}).empty())
    causes.push_back(
        kube::required_value("metadata.annotations[kubernetes.io/service-account.name]", ""));
}

namespace {

/// Resources that cannot be counted in halves.
bool is_counted(const std::string& name) {
  static constexpr std::string_view kCounted[] = {"pods",
                                                  "services",
                                                  "replicationcontrollers",
                                                  "resourcequotas",
                                                  "secrets",
                                                  "configmaps",
                                                  "persistentvolumeclaims",
                                                  "services.nodeports",
                                                  "services.loadbalancers"};
  return name.starts_with("count/") ||
         std::find(std::begin(kCounted), std::end(kCounted), name) != std::end(kCounted);
}

std::string go_scopes(const Json& scopes) {
  std::string shown = go_texts(scopes);
  return shown.replace(0, std::string_view("[]string").size(), "[]core.ResourceQuotaScope");
}

/// Which pods a quota counts.
void check_scopes(Causes& causes, const Json& object) {
  const Json& scopes = list_at(object, {"spec", "scopes"});
  if (scopes.empty()) return;
  static constexpr std::string_view kScopes[] = {"Terminating",   "NotTerminating",
                                                 "BestEffort",    "NotBestEffort",
                                                 "PriorityClass", "CrossNamespacePodAffinity"};
  const auto has = [&scopes](const char* name) {
    return std::find(scopes.begin(), scopes.end(), Json(name)) != scopes.end();
  };
  const Json& hard = object_at(object, {"spec", "hard"});
  for (const Json& scope : scopes) {
    const bool known = std::any_of(std::begin(kScopes), std::end(kScopes),
                                   [&scope](std::string_view one) { return scope == one; });
    if (!known)
      causes.push_back(invalid_text("spec.scopes", go_scopes(scopes), "unsupported scope"));
    const bool pods_alone = scope == "BestEffort";
    for (const auto& [name, amount] : hard.items()) {
      if (pods_alone && name != "pods" && name != "count/pods")
        causes.push_back(invalid_text("spec.scopes", go_scopes(scopes),
                                      "unsupported scope applied to resource"));
    }
  }
  if ((has("BestEffort") && has("NotBestEffort")) || (has("Terminating") && has("NotTerminating")))
    causes.push_back(invalid_text("spec.scopes", go_scopes(scopes), "conflicting scopes"));
}

kube::Quantity amount_in(const Json& map, const std::string& name) {
  const auto parsed = kube::Quantity::parse(text_at(map, {name}, "0"));
  return parsed ? *parsed : kube::Quantity();
}

/// Told when one amount of a limit is above another.
struct Bound {
  const char* low;
  const char* high;
  const char* at;     ///< About which field it is told.
  const char* shown;  ///< Which field's amount is shown.
  const char* low_name;
  const char* high_name;
};

constexpr Bound kBounds[] = {{"min", "max", "min", "min", "min value", "max value"},
                             {"min", "defaultRequest", "defaultRequest", "defaultRequest",
                              "min value", "default request value"},
                             {"defaultRequest", "max", "defaultRequest", "defaultRequest",
                              "default request value", "max value"},
                             {"defaultRequest", "default", "defaultRequest", "defaultRequest",
                              "default request value", "default limit value"},
                             {"min", "default", "default", "min", "min value", "default value"},
                             {"default", "max", "default", "max", "default value", "max value"}};

void check_limit(Causes& causes, const Json& limit, const std::string& at) {
  const std::string type = text_at(limit, {"type"});
  if (type == "Pod") {
    for (const char* field : {"default", "defaultRequest"}) {
      if (!object_at(limit, {field}).empty())
        causes.push_back(
            kube::forbidden_value(at + "." + field, "may not be specified when `type` is 'Pod'"));
    }
  }
  if (type == "PersistentVolumeClaim" && find(limit, {"min", "storage"}) == nullptr &&
      find(limit, {"max", "storage"}) == nullptr)
    causes.push_back(kube::required_value(
        at + ".limits",
        "either minimum or maximum storage value is required, but neither was provided"));
  std::set<std::string> names;
  for (const char* field : {"max", "min", "default", "defaultRequest", "maxLimitRequestRatio"}) {
    for (const auto& [name, amount] : object_at(limit, {field}).items()) names.insert(name);
  }
  for (const std::string& name : names) {
    for (const Bound& bound : kBounds) {
      if (type == "Pod" && bound.low_name != std::string_view("min value")) continue;
      if (find(limit, {bound.low, name}) == nullptr || find(limit, {bound.high, name}) == nullptr)
        continue;
      const auto low = amount_in(limit[bound.low], name);
      const auto high = amount_in(limit[bound.high], name);
      if (low <= high) continue;
      causes.push_back(invalid_text(fmt::format("{}.{}[{}]", at, bound.at, name),
                                    go_quantity(amount_in(limit[bound.shown], name), true),
                                    fmt::format("{} {} is greater than {} {}", bound.low_name,
                                                low.text(), bound.high_name, high.text())));
    }
    const auto ratio = amount_in(object_at(limit, {"maxLimitRequestRatio"}), name);
    if (find(limit, {"maxLimitRequestRatio", name}) != nullptr &&
        ratio < kube::Quantity::from_value(1))
      causes.push_back(invalid_text(fmt::format("{}.maxLimitRequestRatio[{}]", at, name),
                                    go_quantity(ratio, true),
                                    fmt::format("ratio {} is less than 1", ratio.text())));
  }
}

}  // namespace

void check_limit_range(Causes& causes, const Json& object, const Json*) {
  const Json& limits = list_at(object, {"spec", "limits"});
  std::set<std::string> types;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const std::string at = fmt::format("spec.limits[{}]", i);
    const std::string type = text_at(limits[i], {"type"});
    const bool standard = type == "Pod" || type == "Container" || type == "PersistentVolumeClaim";
    const std::size_t before = causes.size();
    check_label_key(causes, at + ".type", type);
    if (causes.size() == before && !standard && type.find('/') == std::string::npos)
      causes.push_back(kube::invalid_value(at + ".type", type,
                                           "must be a standard limit type or fully qualified"));
    if (!types.insert(type).second) {
      causes.push_back(kube::duplicate_value(at + ".type", type));
      continue;
    }
    check_limit(causes, limits[i], at);
  }
}

void check_namespace(Causes& causes, const Json& object, const Json*) {
  const Json& finalizers = list_at(object, {"spec", "finalizers"});
  for (const Json& one : finalizers) {
    if (!one.is_string()) continue;
    const auto& name = one.get_ref<const std::string&>();
    check_label_key(causes, "spec.finalizers", name);
    if (name.find('/') == std::string::npos && name != "kubernetes" && name != "orphan" &&
        name != "foregroundDeletion")
      causes.push_back(kube::invalid_value(
          "spec.finalizers", name,
          "name is neither a standard finalizer name nor is it fully qualified"));
  }
  // The pod security admission plug-in's own labels; it is asked once all else is well.
  if (!causes.empty()) return;
  for (const char* mode : {"enforce", "audit", "warn"}) {
    const std::string label = fmt::format("pod-security.kubernetes.io/{}", mode);
    const Json* level = find(object, {"metadata", "labels", label});
    if (level != nullptr && *level != "privileged" && *level != "baseline" &&
        *level != "restricted")
      causes.push_back(kube::invalid_value(fmt::format("metadata.labels[{}]", label), *level,
                                           "must be one of privileged, baseline, restricted"));
  }
}

void check_quota(Causes& causes, const Json& object, const Json*) {
  const Json& hard = object_at(object, {"spec", "hard"});
  static constexpr std::string_view kKnown[] = {"cpu",
                                                "memory",
                                                "storage",
                                                "ephemeral-storage",
                                                "pods",
                                                "services",
                                                "replicationcontrollers",
                                                "resourcequotas",
                                                "secrets",
                                                "configmaps",
                                                "persistentvolumeclaims"};
  for (auto it = hard.begin(); it != hard.end(); ++it) {
    const std::string at = fmt::format("spec.hard[{}]", it.key());
    const std::string& name = it.key();
    const bool known = name.find('/') != std::string::npos || name.starts_with("requests.") ||
                       name.starts_with("limits.") || name.starts_with("services.") ||
                       std::find(std::begin(kKnown), std::end(kKnown), name) != std::end(kKnown);
    if (const std::string problem = kube::label_key_problem(name); !problem.empty())
      causes.push_back(invalid_text(at, name, problem));
    if (!known) {
      causes.push_back(
          invalid_text(at, name, "must be a standard resource type or fully qualified"));
      causes.push_back(invalid_text(at, name, "must be a standard resource for quota"));
    }
    const auto amount = kube::Quantity::parse(it->is_string() ? it->get<std::string>() : "");
    if (amount && *amount < kube::Quantity())
      causes.push_back(kube::invalid_value(at, *it, "must be greater than or equal to 0"));
    if (amount && is_counted(name) && !amount->whole())
      causes.push_back(invalid_text(at, go_quantity(*amount, false), "must be an integer"));
  }
  check_scopes(causes, object);
  check_scope_selector(causes, object);
}

void check_node(Causes& causes, const Json& object, const Json*) {
  const Json& taints = list_at(object, {"spec", "taints"});
  for (std::size_t i = 0; i < taints.size(); ++i) {
    const std::string at = fmt::format("metadata.taints[{}]", i);
    const std::string key = text_at(taints[i], {"key"});
    check_label_key(causes, at + ".key", key);
    if (text_at(taints[i], {"effect"}).empty())
      causes.push_back(kube::required_value(at + ".effect", ""));
    else
      one_of(causes, taints[i], {"effect"}, {"NoSchedule", "PreferNoSchedule", "NoExecute"}, at);
    for (std::size_t j = 0; j < i; ++j) {
      if (text_at(taints[j], {"key"}) != key ||
          text_at(taints[j], {"effect"}) != text_at(taints[i], {"effect"}))
        continue;
      causes.push_back(
          {"FieldValueDuplicate",
           fmt::format("Duplicate value: core.Taint{{Key:{}, Value:{}, Effect:{}, "
                       "TimeAdded:<nil>}}: taints must be unique by key and effect pair",
                       Json(key).dump(), Json(text_at(taints[i], {"value"})).dump(),
                       Json(text_at(taints[i], {"effect"})).dump()),
           at});
      break;
    }
  }
  const Json& ranges = list_at(object, {"spec", "podCIDRs"});
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].is_string() && !is_cidr(ranges[i].get_ref<const std::string&>()))
      causes.push_back(
          kube::invalid_value(fmt::format("spec.podCIDRs[{}]", i), ranges[i], kNoCidr));
  }
  for (const char* list : {"capacity", "allocatable"}) {
    for (const auto& [name, amount] : object_at(object, {"status", list}).items()) {
      const auto parsed =
          kube::Quantity::parse(amount.is_string() ? amount.get<std::string>() : "");
      if (parsed && *parsed < kube::Quantity())
        causes.push_back(kube::invalid_value(fmt::format("status.{}.{}", list, name), amount,
                                             "must be greater than or equal to 0"));
    }
  }
}

void check_controller_revision(Causes& causes, const Json& object, const Json*) {
  if (find(object, {"data"}) == nullptr)
    causes.push_back(kube::required_value("data", "data is mandatory"));
  const auto revision = int_at(object, {"revision"});
  if (revision < 0)
    causes.push_back(
        kube::invalid_value("revision", revision, "must be greater than or equal to 0"));
}

void check_event(Causes& causes, const Json& object, const Json* old) {
  if (old != nullptr) return;
  const bool newer = text_at(object, {"apiVersion"}) == "events.k8s.io/v1";
  const std::string about = text_at(object, {newer ? "regarding" : "involvedObject", "namespace"});
  const std::string own = text_at(object, {"metadata", "namespace"});
  const bool timed = !text_at(object, {"eventTime"}).empty();
  const bool elsewhere =
      about.empty() ? own != "default" && !(timed && own == "kube-system") : !timed && about != own;
  if (elsewhere)
    causes.push_back(
        kube::invalid_value("involvedObject.namespace", about, "does not match event.namespace"));
  if (timed) check_reporter(causes, object, newer ? "reportingController" : "reportingComponent");
  if (!newer) return;
  if (!timed) causes.push_back(kube::required_value("eventTime", ""));
  const std::string type = text_at(object, {"type"});
  if (type != "Normal" && type != "Warning")
    causes.push_back(kube::invalid_value("type", "", "has invalid value: " + type));
}

}  // namespace spokelab::fakeapi::validation
