// Paths and operations, around the definitions.
#include "fakeapi/publish/openapi.h"

#include <array>

#include "base/json.h"
#include "fakeapi/publish/schemas.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kGvk = "x-kubernetes-group-version-kind";

struct Parameter {
  const char* name;
  const char* type;
  const char* text;
};
constexpr Parameter kDryRun{"dryRun", "string", "All: nothing is stored."};
constexpr Parameter kManager{"fieldManager", "string", "Who owns the fields that this sets."};
constexpr Parameter kValidation{"fieldValidation", "string",
                                "Strict, Warn or Ignore: what unknown and duplicate fields mean."};
constexpr Parameter kForce{"force", "boolean", "Takes fields from other managers."};
constexpr std::array kListParameters = {
    Parameter{"allowWatchBookmarks", "boolean", "Bookmarks tell how far a watch has come."},
    Parameter{"continue", "string", "The next page of a list."},
    Parameter{"fieldSelector", "string", "Only objects with these fields."},
    Parameter{"labelSelector", "string", "Only objects with these labels."},
    Parameter{"limit", "integer", "Items on a page."},
    Parameter{"resourceVersion", "string", "As of when."},
    Parameter{"resourceVersionMatch", "string", "How resourceVersion is meant."},
    Parameter{"sendInitialEvents", "boolean", "A watch begins with what is there."},
    Parameter{"timeoutSeconds", "integer", "How long a watch lasts."},
    Parameter{"watch", "boolean", "Changes as they come, instead of a list."}};

class Paths {
 public:
  explicit Paths(OpenApi version) : version_(version) {}

  void add(const ServedKind& kind) {
    const auto& type = kind.type();
    const auto collection = type.path(type.namespaced ? "{namespace}" : "", "");
    const auto item = type.path(type.namespaced ? "{namespace}" : "", "{name}");
    const auto& info = kind.info;
    if (info.can("list")) operation(kind, collection, "get", "list", "");
    if (info.can("create")) operation(kind, collection, "post", "post", "");
    if (info.can("deletecollection")) operation(kind, collection, "delete", "deletecollection", "");
    if (info.can("get")) operation(kind, item, "get", "get", "");
    if (info.can("update")) operation(kind, item, "put", "put", "");
    if (info.can("patch")) operation(kind, item, "patch", "patch", "");
    if (info.can("delete")) operation(kind, item, "delete", "delete", "");
    if (type.namespaced && info.can("list")) operation(kind, type.path("", ""), "get", "list", "");
    for (const auto& sub : info.subresources) {
      for (const auto& verb : sub.verbs) {
        const char* method = verb == "get"      ? "get"
                             : verb == "update" ? "put"
                             : verb == "patch"  ? "patch"
                             : verb == "create" ? "post"
                                                : nullptr;
        if (method != nullptr)
          operation(kind, item + "/" + sub.name, method, method, sub.name, &sub);
      }
    }
  }
  Json take() { return std::move(all_); }

 private:
  Json parameter(const Parameter& one, const char* in = "query") const {
    Json made{{"name", one.name}, {"in", in}, {"description", one.text}};
    if (version_ == OpenApi::v2) {
      made["type"] = one.type;
      made["uniqueItems"] = true;
    } else {
      made["schema"] = {{"type", one.type}, {"uniqueItems", true}};
    }
    if (std::string_view(in) == "path") made["required"] = true;
    return made;
  }

  void operation(const ServedKind& kind, const std::string& path, const char* method,
                 const char* action, const std::string& subresource,
                 const kube::Subresource* sub = nullptr) {
    const auto& type = kind.type();
    const bool foreign = sub != nullptr && !sub->version.empty();
    Json& at = all_[path];
    if (path.find('{') != std::string::npos && !at.contains("parameters")) {
      for (const char* name : {"name", "namespace"}) {
        if (path.find("{" + std::string(name) + "}") != std::string::npos)
          at["parameters"].push_back(parameter(
              {name, "string", name[4] == '\0' ? "Name of the object." : "Its namespace."},
              "path"));
      }
    }
    Json made{{"x-kubernetes-action", action},
              {kGvk,
               {{"group", foreign ? sub->group : type.group},
                {"version", foreign ? sub->version : type.version},
                {"kind", sub != nullptr ? sub->kind : type.kind}}}};
    const std::string_view verb = action;
    const bool writes = verb == "post" || verb == "put" || verb == "patch";
    if (writes) {
      for (const auto& one : {kDryRun, kManager, kValidation})
        made["parameters"].push_back(parameter(one));
    }
    if (verb == "patch") made["parameters"].push_back(parameter(kForce));
    if (verb == "delete") made["parameters"].push_back(parameter(kDryRun));
    if (verb == "list" || verb == "deletecollection") {
      for (const auto& one : kListParameters) made["parameters"].push_back(parameter(one));
    }
    const bool own = sub == nullptr || (sub->version.empty() && sub->kind == type.kind);
    describe(made, kind, verb, own);
    at[method] = std::move(made);
    (void)subresource;
  }

