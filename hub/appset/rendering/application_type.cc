// ApplicationType: a table of types and fields, and walks along it.
#include "hub/appset/rendering/application_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "base/json.h"

namespace spokelab::hub {

namespace {

/// A type's name, then its fields as name:type. `[]T` is a list; a name before it, as in
/// `Sources=[]T`, is the list's own Go type.
constexpr std::string_view kTypes = R"(
Application metadata:ObjectMeta spec:ApplicationSpec status:any operation:Operation
ObjectMeta name:string namespace:string labels:map annotations:map finalizers:[]string
    ownerReferences:[]OwnerReference uid:string resourceVersion:string generateName:string
OwnerReference apiVersion:string kind:string name:string uid:string controller:bool
    blockOwnerDeletion:bool
ApplicationSpec source:ApplicationSource destination:ApplicationDestination project:string
    syncPolicy:SyncPolicy ignoreDifferences:IgnoreDifferences=[]ResourceIgnoreDifferences
    info:[]Info revisionHistoryLimit:int64 sources:ApplicationSources=[]ApplicationSource
    sourceHydrator:SourceHydrator
ApplicationDestination server:string namespace:string name:string
ApplicationSource repoURL:string path:string targetRevision:string helm:ApplicationSourceHelm
    kustomize:ApplicationSourceKustomize directory:ApplicationSourceDirectory
    plugin:ApplicationSourcePlugin chart:string ref:string name:string
ApplicationSourceHelm valueFiles:[]string parameters:[]HelmParameter releaseName:string
    values:string fileParameters:[]HelmFileParameter version:string passCredentials:bool
    ignoreMissingValueFiles:bool skipCrds:bool valuesObject:any namespace:string
    kubeVersion:string apiVersions:[]string skipTests:bool skipSchemaValidation:bool
HelmParameter name:string value:string forceString:bool
HelmFileParameter name:string path:string
ApplicationSourceKustomize namePrefix:string nameSuffix:string images:KustomizeImages=[]string
    commonLabels:map version:string commonAnnotations:map forceCommonLabels:bool
    forceCommonAnnotations:bool namespace:string commonAnnotationsEnvsubst:bool
    replicas:KustomizeReplicas=[]KustomizeReplica patches:KustomizePatches=[]KustomizePatch
    components:[]string labelWithoutSelector:bool labelIncludeTemplates:bool kubeVersion:string
    apiVersions:[]string ignoreMissingComponents:bool
KustomizeReplica name:string count:any
KustomizePatch path:string patch:string target:KustomizeSelector options:any
KustomizeSelector group:string version:string kind:string name:string namespace:string
    annotationSelector:string labelSelector:string
ApplicationSourceDirectory recurse:bool jsonnet:ApplicationSourceJsonnet exclude:string
    include:string
ApplicationSourceJsonnet extVars:[]JsonnetVar tlas:[]JsonnetVar libs:[]string
JsonnetVar name:string value:string code:bool
ApplicationSourcePlugin name:string env:Env=[]EnvEntry
    parameters:ApplicationSourcePluginParameters=[]ApplicationSourcePluginParameter
EnvEntry name:string value:string
ApplicationSourcePluginParameter name:string string:string map:map array:[]string
SyncPolicy automated:SyncPolicyAutomated syncOptions:SyncOptions=[]string retry:RetryStrategy
    managedNamespaceMetadata:ManagedNamespaceMetadata
SyncPolicyAutomated prune:bool selfHeal:bool allowEmpty:bool enabled:bool
RetryStrategy limit:int64 backoff:Backoff refresh:bool
Backoff duration:string factor:int64 maxDuration:string
ManagedNamespaceMetadata labels:map annotations:map
ResourceIgnoreDifferences group:string kind:string name:string namespace:string
    jsonPointers:[]string jqPathExpressions:[]string managedFieldsManagers:[]string
Info name:string value:string
SourceHydrator drySource:DrySource syncSource:SyncSource hydrateTo:HydrateTo
DrySource repoURL:string targetRevision:string path:string helm:ApplicationSourceHelm
    kustomize:ApplicationSourceKustomize directory:ApplicationSourceDirectory
    plugin:ApplicationSourcePlugin
SyncSource targetBranch:string path:string
HydrateTo targetBranch:string
Operation sync:SyncOperation initiatedBy:OperationInitiator info:[]Info retry:RetryStrategy
SyncOperation revision:string revisions:[]string prune:bool dryRun:bool
    syncOptions:SyncOptions=[]string sources:ApplicationSources=[]ApplicationSource resources:any
    source:ApplicationSource syncStrategy:any manifests:[]string autoHealAttemptsCount:int64
OperationInitiator username:string automated:bool
)";

struct Type;

struct Field {
  bool list = false;
  std::string scalar;          ///< "string", "bool", "int64", "map", "any"; empty: `type`.
  const Type* type = nullptr;  ///< Of the value or item.
  std::string go_type;         ///< As Go prints it.
};

struct Type {
  std::string name;
  std::map<std::string, Field, std::less<>> fields;
};

using Types = std::map<std::string, Type, std::less<>>;

bool is_scalar(std::string_view name) {
  return name == "string" || name == "bool" || name == "int64" || name == "map" || name == "any";
}

std::string go_name(std::string_view name) {
  if (name == "map") return "map[string]string";
  return is_scalar(name) ? std::string(name) : fmt::format("v1alpha1.{}", name);
}

Field read_field(std::string_view text, Types& types) {
  Field field;
  const auto equals = text.find('=');
  if (equals != std::string_view::npos) field.go_type = go_name(text.substr(0, equals));
  std::string_view name = equals == std::string_view::npos ? text : text.substr(equals + 1);
  field.list = name.starts_with("[]");
  if (field.list) name.remove_prefix(2);
  if (is_scalar(name)) {
    field.scalar = name;
  } else {
    field.type = &types[std::string(name)];
  }
  if (field.go_type.empty()) field.go_type = (field.list ? "[]" : "") + go_name(name);
  return field;
}

const Types& types() {
  static const Types table = [] {
    Types made;
    Type* type = nullptr;
    std::string_view rest = kTypes;
    while (!rest.empty()) {
      const auto end = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      while (!line.empty()) {
        const auto space = std::min(line.find(' '), line.size());
        const auto word = line.substr(0, space);
        line.remove_prefix(std::min(space + 1, line.size()));
        const auto colon = word.find(':');
        if (word.empty()) continue;
        if (colon == std::string_view::npos) {
          type = &made[std::string(word)];
          type->name = word;
        } else {
          type->fields.emplace(std::string(word.substr(0, colon)),
                               read_field(word.substr(colon + 1), made));
        }
      }
    }
    return made;
  }();
  return table;
}

/// encoding/json's name for what it met.
std::string_view json_kind(const Json& value) {
  if (value.is_string()) return "string";
  if (value.is_boolean()) return "bool";
  if (value.is_array()) return "array";
  if (value.is_object()) return "object";
  return "number";
}

struct Place {
  std::string type;  ///< The Go struct that holds the field.
  std::string path;  ///< From the root.
};

Error mismatch(const Json& value, const Place& place, std::string_view wanted) {
  std::string met(json_kind(value));
  if (value.is_number() && wanted == "int64") met += " " + value.dump();
  return Error(Errc::bad_input,
               fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type {}", met,
                           place.type, place.path, wanted));
}

