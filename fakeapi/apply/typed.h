// Typed values: the four operations of structured-merge-diff's typed package that server-side apply
// is made of.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "fakeapi/apply/type_view.h"

namespace spokelab::fakeapi {

/// The fields that an applier of this value owns: leaves, items of lists, and entries of maps.
Json fields_of(const Json& value, const TypeView& type);

/// How one value differs from another.
struct Comparison {
  Json added = Json::object();
  Json modified = Json::object();
  Json removed = Json::object();

  bool same() const { return added.empty() && modified.empty() && removed.empty(); }
};
Comparison compare(const Json& before, const Json& after, const TypeView& type);

/// `live` with `config` laid over it. Items of keyed lists stand in the order of `config`; those
/// that only `live` has keep their place.
Json merge_typed(const Json& live, const Json& config, const TypeView& type);

/// The value without the paths in `set`. What is left empty by that becomes null.
Json without_fields(const Json& value, const Json& set, const TypeView& type);

/// The set with the fields that a type names, where the set has something below them.
Json with_named_parents(const Json& set, const TypeView& type);

/// What stands against applying this value, as structured-merge-diff words it: unknown fields,
/// items without or with equal keys.
std::vector<std::string> problems_of(const Json& config, const TypeView& type);

}  // namespace spokelab::fakeapi
