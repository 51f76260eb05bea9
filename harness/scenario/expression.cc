// Expressions: lexer, parser, evaluation in three values.
#include "harness/scenario/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/duration.h"
#include "harness/scenario/diagnostic.h"

namespace spokelab::harness {

enum class Op : std::uint8_t { equal, differs, less, at_most, more, at_least };

struct Expression::Node {
  enum class Kind : std::uint8_t { compare, both, either, negation };
  Kind kind = Kind::compare;
  std::vector<std::shared_ptr<const Node>> parts;
  std::vector<std::string> segments;
  Op op = Op::equal;
  bool absent = false;
  Value literal;
  std::vector<std::string> other;  ///< Compared with this value, where not empty.
};

namespace {

using Node = Expression::Node;
using NodeRef = std::shared_ptr<const Node>;

constexpr std::size_t kTextMax = 4096;
constexpr std::size_t kDepthMax = 50;
constexpr std::size_t kSegmentsMax = 40;

bool is_segment_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '*';
}
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool ends_word(char c) {
  return is_space(c) || c == '(' || c == ')' || c == '=' || c == '!' || c == '<' || c == '>' ||
         c == '&' || c == '|';
}

struct Token {
  enum class Kind : std::uint8_t { word, text, op, open, close, end };
  Kind kind = Kind::end;
  std::string text;
  std::size_t column = 0;
  std::size_t length = 1;
};

std::vector<std::string> split_words(std::string_view words) {
  std::vector<std::string> out;
  while (!words.empty()) {
    const auto end = words.find('|');
    out.emplace_back(words.substr(0, end));
    words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
  }
  return out;
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<ExpressionProblem>& problems)
      : text_(text), problems_(problems) {}

  NodeRef run() {
    if (!lex()) return nullptr;
    auto root = either();
    if (root != nullptr && peek().kind != Token::Kind::end) {
      const bool joins = peek().kind == Token::Kind::word || peek().kind == Token::Kind::open;
      problem(peek(), fmt::format("`{}` does not belong here", peek().text),
              joins ? "join conditions with `and` or `or`; quote texts with spaces" : "");
      return nullptr;
    }
    return root;
  }
  std::vector<NameUse> take_names() { return std::move(names_); }

 private:
  void problem(const Token& at, std::string message, std::string fix = "") {
    problems_.push_back({at.column, at.length, std::move(message), std::move(fix)});
  }

  bool lex() {
    std::size_t i = 0;
    while (i < text_.size()) {
      const char c = text_[i];
      if (is_space(c)) {
        ++i;
        continue;
      }
      Token token;
      token.column = i;
      if (c == '(' || c == ')') {
        token.kind = c == '(' ? Token::Kind::open : Token::Kind::close;
        token.text = c;
      } else if (ends_word(c)) {
        if (!lex_operator(token)) return false;
      } else if (!lex_word(token)) {
        return false;
      }
      i += token.length;
      tokens_.push_back(std::move(token));
    }
    Token end;
    end.column = text_.empty() ? 0 : text_.size() - 1;
    tokens_.push_back(std::move(end));
    return true;
  }

  bool lex_operator(Token& token) {
    const auto two = text_.substr(token.column, 2);
    token.kind = Token::Kind::op;
    const auto three = text_.substr(token.column, 3);
    if (two == "<>" || three == "===" || three == "!==") {
      token.length = two == "<>" ? 2 : 3;
      token.text = text_.substr(token.column, token.length);
      problem(token, fmt::format("`{}` is no operator here", token.text),
              three == "===" ? "write ==" : "write !=");
      return false;
    }
    token.length =
        two == "==" || two == "!=" || two == "<=" || two == ">=" || two == "&&" || two == "||" ? 2
                                                                                               : 1;
    token.text = two.substr(0, token.length);
    std::string fix;
    if (token.text == "=") fix = "write ==";
    if (token.text == "&&" || token.text == "&") fix = "write and";
    if (token.text == "||" || token.text == "|") fix = "write or";
    if (token.text == "!") fix = "write not";
    if (fix.empty()) return true;
    problem(token, fmt::format("`{}` is no operator here", token.text), fix);
    return false;
  }

