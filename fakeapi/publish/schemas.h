// Schemas: the types of the one schema table, and of custom resources, as OpenAPI describes them.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "fakeapi/served_kinds.h"
#include "kube/schema.h"

namespace spokelab::fakeapi {

enum class OpenApi : std::uint8_t { v2, v3 };

/// The name under which OpenAPI documents define a kind: "io.k8s.api.apps.v1.Deployment".
std::string definition_name(const ServedKind& kind);

/// Collects definitions, each with all that it refers to.
class Definitions {
 public:
  explicit Definitions(OpenApi version) : version_(version) {}
  /// A kind and its list.
  void add_kind(const ServedKind& kind);
  /// Kinds that requests and answers carry beside objects: DeleteOptions, Status, Scale, ...
  void add_type(std::string_view table_name, std::string_view group, std::string_view version,
                std::string_view kind);
  bool defines(const std::string& name) const { return all_.contains(name); }
  Json take() { return std::move(all_); }

 private:
  std::string type(const kube::SchemaType& type);
  Json field(const std::string& name, const kube::SchemaField& field);
  Json value(const std::string& name, const kube::SchemaField& field);
  Json reference(const std::string& definition);
  Json special(const std::string& definition, Json schema);
  void add_custom(const ServedKind& kind);
  Json list_of(const ServedKind& kind);

  OpenApi version_;
  Json all_ = Json::object();
};

}  // namespace spokelab::fakeapi
