// The functions that conditions may call.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/run_time.h"
#include "hub/notifications/expr/value.h"

namespace spokelab::hub::expr {

struct Function {
  std::string_view name;
  int least = 1;
  int most = 1;
  bool closure = false;  ///< Its second argument is asked for each element of the first.
  /// Of closures: nullptr, the evaluator knows them.
  Result<Value> (*run)(const List& arguments, WallTime now) = nullptr;
};

/// nullptr when there is none.
const Function* find_function(std::string_view name);
/// All names, sorted, for an error.
std::string function_names();

/// What a module holds beside its methods, such as time.Hour; nil when nothing.
Value module_member(const Module& module, std::string_view name);
/// Calls `object.name(arguments...)`: functions of modules, methods of times and durations. Errors:
/// bad_input.
Result<Value> call_method(const Value& object, const std::string& name, const List& arguments,
                          WallTime now);

/// +, -, *, /, %, **, comparison, and the operators of texts. Errors: bad_input.
Result<Value> operate(const std::string& op, const Value& left, const Value& right);

}  // namespace spokelab::hub::expr