  bool lex_word(Token& token) {
    std::size_t i = token.column;
    bool only_quoted = text_[i] == '"' || text_[i] == '\'';
    while (i < text_.size() && !ends_word(text_[i])) {
      const char c = text_[i];
      if (c != '"' && c != '\'') {
        only_quoted = false;
        ++i;
        continue;
      }
      const auto close = text_.find(c, i + 1);
      if (close == std::string_view::npos) {
        token.column = i;
        token.length = text_.size() - i;
        problem(token, "a quote is opened and never closed", fmt::format("close it with {}", c));
        return false;
      }
      i = close + 1;
      if (only_quoted && i < text_.size() && !ends_word(text_[i])) only_quoted = false;
    }
    token.length = i - token.column;
    token.kind = only_quoted ? Token::Kind::text : Token::Kind::word;
    token.text = text_.substr(token.column, token.length);
    if (only_quoted) token.text = token.text.substr(1, token.text.size() - 2);
    return true;
  }

  const Token& peek() const { return tokens_[next_]; }
  Token take() {
    const Token& token = tokens_[next_];
    if (token.kind != Token::Kind::end) ++next_;
    return token;
  }
  bool take_word(std::string_view word) {
    if (peek().kind != Token::Kind::word || peek().text != word) return false;
    ++next_;
    return true;
  }

  NodeRef joined(Node::Kind kind, std::string_view word, NodeRef (Parser::*part)()) {
    auto first = (this->*part)();
    if (first == nullptr || peek().kind != Token::Kind::word || peek().text != word) return first;
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->parts.push_back(std::move(first));
    while (take_word(word)) {
      auto more = (this->*part)();
      if (more == nullptr) return nullptr;
      node->parts.push_back(std::move(more));
    }
    return node;
  }
  NodeRef either() { return joined(Node::Kind::either, "or", &Parser::both); }
  NodeRef both() { return joined(Node::Kind::both, "and", &Parser::term); }

  NodeRef term() {
    if (++depth_ > kDepthMax) {
      problem(peek(), fmt::format("nested more than {} deep", kDepthMax),
              "split it in several expectations");
      return nullptr;
    }
    auto out = inner_term();
    --depth_;
    return out;
  }

  NodeRef inner_term() {
    if (take_word("not")) {
      auto inner = term();
      if (inner == nullptr) return nullptr;
      auto node = std::make_shared<Node>();
      node->kind = Node::Kind::negation;
      node->parts.push_back(std::move(inner));
      return node;
    }
    if (peek().kind == Token::Kind::open) {
      const auto open = take();
      auto inner = either();
      if (inner == nullptr) return nullptr;
      if (peek().kind != Token::Kind::close) {
        problem(open, "this parenthesis is not closed", "close it with )");
        return nullptr;
      }
      take();
      return inner;
    }
    return comparison();
  }

  NodeRef comparison() {
    const auto name = take();
    if (name.kind == Token::Kind::word && (name.text == "and" || name.text == "or")) {
      problem(name, fmt::format("a condition is missing before `{}`", name.text),
              "write for instance app.shop.health == Healthy");
      return nullptr;
    }
    if (name.kind != Token::Kind::word) {
      problem(name,
              name.kind == Token::Kind::end ? "the name of a value is missing"
                                            : fmt::format("`{}` is no name of a value", name.text),
              "write for instance app.shop.health == Healthy");
      return nullptr;
    }
    auto node = std::make_shared<Node>();
    const ValueName* value = nullptr;
    if (!read_name(name, *node, value)) return nullptr;
    if (peek().kind != Token::Kind::op) {
      if (value != nullptr && value->type == ValueType::boolean) {
        node->literal = Value::of_boolean(true);  // it says itself whether it holds
        return node;
      }
      if (value == nullptr) return nullptr;  // reported
      if (const auto* meant = operator_for(peek()); meant != nullptr) {
        problem(peek(), fmt::format("`{}` is no operator here", peek().text),
                fmt::format("write {}", meant));
        return nullptr;
      }
      problem(name, fmt::format("`{}` is compared with nothing", name.text),
              fmt::format("write {} == VALUE", name.text));
      return nullptr;
    }
    const auto op = take();
    node->op = operator_of(op.text);
    const auto literal = take();
    if (literal.kind != Token::Kind::word && literal.kind != Token::Kind::text) {
      problem(op, "the value to compare with is missing", "");
      return nullptr;
    }
    const auto* other = value_named(literal);
    if (value == nullptr && other != nullptr && !problems_.empty())
      problems_.back().fix =
          fmt::format("the name comes first: {} {} {}", literal.text, mirrored(op.text), name.text);
    if (value == nullptr) return node;
    if (other != nullptr) {
      read_other(*node, *value, *other, op, literal);
    } else {
      read_literal(*node, *value, op, literal);
    }
    return node;
  }

