// The parser of text/template: tokens to trees.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/syntax/pipeline.h"
#include "hub/gotemplate/text.h"
#include "hub/gotemplate/tree.h"

namespace spokelab::hub::gotemplate {

namespace {

using Type = Token::Type;
using NodePtr = std::unique_ptr<Node>;

constexpr std::size_t kTokensMax = 1'000'000;

bool only_blanks(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

bool is_empty_tree(const Node& list) {
  for (const NodePtr& kid : list.kids) {
    if (kid->type != Node::Type::text || !only_blanks(kid->text)) return false;
  }
  return true;
}

/// What ended a list of nodes.
enum class Stop { end, else_plain, else_if, else_with, eof };

class Parser : PipelineParser {
 public:
  Parser(std::string_view name, std::shared_ptr<const std::string> source,
         const FunctionTable& functions)
      : PipelineParser(name, std::move(source), functions) {}

  Result<std::vector<TreeRef>> run() {
    if (tokens_.size() > kTokensMax) {
      return Error(Errc::limit,
                   fmt::format("template: {}:1: more than {} tokens", name_, kTokensMax));
    }
    trees_.push_back(nullptr);
    vars_ = {"$"};
    NodePtr root = node(Node::Type::list, 0);
    while (!failed() && peek().type != Type::eof) {
      if (peek().type == Type::left_delim) {
        const std::size_t start = at_;
        const int line = peek().line;
        next();
        if (next_non_space().type == Type::define) {
          action_line_ = line;
          definition();
          continue;
        }
        at_ = start;
      }
      Stop stop{};
      bool stopped = false;
      NodePtr item = text_or_action(stop, stopped);
      if (failed()) break;
      if (stopped)
        fail(stop == Stop::end ? "unexpected {{end}}" : "unexpected {{else}}");
      else if (item)
        root->kids.push_back(std::move(item));
    }
    for (const TreeRef& other : trees_) {
      if (other && other->name == name_ && !other->empty && !failed() && !is_empty_tree(*root))
        fail(fmt::format("template: multiple definition of template {}", quote(name_)));
    }
    if (failed()) return Error(Errc::bad_input, message_);
    trees_.front() = tree(std::string(name_), std::move(root));
    return std::move(trees_);
  }

 private:
  TreeRef tree(std::string name, NodePtr root) {
    auto out = std::make_shared<Tree>();
    out->name = std::move(name);
    out->parse_name = name_;
    out->source = source_;
    out->empty = is_empty_tree(*root);
    out->root = std::move(root);
    return out;
  }

  NodePtr text_or_action(Stop& stop, bool& stopped) {
    const Token& token = next_non_space();
    if (token.type == Type::text) {
      NodePtr out = node(Node::Type::text, token.pos);
      out->text = token.text;
      return out;
    }
    if (token.type == Type::left_delim) {
      action_line_ = token.line;
      NodePtr out = action(stop, stopped);
      if (!failed()) action_line_ = 0;
      return out;
    }
    return unexpected(token, "input");
  }

  NodePtr action(Stop& stop, bool& stopped) {
    const Nested nested(*this);
    if (failed()) return nullptr;
    const std::size_t start = at_;
    const Token& token = next_non_space();
    switch (token.type) {
      case Type::block:
        return block();
      case Type::break_:
      case Type::continue_:
        return jump(token);
      case Type::else_: {
        stopped = true;
        const Token& after = peek_non_space();
        stop = after.type == Type::if_    ? Stop::else_if
               : after.type == Type::with ? Stop::else_with
                                          : Stop::else_plain;
        if (stop == Stop::else_plain) expect(Type::right_delim, "else");
        return nullptr;
      }
      case Type::end:
        stopped = true;
        stop = Stop::end;
        expect(Type::right_delim, "end");
        return nullptr;
      case Type::if_:
        return control(Node::Type::if_, "if");
      case Type::range:
        return control(Node::Type::range, "range");
      case Type::with:
        return control(Node::Type::with, "with");
      case Type::template_:
        return template_call();
      default:
        break;
    }
    at_ = start;
    skip_space();
    NodePtr out = node(Node::Type::action, peek().pos);
    out->pipe = pipeline("command", Type::right_delim);
    return out;
  }
  NodePtr jump(const Token& word) {
    const std::size_t pos = word.pos;
    const bool is_break = word.type == Type::break_;
    const Token& token = next_non_space();
    if (token.type != Type::right_delim)
      return unexpected(token, is_break ? "{{break}}" : "{{continue}}");
    if (range_depth_ == 0) {
      return fail(is_break ? "{{break}} outside {{range}}" : "{{continue}} outside {{range}}");
    }
    return node(is_break ? Node::Type::break_ : Node::Type::continue_, pos);
  }

  /// Items up to an end or else.
  NodePtr item_list(Stop& stop) {
    NodePtr list = node(Node::Type::list, peek_non_space().pos);
    while (!failed()) {
      if (peek_non_space().type == Type::eof) return fail("unexpected EOF");
      bool stopped = false;
      NodePtr item = text_or_action(stop, stopped);
      if (failed()) return nullptr;
      if (stopped) return list;
      if (item) list->kids.push_back(std::move(item));
    }
    return nullptr;
  }

  NodePtr control(Node::Type type, std::string_view context) {
    const std::size_t scope = vars_.size();
    NodePtr out = node(type, 0);
    out->pipe = pipeline(context, Type::right_delim);
    if (failed()) return nullptr;
    out->pos = out->pipe->pos;
    if (type == Node::Type::range) ++range_depth_;
    Stop stop{};
    out->body = item_list(stop);
    if (type == Node::Type::range) --range_depth_;
    if (failed()) return nullptr;
    if (stop != Stop::end) rest_of_control(*out, type, stop);
    vars_.resize(scope);
    return failed() ? nullptr : std::move(out);
  }
  void rest_of_control(Node& out, Node::Type type, Stop stop) {
    const bool chained = (stop == Stop::else_if && type == Node::Type::if_) ||
                         (stop == Stop::else_with && type == Node::Type::with);
    if (chained) {
      const Nested nested(*this);
      const Token& word = next_non_space();
      out.other = node(Node::Type::list, word.pos);
      NodePtr inner = control(type, type == Node::Type::if_ ? "if" : "with");
      if (inner) out.other->kids.push_back(std::move(inner));
      return;
    }
    if (stop != Stop::else_plain) {
      unexpected(next_non_space(), "input");
      return;
    }
    Stop last{};
    out.other = item_list(last);
    if (!failed() && last != Stop::end) fail("expected end; found {{else}}");
  }

  std::optional<std::string> name_of(const Token& token, std::string_view context) {
    if (token.type != Type::string && token.type != Type::raw_string) {
      unexpected(token, context);
      return std::nullopt;
    }
    auto name = go_unquote(token.text);
    if (!name) fail("invalid syntax");
    return name;
  }
  NodePtr template_call() {
    const Token& token = next_non_space();
    NodePtr out = node(Node::Type::template_, token.pos);
    const auto name = name_of(token, "template clause");
    if (!name) return nullptr;
    out->text = *name;
    const std::size_t start = at_;
    if (next_non_space().type != Type::right_delim) {
      at_ = start;
      out->pipe = pipeline("template clause", Type::right_delim);
    }
    return out;
  }
  void add_definition(std::string name, NodePtr root) {
    TreeRef made = tree(name, std::move(root));
    for (TreeRef& other : trees_) {
      if (!other || other->name != name) continue;
      if (other->empty)
        other = std::move(made);
      else if (!made->empty)
        fail(fmt::format("template: multiple definition of template {}", quote(name)));
      return;
    }
    trees_.push_back(std::move(made));
  }
  /// The body of a define or block: its own variables, up to its end.
  void body_of(std::string name, std::string_view context) {
    const Nested nested(*this);
    if (failed()) return;
    std::vector<std::string> outer = std::exchange(vars_, {"$"});
    const int depth = std::exchange(range_depth_, 0);
    Stop stop{};
    NodePtr root = item_list(stop);
    vars_ = std::move(outer);
    range_depth_ = depth;
    if (failed()) return;
    if (stop != Stop::end) {
      fail(fmt::format("unexpected {{{{else}}}} in {}", context));
      return;
    }
    add_definition(std::move(name), std::move(root));
  }
  void definition() {
    const auto name = name_of(next_non_space(), "define clause");
    if (!name || !expect(Type::right_delim, "define clause")) return;
    body_of(*name, "define clause");
    action_line_ = 0;
  }
  NodePtr block() {
    const Token& token = next_non_space();
    NodePtr out = node(Node::Type::template_, token.pos);
    const auto name = name_of(token, "block clause");
    if (!name) return nullptr;
    out->text = *name;
    out->pipe = pipeline("block clause", Type::right_delim);
    if (failed()) return nullptr;
    body_of(*name, "block clause");
    return out;
  }

  std::vector<TreeRef> trees_;
  int range_depth_ = 0;
};

}  // namespace

Result<std::vector<TreeRef>> parse(std::string_view name, std::shared_ptr<const std::string> text,
                                   const FunctionTable& functions) {
  return Parser(name, std::move(text), functions).run();
}

}  // namespace spokelab::hub::gotemplate
