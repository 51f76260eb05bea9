// Parses what stands within an action: declarations, commands, operands.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/gotemplate/function.h"
#include "hub/gotemplate/syntax/lexer.h"
#include "hub/gotemplate/tree.h"

namespace spokelab::hub::gotemplate {

/// Reads pipelines off the tokens of one file. The first mistake is kept; all else gives null then.
class PipelineParser {
 protected:
  using Type = Token::Type;
  using NodePtr = std::unique_ptr<Node>;

  PipelineParser(std::string_view name, std::shared_ptr<const std::string> source,
                 const FunctionTable& functions)
      : name_(name), source_(std::move(source)), functions_(functions), tokens_(lex(*source_)) {}

  /// Counts nested actions and pipelines.
  struct Nested {
    explicit Nested(PipelineParser& parser);
    ~Nested() { --parser.depth_; }
    PipelineParser& parser;
  };

  bool failed() const { return !message_.empty(); }
  NodePtr fail(std::string_view what);
  NodePtr unexpected(const Token& token, std::string_view context);
  NodePtr node(Node::Type type, std::size_t pos) { return std::make_unique<Node>(type, pos); }
  const Token& peek() const { return tokens_[at_]; }
  const Token& next() {
    last_ = at_;
    if (at_ + 1 < tokens_.size()) ++at_;
    return tokens_[last_];
  }
  void skip_space() {
    while (tokens_[at_].type == Type::space) next();
  }
  const Token& next_non_space() {
    skip_space();
    return next();
  }
  const Token& peek_non_space() {
    skip_space();
    last_ = at_;
    return peek();
  }
  bool expect(Type type, std::string_view context);
  void declarations(Node& pipe, std::string_view context);
  NodePtr pipeline(std::string_view context, Type end);
  void check_pipeline(const Node& pipe, std::string_view context);
  NodePtr command();
  NodePtr operand();
  NodePtr term();
  NodePtr number(const Token& token);

  std::string name_;
  std::shared_ptr<const std::string> source_;
  const FunctionTable& functions_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t last_ = 0;
  std::vector<std::string> vars_;
  std::string message_;
  int action_line_ = 0;
  int depth_ = 0;
};

}  // namespace spokelab::hub::gotemplate
