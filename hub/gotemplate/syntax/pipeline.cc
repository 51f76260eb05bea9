// Pipelines, commands and operands of text/template.
#include "hub/gotemplate/syntax/pipeline.h"

#include <fmt/format.h>

#include <algorithm>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/syntax/number.h"
#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate {

namespace {

constexpr int kNestingMax = 500;

std::string shown(const Token& token) {
  if (token.type == Token::Type::eof) return "EOF";
  if (token.type == Token::Type::error) return token.text;
  if (token.type >= Token::Type::block || token.type == Token::Type::dot)
    return "<" + token.text + ">";
  if (rune_count(token.text) > 10)
    return quote(token.text.substr(0, rune_offset(token.text, 10))) + "...";
  return quote(token.text);
}

}  // namespace

PipelineParser::Nested::Nested(PipelineParser& parser) : parser(parser) {
  if (++parser.depth_ > kNestingMax) parser.fail(fmt::format("nested deeper than {}", kNestingMax));
}

PipelineParser::NodePtr PipelineParser::fail(std::string_view what) {
  if (!failed()) {
    const int line = tokens_[last_].line;
    message_ = fmt::format("template: {}:{}: {}", name_, line, what);
  }
  return nullptr;
}

PipelineParser::NodePtr PipelineParser::unexpected(const Token& token, std::string_view context) {
  if (token.type == Type::error) {
    std::string extra;
    if (action_line_ != 0 && action_line_ != token.line) {
      extra = fmt::format(" in action started at {}:{}", name_, action_line_);
      if (token.text.ends_with(" action")) extra.erase(0, 10);
    }
    return fail(token.text + extra);
  }
  return fail(fmt::format("unexpected {} in {}", shown(token), context));
}

bool PipelineParser::expect(Type type, std::string_view context) {
  const Token& token = next_non_space();
  if (token.type != type) unexpected(token, context);
  return !failed();
}

void PipelineParser::declarations(Node& pipe, std::string_view context) {
  while (peek_non_space().type == Type::variable) {
    const std::size_t start = at_;
    const Token variable = next();
    const Token& after = peek_non_space();
    if (after.type == Type::assign || after.type == Type::declare) {
      pipe.assigns = after.type == Type::assign;
      next_non_space();
      pipe.declared.push_back(variable.text);
      vars_.push_back(variable.text);
      return;
    }
    if (after.type != Type::character || after.text != ",") {
      at_ = start;
      return;
    }
    next_non_space();
    pipe.declared.push_back(variable.text);
    vars_.push_back(variable.text);
    if (context != "range" || pipe.declared.size() >= 2) {
      fail(fmt::format("too many declarations in {}", context));
      return;
    }
    const Type second = peek_non_space().type;
    if (second != Type::variable && second != Type::right_delim && second != Type::right_paren) {
      fail("range can only initialize variables");
      return;
    }
  }
}

PipelineParser::NodePtr PipelineParser::pipeline(std::string_view context, Type end) {
  const Nested nested(*this);
  if (failed()) return nullptr;
  NodePtr pipe = node(Node::Type::pipe, peek_non_space().pos);
  declarations(*pipe, context);
  while (!failed()) {
    const std::size_t start = at_;
    const Token& token = next_non_space();
    if (token.type == end) {
      check_pipeline(*pipe, context);
      return failed() ? nullptr : std::move(pipe);
    }
    switch (token.type) {
      case Type::boolean:
      case Type::char_constant:
      case Type::dot:
      case Type::field:
      case Type::identifier:
      case Type::number:
      case Type::nil:
      case Type::raw_string:
      case Type::string:
      case Type::variable:
      case Type::left_paren:
        at_ = start;
        pipe->kids.push_back(command());
        break;
      default:
        return unexpected(token, context);
    }
  }
  return nullptr;
}

