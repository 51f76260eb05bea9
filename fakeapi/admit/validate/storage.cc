// Volumes, claims, and what provides them (pkg/apis/core/validation, pkg/apis/storage/validation).
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "fakeapi/admit/validate/pods/pods.h"
#include "kube/quantity.h"

namespace spokelab::fakeapi::validation {

namespace {

void check_access_modes(Causes& causes, const Json& spec, const std::string& at) {
  const Json& modes = list_at(spec, {"accessModes"});
  for (const Json& mode : modes) {
    static const std::vector<std::string> kModes = {"ReadOnlyMany", "ReadWriteMany",
                                                    "ReadWriteOnce", "ReadWriteOncePod"};
    if (mode.is_string() &&
        std::find(kModes.begin(), kModes.end(), mode.get<std::string>()) == kModes.end())
      causes.push_back(kube::not_supported(at + ".accessModes", mode, kModes));
  }
  const bool one = std::find(modes.begin(), modes.end(), Json("ReadWriteOncePod")) != modes.end();
  if (one && modes.size() > 1)
    causes.push_back(kube::forbidden_value(at + ".accessModes",
                                           "may not use ReadWriteOncePod with other access modes"));
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// The fields of a persistent volume that are not its source.
constexpr std::string_view kPlain[] = {
    "accessModes",      "capacity",     "claimRef",
    "mountOptions",     "nodeAffinity", "persistentVolumeReclaimPolicy",
    "storageClassName", "volumeMode",   "volumeAttributesClassName"};

/// One source, and what is needed of it.
void check_volume_source(Causes& causes, const Json& object) {
  const Json& spec = object_at(object, {"spec"});
  std::size_t sources = 0;
  for (auto it = spec.begin(); it != spec.end(); ++it) {
    if (std::find(std::begin(kPlain), std::end(kPlain), it.key()) != std::end(kPlain)) continue;
    const std::string at = "spec." + it.key();
    if (++sources > 1) {
      causes.push_back(kube::forbidden_value(at, "may not specify more than 1 volume type"));
    } else if (it.key() == "hostPath" || it.key() == "local") {
      const std::string path = text_at(*it, {"path"});
      if (path.empty())
        causes.push_back(kube::required_value(at + ".path", ""));
      else
        check_no_backsteps(causes, at + ".path", path);
      if (it.key() == "local" && find(spec, {"nodeAffinity", "required"}) == nullptr)
        causes.push_back(
            kube::required_value("spec.nodeAffinity", "Local volume requires node affinity"));
    } else if (it.key() == "csi") {
      check_driver_name(causes, at + ".driver", text_at(*it, {"driver"}));
      if (text_at(*it, {"volumeHandle"}).empty())
        causes.push_back(kube::required_value(at + ".volumeHandle", ""));
    } else if (it.key() == "nfs") {
      const std::string path = text_at(*it, {"path"});
      if (text_at(*it, {"server"}).empty())
        causes.push_back(kube::required_value(at + ".server", ""));
      if (path.empty()) causes.push_back(kube::required_value(at + ".path", ""));
      if (!path.starts_with('/'))
        causes.push_back(kube::invalid_value(at + ".path", path, "must be an absolute path"));
    }
  }
  if (sources == 0) causes.push_back(kube::required_value("spec", "must specify a volume type"));
  if (text_at(spec, {"hostPath", "path"}) == "/" &&
      text_at(spec, {"persistentVolumeReclaimPolicy"}) == "Recycle")
    causes.push_back(kube::forbidden_value("spec.persistentVolumeReclaimPolicy",
                                           "may not be 'recycle' for a hostPath mount of '/'"));
}

void check_capacity(Causes& causes, const Json& object) {
  const Json& capacity = object_at(object, {"spec", "capacity"});
  if (capacity.empty()) causes.push_back(kube::required_value("spec.capacity", ""));
  if (capacity.size() != 1 || !capacity.contains("storage")) {
    std::string shown;
    for (const auto& [name, amount] : capacity.items()) {
      const auto parsed =
          kube::Quantity::parse(amount.is_string() ? amount.get<std::string>() : "0");
      shown += fmt::format("{}{}:{}", shown.empty() ? "" : ", ", Json(name).dump(),
                           go_quantity(parsed ? *parsed : kube::Quantity(), true));
    }
    causes.push_back({"FieldValueNotSupported",
                      fmt::format("Unsupported value: core.ResourceList{}: supported values: "
                                  "\"storage\"",
                                  shown.empty() ? "(nil)" : "{" + shown + "}"),
                      "spec.capacity"});
  }
  for (const auto& [name, amount] : capacity.items()) {
    const auto parsed = kube::Quantity::parse(amount.is_string() ? amount.get<std::string>() : "0");
    if (parsed && *parsed <= kube::Quantity())
      causes.push_back(kube::invalid_value(fmt::format("spec.capacity[{}]", name), amount,
                                           "must be greater than zero"));
  }
}

}  // namespace

void check_claim_spec(Causes& causes, const Json& spec, const std::string& at) {
  check_label_selector(causes, at + ".selector", find(spec, {"selector"}));
  if (list_at(spec, {"accessModes"}).empty())
    causes.push_back(
        kube::required_value(at + ".accessModes", "at least 1 access mode is required"));
  check_access_modes(causes, spec, at);
  const std::string amount = text_at(spec, {"resources", "requests", "storage"});
  const auto size = kube::Quantity::parse(amount);
  if (amount.empty())
    causes.push_back(kube::required_value(at + ".resources[storage]", ""));
  else if (size && *size <= kube::Quantity())
    causes.push_back(
        kube::invalid_value(at + ".resources[storage]", amount, "must be greater than zero"));
  if (const auto name = text_at(spec, {"storageClassName"}); !name.empty())
    name_rule(causes, at + ".storageClassName", name, kube::dns_subdomain_problem(name));
  one_of(causes, spec, {"volumeMode"}, {"Block", "Filesystem"}, at);
  for (const char* field : {"dataSource", "dataSourceRef"}) {
    const Json* source = find(spec, {field});
    if (source == nullptr) continue;
    for (const char* part : {"name", "kind"}) {
      if (text_at(*source, {part}).empty())
        causes.push_back(kube::required_value(fmt::format("{}.{}.{}", at, field, part), ""));
    }
    if (text_at(*source, {"apiGroup"}).empty() &&
        text_at(*source, {"kind"}) != "PersistentVolumeClaim" &&
        !text_at(*source, {"kind"}).empty())
      causes.push_back(kube::invalid_value(
          fmt::format("{}.{}", at, field), text_at(*source, {"kind"}),
          "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  }
}

void check_claim(Causes& causes, const Json& object, const Json* old) {
  check_claim_spec(causes, object_at(object, {"spec"}), "spec");
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
  check_access_modes(causes, object_at(object, {"spec"}), "spec");
  check_capacity(causes, object);
  one_of(causes, object, {"spec", "persistentVolumeReclaimPolicy"},
         {"Delete", "Recycle", "Retain"});
  if (const Json* selector = find(object, {"spec", "nodeAffinity", "required"}))
    check_node_selector(causes, *selector, "spec.nodeAffinity.required");
  else if (find(object, {"spec", "nodeAffinity"}) != nullptr)
    causes.push_back(kube::required_value("spec.nodeAffinity.required",
                                          "must specify required node constraints"));
  check_volume_source(causes, object);
  if (const auto name = text_at(object, {"spec", "storageClassName"}); !name.empty())
    name_rule(causes, "spec.storageClassName", name, kube::dns_subdomain_problem(name));
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

void check_storage_class(Causes& causes, const Json& object, const Json* old) {
  const std::string provisioner = lower_case(text_at(object, {"provisioner"}));
  if (provisioner.empty())
    causes.push_back(kube::required_value("provisioner", ""));
  else
    check_label_key(causes, "provisioner", provisioner);
  one_of(causes, object, {"reclaimPolicy"}, {"Delete", "Retain"});
  one_of(causes, object, {"volumeBindingMode"}, {"Immediate", "WaitForFirstConsumer"});
  const Json& topologies = list_at(object, {"allowedTopologies"});
  for (std::size_t i = 0; i < topologies.size(); ++i) {
    const Json& needs = list_at(topologies[i], {"matchLabelExpressions"});
    // Terms are told apart by what they ask for; those that ask for nothing are one.
    const bool repeated =
        needs.empty() ||
        std::any_of(
            topologies.begin(), topologies.begin() + static_cast<std::ptrdiff_t>(i),
            [&](const Json& other) { return list_at(other, {"matchLabelExpressions"}) == needs; });
    if (repeated)
      causes.push_back(
          kube::duplicate_value(fmt::format("allowedTopologies[{}].matchLabelExpressions", i), ""));
    std::set<std::string> keys;
    for (std::size_t j = 0; j < needs.size(); ++j) {
      const std::string at = fmt::format("allowedTopologies[{}].matchLabelExpressions[{}]", i, j);
      if (list_at(needs[j], {"values"}).empty())
        causes.push_back(kube::required_value(at + ".values", ""));
      const Json& values = list_at(needs[j], {"values"});
      for (std::size_t k = 0; k < values.size(); ++k) {
        const auto here = values.begin() + static_cast<std::ptrdiff_t>(k);
        if (std::find(values.begin(), here, values[k]) != here)
          causes.push_back(kube::duplicate_value(fmt::format("{}.values[{}]", at, k), values[k]));
      }
      const std::string key = text_at(needs[j], {"key"});
      check_label_key(causes, at + ".key", key);
      if (!keys.insert(key).second) causes.push_back(kube::duplicate_value(at + ".key", key));
    }
  }
  if (old == nullptr) return;
  if (object_at(object, {"parameters"}) != object_at(*old, {"parameters"}))
    causes.push_back(kube::forbidden_value("parameters", "updates to parameters are forbidden."));
  if (text_at(object, {"provisioner"}) != text_at(*old, {"provisioner"}))
    causes.push_back(kube::forbidden_value("provisioner", "updates to provisioner are forbidden."));
  if (text_at(object, {"reclaimPolicy"}) != text_at(*old, {"reclaimPolicy"}))
    causes.push_back(
        kube::forbidden_value("reclaimPolicy", "updates to reclaimPolicy are forbidden."));
  immutable(causes, object, old, {"volumeBindingMode"});
}

void check_csi_driver(Causes& causes, const Json& object, const Json*) {
  one_of(causes, object, {"spec", "fsGroupPolicy"}, {"File", "None", "ReadWriteOnceWithFSType"});
  for (const Json& mode : list_at(object, {"spec", "volumeLifecycleModes"})) {
    if (mode != "Persistent" && mode != "Ephemeral")
      causes.push_back(
          kube::not_supported("spec.volumeLifecycleModes", mode, {"Persistent", "Ephemeral"}));
  }
  const Json& tokens = list_at(object, {"spec", "tokenRequests"});
  std::set<std::string> audiences;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string audience = text_at(tokens[i], {"audience"});
    if (!audiences.insert(audience).second)
      causes.push_back(
          kube::duplicate_value(fmt::format("spec.tokenRequests[{}].audience", i), audience));
  }
}

void check_driver_name(Causes& causes, const std::string& at, const std::string& name) {
  constexpr std::size_t kMost = 63;
  if (name.empty()) causes.push_back(kube::required_value(at, ""));
  if (name.size() > kMost) causes.push_back(too_long(at, kMost));
  name_rule(causes, at, name, kube::dns_subdomain_problem(lower_case(name)));
}

void check_csi_node(Causes& causes, const Json& object, const Json*) {
  constexpr std::size_t kNodeIdMax = 192;
  const Json& drivers = list_at(object, {"spec", "drivers"});
  std::set<std::string> names;
  for (std::size_t i = 0; i < drivers.size(); ++i) {
    const std::string at = fmt::format("spec.drivers[{}]", i);
    const std::string name = text_at(drivers[i], {"name"});
    check_driver_name(causes, at + ".name", name);
    const std::string node = text_at(drivers[i], {"nodeID"});
    if (node.empty())
      causes.push_back(kube::required_value(at + ".nodeID", ""));
    else if (node.size() > kNodeIdMax)
      causes.push_back(kube::invalid_value(at + ".nodeID", node, "must be 192 characters or less"));
    const Json* count = find(drivers[i], {"allocatable", "count"});
    if (count != nullptr && count->is_number() && *count < 0)
      causes.push_back(kube::invalid_value(at + ".allocatable.count", *count,
                                           "must be greater than or equal to 0"));
    std::set<std::string> keys;
    for (const Json& one : list_at(drivers[i], {"topologyKeys"})) {
      const std::string key = one.is_string() ? one.get<std::string>() : "";
      if (key.empty()) causes.push_back(kube::required_value(at, ""));
      if (!keys.insert(key).second) causes.push_back(kube::duplicate_value(at, key));
      check_label_key(causes, at, key);
    }
    if (!names.insert(name).second) causes.push_back(kube::duplicate_value(at + ".name", name));
  }
}

void check_storage_capacity(Causes& causes, const Json& object, const Json* old) {
  const std::string name = text_at(object, {"storageClassName"});
  name_rule(causes, "storageClassName", name, kube::dns_subdomain_problem(name));
  check_label_selector(causes, "nodeTopology", find(object, {"nodeTopology"}));
  for (const char* field : {"capacity", "maximumVolumeSize"}) {
    const auto amount = kube::Quantity::parse(text_at(object, {field}, "0"));
    if (amount && *amount < kube::Quantity())
      causes.push_back(kube::invalid_value(field, text_at(object, {field}),
                                           "must be greater than or equal to 0"));
  }
  immutable(causes, object, old, {"nodeTopology"});
  immutable(causes, object, old, {"storageClassName"});
}

void check_attachment(Causes& causes, const Json& object, const Json*) {
  const std::string attacher = text_at(object, {"spec", "attacher"});
  if (attacher.empty()) causes.push_back(kube::required_value("spec.attacher", ""));
  const Json& source = object_at(object, {"spec", "source"});
  const bool named = source.contains("persistentVolumeName");
  const bool inlined = source.contains("inlineVolumeSpec");
  if (!named && !inlined)
    causes.push_back(kube::required_value(
        "spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName"));
  if (named) {
    const std::string at = "spec.source.persistentVolumeName";
    const std::string name = text_at(source, {"persistentVolumeName"});
    if (name.empty())
      causes.push_back(kube::required_value(at, "must specify non empty persistentVolumeName"));
    name_rule(causes, at, name, kube::dns_subdomain_problem(name));
  }
  const std::string node = text_at(object, {"spec", "nodeName"});
  name_rule(causes, "spec.nodeName", node, kube::dns_subdomain_problem(node));
  // Checked once more, as a name of a CSI driver.
  check_driver_name(causes, "spec.attacher", attacher);
}

}  // namespace spokelab::fakeapi::validation
