// CustomResourceDefinitions (apiextensions validation.go and schema/validation.go).
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/json.h"
#include "fakeapi/admit/structural.h"
#include "fakeapi/admit/validate/rules.h"
#include "kube/kinds.h"
#include "kube/names.h"

namespace spokelab::fakeapi::validation {

namespace {

/// A schema must say what everything is, so that it can be pruned, defaulted and applied.
class StructureCheck {
 public:
  explicit StructureCheck(Causes& causes) : causes_(causes) {}

  void root(const Json& schema, const std::string& at) {
    const std::string type = text_at(schema, {"type"});
    const Json* keeps = find(schema, {"x-kubernetes-preserve-unknown-fields"});
    if (keeps != nullptr && *keeps == false)
      causes_.push_back(kube::invalid_value(at + ".x-kubernetes-preserve-unknown-fields", false,
                                            "must be true or undefined"));
    if (type.empty())
      causes_.push_back(kube::required_value(at + ".type", "must not be empty at the root"));
    else if (type != "object")
      causes_.push_back(kube::invalid_value(at + ".type", type, "must be object at the root"));
    if (const Json* metadata = find(schema, {"properties", "metadata"}))
      check_metadata_schema(*metadata, at + ".properties[metadata]");
    look(schema, at);
  }

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
    if (find(schema, {"$ref"}) != nullptr)
      return causes_.push_back(kube::forbidden_value(at + ".$ref", "$ref is not supported"));
    const Json* items = find(schema, {"items"});
    if (type == "array" && items == nullptr)
      causes_.push_back(kube::required_value(at + ".items", "must be specified"));
    if (items != nullptr && items->is_array())
      return causes_.push_back(
          kube::forbidden_value(at + ".items", "items must be a schema object and not an array"));
    if (bool_at(schema, {"uniqueItems"}))
      causes_.push_back(kube::forbidden_value(
          at + ".uniqueItems",
          "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"));
    check_extensions(schema, at);
    check_pattern(schema, at);
    for (const char* word : {"allOf", "anyOf", "oneOf"}) {
      const Json& list = list_at(schema, {word});
      for (std::size_t i = 0; i < list.size(); ++i)
        logic(list[i], fmt::format("{}.{}[{}]", at, word, i),
              bool_at(schema, {"x-kubernetes-int-or-string"}));
    }
    if (const Json* no = find(schema, {"not"})) logic(*no, at + ".not", false);
    if (const Json* fallback = find(schema, {"default"})) check_default(schema, *fallback, at);
    for (const auto& [key, property] : object_at(schema, {"properties"}).items())
      child(property, fmt::format("{}.properties[{}]", at, key), "object fields");
    if (items != nullptr) child(*items, at + ".items", "array items");
    const Json* rest = find(schema, {"additionalProperties"});
    if (rest != nullptr && !object_at(schema, {"properties"}).empty())
      causes_.push_back(
          kube::forbidden_value(at + ".additionalProperties",
                                "additionalProperties and properties are mutual exclusive"));
    if (rest != nullptr && rest->is_object())
      child(*rest, at + ".additionalProperties", "object fields");
  }

  void child(const Json& schema, const std::string& at, std::string_view what) {
    const bool free = bool_at(schema, {"x-kubernetes-int-or-string"}) ||
                      bool_at(schema, {"x-kubernetes-preserve-unknown-fields"}) ||
                      find(schema, {"$ref"}) != nullptr;
    look(schema, at);
    if (text_at(schema, {"type"}).empty() && !free)
      causes_.push_back(kube::required_value(
          at + ".type", fmt::format("must not be empty for specified {}", what)));
  }

