// Template functions: what the parser looks up and the evaluator calls.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hub/gotemplate/value.h"

namespace spokelab::hub::gotemplate {

class Runtime;

/// The arguments of one call, already checked against the function's parameters.
struct Call {
  Runtime& runtime;
  std::vector<Value>& args;

  const Value& operator[](std::size_t i) const { return args[i]; }
  std::size_t size() const { return args.size(); }
  const std::string& text(std::size_t i) const { return args[i].text(); }
  std::int64_t whole(std::size_t i) const { return args[i].whole(); }
  /// Makes the call fail with this message; returns a value for `return call.fail(...)`.
  Value fail(std::string message) const;
};

/// One function. `params` has a letter for each parameter: a any, s string, i int, I int64, f
/// float64, b bool, l []interface {}, m map[string]interface {}, o an object, t time.Time, c a
/// Sprig certificate, V a *semver.Version, v a value of any kind that may be absent; a trailing `*`
/// repeats the last one.
struct Function {
  enum class Special : std::uint8_t { none, logical_and, logical_or, call };
  std::string name;
  std::string params;
  Value (*run)(Call& call) = nullptr;
  bool variadic = false;
  Special special = Special::none;
};

/// Functions by name. Templates parsed with a table point into it: it must outlive them.
class FunctionTable {
 public:
  void add(std::string_view name, std::string_view params, Value (*run)(Call& call),
           Function::Special special = Function::Special::none);
  void remove(std::string_view name);
  /// nullptr when there is none.
  const Function* find(std::string_view name) const;
  const std::map<std::string, Function, std::less<>>& all() const { return functions_; }

 private:
  std::map<std::string, Function, std::less<>> functions_;
};

/// text/template's own: and, or, not, eq, index, printf, ...
void add_builtins(FunctionTable& table);
/// Sprig's, grouped by subject.
void add_sprig_strings(FunctionTable& table);
void add_sprig_wrapping(FunctionTable& table);
void add_sprig_random(FunctionTable& table);
void add_sprig_flow(FunctionTable& table);
void add_sprig_lists(FunctionTable& table);
void add_sprig_dicts(FunctionTable& table);
void add_sprig_math(FunctionTable& table);
void add_sprig_regex(FunctionTable& table);
void add_sprig_encoding(FunctionTable& table);
void add_sprig_urls(FunctionTable& table);
void add_sprig_semver(FunctionTable& table);
void add_sprig_dates(FunctionTable& table);
void add_sprig_crypto(FunctionTable& table);
void add_sprig_certificates(FunctionTable& table);

/// Builtins and all of Sprig: what ApplicationSets' goTemplate offers. One table for the whole
/// program.
const FunctionTable& sprig_functions();

}  // namespace spokelab::hub::gotemplate
