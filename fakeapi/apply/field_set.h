// Field sets: sets of paths into an object, in the form in which metadata.managedFields keeps them.
#pragma once

#include <string>
#include <vector>

#include "base/json_fwd.h"

namespace spokelab::fakeapi {

// A set is a tree in fieldsV1 form. Keys are path elements: "f:NAME" a field, 'k:{"name":"c"}' an
// item of a keyed list, 'v:"x"' a value of a set. A node is itself in the set when it is {} or
// holds
// "."; otherwise only what is below it is. {} as a whole tree is the empty set.

/// What is in either set.
Json unite(Json a, const Json& b);
/// What is in `a` and not in `b`. A path of `b` does not cover those below it.
Json subtract(const Json& a, const Json& b);
/// As subtract(), but each path of `b` covers all those below it.
Json subtract_below(const Json& a, const Json& b);
Json intersect(const Json& a, const Json& b);
/// Adds one path, given by its elements.
void add_path(Json& set, const std::vector<std::string>& elements);
/// ".spec.containers[name=\"c\"].image", one for each path in the set: at each level first the
/// paths that end there, as structured-merge-diff lists them.
std::vector<std::string> paths_of(const Json& set);

/// The path itself, not only something below it.
bool is_member(const Json& node);
/// A node from its parts; null when it is neither in the set nor above anything in it.
Json make_node(bool member, Json below);

}  // namespace spokelab::fakeapi
