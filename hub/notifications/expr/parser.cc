// Parsing: precedences as expr-lang has them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "hub/gotemplate/text.h"
#include "hub/notifications/expr/functions.h"
#include "hub/notifications/expr/lexer.h"
#include "hub/notifications/expr/node.h"
#include "hub/notifications/expr/program.h"

namespace spokelab::hub::expr {

namespace {

struct Binary {
  std::string_view op;
  int precedence;
  bool right = false;
};

constexpr std::array kBinary{
    Binary{"or", 10},       Binary{"||", 10},         Binary{"and", 15},      Binary{"&&", 15},
    Binary{"==", 20},       Binary{"!=", 20},         Binary{"<", 20},        Binary{">", 20},
    Binary{"<=", 20},       Binary{">=", 20},         Binary{"in", 20},       Binary{"matches", 20},
    Binary{"contains", 20}, Binary{"startsWith", 20}, Binary{"endsWith", 20}, Binary{"..", 25},
    Binary{"+", 30},        Binary{"-", 30},          Binary{"*", 60},        Binary{"/", 60},
    Binary{"%", 60},        Binary{"**", 100, true},  Binary{"^", 100, true}, Binary{"??", 500},
};

const Binary* binary(const Token& token) {
  if (token.type != Token::Type::op) return nullptr;
  const auto hit = std::find_if(kBinary.begin(), kBinary.end(),
                                [&](const Binary& one) { return one.op == token.text; });
  return hit == kBinary.end() ? nullptr : &*hit;
}

bool negatable(std::string_view op) {
  return op == "in" || op == "matches" || op == "contains" || op == "startsWith" ||
         op == "endsWith";
}

}  // namespace

/// After a failure the rest of the tokens is passed over, so that every loop ends.
class Parser {
 public:
  Parser(std::string_view source, std::vector<Token> tokens,
         std::set<std::string, std::less<>>& names)
      : source_(source), tokens_(std::move(tokens)), names_(names) {}

  Result<NodeRef> run() {
    auto root = expression(0);
    if (now().type != Token::Type::end) unexpected();
    if (error_) return *error_;
    return root;
  }

 private:
  using Type = Node::Type;

  const Token& now() const { return tokens_[next_]; }
  bool is(std::string_view op) const { return now().type == Token::Type::op && now().text == op; }
  /// Also true when nothing follows any more after a failure.
  bool closes(std::string_view op) { return error_ || take(op); }
  bool take(std::string_view op) {
    if (!is(op)) return false;
    ++next_;
    return true;
  }
  void expect(std::string_view op) {
    if (!take(op)) unexpected();
  }

  /// A node that stands for what could not be read.
  NodeRef fail(const std::string& message, std::size_t at, Errc code = Errc::bad_input) {
    if (!error_) error_ = Error(code, message + place(source_, at));
    next_ = tokens_.size() - 1;
    return std::make_unique<Node>(Type::literal, at);
  }

  NodeRef unexpected() {
    static constexpr std::array<std::string_view, 5> kTypes{"Identifier", "Number", "String",
                                                            "Operator", "EOF"};
    const auto& token = now();
    const bool op = token.type == Token::Type::op;
    if (op && (token.text == "|" || token.text == ";" || token.text == "=")) {
      return fail(fmt::format("`{}` is not supported in conditions here", token.text), token.at);
    }
    const auto type = kTypes[static_cast<std::size_t>(token.type)];
    return fail(token.type == Token::Type::end
                    ? std::string("unexpected token EOF")
                    : fmt::format("unexpected token {}(\"{}\")", type, token.text),
                token.at);
  }

  NodeRef make(Type type, std::size_t at, std::string text = "") {
    if (++nodes_ > kNodesMax) {
      fail(fmt::format("the expression has more than {} parts", kNodesMax), at, Errc::limit);
    }
    auto node = std::make_unique<Node>(type, at);
    node->text = std::move(text);
    return node;
  }

  NodeRef literal(Value value, std::size_t at) {
    auto node = make(Type::literal, at);
    node->value = std::move(value);
    return node;
  }

