// A JSON parser that makes template values and words its errors as Go does.
#include "hub/gotemplate/read_json.h"

#include <fmt/format.h>

#include <cctype>
#include <optional>

#include "base/yaml_scalar.h"
#include "hub/gotemplate/format.h"
#include "hub/gotemplate/text.h"

namespace spokelab::hub::gotemplate {

namespace {

constexpr int kDepthMax = 500;
constexpr std::size_t kValuesMax = 1'000'000;

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  Result<Value> run() {
    Value out = value(0);
    if (!error_) {
      skip_blanks();
      if (at_ < text_.size()) unexpected("after top-level value");
    }
    if (error_) return *error_;
    return out;
  }

 private:
  void fail(std::string message, Errc code = Errc::bad_input) {
    if (!error_) error_ = Error(code, std::move(message));
  }
  void unexpected(std::string_view context, bool blank_refused = false) {
    // At the end Go tries a blank, which some states refuse with their own words.
    const bool ended = at_ >= text_.size();
    if (ended && !blank_refused) return fail("unexpected end of JSON input");
    const char c = ended ? ' ' : text_[at_];
    std::string rune;
    append_rune(rune, static_cast<unsigned char>(c));  // bytes count as Latin-1 there
    fail(fmt::format("invalid character {} {}", quote_rune(rune), context));
  }
  void skip_blanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n'))
      ++at_;
  }
  bool take(char c) { return at_ < text_.size() && text_[at_] == c ? (++at_, true) : false; }

  Value value(int depth) {
    skip_blanks();
    if (depth > kDepthMax || ++count_ > kValuesMax) {
      fail(fmt::format("JSON nested deeper than {}, or of more than {} values", kDepthMax,
                       kValuesMax),
           Errc::limit);
      return {};
    }
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    switch (c) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        ++at_;
        return Value(string());
      case 't':
        return word("true", Value(true));
      case 'f':
        return word("false", Value(false));
      case 'n':
        return word("null", Value::nil());
      default:
        break;
    }
    if (c == '-' || (c >= '0' && c <= '9')) return number();
    unexpected("looking for beginning of value");
    return {};
  }
  Value word(std::string_view word, Value value) {
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (i > 0 && !(at_ < text_.size() && text_[at_] == word[i])) {
        unexpected(fmt::format("in literal {} (expecting '{}')", word, word[i]), true);
        return {};
      }
      ++at_;
    }
    return value;
  }
  Value array(int depth) {
    ++at_;
    auto out = std::make_shared<List>();
    skip_blanks();
    if (take(']')) return out;
    while (true) {
      out->items.push_back(value(depth + 1));
      if (error_) return {};
      skip_blanks();
      if (take(']')) return out;
      if (!take(',')) {
        unexpected("after array element");
        return {};
      }
    }
  }
  Value object(int depth) {
    ++at_;
    auto out = std::make_shared<Map>();
    skip_blanks();
    if (take('}')) return out;
    while (true) {
      skip_blanks();
      if (!take('"')) {
        unexpected("looking for beginning of object key string");
        return {};
      }
      std::string key = string();
      skip_blanks();
      if (!error_ && !take(':')) unexpected("after object key");
      if (error_) return {};
      out->entries.insert_or_assign(std::move(key), value(depth + 1));
      if (error_) return {};
      skip_blanks();
      if (take('}')) return out;
      if (!take(',')) {
        unexpected("after object key:value pair");
        return {};
      }
    }
  }
  bool digits(std::string_view context) {
    const std::size_t from = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    if (at_ == from) unexpected(context, true);
    return at_ > from;
  }
  Value number() {
    const std::size_t from = at_;
    take('-');
    if (!take('0') && !digits("in numeric literal")) return {};
    if (take('.') && !digits("after decimal point in numeric literal")) return {};
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits("in exponent of numeric literal")) return {};
    }
    const std::string_view literal = text_.substr(from, at_ - from);
    const auto real = go_parse_float(literal);
    if (real) return Value(*real);
    fail(fmt::format("json: cannot unmarshal number {} into Go value of type float64", literal));
    return {};
  }
  std::optional<char32_t> hex4(std::size_t at) const {
    if (at + 4 > text_.size()) return std::nullopt;
    const auto value = go_parse_uint(text_.substr(at, 4), 16);
    return value ? std::optional(static_cast<char32_t>(*value)) : std::nullopt;
  }
  void escape(std::string& out) {
    constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    const std::size_t simple = kFrom.find(c);
    if (at_ < text_.size() && simple != std::string_view::npos) {
      ++at_;
      out += kTo[simple];
      return;
    }
    if (c != 'u') return unexpected("in string escape code", true);
    ++at_;
    const auto rune = hex4(at_);
    if (!rune) {
      while (at_ < text_.size() && std::isxdigit(static_cast<unsigned char>(text_[at_]))) ++at_;
      return unexpected("in \\u hexadecimal character escape", true);
    }
    at_ += 4;
    const bool high = *rune >= 0xD800 && *rune < 0xDC00;
    const auto low = high && text_.substr(std::min(at_, text_.size())).starts_with("\\u")
                         ? hex4(at_ + 2)
                         : std::nullopt;
    if (low && *low >= 0xDC00 && *low < 0xE000) {
      at_ += 6;
      return append_rune(out, 0x10000 + ((*rune - 0xD800) << 10) + (*low - 0xDC00));
    }
    append_rune(out, *rune);  // a lone surrogate becomes U+FFFD there
  }
  std::string string() {
    std::string out;
    while (true) {
      const std::size_t from = at_;
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
             static_cast<unsigned char>(text_[at_]) >= 0x20)
        ++at_;
      out += text_.substr(from, at_ - from);
      if (take('"')) break;
      if (!take('\\')) {
        unexpected("in string literal");
        return {};
      }
      escape(out);
      if (error_) return {};
    }
    return yaml::is_utf8(out) ? out : yaml::to_utf8(out);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<Value> read_json(std::string_view text) { return JsonReader(text).run(); }

}  // namespace spokelab::hub::gotemplate
