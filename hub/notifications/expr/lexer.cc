#include "hub/notifications/expr/lexer.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "hub/gotemplate/text.h"
#include "hub/notifications/expr/node.h"

namespace spokelab::hub::expr {

namespace {

bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Result<std::vector<Token>> run() {
    for (;;) {
      skip_blanks();
      if (error_) return *error_;
      if (at_ >= source_.size()) break;
      next();
      if (error_) return *error_;
    }
    tokens_.push_back(Token{Token::Type::end, "", source_.size()});
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }

  void fail(std::string message, std::size_t at) {
    error_ = Error(Errc::bad_input, message + place(source_, at));
  }

  void add(Token::Type type, std::string text, std::size_t at) {
    tokens_.push_back(Token{type, std::move(text), at});
  }

  void skip_blanks() {
    for (;;) {
      const char c = peek();
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++at_;
      } else if (c == '/' && peek(1) == '/') {
        while (at_ < source_.size() && source_[at_] != '\n') ++at_;
      } else if (c == '/' && peek(1) == '*') {
        const auto end = source_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return fail("unclosed comment", at_);
        at_ = end + 2;
      } else {
        return;
      }
    }
  }

  void next() {
    const char c = peek();
    if (c == '\'' || c == '"') return quoted(c);
    if (c == '`') return raw();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (is_alpha(c) || static_cast<unsigned char>(c) >= 0x80) return word();
    symbol();
  }

  void quoted(char quote) {
    const auto start = at_++;
    // Go's rules for escapes; the quote of the other kind needs none.
    std::string literal = "\"";
    for (;;) {
      const char c = peek();
      if (at_ >= source_.size() || c == '\n') return fail("literal not terminated", start);
      ++at_;
      if (c == quote) break;
      if (c == '\\') {
        const char escaped = peek();
        ++at_;
        if (escaped == '\'') {
          literal += '\'';
        } else {
          literal += c;
          literal += escaped;
        }
      } else if (c == '"') {
        literal += "\\\"";
      } else {
        literal += c;
      }
    }
    literal += '"';
    auto text = gotemplate::go_unquote(literal);
    if (!text) return fail("invalid char escape", start);
    add(Token::Type::string, std::move(*text), start);
  }

  void raw() {
    const auto end = source_.find('`', at_ + 1);
    if (end == std::string_view::npos) return fail("literal not terminated", at_);
    add(Token::Type::string, std::string(source_.substr(at_ + 1, end - at_ - 1)), at_);
    at_ = end + 1;
  }

  void number() {
    const auto start = at_;
    const bool based = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X' || peek(1) == 'b' ||
                                         peek(1) == 'B' || peek(1) == 'o' || peek(1) == 'O');
    if (based) at_ += 2;
    while (is_digit(peek()) || peek() == '_' || (based && is_alpha(peek()))) ++at_;
    if (!based) {
      // `1..3` is a range.
      if (peek() == '.' && is_digit(peek(1))) {
        ++at_;
        while (is_digit(peek()) || peek() == '_') ++at_;
      }
      if (peek() == 'e' || peek() == 'E') {
        ++at_;
        if (peek() == '+' || peek() == '-') ++at_;
        while (is_digit(peek())) ++at_;
      }
    }
    if (is_alpha(peek())) {
      return fail(fmt::format("bad number syntax: \"{}\"", source_.substr(start, at_ - start + 1)),
                  start);
    }
    std::string text;
    for (const char c : source_.substr(start, at_ - start)) {
      if (c != '_') text += c;
    }
    add(Token::Type::number, std::move(text), start);
  }

  void word() {
    const auto start = at_;
    const auto goes_on = [](char c) {
      return is_alpha(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
    };
    while (goes_on(peek())) ++at_;
    std::string text(source_.substr(start, at_ - start));
    static constexpr std::array<std::string_view, 8> kWords{
        "not", "in", "and", "or", "matches", "contains", "startsWith", "endsWith"};
    bool op = false;
    for (const auto one : kWords) op = op || text == one;
    add(op ? Token::Type::op : Token::Type::identifier, std::move(text), start);
  }

  void symbol() {
    static constexpr std::array<std::string_view, 11> kPairs{"==", "!=", "<=", ">=", "&&", "||",
                                                             "?.", "??", "?:", "..", "**"};
    const auto two = source_.substr(at_, 2);
    for (const auto pair : kPairs) {
      // `a ?.5 : 1` is a ternary.
      if (two != pair || (pair == "?." && is_digit(peek(2)))) continue;
      add(Token::Type::op, std::string(pair), at_);
      at_ += 2;
      return;
    }
    static constexpr std::string_view kSingles = "+-*/%^<>!?:.,()[]{}#|;=";
    if (kSingles.find(peek()) == std::string_view::npos) {
      return fail(fmt::format("unrecognized character: '{}'", peek()), at_);
    }
    add(Token::Type::op, std::string(1, peek()), at_);
    ++at_;
  }

  std::string_view source_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
  std::optional<Error> error_;
};

}  // namespace

std::string place(std::string_view source, std::size_t at) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (const char c : source.substr(0, at)) {
    ++column;
    if (c == '\n') {
      ++line;
      column = 1;
    }
  }
  return fmt::format(" ({}:{})", line, column);
}

Result<std::vector<Token>> lex(std::string_view source) { return Lexer(source).run(); }

}  // namespace spokelab::hub::expr