  struct Deeper {
    explicit Deeper(Parser& p) : parser(p) {
      if (++parser.depth_ > kDepthMax) {
        parser.fail(fmt::format("the expression is nested deeper than {}", kDepthMax),
                    parser.now().at, Errc::limit);
      }
    }
    ~Deeper() { --parser.depth_; }
    Parser& parser;
  };

  NodeRef expression(int precedence) {
    const Deeper deeper(*this);
    auto left = primary();
    for (;;) {
      const auto start = next_;
      const auto at = now().at;
      const bool negated = take("not");
      const auto* op = binary(now());
      if (op == nullptr || op->precedence < precedence || (negated && !negatable(op->op))) {
        next_ = start;
        break;
      }
      ++next_;
      auto node = make(Type::binary, at, std::string(op->op));
      auto right = expression(op->right ? op->precedence : op->precedence + 1);
      node->kids.push_back(std::move(left));
      node->kids.push_back(std::move(right));
      left = std::move(node);
      if (negated) left = unary("not", at, std::move(left));
    }
    return precedence == 0 ? ternary(std::move(left)) : std::move(left);
  }

  NodeRef ternary(NodeRef condition) {
    while (!error_ && (is("?") || is("?:"))) {
      const auto at = now().at;
      auto node = make(Type::ternary, at);
      if (take("?:")) {
        node->kids.push_back(std::move(condition));
        node->kids.push_back(expression(0));
      } else {
        expect("?");
        node->kids.push_back(std::move(condition));
        node->kids.push_back(expression(0));
        expect(":");
        node->kids.push_back(expression(0));
      }
      condition = std::move(node);
    }
    return condition;
  }

  NodeRef unary(std::string op, std::size_t at, NodeRef operand) {
    auto node = make(Type::unary, at, std::move(op));
    node->kids.push_back(std::move(operand));
    return node;
  }

  NodeRef primary() {
    const Deeper deeper(*this);
    const Token token = now();
    const auto at = token.at;
    if (take("not") || take("!")) return postfix(unary("not", at, expression(50)));
    if (take("-")) return postfix(unary("-", at, expression(90)));
    if (take("+")) return postfix(unary("+", at, expression(90)));
    if (take("(")) {
      auto inner = expression(0);
      expect(")");
      return postfix(std::move(inner));
    }
    if (take("[")) return postfix(list(at));
    if (take("{")) return postfix(map(at));
    if (is("#") || is(".")) {
      if (closures_ == 0) return unexpected();
      const bool hash = take("#");
      if (hash && now().type == Token::Type::identifier) {
        return fail(fmt::format("#{} is not supported in conditions here", now().text), at);
      }
      return postfix(make(Type::pointer, at));
    }
    switch (token.type) {
      case Token::Type::string:
        ++next_;
        return postfix(literal(Value(token.text), at));
      case Token::Type::number:
        ++next_;
        return number(token);
      case Token::Type::identifier:
        ++next_;
        return word(token.text, at);
      default:
        return unexpected();
    }
  }

  NodeRef number(const Token& token) {
    if (const auto whole = gotemplate::go_parse_int(token.text, 0))
      return literal(Value(*whole), token.at);
    if (const auto real = gotemplate::go_parse_float(token.text))
      return literal(Value(*real), token.at);
    return fail(fmt::format("invalid number \"{}\"", token.text), token.at);
  }

  NodeRef word(const std::string& text, std::size_t at) {
    if (text == "true" || text == "false") return literal(Value(text == "true"), at);
    if (text == "nil") return literal(Value(), at);
    if (text == "let" && now().type == Token::Type::identifier) {
      return fail("`let` is not supported in conditions here", at);
    }
    if (!is("(")) {
      names_.insert(text);
      return postfix(make(Type::identifier, at, text));
    }
    const auto* function = find_function(text);
    if (function == nullptr) {
      return fail(fmt::format("unknown function {}; known: {}", text, function_names()), at);
    }
    auto node = make(Type::call, at, text);
    arguments(*node, function->closure);
    const auto given = static_cast<int>(node->kids.size());
    if (given < function->least || given > function->most) {
      const auto* much = given < function->least ? "not enough" : "too many";
      return fail(fmt::format("{} arguments to call {}: {}", much, text, given), at);
    }
    return postfix(std::move(node));
  }

