// Splitting, classifying and sorting of rendered manifests.
#include "hub/helm/manifests.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/yaml.h"

namespace spokelab::hub::helm {

namespace {

constexpr std::array<std::string_view, 39> kInstallOrder = {"PriorityClass",
                                                            "Namespace",
                                                            "NetworkPolicy",
                                                            "ResourceQuota",
                                                            "LimitRange",
                                                            "PodSecurityPolicy",
                                                            "PodDisruptionBudget",
                                                            "ServiceAccount",
                                                            "Secret",
                                                            "SecretList",
                                                            "ConfigMap",
                                                            "StorageClass",
                                                            "PersistentVolume",
                                                            "PersistentVolumeClaim",
                                                            "CustomResourceDefinition",
                                                            "ClusterRole",
                                                            "ClusterRoleList",
                                                            "ClusterRoleBinding",
                                                            "ClusterRoleBindingList",
                                                            "Role",
                                                            "RoleList",
                                                            "RoleBinding",
                                                            "RoleBindingList",
                                                            "Service",
                                                            "DaemonSet",
                                                            "Pod",
                                                            "ReplicationController",
                                                            "ReplicaSet",
                                                            "Deployment",
                                                            "HorizontalPodAutoscaler",
                                                            "StatefulSet",
                                                            "Job",
                                                            "CronJob",
                                                            "IngressClass",
                                                            "Ingress",
                                                            "APIService",
                                                            "MutatingWebhookConfiguration",
                                                            "ValidatingWebhookConfiguration",
                                                            ""};

constexpr std::array<std::string_view, 11> kHooks = {
    "pre-install",  "post-install",  "pre-upgrade", "post-upgrade", "pre-delete", "post-delete",
    "pre-rollback", "post-rollback", "test",        "test-success", "crd-install"};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

enum class Hook { no, yes, unknown };

Hook hook_of(const Json& object) {
  const Json* annotation = find(object, {"metadata", "annotations", "helm.sh/hook"});
  if (annotation == nullptr || !annotation->is_string()) return Hook::no;
  std::string_view rest = annotation->get_ref<const std::string&>();
  while (true) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string word(trimmed(rest.substr(0, comma)));
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (word == "crd-install" || std::find(kHooks.begin(), kHooks.end(), word) == kHooks.end())
      return Hook::unknown;
    if (comma == rest.size()) return Hook::yes;
    rest.remove_prefix(comma + 1);
  }
}

struct Entry {
  Manifest manifest;
  std::string kind;
  std::size_t order;
};

bool before(const Entry& left, const Entry& right) {
  if (left.order != right.order) return left.order < right.order;
  return left.order == kInstallOrder.size() && left.kind < right.kind;
}

}  // namespace

std::vector<std::string_view> split_documents(std::string_view text) {
  std::vector<std::string_view> out;
  text = trimmed(text);
  std::size_t from = 0;
  std::size_t at = 0;
  const auto take = [&](std::size_t to) {
    const std::string_view document = trimmed(text.substr(from, to - from));
    if (!document.empty()) {
      // The document keeps the blanks in front of its first line.
      out.push_back(document);
    }
  };
  while (at < text.size()) {
    if (text.substr(at).starts_with("---")) {
      take(at);
      from = at + 3;
      while (from < text.size() && is_blank(text[from])) ++from;
      if (from > at + 3) {
        const std::size_t line = text.rfind('\n', from - 1);
        at = line == std::string_view::npos || line < at ? from : line + 1;
        if (at == from && text.substr(at).starts_with("---")) continue;
        at = from;
      } else {
        at = from;
      }
    }
    const std::size_t line = text.find('\n', at);
    if (line == std::string_view::npos) break;
    at = line + 1;
  }
  take(text.size());
  return out;
}

Result<std::vector<Manifest>> split_manifests(
    const std::vector<std::pair<std::string, std::string>>& files) {
  std::vector<Entry> plain, hooks;
  for (const auto& [path, text] : files) {
    for (const std::string_view document : split_documents(text)) {
      auto object = parse_yaml(document, YamlDuplicates::last_wins);
      if (!object) {
        return object.error().within(
            fmt::format("YAML parse error on {}: error converting YAML to JSON: yaml", path));
      }
      if (object->is_null()) continue;
      if (!object->is_object()) {
        return Error(Errc::bad_input,
                     fmt::format("YAML parse error on {}: error unmarshaling JSON: while decoding "
                                 "JSON: json: cannot "
                                 "unmarshal {} into Go value of type releaseutil.SimpleHead",
                                 path, object->type_name()));
      }
      if (object->empty()) continue;
      const Hook hook = hook_of(*object);
      if (hook == Hook::unknown) continue;
      const std::string kind = text_at(*object, {"kind"});
      const auto known = std::find(kInstallOrder.begin(), kInstallOrder.end() - 1, kind);
      const std::size_t order = known == kInstallOrder.end() - 1
                                    ? kInstallOrder.size()
                                    : static_cast<std::size_t>(known - kInstallOrder.begin());
      (hook == Hook::yes ? hooks : plain)
          .push_back(Entry{{path, freeze(std::move(*object))}, kind, order});
    }
  }
  std::stable_sort(plain.begin(), plain.end(), before);
  std::stable_sort(hooks.begin(), hooks.end(), before);
  std::vector<Manifest> out;
  for (auto* list : {&plain, &hooks}) {
    for (Entry& entry : *list) out.push_back(std::move(entry.manifest));
  }
  return out;
}

}  // namespace spokelab::hub::helm
