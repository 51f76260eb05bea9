// Go's fmt verbs and JSON, over template values.
#include "hub/gotemplate/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/base64.h"
#include "base/yaml_scalar.h"
#include "hub/gotemplate/text.h"
#include "hub/gotemplate/time_format.h"

namespace spokelab::hub::gotemplate {

namespace {

constexpr int kDepthMax = 200;
constexpr int kWidthMax = 1'000'000;

struct Flags {
  bool plus = false, minus = false, sharp = false, space = false, zero = false;
  int width = -1;
  int precision = -1;
};

std::string padded(std::string text, const Flags& flags, bool numeric) {
  const auto runes = static_cast<int>(rune_count(text));
  if (flags.width <= runes) return text;
  const auto gap = static_cast<std::size_t>(flags.width - runes);
  if (flags.minus) return text + std::string(gap, ' ');
  if (flags.zero) {
    const bool sign = numeric && !text.empty() && (text[0] == '-' || text[0] == '+');
    return text.insert(sign ? 1 : 0, gap, '0');
  }
  return std::string(gap, ' ') + text;
}

std::string digits_of(std::uint64_t value, int base, bool upper) {
  std::array<char, 66> buffer;
  const auto made = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, base);
  std::string out(buffer.data(), made.ptr);
  if (upper)
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

std::string format_real(double value, char verb, const Flags& flags) {
  std::string out;
  if (std::isnan(value) || std::isinf(value)) {
    out = std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
    if (out[0] == '+' && !flags.plus) out.erase(0, 1);
  } else if ((verb == 'v' && flags.precision < 0) ||
             ((verb == 'g' || verb == 'G') && flags.precision < 0)) {
    out = yaml::go_float(value);
  } else {
    const int precision = flags.precision < 0 ? 6 : std::min(flags.precision, 400);
    switch (verb) {
      case 'e':
        out = fmt::format("{:.{}e}", value, precision);
        break;
      case 'E':
        out = fmt::format("{:.{}E}", value, precision);
        break;
      case 'v':
      case 'g':
        out = fmt::format("{:.{}g}", value, precision);
        break;
      case 'G':
        out = fmt::format("{:.{}G}", value, precision);
        break;
      default:
        out = fmt::format("{:.{}f}", value, precision);
    }
  }
  if (flags.plus && out[0] != '-' && out[0] != '+')
    out.insert(0, "+");
  else if (flags.space && out[0] != '-')
    out.insert(0, " ");
  return padded(std::move(out), flags, true);
}

class Printer {
 public:
  std::string out;

  bool full() const { return out.size() >= kTextBytesMax; }

  void value(const Value& value, char verb, const Flags& flags, int depth) {
    if (full()) return;
    if (depth > kDepthMax) {
      out += "...";
      return;
    }
    switch (value.kind()) {
      case Kind::none:
      case Kind::nil:
        if (verb == 'v' || depth > 0) {
          out += padded("<nil>", flags, false);
        } else {
          out += fmt::format("%!{}(<nil>)", verb);
        }
        return;
      case Kind::boolean:
        if (verb != 'v' && verb != 't') return bad(value, verb);
        out += padded(value.boolean() ? "true" : "false", flags, false);
        return;
      case Kind::integer:
      case Kind::int64:
      case Kind::uint64:
        return whole(value, verb, flags);
      case Kind::real:
        if (std::string_view("veEfFgG").find(verb) == std::string_view::npos)
          return bad(value, verb);
        out += format_real(value.real(), verb, flags);
        return;
      case Kind::string:
        return string(value, value.text(), verb, flags);
      case Kind::bytes:
        if (verb == 'v' || verb == 'd') return bytes(value.text(), verb, flags);
        return string(value, value.text(), verb, flags);
      case Kind::list:
        return list(value.list(), verb, flags, depth);
      case Kind::map:
        return map(value.map(), verb, flags, depth);
      case Kind::time:
        return string(value, go_time_string(value.time()), verb == 'v' ? 's' : verb, flags);
      case Kind::object:
        return string(value, value.object().print(), verb == 'v' ? 's' : verb, flags);
    }
  }

