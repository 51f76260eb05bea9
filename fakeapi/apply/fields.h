// Field sets: who owns which fields, as metadata.managedFields writes it (structured-merge-diff's
// fieldpath).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "fakeapi/served_kinds.h"
#include "kube/schema.h"

namespace spokelab::fakeapi {

/// What is known of a value's type: from the built-in table, from a structural schema, or nothing.
class TypeView {
 public:
  enum class Merge { whole, fields, keyed, set };

  static TypeView of(const ServedKind& kind);
  /// How appliers share such a value.
  Merge merge(const Json& value) const;
  TypeView child(const std::string& key) const;
  TypeView item() const;
  /// The path element of a list item: 'k:{"name":"c"}' or 'v:"x"'.
  std::string element(const Json& item) const;

 private:
  std::vector<std::string> keys() const;
  const kube::SchemaType* type_ = nullptr;    // of an object
  const kube::SchemaField* field_ = nullptr;  // of the field that holds the value
  const Json* schema_ = nullptr;
  bool item_ = false;
};

/// A set is a tree in fieldsV1 form: {"f:spec": {"f:replicas": {}}}; {} is an owned leaf.
Json fields_of(const Json& value, const TypeView& type);
/// Leaves of `after` that are new or differ from `before`.
Json changed_fields(const Json& before, const Json& after, const TypeView& type);
Json unite(Json a, const Json& b);
Json subtract(const Json& a, const Json& b);
Json intersect(const Json& a, const Json& b);
/// Takes the leaves in `set` out of `value`; objects and items left empty by that go, too.
void remove_fields(Json& value, const Json& set, const TypeView& type);
/// `live` with `config` laid over it.
Json merge_applied(const Json& live, const Json& config, const TypeView& type);
/// ".spec.containers[name=\"c\"].image", one for each leaf.
std::vector<std::string> paths_of(const Json& set);
/// The first list of `config` with two items of one key, as a path; "" when there is none.
std::string duplicate_in(const Json& config, const TypeView& type);

}  // namespace spokelab::fakeapi
