// What the kinds have to say (the strategies' WarningsOnCreate and WarningsOnUpdate).
#include "fakeapi/admit/warnings.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "base/json.h"
#include "fakeapi/admit/pod_warnings.h"
#include "kube/names.h"

namespace spokelab::fakeapi {

namespace {

using Texts = std::vector<std::string>;

const Json& list_in(const Json& object, std::initializer_list<std::string_view> path) {
  static const Json none = Json::array();
  const Json* list = find(object, path);
  return list != nullptr && list->is_array() ? *list : none;
}

/// Where a kind keeps its template; "" for pods, nullptr for kinds without one.
const char* template_place(const ServedKind& kind) {
  const auto& resource = kind.bucket->group_resource();
  if (resource == "pods") return "";
  if (resource == "cronjobs.batch") return "spec.jobTemplate.spec.template.";
  if (resource == "podtemplates") return "template.";
  for (const char* one : {"deployments.apps", "replicasets.apps", "statefulsets.apps",
                          "daemonsets.apps", "jobs.batch", "replicationcontrollers"}) {
    if (resource == one) return "spec.template.";
  }
  return nullptr;
}

const Json* template_in(const Json& object, const std::string& place) {
  if (place.empty()) return &object;
  if (place == "template.") return find(object, {"template"});
  if (place == "spec.template.") return find(object, {"spec", "template"});
  return find(object, {"spec", "jobTemplate", "spec", "template"});
}

/// Names that become names of pods.
void tell_name(Texts& told, const ServedKind& kind, const Json& object) {
  const auto& resource = kind.bucket->group_resource();
  if (resource != "pods" && resource != "deployments.apps" && resource != "replicasets.apps" &&
      resource != "jobs.batch" && resource != "cronjobs.batch" &&
      resource != "replicationcontrollers")
    return;
  const auto problem = kube::dns_label_problem(text_at(object, {"metadata", "name"}));
  if (problem.empty()) return;
  told.push_back(
      fmt::format("metadata.name: this is used in {}, which can result in surprising behavior; a "
                  "DNS label is recommended: [{}]",
                  resource == "pods" ? "the Pod's hostname" : "Pod names and hostnames", problem));
}

void tell_service(Texts& told, const Json& object) {
  const std::string type = text_at(object, {"spec", "type"});
  if (type == "ExternalName" && !list_in(object, {"spec", "externalIPs"}).empty())
    told.push_back("spec.externalIPs is ignored when spec.type is \"ExternalName\"");
  if (type != "ExternalName" && !text_at(object, {"spec", "externalName"}).empty())
    told.push_back("spec.externalName is ignored when spec.type is not \"ExternalName\"");
}

/// A key pair that no TLS server could use, in the words of Go's tls.X509KeyPair.
void tell_tls_secret(Texts& told, const Json& object) {
  if (text_at(object, {"type"}) != "kubernetes.io/tls") return;
  const auto pem_of = [&object](const char* key) {
    return from_base64(text_at(object, {"data", key})).value_or("");
  };
  const std::string certificate = pem_of("tls.crt");
  const std::string key = pem_of("tls.key");
  constexpr const char* kBegin = "-----BEGIN ";
  constexpr const char* kCertificate = "-----BEGIN CERTIFICATE-----";
  if (certificate.find(kBegin) == std::string::npos)
    told.push_back("tls: failed to find any PEM data in certificate input");
  else if (certificate.find(kCertificate) == std::string::npos &&
           certificate.find("PRIVATE KEY-----") != std::string::npos)
    told.push_back(
        "tls: failed to find certificate PEM data in certificate input, but did find a private "
        "key; PEM inputs may have been switched");
  else if (key.find(kBegin) == std::string::npos)
    told.push_back("tls: failed to find any PEM data in key input");
  else if (key.find(kCertificate) != std::string::npos)
    told.push_back("tls: found a certificate rather than a key in the PEM for the private key");
}

void tell_volume(Texts& told, const Json& object) {
  const Json* annotations = find(object, {"metadata", "annotations"});
  static constexpr std::pair<const char*, const char*> kOld[] = {
      {"volume.beta.kubernetes.io/storage-class",
       "deprecated since v1.8; use \"storageClassName\" attribute instead"},
      {"volume.beta.kubernetes.io/mount-options",
       "deprecated since v1.31; use \"mountOptions\" attribute instead"}};
  for (const auto& [key, why] : kOld) {
    if (annotations != nullptr && annotations->contains(key))
      told.push_back(fmt::format("metadata.annotations[{}]: {}", key, why));
  }
  if (text_at(object, {"spec", "persistentVolumeReclaimPolicy"}) == "Recycle")
    told.push_back(
        "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, "
        "the recommended approach is to use dynamic provisioning.");
  const Json& terms = list_in(object, {"spec", "nodeAffinity", "required", "nodeSelectorTerms"});
  for (std::size_t i = 0; i < terms.size(); ++i)
    tell_node_term(told, terms[i],
                   fmt::format("spec.nodeAffinity.required.nodeSelectorTerms[{}]", i));
  tell_old_volume(told, object.value("spec", Json::object()), "spec");
}

void tell_claim(Texts& told, const Json& object) {
  const Json* annotations = find(object, {"metadata", "annotations"});
  constexpr const char* kClass = "volume.beta.kubernetes.io/storage-class";
  if (annotations != nullptr && annotations->contains(kClass))
    told.push_back(
        fmt::format("metadata.annotations[{}]: deprecated since v1.8; use "
                    "\"storageClassName\" attribute instead",
                    kClass));
}

}  // namespace

std::vector<std::string> warnings_about(const ServedKind& kind, const Json& object,
                                        const Json* old) {
  Texts told;
  const auto& resource = kind.bucket->group_resource();
  if (old == nullptr) {
    tell_name(told, kind, object);
    if (resource == "ingresses.networking.k8s.io" &&
        find(object, {"metadata", "annotations", "kubernetes.io/ingress.class"}) != nullptr)
      told.push_back(
          "annotation \"kubernetes.io/ingress.class\" is deprecated, please use "
          "'spec.ingressClassName' instead");
  }
  if (resource == "endpointslices.discovery.k8s.io" && text_at(object, {"addressType"}) == "FQDN")
    told.push_back("spec.addressType: FQDN endpoints are deprecated");
  if (resource == "services") tell_service(told, object);
  if (resource == "secrets") tell_tls_secret(told, object);
  if (resource == "persistentvolumes") tell_volume(told, object);
  if (resource == "persistentvolumeclaims") tell_claim(told, object);
  const char* place = template_place(kind);
  if (place == nullptr) return told;
  const Json* now = template_in(object, place);
  const Json* before = old != nullptr ? template_in(*old, place) : nullptr;
  if (now == nullptr) return told;
  const Json* spec_now = find(*now, {"spec"});
  const Json* spec_before = before != nullptr ? find(*before, {"spec"}) : nullptr;
  if (spec_now != nullptr && (spec_before == nullptr || *spec_now != *spec_before))
    tell_about_pod(told, *now, place);
  return told;
}

}  // namespace spokelab::fakeapi
