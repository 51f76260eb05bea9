// TypeView: what is known of a value's type where it stands, for server-side apply.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "fakeapi/served_kinds.h"
#include "kube/schema.h"

namespace spokelab::fakeapi {

/// From the built-in table, from a structural schema, or guessed from the value. Small; the kind
/// must outlive it.
class TypeView {
 public:
  /// How several appliers share a value.
  enum class Merge {
    whole,   ///< One owner: scalars, atomic lists and maps.
    fields,  ///< Objects: field by field.
    keyed,   ///< Lists of objects with keys.
    set,     ///< Lists of unique values.
  };

  static TypeView of(const ServedKind& kind);
  /// For null, which fits every type: `whole`.
  Merge merge(const Json& value) const;
  /// Whether the type names this field, rather than being a map or an unknown type.
  bool declares(const std::string& key) const;
  /// Whether the type is closed: fields that it does not name are errors.
  bool is_closed() const;
  /// "expected list, got &{...}" for a value that the built-in type cannot hold; "": it fits.
  std::string mismatch(const Json& value) const;
  TypeView child(const std::string& key) const;
  TypeView item() const;
  /// The path element of a list item, 'k:{"name":"c"}' or 'v:"x"'; missing keys are left out.
  /// nullopt for an item that can have none.
  std::optional<std::string> element(const Json& item, Merge how) const;
  std::vector<std::string> keys() const;

 private:
  bool is_map() const;
  const kube::SchemaType* type_ = nullptr;    // of an object
  const kube::SchemaField* field_ = nullptr;  // of the field that holds the value
  const Json* schema_ = nullptr;              // of a custom resource
  bool item_ = false;                         // an item of the list or map in field_
  bool resource_ = false;                     // a whole object, with apiVersion, kind and metadata
};

}  // namespace spokelab::fakeapi