  /// Below a logical word a schema may say how large and how often, not what something is.
  void logic(const Json& schema, const std::string& at, bool int_or_string) {
    for (const char* word : {"type", "description", "default", "additionalProperties"}) {
      const bool typed = std::string_view(word) == "type";
      if (find(schema, {word}) != nullptr && !(typed && int_or_string))
        causes_.push_back(kube::forbidden_value(at + "." + word, "must be empty to be structural"));
    }
    for (const auto& [key, property] : object_at(schema, {"properties"}).items())
      logic(property, fmt::format("{}.properties[{}]", at, key), false);
    if (const Json* items = find(schema, {"items"}); items != nullptr && items->is_object())
      logic(*items, at + ".items", false);
    for (const char* word : {"allOf", "anyOf", "oneOf"}) {
      const Json& list = list_at(schema, {word});
      for (std::size_t i = 0; i < list.size(); ++i)
        logic(list[i], fmt::format("{}.{}[{}]", at, word, i), false);
    }
  }

  void check_extensions(const Json& schema, const std::string& at) {
    const std::string list = text_at(schema, {"x-kubernetes-list-type"});
    if (!list.empty() && list != "atomic" && list != "set" && list != "map")
      causes_.push_back(
          kube::not_supported(at + ".x-kubernetes-list-type", list, {"atomic", "set", "map"}));
    const std::string map = text_at(schema, {"x-kubernetes-map-type"});
    if (!map.empty() && map != "atomic" && map != "granular")
      causes_.push_back(
          kube::not_supported(at + ".x-kubernetes-map-type", map, {"atomic", "granular"}));
    if (list == "map") check_map_list(schema, at);
    if (list == "set") check_set(schema, at);
    if (bool_at(schema, {"x-kubernetes-embedded-resource"}) &&
        !bool_at(schema, {"x-kubernetes-preserve-unknown-fields"}) &&
        object_at(schema, {"properties"}).empty())
      causes_.push_back(kube::required_value(
          at + ".properties",
          "must not be empty if x-kubernetes-embedded-resource is true without "
          "x-kubernetes-preserve-unknown-fields"));
  }

  /// What is compared as a whole must be owned as a whole.
  void check_set(const Json& schema, const std::string& at) {
    const Json& items = object_at(schema, {"items"});
    const std::string type = text_at(items, {"type"});
    const auto told = [&](const char* word) {
      const std::string value = text_at(items, {word}, "null");
      if (value != "atomic")
        causes_.push_back(kube::invalid_value(
            fmt::format("{}.items.{}", at, word), value,
            "must be atomic as item of a list with x-kubernetes-list-type=set"));
    };
    if (type == "object") told("x-kubernetes-map-type");
    if (type == "array" && !text_at(items, {"x-kubernetes-list-type"}).empty())
      told("x-kubernetes-list-type");
  }

  /// What Go's regexp/syntax calls the mistake.
  static const char* go_words(RE2::ErrorCode code) {
    switch (code) {
      case RE2::ErrorMissingParen:
        return "missing closing )";
      case RE2::ErrorMissingBracket:
        return "missing closing ]";
      case RE2::ErrorRepeatArgument:
        return "missing argument to repetition operator";
      case RE2::ErrorRepeatSize:
        return "invalid repeat count";
      case RE2::ErrorRepeatOp:
        return "invalid nested repetition operator";
      case RE2::ErrorBadPerlOp:
        return "invalid or unsupported Perl syntax";
      case RE2::ErrorBadCharClass:
        return "invalid character class";
      case RE2::ErrorBadCharRange:
        return "invalid character class range";
      case RE2::ErrorTrailingBackslash:
        return "trailing backslash at end of expression";
      case RE2::ErrorBadUTF8:
        return "invalid UTF-8";
      case RE2::ErrorBadNamedCapture:
        return "invalid named capture";
      case RE2::ErrorBadEscape:
        return "invalid escape sequence";
      default:
        return "expression nests too deeply";
    }
  }

