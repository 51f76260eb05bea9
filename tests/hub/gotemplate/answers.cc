// The data of the template cases, and how they run.
#include "tests/hub/gotemplate/answers.h"

#include "base/json.h"
#include "hub/helm/values.h"

namespace spokelab::hub::gotemplate {

const FunctionTable& builtins() {
  static const FunctionTable table = [] {
    FunctionTable out;
    add_builtins(out);
    return out;
  }();
  return table;
}

Value case_data() {
  constexpr std::string_view kData = R"(
s: hello
uni: "héllo ☃ 😀"
empty: ""
num: 3
f: 1.5
mil: 1000000
tiny: 0.00001
t: true
flag: false
nil: null
l: [1, a, null]
ls: [b, a, c, a]
el: []
m: {a: 1, b: {c: x}, k-d: [2.5]}
em: {}
)";
  return from_json(*helm::read_values(kData));
}

std::string answer(std::string_view text, const FunctionTable& functions, RuntimeOptions options) {
  const auto trees = parse("t", std::make_shared<const std::string>(text), functions);
  if (!trees) return "error: " + trees.error().message();
  TemplateSet set;
  for (const TreeRef& tree : *trees) set.add(tree);
  Runtime runtime(set, options);
  const auto out = runtime.execute(*trees->front(), case_data());
  return out ? *out : "error: " + out.error().message();
}

}  // namespace spokelab::hub::gotemplate