 private:
  void bad(const Value& value, char verb) {
    out += fmt::format("%!{}({}=", verb, type_name(value));
    this->value(value, 'v', Flags{}, 1);
    out += ')';
  }
  void whole(const Value& value, char verb, const Flags& flags) {
    const std::int64_t number = value.whole();
    const bool negative = number < 0 && !value.is(Kind::uint64);
    const auto size =
        negative ? ~static_cast<std::uint64_t>(number) + 1 : static_cast<std::uint64_t>(number);
    std::string text;
    switch (verb) {
      case 'v':
      case 'd':
        text = digits_of(size, 10, false);
        break;
      case 'b':
        text = (flags.sharp ? "0b" : "") + digits_of(size, 2, false);
        break;
      case 'o':
        text = (flags.sharp ? "0" : "") + digits_of(size, 8, false);
        break;
      case 'O':
        text = "0o" + digits_of(size, 8, false);
        break;
      case 'x':
        text = (flags.sharp ? "0x" : "") + digits_of(size, 16, false);
        break;
      case 'X':
        text = (flags.sharp ? "0X" : "") + digits_of(size, 16, true);
        break;
      case 'c':
      case 'q':
      case 'U': {
        const char32_t rune = negative || size > 0x10FFFF ? 0xFFFD : static_cast<char32_t>(size);
        std::string shown;
        append_rune(shown, rune);
        if (verb == 'q')
          shown =
              "'" + (rune == '\'' ? "\\'" : quote(shown).substr(1, quote(shown).size() - 2)) + "'";
        if (verb == 'U') shown = fmt::format("U+{:04X}", size);
        out += padded(std::move(shown), flags, false);
        return;
      }
      default:
        return bad(value, verb);
    }
    if (flags.precision >= 0 && text.size() < static_cast<std::size_t>(flags.precision)) {
      text.insert(0, static_cast<std::size_t>(std::min(flags.precision, kWidthMax)) - text.size(),
                  '0');
    }
    if (negative)
      text.insert(0, "-");
    else if (flags.plus)
      text.insert(0, "+");
    else if (flags.space)
      text.insert(0, " ");
    out += padded(std::move(text), flags, true);
  }
  void string(const Value& value, std::string_view text, char verb, const Flags& flags) {
    std::string shown;
    if (flags.precision >= 0 && verb != 'x' && verb != 'X') {
      text = text.substr(0, rune_offset(text, static_cast<std::size_t>(flags.precision)));
    }
    switch (verb) {
      case 'v':
      case 's':
        shown = flags.sharp && verb == 'v' ? quote(text) : std::string(text);
        break;
      case 'q':
        shown = flags.sharp && text.find('`') == std::string_view::npos
                    ? "`" + std::string(text) + "`"
                    : quote(text);
        break;
      case 'x':
      case 'X':
        for (const char c : text) {
          if (flags.space && !shown.empty()) shown += ' ';
          const auto byte = static_cast<unsigned char>(c);
          shown += verb == 'x' ? fmt::format("{:02x}", byte) : fmt::format("{:02X}", byte);
        }
        break;
      default:
        return bad(value, verb);
    }
    out += padded(std::move(shown), flags, false);
  }
  void bytes(std::string_view data, char verb, const Flags& flags) {
    out += '[';
    for (std::size_t i = 0; i < data.size() && !full(); ++i) {
      if (i > 0) out += ' ';
      value(Value::integer(static_cast<unsigned char>(data[i])), verb, flags, 1);
    }
    out += ']';
  }
  void list(const List& list, char verb, const Flags& flags, int depth) {
    out += '[';
    for (std::size_t i = 0; i < list.items.size() && !full(); ++i) {
      if (i > 0) out += ' ';
      value(list.items[i], verb, flags, depth + 1);
    }
    out += ']';
  }
  void map(const Map& map, char verb, const Flags& flags, int depth) {
    out += "map[";
    bool first = true;
    for (const auto& [key, item] : map.entries) {
      if (full()) break;
      if (!first) out += ' ';
      first = false;
      value(Value(key), verb, flags, depth + 1);
      out += ':';
      value(item, verb, flags, depth + 1);
    }
    out += ']';
  }
};

/// Runs one printf call.
class Formatter {
 public:
  Formatter(std::string_view format, const std::vector<Value>& values)
      : format_(format), values_(values) {}

  std::string run() {
    while (at_ < format_.size() && !printer_.full()) {
      const std::size_t percent = std::min(format_.find('%', at_), format_.size());
      printer_.out += format_.substr(at_, percent - at_);
      at_ = percent;
      if (at_ >= format_.size()) break;
      ++at_;
      verb();
    }
    if (!reordered_ && next_ < values_.size()) {
      printer_.out += "%!(EXTRA ";
      for (std::size_t i = next_; i < values_.size(); ++i) {
        if (i > next_) printer_.out += ", ";
        printer_.out += type_name(values_[i]);
        if (!values_[i].is_nil()) {
          printer_.out += '=';
          printer_.value(values_[i], 'v', Flags{}, 0);
        }
      }
      printer_.out += ')';
    }
    return std::move(printer_.out);
  }

