// CustomResourceDefinitions (apiextensions validation.go and schema/validation.go).
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/json.h"
#include "fakeapi/admit/structural.h"
#include "fakeapi/admit/validate/rules.h"
#include "kube/names.h"

namespace spokelab::fakeapi::validation {

namespace {

/// A schema must say what everything is, so that it can be pruned, defaulted and applied.
class StructureCheck {
 public:
  explicit StructureCheck(Causes& causes) : causes_(causes) {}

  void root(const Json& schema, const std::string& at) {
    if (text_at(schema, {"type"}).empty())
      causes_.push_back(kube::required_value(at + ".type", "must not be empty at the root"));
    if (const Json* metadata = find(schema, {"properties", "metadata"}))
      check_metadata_schema(*metadata, at + ".properties[metadata]");
    look(schema, at);
  }

 private:
  void check_metadata_schema(const Json& metadata, const std::string& at) {
    const Json& named = object_at(metadata, {"properties"});
    const bool more = std::any_of(named.items().begin(), named.items().end(), [](const auto& one) {
      return one.key() != "name" && one.key() != "generateName";
    });
    if (more)
      causes_.push_back(
          kube::forbidden_value(at,
                                "must not specify anything other than name and generateName, but "
                                "metadata is implicitly specified"));
  }

  void look(const Json& schema, const std::string& at) {
    const std::string type = text_at(schema, {"type"});
    static const std::vector<std::string> kTypes = {"array",  "boolean", "integer",
                                                    "number", "object",  "string"};
    if (!type.empty() && std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end())
      causes_.push_back(kube::not_supported(at + ".type", type, kTypes));
    if (type == "array" && find(schema, {"items"}) == nullptr)
      causes_.push_back(kube::required_value(at + ".items", "must be specified"));
    if (text_at(schema, {"x-kubernetes-list-type"}) == "map") check_map_list(schema, at);
    if (const Json* fallback = find(schema, {"default"})) check_default(schema, *fallback, at);
    for (const auto& [key, property] : object_at(schema, {"properties"}).items())
      child(property, fmt::format("{}.properties[{}]", at, key), "object fields");
    if (const Json* items = find(schema, {"items"})) child(*items, at + ".items", "array items");
    const Json* rest = find(schema, {"additionalProperties"});
    if (rest != nullptr && rest->is_object())
      child(*rest, at + ".additionalProperties", "object fields");
  }

  void child(const Json& schema, const std::string& at, std::string_view what) {
    const bool free = bool_at(schema, {"x-kubernetes-int-or-string"}) ||
                      bool_at(schema, {"x-kubernetes-preserve-unknown-fields"});
    if (text_at(schema, {"type"}).empty() && !free)
      causes_.push_back(kube::required_value(
          at + ".type", fmt::format("must not be empty for specified {}", what)));
    look(schema, at);
  }

  void check_map_list(const Json& schema, const std::string& at) {
    if (list_at(schema, {"x-kubernetes-list-map-keys"}).empty())
      causes_.push_back(kube::required_value(at + ".x-kubernetes-list-map-keys",
                                             "must not be empty if x-kubernetes-list-type is map"));
    const std::string item = text_at(schema, {"items", "type"});
    if (item != "object" && find(schema, {"items"}) != nullptr)
      causes_.push_back(
          kube::invalid_value(at + ".items.type", item,
                              "must be object if parent array's x-kubernetes-list-type is map"));
  }

  void check_default(const Json& schema, const Json& fallback, const std::string& at) {
    for (auto cause : validate_by_structure(schema, fallback)) {
      cause.field = at + ".default" + (cause.field.empty() || cause.field == "<nil>" ? "" : ".") +
                    (cause.field == "<nil>" ? "" : cause.field);
      causes_.push_back(std::move(cause));
    }
  }

