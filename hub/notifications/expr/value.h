// Values of the condition language: what a trigger's `when` reads and makes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/json_fwd.h"
#include "base/run_time.h"
#include "hub/gotemplate/value.h"

namespace spokelab::hub::expr {

struct Value;
using List = std::vector<Value>;
using Map = std::map<std::string, Value, std::less<>>;

/// Functions under a name, as Argo CD gives them: `time`, `strings`, `repo`.
struct Module {
  std::string name;
  friend bool operator==(const Module&, const Module&) = default;
};

/// One value. Arrays and objects of a document stay where they are, shared.
struct Value {
  using Data = std::variant<std::monostate, bool, std::int64_t, double, std::string, JsonRef,
                            std::shared_ptr<const List>, std::shared_ptr<const Map>,
                            gotemplate::Time, Nanos, Module>;
  Data data;

  Value() = default;
  Value(Data given) : data(std::move(given)) {}
  template <class T>
  const T* as() const noexcept {
    return std::get_if<T>(&data);
  }
  bool is_nil() const noexcept { return std::holds_alternative<std::monostate>(data); }
};

/// The document as a value: scalars are taken out, the rest is shared.
Value of_json(const JsonRef& document);
/// A member of `owner`, which stays alive with the value.
Value of_member(const JsonRef& owner, const Json& member);

Value of_list(List items);
Value of_map(Map entries);

/// As Go names the type in errors: "string", "int", "<nil>", "map[string]interface {}".
std::string type_name(const Value& value);
/// As fmt prints it with %v.
std::string print(const Value& value);
/// As the language's == has it: numbers by value, lists and maps by what they hold.
bool equal(const Value& a, const Value& b);

}  // namespace spokelab::hub::expr