 private:
  void index() {
    after_index_ = false;
    if (at_ >= format_.size() || format_[at_] != '[') return;
    reordered_ = true;
    const std::size_t close = format_.find(']', at_);
    if (close == std::string_view::npos) {
      good_index_ = false;
      ++at_;
      return;
    }
    std::size_t number = 0;
    const char* end = format_.data() + close;
    const auto [stop, failure] = std::from_chars(format_.data() + at_ + 1, end, number);
    at_ = close + 1;
    if (failure != std::errc{} || stop != end || number < 1 || number > values_.size()) {
      good_index_ = false;
      return;
    }
    next_ = number - 1;
    after_index_ = true;
  }
  int number() {
    int value = -1;
    while (at_ < format_.size() && format_[at_] >= '0' && format_[at_] <= '9') {
      value = std::max(value, 0) * 10 + (format_[at_++] - '0');
      if (value > kWidthMax) value = kWidthMax + 1;
    }
    return value;
  }
  std::optional<int> star() {
    if (next_ < values_.size() && values_[next_].is_whole()) {
      const std::int64_t value = values_[next_++].whole();
      if (value >= -kWidthMax && value <= kWidthMax) return static_cast<int>(value);
      return std::nullopt;
    }
    if (next_ < values_.size()) ++next_;
    return std::nullopt;
  }
  void verb() {
    Flags flags;
    good_index_ = true;
    for (; at_ < format_.size(); ++at_) {
      const char c = format_[at_];
      if (c == '#')
        flags.sharp = true;
      else if (c == '0')
        flags.zero = true;
      else if (c == '+')
        flags.plus = true;
      else if (c == '-')
        flags.minus = true;
      else if (c == ' ')
        flags.space = true;
      else
        break;
    }
    index();
    if (at_ < format_.size() && format_[at_] == '*') {
      ++at_;
      const auto width = star();
      if (!width) printer_.out += "%!(BADWIDTH)";
      flags.width = width.value_or(-1);
      if (flags.width < 0 && width) {
        flags.width = -flags.width;
        flags.minus = true;
      }
    } else {
      flags.width = number();
      if (flags.width > kWidthMax) {
        printer_.out += "%!(BADWIDTH)";
        flags.width = -1;
      }
    }
    if (at_ < format_.size() && format_[at_] == '.') {
      ++at_;
      index();
      if (at_ < format_.size() && format_[at_] == '*') {
        ++at_;
        const auto precision = star();
        if (!precision || *precision < 0) printer_.out += "%!(BADPREC)";
        flags.precision = precision.value_or(-1);
      } else {
        flags.precision = std::max(number(), 0);
        if (flags.precision > kWidthMax) {
          printer_.out += "%!(BADPREC)";
          flags.precision = -1;
        }
      }
    }
    if (!after_index_) index();
    if (at_ >= format_.size()) {
      printer_.out += "%!(NOVERB)";
      return;
    }
    const std::size_t width = rune_width(format_, at_);
    const std::string_view rune = format_.substr(at_, width);
    at_ += width;
    apply(rune, flags);
  }
  void apply(std::string_view rune, Flags flags) {
    if (rune == "%") {
      printer_.out += '%';
      return;
    }
    if (!good_index_) {
      printer_.out += fmt::format("%!{}(BADINDEX)", rune);
      return;
    }
    if (next_ >= values_.size()) {
      printer_.out += fmt::format("%!{}(MISSING)", rune);
      return;
    }
    const Value& value = values_[next_++];
    const char verb = rune.size() == 1 ? rune[0] : '?';
    if (verb == 'T') {
      printer_.out += padded(type_name(value), flags, false);
      return;
    }
    if (rune.size() != 1 ||
        std::string_view("vtbcdoOqxXUeEfFgGsp").find(verb) == std::string_view::npos) {
      printer_.out += fmt::format("%!{}({}", rune, type_name(value));
      if (!value.is_nil()) {
        printer_.out += '=';
        printer_.value(value, 'v', Flags{}, 1);
      }
      printer_.out += ')';
      return;
    }
    printer_.value(value, verb, flags, 0);
  }

  std::string_view format_;
  const std::vector<Value>& values_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
  bool reordered_ = false;
  bool good_index_ = true;
  bool after_index_ = false;
  Printer printer_;
};

/// Writes Go's JSON.
class JsonWriter {
 public:
  JsonWriter(bool html, std::string_view indent) : html_(html), indent_(indent) {}
  std::string out;

  bool write(const Value& value, int depth) {
    if (depth > 500 || out.size() > kTextBytesMax) return false;
    switch (value.kind()) {
      case Kind::none:
      case Kind::nil:
        out += "null";
        return true;
      case Kind::boolean:
        out += value.boolean() ? "true" : "false";
        return true;
      case Kind::real:
        return real(value.real());
      case Kind::string:
        string(value.text());
        return true;
      case Kind::bytes:
        string(base64(value.text()));
        return true;
      case Kind::list:
        return list(value.list(), depth);
      case Kind::map:
        return map(value.map(), depth);
      case Kind::time:
        string(format_time(value.time(), "2006-01-02T15:04:05.999999999Z07:00"));
        return true;
      case Kind::object: {
        const Value inner = value.object().underlying();
        if (inner.is(Kind::none)) {
          string(value.object().print());
          return true;
        }
        return write(inner, depth + 1);
      }
      default:
        out += print(value);
        return true;
    }
  }

