// .Capabilities: what the destination cluster is told to know.
#include <fmt/format.h>

#include <algorithm>

#include "hub/gotemplate/format.h"
#include "hub/helm/kube_version.h"
#include "hub/helm/objects.h"
#include "hub/helm/objects/struct_object.h"

namespace spokelab::hub::helm {

namespace {

using namespace gotemplate;

std::shared_ptr<const Object> shared(std::shared_ptr<const Object> object) { return object; }

/// What the Kubernetes client in Helm 3.19 knows, in its order.
constexpr std::string_view kBuiltinVersions[] = {"v1",
                                                 "admissionregistration.k8s.io/v1",
                                                 "admissionregistration.k8s.io/v1alpha1",
                                                 "admissionregistration.k8s.io/v1beta1",
                                                 "internal.apiserver.k8s.io/v1alpha1",
                                                 "apps/v1",
                                                 "apps/v1beta1",
                                                 "apps/v1beta2",
                                                 "authentication.k8s.io/v1",
                                                 "authentication.k8s.io/v1alpha1",
                                                 "authentication.k8s.io/v1beta1",
                                                 "authorization.k8s.io/v1",
                                                 "authorization.k8s.io/v1beta1",
                                                 "autoscaling/v1",
                                                 "autoscaling/v2",
                                                 "autoscaling/v2beta1",
                                                 "autoscaling/v2beta2",
                                                 "batch/v1",
                                                 "batch/v1beta1",
                                                 "certificates.k8s.io/v1",
                                                 "certificates.k8s.io/v1beta1",
                                                 "certificates.k8s.io/v1alpha1",
                                                 "coordination.k8s.io/v1alpha2",
                                                 "coordination.k8s.io/v1beta1",
                                                 "coordination.k8s.io/v1",
                                                 "discovery.k8s.io/v1",
                                                 "discovery.k8s.io/v1beta1",
                                                 "events.k8s.io/v1",
                                                 "events.k8s.io/v1beta1",
                                                 "extensions/v1beta1",
                                                 "flowcontrol.apiserver.k8s.io/v1",
                                                 "flowcontrol.apiserver.k8s.io/v1beta1",
                                                 "flowcontrol.apiserver.k8s.io/v1beta2",
                                                 "flowcontrol.apiserver.k8s.io/v1beta3",
                                                 "networking.k8s.io/v1",
                                                 "networking.k8s.io/v1beta1",
                                                 "node.k8s.io/v1",
                                                 "node.k8s.io/v1alpha1",
                                                 "node.k8s.io/v1beta1",
                                                 "policy/v1",
                                                 "policy/v1beta1",
                                                 "rbac.authorization.k8s.io/v1",
                                                 "rbac.authorization.k8s.io/v1beta1",
                                                 "rbac.authorization.k8s.io/v1alpha1",
                                                 "resource.k8s.io/v1",
                                                 "resource.k8s.io/v1beta2",
                                                 "resource.k8s.io/v1beta1",
                                                 "resource.k8s.io/v1alpha3",
                                                 "scheduling.k8s.io/v1alpha1",
                                                 "scheduling.k8s.io/v1beta1",
                                                 "scheduling.k8s.io/v1",
                                                 "storage.k8s.io/v1beta1",
                                                 "storage.k8s.io/v1",
                                                 "storage.k8s.io/v1alpha1",
                                                 "storagemigration.k8s.io/v1alpha1",
                                                 "apiextensions.k8s.io/v1beta1",
                                                 "apiextensions.k8s.io/v1"};

class VersionSet final : public Object {
 public:
  explicit VersionSet(const std::vector<std::string>& more) {
    for (const std::string_view version : kBuiltinVersions) all_.emplace_back(version);
    all_.insert(all_.end(), more.begin(), more.end());
  }
  std::string type_name() const override { return "chartutil.VersionSet"; }
  std::string_view kind_name() const override { return "slice"; }
  std::optional<Value> get(std::string_view) const override { return std::nullopt; }
  int method_arity(std::string_view name) const override { return name == "Has" ? 1 : -1; }
  Value call(Runtime&, std::string_view, std::vector<Value> args) const override {
    return std::find(all_.begin(), all_.end(), args[0].text()) != all_.end();
  }
  std::string print() const override { return gotemplate::print(underlying()); }
  Value underlying() const override { return make_strings(all_); }

 private:
  std::vector<std::string> all_;
};

class KubeVersionObject final : public Object {
 public:
  explicit KubeVersionObject(KubeVersion version) : version_(std::move(version)) {}
  std::string type_name() const override { return "chartutil.KubeVersion"; }
  std::optional<Value> get(std::string_view name) const override {
    if (name == "Version") return Value(version_.version);
    if (name == "Major") return Value(version_.major);
    if (name == "Minor") return Value(version_.minor);
    return std::nullopt;
  }
  int method_arity(std::string_view name) const override {
    return name == "GitVersion" || name == "String" ? 0 : -1;
  }
  Value call(Runtime&, std::string_view, std::vector<Value>) const override {
    return version_.version;
  }
  /// Its String method is one of the pointer, which functions are not given.
  std::string print() const override {
    return fmt::format("{{{} {} {}}}", version_.version, version_.major, version_.minor);
  }
  Value underlying() const override { return map_of(members_); }
  const Members* members() const override { return &members_; }

 private:
  KubeVersion version_;
  Members members_{{"Version", Value(version_.version)},
                   {"Major", Value(version_.major)},
                   {"Minor", Value(version_.minor)}};
};

}  // namespace

Value capabilities_object(const Capabilities& capabilities) {
  auto version = parse_kube_version(capabilities.kube_version);
  if (!version) version = KubeVersion{capabilities.kube_version, "", ""};
  StructMaker helm;
  helm.text("Version", "version", "v3.19.4");
  helm.text("GitCommit", "git_commit", "");
  helm.text("GitTreeState", "git_tree_state", "clean");
  helm.text("GoVersion", "go_version", "go1.24.11");
  StructMaker maker;
  maker.put("KubeVersion", "KubeVersion",
            Value(shared(std::make_shared<KubeVersionObject>(std::move(*version)))));
  maker.put("APIVersions", "APIVersions",
            Value(shared(std::make_shared<VersionSet>(capabilities.api_versions))));
  maker.put("HelmVersion", "HelmVersion", helm.made("version.BuildInfo"));
  return maker.made("*chartutil.Capabilities");
}

}  // namespace spokelab::hub::helm
