// Calling functions: their arguments, checked against the types of the parameters.
#include <fmt/format.h>

#include "hub/gotemplate/evaluator.h"
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/parameter.h"

namespace spokelab::hub::gotemplate {

Value Evaluator::eval_logical(const Value& dot, const Function& function, const Args* args,
                              const Value* final) {
  const bool stop_on = function.special == Function::Special::logical_or;
  Value value;
  for (std::size_t i = 1; args != nullptr && i < args->size(); ++i) {
    value = eval_arg(dot, 'v', *(*args)[i]);
    if (failed() || truth(value) == stop_on) return value;
  }
  return final == nullptr ? value : *final;
}

std::int64_t Evaluator::weight_of(const Value& value) {
  const bool text = value.is(Kind::string) || value.is(Kind::bytes);
  return text ? static_cast<std::int64_t>(value.text().size() / 256) : 0;
}

Value Evaluator::eval_function(const Value& dot, const Node& identifier, const Node& command,
                               const Args* args, const Value* final) {
  at(identifier);
  const Function& function = *identifier.function;
  const std::size_t written = args == nullptr ? 0 : args->size() - 1;
  const std::size_t given = written + (final == nullptr ? 0 : 1);
  const std::size_t declared = function.params.size();
  const std::size_t fixed = function.variadic ? declared - 1 : declared;
  if (function.variadic ? given < fixed : given != declared) {
    return fail(fmt::format("wrong number of args for {}: want {}{} got {}", function.name,
                            function.variadic ? "at least " : "", fixed,
                            function.variadic ? written : given));
  }
  if (function.special == Function::Special::logical_and ||
      function.special == Function::Special::logical_or)
    return eval_logical(dot, function, args, final);
  const auto type_of = [&](std::size_t i) {
    return i < fixed ? function.params[i] : function.params.back();
  };
  std::vector<Value> values;
  values.reserve(given);
  for (std::size_t i = 0; i < written; ++i) {
    values.push_back(eval_arg(dot, type_of(i), *(*args)[i + 1]));
    if (failed()) return {};
  }
  if (final != nullptr) {
    values.push_back(validate(*final, type_of(given - 1)));
    if (failed()) return {};
  }
  std::int64_t work = 1 + static_cast<std::int64_t>(given);
  for (const Value& value : values) work += weight_of(value);
  if (!runtime_.spend(work)) return fail(runtime_.error_->message());
  if (function.special == Function::Special::call) {
    at(command);
    return call_of_no_function(values[0], written == 0 ? nullptr : (*args)[1].get());
  }
  Call call{runtime_, values};
  Value result = function.run(call);
  if (!failed()) runtime_.spend(4 * weight_of(result));
  if (failed()) {
    at(command);
    return fail(fmt::format("error calling {}: {}", function.name, runtime_.error_->message()));
  }
  return result;
}

/// No value of a template is a function.
Value Evaluator::call_of_no_function(const Value& value, const Node* written) {
  if (value.is_nil()) return fail("error calling call: call of nil");
  const std::string shown = written != nullptr       ? to_text(*written)
                            : value.is(Kind::string) ? value.text()
                                                     : fmt::format("<{} Value>", type_name(value));
  return fail(
      fmt::format("error calling call: non-function {} of type {}", shown, type_name(value)));
}

Value Evaluator::eval_arg(const Value& dot, char type, const Node& node) {
  at(node);
  switch (node.type) {
    case Node::Type::dot:
      return validate(dot, type);
    case Node::Type::nil:
      if (can_be_nil(type)) return zero_of(type);
      return fail(fmt::format("cannot assign nil to {}", go_type_of(type)));
    case Node::Type::field: {
      Value value = eval_chain(dot, dot, node, nullptr, nullptr);
      return failed() ? Value() : validate(std::move(value), type);
    }
    case Node::Type::variable: {
      Value value = variable(node.text);
      if (!node.path.empty()) value = eval_chain(dot, value, node, nullptr, nullptr);
      return failed() ? Value() : validate(std::move(value), type);
    }
    case Node::Type::pipe: {
      Value value = eval_pipeline(dot, node);
      return failed() ? Value() : validate(std::move(value), type);
    }
    case Node::Type::identifier: {
      Value value = eval_function(dot, node, node, nullptr, nullptr);
      return failed() ? Value() : validate(std::move(value), type);
    }
    case Node::Type::chain: {
      if (node.kids[0]->type == Node::Type::nil) {
        return fail(fmt::format("indirection through explicit nil in {}", to_text(node)));
      }
      const Value receiver = eval_arg(dot, 'a', *node.kids[0]);
      if (failed()) return {};
      Value value = eval_chain(dot, receiver, node, nullptr, nullptr);
      return failed() ? Value() : validate(std::move(value), type);
    }
    default:
      return eval_literal_arg(type, node);
  }
}

Value Evaluator::eval_literal_arg(char type, const Node& node) {
  switch (type) {
    case 's':
      if (node.type == Node::Type::string) return node.literal;
      return fail(fmt::format("expected string; found {}", to_text(node)));
    case 'b':
      if (node.type == Node::Type::boolean) return node.literal;
      return fail(fmt::format("expected bool; found {}", to_text(node)));
    case 'i':
    case 'I':
      if (node.type == Node::Type::number && node.fits_int) {
        return type == 'i' ? Value::integer(node.whole) : Value::int64(node.whole);
      }
      return fail(fmt::format("expected integer; found {}", to_text(node)));
    case 'f':
      if (node.type == Node::Type::number && node.fits_real) return Value(node.real);
      return fail(fmt::format("expected float; found {}", to_text(node)));
    case 'l':
    case 'm':
    case 'o':
    case 't':
    case 'c':
    case 'V':
      return fail(
          fmt::format("can't handle {} for arg of type {}", to_text(node), go_type_of(type)));
    default:
      if (node.type == Node::Type::number && node.literal.is(Kind::none))
        return fail(fmt::format("{} overflows int", node.text));
      return node.literal;
  }
}

Value Evaluator::validate(Value value, char type) {
  if (value.is(Kind::none)) {
    if (can_be_nil(type)) return type == 'a' || type == 'v' ? Value() : zero_of(type);
    return fail(fmt::format("invalid value; expected {}", go_type_of(type)));
  }
  if (value.is(Kind::nil)) {
    if (type == 'a' || type == 'v') return value;
    return fail(
        fmt::format("wrong type for value; expected {}; got interface {{}}", go_type_of(type)));
  }
  if (!assignable(value, type)) {
    return fail(fmt::format("wrong type for value; expected {}; got {}", go_type_of(type),
                            type_name(value)));
  }
  // Go converts chartutil.Values when it hands it over as a plain map.
  return type == 'm' ? value.as_helm_values(false) : value;
}

}  // namespace spokelab::hub::gotemplate
