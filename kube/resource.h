// What an API object is called: its type on the wire, and its identity.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/json_fwd.h"

namespace spokelab::kube {

/// One kind as a server serves it, for instance {"apps", "v1", "deployments", "Deployment", true}.
struct ResourceType {
  std::string group;  ///< "" for the core group.
  std::string version;
  std::string plural;
  std::string kind;
  bool namespaced = true;

  /// "v1" or "apps/v1".
  std::string api_version() const;
  /// "deployments.apps", "pods": unique per server whatever the version.
  std::string group_resource() const;
  /// "/apis/apps/v1/namespaces/shop/deployments/web"; empty `ns` or `name`: left out.
  std::string path(std::string_view ns = "", std::string_view name = "",
                   std::string_view subresource = "") const;
  friend auto operator<=>(const ResourceType&, const ResourceType&) = default;
};

/// Identity of an object across versions.
struct ObjectKey {
  std::string group;
  std::string kind;
  std::string ns;  ///< "" for cluster-scoped objects.
  std::string name;

  /// "apps/Deployment shop/web", "Namespace shop".
  std::string text() const;
  friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
};

/// "apps/v1" -> {"apps", "v1"}; "v1" -> {"", "v1"}.
struct GroupVersion {
  std::string group;
  std::string version;
};
GroupVersion split_api_version(std::string_view api_version);

/// The key of an object from its apiVersion, kind and metadata; absent parts are empty.
ObjectKey key_of(const Json& object);

}  // namespace spokelab::kube