  void check_pattern(const Json& schema, const std::string& at) {
    const std::string pattern = text_at(schema, {"pattern"});
    if (pattern.empty()) return;
    const RE2 compiled(pattern, RE2::Quiet);
    if (compiled.ok()) return;
    causes_.push_back(kube::invalid_value(
        at + ".pattern", pattern,
        fmt::format("must be a valid regular expression, but isn't: error parsing regexp: {}: `{}`",
                    go_words(compiled.error_code()), compiled.error_arg())));
  }

  void check_map_list(const Json& schema, const std::string& at) {
    const Json& keys = list_at(schema, {"x-kubernetes-list-map-keys"});
    if (keys.empty())
      causes_.push_back(kube::required_value(at + ".x-kubernetes-list-map-keys",
                                             "must not be empty if x-kubernetes-list-type is map"));
    const std::string item = text_at(schema, {"items", "type"});
    if (item != "object" && find(schema, {"items"}) != nullptr)
      return causes_.push_back(
          kube::invalid_value(at + ".items.type", item,
                              "must be object if parent array's x-kubernetes-list-type is map"));
    const Json& named = object_at(schema, {"items", "properties"});
    const Json& required = list_at(schema, {"items", "required"});
    for (const Json& key : keys) {
      if (!key.is_string()) continue;
      const auto& name = key.get_ref<const std::string&>();
      if (!named.contains(name)) {
        causes_.push_back(invalid_text(at + ".x-kubernetes-list-map-keys", go_texts(keys),
                                       "entries must all be names of item properties"));
      } else if (find(named[name], {"default"}) == nullptr &&
                 std::find(required.begin(), required.end(), key) == required.end()) {
        causes_.push_back(kube::required_value(
            fmt::format("{}.items.properties[{}].default", at, name),
            "this property is in x-kubernetes-list-map-keys, so it must have a default or be a "
            "required property"));
      }
    }
  }

  void check_default(const Json& schema, const Json& fallback, const std::string& at) {
    Json pruned = fallback;
    std::vector<std::string> dropped;
    prune_value_by_structure(schema, pruned, dropped);
    if (!dropped.empty())
      return causes_.push_back(
          invalid_text(at + ".default", go_value(fallback), "must not have unknown fields"));
    for (auto cause : validate_by_structure(schema, fallback)) {
      cause.field = at + ".default" + (cause.field.empty() || cause.field == "<nil>" ? "" : ".") +
                    (cause.field == "<nil>" ? "" : cause.field);
      causes_.push_back(std::move(cause));
    }
  }

  /// As Go's %#v prints what JSON decodes to.
  static std::string go_value(const Json& value) {
    std::string text;
    if (value.is_object()) {
      for (const auto& [key, one] : value.items())
        text += fmt::format("{}{}:{}", text.empty() ? "" : ", ", Json(key).dump(), go_value(one));
      return "map[string]interface {}{" + text + "}";
    }
    if (!value.is_array()) return value.dump();
    for (const Json& one : value) text += (text.empty() ? "" : ", ") + go_value(one);
    return "[]interface {}{" + text + "}";
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
  static const std::vector<std::string> kFormats = {"byte",  "date",  "date-time", "double",
                                                    "float", "int32", "int64",     "password"};
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
    const std::string format = text_at(columns[i], {"format"});
    if (!format.empty() && std::find(kFormats.begin(), kFormats.end(), format) == kFormats.end())
      causes.push_back(kube::invalid_value(
          here + ".format", format,
          "must be one of byte,date,date-time,double,float,int32,int64,password"));
    check_path(causes, here + ".JSONPath", columns[i], "jsonPath");
  }
}

/// A path that must lead below a part of the object.
void check_path_below(Causes& causes, const std::string& at, const Json& owner, const char* field,
                      std::string_view below) {
  const std::size_t before = causes.size();
  check_path(causes, at, owner, field);
  const std::string path = text_at(owner, {field});
  if (causes.size() == before && !path.starts_with(std::string(below) + "."))
    causes.push_back(
        kube::invalid_value(at, path, fmt::format("should be a json path under {}", below)));
}

/// The schema at a plain path such as ".spec.a"; nullptr: it leads nowhere.
const Json* schema_at(const Json& schema, std::string_view path) {
  const Json* here = &schema;
  while (here != nullptr && path.starts_with('.')) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('.'), path.size());
    here = find(*here, {"properties", path.substr(0, end)});
    path.remove_prefix(end);
  }
  return path.empty() ? here : nullptr;
}