Result<void> check_object(const Json& value, const Type& type, const Place& place,
                          std::string_view wanted);

Result<void> check_one(const Json& value, const Field& field, const Place& place,
                       std::string_view wanted) {
  if (value.is_null()) return {};
  if (field.type != nullptr) return check_object(value, *field.type, place, wanted);
  if (field.scalar == "any") return {};
  if (field.scalar == "map") {
    if (!value.is_object()) return mismatch(value, place, wanted);
    for (const auto& [key, item] : value.items()) {
      if (!item.is_string() && !item.is_null()) return mismatch(item, place, "string");
    }
    return {};
  }
  const bool fits = field.scalar == "string" ? value.is_string()
                    : field.scalar == "bool" ? value.is_boolean()
                                             : value.is_number_integer();
  if (!fits) return mismatch(value, place, wanted);
  return {};
}

Result<void> check_field(const Json& value, const Field& field, const Place& place) {
  if (!field.list || value.is_null()) return check_one(value, field, place, field.go_type);
  if (!value.is_array()) return mismatch(value, place, field.go_type);
  const std::string item_type =
      field.type != nullptr ? go_name(field.type->name) : go_name(field.scalar);
  for (const Json& item : value) {
    const auto checked = check_one(item, field, place, item_type);
    if (!checked) return checked;
  }
  return {};
}

