// The evaluator of text/template, with Go's rules for types, nil and errors.
#include "hub/gotemplate/evaluator.h"

#include <fmt/format.h>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/methods.h"

namespace spokelab::hub::gotemplate {

namespace {

/// Counts nested evaluations.
class Depth {
 public:
  Depth(int& depth) : depth_(depth) { ++depth_; }
  ~Depth() { --depth_; }

 private:
  int& depth_;
};

}  // namespace

Value Evaluator::fail(std::string_view message) {
  const std::string where =
      node_ == nullptr
          ? fmt::format("template: {}: {}", tree_->name, message)
          : fmt::format("template: {}: executing {} at <{}>: {}", tree_->location(*node_),
                        quote(tree_->name), to_text(*node_), message);
  const Errc code = runtime_.error_ ? runtime_.error_->code() : Errc::bad_input;
  runtime_.error_ = Error(code, where);
  return {};
}

void Evaluator::run(const Value& data) {
  vars_.emplace_back("$", data);
  walk_list(data, *tree_->root);
}

Evaluator::Flow Evaluator::walk_list(const Value& dot, const Node& list) {
  for (const auto& item : list.kids) {
    const Flow flow = walk(dot, *item);
    if (failed() || flow != Flow::go_on) return flow;
  }
  return Flow::go_on;
}

Evaluator::Flow Evaluator::walk(const Value& dot, const Node& node) {
  at(node);
  const Depth deeper(runtime_.depth_);
  if (!runtime_.spend(1) || runtime_.depth_ > runtime_.options_.depth_max) {
    if (!failed())
      runtime_.fail(fmt::format("nested deeper than {}", runtime_.options_.depth_max), Errc::limit);
    fail(runtime_.error_->message());
    return Flow::go_on;
  }
  switch (node.type) {
    case Node::Type::text:
      out_ += node.text;
      if (!runtime_.allow_bytes(out_.size())) fail(runtime_.error_->message());
      return Flow::go_on;
    case Node::Type::action: {
      const Value value = eval_pipeline(dot, *node.pipe);
      if (!failed() && node.pipe->declared.empty()) print_value(value);
      return Flow::go_on;
    }
    case Node::Type::list:
      return walk_list(dot, node);
    case Node::Type::if_:
    case Node::Type::with:
      return walk_branch(dot, node);
    case Node::Type::range:
      return walk_range(dot, node);
    case Node::Type::template_:
      walk_template(dot, node);
      return Flow::go_on;
    case Node::Type::break_:
      return Flow::break_;
    case Node::Type::continue_:
      return Flow::continue_;
    default:
      return Flow::go_on;
  }
}

void Evaluator::print_value(const Value& value) {
  // What fmt cannot print by its String method, since that is one of a pointer, an action can.
  if (value.is(Kind::object) && value.object().method_arity("String") == 0)
    out_ += value.object().call(runtime_, "String", {}).text();
  else if (value.is(Kind::string))
    out_ += value.text();
  else if (value.is_nil())
    out_ += "<no value>";
  else
    out_ += print(value);
  if (!runtime_.allow_bytes(out_.size())) fail(runtime_.error_->message());
}

Evaluator::Flow Evaluator::walk_branch(const Value& dot, const Node& node) {
  const std::size_t mark = vars_.size();
  const Value value = eval_pipeline(dot, *node.pipe);
  Flow flow = Flow::go_on;
  if (!failed()) {
    if (truth(value))
      flow = walk_list(node.type == Node::Type::with ? value : dot, *node.body);
    else if (node.other)
      flow = walk_list(dot, *node.other);
  }
  vars_.resize(mark);
  return flow;
}

bool Evaluator::iterate(const Node& node, const Value& index, const Value& item, std::size_t mark,
                        Flow& flow) {
  const auto& declared = node.pipe->declared;
  if (!declared.empty()) {
    const Value& first = declared.size() > 1 ? index : item;
    if (node.pipe->assigns) {
      set_variable(declared[0], first);
      if (declared.size() > 1) set_variable(declared[1], item);
    } else {
      vars_[mark - 1].second = item;
      if (declared.size() > 1) vars_[mark - 2].second = index;
    }
  }
  // A body may be empty: then nothing else counts its rounds.
  if (!runtime_.spend(1)) {
    fail(runtime_.error_->message());
    return false;
  }
  flow = walk_list(item, *node.body);
  vars_.resize(mark);
  return !failed() && flow != Flow::break_;
}

Evaluator::Flow Evaluator::walk_range(const Value& dot, const Node& node) {
  const std::size_t outer = vars_.size();
  Value value = eval_pipeline(dot, *node.pipe);
  if (!node.pipe->assigns && node.pipe->declared.size() == 2 && vars_.size() == outer + 2) {
    vars_[outer].second = value;
  }
  const std::size_t mark = vars_.size();
  if (!failed() && value.is(Kind::object)) {
    const Value inner = value.object().underlying();
    if (!inner.is(Kind::none)) value = inner;
  }
  Flow flow = Flow::go_on;
  bool ran = false;
  if (failed()) return flow;
  switch (value.kind()) {
    case Kind::none:
    case Kind::nil:
      break;
    case Kind::list: {
      const List& list = value.list();
      const bool boxed = list.of == List::Of::any;
      for (std::size_t i = 0; i < list.items.size(); ++i) {
        ran = true;
        const Value item = boxed ? list.items[i].as_boxed() : list.items[i];
        if (!iterate(node, Value::integer(static_cast<std::int64_t>(i)), item, mark, flow)) break;
      }
      break;
    }
    case Kind::map: {
      const bool boxed = value.map().of != Map::Of::string;
      const bool keyed = node.pipe->declared.size() > 1;
      // The body may change the map, but not what is iterated over.
      std::vector<std::pair<Value, Value>> entries;
      entries.reserve(value.map().entries.size());
      for (const auto& [key, item] : value.map().entries)
        entries.emplace_back(keyed ? Value(key) : Value(), boxed ? item.as_boxed() : item);
      for (const auto& [key, item] : entries) {
        ran = true;
        if (!iterate(node, key, item, mark, flow)) break;
      }
      break;
    }
    case Kind::bytes:
    case Kind::integer:
    case Kind::int64:
    case Kind::uint64: {
      const bool number = value.is_whole();
      if (number && node.pipe->declared.size() > 1) {
        fail(fmt::format("can't use {} to iterate over more than one variable", print(value)));
        return flow;
      }
      const std::int64_t end =
          number ? value.whole() : static_cast<std::int64_t>(value.text().size());
      for (std::int64_t i = 0; i < end; ++i) {
        ran = true;
        Value item = Value::integer(
            number ? i : static_cast<unsigned char>(value.text()[static_cast<std::size_t>(i)]));
        if (value.is(Kind::int64)) item = Value::int64(i);
        if (!iterate(node, Value::integer(i), item, mark, flow)) break;
      }
      break;
    }
    default:
      fail(fmt::format("range can't iterate over {}", print(value)));
      return flow;
  }
  vars_.resize(outer);
  if (!ran && node.other) return walk_list(dot, *node.other);
  return Flow::go_on;
}

void Evaluator::walk_template(const Value& dot, const Node& node) {
  const Tree* tree = runtime_.templates_->find(node.text);
  if (tree == nullptr) {
    fail(fmt::format("template {} not defined", quote(node.text)));
    return;
  }
  Value data;
  if (node.pipe) data = eval_pipeline(dot, *node.pipe);
  if (failed()) return;
  if (++runtime_.includes_ > runtime_.options_.include_depth_max) {
    runtime_.fail("", Errc::limit);
    fail(fmt::format("exceeded maximum template depth ({})", runtime_.options_.include_depth_max));
  } else {
    Evaluator(runtime_, *tree, out_).run(data);
  }
  --runtime_.includes_;
}

Value Evaluator::eval_pipeline(const Value& dot, const Node& pipe) {
  at(pipe);
  const Depth deeper(runtime_.depth_);
  if (!runtime_.spend(1) || runtime_.depth_ > runtime_.options_.depth_max) {
    if (!failed())
      runtime_.fail(fmt::format("nested deeper than {}", runtime_.options_.depth_max), Errc::limit);
    return fail(runtime_.error_->message());
  }
  Value value;
  bool first = true;
  for (const auto& command : pipe.kids) {
    value = eval_command(dot, *command, first ? nullptr : &value);
    if (failed()) return {};
    value.unbox();
    first = false;
  }
  for (const std::string& name : pipe.declared) {
    if (failed()) break;
    if (pipe.assigns)
      set_variable(name, value);
    else
      vars_.emplace_back(name, value);
  }
  return value;
}

bool Evaluator::not_a_function(const Node& node, const Args* args, const Value* final) {
  if ((args == nullptr || args->size() <= 1) && final == nullptr) return true;
  fail(fmt::format("can't give argument to non-function {}", to_text(node)));
  return false;
}

Value Evaluator::eval_command(const Value& dot, const Node& command, const Value* final) {
  const Node& first = *command.kids.front();
  const Args* args = &command.kids;
  switch (first.type) {
    case Node::Type::field:
      at(first);
      return eval_chain(dot, dot, first, args, final);
    case Node::Type::chain: {
      at(first);
      if (first.kids[0]->type == Node::Type::nil) {
        return fail(fmt::format("indirection through explicit nil in {}", to_text(first)));
      }
      const Value receiver = eval_arg(dot, 'a', *first.kids[0]);
      if (failed()) return {};
      return eval_chain(dot, receiver, first, args, final);
    }
    case Node::Type::identifier:
      return eval_function(dot, first, command, args, final);
    case Node::Type::pipe:
      if (!not_a_function(first, args, final)) return {};
      return eval_pipeline(dot, first);
    case Node::Type::variable: {
      at(first);
      const Value value = variable(first.text);
      if (failed()) return {};
      if (first.path.empty()) return not_a_function(first, args, final) ? value : Value();
      return eval_chain(dot, value, first, args, final);
    }
    default:
      break;
  }
  at(first);
  if (!not_a_function(first, args, final)) return {};
  switch (first.type) {
    case Node::Type::dot:
      return dot;
    case Node::Type::nil:
      return fail("nil is not a command");
    case Node::Type::number:
      if (first.literal.is(Kind::none)) return fail(fmt::format("{} overflows int", first.text));
      return first.literal;
    default:
      return first.literal;
  }
}

Value Evaluator::eval_chain(const Value& dot, const Value& receiver, const Node& node,
                            const Args* args, const Value* final) {
  Value at = receiver;
  for (std::size_t i = 0; i < node.path.size(); ++i) {
    const bool last = i + 1 == node.path.size();
    at = eval_field(dot, node, i, last ? args : nullptr, last ? final : nullptr, at);
    if (failed()) return {};
  }
  return at;
}

std::optional<std::vector<Value>> Evaluator::method_args(const Value& dot, const std::string& name,
                                                         std::string_view params, const Args* args,
                                                         const Value* final) {
  const std::size_t given = (args == nullptr ? 0 : args->size() - 1) + (final == nullptr ? 0 : 1);
  if (given != params.size()) {
    fail(fmt::format("wrong number of args for {}: want {} got {}", name, params.size(), given));
    return std::nullopt;
  }
  std::vector<Value> values;
  for (std::size_t i = 1; args != nullptr && i < args->size(); ++i) {
    values.push_back(eval_arg(dot, params[i - 1], *(*args)[i]));
    if (failed()) return std::nullopt;
  }
  if (final != nullptr) values.push_back(validate(*final, params.back()));
  if (failed()) return std::nullopt;
  return values;
}

Value Evaluator::method_result(const Node& node, const std::string& name, Value result) {
  at(node);
  if (!failed()) runtime_.spend(1 + 4 * weight_of(result));
  if (failed()) return fail(fmt::format("error calling {}: {}", name, runtime_.error_->message()));
  return result;
}

Value Evaluator::eval_field(const Value& dot, const Node& node, std::size_t part, const Args* args,
                            const Value* final, const Value& receiver) {
  const std::string& name = node.path[part];
  const bool has_args = (args != nullptr && args->size() > 1) || final != nullptr;
  if (const Method* method = find_method(receiver, name)) {
    auto values = method_args(dot, name, method->params, args, final);
    if (!values) return {};
    return method_result(node, name, method->run(runtime_, receiver, *values));
  }
  switch (receiver.kind()) {
    case Kind::none:
      if (runtime_.options_.missing_key == MissingKey::error) {
        return fail(fmt::format("nil data; no entry for key {}", quote(name)));
      }
      return {};
    case Kind::nil:
      return fail(fmt::format("nil pointer evaluating interface {{}}.{}", name));
    case Kind::map: {
      if (has_args) return fail(fmt::format("{} is not a method but has arguments", name));
      const Map& map = receiver.map();
      if (const Value* hit = map.find(name))
        return map.of == Map::Of::string ? *hit : hit->as_boxed();
      if (runtime_.options_.missing_key == MissingKey::error) {
        return fail(fmt::format("map has no entry for key {}", quote(name)));
      }
      if (runtime_.options_.missing_key == MissingKey::no_value) return {};
      return map.of == Map::Of::string ? Value("") : Value::nil().as_boxed();
    }
    case Kind::object: {
      const Object& object = receiver.object();
      const int arity = object.method_arity(name);
      if (arity >= 0) {
        const std::string params(static_cast<std::size_t>(arity), object.method_param(name));
        auto values = method_args(dot, name, params, args, final);
        if (!values) return {};
        return method_result(node, name, object.call(runtime_, name, std::move(*values)));
      }
      if (auto value = object.get(name)) {
        if (has_args)
          return fail(fmt::format("{} has arguments but cannot be invoked as function", name));
        return *value;
      }
      break;
    }
    default:
      break;
  }
  return fail(fmt::format("can't evaluate field {} in type {}", name,
                          receiver.boxed() ? "interface {}" : type_name(receiver)));
}

Value Evaluator::variable(std::string_view name) {
  for (auto at = vars_.rbegin(); at != vars_.rend(); ++at) {
    if (at->first == name) return at->second;
  }
  return fail(fmt::format("undefined variable: {}", name));
}

void Evaluator::set_variable(std::string_view name, Value value) {
  for (auto at = vars_.rbegin(); at != vars_.rend(); ++at) {
    if (at->first != name) continue;
    at->second = std::move(value);
    return;
  }
  fail(fmt::format("undefined variable: {}", name));
}

}  // namespace spokelab::hub::gotemplate
