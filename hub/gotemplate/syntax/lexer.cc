// The lexer of text/template.
#include "hub/gotemplate/syntax/lexer.h"

#include <fmt/format.h>

#include <array>

#include "hub/gotemplate/format.h"
#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate {

namespace {

using Type = Token::Type;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_word(char32_t c) { return c == '_' || is_letter(c) || is_digit(c); }

class Lexer {
 public:
  explicit Lexer(std::string_view input) : input_(input) {}

  std::vector<Token> run() {
    while (!done_) inside_ ? action() : text();
    return std::move(tokens_);
  }

 private:
  void emit(Type type, std::size_t from) {
    Token token{type, from, line_, std::string(input_.substr(from, at_ - from))};
    if (type == Type::text || type == Type::raw_string || type == Type::space) {
      for (const char c : token.text) line_ += c == '\n';
    }
    tokens_.push_back(std::move(token));
  }
  void error(std::string message) {
    tokens_.push_back(Token{Type::error, at_, line_, std::move(message)});
    done_ = true;
  }
  void count_lines(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) line_ += input_[i] == '\n';
  }
  bool right_trim_marker(std::size_t at) const {
    return at + 1 < input_.size() && is_blank(input_[at]) && input_[at + 1] == '-';
  }
  bool starts(std::size_t at, std::string_view what) const {
    return input_.substr(std::min(at, input_.size())).starts_with(what);
  }