Result<void> check_object(const Json& value, const Type& type, const Place& place,
                          std::string_view wanted) {
  if (!value.is_object()) return mismatch(value, place, wanted);
  for (const auto& [key, item] : value.items()) {
    const auto hit = type.fields.find(key);
    if (hit == type.fields.end()) continue;
    const Place below{type.name, place.path.empty() ? key : place.path + "." + key};
    const auto checked = check_field(item, hit->second, below);
    if (!checked) return checked;
  }
  return {};
}

/// `app` and `patch` are what stands at the same place on both sides.
Result<void> check_merge(const Json& app, const Json& patch, const Type* type) {
  for (const auto& [key, value] : patch.items()) {
    const auto old = app.find(key);
    const bool both = old != app.end() && old->type() == value.type() && value.is_structured();
    if (!both) continue;
    const Field* field = nullptr;
    if (type != nullptr) {
      const auto hit = type->fields.find(key);
      if (hit != type->fields.end()) field = &hit->second;
    }
    if (type == nullptr) {
      return Error(Errc::bad_input,
                   fmt::format("unable to find api field in struct RawExtension for the json field "
                               "\"{}\"",
                               key));
    }
    if (field == nullptr || !value.is_object() || field->list || field->scalar == "map") continue;
    const auto checked = check_merge(*old, value, field->type);
    if (!checked) return checked;
  }
  return {};
}

}  // namespace

const kube::SchemaType& application_merge_type() {
  static const kube::SchemaType owner = [] {
    kube::SchemaType made;
    made.name = "OwnerReference";
    return made;
  }();
  static const kube::SchemaType metadata = [] {
    kube::SchemaField finalizers;
    finalizers.plurality = kube::Plurality::list;
    finalizers.shape = kube::Shape::text;
    finalizers.merge = true;
    kube::SchemaField owners;
    owners.plurality = kube::Plurality::list;
    owners.shape = kube::Shape::message;
    owners.type = &owner;
    owners.merge = true;
    owners.merge_key = "uid";
    kube::SchemaType made;
    made.name = "ObjectMeta";
    made.fields.emplace("finalizers", finalizers);
    made.fields.emplace("ownerReferences", owners);
    return made;
  }();
  static const kube::SchemaType application = [] {
    kube::SchemaField field;
    field.shape = kube::Shape::message;
    field.type = &metadata;
    kube::SchemaType made;
    made.name = "Application";
    made.fields.emplace("metadata", field);
    return made;
  }();
  return application;
}

Result<void> decodes_as_application(const Json& document) {
  if (!document.is_object()) {
    return Error(Errc::bad_input, fmt::format("json: cannot unmarshal {} into Go value of type "
                                              "v1alpha1.Application",
                                              json_kind(document)));
  }
  return check_object(document, types().at("Application"), Place{}, "");
}

Result<void> merges_into_application(const Json& app, const Json& patch) {
  return check_merge(app, patch, &types().at("Application"));
}

}  // namespace spokelab::hub