/// What a version may say of its own, or, where all versions say the same, the definition for all.
void check_views(Causes& causes, const Json& version, const std::string& at,
                 const std::string& schema_place) {
  if (const Json* schema = find(version, {"schema", "openAPIV3Schema"}))
    StructureCheck(causes).root(*schema, schema_place + ".openAPIV3Schema");
  else
    causes.push_back(
        kube::required_value(schema_place + ".openAPIV3Schema", "schemas are required"));
  if (const Json* scale = find(version, {"subresources", "scale"})) {
    const std::string here = at + ".subresources.scale";
    check_path_below(causes, here + ".specReplicasPath", *scale, "specReplicasPath", ".spec");
    check_path_below(causes, here + ".statusReplicasPath", *scale, "statusReplicasPath", ".status");
    const std::string labels = text_at(*scale, {"labelSelectorPath"});
    if (!labels.empty() && !labels.starts_with(".status.") && !labels.starts_with(".spec."))
      causes.push_back(kube::invalid_value(here + ".labelSelectorPath", labels,
                                           "should be a json path under either .spec or .status"));
  }
  check_columns(causes, version, at);
  const Json& fields = list_at(version, {"selectableFields"});
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string path = text_at(fields[i], {"jsonPath"});
    if (schema_at(object_at(version, {"schema", "openAPIV3Schema"}), path) == nullptr)
      causes.push_back(kube::invalid_value(fmt::format("{}.selectableFields[{}].jsonPath", at, i),
                                           path,
                                           "is an invalid path: does not refer to a valid field"));
  }
}

/// Versions that say all the same are kept, and told about, once.
bool all_alike(const Json& versions) {
  for (const char* part :
       {"schema", "subresources", "additionalPrinterColumns", "selectableFields"}) {
    for (const Json& version : versions) {
      const Json* first = find(versions[0], {part});
      const Json* one = find(version, {part});
      if ((first == nullptr) != (one == nullptr) || (first != nullptr && *first != *one))
        return false;
    }
  }
  return true;
}

/// The versions as Go's %#v prints them; what stands behind pointers has an address.
std::string go_versions(const Json& versions, bool alike) {
  std::string text;
  for (const Json& one : versions) {
    const auto pointer = [&](const char* type, const char* field, bool shown) {
      return fmt::format("(*{})({})", type, shown && one.contains(field) ? "0xc000000000" : "nil");
    };
    const auto list = [&](const char* type, const char* field) {
      const bool some = !alike && !list_at(one, {field}).empty();
      return fmt::format("[]{}{}", type, some ? "{...}" : "(nil)");
    };
    text += fmt::format(
        "{}apiextensions.CustomResourceDefinitionVersion{{Name:{}, Served:{}, Storage:{}, "
        "Deprecated:{}, DeprecationWarning:{}, Schema:{}, Subresources:{}, "
        "AdditionalPrinterColumns:{}, SelectableFields:{}}}",
        text.empty() ? "" : ", ", Json(text_at(one, {"name"})).dump(), bool_at(one, {"served"}),
        bool_at(one, {"storage"}), bool_at(one, {"deprecated"}),
        pointer("string", "deprecationWarning", true),
        pointer("apiextensions.CustomResourceValidation", "schema", !alike),
        pointer("apiextensions.CustomResourceSubresources", "subresources", !alike),
        list("apiextensions.CustomResourceColumnDefinition", "additionalPrinterColumns"),
        list("apiextensions.SelectableField", "selectableFields"));
  }
  return "[]apiextensions.CustomResourceDefinitionVersion{" + text + "}";
}

