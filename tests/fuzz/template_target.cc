// Any text as a template over Helm's functions; its answer must repeat itself.
#include <memory>

#include "base/json.h"
#include "hub/gotemplate/runtime.h"
#include "hub/helm/functions.h"
#include "hub/helm/values.h"
#include "tests/fuzz/targets.h"

namespace spokelab::fuzz {

namespace {

using namespace hub;

std::string run(const std::vector<gotemplate::TreeRef>& trees) {
  constexpr std::string_view kData =
      "{s: text, num: 3, l: [1, a, null], m: {a: 1, b: {c: x}}, e: {}, t: \"{{ .s }}\"}";
  gotemplate::TemplateSet set;
  for (const auto& tree : trees) set.add(tree);
  gotemplate::RuntimeOptions options;
  options.steps_max = 200'000;
  options.output_bytes_max = 4 << 20;
  gotemplate::Runtime runtime(set, options);
  const auto text =
      runtime.execute(*trees.front(), gotemplate::from_json(*helm::read_values(kData)));
  return text ? *text : text.error().message();
}

}  // namespace

std::string feed_template(std::string_view bytes) {
  const auto trees =
      gotemplate::parse("t", std::make_shared<const std::string>(bytes), helm::functions());
  if (!trees) return {};
  return run(*trees) == run(*trees) ? "" : "two renderings differ";
}

}  // namespace spokelab::fuzz