  /// The value that an unquoted word names; null when it is a literal.
  static const ValueName* value_named(const Token& token) {
    if (token.kind != Token::Kind::word || token.text.find('.') == std::string::npos)
      return nullptr;
    const auto segments = split_name(token.text);
    const bool empty = std::any_of(segments.begin(), segments.end(),
                                   [](const std::string& segment) { return segment.empty(); });
    return empty ? nullptr : match_value_name(segments).value;
  }

  /// What somebody who writes a word there wants to say; null for other words.
  static const char* operator_for(const Token& token) {
    if (token.kind != Token::Kind::word) return nullptr;
    for (const std::string_view word : {"is", "equals", "eq", "be", "in", "has", "contains"}) {
      if (token.text == word) return "==";
    }
    return token.text == "isnt" || token.text == "ne" ? "!=" : nullptr;
  }

  static std::string mirrored(std::string_view op) {
    std::string out(op);
    if (out[0] == '<' || out[0] == '>') out[0] = out[0] == '<' ? '>' : '<';
    return out;
  }

  /// A value that is compared with another one.
  void read_other(Node& node, const ValueName& value, const ValueName& other, const Token& op,
                  const Token& token) {
    Node right;
    const ValueName* again = nullptr;
    if (!read_name(token, right, again)) return;
    const auto open = [](const ValueName& one) {
      return one.pattern.substr(one.pattern.rfind('.') + 1) == "FIELD";
    };
    const bool any = open(value) || open(other);
    if (!any && value.type != other.type) {
      problem(token,
              fmt::format("`{}` is a {}, `{}` a {}", value.pattern, name_of(value.type),
                          other.pattern, name_of(other.type)),
              "compare values of one type");
      return;
    }
    const bool ordering = node.op != Op::equal && node.op != Op::differs;
    if (ordering && !any && (value.type == ValueType::text || value.type == ValueType::boolean)) {
      problem(op, fmt::format("`{}` has no order; it is compared with == or !=", value.pattern));
      return;
    }
    const auto stars = [](const std::vector<std::string>& segments) {
      return std::count_if(segments.begin(), segments.end(), [](const std::string& segment) {
        return segment.find('*') != std::string::npos;
      });
    };
    const bool whole =
        std::all_of(right.segments.begin(), right.segments.end(), [](const std::string& segment) {
          return segment == "*" || segment.find('*') == std::string::npos;
        });
    if (!whole || stars(right.segments) > stars(node.segments)) {
      problem(token, "a `*` on the right stands for what the one on the left has matched",
              "write as many of them on the left, and whole segments on the right");
      return;
    }
    node.other = std::move(right.segments);
  }

  static Op operator_of(std::string_view text) {
    if (text == "==") return Op::equal;
    if (text == "!=") return Op::differs;
    if (text == "<") return Op::less;
    if (text == "<=") return Op::at_most;
    if (text == ">") return Op::more;
    return Op::at_least;
  }

