// Sprig: defaults, conditions and types.
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/sprig/cast.h"

namespace spokelab::hub::gotemplate {

using namespace sprig;

void add_sprig_flow(FunctionTable& table) {
  table.add("default", "aa*", [](Call& c) { return c.size() < 2 || is_empty(c[1]) ? c[0] : c[1]; });
  table.add("empty", "a", [](Call& c) { return Value(is_empty(c[0])); });
  table.add("coalesce", "a*", [](Call& c) {
    for (const Value& arg : c.args) {
      if (!is_empty(arg)) return arg;
    }
    return Value::nil();
  });
  table.add("all", "a*", [](Call& c) {
    for (const Value& arg : c.args) {
      if (is_empty(arg)) return Value(false);
    }
    return Value(true);
  });
  table.add("any", "a*", [](Call& c) {
    for (const Value& arg : c.args) {
      if (!is_empty(arg)) return Value(true);
    }
    return Value(false);
  });
  table.add("ternary", "aab", [](Call& c) { return c[2].boolean() ? c[0] : c[1]; });
  table.add("fail", "s", [](Call& c) { return c.fail(c.text(0)); });
  table.add("typeOf", "a", [](Call& c) { return Value(type_name(c[0])); });
  table.add("typeIs", "sa", [](Call& c) { return Value(c.text(0) == type_name(c[1])); });
  table.add("typeIsLike", "sa", [](Call& c) {
    return Value(c.text(0) == type_name(c[1]) || "*" + c.text(0) == type_name(c[1]));
  });
  table.add("kindOf", "a", [](Call& c) { return Value(kind_name(c[0])); });
  table.add("kindIs", "sa", [](Call& c) { return Value(c.text(0) == kind_name(c[1])); });
  table.add("deepEqual", "aa", [](Call& c) { return Value(deep_equal(c[0], c[1])); });
}

}  // namespace spokelab::hub::gotemplate
