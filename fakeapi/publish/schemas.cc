#include "fakeapi/publish/schemas.h"

#include <algorithm>

#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

using kube::ListKind;
using kube::Plurality;
using kube::SchemaField;
using kube::SchemaType;
using kube::Shape;

constexpr const char* kMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.";
constexpr const char* kGvk = "x-kubernetes-group-version-kind";

/// "apps.v1.DeploymentSpec" -> "io.k8s.api.apps.v1.DeploymentSpec".
std::string definition_of(std::string_view table_name) {
  const auto dot = table_name.find('.');
  const auto package = table_name.substr(0, dot);
  const std::string rest(table_name.substr(dot + 1));
  if (package == "meta") return kMeta + rest;
  if (package == "runtime") return "io.k8s.apimachinery.pkg.runtime." + rest;
  if (package == "apiextensions")
    return "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions." + rest;
  if (package == "apiregistration")
    return "io.k8s.kube-aggregator.pkg.apis.apiregistration." + rest;
  return "io.k8s.api." + std::string(table_name);
}

std::string reversed(std::string_view group) {
  std::string text;
  while (!group.empty()) {
    const auto dot = group.rfind('.');
    const auto part = dot == std::string_view::npos ? group : group.substr(dot + 1);
    text.append(text.empty() ? "" : ".").append(part);
    group = dot == std::string_view::npos ? std::string_view() : group.substr(0, dot);
  }
  return text;
}

Json gvk(std::string_view group, std::string_view version, std::string_view kind) {
  return Json{{"group", group}, {"kind", kind}, {"version", version}};
}

Json typed(const char* type, const char* format = nullptr) {
  Json schema{{"type", type}};
  if (format != nullptr) schema["format"] = format;
  return schema;
}

void add_identity(Json& schema, std::string_view group, std::string_view version,
                  std::string_view kind) {
  schema["properties"]["apiVersion"] = {
      {"type", "string"}, {"description", "The version of the schema that this object follows."}};
  schema["properties"]["kind"] = {{"type", "string"},
                                  {"description", "The kind of object that this is."}};
  schema[kGvk].push_back(gvk(group, version, kind));
}

/// What OpenAPI v2 cannot say is left out, as apiextensions-apiserver does.
void reduce_to_v2(Json& schema) {
  if (!schema.is_object()) return;
  for (const char* word : {"nullable", "oneOf", "anyOf", "not", "default", "allOf"})
    schema.erase(word);
  if (bool_at(schema, {"x-kubernetes-int-or-string"})) schema.erase("type");
  if (bool_at(schema, {"x-kubernetes-preserve-unknown-fields"})) {
    for (const char* word : {"type", "properties", "items"}) schema.erase(word);
    return;
  }
  if (schema.contains("properties")) {
    for (auto& [name, property] : schema["properties"].items()) reduce_to_v2(property);
  }
  for (const char* nested : {"items", "additionalProperties"}) {
    if (schema.contains(nested)) reduce_to_v2(schema[nested]);
  }
}

/// What Go has where nothing was written; null: nothing (a pointer, a structure).
Json zero_of(Shape shape) {
  switch (shape) {
    case Shape::text:
      return "";
    case Shape::integer:
    case Shape::number:
      return 0;
    case Shape::boolean:
      return false;
    case Shape::message:
    case Shape::time:
      return Json::object();
    default:
      return nullptr;
  }
}

/// The default that OpenAPI v3 tells of one value: that of Go, for what is no pointer. Of plain
/// values only if they are always written.
Json default_of(const SchemaField& field) {
  if (!field.fallback.empty()) return field.fallback;
  const bool nested = field.plurality != Plurality::one;
  if (!nested && field.optional) return nullptr;
  const bool object = field.shape == Shape::message || field.shape == Shape::time;
  return nested || object || field.always ? zero_of(field.shape) : Json();
}

}  // namespace

std::string definition_name(const ServedKind& kind) {
  const auto& type = kind.type();
  if (kind.info.schema != nullptr) return definition_of(kind.info.schema->name);
  if (kind.custom) return reversed(type.group) + "." + type.version + "." + type.kind;
  const std::string package = type.group.substr(0, type.group.find('.'));
  return "io.k8s.api." + (package.empty() ? "core" : package) + "." + type.version + "." +
         type.kind;
}

Json Definitions::reference(const std::string& definition) {
  const char* where = version_ == OpenApi::v2 ? "#/definitions/" : "#/components/schemas/";
  return Json{{"$ref", where + definition}};
}

Json Definitions::special(const std::string& definition, Json schema) {
  if (!all_.contains(definition)) all_[definition] = std::move(schema);
  return reference(definition);
}

Json Definitions::value(const std::string& name, const SchemaField& field) {
  switch (field.shape) {
    case Shape::text:
      return typed("string");
    case Shape::bytes:
      return typed("string", "byte");
    case Shape::integer:
      return typed("integer", field.wide ? "int64" : "int32");
    case Shape::boolean:
      return typed("boolean");
    case Shape::number:
      return typed("number", "double");
    case Shape::time:
      return special(std::string(kMeta) + "Time", typed("string", "date-time"));
    case Shape::micro_time:
      return special(std::string(kMeta) + "MicroTime", typed("string", "date-time"));
    case Shape::quantity: {
      Json schema = typed("string");
      if (version_ == OpenApi::v3)
        schema = Json{{"oneOf", Json::array({typed("string"), typed("number")})}};
      return special("io.k8s.apimachinery.pkg.api.resource.Quantity", std::move(schema));
    }
    case Shape::int_or_text: {
      Json schema = typed("string", "int-or-string");
      if (version_ == OpenApi::v3) {
        schema = Json{{"format", "int-or-string"},
                      {"oneOf", Json::array({typed("integer"), typed("string")})}};
      }
      return special("io.k8s.apimachinery.pkg.util.intstr.IntOrString", std::move(schema));
    }
    case Shape::any:
      if (name == "fieldsV1") return special(std::string(kMeta) + "FieldsV1", typed("object"));
      if (name == "data" || name == "object" || name == "parameters")
        return special("io.k8s.apimachinery.pkg.runtime.RawExtension", typed("object"));
      return special("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON",
                     Json::object());
    case Shape::message:
      break;
  }
  return reference(type(*field.type));
}

