// The objects of a fresh cluster (plugin/pkg/auth/authorizer/rbac/bootstrappolicy, shortened to the
// roles that people bind).
#include "fakeapi/bootstrap.h"

#include <string>
#include <utility>

#include "base/json.h"

namespace spokelab::fakeapi {

namespace {

constexpr const char* kRbac = "rbac.authorization.k8s.io/v1";
const std::vector<const char*> kRead = {"get", "list", "watch"};
const std::vector<const char*> kWrite = {"create", "delete", "deletecollection", "patch", "update"};

Json rule(std::vector<std::string> groups, std::vector<std::string> resources,
          const std::vector<const char*>& verbs) {
  return Json{
      {"apiGroups", std::move(groups)}, {"resources", std::move(resources)}, {"verbs", verbs}};
}

Json paths(std::vector<std::string> urls, const std::vector<const char*>& verbs) {
  return Json{{"nonResourceURLs", std::move(urls)}, {"verbs", verbs}};
}

Json role(std::string name, Json rules, Json labels = Json::object()) {
  labels["kubernetes.io/bootstrapping"] = "rbac-defaults";
  return Json{{"apiVersion", kRbac},
              {"kind", "ClusterRole"},
              {"metadata",
               {{"name", std::move(name)},
                {"labels", std::move(labels)},
                {"annotations", {{"rbac.authorization.kubernetes.io/autoupdate", "true"}}}}},
              {"rules", std::move(rules)}};
}

Json aggregated(std::string name, std::string into, Json labels = Json::object()) {
  Json made = role(std::move(name), Json::array(), std::move(labels));
  made["aggregationRule"] = {
      {"clusterRoleSelectors",
       Json::array(
           {{{"matchLabels", {{"rbac.authorization.k8s.io/aggregate-to-" + into, "true"}}}}})}};
  return made;
}

Json binding(const std::string& name, const std::string& to, Json subjects) {
  return Json{{"apiVersion", kRbac},
              {"kind", "ClusterRoleBinding"},
              {"metadata",
               {{"name", name}, {"labels", {{"kubernetes.io/bootstrapping", "rbac-defaults"}}}}},
              {"roleRef",
               {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", to}}},
              {"subjects", std::move(subjects)}};
}

Json group(const char* name) {
  return Json{{"kind", "Group"}, {"apiGroup", "rbac.authorization.k8s.io"}, {"name", name}};
}

Json into(const char* role_name) {
  return Json{{std::string("rbac.authorization.k8s.io/aggregate-to-") + role_name, "true"}};
}

void add_user_roles(std::vector<Json>& objects) {
  const std::vector<std::string> core = {"configmaps",
                                         "endpoints",
                                         "events",
                                         "limitranges",
                                         "persistentvolumeclaims",
                                         "pods",
                                         "pods/log",
                                         "pods/status",
                                         "replicationcontrollers",
                                         "replicationcontrollers/scale",
                                         "resourcequotas",
                                         "resourcequotas/status",
                                         "namespaces",
                                         "serviceaccounts",
                                         "services",
                                         "services/status"};
  const std::vector<std::string> apps = {
      "controllerrevisions", "daemonsets",         "daemonsets/status",  "deployments",
      "deployments/scale",   "deployments/status", "replicasets",        "replicasets/scale",
      "replicasets/status",  "statefulsets",       "statefulsets/scale", "statefulsets/status"};
  objects.push_back(role(
      "system:aggregate-to-view",
      Json::array(
          {rule({""}, core, kRead), rule({"apps"}, apps, kRead),
           rule({"autoscaling"}, {"horizontalpodautoscalers", "horizontalpodautoscalers/status"},
                kRead),
           rule({"batch"}, {"cronjobs", "cronjobs/status", "jobs", "jobs/status"}, kRead),
           rule({"policy"}, {"poddisruptionbudgets", "poddisruptionbudgets/status"}, kRead),
           rule({"networking.k8s.io"}, {"ingresses", "ingresses/status", "networkpolicies"}, kRead),
           rule({"discovery.k8s.io"}, {"endpointslices"}, kRead)}),
      into("view")));
  objects.push_back(role(
      "system:aggregate-to-edit",
      Json::array(
          {rule({""}, {"secrets"}, kRead), rule({""}, {"serviceaccounts"}, {"impersonate"}),
           rule({""}, {"pods/eviction", "serviceaccounts/token"}, {"create"}),
           rule({""},
                {"configmaps", "events", "persistentvolumeclaims", "pods", "replicationcontrollers",
                 "replicationcontrollers/scale", "secrets", "serviceaccounts", "services"},
                kWrite),
           rule({"apps"},
                {"daemonsets", "deployments", "deployments/rollback", "deployments/scale",
                 "replicasets", "replicasets/scale", "statefulsets", "statefulsets/scale"},
                kWrite),
           rule({"autoscaling"}, {"horizontalpodautoscalers"}, kWrite),
           rule({"batch"}, {"cronjobs", "jobs"}, kWrite),
           rule({"policy"}, {"poddisruptionbudgets"}, kWrite),
           rule({"networking.k8s.io"}, {"ingresses", "networkpolicies"}, kWrite)}),
      into("edit")));
  objects.push_back(
      role("system:aggregate-to-admin",
           Json::array({rule({"authorization.k8s.io"}, {"localsubjectaccessreviews"}, {"create"}),
                        rule({"rbac.authorization.k8s.io"}, {"rolebindings", "roles"},
                             {"create", "delete", "deletecollection", "get", "list", "patch",
                              "update", "watch"})}),
           into("admin")));
  objects.push_back(aggregated("view", "view", into("edit")));
  objects.push_back(aggregated("edit", "edit", into("admin")));
  objects.push_back(aggregated("admin", "admin"));
}

}  // namespace

std::vector<Json> bootstrap_objects() {
  std::vector<Json> objects;
  for (const char* name : {"kube-system", "kube-public", "kube-node-lease", "default"}) {
    objects.push_back(
        {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}});
  }
  const std::vector<const char*> any = {"*"};
  objects.push_back(
      role("cluster-admin", Json::array({rule({"*"}, {"*"}, any), paths({"*"}, any)})));
  objects.push_back(
      role("system:basic-user",
           Json::array({rule({"authorization.k8s.io"},
                             {"selfsubjectaccessreviews", "selfsubjectrulesreviews"}, {"create"}),
                        rule({"authentication.k8s.io"}, {"selfsubjectreviews"}, {"create"})})));
  objects.push_back(
      role("system:discovery",
           Json::array({paths({"/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez",
                               "/openapi", "/openapi/*", "/readyz", "/version", "/version/"},
                              {"get"})})));
  objects.push_back(role(
      "system:public-info-viewer",
      Json::array({paths({"/healthz", "/livez", "/readyz", "/version", "/version/"}, {"get"})})));
  objects.push_back(role(
      "system:service-account-issuer-discovery",
      Json::array({paths({"/.well-known/openid-configuration", "/.well-known/openid-configuration/",
                          "/openid/v1/jwks", "/openid/v1/jwks/"},
                         {"get"})})));
  objects.push_back(
      role("system:auth-delegator",
           Json::array({rule({"authentication.k8s.io"}, {"tokenreviews"}, {"create"}),
                        rule({"authorization.k8s.io"}, {"subjectaccessreviews"}, {"create"})})));
  objects.push_back(role("system:monitoring",
                         Json::array({paths({"/healthz", "/healthz/*", "/livez", "/livez/*",
                                             "/metrics", "/metrics/slis", "/readyz", "/readyz/*"},
                                            {"get"})})));
  add_user_roles(objects);
  objects.push_back(
      binding("cluster-admin", "cluster-admin", Json::array({group("system:masters")})));
  objects.push_back(binding("system:basic-user", "system:basic-user",
                            Json::array({group("system:authenticated")})));
  objects.push_back(binding("system:service-account-issuer-discovery",
                            "system:service-account-issuer-discovery",
                            Json::array({group("system:serviceaccounts")})));
  objects.push_back(
      binding("system:monitoring", "system:monitoring", Json::array({group("system:monitoring")})));
  objects.push_back(binding("system:discovery", "system:discovery",
                            Json::array({group("system:authenticated")})));
  objects.push_back(
      binding("system:public-info-viewer", "system:public-info-viewer",
              Json::array({group("system:authenticated"), group("system:unauthenticated")})));
  objects.push_back(
      {{"apiVersion", "v1"},
       {"kind", "Service"},
       {"metadata",
        {{"name", "kubernetes"},
         {"namespace", "default"},
         {"labels", {{"component", "apiserver"}, {"provider", "kubernetes"}}}}},
       {"spec",
        {{"ports", Json::array({{{"name", "https"}, {"port", 443}, {"targetPort", 6443}}})}}}});
  return objects;
}

}  // namespace spokelab::fakeapi
