// Any text as YAML; what reads must be written so that it reads the same again.

#include "base/json.h"
#include "base/yaml.h"
#include "tests/fuzz/targets.h"

namespace spokelab::fuzz {

std::string feed_yaml(std::string_view bytes) {
  static_cast<void>(parse_yaml_documents(bytes));
  const auto document = parse_yaml(bytes, YamlDuplicates::last_wins);
  if (!document) return {};
  for (const std::string& written : {to_yaml(*document), to_yaml_pretty(*document)}) {
    const auto again = parse_yaml(written, YamlDuplicates::last_wins);
    if (!again) return "what was written does not read: " + again.error().message();
    if (*again != *document) return "written as what reads differently:\n" + written;
  }
  return {};
}

}  // namespace spokelab::fuzz