/// The first version that says it is stored goes into status.storedVersions, the last one counts.
void check_stored_versions(Causes& causes, const Json& object) {
  std::string first;
  std::string last;
  for (const Json& version : list_at(object, {"spec", "versions"})) {
    if (!bool_at(version, {"storage"})) continue;
    last = text_at(version, {"name"});
    if (first.empty()) first = last;
  }
  const std::string at = "status.storedVersions";
  if (last.empty())
    causes.push_back(invalid_text(at, "[]string(nil)", "must have at least one stored version"));
  else if (first != last)
    causes.push_back(
        invalid_text(at, go_texts(Json::array({first})), "must have the storage version " + last));
}

void check_versions(Causes& causes, const Json& object) {
  const Json& versions = list_at(object, {"spec", "versions"});
  const bool alike = !versions.empty() && all_alike(versions);
  int stored = 0;
  bool twice = false;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const std::string at = fmt::format("spec.versions[{}]", i);
    const std::string name = text_at(versions[i], {"name"});
    stored += bool_at(versions[i], {"storage"});
    for (std::size_t j = 0; j < i; ++j) twice = twice || text_at(versions[j], {"name"}) == name;
    name_rule(causes, at + ".name", name, kube::dns1035_label_problem(name));
    if (!alike) check_views(causes, versions[i], at, at + ".schema");
  }
  if (!versions.empty()) {
    const std::string first = text_at(versions[0], {"name"});  // once the only one
    name_rule(causes, "spec.version", first, kube::dns1035_label_problem(first));
  }
  const std::string shown = go_versions(versions, alike);
  if (stored != 1)
    causes.push_back(invalid_text("spec.versions", shown,
                                  "must have exactly one version marked as storage version"));
  if (twice)
    causes.push_back(invalid_text("spec.versions", shown, "must contain unique version names"));
  if (alike) check_views(causes, versions[0], "spec", "spec.validation");
}

void check_names(Causes& causes, const Json& object) {
  for (const char* field : {"plural", "singular", "kind", "listKind"}) {
    const std::string name = text_at(object, {"spec", "names", field});
    const std::string at = std::string("spec.names.") + field;
    // Kinds may be written in capitals.
    const std::string_view what = field;
    const std::string plain = what == "kind" || what == "listKind" ? kube::lower(name) : name;
    if (name.empty())
      causes.push_back(kube::required_value(at, ""));
    else
      name_rule(causes, at, name, kube::dns1035_label_problem(plain));
  }
  for (const char* list : {"shortNames", "categories"}) {
    const Json& names = list_at(object, {"spec", "names", list});
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i].is_string())
        name_rule(causes, fmt::format("spec.names.{}[{}]", list, i), names[i].get<std::string>(),
                  kube::dns1035_label_problem(names[i].get<std::string>()));
    }
  }
  const std::string kind = text_at(object, {"spec", "names", "kind"});
  if (!kind.empty() && kind == text_at(object, {"spec", "names", "listKind"}))
    causes.push_back(
        kube::invalid_value("spec.names.listKind", kind, "kind and listKind may not be the same"));
}

/// Groups below k8s.io and kubernetes.io belong to the project.
void check_approval(Causes& causes, const Json& object) {
  const std::string group = text_at(object, {"spec", "group"});
  const auto below = [&group](const std::string& domain) {
    return group == domain || group.ends_with("." + domain);
  };
  if (!below("k8s.io") && !below("kubernetes.io")) return;
  constexpr const char* kApproval = "api-approved.kubernetes.io";
  constexpr const char* kSee = "see https://github.com/kubernetes/enhancements/pull/1111";
  const std::string given = text_at(object, {"metadata", "annotations", kApproval});
  const std::string at = fmt::format("metadata.annotations[{}]", kApproval);
  if (given.empty())
    causes.push_back(kube::required_value(
        at,
        fmt::format("protected groups must have approval annotation \"{}\", {}", kApproval, kSee)));
  else if (!given.starts_with("http") && !given.starts_with("unapproved"))
    causes.push_back(kube::invalid_value(
        at, given,
        fmt::format("protected groups must have approval annotation \"{}\" with either a URL or "
                    "a reason starting with \"unapproved\", {}",
                    kApproval, kSee)));
}