  /// Takes "(...)". With `closure`, every argument but the first is one.
  void arguments(Node& call, bool closure) {
    expect("(");
    while (!closes(")")) {
      if (call.kids.size() > (call.method ? 1U : 0U)) expect(",");
      if (closure && !call.kids.empty()) {
        ++closures_;
        const bool braces = take("{");
        call.kids.push_back(expression(0));
        if (braces) expect("}");
        --closures_;
      } else {
        call.kids.push_back(expression(0));
      }
    }
  }

  NodeRef list(std::size_t at) {
    auto node = make(Type::list, at);
    while (!closes("]")) {
      if (!node->kids.empty()) {
        expect(",");
        if (take("]")) break;
      }
      node->kids.push_back(expression(0));
    }
    return node;
  }

  NodeRef map(std::size_t at) {
    auto node = make(Type::map, at);
    while (!closes("}")) {
      if (!node->kids.empty()) {
        expect(",");
        if (take("}")) break;
      }
      const Token key = now();
      if (key.type == Token::Type::op && key.text == "(") {
        node->kids.push_back(expression(0));
      } else if (key.type == Token::Type::op || key.type == Token::Type::end) {
        unexpected();
      } else {
        ++next_;
        node->kids.push_back(literal(Value(key.text), key.at));
      }
      expect(":");
      node->kids.push_back(expression(0));
    }
    return node;
  }

  /// Members, indices and calls of methods, as many as follow.
  NodeRef postfix(NodeRef node) {
    bool optional_seen = false;
    const auto start = node->at;
    // A pointer's own dot, of `.name`, is still there.
    for (;;) {
      const auto at = now().at;
      const bool optional = is("?.");
      if (is(".") || optional) {
        ++next_;
        optional_seen = optional_seen || optional;
        if (optional && take("[")) {
          node = index(std::move(node), at, true);
          continue;
        }
        const Token name = now();
        // Words like `in` are names after a dot.
        const bool letters = name.text >= "a" && name.text < "{";
        const bool word =
            name.type == Token::Type::identifier || (name.type == Token::Type::op && letters);
        if (!word) return unexpected();
        ++next_;
        auto member = make(Type::member, name.at, "");
        member->optional = optional;
        if (is("(")) {
          auto call = make(Type::call, name.at, name.text);
          call->method = true;
          call->optional = optional;
          call->kids.push_back(std::move(node));
          arguments(*call, false);
          node = std::move(call);
          continue;
        }
        member->kids.push_back(std::move(node));
        member->kids.push_back(literal(Value(name.text), name.at));
        node = std::move(member);
      } else if (take("[")) {
        node = index(std::move(node), at, false);
      } else {
        break;
      }
    }
    if (!optional_seen) return node;
    auto chain = make(Type::chain, start);
    chain->kids.push_back(std::move(node));
    return chain;
  }

  NodeRef index(NodeRef of, std::size_t at, bool optional) {
    auto node = make(Type::member, at);
    node->optional = optional;
    node->kids.push_back(std::move(of));
    if (is(":")) return fail("slices are not supported in conditions here", now().at);
    node->kids.push_back(expression(0));
    if (is(":")) return fail("slices are not supported in conditions here", now().at);
    expect("]");
    return node;
  }

  std::string_view source_;
  std::vector<Token> tokens_;
  std::set<std::string, std::less<>>& names_;
  std::optional<Error> error_;
  std::size_t next_ = 0;
  std::size_t nodes_ = 0;
  int depth_ = 0;
  int closures_ = 0;
};

Result<Program> Program::parse(std::string_view source) {
  if (source.size() > kSourceBytesMax) {
    return Error(Errc::limit,
                 fmt::format("the expression is longer than {} bytes", kSourceBytesMax));
  }
  auto tokens = lex(source);
  if (!tokens) return tokens.error();
  Program program;
  program.source_ = source;
  auto root = Parser(source, std::move(*tokens), program.names_).run();
  if (!root) return root.error();
  program.root_ = std::move(*root);
  return program;
}

}  // namespace spokelab::hub::expr