Json Definitions::field(const std::string& name, const SchemaField& field) {
  Json inner = value(name, field);
  if (field.text_lists) inner = Json{{"type", "array"}, {"items", typed("string")}};
  if (version_ == OpenApi::v3) {
    // A reference may have no neighbours.
    if (inner.contains("$ref")) inner = Json{{"allOf", Json::array({std::move(inner)})}};
    if (Json fallback = default_of(field); !fallback.is_null() && !field.text_lists)
      inner["default"] = std::move(fallback);
    if (!field.values.empty()) inner["enum"] = field.values;
  }
  Json schema = std::move(inner);
  if (field.plurality == Plurality::list) {
    schema = Json{{"type", "array"}, {"items", std::move(schema)}};
    if (field.merge && field.retain_keys)
      schema["x-kubernetes-patch-strategy"] = "merge,retainKeys";
    else if (field.merge)
      schema["x-kubernetes-patch-strategy"] = "merge";
    if (!field.merge_key.empty()) schema["x-kubernetes-patch-merge-key"] = field.merge_key;
    schema["x-kubernetes-list-type"] = field.list_kind == ListKind::set     ? "set"
                                       : field.list_kind == ListKind::keyed ? "map"
                                                                            : "atomic";
    if (!field.map_keys.empty()) schema["x-kubernetes-list-map-keys"] = field.map_keys;
  } else {
    if (field.plurality == Plurality::map)
      schema = Json{{"type", "object"}, {"additionalProperties", std::move(schema)}};
    if (field.retain_keys) schema["x-kubernetes-patch-strategy"] = "retainKeys";
    if (field.replace) schema["x-kubernetes-patch-strategy"] = "replace";
    if (field.atomic) schema["x-kubernetes-map-type"] = "atomic";
    if (field.granular) schema["x-kubernetes-map-type"] = "granular";
  }
  return schema;
}

std::string Definitions::type(const SchemaType& type) {
  const std::string name = definition_of(type.name);
  if (all_.contains(name)) return name;
  all_[name] = Json::object();  // types refer to themselves
  Json schema{{"type", "object"}};
  Json required = Json::array();
  for (const auto& [field_name, one] : type.fields) {
    schema["properties"][field_name] = field(field_name, one);
    if (one.required) required.push_back(field_name);
  }
  if (!required.empty()) schema["required"] = std::move(required);
  if (type.atomic) schema["x-kubernetes-map-type"] = "atomic";
  all_[name] = std::move(schema);
  return name;
}

void Definitions::add_type(std::string_view table_name, std::string_view group,
                           std::string_view version, std::string_view kind) {
  const auto* found = kube::schema_named(table_name);
  if (found == nullptr) return;
  add_identity(all_[type(*found)], group, version, kind);
}

Json Definitions::list_of(const ServedKind& kind) {
  Json list{{"type", "object"}, {"required", Json::array({"items"})}};
  Json item = reference(definition_name(kind));
  if (version_ == OpenApi::v3 && !kind.custom)
    item = Json{{"allOf", Json::array({std::move(item)})}, {"default", Json::object()}};
  list["properties"]["items"] = {{"type", "array"}, {"items", std::move(item)}};
  list["properties"]["metadata"] = reference(type(*kube::schema_named("meta.ListMeta")));
  add_identity(list, kind.type().group, kind.type().version, kind.info.list_kind);
  return list;
}

void Definitions::add_custom(const ServedKind& kind) {
  Json schema{{"type", "object"}};
  if (kind.custom && kind.custom->schema != nullptr) schema = *kind.custom->schema;
  if (!kind.custom) schema["x-kubernetes-preserve-unknown-fields"] = true;
  if (version_ == OpenApi::v2) reduce_to_v2(schema);
  schema["type"] = "object";
  schema["properties"]["metadata"] = reference(type(*kube::schema_named("meta.ObjectMeta")));
  schema.erase(kGvk);
  add_identity(schema, kind.type().group, kind.type().version, kind.type().kind);
  all_[definition_name(kind)] = std::move(schema);
}

void Definitions::add_kind(const ServedKind& kind) {
  if (kind.info.schema != nullptr) {
    const auto name = type(*kind.info.schema);
    const auto& type = kind.type();
    const Json own = gvk(type.group, type.version, type.kind);
    const Json& known = all_[name].contains(kGvk) ? all_[name][kGvk] : Json::array();
    if (std::find(known.begin(), known.end(), own) == known.end())
      add_identity(all_[name], type.group, type.version, type.kind);
  } else {
    add_custom(kind);
  }
  if (kind.info.can("list")) all_[definition_name(kind) + "List"] = list_of(kind);
}

}  // namespace spokelab::fakeapi
