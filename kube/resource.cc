// Names of API objects: paths, group-resources, keys.
#include "kube/resource.h"

#include "base/json.h"

namespace spokelab::kube {

std::string ResourceType::api_version() const {
  return group.empty() ? version : group + "/" + version;
}

std::string ResourceType::group_resource() const {
  return group.empty() ? plural : plural + "." + group;
}

std::string ResourceType::path(std::string_view ns, std::string_view name,
                               std::string_view subresource) const {
  std::string path = group.empty() ? "/api/" : "/apis/" + group + "/";
  path += version;
  if (namespaced && !ns.empty()) path.append("/namespaces/").append(ns);
  path.append("/").append(plural);
  if (!name.empty()) path.append("/").append(name);
  if (!subresource.empty()) path.append("/").append(subresource);
  return path;
}

std::string ObjectKey::text() const {
  std::string text = group.empty() ? kind : group + "/" + kind;
  text += ' ';
  if (!ns.empty()) text.append(ns).append("/");
  return text + name;
}

GroupVersion split_api_version(std::string_view api_version) {
  const auto slash = api_version.find('/');
  if (slash == std::string_view::npos) return {"", std::string(api_version)};
  return {std::string(api_version.substr(0, slash)), std::string(api_version.substr(slash + 1))};
}

ObjectKey key_of(const Json& object) {
  return {split_api_version(text_at(object, {"apiVersion"})).group, text_at(object, {"kind"}),
          text_at(object, {"metadata", "namespace"}), text_at(object, {"metadata", "name"})};
}

}  // namespace spokelab::kube
