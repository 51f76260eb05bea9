// Structural schemas: what a CustomResourceDefinition says about its objects.
#pragma once

#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "kube/status.h"

namespace spokelab::fakeapi {

/// Drops the fields that the schema does not name (unless it preserves unknown fields); apiVersion,
/// kind and metadata stay. `dropped` takes their paths.
void prune_by_structure(const Json& schema, Json& object, std::vector<std::string>& dropped);
/// Sets the schema's defaults where fields are absent.
/// The same of a value within an object.
void prune_value_by_structure(const Json& schema, Json& value, std::vector<std::string>& dropped);
void default_by_structure(const Json& schema, Json& object);
/// Where a version of a CustomResourceDefinition has rules in CEL (x-kubernetes-validations), one
/// warning: they are kept, and not evaluated.
std::vector<std::string> ignored_rules(const Json& definition);
/// Checks types, required fields, enums, bounds, lengths, patterns and the logical keywords.
std::vector<kube::StatusCause> validate_by_structure(const Json& schema, const Json& object);

}  // namespace spokelab::fakeapi
