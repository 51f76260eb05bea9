// WrittenBody: what a client wrote and a parsed document forgets: keys written twice, their order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spokelab::fakeapi {

/// Kept beside the body of a write for fieldValidation. Empty for documents that never were text.
struct WrittenBody {
  /// The text of a whole object in JSON: findings are told in its order.
  std::string object;
  /// Keys written twice, found elsewhere (in a patch, in YAML), as warnings tell them.
  std::vector<std::string> repeated;
  /// The same as one error tells them; empty: joined by commas.
  std::string repeated_error;
};

/// Paths ("spec.containers[0].name") of object keys that stand twice in one object of a JSON text,
/// in the order of the text, at most 100. A malformed text has none.
std::vector<std::string> repeated_keys(std::string_view json);

/// 'duplicate field "x"' and 'unknown field "y"' in the order of the text, as the strict decoder of
/// apimachinery's serializer/json tells them. `unknown`: paths that the type does not have; what is
/// below them is not looked at.
std::vector<std::string> strict_findings(std::string_view json,
                                         const std::vector<std::string>& unknown);

/// Keys written twice in a YAML text, as go-yaml words them; the error begins with "yaml: ".
WrittenBody repeated_in_yaml(std::string_view yaml);

}  // namespace spokelab::fakeapi