  bool read_name(const Token& token, Node& node, const ValueName*& value) {
    node.segments = split_name(token.text);
    bool in_quotes = false;
    char quote = 0;
    for (std::size_t i = 0; i < token.text.size(); ++i) {
      const char c = token.text[i];
      if (in_quotes ? c == quote : c == '"' || c == '\'') {
        in_quotes = !in_quotes;
        quote = c;
      } else if (!in_quotes && c != '.' && !is_segment_char(c)) {
        Token at = token;
        at.column += i;
        at.length = 1;
        // A character of several bytes is named as a whole.
        while (i + at.length < token.text.size() &&
               (static_cast<unsigned char>(token.text[i + at.length]) & 0xC0U) == 0x80U)
          ++at.length;
        problem(at, fmt::format("`{}` cannot stand in a name", token.text.substr(i, at.length)),
                "quote the segment: app.\"odd name\".health");
        return false;
      }
    }
    const bool empty = std::any_of(node.segments.begin(), node.segments.end(),
                                   [](const std::string& segment) { return segment.empty(); });
    if (empty || node.segments.size() > kSegmentsMax) {
      problem(token, fmt::format("`{}` is no name: {}", token.text,
                                 empty ? "a segment between two dots is empty"
                                       : "it has too many segments"));
      return false;
    }
    const auto match = match_value_name(node.segments);
    value = match.value;
    if (value == nullptr) {
      const bool has_path = node.segments.size() > 1;
      problem(
          token, fmt::format("there is no value `{}`", token.text),
          !has_path || match.suggestion.empty()
              ? "`spokelab explain values` lists them: app.APP.health, cluster.CLUSTER.owner, ..."
              : fmt::format("did you mean `{}`?", match.suggestion));
    }
    names_.push_back({node.segments, token.column, token.length, value});
    return true;
  }

  void read_literal(Node& node, const ValueName& value, const Token& op, const Token& literal) {
    const bool ordering = node.op != Op::equal && node.op != Op::differs;
    if (literal.kind == Token::Kind::word && literal.text == "absent") {
      node.absent = true;
      if (ordering) problem(op, "`absent` is compared with == or !=", "");
      return;
    }
    const bool open = value.pattern.substr(value.pattern.rfind('.') + 1) == "FIELD";
    auto type = value.type;
    if (open) type = type_of_plain(literal);
    if (ordering && (type == ValueType::text || type == ValueType::boolean)) {
      problem(op, fmt::format("`{}` has no order; it is compared with == or !=", value.pattern),
              "");
      return;
    }
    const auto read = read_typed(type, value, literal, node.literal);
    if (!read.empty()) problem(literal, read, fix_);
    fix_.clear();
  }

  static ValueType type_of_plain(const Token& literal) {
    if (literal.kind == Token::Kind::text) return ValueType::text;
    if (literal.text == "true" || literal.text == "false") return ValueType::boolean;
    const auto digits = literal.text.substr(literal.text[0] == '-' ? 1 : 0);
    const bool number = !digits.empty() && digits.size() < 18 &&
                        digits.find_first_not_of("0123456789") == std::string::npos;
    return number ? ValueType::number : ValueType::text;
  }

  /// Reads the literal as that type. Returns what is wrong, or nothing; the fix goes to fix_.
  std::string read_typed(ValueType type, const ValueName& value, const Token& literal, Value& out) {
    const auto& text = literal.text;
    switch (type) {
      case ValueType::text: {
        out = Value::of_text(text);
        const auto words = split_words(value.words);
        if (words.empty() || std::find(words.begin(), words.end(), text) != words.end()) return "";
        const auto near = nearest(text, words);
        fix_ = near.empty() ? fmt::format("it is one of {}", fmt::join(words, ", "))
                            : fmt::format("did you mean `{}`?", near);
        return fmt::format("`{}` is never `{}`", value.pattern, text);
      }
      case ValueType::number: {
        std::int64_t number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        out = Value::of_number(number);
        if (read.ec == std::errc() && read.ptr == text.data() + text.size()) return "";
        fix_ = "write a whole number";
        return fmt::format("`{}` is a number, `{}` is none", value.pattern, text);
      }
      case ValueType::share: {
        const auto share = parse_share(text);
        if (share) out = Value::of_share(*share);
        return share ? "" : without_fix(share.error().message());
      }
      case ValueType::duration: {
        const auto span = parse_span(text);
        if (span) out = Value::of_duration(*span);
        return span ? "" : without_fix(span.error().message());
      }
      case ValueType::boolean:
        out = Value::of_boolean(text == "true");
        if (text == "true" || text == "false") return "";
        fix_ = "write true or false";
        return fmt::format("`{}` is true or false, never `{}`", value.pattern, text);
    }
    return "";
  }

  /// "'100' has no unit; write 100%" in its two halves; the second goes to fix_.
  std::string without_fix(std::string message) {
    const auto cut = message.find("; ");
    if (cut == std::string::npos) return message;
    fix_ = message.substr(cut + 2);
    return message.substr(0, cut);
  }

