// Walks a parsed template by the rules of text/template.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/gotemplate/runtime.h"

namespace spokelab::hub::gotemplate {

/// One execution of one template: its variables, its dot, the node at work.
class Evaluator {
 public:
  Evaluator(Runtime& runtime, const Tree& tree, std::string& out)
      : runtime_(runtime), tree_(&tree), out_(out) {}
  void run(const Value& data);

 private:
  enum class Flow { go_on, break_, continue_ };
  using Args = std::vector<std::unique_ptr<Node>>;

  Flow walk(const Value& dot, const Node& node);
  Flow walk_list(const Value& dot, const Node& list);
  Flow walk_branch(const Value& dot, const Node& node);
  Flow walk_range(const Value& dot, const Node& node);
  bool iterate(const Node& node, const Value& index, const Value& item, std::size_t mark,
               Flow& flow);
  void walk_template(const Value& dot, const Node& node);
  void print_value(const Value& value);

  Value eval_pipeline(const Value& dot, const Node& pipe);
  Value eval_command(const Value& dot, const Node& command, const Value* final);
  Value eval_function(const Value& dot, const Node& identifier, const Node& command,
                      const Args* args, const Value* final);
  Value eval_logical(const Value& dot, const Function& function, const Args* args,
                     const Value* final);
  Value eval_chain(const Value& dot, const Value& receiver, const Node& node, const Args* args,
                   const Value* final);
  /// Part `part` of `node`'s path.
  Value eval_field(const Value& dot, const Node& node, std::size_t part, const Args* args,
                   const Value* final, const Value& receiver);
  /// The arguments of a method with these parameters; nothing when failed.
  std::optional<std::vector<Value>> method_args(const Value& dot, const std::string& name,
                                                std::string_view params, const Args* args,
                                                const Value* final);
  Value method_result(const Node& node, const std::string& name, Value result);
  /// Work that a text is to whoever reads it; to make it is four times as much.
  static std::int64_t weight_of(const Value& value);
  Value call_of_no_function(const Value& value, const Node* written);
  Value eval_arg(const Value& dot, char type, const Node& node);
  Value eval_literal_arg(char type, const Node& node);
  Value validate(Value value, char type);
  Value variable(std::string_view name);
  void set_variable(std::string_view name, Value value);
  bool not_a_function(const Node& node, const Args* args, const Value* final);
  Value fail(std::string_view message);
  void at(const Node& node) { node_ = &node; }
  bool failed() const { return runtime_.failed(); }

  Runtime& runtime_;
  const Tree* tree_;
  std::string& out_;
  const Node* node_ = nullptr;
  std::vector<std::pair<std::string_view, Value>> vars_;
};

}  // namespace spokelab::hub::gotemplate