  Causes& causes_;
};

void check_path(Causes& causes, const std::string& at, const Json& owner, const char* field) {
  const std::string path = text_at(owner, {field});
  if (path.empty())
    causes.push_back(kube::required_value(at, ""));
  else if (path[0] != '.')
    causes.push_back(kube::invalid_value(at, path, "must be a simple json path starting with ."));
}

void check_columns(Causes& causes, const Json& version, const std::string& at) {
  static constexpr std::string_view kTypes[] = {"boolean", "date", "integer", "number", "string"};
  const Json& columns = list_at(version, {"additionalPrinterColumns"});
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string here = fmt::format("{}.additionalPrinterColumns[{}]", at, i);
    if (text_at(columns[i], {"name"}).empty())
      causes.push_back(kube::required_value(here + ".name", ""));
    const std::string type = text_at(columns[i], {"type"});
    if (type.empty())
      causes.push_back(kube::required_value(here + ".type",
                                            "must be one of boolean,date,integer,number,string"));
    else if (std::find(std::begin(kTypes), std::end(kTypes), type) == std::end(kTypes))
      causes.push_back(kube::invalid_value(here + ".type", type,
                                           "must be one of boolean,date,integer,number,string"));
    check_path(causes, here + ".JSONPath", columns[i], "jsonPath");
  }
}

void check_version(Causes& causes, const Json& version, const std::string& at) {
  const std::string name = text_at(version, {"name"});
  name_rule(causes, at + ".name", name, kube::dns1035_label_problem(name));
  const std::string root = at + ".schema.openAPIV3Schema";
  if (const Json* schema = find(version, {"schema", "openAPIV3Schema"}))
    StructureCheck(causes).root(*schema, root);
  else
    causes.push_back(kube::required_value(root, "schemas are required"));
  check_columns(causes, version, at);
  if (const Json* scale = find(version, {"subresources", "scale"})) {
    check_path(causes, at + ".subresources.scale.specReplicasPath", *scale, "specReplicasPath");
    check_path(causes, at + ".subresources.scale.statusReplicasPath", *scale, "statusReplicasPath");
  }
}

void check_conversion(Causes& causes, const Json& object) {
  one_of(causes, object, {"spec", "conversion", "strategy"}, {"None", "Webhook"});
  if (text_at(object, {"spec", "conversion", "strategy"}) != "Webhook") return;
  const Json& webhook = object_at(object, {"spec", "conversion", "webhook"});
  if (find(webhook, {"clientConfig"}) == nullptr)
    causes.push_back(kube::required_value("spec.conversion.webhookClientConfig",
                                          "required when strategy is set to Webhook"));
  if (list_at(webhook, {"conversionReviewVersions"}).empty())
    causes.push_back(kube::required_value("spec.conversion.conversionReviewVersions", ""));
}

}  // namespace

void check_definition(Causes& causes, const Json& object, const Json* old) {
  const std::string want =
      text_at(object, {"spec", "names", "plural"}) + "." + text_at(object, {"spec", "group"});
  if (text_at(object, {"metadata", "name"}) != want) {
    causes.push_back(kube::invalid_value("metadata.name", text_at(object, {"metadata", "name"}),
                                         "must be spec.names.plural+\".\"+spec.group"));
  }
  require(causes, object, {"spec", "group"});
  one_of(causes, object, {"spec", "scope"}, {"Cluster", "Namespaced"});
  require(causes, object, {"spec", "scope"});
  if (bool_at(object, {"spec", "preserveUnknownFields"}))
    causes.push_back(kube::invalid_value(
        "spec.preserveUnknownFields", true,
        "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in "
        "spec.versions[*].schema instead"));
  const Json& versions = list_at(object, {"spec", "versions"});
  int stored = 0;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    stored += bool_at(versions[i], {"storage"});
    check_version(causes, versions[i], fmt::format("spec.versions[{}]", i));
  }
  if (stored != 1) {
    causes.push_back(kube::invalid_value(
        "spec.versions", versions, "must have exactly one version marked as storage version"));
  }
  for (const char* field : {"plural", "singular", "kind", "listKind"})
    require(causes, object, {"spec", "names", field});
  check_conversion(causes, object);
  immutable(causes, object, old, {"spec", "scope"});
  immutable(causes, object, old, {"spec", "group"});
  immutable(causes, object, old, {"spec", "names", "kind"});
}

}  // namespace spokelab::fakeapi::validation
