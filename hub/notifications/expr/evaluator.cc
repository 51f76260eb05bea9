// Running: one walk over the tree, with a budget.
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "hub/notifications/expr/access.h"
#include "hub/notifications/expr/functions.h"
#include "hub/notifications/expr/node.h"
#include "hub/notifications/expr/program.h"

namespace spokelab::hub::expr {

namespace {

class Evaluator {
 public:
  Evaluator(const Environment& environment, std::string_view source)
      : environment_(environment), source_(source) {}

  Result<Value> run(const Node& root) {
    auto value = of(root);
    if (error_) return *error_;
    return value;
  }

 private:
  using Type = Node::Type;

  Value fail(const std::string& message, const Node& node, Errc code = Errc::bad_input) {
    if (!error_) error_ = Error(code, message + place(source_, node.at));
    return {};
  }

  Value checked(Result<Value> result, const Node& node) {
    if (!result) return fail(result.error().message(), node, result.error().code());
    return std::move(*result);
  }

  /// Whether evaluation goes on: no failure, and no `?.` that met nil.
  bool stopped() const { return error_ || broken_; }

  Value of(const Node& node) {
    if (stopped()) return {};
    if (++steps_ > kStepsMax)
      return fail(fmt::format("more than {} steps", kStepsMax), node, Errc::limit);
    switch (node.type) {
      case Type::literal:
        return node.value;
      case Type::identifier:
        return identifier(node.text);
      case Type::pointer:
        return *pointers_.back();
      case Type::unary:
        return unary(node);
      case Type::binary:
        return binary(node);
      case Type::ternary:
        return ternary(node);
      case Type::member:
        return member_of(node);
      case Type::chain: {
        auto value = of(*node.kids[0]);
        if (std::exchange(broken_, false)) return {};
        return value;
      }
      case Type::call:
        return node.method ? method(node) : call(node);
      case Type::list: {
        List items;
        for (const auto& kid : node.kids) items.push_back(of(*kid));
        return of_list(std::move(items));
      }
      case Type::map:
        return map(node);
    }
    return {};
  }

  Value identifier(const std::string& name) const {
    if (environment_.names == nullptr) return {};
    const auto hit = environment_.names->find(name);
    return hit == environment_.names->end() ? Value() : hit->second;
  }

  Value map(const Node& node) {
    Map entries;
    for (std::size_t i = 0; i + 1 < node.kids.size(); i += 2) {
      const auto key = of(*node.kids[i]);
      auto value = of(*node.kids[i + 1]);
      entries.insert_or_assign(print(key), std::move(value));
    }
    return of_map(std::move(entries));
  }

  std::optional<bool> truth(const Node& node) {
    const auto value = of(node);
    if (stopped()) return std::nullopt;
    if (const auto* yes = value.as<bool>()) return *yes;
    fail(fmt::format("interface conversion: interface {{}} is {}, not bool", type_name(value)),
         node);
    return std::nullopt;
  }

  Value unary(const Node& node) {
    if (node.text == "not") {
      const auto yes = truth(*node.kids[0]);
      return yes ? Value(!*yes) : Value();
    }
    auto value = of(*node.kids[0]);
    if (stopped()) return {};
    const bool minus = node.text == "-";
    if (const auto* whole = value.as<std::int64_t>()) {
      return minus ? Value(static_cast<std::int64_t>(-static_cast<std::uint64_t>(*whole))) : value;
    }
    if (const auto* real = value.as<double>()) return minus ? Value(-*real) : value;
    if (const auto* span = value.as<Nanos>()) return minus ? Value(Nanos(-span->count())) : value;
    return fail(fmt::format("invalid operation: {} {}", node.text, type_name(value)), node);
  }

  Value binary(const Node& node) {
    const auto& op = node.text;
    if (op == "and" || op == "&&" || op == "or" || op == "||") {
      const bool any = op == "or" || op == "||";
      const auto left = truth(*node.kids[0]);
      if (!left) return {};
      if (*left == any) return Value(any);
      const auto right = truth(*node.kids[1]);
      return right ? Value(*right) : Value();
    }
    auto left = of(*node.kids[0]);
    if (op == "??") {
      if (error_) return {};
      return left.is_nil() ? of(*node.kids[1]) : left;
    }
    const auto right = of(*node.kids[1]);
    if (stopped()) return {};
    return checked(operate(op, left, right), node);
  }