void PipelineParser::check_pipeline(const Node& pipe, std::string_view context) {
  if (pipe.kids.empty()) {
    fail(fmt::format("missing value for {}", context));
    return;
  }
  for (std::size_t i = 1; i < pipe.kids.size(); ++i) {
    switch (pipe.kids[i]->kids.front()->type) {
      case Node::Type::boolean:
      case Node::Type::dot:
      case Node::Type::nil:
      case Node::Type::number:
      case Node::Type::string:
        fail(fmt::format("non executable command in pipeline stage {}", i + 1));
        return;
      default:
        break;
    }
  }
}

PipelineParser::NodePtr PipelineParser::command() {
  NodePtr out = node(Node::Type::command, peek_non_space().pos);
  while (true) {
    skip_space();
    NodePtr part = operand();
    if (failed()) return nullptr;
    if (part) out->kids.push_back(std::move(part));
    const Token& token = peek();
    if (token.type == Type::space) {
      next();
      continue;
    }
    if (token.type == Type::right_delim || token.type == Type::right_paren) break;
    next();
    if (token.type == Type::pipe) break;
    return unexpected(token, "operand");
  }
  if (out->kids.empty()) return fail("empty command");
  return out;
}

PipelineParser::NodePtr PipelineParser::operand() {
  NodePtr out = term();
  if (!out || peek().type != Type::field) return out;
  const std::size_t pos = peek().pos;
  std::vector<std::string> names;
  while (peek().type == Type::field) names.push_back(next().text.substr(1));
  switch (out->type) {
    case Node::Type::field:
    case Node::Type::variable:
      out->path.insert(out->path.end(), names.begin(), names.end());
      out->pos = static_cast<std::uint32_t>(pos);
      return out;
    case Node::Type::boolean:
    case Node::Type::string:
    case Node::Type::number:
    case Node::Type::nil:
    case Node::Type::dot:
      return fail(fmt::format("unexpected . after term {}", quote(to_text(*out))));
    default:
      break;
  }
  NodePtr chain = node(Node::Type::chain, pos);
  chain->kids.push_back(std::move(out));
  chain->path = std::move(names);
  return chain;
}

PipelineParser::NodePtr PipelineParser::term() {
  const std::size_t start = at_;
  const Token& token = next_non_space();
  switch (token.type) {
    case Type::identifier: {
      NodePtr out = node(Node::Type::identifier, token.pos);
      out->text = token.text;
      out->function = functions_.find(token.text);
      if (out->function == nullptr)
        return fail(fmt::format("function {} not defined", quote(token.text)));
      return out;
    }
    case Type::dot:
      return node(Node::Type::dot, token.pos);
    case Type::nil:
      return node(Node::Type::nil, token.pos);
    case Type::variable: {
      if (std::find(vars_.begin(), vars_.end(), token.text) == vars_.end()) {
        return fail(fmt::format("undefined variable {}", quote(token.text)));
      }
      NodePtr out = node(Node::Type::variable, token.pos);
      out->text = token.text;
      return out;
    }
    case Type::field: {
      NodePtr out = node(Node::Type::field, token.pos);
      out->path.push_back(token.text.substr(1));
      return out;
    }
    case Type::boolean: {
      NodePtr out = node(Node::Type::boolean, token.pos);
      out->text = token.text;
      out->literal = Value(token.text == "true");
      return out;
    }
    case Type::char_constant:
    case Type::number:
      return number(token);
    case Type::left_paren:
      return pipeline("parenthesized pipeline", Type::right_paren);
    case Type::string:
    case Type::raw_string: {
      const auto text = go_unquote(token.text);
      if (!text) return fail("invalid syntax");
      NodePtr out = node(Node::Type::string, token.pos);
      out->text = token.text;
      out->literal = Value(*text);
      return out;
    }
    default:
      break;
  }
  at_ = start;
  return nullptr;
}

PipelineParser::NodePtr PipelineParser::number(const Token& token) {
  NodePtr out = node(Node::Type::number, token.pos);
  out->text = token.text;
  if (auto wrong = read_number(*out, token.type == Type::char_constant)) return fail(*wrong);
  return out;
}

}  // namespace spokelab::hub::gotemplate
