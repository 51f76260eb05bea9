#include "harness/run/argocd_install.h"

#include <utility>
#include <vector>

#include "base/json.h"
#include "hub/app/project/project.h"
#include "hub/profile.h"

namespace spokelab::harness {

namespace {

/// An object that must have some fields, and may have any others.
Json object_with(const std::vector<std::string>& required, Json properties) {
  Json schema{{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}};
  if (!required.empty()) schema["required"] = required;
  schema["properties"] = std::move(properties);
  return schema;
}

Json list_of(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }

/// What Argo CD's CRDs ask for in the spec of an Application, and in a template of one.
Json application_spec() {
  const Json text{{"type", "string"}};
  const Json source = object_with({"repoURL"}, {{"repoURL", text}});
  return object_with(
      {"destination", "project"},
      {{"destination", object_with({}, Json::object())},
       {"project", text},
       {"source", source},
       {"sources", list_of(source)},
       {"ignoreDifferences", list_of(object_with({"kind"}, {{"kind", text}}))},
       {"info", list_of(object_with({"name", "value"}, {{"name", text}, {"value", text}}))}});
}

Json application_set_spec() {
  const Json policies = Json::array({"create-only", "create-update", "create-delete", "sync"});
  const Json policy{{"type", "string"}, {"enum", policies}};
  return object_with({"generators", "template"},
                     {{"generators", list_of(object_with({}, Json::object()))},
                      {"template", object_with({"metadata", "spec"},
                                               {{"metadata", object_with({}, Json::object())},
                                                {"spec", application_spec()}})},
                      {"syncPolicy", object_with({}, {{"applicationsSync", policy}})}});
}

Json project_spec() {
  const Json text{{"type", "string"}};
  const Json kind = object_with({"group", "kind"}, {{"group", text}, {"kind", text}});
  Json properties = Json::object();
  for (const char* list : {"clusterResourceWhitelist", "clusterResourceBlacklist",
                           "namespaceResourceWhitelist", "namespaceResourceBlacklist"}) {
    properties[list] = list_of(kind);
  }
  properties["destinationServiceAccounts"] = list_of(object_with(
      {"defaultServiceAccount", "server"}, {{"defaultServiceAccount", text}, {"server", text}}));
  properties["roles"] = list_of(object_with({"name"}, {{"name", text}}));
  return object_with({}, std::move(properties));
}

Json column(const char* name, const char* path, int priority = 0) {
  Json made{{"name", name}, {"type", "string"}, {"jsonPath", path}};
  if (priority != 0) made["priority"] = priority;
  return made;
}

Json crd(const std::string& plural, const std::string& kind, const Json& short_names, Json spec) {
  Json version{
      {"name", "v1alpha1"},
      {"served", true},
      {"storage", true},
      {"schema",
       {{"openAPIV3Schema", object_with({"metadata", "spec"}, {{"spec", std::move(spec)}})}}}};
  // Argo CD's Application CRD has no status subresource; the ApplicationSet's has one.
  if (kind == "ApplicationSet") version["subresources"] = {{"status", Json::object()}};
  if (kind == "Application") {
    version["additionalPrinterColumns"] = Json::array(
        {column("Sync Status", ".status.sync.status"),
         column("Health Status", ".status.health.status"),
         column("Revision", ".status.sync.revision", 10), column("Project", ".spec.project", 10)});
  }
  std::string singular = kind;
  for (auto& c : singular) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return {{"apiVersion", "apiextensions.k8s.io/v1"},
          {"kind", "CustomResourceDefinition"},
          {"metadata", {{"name", plural + ".argoproj.io"}}},
          {"spec",
           {{"group", "argoproj.io"},
            {"names",
             {{"kind", kind},
              {"listKind", kind + "List"},
              {"plural", plural},
              {"singular", singular},
              {"shortNames", short_names}}},
            {"scope", "Namespaced"},
            {"versions", Json::array({version})}}}};
}

/// `resource.exclusions` of the argocd-cm that comes with Argo CD 3.
constexpr const char* kStockExclusions = R"(- apiGroups: ['', discovery.k8s.io]
  kinds: [Endpoints, EndpointSlice]
- apiGroups: [coordination.k8s.io]
  kinds: [Lease]
- apiGroups: [authentication.k8s.io, authorization.k8s.io]
  kinds: [SelfSubjectReview, TokenReview, LocalSubjectAccessReview, SelfSubjectAccessReview,
          SelfSubjectRulesReview, SubjectAccessReview]
- apiGroups: [certificates.k8s.io]
  kinds: [CertificateSigningRequest]
- apiGroups: [cert-manager.io]
  kinds: [CertificateRequest]
- apiGroups: [cilium.io]
  kinds: [CiliumIdentity, CiliumEndpoint, CiliumEndpointSlice]
- apiGroups: [kyverno.io, reports.kyverno.io, wgpolicyk8s.io]
  kinds: [PolicyReport, ClusterPolicyReport, EphemeralReport, ClusterEphemeralReport,
          AdmissionReport, ClusterAdmissionReport, BackgroundScanReport,
          ClusterBackgroundScanReport, UpdateRequest]
)";

Json config_map(const std::string& ns, const std::string& name) {
  return {
      {"apiVersion", "v1"},
      {"kind", "ConfigMap"},
      {"metadata",
       {{"name", name}, {"namespace", ns}, {"labels", {{"app.kubernetes.io/part-of", "argocd"}}}}}};
}

}  // namespace

Result<void> install_argocd(fakeapi::LocalApi& api, const std::string& ns,
                            const std::map<std::string, std::string>& settings,
                            const std::vector<JsonRef>& brought) {
  Json general = config_map(ns, "argocd-cm");
  general["data"] = {{"resource.exclusions", kStockExclusions}};
  Json params = config_map(ns, "argocd-cmd-params-cm");
  for (const auto& [name, value] : settings) {
    const auto place = hub::config_map_of(name);
    if (!place.empty()) (place == "argocd-cm" ? general : params)["data"][name] = value;
  }
  for (const JsonRef& object : brought) {
    if (text_at(*object, {"kind"}) != "ConfigMap") continue;
    const auto place = text_at(*object, {"metadata", "namespace"}, ns);
    const Json* data = find(*object, {"data"});
    if (place != ns || data == nullptr || !data->is_object()) continue;
    for (Json* map : {&general, &params}) {
      if (text_at(*map, {"metadata", "name"}) != text_at(*object, {"metadata", "name"})) continue;
      for (const auto& [key, value] : data->items()) (*map)["data"][key] = value;
    }
  }
  const Json everything = Json::array(
      {Json{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", ns}}}},
       crd("applications", "Application", Json::array({"app", "apps"}), application_spec()),
       crd("applicationsets", "ApplicationSet", Json::array({"appset", "appsets"}),
           application_set_spec()),
       crd("appprojects", "AppProject", Json::array({"appproj", "appprojs"}), project_spec()),
       std::move(general), std::move(params), hub::default_project(ns)});
  for (const auto& object : everything) {
    auto created = api.create("argocd-install", object);
    if (!created) return created.error().within("install Argo CD: " + text_at(object, {"kind"}));
  }
  return {};
}

}  // namespace spokelab::harness