void check_conversion(Causes& causes, const Json& object) {
  one_of(causes, object, {"spec", "conversion", "strategy"}, {"None", "Webhook"});
  if (text_at(object, {"spec", "conversion", "strategy"}) != "Webhook") {
    const Json* unused = find(object, {"spec", "conversion", "webhook"});
    if (unused != nullptr && find(*unused, {"clientConfig"}) != nullptr)
      causes.push_back(
          kube::forbidden_value("spec.conversion.webhookClientConfig",
                                "should not be set when strategy is not set to Webhook"));
    if (unused != nullptr && !list_at(*unused, {"conversionReviewVersions"}).empty())
      causes.push_back(
          kube::forbidden_value("spec.conversion.conversionReviewVersions",
                                "should not be set when strategy is not set to Webhook"));
    return;
  }
  const Json& webhook = object_at(object, {"spec", "conversion", "webhook"});
  if (find(webhook, {"clientConfig"}) == nullptr)
    causes.push_back(kube::required_value("spec.conversion.webhookClientConfig",
                                          "required when strategy is set to Webhook"));
  if (list_at(webhook, {"conversionReviewVersions"}).empty())
    causes.push_back(kube::required_value("spec.conversion.conversionReviewVersions", ""));
}

}  // namespace

void check_definition(Causes& causes, const Json& object, const Json* old) {
  const std::string group = text_at(object, {"spec", "group"});
  const std::string want = text_at(object, {"spec", "names", "plural"}) + "." + group;
  if (old == nullptr && text_at(object, {"metadata", "name"}) != want) {
    causes.push_back(kube::invalid_value("metadata.name", text_at(object, {"metadata", "name"}),
                                         "must be spec.names.plural+\".\"+spec.group"));
  }
  if (group.empty())
    causes.push_back(kube::required_value("spec.group", ""));
  else if (const auto problem = kube::dns_subdomain_problem(group); !problem.empty())
    causes.push_back(kube::invalid_value("spec.group", group, problem));
  else if (group.find('.') == std::string::npos)
    causes.push_back(
        kube::invalid_value("spec.group", group, "should be a domain with at least one dot"));
  if (text_at(object, {"spec", "scope"}).empty())
    causes.push_back(kube::required_value("spec.scope", ""));
  else
    one_of(causes, object, {"spec", "scope"}, {"Cluster", "Namespaced"});
  if (bool_at(object, {"spec", "preserveUnknownFields"}))
    causes.push_back(kube::invalid_value(
        "spec.preserveUnknownFields", true,
        "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in "
        "spec.versions[*].schema instead"));
  check_versions(causes, object);
  check_names(causes, object);
  check_conversion(causes, object);
  if (old == nullptr) check_stored_versions(causes, object);
  if (old == nullptr) check_approval(causes, object);
  immutable(causes, object, old, {"spec", "scope"});
  immutable(causes, object, old, {"spec", "group"});
  immutable(causes, object, old, {"spec", "names", "kind"});
  if (old == nullptr) return;
  // Objects may still lie in the store in versions that were written once.
  const Json& versions = list_at(object, {"spec", "versions"});
  const Json& stored = list_at(*old, {"status", "storedVersions"});
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const bool there = std::any_of(versions.begin(), versions.end(), [&](const Json& one) {
      return text_at(one, {"name"}) == stored[i];
    });
    if (!there)
      causes.push_back(kube::invalid_value(fmt::format("status.storedVersions[{}]", i), stored[i],
                                           "must appear in spec.versions"));
  }
}

}  // namespace spokelab::fakeapi::validation
