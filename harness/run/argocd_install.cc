#include "harness/run/argocd_install.h"

#include <utility>

#include "base/json.h"
#include "hub/app/project/project.h"
#include "hub/profile.h"

namespace spokelab::harness {

namespace {

Json crd(const std::string& plural, const std::string& kind, const Json& short_names, bool status) {
  Json version{{"name", "v1alpha1"},
               {"served", true},
               {"storage", true},
               {"schema",
                {{"openAPIV3Schema",
                  {{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}}}}}};
  // Argo CD's Application CRD has no status subresource; the ApplicationSet's has one.
  if (status) version["subresources"] = {{"status", Json::object()}};
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
                            const std::map<std::string, std::string>& settings) {
  Json general = config_map(ns, "argocd-cm");
  general["data"] = {{"resource.exclusions", kStockExclusions}};
  Json params = config_map(ns, "argocd-cmd-params-cm");
  for (const auto& [name, value] : settings) {
    const auto place = hub::config_map_of(name);
    if (!place.empty()) (place == "argocd-cm" ? general : params)["data"][name] = value;
  }
  const Json everything = Json::array(
      {Json{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", ns}}}},
       crd("applications", "Application", Json::array({"app", "apps"}), false),
       crd("applicationsets", "ApplicationSet", Json::array({"appset", "appsets"}), true),
       crd("appprojects", "AppProject", Json::array({"appproj", "appprojs"}), false),
       std::move(general), std::move(params), hub::default_project(ns)});
  for (const auto& object : everything) {
    auto created = api.create("argocd-install", object);
    if (!created) return created.error().within("install Argo CD: " + text_at(object, {"kind"}));
  }
  return {};
}

}  // namespace spokelab::harness