  void text() {
    const std::size_t open = input_.find("{{", at_);
    if (open == std::string_view::npos) {
      const std::size_t from = at_;
      at_ = input_.size();
      if (at_ > from) emit(Type::text, from);
      emit(Type::eof, at_);
      done_ = true;
      return;
    }
    const bool trim =
        open + 3 < input_.size() && input_[open + 2] == '-' && is_blank(input_[open + 3]);
    std::size_t end = open;
    if (trim) {
      while (end > at_ && is_blank(input_[end - 1])) --end;
    }
    const std::size_t from = at_;
    at_ = end;
    if (end > from) emit(Type::text, from);
    count_lines(end, open);
    at_ = open + 2;
    const std::size_t after = at_ + (trim ? 2 : 0);
    if (starts(after, "/*")) return comment(after);
    emit(Type::left_delim, open);
    if (trim) count_lines(at_, after);
    at_ = after;
    inside_ = true;
    parens_ = 0;
  }
  void comment(std::size_t from) {
    const std::size_t close = input_.find("*/", from + 2);
    if (close == std::string_view::npos) return error("unclosed comment");
    at_ = close + 2;
    const bool trim = right_trim_marker(at_) && starts(at_ + 2, "}}");
    if (!trim && !starts(at_, "}}")) return error("comment ends before closing delimiter");
    count_lines(from, at_);
    at_ += trim ? 4 : 2;
    if (trim) skip_blanks();
  }
  void skip_blanks() {
    while (at_ < input_.size() && is_blank(input_[at_])) line_ += input_[at_++] == '\n';
  }
  void right_delim(bool trim) {
    if (trim) {
      line_ += input_[at_] == '\n';
      at_ += 2;
    }
    const std::size_t from = at_;
    at_ += 2;
    emit(Type::right_delim, from);
    if (trim) skip_blanks();
    inside_ = false;
  }
  void action() {
    const bool trim = right_trim_marker(at_) && starts(at_ + 2, "}}");
    if (trim || starts(at_, "}}")) {
      if (parens_ == 0) return right_delim(trim);
      return error("unclosed left paren");
    }
    if (at_ >= input_.size()) return error("unclosed action");
    const std::size_t from = at_;
    const char c = input_[at_];
    if (is_blank(c)) return space();
    if (c == '"' || c == '\'') return quoted(c);
    if (c == '`') return raw();
    if (c == '$') return field_or_variable(Type::variable);
    // A dot at the very end counts as a number, as it does in Go.
    const char next = at_ + 1 < input_.size() ? input_[at_ + 1] : '0';
    if (c == '.' && (next < '0' || next > '9')) return field_or_variable(Type::field);
    if (c == '.' || c == '+' || c == '-' || (c >= '0' && c <= '9')) return number();
    const char32_t rune = decode_rune(input_, at_);
    if (is_word(rune)) return identifier();
    at_ += rune_width(input_, at_);
    switch (c) {
      case '=':
        return emit(Type::assign, from);
      case '|':
        return emit(Type::pipe, from);
      case '(':
        ++parens_;
        return emit(Type::left_paren, from);
      case ')':
        if (--parens_ < 0) return error("unexpected right paren");
        return emit(Type::right_paren, from);
      case ':':
        if (!starts(at_, "=")) return error("expected :=");
        ++at_;
        return emit(Type::declare, from);
      default:
        break;
    }
    if (rune > ' ' && rune < 0x7F) return emit(Type::character, from);
    error("unrecognized character in action: " + shown(rune));
  }
  static std::string shown(char32_t rune) {
    std::string text;
    append_rune(text, rune);
    return is_go_printable(rune)
               ? fmt::format("U+{:04X} '{}'", static_cast<std::uint32_t>(rune), text)
               : fmt::format("U+{:04X}", static_cast<std::uint32_t>(rune));
  }
  void space() {
    const std::size_t from = at_;
    while (at_ < input_.size() && is_blank(input_[at_])) {
      if (right_trim_marker(at_) && starts(at_ + 2, "}}")) break;
      ++at_;
    }
    if (at_ > from) emit(Type::space, from);
  }
  bool terminator() const {
    if (at_ >= input_.size() || starts(at_, "}}")) return true;
    return is_blank(input_[at_]) ||
           std::string_view(".,|:()").find(input_[at_]) != std::string_view::npos;
  }
  void bad_character() { error("bad character " + shown(decode_rune(input_, at_))); }
  void skip_word() {
    while (at_ < input_.size() && is_word(decode_rune(input_, at_))) at_ += rune_width(input_, at_);
  }
  void identifier() {
    const std::size_t from = at_;
    skip_word();
    if (!terminator()) return bad_character();
    const std::string_view word = input_.substr(from, at_ - from);
    constexpr std::array<std::pair<std::string_view, Type>, 13> kWords = {
        {{"block", Type::block},
         {"break", Type::break_},
         {"continue", Type::continue_},
         {"define", Type::define},
         {"else", Type::else_},
         {"end", Type::end},
         {"if", Type::if_},
         {"nil", Type::nil},
         {"range", Type::range},
         {"template", Type::template_},
         {"with", Type::with},
         {"true", Type::boolean},
         {"false", Type::boolean}}};
    for (const auto& [name, type] : kWords) {
      if (word == name) return emit(type, from);
    }
    emit(Type::identifier, from);
  }
  void field_or_variable(Type type) {
    const std::size_t from = at_++;
    if (terminator()) return emit(type == Type::variable ? type : Type::dot, from);
    skip_word();
    if (!terminator()) return bad_character();
    emit(type, from);
  }
  void quoted(char mark) {
    const std::size_t from = at_++;
    for (; at_ < input_.size() && input_[at_] != '\n'; ++at_) {
      if (input_[at_] == '\\') {
        if (++at_ >= input_.size() || input_[at_] == '\n') break;
      } else if (input_[at_] == mark) {
        ++at_;
        return emit(mark == '"' ? Type::string : Type::char_constant, from);
      }
    }
    error(mark == '"' ? "unterminated quoted string" : "unterminated character constant");
  }
  void raw() {
    const std::size_t close = input_.find('`', at_ + 1);
    if (close == std::string_view::npos) return error("unterminated raw quoted string");
    const std::size_t from = at_;
    at_ = close + 1;
    emit(Type::raw_string, from);
  }
  /// One number, and what may follow its digits.
  void number() {
    const std::size_t from = at_;
    bool good = digits();
    if (good && at_ < input_.size() && (input_[at_] == '+' || input_[at_] == '-'))
      good = digits() && input_[at_ - 1] == 'i';  // complex: 1+2i
    if (good) return emit(Type::number, from);
    error("bad number syntax: " + quote(input_.substr(from, at_ - from)));
  }
  bool digits() {
    const auto accept = [&](std::string_view set) {
      return at_ < input_.size() && set.find(input_[at_]) != std::string_view::npos ? (++at_, true)
                                                                                    : false;
    };
    accept("+-");
    std::string_view digits = "0123456789_";
    if (accept("0")) {
      if (accept("xX"))
        digits = "0123456789abcdefABCDEF_";
      else if (accept("oO"))
        digits = "01234567_";
      else if (accept("bB"))
        digits = "01_";
    }
    while (accept(digits)) {
    }
    if (accept(".")) {
      while (accept(digits)) {
      }
    }
    if (digits.size() == 11 && accept("eE")) {
      accept("+-");
      while (accept("0123456789_")) {
      }
    }
    if (digits.size() == 23 && accept("pP")) {
      accept("+-");
      while (accept("0123456789_")) {
      }
    }
    accept("i");
    if (at_ >= input_.size() || !is_word(decode_rune(input_, at_))) return true;
    at_ += rune_width(input_, at_);  // shown in the error
    return false;
  }

  std::string_view input_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int line_ = 1;
  int parens_ = 0;
  bool inside_ = false;
  bool done_ = false;
};

}  // namespace

std::vector<Token> lex(std::string_view input) { return Lexer(input).run(); }

}  // namespace spokelab::hub::gotemplate
