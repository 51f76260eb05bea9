// Parameter sets: how their values are flattened, printed and matched, as Go does it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab::hub {

/// A value as fmt.Sprintf("%v") prints what encoding/json made of it: 1000000 is "1e+06", null
/// "<nil>", lists "[a b]", maps "map[a:1 b:2]".
std::string go_text(const Json& value);

/// As Go's %q, for texts.
std::string go_quote(std::string_view text);

/// Nested maps and lists as one level of dotted keys: {"a": {"b": 1}, "c": ["x"]} -> a.b, c.0.
/// Empty maps and lists stay as values.
std::map<std::string, Json> flatten(const Json& document);

/// Maps merged deeply; where both sides have a value that is not a map, `winner`'s stays.
Json deep_merge(const Json& winner, const Json& other);

/// A generator's `selector`. Unlike labels, values may be any text
/// (applicationset/utils/selector.go).
class PostSelector {
 public:
  /// Errors: bad_input, worded as Argo CD's.
  static Result<PostSelector> compile(const Json& selector);
  /// Whether it takes a parameter set, whose keys count as flatten() makes them and whose values as
  /// go_text() prints them.
  bool takes(const Json& params) const;

 private:
  struct Requirement {
    std::string key;
    bool wanted = true;  ///< In and Exists, as against NotIn and DoesNotExist.
    bool by_value = false;
    std::vector<std::string> values;
  };
  Result<void> add(const std::string& key, const std::string& op, std::vector<std::string> values);

  std::vector<Requirement> requirements_;
};

}  // namespace spokelab::hub