  std::string_view text_;
  std::vector<ExpressionProblem>& problems_;
  std::vector<Token> tokens_;
  std::size_t next_ = 0;
  std::size_t depth_ = 0;
  std::string fix_;
  std::vector<NameUse> names_;
};

Truth from_bool(bool truth) { return truth ? Truth::yes : Truth::no; }

Truth negated(Truth truth) {
  if (truth == Truth::unknown) return truth;
  return truth == Truth::yes ? Truth::no : Truth::yes;
}

/// The name on the right of a comparison: its stars are what those on the left have matched.
std::string other_name(const Node& node, const std::string& left) {
  auto segments = node.other;
  std::vector<std::string> matched;
  const auto given = split_name(left);
  for (std::size_t i = 0; i < node.segments.size() && i < given.size(); ++i) {
    if (node.segments[i].find('*') != std::string::npos) matched.push_back(given[i]);
  }
  std::size_t next = 0;
  for (auto& segment : segments) {
    if (segment == "*" && next < matched.size()) segment = matched[next++];
  }
  return join_name(segments);
}

Truth compare(const Node& node, const std::optional<Value>& value,
              const std::optional<Value>& right) {
  if (node.absent) return from_bool(value.has_value() == (node.op == Op::differs));
  if (!value || !right) return Truth::unknown;
  if (value->type == ValueType::text || value->type != right->type) {
    if (node.op != Op::equal && node.op != Op::differs) return Truth::unknown;
    const bool equal = value->print() == right->print();
    return from_bool(equal == (node.op == Op::equal));
  }
  const auto a = value->number;
  const auto b = right->number;
  switch (node.op) {
    case Op::equal:
      return from_bool(a == b);
    case Op::differs:
      return from_bool(a != b);
    case Op::less:
      return from_bool(a < b);
    case Op::at_most:
      return from_bool(a <= b);
    case Op::more:
      return from_bool(a > b);
    case Op::at_least:
      return from_bool(a >= b);
  }
  return Truth::unknown;
}

/// Folds answers: under `all` one no decides, under `any` one yes does.
class Fold {
 public:
  explicit Fold(Quantifier quantifier)
      : decisive_(quantifier == Quantifier::all ? Truth::no : Truth::yes) {}
  void add(Truth truth) {
    if (truth == decisive_) decided_ = true;
    if (truth == Truth::unknown) unknown_ = true;
  }
  Truth result() const {
    if (decided_) return decisive_;
    return unknown_ ? Truth::unknown : negated(decisive_);
  }

 private:
  Truth decisive_;
  bool decided_ = false;
  bool unknown_ = false;
};

struct Reason {
  Truth truth;
  std::string text;
};

/// The reasons that agree with the result, at most three of them.
std::string because(const std::vector<Reason>& reasons, Truth result) {
  std::string out;
  std::size_t named = 0;
  std::size_t more = 0;
  for (const auto& reason : reasons) {
    if (reason.truth != result || reason.text.empty()) continue;
    if (named >= 3) {
      ++more;
      continue;
    }
    out += (named++ == 0 ? "" : ", ") + reason.text;
  }
  if (more > 0) out += fmt::format(", and {} more", more);
  return out;
}

bool has_star(const std::vector<std::string>& segments) {
  return std::any_of(segments.begin(), segments.end(), [](const std::string& segment) {
    return segment.find('*') != std::string::npos;
  });
}

Truth evaluate_leaf(const Node& node, const Values& values, Quantifier quantifier,
                    std::string* why) {
  std::vector<std::string> names;
  if (has_star(node.segments)) {
    names = values.expand(node.segments);
    if (names.empty()) {
      if (why != nullptr) *why = fmt::format("nothing matches {}", join_name(node.segments));
      return Truth::unknown;
    }
  } else {
    names.push_back(join_name(node.segments));
  }
  Fold fold(quantifier);
  std::vector<Reason> reasons;
  for (const auto& name : names) {
    const auto value = values.lookup(name);
    const auto other = node.other.empty() ? std::string() : other_name(node, name);
    const auto right = other.empty() ? std::optional<Value>(node.literal) : values.lookup(other);
    const auto truth = compare(node, value, right);
    fold.add(truth);
    if (why == nullptr) continue;
    const auto words = [](const std::string& of, const std::optional<Value>& one) {
      return of + " is " + (one ? one->print() : "absent");
    };
    reasons.push_back(
        {truth, words(name, value) + (other.empty() ? "" : ", " + words(other, right))});
  }
  if (why != nullptr) *why = because(reasons, fold.result());
  return fold.result();
}

