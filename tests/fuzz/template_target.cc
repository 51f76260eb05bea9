// libFuzzer: any text as a template over Helm's functions.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "hub/gotemplate/runtime.h"
#include "hub/helm/functions.h"
#include "hub/helm/values.h"

namespace {

using namespace spokelab::hub;

gotemplate::Value data() {
  constexpr std::string_view kData =
      "{s: text, num: 3, l: [1, a, null], m: {a: 1, b: {c: x}}, e: {}, t: \"{{ .s }}\"}";
  return gotemplate::from_json(*helm::read_values(kData));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto trees =
      gotemplate::parse("t", std::make_shared<const std::string>(text), helm::functions());
  if (!trees) return 0;
  gotemplate::TemplateSet set;
  for (const auto& tree : *trees) set.add(tree);
  gotemplate::RuntimeOptions options;
  options.steps_max = 200'000;
  options.output_bytes_max = 4 << 20;
  gotemplate::Runtime runtime(set, options);
  static_cast<void>(runtime.execute(*trees->front(), data()));
  return 0;
}
