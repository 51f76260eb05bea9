// libFuzzer: any text as YAML; what reads must be written so that it reads the same again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace spokelab;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  static_cast<void>(parse_yaml_documents(text));
  const auto document = parse_yaml(text, YamlDuplicates::last_wins);
  if (!document) return 0;
  for (const std::string& written : {to_yaml(*document), to_yaml_pretty(*document)}) {
    const auto again = parse_yaml(written, YamlDuplicates::last_wins);
    if (!again || *again != *document) std::abort();
  }
  return 0;
}