Truth evaluate_node(const Node& node, const Values& values, Quantifier quantifier,
                    std::string* why) {
  if (node.kind == Node::Kind::compare) return evaluate_leaf(node, values, quantifier, why);
  if (node.kind == Node::Kind::negation) {
    const auto flipped = quantifier == Quantifier::all ? Quantifier::any : Quantifier::all;
    return negated(evaluate_node(*node.parts[0], values, flipped, why));
  }
  Fold fold(node.kind == Node::Kind::both ? Quantifier::all : Quantifier::any);
  std::vector<Reason> reasons;
  for (const auto& part : node.parts) {
    std::string text;
    const auto truth = evaluate_node(*part, values, quantifier, why == nullptr ? nullptr : &text);
    fold.add(truth);
    if (why != nullptr) reasons.push_back({truth, std::move(text)});
  }
  if (why != nullptr) *why = because(reasons, fold.result());
  return fold.result();
}

}  // namespace

std::string Value::print() const {
  switch (type) {
    case ValueType::text:
      return text;
    case ValueType::number:
      return std::to_string(number);
    case ValueType::duration:
      return exact_duration(Nanos(number));
    case ValueType::share:
      return format_share(Share{static_cast<std::uint32_t>(number)});
    case ValueType::boolean:
      return number != 0 ? "true" : "false";
  }
  return "";
}

std::string join_name(const std::vector<std::string>& segments) {
  std::string out;
  for (const auto& segment : segments) {
    if (!out.empty()) out += '.';
    const bool plain =
        !segment.empty() && std::all_of(segment.begin(), segment.end(), is_segment_char);
    const char quote = segment.find('"') == std::string::npos ? '"' : '\'';
    out += plain ? segment : quote + segment + quote;
  }
  return out;
}

std::vector<std::string> split_name(std::string_view name) {
  std::vector<std::string> out(1);
  char quote = 0;
  for (const char c : name) {
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (quote == 0 && c == '.') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

bool name_matches(const std::vector<std::string>& pattern, std::string_view name) {
  const auto segments = split_name(name);
  if (segments.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!matches(pattern[i], segments[i])) return false;
  }
  return true;
}

std::string_view name_of(Truth truth) noexcept {
  switch (truth) {
    case Truth::no:
      return "no";
    case Truth::yes:
      return "yes";
    case Truth::unknown:
      return "unknown";
  }
  return "unknown";
}

std::optional<Expression> Expression::parse(std::string_view text,
                                            std::vector<ExpressionProblem>& problems,
                                            std::vector<NameUse>* names) {
  if (text.size() > kTextMax) {
    problems.push_back(
        {0, 1, fmt::format("an expression may hold {} bytes", kTextMax), "split it"});
    return std::nullopt;
  }
  const auto before = problems.size();
  Parser parser(text, problems);
  auto root = parser.run();
  auto found = parser.take_names();
  if (names != nullptr) *names = found;
  if (root == nullptr || problems.size() > before) {
    SPOKELAB_CHECK(problems.size() > before);
    return std::nullopt;
  }
  return Expression(std::string(text), std::move(root), std::move(found));
}

Truth Expression::evaluate(const Values& values, Quantifier quantifier, std::string* why) const {
  return evaluate_node(*root_, values, quantifier, why);
}

std::vector<Nanos> Expression::spans() const {
  std::vector<Nanos> out;
  const auto walk = [&out](auto&& self, const Node& node) -> void {
    // Spans grow together: between two of them it matters only that one has begun.
    if (node.kind == Node::Kind::compare && !node.other.empty()) out.emplace_back(1);
    if (node.kind == Node::Kind::compare && !node.absent && node.other.empty() &&
        node.literal.type == ValueType::duration)
      out.emplace_back(node.literal.number);
    for (const auto& part : node.parts) self(self, *part);
  };
  walk(walk, *root_);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool Expression::concerns(std::string_view name) const {
  return std::any_of(names_.begin(), names_.end(),
                     [&](const NameUse& use) { return name_matches(use.segments, name); });
}

}  // namespace spokelab::harness
