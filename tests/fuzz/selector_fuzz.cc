// libFuzzer: any text as a label selector and as a field selector; what reads must be written so
// that it reads the same again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/json.h"
#include "kube/selector.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace spokelab;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  static_cast<void>(kube::FieldSelector::parse(text));
  const auto labels = kube::LabelSelector::parse(text);
  if (labels) {
    const auto again = kube::LabelSelector::parse(labels->text());
    if (!again || again->text() != labels->text()) std::abort();
  }
  if (const auto document = parse_json(text)) {
    static_cast<void>(kube::LabelSelector::from_json(*document));
  }
  return 0;
}
