// Config maps, secrets, storage, quotas, nodes, events.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/base64.h"
#include "fakeapi/admit/validate/rules.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi::validation {

namespace {

constexpr std::size_t kDataBytesMax = 1'048'576;

std::string key_problem(const std::string& key) {
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
    name_rule(causes, at, it.key(), key_problem(it.key()));
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

void check_access_modes(Causes& causes, const Json& object) {
  const Json& modes = list_at(object, {"spec", "accessModes"});
  for (const Json& mode : modes) {
    static const std::vector<std::string> kModes = {"ReadOnlyMany", "ReadWriteMany",
                                                    "ReadWriteOnce", "ReadWriteOncePod"};
    if (mode.is_string() &&
        std::find(kModes.begin(), kModes.end(), mode.get<std::string>()) == kModes.end())
      causes.push_back(kube::not_supported("spec.accessModes", mode, kModes));
  }
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
    name_rule(causes, fmt::format("data[{}]", it.key()), it.key(), key_problem(it.key()));
    if (it->is_string()) size += decoded_size(it->get_ref<const std::string&>());
  }
  if (size > kDataBytesMax) causes.push_back(too_long("data", kDataBytesMax));
  const std::string type = text_at(object, {"type"});
  if (type == "kubernetes.io/tls") need_keys(causes, object, {"tls.crt", "tls.key"});
  if (type == "kubernetes.io/ssh-auth") need_keys(causes, object, {"ssh-privatekey"});
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

void check_claim(Causes& causes, const Json& object, const Json* old) {
  if (list_at(object, {"spec", "accessModes"}).empty())
    causes.push_back(
        kube::required_value("spec.accessModes", "at least 1 access mode is required"));
  check_access_modes(causes, object);
  const std::string amount = text_at(object, {"spec", "resources", "requests", "storage"});
  const auto size = kube::Quantity::parse(amount);
  if (amount.empty())
    causes.push_back(kube::required_value("spec.resources[storage]", ""));
  else if (size && *size <= kube::Quantity())
    causes.push_back(
        kube::invalid_value("spec.resources[storage]", amount, "must be greater than zero"));
  one_of(causes, object, {"spec", "volumeMode"}, {"Block", "Filesystem"});
  if (old == nullptr) return;
  const auto fixed = [](const Json& claim) {
    Json spec = object_at(claim, {"spec"});
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

void check_volume(Causes& causes, const Json& object, const Json* old) {
  if (list_at(object, {"spec", "accessModes"}).empty())
    causes.push_back(kube::required_value("spec.accessModes", ""));
  check_access_modes(causes, object);
  const Json& capacity = object_at(object, {"spec", "capacity"});
  if (capacity.empty()) {
    causes.push_back(kube::required_value("spec.capacity", ""));
    causes.push_back({"FieldValueNotSupported",
                      "Unsupported value: core.ResourceList(nil): supported values: \"storage\"",
                      "spec.capacity"});
  }
  static constexpr std::string_view kPlain[] = {
      "accessModes",      "capacity",     "claimRef",
      "mountOptions",     "nodeAffinity", "persistentVolumeReclaimPolicy",
      "storageClassName", "volumeMode",   "volumeAttributesClassName"};
  const Json& spec = object_at(object, {"spec"});
  bool sourced = false;
  for (auto it = spec.begin(); it != spec.end(); ++it) {
    sourced =
        sourced || std::find(std::begin(kPlain), std::end(kPlain), it.key()) == std::end(kPlain);
  }
  if (!sourced) causes.push_back(kube::required_value("spec", "must specify a volume type"));
  one_of(causes, object, {"spec", "persistentVolumeReclaimPolicy"},
         {"Delete", "Recycle", "Retain"});
  one_of(causes, object, {"spec", "volumeMode"}, {"Block", "Filesystem"});
  if (old == nullptr) return;
  const auto source = [](const Json& volume) {
    Json rest = object_at(volume, {"spec"});
    for (const auto name : kPlain) rest.erase(std::string(name));
    return rest;
  };
  if (source(object) != source(*old))
    causes.push_back(kube::forbidden_value(
        "spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation"));
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
    if (!known) {
      causes.push_back(
          invalid_text(at, name, "must be a standard resource type or fully qualified"));
      causes.push_back(invalid_text(at, name, "must be a standard resource for quota"));
    }
    const auto amount = kube::Quantity::parse(it->is_string() ? it->get<std::string>() : "");
    if (amount && *amount < kube::Quantity())
      causes.push_back(kube::invalid_value(at, *it, "must be greater than or equal to 0"));
  }
}

void check_node(Causes& causes, const Json& object, const Json*) {
  const Json& taints = list_at(object, {"spec", "taints"});
  for (std::size_t i = 0; i < taints.size(); ++i) {
    const std::string at = fmt::format("metadata.taints[{}]", i);
    const std::string key = text_at(taints[i], {"key"});
    name_rule(causes, at + ".key", key, kube::label_key_problem(key));
    one_of(causes, taints[i], {"effect"}, {"NoSchedule", "PreferNoSchedule", "NoExecute"}, at);
  }
  const Json& ranges = list_at(object, {"spec", "podCIDRs"});
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].is_string() && !is_cidr(ranges[i].get_ref<const std::string&>()))
      causes.push_back(
          kube::invalid_value(fmt::format("spec.podCIDRs[{}]", i), ranges[i], kNoCidr));
  }
}

void check_event(Causes& causes, const Json& object, const Json* old) {
  if (old != nullptr) return;
  const std::string core = text_at(object, {"involvedObject", "namespace"});
  const std::string own = text_at(object, {"metadata", "namespace"});
  if (!core.empty() && core != own)
    causes.push_back(
        kube::invalid_value("involvedObject.namespace", core, "does not match event.namespace"));
}

}  // namespace spokelab::fakeapi::validation