 private:
  bool real(double value) {
    if (!std::isfinite(value)) return false;
    const double size = std::fabs(value);
    if (size != 0 && (size < 1e-6 || size >= 1e21)) {
      std::string text = yaml::go_float(value, -400);
      // e-09 becomes e-9.
      const std::size_t e = text.find("e-0");
      if (e != std::string::npos) text.erase(e + 2, 1);
      out += text;
    } else {
      out +=
          fmt::format("{}", value == 0 && std::signbit(value) ? std::string("-0") : fixed(value));
    }
    return true;
  }
  static std::string fixed(double value) {
    std::array<char, 64> buffer;
    const auto made = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                    std::chars_format::fixed);
    return std::string(buffer.data(), made.ptr);
  }
  void string(std::string_view text) {
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t width = rune_width(text, at);
      const char32_t rune = decode_rune(text, at);
      const char c = text[at];
      if (c == '"' || c == '\\')
        (out += '\\') += c;
      else if (c == '\n')
        out += "\\n";
      else if (c == '\r')
        out += "\\r";
      else if (c == '\t')
        out += "\\t";
      else if (c == '\b')
        out += "\\b";
      else if (c == '\f')
        out += "\\f";
      else if (rune < 0x20 || (html_ && (c == '<' || c == '>' || c == '&')) || rune == 0x2028 ||
               rune == 0x2029)
        out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(rune));
      else if (rune == 0xFFFD && width == 1)
        out += "\\ufffd";
      else
        out += text.substr(at, width);
      at += width;
    }
    out += '"';
  }
  void line(int depth) {
    if (indent_.empty()) return;
    out += '\n';
    for (int i = 0; i < depth; ++i) out += indent_;
  }
  bool list(const List& list, int depth) {
    out += '[';
    bool first = true;
    for (const Value& item : list.items) {
      if (!first) out += ',';
      first = false;
      line(depth + 1);
      if (!write(item, depth + 1)) return false;
    }
    if (!first) line(depth);
    out += ']';
    return true;
  }
  bool map(const Map& map, int depth) {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : map.entries) {
      if (!first) out += ',';
      first = false;
      line(depth + 1);
      string(key);
      out += indent_.empty() ? ":" : ": ";
      if (!write(item, depth + 1)) return false;
    }
    if (!first) line(depth);
    out += '}';
    return true;
  }

  bool html_;
  std::string_view indent_;
};

}  // namespace

std::string print(const Value& value) {
  if (value.is(Kind::string)) return value.text();
  Printer printer;
  printer.value(value, 'v', Flags{}, 0);
  return std::move(printer.out);
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t width = rune_width(text, at);
    const char32_t rune = decode_rune(text, at);
    const char c = text[at];
    constexpr std::string_view kFrom = "\a\b\f\n\r\t\v";
    constexpr std::string_view kTo = "abfnrtv";
    const std::size_t simple = rune < 0x80 ? kFrom.find(c) : std::string_view::npos;
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (simple != std::string_view::npos && c != 0)
      (out += '\\') += kTo[simple];
    else if (rune == 0xFFFD && width == 1)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else if (rune < 0x20 || rune == 0x7F)
      out += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(rune));
    else if (!is_go_printable(rune))
      out += rune > 0xFFFF ? fmt::format("\\U{:08x}", static_cast<std::uint32_t>(rune))
                           : fmt::format("\\u{:04x}", static_cast<std::uint32_t>(rune));
    else
      out += text.substr(at, width);
    at += width;
  }
  return out + '"';
}

std::string sprint(const std::vector<Value>& values) {
  Printer printer;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0 && !values[i].is(Kind::string) && !values[i - 1].is(Kind::string)) printer.out += ' ';
    printer.value(values[i], 'v', Flags{}, 0);
  }
  return std::move(printer.out);
}

std::string sprintln(const std::vector<Value>& values) {
  Printer printer;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) printer.out += ' ';
    printer.value(values[i], 'v', Flags{}, 0);
  }
  return std::move(printer.out) + '\n';
}

std::string sprintf(std::string_view format, const std::vector<Value>& values) {
  return Formatter(format, values).run();
}

std::optional<std::string> go_json(const Value& value, bool html, std::string_view indent) {
  JsonWriter writer(html, indent);
  if (!writer.write(value, 0)) return std::nullopt;
  return std::move(writer.out);
}

}  // namespace spokelab::hub::gotemplate
