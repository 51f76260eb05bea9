#include "harness/run/argocd_install.h"

#include "base/json.h"

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

Json config_map(const std::string& ns, const std::string& name) {
  return {
      {"apiVersion", "v1"},
      {"kind", "ConfigMap"},
      {"metadata",
       {{"name", name}, {"namespace", ns}, {"labels", {{"app.kubernetes.io/part-of", "argocd"}}}}}};
}

}  // namespace

Result<void> install_argocd(fakeapi::LocalApi& api, const std::string& ns) {
  const Json everything = Json::array(
      {Json{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", ns}}}},
       crd("applications", "Application", Json::array({"app", "apps"}), false),
       crd("applicationsets", "ApplicationSet", Json::array({"appset", "appsets"}), true),
       crd("appprojects", "AppProject", Json::array({"appproj", "appprojs"}), false),
       config_map(ns, "argocd-cm"), config_map(ns, "argocd-cmd-params-cm"),
       Json{{"apiVersion", "argoproj.io/v1alpha1"},
            {"kind", "AppProject"},
            {"metadata", {{"name", "default"}, {"namespace", ns}}},
            {"spec",
             {{"sourceRepos", {"*"}},
              {"destinations", Json::array({Json{{"namespace", "*"}, {"server", "*"}}})},
              {"clusterResourceWhitelist", Json::array({Json{{"group", "*"}, {"kind", "*"}}})}}}}});
  for (const auto& object : everything) {
    auto created = api.create("argocd-install", object);
    if (!created) return created.error().within("install Argo CD: " + text_at(object, {"kind"}));
  }
  return {};
}

}  // namespace spokelab::harness