  Value ternary(const Node& node) {
    if (node.kids.size() == 2) {
      auto value = of(*node.kids[0]);
      const auto* yes = value.as<bool>();
      const bool given = yes != nullptr ? *yes : !value.is_nil();
      return given ? value : of(*node.kids[1]);
    }
    const auto yes = truth(*node.kids[0]);
    if (!yes) return {};
    return of(*node.kids[*yes ? 1 : 2]);
  }

  Value member_of(const Node& node) {
    const auto object = of(*node.kids[0]);
    if (stopped()) return {};
    if (object.is_nil() && node.optional) {
      broken_ = true;
      return {};
    }
    const auto key = of(*node.kids[1]);
    if (stopped()) return {};
    if (is_list(object)) {
      const auto* at = key.as<std::int64_t>();
      if (at == nullptr) return cannot_fetch(object, key, node);
      const auto size = static_cast<std::int64_t>(*length(object));
      const auto n = *at < 0 ? size + *at : *at;
      if (n < 0 || n >= size) {
        return fail(fmt::format("index out of range: {} (array length is {})", *at, size), node);
      }
      return element(object, static_cast<std::size_t>(n));
    }
    const auto* name = key.as<std::string>();
    if (name != nullptr && is_map(object)) return member(object, *name).value_or(Value());
    const auto* module = object.as<Module>();
    if (name != nullptr && module != nullptr) return module_member(*module, *name);
    return cannot_fetch(object, key, node);
  }

  Value cannot_fetch(const Value& object, const Value& key, const Node& node) {
    return fail(fmt::format("cannot fetch {} from {}", print(key), type_name(object)), node);
  }

  Value method(const Node& node) {
    const auto object = of(*node.kids[0]);
    if (stopped()) return {};
    if (object.is_nil() && node.optional) {
      broken_ = true;
      return {};
    }
    List arguments;
    for (std::size_t i = 1; i < node.kids.size(); ++i) arguments.push_back(of(*node.kids[i]));
    if (stopped()) return {};
    return checked(call_method(object, node.text, arguments, environment_.now), node);
  }

  Value call(const Node& node) {
    const auto& function = *find_function(node.text);
    if (function.closure) return closure(node);
    List arguments;
    for (const auto& kid : node.kids) arguments.push_back(of(*kid));
    if (stopped()) return {};
    return checked(function.run(arguments, environment_.now), node);
  }

  /// Asks the second argument about each element of the first.
  Value closure(const Node& node) {
    const auto& name = node.text;
    const auto list = of(*node.kids[0]);
    if (stopped()) return {};
    if (!is_list(list)) {
      return fail(fmt::format("builtin {} takes only array (got {})", name, type_name(list)), node);
    }
    List kept;
    std::int64_t holds = 0;
    const auto size = *length(list);
    for (std::size_t i = 0; i < size; ++i) {
      const auto one = element(list, i);
      pointers_.push_back(&one);
      if (name == "map") {
        auto value = of(*node.kids[1]);
        pointers_.pop_back();
        if (stopped()) return {};
        kept.push_back(std::move(value));
        continue;
      }
      std::optional<bool> yes;
      if (node.kids.size() > 1) {
        yes = truth(*node.kids[1]);
      } else if (const auto* itself = one.as<bool>()) {
        yes = *itself;  // count(list) of booleans
      } else {
        fail(fmt::format("builtin {} needs a predicate for {}", name, type_name(one)), node);
      }
      pointers_.pop_back();
      if (!yes) return {};
      if (name == "all" && !*yes) return Value(false);
      if (!*yes) continue;
      if (name == "any") return Value(true);
      if (name == "none") return Value(false);
      if (name == "find") return one;
      if (name == "findIndex") return Value(static_cast<std::int64_t>(i));
      ++holds;
      if (name == "filter") kept.push_back(one);
    }
    if (name == "map" || name == "filter") return of_list(std::move(kept));
    if (name == "count") return Value(holds);
    if (name == "one") return Value(holds == 1);
    if (name == "find" || name == "findIndex") return {};
    return Value(name != "any");
  }

  const Environment& environment_;
  std::string_view source_;
  std::optional<Error> error_;
  bool broken_ = false;
  int steps_ = 0;
  std::vector<const Value*> pointers_;
};

}  // namespace

Result<Value> Program::run(const Environment& environment) const {
  return Evaluator(environment, source_).run(*root_);
}

}  // namespace spokelab::hub::expr
