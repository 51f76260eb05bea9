// ServedKinds: what this server serves right now: built-in kinds and those that CRDs define.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"
#include "fakeapi/store.h"
#include "kube/kinds.h"

namespace spokelab::fakeapi {

/// What a CustomResourceDefinition says about one of its versions.
struct CustomVersion {
  std::string crd;               ///< Name of the definition.
  JsonRef definition;            ///< The whole definition; `schema` points into it.
  const Json* schema = nullptr;  ///< openAPIV3Schema, or nullptr.
  bool status_subresource = false;
  std::string deprecation;      ///< What clients of this version are warned of; empty: nothing.
  std::string scale_spec_path;  ///< ".spec.replicas"; empty: no /scale.
  std::string scale_status_path;
  std::string scale_selector_path;
};

/// One kind in one version.
struct ServedKind {
  kube::KindInfo info;
  Bucket* bucket = nullptr;               ///< Shared by all versions of the resource.
  std::string stored_as;                  ///< apiVersion of stored objects.
  bool preferred = true;                  ///< The version that discovery names first.
  std::unique_ptr<CustomVersion> custom;  ///< nullptr for built-in kinds.

  const kube::ResourceType& type() const noexcept { return info.type; }
};

class ServedKinds {
 public:
  explicit ServedKinds(Store& store);

  /// Each returns nullptr when nothing of that name is served. Pointers live until the kind's
  /// definition is changed or removed.
  const ServedKind* by_path(std::string_view group, std::string_view version,
                            std::string_view plural) const;
  const ServedKind* by_kind(std::string_view group, std::string_view version,
                            std::string_view kind) const;
  /// In the version in which objects are stored.
  const ServedKind* by_resource(std::string_view group_resource) const;
  /// In discovery's order.
  const std::vector<std::unique_ptr<ServedKind>>& all() const noexcept { return all_; }
  /// Whether any version of the group is served.
  bool has_group(std::string_view group) const;

  /// Serves what the definition says, instead of what it said before.
  void define(const JsonRef& crd);
  void undefine(std::string_view crd_name);
  /// Grows with each change.
  std::uint64_t generation() const noexcept { return generation_; }

 private:
  void index();
  Store* store_;
  std::vector<std::unique_ptr<ServedKind>> all_;
  std::map<std::string, const ServedKind*, std::less<>> paths_;
  std::map<std::string, const ServedKind*, std::less<>> kinds_;
  std::map<std::string, const ServedKind*, std::less<>> resources_;
  std::uint64_t generation_ = 0;
};

}  // namespace spokelab::fakeapi
