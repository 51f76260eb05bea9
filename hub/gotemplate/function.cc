// The function table.
#include "hub/gotemplate/function.h"

namespace spokelab::hub::gotemplate {

void FunctionTable::add(std::string_view name, std::string_view params, Value (*run)(Call& call),
                        Function::Special special) {
  Function function;
  function.name = name;
  function.variadic = params.ends_with('*');
  function.params = function.variadic ? params.substr(0, params.size() - 1) : params;
  function.run = run;
  function.special = special;
  functions_[std::string(name)] = std::move(function);
}

void FunctionTable::remove(std::string_view name) {
  const auto hit = functions_.find(name);
  if (hit != functions_.end()) functions_.erase(hit);
}

const Function* FunctionTable::find(std::string_view name) const {
  const auto hit = functions_.find(name);
  return hit == functions_.end() ? nullptr : &hit->second;
}

const FunctionTable& sprig_functions() {
  static const FunctionTable table = [] {
    FunctionTable out;
    add_builtins(out);
    add_sprig_strings(out);
    add_sprig_wrapping(out);
    add_sprig_random(out);
    add_sprig_flow(out);
    add_sprig_lists(out);
    add_sprig_dicts(out);
    add_sprig_math(out);
    add_sprig_regex(out);
    add_sprig_encoding(out);
    add_sprig_urls(out);
    add_sprig_semver(out);
    add_sprig_dates(out);
    add_sprig_crypto(out);
    add_sprig_certificates(out);
    return out;
  }();
  return table;
}

}  // namespace spokelab::hub::gotemplate
