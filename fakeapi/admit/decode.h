// Decoding by schema: what a typed Go server keeps of a document, and in which form.
#pragma once

#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "kube/schema.h"

namespace spokelab::fakeapi {

struct DecodeFindings {
  static constexpr std::size_t kFindingsMax = 100;
  std::vector<std::string> unknown;  ///< Paths of fields that the type does not have: "spec.foo".
  std::string type_error;            ///< Worded as Go's encoding/json; empty: none.
  /// The same, worded as the converter of unstructured objects has it, through which the results of
  /// strategic merge patches go; empty where it says the same.
  std::string conversion_error;
};

/// Drops unknown fields, nulls and zero values that Go would not write; adds the empty structs that
/// it always writes; brings quantities and timestamps to their canonical form. Lasting object
/// metadata included. Stops at the first value of a wrong type.
void decode_by_schema(Json& object, const kube::SchemaType& type, DecodeFindings& findings);

}  // namespace spokelab::fakeapi
