// Methods of Go types whose values are no Objects here: chartutil.Values and time.Time.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "hub/gotemplate/value.h"

namespace spokelab::hub::gotemplate {

class Runtime;

/// One method. It fails through `runtime`.
struct Method {
  std::string_view name;
  std::string_view params;  ///< A letter for each parameter, as in Function::params.
  Value (*run)(Runtime& runtime, const Value& receiver, std::vector<Value>& args);
};

/// The method that a template reaches as `.name` of `receiver`; nullptr: its type has none.
const Method* find_method(const Value& receiver, std::string_view name);

/// Those of time.Time that give what a template can use.
std::span<const Method> time_methods();

}  // namespace spokelab::hub::gotemplate
