// YAML in and out, as sigs.k8s.io/yaml does it (what kubectl, Helm and Argo CD use).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"

namespace spokelab {

/// What a key written twice in one mapping means. Helm and Argo CD read manifests and values with
/// `last_wins`, whose errors are worded as go-yaml words them, too ("line 3: could not find
/// expected
/// ':'", counting as it does; no place for values that are wrong); files of our own (scenarios) are
/// better refused.
enum class YamlDuplicates { refuse, last_wins };

/// One YAML document as JSON; null for an empty text. Scalars resolve by YAML 1.1 as go-yaml v2 and
/// sigs.k8s.io/yaml do: yes/no/on/off are booleans, 0o17 and 017 octal, timestamps stay text;
/// anchors and merge keys work; keys become strings. Errors: bad_input "line 3, column 7: ..."
/// (duplicate keys too; see YamlDuplicates); limit for aliases that blow up, or nesting deeper than
/// 500.
Result<Json> parse_yaml(std::string_view text, YamlDuplicates duplicates = YamlDuplicates::refuse);

/// All documents of a stream; empty ones are left out.
Result<std::vector<Json>> parse_yaml_documents(std::string_view text,
                                               YamlDuplicates duplicates = YamlDuplicates::refuse);

/// As sigs.k8s.io/yaml.Marshal prints: keys sorted, two spaces, sequences not indented within
/// mappings, strings quoted only when they must be, ends with a newline.
std::string to_yaml(const Json& document);
/// As go-yaml v3 prints with an indentation of two: sequences indented within mappings, lines never
/// folded, floats as they are.
std::string to_yaml_pretty(const Json& document);

}  // namespace spokelab