  /// Bodies and answers.
  void describe(Json& operation, const ServedKind& kind, std::string_view verb, bool own) const {
    const bool list = verb == "list";
    const char* where = version_ == OpenApi::v2 ? "#/definitions/" : "#/components/schemas/";
    const Json object{{"$ref", where + definition_name(kind) + (list ? "List" : "")}};
    Json answer{{"description", "OK"}};
    const bool known = own && verb != "delete" && verb != "deletecollection";
    if (version_ == OpenApi::v2) {
      if (known) answer["schema"] = object;
    } else if (known) {
      answer["content"]["application/json"]["schema"] = object;
    }
    operation["responses"]["200"] = answer;
    if (verb == "post") operation["responses"]["201"] = answer;
    if (version_ == OpenApi::v2) {
      if (verb == "patch") {
        operation["consumes"] = {"application/json-patch+json", "application/merge-patch+json",
                                 "application/strategic-merge-patch+json",
                                 "application/apply-patch+yaml"};
        if (kind.custom) operation["consumes"].erase(2);
      }
      return;
    }
    if ((verb == "post" || verb == "put") && own)
      operation["requestBody"]["content"]["*/*"]["schema"] = object;
    if (verb != "patch") return;
    const Json patch{
        {"schema", {{"$ref", "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Patch"}}}};
    Json& content = operation["requestBody"]["content"];
    for (const char* type : {"application/apply-patch+yaml", "application/json-patch+json",
                             "application/merge-patch+json"})
      content[type] = patch;
    if (!kind.custom) content["application/strategic-merge-patch+json"] = patch;
  }

  OpenApi version_;
  Json all_ = Json::object();
};

/// Kinds that are sent and answered beside a group's own.
void add_common(Definitions& definitions) {
  definitions.add_type("meta.DeleteOptions", "", "v1", "DeleteOptions");
  definitions.add_type("meta.Status", "", "v1", "Status");
  definitions.add_type("meta.WatchEvent", "", "v1", "WatchEvent");
}

Json info_of(const std::string& version) {
  return Json{{"title", "Kubernetes"}, {"version", version}};
}

}  // namespace

Json openapi_v2_document(const ServedKinds& kinds, const std::string& server_version) {
  Definitions definitions(OpenApi::v2);
  Paths paths(OpenApi::v2);
  for (const auto& kind : kinds.all()) {
    definitions.add_kind(*kind);
    paths.add(*kind);
  }
  add_common(definitions);
  return Json{{"swagger", "2.0"},
              {"info", info_of(server_version)},
              {"paths", paths.take()},
              {"definitions", definitions.take()}};
}

Json openapi_v3_document(const ServedKinds& kinds, std::string_view group, std::string_view version,
                         const std::string& server_version) {
  Definitions definitions(OpenApi::v3);
  Paths paths(OpenApi::v3);
  bool any = false;
  for (const auto& kind : kinds.all()) {
    if (kind->type().group != group || kind->type().version != version) continue;
    any = true;
    definitions.add_kind(*kind);
    paths.add(*kind);
  }
  if (!any) return nullptr;
  add_common(definitions);
  Json schemas = definitions.take();
  schemas["io.k8s.apimachinery.pkg.apis.meta.v1.Patch"] = {{"type", "object"}};
  return Json{{"openapi", "3.0.0"},
              {"info", info_of(server_version)},
              {"paths", paths.take()},
              {"components", {{"schemas", std::move(schemas)}}}};
}

}  // namespace spokelab::fakeapi
