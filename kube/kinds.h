// The one table of built-in kinds: what a Kubernetes 1.32 server serves, and under which names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kube/resource.h"
#include "kube/schema.h"

namespace spokelab::kube {

/// Which change of an object raises its metadata.generation.
enum class Generation {
  none,                 ///< The kind keeps no generation of its own.
  spec,                 ///< Any change of spec.
  spec_or_annotations,  ///< Deployments.
  webhooks,             ///< Webhook configurations.
  all_but_metadata,     ///< Anything outside metadata.
  all_but_status,       ///< Anything outside metadata and status: custom resources with /status.
};

/// A subresource, and the kind of object that it shows; empty group and version: those of its
/// parent.
struct Subresource {
  std::string name;
  std::string group;
  std::string version;
  std::string kind;
  std::vector<std::string> verbs;
};

/// One served kind.
struct KindInfo {
  ResourceType type;
  std::string singular;
  std::string list_kind;
  std::vector<std::string> short_names;
  std::vector<std::string> categories;
  std::vector<std::string> verbs;  ///< Sorted.
  std::vector<Subresource> subresources;
  Generation generation = Generation::none;
  bool delete_returns_object = false;  ///< A finished DELETE answers with the object, not a Status.
  const SchemaType* schema = nullptr;  ///< nullptr for custom resources.

  bool can(std::string_view verb) const;
  /// nullptr when there is no such subresource.
  const Subresource* subresource(std::string_view name) const;
};

/// All built-in kinds in discovery's order. Lives as long as the program.
const std::vector<KindInfo>& builtin_kinds();
/// Whether objects of the type are whole objects, which say their apiVersion and kind.
bool is_builtin_kind(const SchemaType& type);
/// nullptr for a kind that is not built in.
const KindInfo* builtin_kind(std::string_view group, std::string_view version,
                             std::string_view kind);

/// ASCII lower case.
std::string lower(std::string_view text);

}  // namespace spokelab::kube
